"""A Keras network as a function of its weights, for the rows of a batch that count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from benchmarks.training.on_jax.layers import BatchNormalization, form_of

Forward = Callable[[list[Any], list[Any], Any, Any, bool], tuple[Any, list[Any], Any]]
"""(trainable, other weights, x (rows, …), whether a row counts (rows,) or None, training or not) to
(outputs, other weights, weight penalty)."""

TRACING = ("TracerBool", "TracerInteger", "TracerArray", "Concretization", "NonConcrete")
"""Begin the names of JAX's errors for Python that asks for a value while it is traced."""


def forward_of(model: keras.Model, *, some_count: bool) -> Forward:
    """The function of a network; `some_count` says that there are batches with rows too many.

    A network that is neither Sequential nor functional computes over all rows of such a batch.
    """
    made = _twin(model, some_count)
    watching = [layer for layer in made._flatten_layers() if isinstance(layer, BatchNormalization)]

    def forward(weights: Any, others: Any, x: Any, rows: Any, training: bool) -> Any:
        for layer in watching:
            layer.rows = rows
        output, others, losses = made.stateless_call(
            weights, others, x, training=training, return_losses=True
        )
        return output, others, sum((ops.cast(one, "float32") for one in losses), 0.0)

    return forward


def _twin(model: Any, some_count: bool) -> Any:
    """The network with the layers of `layers` in it; same weights in the same order."""
    plain = isinstance(model, keras.Sequential) or hasattr(model, "operations")
    forms = {
        id(layer): form_of(layer, some_count=some_count)
        for layer in model._flatten_layers(include_self=False)
    }
    if not plain or not any(forms.values()):
        return model

    def clone(layer: Any) -> Any:
        form = forms.get(id(layer))
        # All others take part as they are: called without state, they leave no trace in each other.
        return layer if form is None else form.from_config(layer.get_config())

    try:
        made = keras.models.clone_model(model, clone_function=clone, recursive=True)
    except Exception:  # a function of the definition's own that no configuration can say
        return model
    return made if _shapes(made) == _shapes(model) else model


def _shapes(model: Any) -> list[list[tuple[int, ...]]]:
    kinds = model.trainable_variables, model.non_trainable_variables
    return [[tuple(variable.shape) for variable in variables] for variables in kinds]


def tracing_problem(network: str, error: BaseException) -> str:
    """What in a `network`, in words, asked for a value while traced; empty for other errors."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    names = [type(link).__name__ for link in chain] + [str(error)]
    if not any(word in name for name in names for word in TRACING):
        return ""
    layer, line = _culprit(chain)
    where = f"layer {layer.name!r} ({type(layer).__name__})" if layer else network
    return (
        f"{where} decides in Python by the value of a tensor{line}, which JAX cannot compile; use "
        "keras.ops.where or keras.ops.cond there, or train it on the TensorFlow backend"
    )


def _culprit(chain: list[BaseException]) -> tuple[Any, str]:
    """The innermost layer of the network's own, and where in its code."""
    found: tuple[Any, str] = (None, "")
    for error in chain:
        trace = error.__traceback__
        while trace is not None:
            owner = trace.tb_frame.f_locals.get("self")
            own = not type(owner).__module__.startswith("keras.")
            if isinstance(owner, keras.layers.Layer) and own:
                found = owner, f" (line {trace.tb_lineno} of its module)"
            trace = trace.tb_next
        if found[0] is not None:
            return found
    return found
