"""Optical digits (UCI 80) on the official training and test files.

The 1,797 test digits are those scikit-learn carries; here they stay test digits, and 30 other
people wrote the 3,823 training digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import Benchmark, Entry, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.split_files import split_files
from benchmarks.data.readers.tables import Table, from_api, from_files, numbers
from benchmarks.entries import (
    boosting,
    by_keras,
    from_scratch,
    linear,
    majority,
    mlp,
    nearest,
    network,
)
from benchmarks.entries.lessons.networks import perceptron
from benchmarks.metrics import accuracy
from benchmarks.protocols import OPTDIGITS_OFFICIAL
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

OPTDIGITS = Table(
    numbers(*(f"Attribute{pixel}" for pixel in range(1, 65))),
    classes={str(digit): str(digit) for digit in range(10)},
    train_rows=3_823,
)
"""Ink in each cell of an 8×8 grid, row by row: 0 to 16 of its 4×4 black-and-white pixels."""

RECIPE = Recipe(epochs=50, batch_size=64, schedule="cosine")
"""Of the perceptrons, in Keras and in NumPy."""
DROPOUT = perceptron([128], dropout=0.3, l2=1e-4)
"""The same network with both kinds of regularisation."""


def build(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """Two pairs of convolutions with pooling; the first layers put the numbers on their grid."""
    import keras
    from keras import layers

    net: list[Any] = [keras.Input(shape), layers.Rescaling(1 / 16), layers.Reshape((8, 8, 1))]
    for filters in (32, 32, None, 64, 64, None):
        if filters:
            net.append(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        else:
            net += [layers.MaxPooling2D(), layers.Dropout(0.25)]
    return keras.Sequential([*net, layers.Flatten(), layers.Dropout(0.5), layers.Dense(outputs)])


def convnet(*, members: int = 1, **options: Any) -> Entry:
    """A small network in the style of VGG, alone or averaged over several."""
    return network(
        "convnet" if members == 1 else f"{members}-convnets",
        build,
        Recipe(epochs=20, batch_size=64, learning_rate=3e-3, schedule="cosine", jit_compile=False),
        "Four convolutional layers on the 8×8 grid"
        + ("." if members == 1 else f", average of {members} networks."),
        inputs="raw",
        members=members,
        from_logits=True,
        tuned="4 networks on two stretches of the training file, as other people's digits",
        **options,
    )


@benchmark("uci/optdigits", suite="standard")
def optdigits() -> Benchmark:
    """5,620 digits from filled-in forms, written by 43 people."""
    return Benchmark(
        question="Which digit did a person write whose hand was never seen before?",
        task="classification",
        data=split_files(
            uci(
                80,
                from_api(OPTDIGITS),
                title="Optical Recognition of Handwritten Digits (UCI 80)",
                url="https://archive.ics.uci.edu/dataset/80/"
                "optical+recognition+of+handwritten+digits",
                licence="CC BY 4.0",
                citation="alpaydin1998optdigits",
                rows=5_620,
                features=64,
                digest="sha256:da8241250b5498e4aca6d1726def89e036437491e4c05094eac5f3b148be1245",
            ),
            "https://archive.ics.uci.edu/static/public/80/"
            "optical+recognition+of+handwritten+digits.zip",
            {
                "optdigits.tra": "e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd",
                "optdigits.tes": "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
            },
            from_files(OPTDIGITS),
        ),
        protocol=OPTDIGITS_OFFICIAL,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            boosting(),
            mlp("mlp-128", [128], RECIPE),
            from_scratch(
                "mlp-128-from-scratch", perceptron([128]), RECIPE, beside="mlp-128", seconds=20
            ),
            by_keras("mlp-128-dropout", DROPOUT, RECIPE, repeats=3, seconds=40),
            from_scratch(
                "mlp-128-dropout-from-scratch",
                DROPOUT,
                RECIPE,
                beside="mlp-128-dropout",
                precision="float64",
                repeats=3,
                seconds=20,
            ),
            convnet(headline=True, stack=1),
            convnet(members=4, headline=True, stack=1, suite="full"),
        ],
        anchor="optdigits-1nn",
        anchor_why=(
            "from the data's own documentation: a rule without settings or chance, ahead of every "
            "perceptron published on these files"
        ),
        lessons=(
            "One nearest neighbour, from the documentation of 1998, is ahead of every "
            "multilayer perceptron published on these files: none of them is told which pixels "
            "are neighbours, as a convolution is."
        ),
        seconds=30,
    )
