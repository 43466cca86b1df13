"""Human activity recognition using smartphones (UCI 240): six activities from raw signals."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import har as har_signals
from benchmarks.entries import classifiers, majority, minirocket, nearest
from benchmarks.metrics import accuracy
from benchmarks.protocols import HAR_OFFICIAL
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/har", suite="standard")
def har() -> Benchmark:
    """Nine signals, 2.56 seconds; 21 people to learn from, 9 others to be judged on."""
    return Benchmark(
        question="What does a person with a smartphone at the waist do?",
        task="classification",
        data=har_signals(
            digest="sha256:ba31a06f0e7426cd6c80223836203bceba3a3282fc9cd041d240cb7118def260"
        ),
        protocol=HAR_OFFICIAL,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(1),
            minirocket(features=2_016),
            *classifiers(
                Recipe(
                    epochs=6,
                    batch_size=64,
                    learning_rate=3e-3,
                    schedule="one-cycle",
                    weight_decay=0.3,
                    label_smoothing=0.1,
                ),
                filters=(64, 128, 64),
                pool_size=2,
                segment=8,
                gru_units=64,
                alone=Recipe(epochs=10, batch_size=64, learning_rate=3e-3, schedule="cosine"),
                stack=1,
                tuned="4 recipes on the first and the last people of the training rows, held out",
            ),
        ],
        anchor="har-multi-headed-1d-cnn",
        anchor_why=(
            "the last network of a tutorial that many begin with: three small convolutions side by "
            "side, ten runs, code in the text"
        ),
        power_why=(
            "the tutorial's ten runs scatter by twice the margin: no number of runs of ours "
            "makes up for it"
        ),
        lessons=(
            "Nine other people are the test: what a network learns of a person does not help it. "
            "Warping every test window onto every training window would take hours and is left out."
        ),
        seconds=500,
    )
