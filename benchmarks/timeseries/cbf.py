"""CBF (UCR archive, 2018 default split): cylinder, bell or funnel under noise."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import classifiers, majority, minirocket, nearest, warped_neighbour
from benchmarks.metrics import accuracy
from benchmarks.protocols import UCR2018
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/cbf", suite="full")
def cbf() -> Benchmark:
    """Made series of 128 values, 30 to learn from, 900 to be judged on."""
    return Benchmark(
        question="Is a noisy bump a cylinder, a bell or a funnel?",
        task="classification",
        data=ucr(
            "CBF",
            train=30,
            test=900,
            length=128,
            classes=("cylinder", "bell", "funnel"),
            title="CBF (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:1ed591f4387dde477856ccb4be24abf120c13bf3cb7e1f893aaf4c4f28819ef5",
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
                segment=4,
            ),
        ],
        anchor="cbf-fcn",
        anchor_why=(
            "the deep-learning review's plain convolutional network: five runs, public code, no "
            "setting chosen for this set"
        ),
        power_why=(
            "one of 900 test series is the margin, and the review's five runs scatter by about "
            "as much: no number of runs of ours makes up for it"
        ),
        lessons=(
            "The data is made by a formula; a width and a slope under noise are all there is to "
            "learn. MiniRocket misses one series in a thousand, the network one in a hundred."
        ),
        seconds=30,
    )
