"""OSULeaf (UCR archive, 2018 default split): six species of trees by the outline of a leaf."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import classifiers, majority, minirocket, nearest, warped_neighbour
from benchmarks.metrics import accuracy
from benchmarks.protocols import UCR2018
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/osuleaf", suite="full")
def osuleaf() -> Benchmark:
    """Outlines of 427 angles, 200 to learn from, 242 to be judged on."""
    return Benchmark(
        question="Of which of six species is a leaf, judging by its outline?",
        task="classification",
        data=ucr(
            "OSULeaf",
            train=200,
            test=242,
            length=427,
            classes=tuple(f"species {number}" for number in range(1, 7)),
            title="OSULeaf (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:6adc6b8228f9a0c7b14794b287bd6098a819bcdcea0d690d7e46fec456a31fd6",
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
                filters=(64, 128, 64),
                pool_size=2,
                segment=7,
            ),
        ],
        anchor="osuleaf-fcn",
        anchor_why=(
            "the deep-learning review's plain convolutional network: five runs, public code, no "
            "setting chosen for this set"
        ),
        power_why=(
            "one of 242 test outlines is the margin, and the review's five runs scatter by more "
            "than that: no number of runs of ours makes up for it"
        ),
        lessons=(
            "What tells leaves apart sits anywhere on the outline; comparing them place by "
            "place fails."
        ),
        seconds=60,
    )
