"""Networks of a definition's own builder, made into what is trained: one output a class, linear.

The builders of this package end in logits. Other people's may end in a softmax or a sigmoid, be
compiled, or take rows in a way that training by shuffled batches has no answer to. What a network
ends in is found by its last layer; where that says nothing, by its outputs for some rows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

ENDINGS = ("softmax", "sigmoid")


def with_logits(
    shape: tuple[int, ...], outputs: int, *, build: Callable[[tuple[int, ...], int], keras.Model]
) -> keras.Model:
    """The network `build` makes for rows of that shape, ending in that many linear outputs.

    Probabilities become logits: a last softmax or sigmoid is taken away, so that the loss is that
    of the network as it was written. One output for two classes is the logit of the second. A
    `compile` is undone. Raises ValueError, naming layer and remedy, for what cannot be trained on
    shuffled rows of one shape: a stateful layer, a fixed batch size, ragged or sparse inputs,
    several inputs or outputs, other outputs than asked for, and no weights to train.
    """
    network = as_single_model(build(shape, outputs), shape)
    for model in (network, *layers_of(network)):
        if getattr(model, "compiled", False):
            model.compiled = False  # else its loss would be saved, and needed to load it
    width = network.outputs[0].shape[1:]
    if width not in ((outputs,), (1,)) or (width == (1,) and outputs > 2):
        raise ValueError(
            f"expected a network with outputs of shape (rows, {outputs}), received (rows, "
            f"{', '.join(map(str, width))}); end it in keras.layers.Dense(outputs)"
        )
    if not network.trainable_variables:
        raise ValueError(f"expected weights to train, received none in {network.name!r}")
    ending, network = without_ending(network, shape)
    if not ending:
        return two_classes(network) if width[0] < outputs else network
    if outputs == 1:
        raise ValueError(
            f"expected linear outputs for standardised targets, received a network that ends in a "
            f"{ending}, which stays between 0 and 1; leave the activation of its last layer out"
        )
    if width[0] < outputs:
        return two_classes(network)
    return network if ending == "softmax" else followed_by(network, "log_sigmoid")


def as_single_model(network: Any, shape: tuple[int, ...]) -> keras.Model:
    """The network as a functional or sequential model of one input and one output, built.

    One with layers of its own is put into a model as a whole: copies of those layers are never
    made. Raises ValueError as `with_logits` does.
    """
    import keras

    if not isinstance(network, keras.Model):
        raise ValueError(
            f"expected a keras.Model from the builder, received {type(network).__name__}"
        )
    for layer in layers_of(network):
        if getattr(layer, "stateful", False):
            raise ValueError(
                f"layer {layer.name!r} ({type(layer).__name__}) is stateful, and batches are "
                "shuffled rows; leave stateful=True out"
            )
    stock = type(network).__module__.startswith("keras.")
    rows = keras.Input(shape)
    if stock and not network.built:
        network(rows)
    for tensor in getattr(network, "inputs", None) or [] if stock else []:
        check_input(tensor, shape, len(network.inputs))
    if not stock or own_layers(network):
        try:
            network = keras.Model(rows, network(rows))
        except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise ValueError(
                f"expected {type(network).__name__} to take one array of rows of shape "
                f"{(None, *shape)}, received {type(error).__name__}: {lines[0]}"
            ) from error
    if len(network.outputs) != 1:
        raise ValueError(
            f"expected a network with one output, received {len(network.outputs)} in "
            f"{network.name!r}; return the one that is scored"
        )
    register_layers(network)
    if not isinstance(network, keras.Sequential):
        given = network.input, network.output
        if any(isinstance(one, list | tuple | dict) for one in given):  # the one tensor of a list
            network = keras.Model(network.inputs[0], network.outputs[0])
    return network


def check_input(tensor: Any, shape: tuple[int, ...], count: int) -> None:
    """Raise ValueError where rows of one array of that shape are not what an input takes."""
    if count > 1:
        raise ValueError(
            f"expected a network with one input, received {count}; take one array and cut it "
            "inside: columns = rows[:, :4]"
        )
    if getattr(tensor, "ragged", False) or getattr(tensor, "sparse", False):
        raise ValueError(
            f"input {tensor.name!r} is ragged or sparse, and rows are arrays of one shape; leave "
            "that out, pad short rows with zeros and begin with keras.layers.Masking()"
        )
    if tensor.shape[0] is not None:
        raise ValueError(
            f"input {tensor.name!r} has a fixed batch size of {tensor.shape[0]}, and batches are "
            "as the recipe says; give it the shape of a row alone"
        )
    if len(tensor.shape) != 1 + len(shape) or any(
        size not in (None, own) for size, own in zip(tensor.shape[1:], shape, strict=True)
    ):
        raise ValueError(
            f"expected an input for rows of shape {shape}, received one of {tensor.shape[1:]}; "
            "build it from the shape the builder is given"
        )


def without_ending(network: keras.Model, shape: tuple[int, ...]) -> tuple[str, keras.Model]:
    """Which of `ENDINGS` a network ends in ("" for none), and the network without it."""
    import keras

    output, last, nested = network.outputs[0], network, -1
    while isinstance(last, keras.Model) and getattr(last, "outputs", None):
        last, nested = last.outputs[0]._keras_history.operation, nested + 1
    alone = type(last).__module__.startswith("keras.") and len(last._inbound_nodes) == 1
    activation = ending_name(getattr(last, "activation", None))
    if alone and activation:
        last.activation = keras.activations.linear
        return activation, network
    if alone and ending_name(last) and not nested:
        (given,) = last._inbound_nodes[0].input_tensors
        return ending_name(last), keras.Model(network.inputs[0], given)
    linear = type(last) is keras.layers.Dense and last.activation is keras.activations.linear
    if linear or not gives_probabilities(network, shape):
        return "", network
    shares = keras.ops.clip(output, 1e-7, 1.0 - 1e-7)
    logits = keras.ops.log(shares)
    if output.shape[-1] > 1:
        return "softmax", keras.Model(network.inputs[0], logits)
    return "sigmoid", keras.Model(network.inputs[0], logits - keras.ops.log(1.0 - shares))


def ending_name(last: Any) -> str:
    """The name among `ENDINGS` of a layer, operation or activation over the classes, or ""."""
    kind = last if hasattr(last, "__name__") else type(last)
    ours = kind.__module__.startswith("keras.") and kind.__name__.lower() in ENDINGS
    return kind.__name__.lower() if ours and getattr(last, "axis", -1) in (-1, 1) else ""


def gives_probabilities(network: keras.Model, shape: tuple[int, ...]) -> bool:
    """Whether all outputs are between 0 and 1 for rows far apart.

    Of a network that takes no such rows, as numbers of words are none, for rows of 0 and 1, where
    the outputs of each have to add up to 1 as well. Raises ValueError for a single output between
    0 and 1 there, which may be either.
    """
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (16, *shape)).astype(np.float32)
    try:
        outputs = np.asarray(network(1e4 * signs, training=False), np.float64)
    except Exception:  # layers may refuse such rows in any way
        outputs = np.full((1, 1), np.nan)
    far = bool(np.isfinite(outputs).all())
    if not far:
        outputs = np.asarray(network((signs + 1.0) / 2.0, training=False), np.float64)
    within = bool(((outputs >= 0.0) & (outputs <= 1.001)).all() and outputs.max() > 0.01)
    if far or not within:
        return within
    if outputs.shape[1] == 1:
        raise ValueError(
            f"expected an output that is a logit or a probability for certain, received one "
            f"between 0 and 1 in {network.name!r}; leave a sigmoid out and set from_logits=True"
        )
    return bool(np.allclose(outputs.sum(axis=1), 1.0, atol=1e-2))


def two_classes(network: keras.Model) -> keras.Model:
    """The logits of two classes from that of the second: the first one's is 0."""
    import keras

    both = keras.layers.Dense(
        2, use_bias=False, trainable=False, dtype="float32", name="two_classes"
    )
    outputs = both(network.outputs[0])
    both.set_weights([np.array([[0.0, 1.0]])])
    return keras.Model(network.inputs[0], outputs)


def followed_by(network: keras.Model, activation: str) -> keras.Model:
    """The network with an activation behind its output."""
    import keras

    return keras.Model(network.inputs[0], keras.layers.Activation(activation)(network.outputs[0]))


def layers_of(network: Any) -> Iterator[Any]:
    """All layers inside a network, those within others too."""
    yield from network._flatten_layers(include_self=False)


def own_layers(network: Any) -> list[Any]:
    """Layers whose class is none of Keras', and those that hold Python code."""
    import keras

    return [
        layer
        for layer in layers_of(network)
        if not type(layer).__module__.startswith("keras.") or isinstance(layer, keras.layers.Lambda)
    ]


def register_layers(network: Any) -> None:
    """Register the classes of a network's own layers, so that Keras can load its file here."""
    import keras

    known = keras.saving.get_custom_objects()
    for layer in own_layers(network):
        if not type(layer).__module__.startswith("keras."):
            known[keras.saving.get_registered_name(type(layer))] = type(layer)


def register_built_layers(build: Callable[..., Any], shape: tuple[int, ...], outputs: int) -> None:
    """`register_layers` the layers of the network a builder makes; nothing where it makes none."""
    with contextlib.suppress(Exception):  # a builder may fail in any way
        network = build(shape, outputs)
        if not network.built:
            import keras

            network(keras.Input(shape))
        register_layers(network)


def builder_of(fit: Any) -> Callable[..., Any] | None:
    """A definition's own builder in an entry's fit; None where this package's builds, or none.

    One of this package that is handed a function, an activation say, counts as the definition's.
    """
    build = next(builders(fit), None)
    while isinstance(build, partial) and build.func is with_logits:
        build = build.keywords["build"]
    home, handed = build, False
    while isinstance(home, partial):
        handed |= any(map(callable, home.keywords.values()))
        home = home.func
    ours = getattr(home, "__module__", "").startswith("benchmarks.entries.") and not handed
    return None if build is None or ours else build


def builders(fit: Any) -> Iterator[Callable[..., Any]]:
    """The builders in the partial functions a fit is made of."""
    if isinstance(fit, tuple):
        for one in fit:
            yield from builders(one)
    if not isinstance(fit, partial):
        return
    if "build" in fit.keywords and fit.func is not with_logits:
        yield fit.keywords["build"]
    for value in fit.keywords.values():
        yield from builders(value)
