"""ECG200 (UCR archive, 2018 default split): a healthy heartbeat or an infarction."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import (
    classifiers,
    majority,
    minirocket,
    nearest,
    warped_neighbour,
)
from benchmarks.entries.reruns.series import published
from benchmarks.metrics import accuracy
from benchmarks.protocols import UCR2018
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/ecg200", suite="standard")
def ecg200() -> Benchmark:
    """96 readings of one heartbeat, 100 to learn from, 100 to be judged on."""
    return Benchmark(
        question="Does one heartbeat show a myocardial infarction?",
        task="classification",
        data=ucr(
            "ECG200",
            train=100,
            test=100,
            length=96,
            classes=("infarction", "normal"),
            title="ECG200 (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:17726797c170fac8ddc183b4bc03b5a51fcf03aa5e95cf9a8d8c1411813e4cb1",
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
                segment=4,
                members=3,
                tuned="8 recipes by 5-fold cross-validation of the training rows",
            ),
            published("inception", "ecg200-inception", repeats=3, seconds=200),
        ],
        anchor="ecg200-fcn",
        anchor_why=(
            "the deep-learning review's plain convolutional network: five runs, public code, no "
            "setting chosen for this set"
        ),
        power_why=(
            "one of 100 test heartbeats is the margin, and the review's five runs scatter by "
            "about as much: no number of runs of ours makes up for it"
        ),
        lessons=(
            "A test set of 100 heartbeats has a standard error of three points: small leads "
            "mean nothing. MiniRocket, which learns only a linear rule, is ahead of the networks."
        ),
        seconds=150,
    )
