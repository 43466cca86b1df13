"""CIFAR-10: 50,000 colour images of 32×32 pixels in ten classes, official test part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import Benchmark, benchmark
from benchmarks.data import cifar10 as official_cifar10
from benchmarks.entries import linear, majority, network
from benchmarks.metrics import accuracy
from benchmarks.protocols import CIFAR_STD
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


def vgg3(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """Three VGG blocks as in Brownlee's ladder: two 3×3 convolutions and a pooling each."""
    import keras
    from keras import layers

    net: list[keras.layers.Layer] = [keras.Input(shape), layers.Rescaling(1 / 255)]
    for filters in (32, 64, 128):
        for _ in range(2):
            net.append(
                layers.Conv2D(
                    filters,
                    3,
                    padding="same",
                    activation="relu",
                    kernel_initializer="he_uniform",
                )
            )
        net.append(layers.MaxPooling2D())
    net += [
        layers.Flatten(),
        layers.Dense(128, activation="relu", kernel_initializer="he_uniform"),
        layers.Dense(outputs, dtype="float32"),
    ]
    return keras.Sequential(net)


@benchmark("cifar/cifar10", suite="standard")
def cifar10() -> Benchmark:
    """The most quoted image benchmark, and the most quoted wrongly."""
    return Benchmark(
        question="What is in the picture: one of ten kinds of animal or vehicle?",
        task="classification",
        data=official_cifar10(),
        protocol=CIFAR_STD,
        metric=accuracy(),
        entries=[
            majority(),
            linear(),
            network(
                "vgg3-3-epochs",
                vgg3,
                Recipe(epochs=3, batch=128, learning_rate=2e-3, schedule="cosine", xla=False),
                "Three VGG blocks, 3 epochs of Adam where the published ladder trains for 100.",
                inputs="raw",
                precision="fastest",
                stack=1,
                threads=0,
                tuned="2 learning rates on the last 5,000 training images, held out",
                headline=True,
                suite="standard",
            ),
        ],
        margin=0.01,
        margin_why="one point, about what test-set sampling alone moves 10,000 images",
        lessons=(
            "Three epochs on a laptop's processor are a first honest score; the same network "
            "trained for 100 is the third rung of the published ladder."
        ),
        seconds=300,
    )
