"""Air quality (UCI 360): 2004 trains, the next hour of carbon monoxide in 2005 is forecast."""

from __future__ import annotations

from functools import partial

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers import sensor_series
from benchmarks.entries import (
    Rule,
    last_value,
    linear,
    network,
    repeat_last,
    seasonal_naive,
    shared_linear,
)
from benchmarks.entries.recurrent import recurrent
from benchmarks.metrics import mae, rmse
from benchmarks.protocols import AIR_QUALITY_CHRONOLOGICAL
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/air-quality", suite="full")
def air_quality() -> Benchmark:
    """Five cheap gas sensors beside a street and one analyser, hourly."""
    return Benchmark(
        question="How much carbon monoxide will be in the street in an hour?",
        task="regression",
        data=official_file(
            "AirQualityUCI.csv",
            "https://archive.ics.uci.edu/static/public/360/air+quality.zip",
            "13277ae5d8581e80b7be09d47c7d3d06fe9b8e957078f2cf6e859f955e62f996",
            sensor_series.air_quality,
            title="Air quality (UCI 360)",
            page="https://archive.ics.uci.edu/dataset/360/air+quality",
            licence="CC BY 4.0",
            citation="devito2008air",
            rows=7651,
            features=(24, 10),
        ),
        protocol=AIR_QUALITY_CHRONOLOGICAL,
        metric=rmse("mg/m³"),
        also=[mae("mg/m³")],
        entries=[
            repeat_last(),
            seasonal_naive(24, "the day before"),
            linear(),
            shared_linear(alphas=(1.0,)),
            network(
                "gru",
                partial(recurrent, units=32),
                Recipe(epochs=20, batch_size=64, learning_rate=3e-3, schedule="cosine"),
                "One GRU layer of 32 units, which forecasts the change.",
                rule=Rule(last_value),
                headline=True,
            ),
        ],
        margin=0.01,
        margin_why="a hundredth of a milligram, under two hundredths of the error",
        lessons=(
            "Traffic repeats by the day, the weather does not: a linear model of the last 24 hours "
            "joins both, and a GRU that corrects the last hour is no better than that."
        ),
        seconds=40,
    )
