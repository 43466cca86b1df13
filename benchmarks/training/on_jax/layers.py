"""Keras' layers in forms the trainer needs, for training alone.

Batch normalisation  over the rows of a batch that count: the last batch of an epoch is filled up.
Convolutions         as matrix products on a processor, where XLA's own, within a loop, takes 5 to
                     40 times as long, and as many repeats of it have no fast form at all.

The trained weights go back into Keras' own layers, which are what is kept and scored.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
import keras
from keras import ops

MOST_COLUMNS = 2**24
"""Numbers of one convolution's input, each as often as the kernel sees it, that are laid out at
once; beyond them every place of the kernel is a product by itself."""


class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer over the rows that count: `rows` (rows,) booleans, all of them for None."""

    rows: Any = None

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise inputs over their rows that count and all axes but the last."""
        if training and self.rows is not None:
            shape = (-1, *[1] * (len(inputs.shape) - 2))
            mask = ops.broadcast_to(ops.reshape(self.rows, shape), inputs.shape[:-1])
        return super().call(inputs, training=training, mask=mask)


class _AsProducts:
    """The arithmetic of the two convolutions."""

    strides: tuple[int, ...]
    padding: str

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve inputs (rows, …, channels) with a kernel (…, channels, filters)."""
        return convolve(inputs, kernel, self.strides, self.padding)


class Conv1D(_AsProducts, keras.layers.Conv1D):
    """Keras' layer in matrix products."""


class Conv2D(_AsProducts, keras.layers.Conv2D):
    """Keras' layer in matrix products."""


def convolve(x: Any, kernel: Any, strides: tuple[int, ...], padding: str) -> Any:
    """Convolve x (rows, …, channels) with a kernel (…, channels, filters), as Keras pads it."""
    x, kernel = jnp.asarray(x), jnp.asarray(kernel)
    sizes, wide = x.shape[1:-1], kernel.shape[:-2]
    ends = [
        -(-size // stride) if padding == "same" else (size - width) // stride + 1
        for size, width, stride in zip(sizes, wide, strides, strict=True)
    ]
    if padding == "same":
        missing = [
            max((end - 1) * stride + width - size, 0)
            for size, width, stride, end in zip(sizes, wide, strides, ends, strict=True)
        ]
        x = jnp.pad(x, ((0, 0), *((some // 2, some - some // 2) for some in missing), (0, 0)))

    def seen(place: tuple[int, ...]) -> Any:
        parts = [
            slice(first, first + (end - 1) * stride + 1, stride)
            for first, end, stride in zip(place, ends, strides, strict=True)
        ]
        return x[(slice(None), *parts)]

    places = list(itertools.product(*map(range, wide)))
    if len(places) * x.shape[0] * math.prod(ends) * x.shape[-1] > MOST_COLUMNS:
        return sum(seen(place) @ kernel[place] for place in places)
    columns = jnp.concatenate([seen(place) for place in places], axis=-1)
    return columns @ kernel.reshape(-1, kernel.shape[-1])


def form_of(layer: Any, *, some_count: bool) -> type[keras.layers.Layer] | None:
    """The class that takes a layer's place in training; None where it keeps its own.

    `some_count` says that there are batches with rows that do not count.
    """
    kind = type(layer)
    if kind is keras.layers.BatchNormalization:
        return (
            BatchNormalization
            if some_count and layer.axis in (-1, len(layer.input.shape) - 1)
            else None
        )
    forms = {keras.layers.Conv1D: Conv1D, keras.layers.Conv2D: Conv2D}
    if kind in forms and jax.default_backend() == "cpu":
        plain = layer.groups == 1 and set(layer.dilation_rate) == {1}
        plain &= layer.data_format == "channels_last" and layer.padding in ("same", "valid")
        return forms[kind] if plain else None
    return None
