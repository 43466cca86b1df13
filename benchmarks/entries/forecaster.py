"""A Keras network that forecasts several steps of several series from long overlapping windows.

Batches are cut from the windows as training goes, so that no more than one is in memory.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

Build = Callable[[tuple[int, ...], tuple[int, ...]], "keras.Model"]
"""(window shape, target shape) to a network from one to the other."""


def forecaster(
    name: str,
    build: Build,
    recipe: Recipe,
    about: str,
    *,
    loss: str = "mse",
    validation: int = 0,
    tuned: str = "",
    headline: bool = False,
    suite: str = "quick",
    repeats: int = 0,
    threads: int = 1,
    seconds: float = 0.0,
) -> Entry:
    """An entry that trains `build`'s network on windows as they come, by `model.fit`.

    The last `validation` training rows choose the epoch whose weights are kept; neither they nor
    the rows before them whose targets reach into theirs are fitted. Without, the last epoch is
    kept. Of the recipe count epochs, batch, learning rate, its cosine or constant schedule, and
    XLA. `loss` is what is minimised and chosen by, "mse" or "mae". `tuned` says how the recipe was
    chosen on those rows.
    """
    departs = {"selection": "best validation epoch"} if validation else {}
    departs |= {"tuning": "on training rows"} if tuned else {}
    return Entry(
        name=name,
        kind="keras",
        fit=partial(_fit, build=build, recipe=recipe, loss=loss, validation=validation),
        about=about,
        values={
            **dataclasses.asdict(recipe),
            "loss": loss,
            "validation_rows": validation,
            **({"tuned": tuned} if tuned else {}),
        },
        headline=headline,
        suite=suite,
        stack=1,
        repeats=repeats,
        threads=threads,
        protocol=departs,
        seconds=seconds,
    )


def _fit(
    trainings: Sequence[Training], *, build: Build, recipe: Recipe, loss: str, validation: int
) -> list[Fitted]:
    return [_train(training, build, recipe, loss, validation) for training in trainings]


def _train(training: Training, build: Build, recipe: Recipe, loss: str, validation: int) -> Fitted:
    import keras

    steps = training.y.shape[1]
    fitted = len(training.y) - validation - (steps - 1 if validation else 0)
    if fitted < recipe.batch:
        raise ValueError(
            f"expected at least a batch of {recipe.batch} rows to fit, received {fitted}"
        )
    keras.utils.set_random_seed(training.seed)
    model = build(training.x.shape[1:], training.y.shape[1:])
    batches = _batches(training, np.arange(fitted), recipe.batch, training.seed)
    rate: float | keras.optimizers.schedules.LearningRateSchedule = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, recipe.epochs * len(batches))
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=recipe.xla)
    held = _batches(training, np.arange(len(training.y))[-validation:], 256, None)
    history = model.fit(
        batches,
        epochs=recipe.epochs,
        validation_data=held if validation else None,
        callbacks=[_best_epoch()] if validation else [],
        verbose=0,
    ).history
    curves = {"loss": history["loss"]}
    curves |= {"val_loss": history["val_loss"]} if validation else {}
    return Fitted(
        partial(_predict, model),
        {name: [float(value) for value in curve] for name, curve in curves.items()},
        int(sum(np.prod(weight.shape) for weight in model.trainable_variables)),
        partial(_archive, model),
    )


def _best_epoch() -> keras.callbacks.Callback:
    import keras

    return keras.callbacks.EarlyStopping(
        "val_loss", patience=10_000, restore_best_weights=True, start_from_epoch=0
    )


def _batches(
    training: Training, rows: np.ndarray, batch: int, seed: int | None
) -> keras.utils.PyDataset:
    import keras

    class Batches(keras.utils.PyDataset):
        """Rows in batches, in a new order every epoch where there is a seed."""

        def __init__(self) -> None:
            super().__init__()
            self.random = None if seed is None else np.random.default_rng(seed)
            self.order = rows
            self.on_epoch_end()

        def __len__(self) -> int:
            return -(-len(rows) // batch)

        def __getitem__(self, place: int) -> tuple[np.ndarray, np.ndarray]:
            chosen = self.order[place * batch : (place + 1) * batch]
            return training.x[chosen].astype(np.float32), training.y[chosen].astype(np.float32)

        def on_epoch_end(self) -> None:
            if self.random is not None:
                self.order = self.random.permutation(rows)

    return Batches()


def _predict(model: keras.Model, x: np.ndarray, batch: int = 256) -> np.ndarray:
    return np.concatenate(
        [
            np.asarray(model(x[start : start + batch].astype(np.float32), training=False))
            for start in range(0, len(x), batch)
        ]
    )


def _archive(model: keras.Model) -> bytes:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
