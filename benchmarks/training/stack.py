"""Several networks of one architecture as one function of weights with a leading repeat axis.

Dense networks become batched matrix products: twenty cost little more than one. `Sequential` and
functional models stack when each of their layers has a stacked form, see `stacked_layers`. Any
other Keras network is applied repeat by repeat inside the same compiled program, which costs
compile time in proportion but still saves the per-step overhead; `obstacle` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from benchmarks.training import fast_layers, stacked_layers

Forward = Callable[[list[Any], list[Any], Any, Any, bool], tuple[Any, list[Any], Any]]
"""(trainable, non-trainable, x of shape (repeats, batch, …), row weights of shape (repeats,
batch), training or not) to (outputs, non-trainable, weight penalties by repeat)."""


def obstacle(model: keras.Model) -> str | None:
    """Why networks of this architecture cannot train as one stack, or None where they can.

    In words for the reader of a record, naming the layer: "layer 'conv1d' (Conv1D) has no stacked
    form".
    """
    if hasattr(model, "stacked"):
        return None
    if not type(model).__module__.startswith("keras.") or not hasattr(model, "inputs"):
        return f"model {model.name!r} is neither Sequential nor functional"
    if not model.built or len(model.inputs) != 1 or len(model.outputs) != 1:
        return f"model {model.name!r} has not exactly one input and one output"
    for part in _parts(model):
        if isinstance(part, keras.layers.InputLayer):
            continue
        if not isinstance(part, keras.layers.Layer):
            return f"{part.name!r} in {model.name!r} is an operation and no layer"
        reason = obstacle(part) if isinstance(part, keras.Model) else stacked_layers.obstacle(part)
        if reason:
            return reason
    return None


def _parts(model: Any) -> list[Any]:
    return model.layers if isinstance(model, keras.Sequential) else model.operations


def stack(models: Sequence[keras.Model]) -> tuple[Forward, list[Any], list[Any]]:
    """One forward function for all models, with their trainable and other weights stacked.

    Raises ValueError for weights with a constraint, which no update here would keep, and for a
    layer's own `stacked` that returns other weights than promised.
    """
    for variable in models[0].trainable_variables:
        if variable.constraint is not None:
            raise ValueError(
                f"expected weights without constraints, received {variable.path} with "
                f"{type(variable.constraint).__name__}; use a regularizer or weight decay"
            )
    trainable = _stacked([model.trainable_variables for model in models])
    others = _stacked([model.non_trainable_variables for model in models])
    if obstacle(models[0]) is not None:
        return _one_by_one(models), trainable, others

    twin = _twin(models[0], len(models))
    for made, wanted in (
        (twin.trainable_variables, trainable),
        (twin.non_trainable_variables, others),
    ):
        shapes = [tuple(v.shape) for v in made], [tuple(v.shape) for v in wanted]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"expected stacked weights of shapes {shapes[1]}, received {shapes[0]}; a layer's "
                "`stacked` must keep the order of its weights and put the repeats first"
            )
    watching = [layer for layer in _leaves(twin) if hasattr(layer, "rows")]

    def together(weights: Any, others: Any, x: Any, rows: Any, training: bool) -> Any:
        for layer in watching:
            layer.rows = rows
        output, others = twin.stateless_call(weights, others, x, training=training)
        return output, others, tf.zeros(len(models))

    return together, trainable, others


def _one_by_one(models: Sequence[keras.Model]) -> Forward:
    model = fast_layers.with_fast_layers(models[0])

    def forward(weights: Any, others: Any, x: Any, rows: Any, training: bool) -> Any:
        outputs, updated, penalties = [], [], []
        for repeat in range(len(models)):
            own = [weight[repeat] for weight in weights]
            old = [value[repeat] for value in others]
            output, new, losses = model.stateless_call(
                own, old, x[repeat], training=training, return_losses=True
            )
            outputs.append(output)
            updated.append(new)
            penalties.append(tf.add_n([tf.zeros(()), *(tf.cast(v, tf.float32) for v in losses)]))
        others = [tf.stack(values) for values in zip(*updated, strict=True)]
        return tf.stack(outputs), others, tf.stack(penalties)

    return forward


def unstack(models: Sequence[keras.Model], trainable: list[Any], others: list[Any]) -> None:
    """Hand every model its own slice of the trained weights."""
    for values, kind in ((trainable, "trainable"), (others, "non_trainable")):
        arrays = [value.numpy() for value in values]
        for repeat, model in enumerate(models):
            variables = getattr(model, f"{kind}_variables")
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array[repeat])


def _stacked(variables: list[list[Any]]) -> list[Any]:
    return [tf.stack([v.value for v in same]) for same in zip(*variables, strict=True)]


def _twin(model: Any, repeats: int) -> Any:
    if hasattr(model, "stacked"):
        return model.stacked(repeats)

    def clone(layer: Any) -> Any:
        whole = isinstance(layer, keras.Model)
        return _twin(layer, repeats) if whole else stacked_layers.stacked_layer(layer, repeats)

    (one,) = model.inputs
    inputs = keras.Input(batch_shape=(repeats, None, *one.shape[1:]), dtype=one.dtype)
    if isinstance(model, keras.Sequential):
        made: Any = keras.Sequential([inputs, *(clone(layer) for layer in model.layers)])
    else:
        made = keras.models.clone_model(model, input_tensors=inputs, clone_function=clone)
    if not model.trainable:
        made.trainable = False
    return made


def _leaves(model: Any) -> list[Any]:
    parts = [model] if not isinstance(model, keras.Model) else [model, *model.layers]
    return [parts[0]] + [leaf for part in parts[1:] for leaf in _leaves(part)]
