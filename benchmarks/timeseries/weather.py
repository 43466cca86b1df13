"""Weather in Jena: 21 readings every ten minutes of 2020, forecast together.

Four questions under one task function. They run where the file can be reached, and have not been
run here.
"""

from __future__ import annotations

from functools import partial

from benchmarks import Benchmark, benchmark
from benchmarks.data.long_horizon import long_horizon, validation_windows
from benchmarks.entries import forecaster, repeat_last, shared_linear
from benchmarks.entries.long_horizon.published import linear_of_zeng
from benchmarks.entries.recurrent import segment_gru
from benchmarks.metrics import mse, window_mae
from benchmarks.protocols import WEATHER
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/weather-96", suite="full")
def weather_96() -> Benchmark:
    """Sixteen hours from the sixteen before."""
    return forecast(96, "sixteen hours", seconds=600)


@benchmark("timeseries/weather-192", suite="full")
def weather_192() -> Benchmark:
    """A day and a third from sixteen hours."""
    return forecast(192, "32 hours", seconds=700)


@benchmark("timeseries/weather-336", suite="full")
def weather_336() -> Benchmark:
    """Two days and a third from sixteen hours."""
    return forecast(336, "56 hours", seconds=800)


@benchmark("timeseries/weather-720", suite="full")
def weather_720() -> Benchmark:
    """Five days from sixteen hours."""
    return forecast(720, "five days", seconds=1000)


def forecast(horizon: int, ahead: str, *, seconds: float) -> Benchmark:
    """All 21 readings `horizon` steps ahead, in units of their deviation in the training part.

    `ahead` is the horizon in words.
    """
    validation = validation_windows("weather", horizon)
    return Benchmark(
        question=f"How does the weather in Jena go on for {ahead}?",
        task="regression",
        data=long_horizon("weather", horizon=horizon, history=96),
        protocol=WEATHER,
        metric=mse("σ²"),
        also=[window_mae("σ")],
        entries=[
            repeat_last(),
            shared_linear(validation),
            linear_of_zeng("dlinear", validation, learning_rate=1e-4),
            forecaster(
                "segment-gru",
                partial(segment_gru, units=128, segment=48),
                Recipe(
                    epochs=2,
                    batch_size=32,
                    learning_rate=1e-3,
                    schedule="cosine",
                    jit_compile=False,
                ),
                "One GRU layer of 128 units over eight hours at a time of each reading alone.",
                loss="mae",
                validation_rows=validation,
                tuned="the settings of ETTm1",
                headline=True,
            ),
        ],
        anchor=f"weather-{horizon}-itransformer",
        anchor_why=(
            "a plain transformer over the series, which most later papers compare with on these "
            "windows; code and settings are published"
        ),
        lessons=(
            "No score of our own stands here yet: the file is fetched from its authors' page "
            "where that can be reached. The settings are those of ETTm1, chosen there."
        ),
        seconds=seconds,
    )
