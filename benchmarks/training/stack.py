"""Several networks of one architecture as one function of weights with a leading repeat axis.

Dense networks become batched matrix products: twenty cost little more than one. Any other Keras
network is applied repeat by repeat inside the same compiled program, which costs compile time in
proportion but still saves the per-step overhead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

Forward = Callable[[list[Any], list[Any], Any], tuple[Any, list[Any]]]
"""(trainable, non-trainable, x of shape (repeats, batch, …)) to (outputs, non-trainable)."""

ELEMENTWISE = (
    keras.layers.Activation,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.ELU,
)
"""Layers that treat every number alike, so that one more leading axis changes nothing."""


class StackedDense(keras.layers.Layer):
    """A `Dense` layer whose kernel and bias have a leading repeat axis."""

    def __init__(self, repeats: int, units: int, activation: Any, use_bias: bool, name: str):
        super().__init__(name=name)
        self.repeats, self.units, self.use_bias = repeats, units, use_bias
        self.activation = keras.activations.get(activation)

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the stacked weights; their values are the repeats' own, set by the trainer."""
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


def stackable(model: keras.Model) -> bool:
    """Whether every layer is a plain `Dense` or element-wise, in one chain."""
    return isinstance(model, keras.Sequential) and all(
        isinstance(layer, ELEMENTWISE)
        or (isinstance(layer, keras.layers.Dense) and not _decorated(layer))
        for layer in model.layers
    )


def _decorated(layer: keras.layers.Dense) -> bool:
    extras = (
        layer.kernel_regularizer,
        layer.bias_regularizer,
        layer.activity_regularizer,
        layer.kernel_constraint,
        layer.bias_constraint,
    )
    return type(layer) is not keras.layers.Dense or any(extra is not None for extra in extras)


def stack(models: Sequence[keras.Model]) -> tuple[Forward, list[Any], list[Any]]:
    """One forward function for all models, with their trainable and other weights stacked."""
    trainable = _stacked([model.trainable_variables for model in models])
    if len(models) > 1 and stackable(models[0]):
        twin = _twin(models[0], len(models))

        def together(weights: list[Any], others: list[Any], x: Any) -> tuple[Any, list[Any]]:
            return twin.stateless_call(weights, others, x, training=True)

        # The twin draws its own dropout masks, one stream for the whole stack.
        return together, trainable, [v.value for v in twin.non_trainable_variables]

    def one_by_one(weights: list[Any], others: list[Any], x: Any) -> tuple[Any, list[Any]]:
        outputs, updated = [], []
        for repeat in range(len(models)):
            own = [weight[repeat] for weight in weights]
            other = [value[repeat] for value in others]
            output, other = models[0].stateless_call(own, other, x[repeat], training=True)
            outputs.append(output)
            updated.append(other)
        return tf.stack(outputs), [tf.stack(values) for values in zip(*updated, strict=True)]

    return one_by_one, trainable, _stacked([model.non_trainable_variables for model in models])


def unstack(models: Sequence[keras.Model], trainable: list[Any], others: list[Any]) -> None:
    """Hand every model its own slice of the trained weights."""
    for repeat, model in enumerate(models):
        for variable, value in zip(model.trainable_variables, trainable, strict=True):
            variable.assign(value[repeat])
        if len(models) > 1 and stackable(model):
            continue  # only dropout seeds, which belong to the stack
        for variable, value in zip(model.non_trainable_variables, others, strict=True):
            variable.assign(value[repeat])


def _stacked(variables: list[list[Any]]) -> list[Any]:
    return [tf.stack([v.value for v in same]) for same in zip(*variables, strict=True)]


def _twin(model: keras.Sequential, repeats: int) -> keras.Sequential:
    layers: list[Any] = [keras.Input((None, *model.input_shape[1:]))]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            layers.append(
                StackedDense(repeats, layer.units, layer.activation, layer.use_bias, layer.name)
            )
        else:
            layers.append(layer.__class__.from_config(layer.get_config()))
    return keras.Sequential(layers)
