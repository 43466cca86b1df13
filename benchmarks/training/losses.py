"""What a network is trained to make small, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

LOSSES = ("mse", "crossentropy")


def target_dtype(loss: str) -> Any:
    """The type of a loss's targets. Raises ValueError for a loss that is none of `LOSSES`."""
    if loss not in LOSSES:
        raise ValueError(f"expected a loss among {', '.join(LOSSES)}; received {loss!r}")
    return np.int32 if loss == "crossentropy" else np.float32


def row_losses(loss: str, output: Any, y: Any, label_smoothing: float = 0.0) -> Any:
    """Loss of every row, of the shape of `y`, (repeats, batch).

    "mse": squared error of the only output.
    "crossentropy": of integer classes, from logits. `label_smoothing` is the share of a label that
    is spread evenly over all classes (Szegedy et al. 2016, arXiv:1512.00567, §7).
    """
    if loss == "mse":
        return tf.square(output[..., 0] - y)
    exact = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=output)
    if not label_smoothing:
        return exact
    even = -tf.reduce_mean(tf.nn.log_softmax(output), axis=-1)
    return (1.0 - label_smoothing) * exact + label_smoothing * even
