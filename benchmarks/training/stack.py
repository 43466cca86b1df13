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

Forward = Callable[[list[Any], list[Any], Any, Any], tuple[Any, list[Any], Any]]
"""(trainable, non-trainable, x of shape (repeats, batch, …), active repeats) to (outputs,
non-trainable, weight penalties by repeat). What is not active keeps its non-trainable weights."""

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

    def __init__(self, repeats: int, layer: keras.layers.Dense):
        super().__init__(name=layer.name, dtype=layer.dtype_policy)
        self.repeats, self.units, self.use_bias = repeats, layer.units, layer.use_bias
        self.activation = layer.activation

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
    """Whether rows are vectors and every layer is a plain `Dense` or element-wise, in one chain."""
    return (
        isinstance(model, keras.Sequential)
        and len(model.input_shape) == 2
        and all(
            isinstance(layer, ELEMENTWISE)
            or (isinstance(layer, keras.layers.Dense) and not _decorated(layer))
            for layer in model.layers
        )
    )


def _decorated(layer: keras.layers.Dense) -> bool:
    extras = (layer.kernel_regularizer, layer.bias_regularizer, layer.activity_regularizer)
    frozen = not layer.trainable
    return type(layer) is not keras.layers.Dense or frozen or any(e is not None for e in extras)


def stack(models: Sequence[keras.Model]) -> tuple[Forward, list[Any], list[Any]]:
    """One forward function for all models, with their trainable and other weights stacked.

    Raises ValueError for weights with a constraint, which no update here would keep.
    """
    for variable in models[0].trainable_variables:
        if variable.constraint is not None:
            raise ValueError(
                f"expected weights without constraints, received {variable.path} with "
                f"{type(variable.constraint).__name__}; use a regularizer or weight decay"
            )
    trainable = _stacked([model.trainable_variables for model in models])
    if len(models) > 1 and stackable(models[0]):
        twin = _twin(models[0], len(models))

        def together(weights: Any, others: Any, x: Any, active: Any) -> tuple[Any, Any, Any]:
            outputs, others = twin.stateless_call(weights, others, x, training=True)
            return outputs, others, tf.zeros(len(models))

        # The twin draws its own dropout masks, one stream for the whole stack.
        return together, trainable, [v.value for v in twin.non_trainable_variables]

    def one_by_one(weights: Any, others: Any, x: Any, active: Any) -> tuple[Any, Any, Any]:
        outputs, updated, penalties = [], [], []
        for repeat in range(len(models)):
            own = [weight[repeat] for weight in weights]
            old = [value[repeat] for value in others]
            output, new, losses = models[0].stateless_call(
                own, old, x[repeat], training=True, return_losses=True
            )
            outputs.append(output)
            updated.append([tf.where(active[repeat], a, b) for a, b in zip(new, old, strict=True)])
            penalties.append(tf.add_n([tf.zeros(()), *(tf.cast(v, tf.float32) for v in losses)]))
        others = [tf.stack(values) for values in zip(*updated, strict=True)]
        return tf.stack(outputs), others, tf.stack(penalties)

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
            layers.append(StackedDense(repeats, layer))
        else:
            layers.append(layer.__class__.from_config(layer.get_config()))
    return keras.Sequential(layers)
