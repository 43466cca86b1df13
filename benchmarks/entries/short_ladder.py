"""A ladder of small image networks under one short schedule: what each idea is worth.

The networks are those of Brownlee's ladder, and whitening is the speed runs'; each rung adds one
idea to the rung that `values["adds_to"]` names. Nothing is tuned: four epochs of Adam at its usual
rate, with a rise and a cosine, are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry
from benchmarks.entries.convolutional import resnet, vgg, whitening_kernel
from benchmarks.entries.networks import network
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

EPOCHS = 4
MOVED: dict[str, Any] = {"flip": "random", "shift": 3.2, "fill_mode": "nearest"}
"""Mirrored, and moved by up to a tenth of the width and height."""
EVEN = (0.2, 0.2, 0.2, 0.2)
"""Dropout after each block and after the dense layer."""
ADAM = Recipe(
    epochs=EPOCHS, batch_size=125, learning_rate=1e-3, schedule="one-cycle", jit_compile=False
)
SGD = Recipe(
    epochs=EPOCHS,
    batch_size=125,
    optimizer="sgd",
    learning_rate=0.1,
    momentum=0.9,
    schedule="one-cycle",
    flip="random",
    shift=4,
    fill_mode="constant",
    jit_compile=False,
)
"""For ResNet-20: its rate and its moved images."""


def short_ladder() -> list[Entry]:
    """Eight rungs and ResNet-20, for images of 32×32 pixels."""
    normalised = partial(vgg, batch_normalization=True)
    return [
        _rung("vgg1", partial(vgg, blocks=1), ADAM, "one block", seconds=165),
        _rung("vgg2", partial(vgg, blocks=2), ADAM, "a second block", "vgg1", seconds=300),
        _rung("vgg3", vgg, ADAM, "a third block", "vgg2", seconds=465),
        _rung("decay", partial(vgg, l2=1e-3), ADAM, "weight decay", "vgg3", seconds=470),
        _rung("dropout", partial(vgg, dropouts=EVEN), ADAM, "dropout", "vgg3", seconds=510),
        _rung(
            "moved", vgg, replace(ADAM, **MOVED), "images moved and mirrored", "vgg3", seconds=530
        ),
        _rung("batchnorm", normalised, ADAM, "batch normalisation", "vgg3", seconds=510),
        _rung(
            "whitening",
            whitened_vgg,
            ADAM,
            "whitened input",
            "batchnorm",
            seconds=575,
            start=whiten_first,
        ),
        _entry("short-resnet20", resnet, SGD, f"ResNet-20, {_of(SGD)}.", seconds=735),
    ]


def whitened_vgg(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """The normalised `vgg` behind a frozen whitening convolution (`whiten_first` sets it), ReLU.

    As in the speed runs: Page 2018, "How to Train Your ResNet"; Jordan 2024, arXiv:2404.00498.
    """
    import keras
    from keras import layers

    height, width, channels = shape
    patches = 2 * 2 * 2 * channels
    inner = vgg((height - 1, width - 1, patches), outputs, batch_normalization=True)
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Rescaling(1 / 64, offset=-2.0),
            layers.Conv2D(patches, 2, use_bias=False, trainable=False, name="whitening"),
            layers.Activation("relu"),
            *inner.layers[1:],
        ]
    )


def whiten_first(network: keras.Model, x: np.ndarray, seed: int) -> None:
    """Set the whitening convolution from training images; all other weights stay as drawn."""
    images = np.asarray(network.layers[0](x[:5000]), np.float32)
    network.get_layer("whitening").kernel.assign(whitening_kernel(images))


def _of(recipe: Recipe) -> str:
    name = {"adam": "Adam", "sgd": "SGD"}[recipe.optimizer]
    return f"{recipe.epochs} epochs of {name}, rising and falling as a cosine"


def _rung(
    name: str,
    build: Callable[..., keras.Model],
    recipe: Recipe,
    idea: str,
    adds_to: str = "",
    **options: Any,
) -> Entry:
    """An idea added to another rung, both without "short-" in their names."""
    about = f"{idea[0].upper()}{idea[1:]}{f' added to short-{adds_to}' if adds_to else ''}"
    values = {"adds_to": f"short-{adds_to}", "idea": idea} if adds_to else {}
    return _entry(
        f"short-{name}", build, recipe, f"{about}: {_of(recipe)}.", values=values, **options
    )


def _entry(
    name: str, build: Callable[..., keras.Model], recipe: Recipe, about: str, **options: Any
) -> Entry:
    return network(
        name,
        build,
        recipe,
        about,
        inputs="raw",
        precision="fastest",
        stack=1,
        repeats=3,
        threads=0,
        suite="standard",
        **options,
    )
