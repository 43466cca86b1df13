"""A small fitted network as steps and weights that a page computes by itself, without Keras.

Read from the `.keras` file alone: its `config.json` names the layers, its `model.weights.h5` holds
their weights. `portfolio/page/templates/demo.js` computes the steps.
"""

from __future__ import annotations

import base64
import io
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NotRequired

import numpy as np
from typing_extensions import TypedDict

if TYPE_CHECKING:
    import h5py

LARGEST = 75_000
"""Bytes of float32 weights that a page takes: 100 kB as text."""
LARGEST_FILE = 1_000_000
"""Bytes of a `.keras` file from which its weights are sure to be more than that."""
ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "silu", "elu", "softmax")
"""What `demo.js` computes, by its name in Keras."""
OPERATIONS = {"Add": "add", "Subtract": "subtract", "Multiply": "multiply", "Divide": "divide"}
"""Element by element, of two values or more; one of them may be a number."""
UNCHANGED = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "Identity")
"""Layers that do nothing once a network is trained."""


class Step(TypedDict):
    """One step: its value is computed from those of steps before it; value 0 is the input."""

    op: str
    of: list[int]
    """Places of the values it takes."""
    size: NotRequired[int]
    """Of `affine` the features it knows, of `dense` its units, of `conv` its filters, of `pool`
    the side of its square."""
    shape: NotRequired[list[int]]
    """Height, width and channels of the image that `conv` and `pool` take."""
    kernel: NotRequired[list[int]]
    """Height and width of `conv`."""
    pad: NotRequired[list[int]]
    """Rows and columns of zeros that `conv` puts above and to the left."""
    out: NotRequired[list[int]]
    """Height and width of what `conv` gives; what lies outside of its image counts as zeros."""
    bias: NotRequired[bool]
    activation: NotRequired[str]
    value: NotRequired[float]
    """Of `constant`; of `cap` the most it lets through."""


class DemoNetwork(TypedDict):
    """A network as a page computes it."""

    steps: list[Step]
    """The value of the last is the output."""
    weights: str
    """Little-endian float32 in the order of the steps, as `as_text` writes them."""


class Unsupported(ValueError):
    """A network is too large, or has a layer that a page does not compute."""


def read(file: bytes) -> DemoNetwork:
    """The network of a `.keras` file. Raises Unsupported where a page cannot compute it."""
    if len(file) > LARGEST_FILE:
        raise Unsupported(f"expected at most {LARGEST_FILE} bytes, received {len(file)}")
    import h5py

    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        config = json.loads(archive.read("config.json"))
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
            reader = _Reader()
            last, _ = reader.container(config, weights, 0, None)
    if last != len(reader.steps):
        raise Unsupported("expected the output to be the last step")
    flat = np.concatenate([np.ravel(w) for w in reader.weights] or [np.zeros(0)]).astype("<f4")
    if flat.nbytes > LARGEST:
        raise Unsupported(f"expected at most {LARGEST} bytes of weights, received {flat.nbytes}")
    if not np.isfinite(flat).all():
        raise Unsupported("expected finite weights")
    return {"steps": reader.steps, "weights": as_text(flat)}


def as_text(weights: np.ndarray) -> str:
    """Base64 of little-endian float32, with `_` and `é` for `+` and `/`, without padding.

    That is one word: redaction (`runners.redaction`), which takes paths and tokens out of all that
    is written, finds neither in it.
    """
    return (
        base64.b64encode(weights.astype("<f4").tobytes(), b"_/")
        .decode()
        .strip("=")
        .replace("/", "é")
    )


Shape = tuple[int, ...]


class _Reader:
    """Turns layers into steps, in the order in which they are computed."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.weights: list[np.ndarray] = []

    def step(self, op: str, of: Sequence[int], **more: Any) -> int:
        """Add a step; returns the place of its value."""
        self.steps.append({"op": op, "of": list(of), **more})  # type: ignore[typeddict-item]
        return len(self.steps)

    def container(
        self, config: Mapping[str, Any], group: h5py.Group, at: int, shape: Shape | None
    ) -> tuple[int, Shape]:
        """A Sequential or Functional model of a value; place and shape of its output."""
        inner, kind = config["config"], config["class_name"]
        groups = _groups(inner["layers"], group)
        if kind == "Sequential":
            for layer, weights in zip(inner["layers"], groups, strict=True):
                at, shape = self.layer(layer, weights, [at], [shape])
            assert shape is not None
            return at, shape
        if kind != "Functional" or len(_ends(inner["input_layers"])) != 1:
            raise Unsupported(f"expected a model with one input, received {kind}")
        (output,) = _ends(inner["output_layers"])
        layers = {
            layer["name"]: (layer, weights)
            for layer, weights in zip(inner["layers"], groups, strict=True)
        }
        known: dict[str, tuple[int, Shape]] = {}

        def value(name: str) -> tuple[int, Shape]:
            if name not in known:
                layer, weights = layers[name]
                if layer["class_name"] == "InputLayer":
                    known[name] = self.layer(layer, weights, [at], [shape])
                else:
                    taken = [
                        value(one)
                        if isinstance(one, str)
                        else (self.step("constant", [], value=one), (1,))
                        for one in _arguments(layer)
                    ]
                    known[name] = self.layer(
                        layer, weights, [t[0] for t in taken], [t[1] for t in taken]
                    )
            return known[name]

        return value(output)

    def layer(
        self,
        layer: Mapping[str, Any],
        group: h5py.Group | None,
        of: list[int],
        shapes: Sequence[Shape | None],
    ) -> tuple[int, Shape]:
        """A layer of values; place and shape of its output. Raises Unsupported."""
        kind, config = layer["class_name"], layer["config"]
        if kind == "InputLayer":
            given = config["batch_shape"][1:]
            if None in given:
                raise Unsupported(f"expected an input of a fixed shape, received {given}")
            return of[0], tuple(given)
        if kind in ("Sequential", "Functional"):
            assert group is not None
            return self.container(layer, group, of[0], shapes[0])
        _plain_dtype(config)
        known = [shape for shape in shapes if shape is not None]
        if len(known) != len(of):
            raise Unsupported(f"expected a model that states its input, before {kind}")
        if kind in OPERATIONS or kind == "Average":
            op, sizes = OPERATIONS.get(kind, "average"), {math.prod(shape) for shape in known}
            if len(sizes - {1}) > 1:
                raise Unsupported(f"expected values of one size, received {sorted(sizes)}")
            return self.step(op, of), max(known, key=math.prod)
        if kind == "Concatenate" and config["axis"] == -1 and all(len(s) == 1 for s in known):
            return self.step("concat", of), (sum(s[0] for s in known),)
        if len(of) != 1:
            raise Unsupported(f"a page does not compute {kind}")
        return self._of_one(kind, config, group, of, known[0])

    def _of_one(
        self,
        kind: str,
        config: Mapping[str, Any],
        group: h5py.Group | None,
        of: list[int],
        shape: Shape,
    ) -> tuple[int, Shape]:
        if kind in UNCHANGED:
            return of[0], shape
        if kind in ("Square", "Sqrt"):
            return self.step(kind.lower(), of), shape
        if kind == "Flatten":
            return of[0], (math.prod(shape),)
        if kind == "Reshape" and -1 not in config["target_shape"]:
            return of[0], tuple(config["target_shape"])
        if kind == "Softmax" or (kind == "Activation" and isinstance(config["activation"], str)):
            name = "softmax" if kind == "Softmax" else config["activation"]
            if config.get("axis", -1) == -1 and (name != "softmax" or len(shape) == 1):
                return self.step("activation", of, activation=_activation(name)), shape
        if kind == "ReLU" and not (config.get("negative_slope") or config.get("threshold")):
            at, most = self.step("activation", of, activation="relu"), config.get("max_value")
            return (at if most is None else self.step("cap", [at], value=most)), shape
        if kind in ("Normalization", "Rescaling", "BatchNormalization"):
            return self._affine(kind, config, _arrays(group), of, shape), shape
        if kind == "Dense" and len(shape) == 1:
            self.weights += _arrays(group)
            how = {"bias": config["use_bias"], "activation": _activation(config["activation"])}
            return self.step("dense", of, size=config["units"], **how), (config["units"],)
        if kind == "Conv2D" and len(shape) == 3:
            return self._convolution(config, _arrays(group), of, shape)
        if kind == "MaxPooling2D" and len(shape) == 3:
            side, channels = config["pool_size"][0], shape[2]
            square = [side, side] == list(config["pool_size"]) == list(config["strides"])
            if square and config["padding"] == "valid" and _channels_last(config):
                at = self.step("pool", of, size=side, shape=list(shape))
                return at, (shape[0] // side, shape[1] // side, channels)
        raise Unsupported(f"a page does not compute {kind}")

    def _affine(
        self,
        kind: str,
        config: Mapping[str, Any],
        arrays: Sequence[np.ndarray],
        of: list[int],
        shape: Shape,
    ) -> int:
        """(x - centre) * factor + offset of every feature, the last axis."""
        width = shape[-1]
        centre: Any
        factor: Any
        offset: Any
        if kind == "Normalization":
            if list(np.atleast_1d(config["axis"])) != [-1] or config["invert"]:
                raise Unsupported("expected a normalisation of every feature")
            if config["mean"] is None:  # adapted: kept as weights, with the number of rows
                centre, variance = arrays[0], arrays[1]
            else:
                centre, variance = config["mean"], config["variance"]
            factor, offset = 1 / np.maximum(np.sqrt(variance), 1e-7), 0.0
        elif kind == "Rescaling":
            centre, factor, offset = 0.0, config["scale"], config["offset"]
        else:
            scale, values = np.ones(width), list(arrays)
            if config["scale"]:
                scale = values.pop(0)
            offset = values.pop(0) if config["center"] else 0.0
            centre, variance = values
            factor = scale / np.sqrt(variance + config["epsilon"])
        self.weights += [np.broadcast_to(np.ravel(v), width) for v in (centre, factor, offset)]
        return self.step("affine", of, size=width)

    def _convolution(
        self,
        config: Mapping[str, Any],
        arrays: Sequence[np.ndarray],
        of: list[int],
        shape: Shape,
    ) -> tuple[int, Shape]:
        plain = [*config["strides"], *config["dilation_rate"], config["groups"]] == [1] * 5
        if not (plain and _channels_last(config) and config["padding"] in ("same", "valid")):
            raise Unsupported("expected a convolution with strides of 1")
        self.weights += arrays
        rows, columns = config["kernel_size"]
        same, filters = config["padding"] == "same", config["filters"]
        pad = [(rows - 1) // 2, (columns - 1) // 2] if same else [0, 0]
        out = [shape[0], shape[1]] if same else [shape[0] - rows + 1, shape[1] - columns + 1]
        at = self.step(
            "conv",
            of,
            size=filters,
            shape=list(shape),
            kernel=[rows, columns],
            pad=pad,
            bias=config["use_bias"],
            out=out,
            activation=_activation(config["activation"]),
        )
        return at, (*out, filters)


def _activation(name: object) -> str:
    if name not in ACTIVATIONS:
        raise Unsupported(f"a page does not compute the activation {name!r}")
    return str(name)


def _plain_dtype(config: Mapping[str, Any]) -> None:
    policy = config.get("dtype", "float32")
    name = policy["config"]["name"] if isinstance(policy, Mapping) else policy
    if name != "float32":
        raise Unsupported(f"expected layers in float32, received {name}")


def _channels_last(config: Mapping[str, Any]) -> bool:
    return config.get("data_format") in (None, "channels_last")


def _arrays(group: h5py.Group | None) -> list[np.ndarray]:
    """Weights of a layer in Keras' order."""
    if group is None or "vars" not in group:
        return []
    return [np.asarray(group["vars"][name]) for name in sorted(group["vars"], key=int)]


def _groups(layers: Sequence[Mapping[str, Any]], group: h5py.Group) -> list[h5py.Group | None]:
    """Where the weights of each layer of a model lie: by its class, numbered in order."""
    seen: dict[str, int] = {}
    groups = []
    for layer in layers:
        name = _snake(layer["class_name"])
        number = seen[name] = seen.get(name, -1) + 1
        path = f"layers/{name}{f'_{number}' if number else ''}"
        groups.append(group.get(path))
    return groups


def _snake(name: str) -> str:
    """A class as Keras writes it in files: `ReLU` is `re_lu`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _ends(layers: Sequence[Any]) -> list[str]:
    """Names of a model's input or output layers; one alone is not wrapped in a list."""
    if layers and isinstance(layers[0], str):
        return [layers[0]]
    return [name for name, *_ in layers]


def _arguments(layer: Mapping[str, Any]) -> list[str | float]:
    """What a layer is called with: names of layers, and numbers."""
    if len(layer["inbound_nodes"]) != 1:
        raise Unsupported("expected layers that are called once")
    found: list[str | float] = []

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
            found.append(value["config"]["keras_history"][0])
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(float(value))
        else:
            raise Unsupported(f"expected tensors and numbers, received {type(value).__name__}")

    walk(layer["inbound_nodes"][0]["args"])
    return found
