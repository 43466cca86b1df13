"""The networks of the lessons, each twice: in NumPy, and as Keras builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.entries.fitting import Build
from benchmarks.entries.lessons import attention, convolution, gru, scratch
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


COVERED = {
    "optimizer": ("adam", "sgd"),
    "schedule": ("constant", "cosine", "linear"),
    "flip": ("none",),
    "shift": (0.0,),
    "validation_split": (0.0,),
    "class_weight": (None,),
    "sample_weight": (None,),
}
"""What the lessons cover of a recipe; the rest would make them longer, not clearer."""


@dataclass(frozen=True)
class Lesson:
    """A network of one of the lessons."""

    file: str
    """The lesson it is written out in, in this folder."""
    words: str
    """What it is, for the reader of the page."""
    build: Build
    """The same network in Keras, from which the first weights come."""
    network: Callable[[list[np.ndarray], int], scratch.Network]
    """From the weights that are not trained, and the seed."""
    l2: float = 0.0
    """Factor of the penalty on the kernels."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The numbers it is made with."""


def check_recipe(recipe: Recipe) -> None:
    """Raise ValueError, naming the field, for a recipe that the lessons do not cover."""
    for name, known in COVERED.items():
        if getattr(recipe, name) not in known:
            raise ValueError(
                f"recipe: {name}: expected {' or '.join(map(repr, known))} for a network from "
                f"scratch, received {getattr(recipe, name)!r}"
            )


def perceptron(hidden: Sequence[int], dropout: float = 0.0, l2: float = 0.0) -> Lesson:
    """Dense layers with rectified linear units; one neuron an output without `hidden` widths."""
    words = f"{'×'.join(map(str, hidden))} relu units" if hidden else "One neuron"
    words += f", dropout {dropout:g}" if dropout else ""
    words += f", L2 {l2:g}" if l2 else ""
    return Lesson(
        "scratch.py",
        words,
        partial(_perceptron, hidden=tuple(hidden), dropout=dropout, l2=l2),
        partial(_numpy_perceptron, dropout=dropout),
        l2,
        {"hidden": list(hidden)}
        | ({"dropout": dropout} if dropout else {})
        | ({"l2": l2} if l2 else {}),
    )


def convnet(filters: Sequence[int]) -> Lesson:
    """Blocks of 3×3 convolution, batch normalisation, rectified linear unit and 2×2 pooling."""
    return Lesson(
        "convolution.py",
        f"Convolutions of {' and '.join(map(str, filters))} filters, normalised over the batch",
        partial(_convnet, filters=tuple(filters)),
        _numpy_convnet,
        values={"filters": list(filters)},
    )


def recurrent(units: int) -> Lesson:
    """One layer of gated recurrent units, read at its last step."""
    return Lesson(
        "gru.py",
        f"A layer of {units} gated recurrent units",
        partial(_recurrent, units=units),
        _numpy_gru,
        values={"units": units},
    )


def self_attention(width: int, heads: int) -> Lesson:
    """One layer of multi-head self-attention with learnt positions, read at its last step."""
    return Lesson(
        "attention.py",
        f"A layer of attention with {heads} heads, {width} wide",
        partial(_self_attention, width=width, heads=heads),
        _numpy_attention,
        values={"width": width, "heads": heads},
    )


def _numpy_perceptron(fixed: list[np.ndarray], seed: int, *, dropout: float) -> scratch.Network:
    return scratch.Perceptron(dropout, seed)


def _numpy_convnet(fixed: list[np.ndarray], seed: int) -> scratch.Network:
    return convolution.ConvNet(fixed)


def _numpy_gru(fixed: list[np.ndarray], seed: int) -> scratch.Network:
    return gru.Gru()


def _numpy_attention(fixed: list[np.ndarray], seed: int) -> scratch.Network:
    return attention.Attention()


def _perceptron(
    shape: tuple[int, ...], outputs: int, *, hidden: tuple[int, ...], dropout: float, l2: float
) -> keras.Model:
    import keras
    from keras import layers

    penalty = keras.regularizers.L2(l2) if l2 else None
    net: list[Any] = [keras.Input(shape)]
    for width in hidden:
        net.append(layers.Dense(width, activation="relu", kernel_regularizer=penalty))
        net += [layers.Dropout(dropout)] if dropout else []
    return keras.Sequential([*net, layers.Dense(outputs, kernel_regularizer=penalty)])


def _convnet(shape: tuple[int, ...], outputs: int, *, filters: tuple[int, ...]) -> keras.Model:
    import keras
    from keras import layers

    net: list[Any] = [keras.Input(shape)]
    for count in filters:
        net += [
            layers.Conv2D(count, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=convolution.MOMENTUM),
            layers.ReLU(),
            layers.MaxPooling2D(),
        ]
    return keras.Sequential([*net, layers.Flatten(), layers.Dense(outputs)])


def _recurrent(shape: tuple[int, ...], outputs: int, *, units: int) -> keras.Model:
    import keras
    from keras import layers

    return keras.Sequential([keras.Input(shape), layers.GRU(units), layers.Dense(outputs)])


def _self_attention(shape: tuple[int, ...], outputs: int, *, width: int, heads: int) -> keras.Model:
    import keras
    from keras import layers

    series = keras.Input(shape)
    # A bias for every step: the positions.
    wide = layers.EinsumDense("nsc,cw->nsw", (shape[0], width), bias_axes="sw")(series)
    attended = layers.MultiHeadAttention(heads, width // heads, use_bias=False)(wide, wide)
    whole = layers.Add()([wide, attended])
    return keras.Model(series, layers.Dense(outputs)(whole[:, -1]))
