"""One network for all series of a file: quantiles of every step ahead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.distribution.head import ordered
from benchmarks.entries.distribution.networks import fit, fitted
from benchmarks.entries.fitted_network import predict_in_batches
from benchmarks.entries.inputs import moments
from benchmarks.quantiles import LEVELS, ends, median
from benchmarks.training.recipe import Recipe, recipe_values

if TYPE_CHECKING:
    import keras

EMBEDDING = 8
"""Numbers that stand for a series at most."""
HELD_OUT = 0.2
"""Share of the training origins, the latest ones, that chooses the epoch."""


def global_network(
    name: str,
    *,
    series: int = 0,
    season: int = 0,
    units: int = 64,
    epochs: int = 20,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    weight_decay: float = 0.0,
    levels: Sequence[float] = LEVELS,
    **options: Any,
) -> Entry:
    """An entry with one network over all series of `own_panel`, which predicts quantiles.

    Two dense layers see the window of the target, less a start and over its scale, the other
    channels, standardised, and an embedding of which of `series` it is (0: the last channel is no
    number of a series). They forecast the change from what it starts from: the last value, or with
    a `season`, a period in steps that is no longer than the window, the values one season before.
    Trained by Adam (AdamW with a `weight_decay`) on a cosine schedule on the CRPS over the scale,
    so that every series counts alike. The latest fifth of the training origins chooses the epoch
    whose weights are kept; neither they nor origins whose targets reach into theirs are fitted.
    On them the distances of the quantiles from the median are calibrated by one factor, with which
    their 80 % interval holds (`calibration`). `options` are those of `Entry`.
    """
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule="cosine",
        weight_decay=weight_decay,
    )
    starts = "the values of last season" if season else "the last value"
    return Entry(
        name,
        "keras",
        partial(
            _fit, recipe=recipe, series=series, season=season, units=units, levels=tuple(levels)
        ),
        f"Two dense layers of {units} units, one network for all series, which starts from "
        f"{starts} and predicts quantiles.",
        {
            **recipe_values(recipe),
            "series": series,
            "season": season,
            "units": units,
            "loss": "crps",
            "quantiles": list(levels),
        },
        stack=1,
        protocol={"selection": "best validation epoch"},
        quantiles=tuple(levels),
        **options,
    )


def _fit(
    trainings: Sequence[Training],
    *,
    recipe: Recipe,
    series: int,
    season: int,
    units: int,
    levels: tuple[float, ...],
) -> list[Fitted]:
    import keras
    from keras import ops

    found = []
    for training in trainings:
        keras.utils.set_random_seed(training.seed)
        past = keras.Input(training.x.shape[1:])
        parts = _start_and_scale(past, training, season)
        scaled = keras.Model(past, _scaled(past, parts, training, series, units, levels))
        start, scale = (
            predict_in_batches(keras.Model(past, part), training.x, batch_size=1000)
            for part in parts
        )
        y = ((training.y - start) / scale)[..., None]
        held = round(HELD_OUT * len(y))
        count = len(y) - held - (y.shape[1] - 1) * max(1, series)
        curves = fit(
            scaled,
            training.x[:count],
            y[:count],
            training.seed,
            recipe,
            levels,
            validation=(training.x[-held:], y[-held:]),
        )
        held_out = predict_in_batches(scaled, training.x[-held:], batch_size=1000)
        factor = calibration(y[-held:, ..., 0], held_out, levels)
        middle = ends(levels, 0.0)[0]
        quantiles, (start, scale) = scaled(past), (ops.expand_dims(part, -1) for part in parts)
        quantiles = quantiles * factor + (1 - factor) * quantiles[..., middle : middle + 1]
        one = fitted(keras.Model(past, quantiles * scale + start), curves)
        found.append(replace(one, notes={"calibration": factor}))
    return found


def calibration(
    y_true: np.ndarray, quantiles: np.ndarray, levels: Sequence[float], interval: float = 0.8
) -> float:
    """The factor on distances from the median with which a central interval holds its share.

    Split conformal prediction with the half-width as the scale of an error (Angelopoulos and
    Bates, arXiv:2107.07511): of n targets the ⌈(n + 1) · interval⌉-th smallest ratio.
    """
    low, high = ends(levels, interval)
    middle = median(quantiles, levels)
    sides = np.where(y_true < middle, middle - quantiles[..., low], quantiles[..., high] - middle)
    ratios = np.sort((np.abs(y_true - middle) / np.maximum(sides, 1e-9)).ravel())
    rank = math.ceil(round((len(ratios) + 1) * interval, 9))
    return float(ratios[min(rank, len(ratios)) - 1])


def _start_and_scale(
    past: keras.KerasTensor, training: Training, season: int
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """What forecasts start from (n, ahead, 1), and how far the window's target spreads (n, 1, 1).

    A window that hardly varies has a tenth of its mean for a scale, and at least a hundredth of
    the deviation over the training rows.
    """
    from keras import ops

    target = past[:, :, :1]
    period, ahead = season or 1, training.y.shape[1]
    back = np.arange(ahead) % period - period + training.x.shape[1]
    start = ops.take(target, back.astype("int32"), axis=1)
    least = 0.01 * float(np.std(training.x[..., 0])) + 1e-6
    spread = ops.std(target, axis=1, keepdims=True)
    level = ops.mean(ops.abs(target), axis=1, keepdims=True)
    return start, ops.maximum(spread, 0.1 * level) + least


def _scaled(
    past: keras.KerasTensor,
    parts: tuple[keras.KerasTensor, keras.KerasTensor],
    training: Training,
    series: int,
    units: int,
    levels: tuple[float, ...],
) -> keras.KerasTensor:
    """Quantiles (n, ahead, 1, levels) less what they start from, over the scale."""
    from keras import layers, ops

    ahead, channels = training.y.shape[1], training.x.shape[2] - bool(series)
    start, scale = parts
    target = (past[:, :, :1] - start[:, -1:]) / scale
    seen = [layers.Flatten()(target)]
    if channels > 1:
        mean, variance = moments(training.x[..., 1:channels])
        others = layers.Normalization(mean=mean, variance=variance)(past[:, :, 1:channels])
        seen.append(layers.Flatten()(others))
    if series:
        which = ops.cast(past[:, -1, -1], "int32")
        seen.append(layers.Embedding(series, min(EMBEDDING, series))(which))
    hidden = layers.Concatenate()(seen) if len(seen) > 1 else seen[0]
    for _ in range(2):
        hidden = layers.Dense(units, activation="relu")(hidden)
    # Forecasts begin as what they start from.
    raw = layers.Dense(ahead * len(levels), kernel_initializer="zeros")(hidden)
    return ordered(ops.reshape(raw, (-1, ahead, 1, len(levels))), levels)
