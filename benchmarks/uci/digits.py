"""Handwritten digits, 8×8 pixels: the test part of UCI 80, on 10 stratified folds, three times.

scikit-learn carries only the 1,797 digits of the official *test* file. Training on nine tenths of
them is another question than training on the official 3,823, so no published score compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import bundled_source
from benchmarks.data.readers.number_tables import class_numbers
from benchmarks.dataset import Dataset
from benchmarks.entries import by_keras, from_scratch, linear, majority, nearest, network
from benchmarks.entries.lessons import networks
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


RECIPE = Recipe(epochs=20, batch_size=64, learning_rate=3e-3, schedule="cosine", jit_compile=False)
LESSON = networks.convnet([8, 16])
"""Half as wide as the headline, with batch normalisation: once in Keras, once in NumPy."""


def convnet(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """Two convolutions with pooling: 9,034 weights for images of 64 pixels."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(outputs),
        ]
    )


@benchmark("uci/digits", suite="quick")
def digits() -> Benchmark:
    """The smallest image data set that is real."""
    return Benchmark(
        question="Which digit did somebody write, in 8×8 grey pixels?",
        task="classification",
        data=bundled_source(
            "scikit-learn's copy of UCI's optdigits.tes",
            read_bundled,
            title="Handwritten digits (test part of UCI 80)",
            url="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
            licence="CC BY 4.0",
            citation="alpaydin1998optdigits",
            rows=1797,
            features=(8, 8, 1),
            digest="sha256:2511c163a2f5e485c5721a5c9848a734e9ce72f7b418cfe2f976b07f6a7ae36b",
        ),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[
            majority(),
            linear(),
            nearest(3),
            network(
                "convnet",
                convnet,
                RECIPE,
                "Two small convolutional layers with pooling.",
                stack=5,
                headline=True,
                from_logits=True,
            ),
            by_keras("convnet-batchnorm", LESSON, RECIPE, suite="standard", repeats=3, seconds=25),
            from_scratch(
                "convnet-batchnorm-from-scratch",
                LESSON,
                RECIPE,
                beside="convnet-batchnorm",
                precision="float64",
                suite="standard",
                repeats=3,
                seconds=10,
            ),
        ],
        margin=0.005,
        margin_why="half a point: nine digits in 1,797",
        lessons="Three nearest neighbours already read 98 of 100 digits at this resolution.",
        seconds=60,
    )


def read_bundled() -> Dataset:
    """The 1,797 digits of scikit-learn, 8x8 grey levels 0 to 16: the test part of UCI 80."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return _dataset(bunch.data, bunch.target)


def read_file(path: Path) -> Dataset:
    """The same from UCI's optdigits.tes: 64 grey levels, then the digit."""
    rows = np.loadtxt(path, delimiter=",")
    return _dataset(rows[:, :-1], rows[:, -1])


def _dataset(x: np.ndarray, labels: Iterable[Any]) -> Dataset:
    """Canonical form of the digits: one image a row, with a channel axis."""
    images = np.ascontiguousarray(x, dtype=np.float64).reshape(-1, 8, 8, 1)
    names = tuple(str(digit) for digit in range(10))
    return Dataset(images, class_numbers(labels, range(10)), class_names=names)
