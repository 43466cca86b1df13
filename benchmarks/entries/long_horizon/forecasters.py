"""Entries that train a forecaster of several steps in one compiled program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.fitted_network import keras_file, predict_in_batches
from benchmarks.training.recipe import Recipe, recipe_values
from benchmarks.windows import spanned

if TYPE_CHECKING:
    import keras

Build = Callable[[tuple[int, ...], tuple[int, ...]], "keras.Model"]
"""(window shape, target shape) to a network from one to the other."""


def compiled_forecaster(
    name: str,
    build: Build,
    recipe: Recipe,
    about: str,
    *,
    validation_rows: int,
    values: Mapping[str, Any] | None = None,
    loss: Literal["mse", "mae"] = "mse",
    halve: bool = False,
    patience: int = 0,
    tuned: str = "",
    headline: bool = False,
    suite: str = "quick",
    stack: int = 0,
    seconds: float = 0.0,
    reruns: str = "",
) -> Entry:
    """An entry that trains `build`'s network by `training.forecasting.train`.

    The last `validation_rows` training rows choose the epoch whose weights are kept; neither they
    nor the rows before them whose targets reach into theirs are fitted. `values` are the settings
    of the network. `tuned` says how the recipe was chosen on the validation rows. Raises ValueError
    without validation rows.
    """
    if validation_rows < 1:
        raise ValueError(
            f"expected validation rows to choose the epoch by, received {validation_rows}"
        )
    departs = {"selection": "best validation epoch"}
    departs |= {"tuning": "on training rows"} if tuned else {}
    return Entry(
        name=name,
        kind="keras",
        fit=partial(
            _fit,
            build=build,
            recipe=recipe,
            loss=loss,
            validation_rows=validation_rows,
            halve=halve,
            patience=patience,
        ),
        about=about,
        values={
            **recipe_values(recipe),
            "loss": loss,
            "validation_rows": validation_rows,
            "halve": halve,
            "validation_patience": patience,
            **(values or {}),
            **({"tuned": tuned} if tuned else {}),
        },
        headline=headline,
        suite=suite,
        stack=stack,
        protocol=departs,
        seconds=seconds,
        reruns=reruns,
    )


def _fit(
    trainings: Sequence[Training],
    *,
    build: Build,
    recipe: Recipe,
    loss: Literal["mse", "mae"],
    validation_rows: int,
    halve: bool,
    patience: int,
) -> list[Fitted]:
    import keras

    from benchmarks.training.forecasting import train

    first = trainings[0]
    if any(
        not np.array_equal(spanned(getattr(one, name)), spanned(getattr(first, name)))
        for one in trainings[1:]
        for name in ("x", "y")
    ):
        raise ValueError(
            "expected the same rows in every repeat, which a protocol of seeds has; received "
            "others; set stack=1"
        )
    rows = np.arange(len(first.y) - validation_rows - (first.y.shape[1] - 1))
    held = np.arange(len(first.y))[-validation_rows:]
    models = []
    for training in trainings:
        keras.utils.set_random_seed(training.seed)
        models.append(build(training.x.shape[1:], training.y.shape[1:]))
    seeds = [training.seed for training in trainings]
    curves = train(
        models,
        first.x,
        first.y,
        rows,
        held,
        seeds,
        recipe,
        loss=loss,
        halve=halve,
        patience=patience,
    )
    return [
        Fitted(
            partial(predict_in_batches, model, batch_size=256),
            curve,
            int(sum(np.prod(weight.shape) for weight in model.trainable_variables)),
            partial(keras_file, model),
        )
        for model, curve in zip(models, curves, strict=True)
    ]
