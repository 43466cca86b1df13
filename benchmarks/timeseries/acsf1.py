"""ACSF1 (UCR archive, 2018 default split): ten kinds of appliances by the power they draw."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import classifiers, majority, minirocket, nearest, warped_neighbour
from benchmarks.metrics import accuracy
from benchmarks.protocols import UCR2018
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/acsf1", suite="full")
def acsf1() -> Benchmark:
    """1,460 readings of power, 100 series to learn from, 100 to be judged on."""
    return Benchmark(
        question="Which of ten kinds of appliance draws this power?",
        task="classification",
        data=ucr(
            "ACSF1",
            train=100,
            test=100,
            length=1460,
            classes=tuple(f"kind {number}" for number in range(10)),
            title="ACSF1 (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:3cce1744bd250234a7e24565210fad33395903db10f37af16108cf8492590a4f",
        ),
        protocol=UCR2018,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(1),
            warped_neighbour(),
            minirocket(),
            *classifiers(
                Recipe(epochs=60, batch_size=16, learning_rate=3e-3, schedule="one-cycle"),
                pool_size=4,
                segment=20,
            ),
        ],
        anchor="acsf1-fcn",
        anchor_why=(
            "the deep-learning review's plain convolutional network: five runs, public code, no "
            "setting chosen for this set"
        ),
        power_why=(
            "one of 100 test series is the margin, and the review's five runs scatter by more "
            "than that: no number of runs of ours makes up for it"
        ),
        lessons=("Hours of idling and short bursts: what matters is rare and its time is free."),
        seconds=90,
    )
