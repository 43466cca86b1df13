"""ETTh2, 96 hours ahead: seven transformer series forecast from the four days before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import Benchmark, benchmark
from benchmarks.data import ett
from benchmarks.data.ett import validation_windows
from benchmarks.entries import forecaster, repeat_last, seasonal_naive, shared_linear
from benchmarks.metrics import mse, window_mae
from benchmarks.protocols import ETT_HOURLY
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

VALIDATION = validation_windows(96)


def gru(window: tuple[int, ...], target: tuple[int, ...]) -> keras.Model:
    """One GRU layer over a day at a time, which forecasts the change from the last value."""
    import keras
    from keras import layers

    steps, series = window
    past = keras.Input(window)
    last = layers.Cropping1D((steps - 1, 0))(past)
    segments = layers.Reshape((steps // 24, 24 * series))(layers.Subtract()([past, last]))
    change = layers.Dense(target[0] * series)(layers.GRU(64)(segments))
    return keras.Model(past, layers.Add()([layers.Reshape(target)(change), last]))


@benchmark("timeseries/etth2-96", suite="standard")
def etth2_96() -> Benchmark:
    """Hourly readings of load and oil temperature; scored in deviations of that year."""
    return Benchmark(
        question="How do a transformer's load and oil temperature go on for four days?",
        task="regression",
        data=ett(
            "ETTh2",
            horizon=96,
            digest="sha256:63ba55c779de05bb31a25040acf2f655bc5c03e854b31f9b8c91ed6bba714b20",
        ),
        protocol=ETT_HOURLY,
        metric=mse("σ²"),
        also=[window_mae("σ")],
        entries=[
            repeat_last(stack=1),
            seasonal_naive(24, "the day before", stack=1),
            shared_linear(VALIDATION, stack=1),
            forecaster(
                "gru",
                gru,
                Recipe(epochs=5, batch=64, learning_rate=1e-3, schedule="cosine"),
                "One GRU layer of 64 units over a day at a time.",
                validation=VALIDATION,
                headline=True,
            ),
        ],
        margin=0.005,
        margin_why="seeds of one published model differ by up to 0.005",
        lessons=(
            "Repeating the last value is the floor the literature uses; repeating yesterday "
            "leaves a tenth less, and a linear map from the past is hard to beat."
        ),
        seconds=60,
    )
