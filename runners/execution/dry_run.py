"""Checks of a definition's own network before it trains: can it be kept, is it used as written.

The untrained network is built for a repeat's training rows as they reach it, saved, loaded and
compared. Networks of this project's builders are not looked at: tests hold that they can be kept.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.definition import Entry, Training
from benchmarks.entries import own_networks

ROWS = 8
"""For which a loaded network must give the same outputs."""
REGISTER = (
    "decorate its class with @keras.saving.register_keras_serializable() and give it a get_config "
    "that returns every argument of __init__ as plain values"
)


@dataclass(frozen=True)
class DryRun:
    """What a dry run found."""

    remarks: tuple[str, ...] = ()
    """What of the network is not used, or not used as written."""
    unsaved: str = ""
    """Why the network cannot be kept, with the remedy; empty where it can."""


NOTHING = DryRun()


class _Built(BaseException):
    """Ends the fit of an entry where its network would be trained."""

    def __init__(self, found: DryRun | Exception) -> None:
        self.found = found


def needed(entry: Entry) -> bool:
    """Whether an entry's network comes from a definition's own builder."""
    return entry.kind == "keras" and own_networks.builder_of(entry.fit) is not None


def dry_run(entry: Entry, training: Training) -> DryRun:
    """Build the entry's network for these training rows and look at it; nothing is trained.

    Raises what its builder raises, and ValueError for a network that cannot be trained.
    """
    found: DryRun | Exception = NOTHING
    # What else fails does so in training too, where it is said.
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        try:
            _probing(entry.fit, entry.headline)([training])
        except _Built as built:
            found = built.found
    if isinstance(found, Exception):
        raise found
    return found


def _probing(fit: Any, keep: bool) -> Any:
    """A fit whose builders end it with what is found; all else in it is as it was."""
    if isinstance(fit, tuple):
        return tuple(_probing(one, keep) for one in fit)
    if not isinstance(fit, partial):
        return fit
    keywords = {name: _probing(value, keep) for name, value in fit.keywords.items()}
    if "build" in fit.keywords:
        keywords["build"] = partial(_built, build=fit.keywords["build"], keep=keep)
    return partial(fit.func, *fit.args, **keywords)


def _built(shape: tuple[int, ...], outputs: Any, *, build: Callable[..., Any], keep: bool) -> Any:
    own = own_networks.builder_of(partial(_built, build=build))
    if own is None:  # this project's
        return build(shape, outputs)
    try:
        import keras

        written, network = own(shape, outputs), build(shape, outputs)
        if not network.built:
            network(keras.Input(shape))
    except Exception as error:  # a builder may fail in any way
        raise _Built(_explained(error)) from error
    own_networks.register_layers(network)
    unsaved = why_unsaved(network, shape) if keep else ""
    raise _Built(DryRun(tuple(remarks_on(written, outputs)), unsaved))


def _explained(error: Exception) -> Exception:
    """The error of a builder; on JAX with a remedy for Python that depends on values."""
    import keras

    if keras.backend.backend() != "jax":
        return error
    from benchmarks.training.on_jax.network import tracing_problem

    problem = tracing_problem("the network", error)
    return ValueError(problem) if problem else error


def remarks_on(network: Any, outputs: int | tuple[int, ...]) -> list[str]:
    """What of a network as its builder made it has no effect here, or not the likely one.

    `outputs` is a shape for a forecaster, which trains by the network's own `fit`.
    """
    import keras

    remarks = []
    last = next(reversed(getattr(network, "layers", [])), None)
    activation = getattr(getattr(last, "activation", None), "__name__", "linear")
    if isinstance(outputs, int) and activation not in ("linear", *own_networks.ENDINGS):
        taken = "logits" if outputs > 1 else "standardised targets, of mean 0 and deviation 1"
        remarks.append(f"its last layer has the activation {activation}: outputs are {taken}")
    if getattr(network, "compiled", False):
        optimizer = getattr(network.optimizer, "name", "its optimizer")
        remarks.append(
            f"compile() in the builder is ignored: {optimizer} and its loss are not used, the "
            "recipe's optimizer and the entry's loss are; name the optimizer in Recipe(...)"
        )
    if isinstance(network, keras.Model):
        for method in ("train_step", "compute_loss", "fit") if isinstance(outputs, int) else ():
            if getattr(type(network), method) is not getattr(keras.Model, method):
                remarks.append(
                    f"{type(network).__name__}.{method} is not called: the recipe's own loop "
                    "trains; losses of its own belong into add_loss"
                )
        for layer in own_networks.own_layers(network):
            kind = type(layer)
            if "<locals>" in kind.__qualname__ and not _registered(kind):
                remarks.append(
                    f"layer {layer.name!r} ({kind.__name__}) is defined inside its builder: "
                    "`predict` finds it through the definition; to load the file elsewhere, "
                    f"decorate it with @keras.saving.register_keras_serializable()"
                )
    return remarks


def _registered(kind: type) -> bool:
    import keras

    return ">" in keras.saving.get_registered_name(kind)


def why_unsaved(network: Any, shape: tuple[int, ...]) -> str:
    """Save a network, load it again and compare; why that fails, with the remedy, or ""."""
    import keras

    random = np.random.default_rng(0)
    rows = random.integers(0, 2, (ROWS, *shape)).astype(np.float32)
    with TemporaryDirectory(prefix="keras-") as folder:
        path = Path(folder) / "network.keras"
        step = "saved"
        try:
            network.save(path)
            step = "loaded"
            loaded = keras.saving.load_model(path, compile=False)
        except Exception as error:  # Keras and layers may fail in any way
            return _culprit(network, step) or (
                f"the network cannot be {step} ({type(error).__name__}); {REGISTER}"
            )
        before, after = (np.asarray(one(rows, training=False)) for one in (network, loaded))
    if np.allclose(before, after, rtol=1e-3, atol=1e-5, equal_nan=True):
        return ""
    layers = own_networks.own_layers(network)
    names = ", ".join(f"{layer.name!r} ({type(layer).__name__})" for layer in layers[:3])
    whose = f"; of its layer {names} something" if names else "; something"
    return f"loaded from its file the network has other outputs{whose} is missing there; {REGISTER}"


def _culprit(network: Any, step: str) -> str:
    """The first layer that cannot be saved, or loaded again, by itself, with the remedy."""
    import keras

    for layer in own_networks.layers_of(network):
        if isinstance(layer, keras.Model) and type(layer).__module__.startswith("keras."):
            continue  # its layers are looked at by themselves
        name = f"layer {layer.name!r} ({type(layer).__name__})"
        try:
            config = keras.saving.serialize_keras_object(layer)
            keras.saving.deserialize_keras_object(config)
        except Exception:  # as above
            if isinstance(layer, keras.layers.Lambda):
                return (
                    f"{name} cannot be loaded: a file does not hold Python code; write it with "
                    "keras.ops, or as a class of layer decorated with "
                    "@keras.saving.register_keras_serializable(), without Lambda"
                )
            if type(layer).__module__.startswith("keras."):
                return (
                    f"{name} cannot be {step}: it holds a function of the definition's own; "
                    "define it at the top level of a module, decorated with "
                    "@keras.saving.register_keras_serializable(), no lambda"
                )
            return f"{name} cannot be {step}; {REGISTER}"
    return ""
