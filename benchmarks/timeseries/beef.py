"""Beef (UCR archive, 2018 default split): pure or adulterated beef by its spectrum."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import classifiers, majority, minirocket, nearest, warped_neighbour
from benchmarks.metrics import accuracy
from benchmarks.protocols import UCR2018
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/beef", suite="full")
def beef() -> Benchmark:
    """Spectra of 470 wavelengths, 30 to learn from, 30 to be judged on."""
    return Benchmark(
        question="Is beef pure, and if not, which of four offals is in it?",
        task="classification",
        data=ucr(
            "Beef",
            train=30,
            test=30,
            length=470,
            classes=tuple(f"kind {number}" for number in range(1, 6)),
            title="Beef (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:95ecd3de2b1631167cbb206ed05f6e64c93d1b4d90148a9e11af9b6c2843dd4d",
        ),
        protocol=UCR2018,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(1),
            warped_neighbour(),
            minirocket(),
            *classifiers(
                Recipe(
                    epochs=150,
                    batch_size=16,
                    learning_rate=3e-3,
                    schedule="one-cycle",
                    weight_decay=0.1,
                ),
                pool_size=2,
                segment=10,
            ),
        ],
        anchor="beef-fcn",
        anchor_why=(
            "the deep-learning review's plain convolutional network: five runs, public code, no "
            "setting chosen for this set"
        ),
        lessons=(
            "With 30 test spectra one error is three points, and 30 to learn from are too few for "
            "a network: MiniRocket is ahead."
        ),
        seconds=60,
    )
