"""Keras layers with a leading repeat axis on their inputs and weights.

`stacked_layer(layer, repeats)` makes one; `obstacle(layer)` says why it cannot. A layer of one's
own stacks when it declares how, with one method:

    def stacked(self, repeats: int) -> keras.layers.Layer

returning a layer that maps (repeats, batch, …) to (repeats, batch, …) and has the same weights in
the same order, each with a leading axis of `repeats`. The trainer gives them their values, repeat
by repeat, so initializers do not matter. Nothing may flow between repeats. A layer that computes
something over the rows of a batch sets an attribute `rows = None`: when it is called in training
it finds there (repeats, batch) weights, 1 for a row that counts and 0 past a repeat's last row.
A layer that draws random numbers keeps what they depend on (seed, count) in its weights.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from benchmarks.training.masks import dropout_mask

ELEMENTWISE = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Identity)
"""Layers that treat every number alike, so that one more leading axis changes nothing."""
MERGES = (layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Concatenate)
RESHAPES = (layers.Flatten, layers.Reshape)
WEIGHTED = (layers.Dense, layers.BatchNormalization, layers.LayerNormalization)


def obstacle(layer: Any) -> str | None:
    """Why a layer has no stacked form, or None where it has one."""
    kind, name = type(layer), f"layer {layer.name!r} ({type(layer).__name__})"
    extras = [
        key
        for key in vars(layer)
        if key.endswith(("_regularizer", "_constraint")) and getattr(layer, key) is not None
    ]
    if extras:
        return f"{name} has a {extras[0]}"
    if hasattr(layer, "stacked") or kind in ELEMENTWISE:
        return None
    if kind not in (*WEIGHTED, *MERGES, *RESHAPES, layers.Dropout):
        return f"{name} has no stacked form"
    if kind is layers.Dropout:
        return f"{name} has a noise_shape" if layer.noise_shape is not None else None
    inputs = layer.input if isinstance(layer.input, list) else [layer.input]
    ranks = [len(tensor.shape) for tensor in inputs]
    if kind in MERGES:
        alike = len(set(ranks)) == 1 and getattr(layer, "axis", -1) != 0
        return None if alike else f"{name} merges unlike axes"
    if kind in RESHAPES:
        return f"{name} has an unknown size" if None in layer.output.shape[1:] else None
    if ranks != [2]:
        return f"{name} works on rows of more than one axis"
    if isinstance(getattr(layer, "activation", None), keras.layers.Layer):
        return f"{name} has a layer for its activation"
    if kind is layers.Dense and len(layer.variables) != 1 + layer.use_bias:
        return f"{name} has more weights than a kernel and a bias"
    if getattr(layer, "renorm", False) or getattr(layer, "rms_scaling", False):
        return f"{name} is of an unusual kind (renorm, rms_scaling)"
    return None


def stacked_layer(layer: Any, repeats: int) -> Any:
    """The layer for `repeats` repeats at once; its weights are still to be set.

    `layer` is built and has no `obstacle`.
    """
    made = _twin(layer, repeats)
    if not layer.trainable:
        made.trainable = False
    return made


def _twin(layer: Any, repeats: int) -> Any:
    if hasattr(layer, "stacked"):
        return layer.stacked(repeats)
    kind = type(layer)
    if kind is layers.Dense:
        return StackedDense(repeats, layer)
    if kind is layers.Dropout:
        return StackedDropout(repeats, layer)
    if kind is layers.BatchNormalization:
        return StackedBatchNormalization(repeats, layer)
    if kind is layers.LayerNormalization:
        return StackedLayerNormalization(repeats, layer)
    if kind in RESHAPES:
        return layers.Reshape((-1, *layer.output.shape[1:]), name=layer.name)
    config = layer.get_config()
    if config.get("axis", -1) > 0:  # an axis counted from the front has one more before it
        config["axis"] += 1
    return kind.from_config(config)


class Stacked(keras.layers.Layer):
    """The stacked form of `layer`: same name, same precision, same shape of output."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(name=layer.name, dtype=layer.dtype_policy)
        self.repeats = repeats

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """That of the input."""
        return shape


class StackedDense(Stacked):
    """`Dense`: as many matrix products side by side."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.units, self.use_bias, self.activation = layer.units, layer.use_bias, layer.activation

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the kernel (repeats, in, units) and the bias (repeats, units)."""
        width = shape[-1]
        self.kernel = self.add_weight(shape=(self.repeats, width, self.units), name="kernel")
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.repeats, self.units), name="bias")

    def call(self, x: Any) -> Any:
        """(repeats, batch, in) to (repeats, batch, units)."""
        x = ops.matmul(x, self.kernel)
        if self.use_bias:
            x = x + self.bias[:, None, :]
        return self.activation(x)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The last axis becomes the units."""
        return (*shape[:-1], self.units)


class StackedDropout(Stacked):
    """`Dropout` whose masks come from each repeat's own seed and count alone.

    Its weight is the state of Keras' seed generator, (repeats, 2): a seed, and how many masks
    have been drawn. The masks themselves are not those of Keras.
    """

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.rate = layer.rate

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the state; like Keras, none for a rate of zero."""
        if self.rate > 0:
            self.state = self.add_weight(
                shape=(self.repeats, 2),
                name="seed_generator_state",
                dtype="int64",
                initializer="zeros",
                trainable=False,
            )

    def call(self, x: Any, training: bool = False) -> Any:
        """What is kept is scaled up, so that sums keep their expectation."""
        if not training or self.rate == 0:
            return x
        state = ops.convert_to_tensor(self.state)
        keep = dropout_mask(state[:, 0], state[:, 1], tuple(x.shape[1:]), self.rate)
        self.state.assign(state + ops.convert_to_tensor([0, 1], "int64"))
        scale = 1.0 / (1.0 - self.rate) if self.rate < 1 else 0.0
        return ops.where(keep, x * scale, ops.zeros_like(x))


class StackedBatchNormalization(Stacked):
    """`BatchNormalization` over the rows of each repeat that count."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.momentum, self.epsilon = layer.momentum, layer.epsilon
        self.scale, self.center = layer.scale, layer.center
        self.rows: Any = None

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make gamma, beta, moving mean and variance, each (repeats, features)."""
        names = ["gamma"] * self.scale + ["beta"] * self.center
        for name in [*names, "moving_mean", "moving_variance"]:
            learnt = not name.startswith("moving")
            shaped = (self.repeats, shape[-1])
            weight = self.add_weight(shaped, name=name, trainable=learnt, autocast=False)
            setattr(self, name, weight)

    def call(self, x: Any, training: bool = False) -> Any:
        """(repeats, batch, features), normalised by batch or, outside training, by averages."""
        x = ops.cast(x, "float32")
        mean, variance = ops.convert_to_tensor(self.moving_mean), self.moving_variance
        if training and self.trainable:
            share = self._shares(x)
            old, mean = mean, ops.sum(share * x, axis=1)
            before = ops.convert_to_tensor(variance)
            variance = ops.sum(share * ops.square(x - mean[:, None, :]), axis=1)
            self.moving_mean.assign(old * self.momentum + mean * (1.0 - self.momentum))
            self.moving_variance.assign(before * self.momentum + variance * (1.0 - self.momentum))
        factor = ops.rsqrt(variance + self.epsilon)
        if self.scale:
            factor = factor * self.gamma
        x = (x - mean[:, None, :]) * factor[:, None, :]
        if self.center:
            x = x + self.beta[:, None, :]
        return ops.cast(x, self.compute_dtype)

    def _shares(self, x: Any) -> Any:
        """(repeats, batch, 1): how much of its repeat's mean every row is."""
        rows = ops.ones(ops.shape(x)[:2]) if self.rows is None else self.rows
        return (rows / ops.maximum(ops.sum(rows, axis=1, keepdims=True), 1.0))[:, :, None]


class StackedLayerNormalization(Stacked):
    """`LayerNormalization` over the features of a row."""

    def __init__(self, repeats: int, layer: Any):
        super().__init__(repeats, layer)
        self.epsilon, self.scale, self.center = layer.epsilon, layer.scale, layer.center

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make gamma and beta, each (repeats, features)."""
        for name in ["gamma"] * self.scale + ["beta"] * self.center:
            shaped = (self.repeats, shape[-1])
            setattr(self, name, self.add_weight(shaped, name=name, autocast=False))

    def call(self, x: Any) -> Any:
        """(repeats, batch, features)."""
        x = ops.cast(x, "float32")
        mean, variance = ops.moments(x, axes=[-1], keepdims=True)
        factor = ops.rsqrt(variance + self.epsilon)
        if self.scale:
            factor = factor * self.gamma[:, None, :]
        x = (x - mean) * factor
        if self.center:
            x = x + self.beta[:, None, :]
        return ops.cast(x, self.compute_dtype)
