"""ETTh1, 192 hours ahead: seven transformer series forecast from the four days before."""

from __future__ import annotations

from functools import partial

from benchmarks import Benchmark, benchmark
from benchmarks.data import ett
from benchmarks.data.ett import validation_windows
from benchmarks.entries import forecaster, repeat_last, seasonal_naive, shared_linear
from benchmarks.entries.recurrent import encoder_decoder, segment_gru
from benchmarks.metrics import mse, window_mae
from benchmarks.protocols import ETT_HOURLY
from benchmarks.training.recipe import Recipe

VALIDATION = validation_windows(192)


@benchmark("timeseries/etth1-192", suite="full")
def etth1_192() -> Benchmark:
    """Hourly readings of load and oil temperature; scored in deviations of that year."""
    return Benchmark(
        question="How do a transformer's load and oil temperature go on for eight days?",
        task="regression",
        data=ett(
            "ETTh1",
            horizon=192,
            digest="sha256:f59741d052e5b4230e3c369eb094cbf0734a5bb9a5ea1246a0f39575aaedd35a",
        ),
        protocol=ETT_HOURLY,
        metric=mse("σ²"),
        also=[window_mae("σ")],
        entries=[
            repeat_last(stack=1),
            seasonal_naive(24, "the day before", stack=1),
            shared_linear(VALIDATION, stack=1),
            forecaster(
                "encoder-decoder",
                encoder_decoder,
                Recipe(epochs=5, batch=64, learning_rate=1e-3, schedule="cosine"),
                "Two LSTM layers of 64 units, one reads and one writes a day at a time, all series "
                "at once.",
                validation=VALIDATION,
            ),
            forecaster(
                "segment-gru",
                partial(segment_gru, units=128, segment=48),
                Recipe(
                    epochs=5,
                    batch=32,
                    learning_rate=1e-3,
                    schedule="cosine",
                    xla=False,
                ),
                "One GRU layer of 128 units over two days at a time of each series alone.",
                loss="mae",
                validation=VALIDATION,
                tuned="the loss, by the validation months of the 96-step forecasts",
                headline=True,
            ),
        ],
        margin=0.005,
        margin_why="seeds of one published model differ by up to 0.005",
        lessons=(
            "Repeating the last value is the floor the literature uses; repeating yesterday "
            "leaves half the error or less, and a linear map from the past is hard to beat."
        ),
        seconds=70,
    )
