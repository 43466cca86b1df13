"""What a network is trained to make small, row by row; `training.losses` on JAX."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def row_losses(loss: str, output: Any, y: Any, label_smoothing: float = 0.0) -> Any:
    """Loss of every row (rows,) of outputs (rows, outputs), in float32.

    "mse": squared error of the only output. "crossentropy": of integer classes, from logits, with
    `label_smoothing` as the share of a label that is spread evenly over all classes.
    """
    output = output.astype(jnp.float32)
    if loss == "mse":
        return jnp.square(output[..., 0] - y)
    log_p = jax.nn.log_softmax(output)
    exact = -jnp.take_along_axis(log_p, y[:, None], axis=-1)[:, 0]
    if not label_smoothing:
        return exact
    return (1.0 - label_smoothing) * exact - label_smoothing * jnp.mean(log_p, axis=-1)
