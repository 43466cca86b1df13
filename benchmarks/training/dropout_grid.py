"""Dense layers whose dropout rate and weight penalty are weights: a stack trains a whole grid.

The trainer gives every network of a stack its own weights, so these two may differ from network
to network where the networks of `stacked_layers` share theirs.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from benchmarks.training.axes import per_repeat
from benchmarks.training.masks import mix


class DropoutDense(keras.layers.Layer):
    """Dropout of the inputs, then a dense layer with an L2 penalty on its kernel.

    `settings` holds the dropout rate, below 1, and the factor of the penalty, as Keras' `L2`
    counts it. The stacked form drops whenever it is called, as `Dropout` called with
    `training=True`; a single layer never does.
    """

    def __init__(self, units: int, activation: str | None = None, repeats: int = 0, **options: Any):
        super().__init__(**options)
        self.units, self.activation = units, keras.activations.get(activation)
        self.repeats = repeats

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make kernel, bias, settings and the state (seed, count of masks) of the masks."""
        every, width = ((self.repeats,) if self.repeats else ()), shape[-1]
        self.kernel = self.add_weight((*every, width, self.units), name="kernel")
        self.bias = self.add_weight((*every, self.units), initializer="zeros", name="bias")
        fixed: dict[str, Any] = {"initializer": "zeros", "trainable": False}
        self.settings = self.add_weight((*every, 2), name="settings", **fixed)
        self.state = self.add_weight((*every, 2), name="state", dtype="int64", **fixed)

    def stacked(self, repeats: int) -> DropoutDense:
        """The layer for `repeats` networks at once."""
        return DropoutDense(self.units, self.activation, repeats, name=self.name)

    def call(self, x: Any) -> Any:
        """(batch, in) to (batch, units); stacked, both with the repeats before them."""
        if not self.repeats:
            return self.activation(ops.matmul(x, self.kernel) + self.bias)
        settings, state = (ops.convert_to_tensor(v) for v in (self.settings, self.state))
        self.state.assign(state + ops.convert_to_tensor([0, 1], "int64"))
        rate = settings[:, 0]
        kept = _kept(state, rate, x.shape[1:])
        x = tf.where(kept, x / per_repeat(1.0 - rate, x), 0.0)
        kernel = _penalised(ops.convert_to_tensor(self.kernel), settings[:, 1])
        return self.activation(ops.matmul(x, kernel) + self.bias[:, None, :])

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The last axis becomes the units."""
        return (*shape[:-1], self.units)


def _kept(state: Any, rate: Any, shape: Any) -> Any:
    """(repeats, *shape) booleans, each true with probability 1 - `rate` of its repeat.

    As `masks.dropout_mask`, whose rate is one number.
    """
    keys = mix(tf.bitwise.bitwise_xor(tf.cast(state[:, 0], tf.uint32), mix(state[:, 1])))
    places = mix(tf.range(1, shape[0] * shape[1] + 1))
    words = tf.reshape(mix(places[None, :] + keys[:, None]), (-1, *shape))
    limit = tf.minimum((1.0 - tf.cast(rate, tf.float64)) * 2.0**32, 2.0**32 - 1)
    return words < per_repeat(tf.cast(limit, tf.uint32), words)


@tf.custom_gradient
def _penalised(kernel: Any, factor: Any) -> Any:
    """The kernel, whose gradient is also that of `factor` times the sum of its squares."""

    def gradient(upstream: Any) -> tuple[Any, None]:
        return upstream + 2.0 * per_repeat(factor, kernel) * kernel, None

    return tf.identity(kernel), gradient
