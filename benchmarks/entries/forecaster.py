"""A Keras network that forecasts several steps of several series from long overlapping windows.

Batches are cut from the windows as training goes, so that no more than one is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.fitted_network import keras_file, predict_in_batches
from benchmarks.training.recipe import Recipe, recipe_values, weight_field

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
    validation_rows: int = 0,
    tuned: str = "",
    headline: bool = False,
    suite: str = "quick",
    repeats: int = 0,
    threads: int = 1,
    seconds: float = 0.0,
) -> Entry:
    """An entry that trains `build`'s network on windows as they come, by `model.fit`.

    The last `validation_rows` training rows choose the epoch whose weights are kept; neither they
    nor the rows before them whose targets reach into theirs are fitted. Without, the last epoch is
    kept. Of the recipe count `epochs`, `batch_size`, `learning_rate`, a cosine or constant
    `schedule`, and `jit_compile`. `loss` is what is minimised and chosen by, "mse" or "mae".
    `tuned` says how the recipe was chosen on those rows.
    """
    if weight_field(recipe):
        raise ValueError(
            f"recipe: {weight_field(recipe)}: windows of a forecaster weigh alike; leave it out"
        )
    departs = {"selection": "best validation epoch"} if validation_rows else {}
    departs |= {"tuning": "on training rows"} if tuned else {}
    return Entry(
        name=name,
        kind="keras",
        fit=partial(_fit, build=build, recipe=recipe, loss=loss, validation_rows=validation_rows),
        about=about,
        values={
            **recipe_values(recipe),
            "loss": loss,
            "validation_rows": validation_rows,
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
    trainings: Sequence[Training], *, build: Build, recipe: Recipe, loss: str, validation_rows: int
) -> list[Fitted]:
    return [_train(training, build, recipe, loss, validation_rows) for training in trainings]


def _train(
    training: Training, build: Build, recipe: Recipe, loss: str, validation_rows: int
) -> Fitted:
    import keras

    steps = training.y.shape[1]
    count = len(training.y) - validation_rows - (steps - 1 if validation_rows else 0)
    if count < recipe.batch_size:
        raise ValueError(
            f"expected at least a batch of {recipe.batch_size} rows to fit, received {count}"
        )
    keras.utils.set_random_seed(training.seed)
    model = build(training.x.shape[1:], training.y.shape[1:])
    batches = _batches(training, np.arange(count), recipe.batch_size, training.seed)
    rate: float | keras.optimizers.schedules.LearningRateSchedule = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, recipe.epochs * len(batches))
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=recipe.jit_compile)
    validation = _batches(training, np.arange(len(training.y))[-validation_rows:], 256, None)
    history = model.fit(
        batches,
        epochs=recipe.epochs,
        validation_data=validation if validation_rows else None,
        callbacks=[_best_epoch()] if validation_rows else [],
        verbose=0,
    ).history
    curves = {"loss": history["loss"]}
    curves |= {"val_loss": history["val_loss"]} if validation_rows else {}
    return Fitted(
        partial(predict_in_batches, model, batch_size=256),
        {name: [float(value) for value in curve] for name, curve in curves.items()},
        int(sum(np.prod(weight.shape) for weight in model.trainable_variables)),
        partial(keras_file, model),
    )


def _best_epoch() -> keras.callbacks.Callback:
    import keras

    return keras.callbacks.EarlyStopping(
        "val_loss", patience=10_000, restore_best_weights=True, start_from_epoch=0
    )


def _batches(
    training: Training, rows: np.ndarray, batch_size: int, seed: int | None
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
            return -(-len(rows) // batch_size)

        def __getitem__(self, place: int) -> tuple[np.ndarray, np.ndarray]:
            chosen = self.order[place * batch_size : (place + 1) * batch_size]
            return training.x[chosen].astype(np.float32), training.y[chosen].astype(np.float32)

        def on_epoch_end(self) -> None:
            if self.random is not None:
                self.order = self.random.permutation(rows)

    return Batches()
