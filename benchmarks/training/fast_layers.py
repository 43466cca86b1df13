"""Keras' layers for images with quicker arithmetic, for training alone.

Normalisation  in one fused operation. Keras' layer takes mean and variance apart, in float32
               whatever the precision, and passes over the feature map several times.
Pooling        whose gradient is compiled by XLA: TensorFlow's own visits outputs one by one.
Convolution    whose filter gradient is nine matrix products where maps are small and precision
               is bfloat16: they skip the border, and oneDNN has no fast kernel without AMX.
GELU           in one pass over the map and one back, compiled by XLA; Keras' takes a dozen.

All but the first only without a GPU. The trained weights go back into Keras' own layers, which are
what is kept and scored.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

SMALL = 8
"""Widest map, in pixels, whose filter gradient matrix products take less time for."""


class Normalisation(keras.layers.BatchNormalization):
    """Keras' layer with `FusedBatchNormV3` in place of its parts; same weights, same order."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (batch, height, width, channels) over all but the channels."""
        channels = inputs.shape[-1]
        scale = self.gamma if self.scale else tf.ones(channels)
        offset = self.beta if self.center else tf.zeros(channels)
        moving = [self.moving_mean.value, self.moving_variance.value]
        training = bool(training) and self.trainable
        output, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.cast(scale, tf.float32),
            offset=tf.cast(offset, tf.float32),
            mean=tf.zeros(0) if training else tf.cast(moving[0], tf.float32),
            variance=tf.zeros(0) if training else tf.cast(moving[1], tf.float32),
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            # The fused operation reports the unbiased variance; Keras keeps the biased one.
            count = tf.cast(tf.size(inputs) // channels, tf.float32)
            new = mean, variance * (count - 1) / count
            for variable, old, value in zip(
                (self.moving_mean, self.moving_variance), moving, new, strict=True
            ):
                kept = tf.cast(old, tf.float32) * self.momentum + value * (1 - self.momentum)
                variable.assign(tf.cast(kept, old.dtype))
        return output


class Pooling(keras.layers.MaxPooling2D):
    """Keras' layer for windows of 2×2 pixels, with a gradient of its own."""

    def call(self, inputs: Any) -> Any:
        """(batch, height, width, channels) to half the height and width, rounded down."""
        return max_pool(inputs)


class Convolution(keras.layers.Conv2D):
    """Keras' layer for kernels of 3×3 pixels, with a filter gradient of its own."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve (batch, height, width, channels) to as many pixels."""
        return convolve(inputs, kernel)


class Gelu(keras.layers.Activation):
    """Keras' layer for the activation "gelu", exact as Keras' is."""

    def call(self, inputs: Any) -> Any:
        """Any shape, to the same."""
        return gelu(inputs)


@tf.custom_gradient
def gelu(x: Any) -> Any:
    """X Φ(x), where Φ is the standard normal distribution (Hendrycks and Gimpel 2016, 1606.08415).

    Computed in float32, returned in the precision of x.
    """
    return _gelu(x), lambda gradient: _gelu_gradient(x, gradient)


@tf.function(jit_compile=True, autograph=False)
def _gelu(x: Any) -> Any:
    wide = tf.cast(x, tf.float32)
    return tf.cast(wide * _normal(wide), x.dtype)


@tf.function(jit_compile=True, autograph=False)
def _gelu_gradient(x: Any, gradient: Any) -> Any:
    wide = tf.cast(x, tf.float32)
    density = tf.exp(-tf.square(wide) / 2) / math.sqrt(2 * math.pi)
    slope = _normal(wide) + wide * density
    return tf.cast(tf.cast(gradient, tf.float32) * slope, x.dtype)


def _normal(x: Any) -> Any:
    return (1 + tf.math.erf(x / math.sqrt(2))) / 2


@tf.custom_gradient
def max_pool(x: Any) -> Any:
    """Highest of every 2×2 pixels; of equal ones the first, row by row, takes the gradient."""
    y = tf.nn.max_pool2d(x, 2, 2, "VALID")
    return y, lambda gradient: _pooled_gradient(x, y, gradient)


@tf.function(jit_compile=True, autograph=False)
def _pooled_gradient(x: Any, y: Any, gradient: Any) -> Any:
    count, (height, width, channels) = tf.shape(x)[0], x.shape[1:]
    rows, columns = height // 2, width // 2
    which = tf.fill(tf.shape(y), tf.constant(3, tf.int8))
    for place in (2, 1, 0):
        down, right = divmod(place, 2)
        here = tf.equal(x[:, down : 2 * rows : 2, right : 2 * columns : 2], y)
        which = tf.where(here, tf.constant(place, tf.int8), which)

    def spread(values: Any) -> Any:
        shape = count, rows, 2, columns, 2, channels
        return tf.broadcast_to(values[:, :, None, :, None, :], shape)

    places = tf.reshape(tf.range(4), (1, 1, 2, 1, 2, 1))
    taken = tf.equal(spread(which), tf.cast(places, tf.int8))
    chosen = tf.where(taken, spread(gradient), tf.zeros((), gradient.dtype))
    chosen = tf.reshape(chosen, (count, 2 * rows, 2 * columns, channels))
    return tf.pad(chosen, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)))


@tf.custom_gradient
def convolve(x: Any, kernel: Any) -> Any:
    """Convolve x (batch, height, width, channels) with a kernel (3, 3, channels, filters).

    Zeros lie outside of x, so that the output has as many pixels.
    """

    def gradients(upstream: Any) -> tuple[Any, Any]:
        size = tf.shape(x)
        back = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=size, filter=kernel, out_backprop=upstream, strides=[1] * 4, padding="SAME"
        )
        return back, _filter_gradient(x, upstream)

    return tf.nn.conv2d(x, kernel, 1, "SAME"), gradients


def _filter_gradient(x: Any, upstream: Any) -> Any:
    """Of each of the nine places the products of what it saw with what came of it."""
    channels, filters = x.shape[-1], upstream.shape[-1]
    products = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            (top, made_top), (left, made_left) = _overlap(down), _overlap(right)
            seen = tf.reshape(x[:, top, left], (-1, channels))
            made = tf.reshape(upstream[:, made_top, made_left], (-1, filters))
            products.append(tf.matmul(seen, made, transpose_a=True))
    return tf.reshape(tf.stack(products), (3, 3, channels, filters))


def _overlap(offset: int) -> tuple[slice, slice]:
    """Rows of the input and of the output that a kernel's row at that offset joins."""
    ahead, behind = max(offset, 0), max(-offset, 0)
    return slice(ahead, -behind or None), slice(behind, -ahead or None)


def with_fast_layers(model: keras.Model) -> keras.Model:
    """The model with these layers in place of Keras' where they apply; itself where none does.

    Its weights are new ones, in the same order and of the same shapes: only for stateless calls.
    """
    if not any(_kind(layer) for layer in model.layers):
        return model

    def clone(layer: Any) -> Any:
        return (_kind(layer) or type(layer)).from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=clone)


def _kind(layer: Any) -> type[keras.layers.Layer] | None:
    kind = type(layer)
    if kind is keras.layers.BatchNormalization:
        images = len(layer.input.shape) == 4 and layer.axis in (-1, 3)
        return Normalisation if images else None
    if tf.config.list_physical_devices("GPU"):
        return None
    if kind is keras.layers.Activation:
        return Gelu if layer.activation is keras.activations.gelu else None
    if kind is keras.layers.MaxPooling2D:
        halves = layer.pool_size == layer.strides == (2, 2) and layer.padding == "valid"
        return Pooling if halves and layer.data_format == "channels_last" else None
    if kind is keras.layers.Conv2D and layer.compute_dtype == "bfloat16":
        return Convolution if _small(layer) else None
    return None


def _small(layer: Any) -> bool:
    _, height, width, channels = layer.input.shape
    return bool(
        (layer.kernel_size, layer.strides, layer.dilation_rate) == ((3, 3), (1, 1), (1, 1))
        and (layer.padding, layer.groups, layer.data_format) == ("same", 1, "channels_last")
        and 1 < height <= SMALL
        and 1 < width <= SMALL
        and min(channels, layer.filters) >= 64
    )
