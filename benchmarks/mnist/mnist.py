"""MNIST and Fashion-MNIST: 60,000 training and 10,000 test images of 28×28 grey pixels.

Defined to run where the files of `keras.datasets` can be reached; no score of the project's own is
shipped for them. What is published for Fashion-MNIST are claims of those who sent them in, without
a word on how the weights were chosen: they are listed, and compared with nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import Benchmark, Entry, benchmark
from benchmarks.data import fashion_mnist as fashion_files
from benchmarks.data import mnist as mnist_files
from benchmarks.entries import linear, majority, network
from benchmarks.metrics import accuracy
from benchmarks.protocols import FASHION_OFFICIAL, MNIST_OFFICIAL
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


def build(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """The network of Keras' example "Simple MNIST convnet": 34,826 parameters."""
    import keras
    from keras import layers

    net: list[Any] = [keras.Input(shape), layers.Rescaling(1 / 255)]
    for filters in (32, 64):
        net += [layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D()]
    return keras.Sequential([*net, layers.Flatten(), layers.Dropout(0.5), layers.Dense(outputs)])


def entries() -> list[Entry]:
    """Baselines, and the network by the example's recipe, on all 60,000 training images."""
    return [
        majority(),
        linear(),
        network(
            "keras-convnet",
            build,
            Recipe(epochs=15, batch_size=128, jit_compile=False),
            "Keras' example for MNIST: two convolutions with pooling, dropout, 15 epochs of Adam.",
            inputs="raw",
            from_logits=True,
            stack=1,
            repeats=3,
            threads=0,
            headline=True,
            seconds=600,
        ),
    ]


@benchmark("mnist/mnist", suite="full")
def mnist() -> Benchmark:
    """The first image benchmark of most people."""
    return Benchmark(
        question="Which digit is it?",
        task="classification",
        data=mnist_files(),
        protocol=MNIST_OFFICIAL,
        metric=accuracy(),
        entries=entries(),
        anchor="mnist-keras-convnet",
        anchor_why="Keras' own example with this network, printed with its code and its log",
        lessons=(
            "Networks of a few thousand parameters leave fewer than one digit in a hundred; a "
            "change that matters elsewhere cannot be seen here."
        ),
        seconds=60,
    )


@benchmark("mnist/fashion-mnist", suite="full")
def fashion_mnist() -> Benchmark:
    """As many images of as many pixels in as many classes, and harder."""
    return Benchmark(
        question="What kind of clothing is it?",
        task="classification",
        data=fashion_files(),
        protocol=FASHION_OFFICIAL,
        metric=accuracy(),
        entries=entries(),
        margin=0.004,
        margin_why="5 % of the error of the two-convolution networks listed, 7 to 8 points",
        lessons="Shirts, T-shirts, pullovers and coats are taken for each other; shoes are not.",
        seconds=60,
    )
