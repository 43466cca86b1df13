"""Networks that predict quantiles, trained by Keras' own loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.distribution.head import (
    pinball_loss,
    with_quantiles,
    with_quantiles_ahead,
)
from benchmarks.entries.fitted_network import keras_file, predict_in_batches
from benchmarks.entries.fitting import begin_repeat, complete_network
from benchmarks.entries.inputs import Kind, prepare
from benchmarks.entries.portable import optimizer
from benchmarks.entries.rules import Rule
from benchmarks.quantiles import LEVELS
from benchmarks.training.recipe import Recipe, recipe_values

if TYPE_CHECKING:
    import keras

OPTIONS = ("suite", "repeats", "threads", "seconds", "headline")
"""Of `Entry`."""


def quantile_network(
    name: str,
    build: Callable[[tuple[int, ...], int], keras.Model],
    recipe: Recipe,
    about: str,
    *,
    levels: Sequence[float] = LEVELS,
    inputs: Kind = "standardised",
    rule: Rule | None = None,
    tuned: str = "",
    **options: Any,
) -> Entry:
    """An entry that predicts quantiles of one value: `entries.network` with a quantile head.

    `build`, `inputs` and `rule` are as there; targets are standardised, and the loss is the CRPS of
    the quantiles. Of the recipe count what `portable.optimizer` reads, `epochs` and `batch_size`.
    `options` are `OPTIONS`.
    """
    values = {
        **recipe_values(recipe),
        "inputs": inputs,
        **({"beside_a_rule": "ratio" if rule.ratio else "difference"} if rule else {}),
    }
    one_step = partial(
        _one_step, build=build, recipe=recipe, inputs=inputs, rule=rule, levels=tuple(levels)
    )
    return _entry(name, one_step, about, values, levels, tuned, False, options)


def quantile_forecaster(
    name: str,
    build: Callable[[tuple[int, ...], tuple[int, ...]], keras.Model],
    recipe: Recipe,
    about: str,
    *,
    validation_rows: int,
    levels: Sequence[float] = LEVELS,
    deviation: float = 1.0,
    values: dict[str, Any] | None = None,
    tuned: str = "",
    **options: Any,
) -> Entry:
    """An entry that predicts quantiles of every step ahead of every series.

    `build` makes a forecaster of so many steps, as for `entries.forecaster`. The last
    `validation_rows` training rows choose the epoch whose weights are kept; neither they nor the
    rows before them whose targets reach into theirs are fitted. Quantiles begin as those of a
    normal distribution with the given `deviation`, in units of the target. Other arguments as for
    `quantile_network`.
    """
    headed = partial(with_quantiles_ahead, build=build, levels=tuple(levels), deviation=deviation)
    ahead = partial(
        forecaster_fit, build=headed, recipe=recipe, levels=tuple(levels), held=validation_rows
    )
    facts = {
        **recipe_values(recipe),
        "validation_rows": validation_rows,
        "deviation": deviation,
        **(values or {}),
    }
    return _entry(name, ahead, about, facts, levels, tuned, True, options)


def _entry(
    name: str,
    fit: Callable[[Sequence[Training]], list[Fitted]],
    about: str,
    values: dict[str, Any],
    levels: Sequence[float],
    tuned: str,
    validated: bool,
    options: dict[str, Any],
) -> Entry:
    if unknown := set(options) - set(OPTIONS):
        raise TypeError(f"expected options among {', '.join(OPTIONS)}, received {unknown}")
    departs = {"selection": "best validation epoch"} if validated else {}
    departs |= {"tuning": "on training rows"} if tuned else {}
    values = {
        **values,
        "loss": "crps",
        "quantiles": list(levels),
        **({"tuned": tuned} if tuned else {}),
    }
    return Entry(
        name,
        "keras",
        fit,
        about,
        values,
        stack=1,
        protocol=departs,
        quantiles=tuple(levels),
        **options,
    )


def _one_step(
    trainings: Sequence[Training],
    *,
    build: Callable[[tuple[int, ...], int], keras.Model],
    recipe: Recipe,
    inputs: Kind,
    rule: Rule | None,
    levels: tuple[float, ...],
) -> list[Fitted]:
    headed = partial(with_quantiles, build=build, levels=levels)
    found = []
    for training in trainings:
        prepared = prepare(inputs, training.x, 0)
        repeat = begin_repeat(training, headed, prepared, 0.0, members=1, rule=rule)
        x, y = repeat.x, repeat.y[:, None]
        curves = fit(repeat.networks[0], x, y, training.seed, recipe, levels)
        found.append(fitted(complete_network(repeat), curves))
    return found


def forecaster_fit(
    trainings: Sequence[Training],
    *,
    build: Callable[[tuple[int, ...], tuple[int, ...]], keras.Model],
    recipe: Recipe,
    levels: tuple[float, ...],
    held: int,
) -> list[Fitted]:
    """Train the networks of quantiles that `build` makes of window and target shapes.

    They map windows (steps, series) to (steps ahead, series, levels); the last `held` rows choose
    the epoch (`quantile_forecaster`).
    """
    import keras

    found = []
    for training in trainings:
        keras.utils.set_random_seed(training.seed)
        model = build(training.x.shape[1:], training.y.shape[1:])
        x, y = training.x, training.y[..., None]
        count = len(y) - held - (y.shape[1] - 1)
        validation = (x[-held:], y[-held:])
        curves = fit(
            model, x[:count], y[:count], training.seed, recipe, levels, validation=validation
        )
        found.append(fitted(model, curves))
    return found


def fit(
    model: keras.Model,
    x: np.ndarray,
    y: np.ndarray,
    seed: int,
    recipe: Recipe,
    levels: Sequence[float],
    *,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, list[float]]:
    """Train a network on rows (n, …) and targets (n, …, 1); returns its curves, a value an epoch.

    The weights kept are those of the epoch with the lowest loss on the `validation` rows, where
    there are any, else the last. Raises ValueError for fewer rows than a batch and
    FloatingPointError for a loss that stops being finite.
    """
    import keras

    if len(y) < recipe.batch_size:
        raise ValueError(
            f"expected at least a batch of {recipe.batch_size} rows to fit, received {len(y)}"
        )
    batches = -(-len(y) // recipe.batch_size)
    model.compile(
        optimizer(recipe, batches * recipe.epochs),
        pinball_loss(levels),
        jit_compile=False,  # compiling takes longer than it then saves
        steps_per_execution=min(batches, 50),
    )
    keras.utils.set_random_seed(seed)  # of the order of the rows
    best = keras.callbacks.EarlyStopping(
        "val_loss", patience=recipe.epochs, restore_best_weights=True, start_from_epoch=0
    )
    history = model.fit(
        x.astype(np.float32),
        y.astype(np.float32),
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=validation and tuple(part.astype(np.float32) for part in validation),
        validation_batch_size=256,
        callbacks=[keras.callbacks.TerminateOnNaN(), *([best] if validation else [])],
        verbose=0,
    ).history
    model.compiled = False  # the saved network shall not need this loss
    curves = {name: [float(value) for value in curve] for name, curve in history.items()}
    if not np.isfinite(curves["loss"]).all():
        raise FloatingPointError(
            f"the loss became infinite or NaN in epoch {len(curves['loss'])} of {recipe.epochs} "
            f"(learning rate {recipe.learning_rate:g}); try a lower learning rate"
        )
    return curves


def fitted(model: keras.Model, curves: dict[str, list[float]]) -> Fitted:
    """A trained network of quantiles as what an entry returns."""
    return Fitted(
        partial(predict_in_batches, model, batch_size=256),
        curves,
        int(sum(np.prod(weight.shape) for weight in model.trainable_variables)),
        partial(keras_file, model),
    )
