"""The quantile head of a network, and the loss it is trained by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.quantiles import ends, weights

if TYPE_CHECKING:
    import keras


def ordered(raw: Any, levels: Sequence[float], deviation: float = 1.0) -> Any:
    """Quantiles (..., levels) of outputs of that shape: the median, and the steps away from it.

    Steps are a softplus, so that quantiles cannot cross, and added up: incremental quantile
    functions (Park et al., *Learning Quantile Functions without Quantile Crossing for
    Distribution-free Time Series Forecasting*, AISTATS 2022, PMLR 151). Outputs
    of 0 are the quantiles of a normal distribution with the given standard deviation.
    """
    from keras import ops

    below = ends(levels, 0.0)[0]
    normal = [deviation * NormalDist().inv_cdf(level) for level in levels]
    first = np.log(np.expm1(np.diff(normal))).astype(np.float32)
    # Which of the raw outputs is the median's does not matter; the first one is.
    middle, steps = raw[..., :1], ops.softplus(raw[..., 1:] + first)
    down = ops.flip(ops.cumsum(ops.flip(steps[..., :below], axis=-1), axis=-1), axis=-1)
    up = ops.cumsum(steps[..., below:], axis=-1)
    return ops.concatenate([middle - down, middle, middle + up], axis=-1)


def pinball_loss(levels: Sequence[float]) -> Callable[[Any, Any], Any]:
    """The CRPS of `benchmarks.quantiles.crps` as a loss of Keras.

    Of targets (batch, ..., 1) and quantiles (batch, ..., levels), a value a row.
    """
    at = np.asarray(levels, np.float32)
    counts = 2 * weights(levels).astype(np.float32)

    def loss(y: Any, quantiles: Any) -> Any:
        from keras import ops

        error = y - quantiles
        return ops.sum(counts * ops.maximum(at * error, (at - 1) * error), axis=-1)

    return loss


def with_quantiles(
    shape: tuple[int, ...],
    outputs: int,
    *,
    build: Callable[[tuple[int, ...], int], keras.Model],
    levels: Sequence[float],
) -> keras.Model:
    """The network of `build` with as many outputs as levels, made into quantiles of one value.

    `outputs` is what the trainer of points asks for, 1.
    """
    import keras

    network = build(shape, len(levels))
    return keras.Model(network.inputs[0], ordered(network.outputs[0], levels))


def with_quantiles_ahead(
    window: tuple[int, ...],
    target: tuple[int, ...],
    *,
    build: Callable[[tuple[int, ...], tuple[int, ...]], keras.Model],
    levels: Sequence[float],
    deviation: float,
) -> keras.Model:
    """The forecaster of `build` with a quantile for every level, step ahead and series.

    It is asked for so many times the steps, each the window's last value and a change; of all but
    the median the change alone counts.
    """
    import keras
    from keras import ops

    steps, series = target
    network = build(window, (len(levels) * steps, series))
    past = network.inputs[0]
    change = ops.reshape(network.outputs[0] - past[:, -1:], (-1, len(levels), steps, series))
    quantiles = ordered(ops.transpose(change, (0, 2, 3, 1)), levels, deviation)
    return keras.Model(past, quantiles + ops.expand_dims(past[:, -1:], -1))
