"""Coffee (UCR archive, 2018 default split): two varieties of beans by their spectrum."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import classifiers, majority, minirocket, nearest, warped_neighbour
from benchmarks.entries.reruns.series import published
from benchmarks.metrics import accuracy
from benchmarks.protocols import UCR2018
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/coffee", suite="full")
def coffee() -> Benchmark:
    """Spectra of 286 wavelengths, 28 to learn from, 28 to be judged on."""
    return Benchmark(
        question="Of which of two varieties is a coffee bean, judging by its spectrum?",
        task="classification",
        data=ucr(
            "Coffee",
            train=28,
            test=28,
            length=286,
            classes=tuple(f"variety {number}" for number in range(2)),
            title="Coffee (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:2d8d849ec7af95203ad1d0fc850c3a7ab890da4a6b44a2af94f91a72d075ab6b",
        ),
        protocol=UCR2018,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(1),
            warped_neighbour(),
            minirocket(),
            *classifiers(
                Recipe(epochs=80, batch_size=16, learning_rate=3e-3, schedule="one-cycle"),
                pool_size=2,
                segment=11,
            ),
            published("fcn-review", "coffee-fcn", repeats=3, seconds=150),
            published("resnet", "coffee-resnet", repeats=3, seconds=220),
        ],
        anchor="coffee-mlp",
        anchor_why=(
            "the deep-learning review's perceptron: five runs, public code, no setting chosen for "
            "this set; its FCN, the anchor elsewhere, and its ResNet make no mistake here"
        ),
        lessons=(
            "The nearest neighbour makes no error: a ceiling, where no network can show anything "
            "but that it gets there too."
        ),
        seconds=40,
    )
