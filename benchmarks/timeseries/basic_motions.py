"""BasicMotions (UEA archive, default split): four activities from a watch on the wrist."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import classifiers, majority, minirocket, nearest, warped_neighbour
from benchmarks.metrics import accuracy
from benchmarks.protocols import UEA2018
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/basic-motions", suite="full")
def basic_motions() -> Benchmark:
    """Six sensors, 10 seconds, 40 recordings to learn from, 40 to be judged on."""
    return Benchmark(
        question="Who wears the watch: does that person stand, walk, run or play badminton?",
        task="classification",
        data=ucr(
            "BasicMotions",
            train=40,
            test=40,
            length=100,
            channels=6,
            classes=("badminton", "running", "standing", "walking"),
            title="BasicMotions (UEA archive 2018)",
            licence="none stated; research use with citation",
            citation="bagnall2018uea",
            digest="sha256:1e14ad995450ae738bdd9f0008aa2298b27048444f7f675e6dd8b78de5c062ff",
        ),
        protocol=UEA2018,
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
        margin=0.025,
        margin_why="one of the 40 test recordings",
        lessons=(
            "Forty test recordings: one error is two and a half points, and several models make "
            "none."
        ),
        seconds=40,
    )
