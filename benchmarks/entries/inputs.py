"""How rows reach a network: raw, standardised, or encoded piecewise linearly.

What is fitted is fitted on training rows alone, and comes twice: as a function of arrays, for
training, and as stock Keras layers, so that the saved network takes raw rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import keras

Kind = Literal["standardised", "piecewise", "raw"]


@dataclass(frozen=True)
class Inputs:
    """One repeat's preparation of its rows."""

    apply: Callable[[np.ndarray], np.ndarray]
    """(n, ...) raw rows to what the network is trained on."""
    layers: Callable[[keras.KerasTensor], keras.KerasTensor]
    """The same as Keras layers."""


CLOSEST = 1e-3
"""Standard deviations apart that two quantiles must be: the ramp between them is computed in
float32 when the saved network predicts."""


def prepare(kind: Kind, x: np.ndarray, bins: int) -> Inputs:
    """Fit a preparation on training rows `x` of shape (n, ...).

    `standardised`: minus mean, over deviation, per feature (last axis). `piecewise`: rows of
    features standardised, and beside them every feature encoded in at most `bins` pieces
    (Gorishniy et al., NeurIPS 2022, arXiv:2203.05556, section 3.2).
    """
    if kind == "raw":
        return Inputs(lambda rows: rows, lambda tensor: tensor)
    mean, variance = moments(x)

    def standard(rows: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = (rows - mean) / np.maximum(np.sqrt(variance), 1e-7)
        return scaled

    def normalised(tensor: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        return keras.layers.Normalization(mean=mean, variance=variance)(tensor)

    if kind == "standardised":
        return Inputs(standard, normalised)
    kernel, bias = pieces(standard(x), bins, np.asarray(np.isin(x, (0, 1)).all(axis=0)))

    def encoded(rows: np.ndarray) -> np.ndarray:
        scaled = standard(rows)
        return np.concatenate([scaled, np.clip(scaled @ kernel + bias, 0.0, 1.0)], axis=1)

    def layers(tensor: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        scaled = normalised(tensor)
        ramp = keras.layers.Dense(kernel.shape[1], trainable=False, name="pieces")
        capped = keras.layers.ReLU(max_value=1.0)(ramp(scaled))
        ramp.set_weights([kernel, bias])
        return keras.layers.Concatenate()([scaled, capped])

    return Inputs(encoded, layers)


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of every feature (last axis) over all other axes, in float64.

    A feature that does not vary, as far as float32 can tell, is given variance 1: divided by
    next to nothing, its first other value among the test rows would drown all else.
    """
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes, dtype=np.float64), x.var(axes, dtype=np.float64)
    varies = np.sqrt(variance) > np.finfo(np.float32).eps * np.abs(mean)
    return mean, np.where(varies, variance, 1.0)


def pieces(x: np.ndarray, bins: int, skipped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (features, bins·encoded features) and bias of a dense layer whose outputs, cut to
    0 … 1, are the piecewise-linear encoding of rows (n, features).

    A piece rises from 0 to 1 between two neighbouring quantiles of its feature's distinct values:
    of a column that is mostly one value, the others are told apart all the same. A feature with
    fewer values has fewer pieces, and the outputs left over are 0 in every repeat, so that
    repeats with other rows have networks of one shape. `skipped` features, yes or no
    answers, are not encoded.
    """
    encoded = np.flatnonzero(~skipped)
    kernel, bias = np.zeros((x.shape[1], len(encoded) * bins)), np.zeros(len(encoded) * bins)
    for place, feature in enumerate(encoded):
        values = np.unique(x[:, feature])
        edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, bins + 1)))
        for piece, (low, high) in enumerate(pairwise(edges)):
            if high - low > CLOSEST:
                kernel[feature, place * bins + piece] = 1.0 / (high - low)
                bias[place * bins + piece] = -low / (high - low)
    return kernel, bias
