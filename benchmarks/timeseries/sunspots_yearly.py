"""Yearly sunspot numbers: train to 1920, forecast each year of 1921-1955 from the 12 before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import Benchmark, benchmark
from benchmarks.data import carried_source
from benchmarks.data.readers import classification
from benchmarks.entries import linear, mean, network, persistence
from benchmarks.metrics import rmse
from benchmarks.protocols import SUNSPOT_1921
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


def gru(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """One GRU layer read at its last step."""
    import keras
    from keras import layers

    return keras.Sequential([keras.Input(shape), layers.GRU(32), layers.Dense(outputs)])


@benchmark("timeseries/sunspots-yearly", suite="quick")
def sunspots_yearly() -> Benchmark:
    """Three centuries of counting, carried by statsmodels."""
    return Benchmark(
        question="How many sunspots will there be next year?",
        task="regression",
        data=carried_source(
            "statsmodels' copy",
            classification.sunspots_carried,
            title="Yearly mean sunspot numbers, 1700-1955 used",
            url="https://www.statsmodels.org/stable/datasets/generated/sunspots.html",
            licence="public domain",
            citation="statsmodels_sunspots",
            rows=244,
            features=(12, 1),
            digest="sha256:b3496cc47ebf77737b8b10e8b483f6248049ca3c48495fc17ffdcf4e739f080b",
        ),
        protocol=SUNSPOT_1921,
        metric=rmse("sunspots"),
        entries=[
            mean(),
            persistence(),
            linear(),
            network(
                "gru",
                gru,
                Recipe(
                    epochs=100,
                    batch_size=16,
                    learning_rate=3e-3,
                    schedule="cosine",
                    weight_decay=0.1,
                ),
                "One GRU layer of 32 units, read at its last step.",
                tuned="16 recipes on the last 35 training years, held out",
                headline=True,
            ),
        ],
        margin=1.0,
        margin_why="one sunspot, a twentieth of what a linear model misses by",
        lessons=(
            "An autoregression on twelve years is already a good forecast; 209 training years "
            "leave a recurrent network little room."
        ),
        seconds=12,
    )
