"""GunPoint (UCR archive, 2018 default split): drawing a gun, or only pointing, from one hand."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import (
    average,
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


@benchmark("timeseries/gunpoint", suite="standard")
def gunpoint() -> Benchmark:
    """150 positions of a hand in five seconds, 50 recordings to learn from, 150 to be judged on."""
    return Benchmark(
        question="Does a hand draw a gun, or only point?",
        task="classification",
        data=ucr(
            "GunPoint",
            train=50,
            test=150,
            length=150,
            classes=("gun", "point"),
            title="GunPoint (UCR archive 2018)",
            licence="none stated; research use with citation",
            citation="dau2019ucr",
            digest="sha256:cdbdbee34aeab574251f9acbe33e245a4838e50b6f1a085e1acf87391c9dbf5e",
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
                filters=(64, 128, 64),
                pool_size=2,
                segment=6,
                tuned="5 recipes by 5-fold cross-validation of the training rows",
            ),
            published("inception", "gunpoint-inception", seconds=240),
            average(
                "inceptiontime",
                ["inception"],
                seeds=5,
                about="InceptionTime: the average of five networks of Inception modules.",
            ),
            published("lstm-fcn-published", "gunpoint-2015-lstm-fcn", seconds=140),
        ],
        anchor="gunpoint-resnet",
        anchor_why=(
            "the deep-learning review's residual network: five runs, public code, no setting "
            "chosen for this set; its plain FCN, the anchor elsewhere, makes no mistake here"
        ),
        power_why=(
            "one of 150 test recordings is the margin, and the review's five runs scatter by "
            "more than that: no number of runs of ours makes up for it"
        ),
        lessons=(
            "Published networks are right on every recording: what is left to show is that it "
            "takes 50."
        ),
        seconds=90,
    )
