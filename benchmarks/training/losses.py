"""What a network is trained to make small, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

LOSSES = ("mse", "gaussian", "crossentropy")
SMALLEST_VARIANCE = 1e-6
"""Added to a predicted variance, for stability (Lakshminarayanan et al. 2017, section 2.2.1)."""


def targets(loss: str) -> Any:
    """The type of a loss's targets. Raises ValueError for a loss that is none of `LOSSES`."""
    if loss not in LOSSES:
        raise ValueError(f"expected a loss among {', '.join(LOSSES)}; received {loss!r}")
    return np.int32 if loss == "crossentropy" else np.float32


def row_losses(loss: str, output: Any, y: Any, smoothing: float = 0.0) -> Any:
    """Loss of every row, of the shape of `y`, (repeats, batch).

    "mse": squared error of the only output.
    "gaussian": negative log likelihood of `y` under a normal distribution whose mean is the first
    output and whose variance is `variance` of the second, without the constant log(2π)/2
    (Lakshminarayanan et al. 2017, arXiv:1612.01474, eq. 1).
    "crossentropy": of integer classes, from logits. `smoothing` is the share of a label that is
    spread evenly over all classes (Szegedy et al. 2016, arXiv:1512.00567, §7).
    """
    if loss == "mse":
        return tf.square(output[..., 0] - y)
    if loss == "gaussian":
        spread = variance(output[..., 1])
        return 0.5 * (tf.math.log(spread) + tf.square(output[..., 0] - y) / spread)
    exact = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=output)
    if not smoothing:
        return exact
    even = -tf.reduce_mean(tf.nn.log_softmax(output), axis=-1)
    return (1.0 - smoothing) * exact + smoothing * even


def variance(output: Any) -> Any:
    """The variance a network's second output stands for: softplus, and never quite zero."""
    return tf.nn.softplus(output) + SMALLEST_VARIANCE
