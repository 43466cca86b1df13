"""ETTm1, 96 quarters of an hour ahead: seven transformer series forecast from the day before."""

from __future__ import annotations

from functools import partial

from benchmarks import Benchmark, benchmark
from benchmarks.data import ett
from benchmarks.data.ett import validation_windows
from benchmarks.entries import forecaster, repeat_last, seasonal_naive, shared_linear
from benchmarks.entries.recurrent import encoder_decoder, segment_gru
from benchmarks.metrics import mse, window_mae
from benchmarks.protocols import ETT_MINUTE
from benchmarks.training.recipe import Recipe

VALIDATION = validation_windows(96, daily=96)


@benchmark("timeseries/ettm1-96", suite="full")
def ettm1_96() -> Benchmark:
    """Quarter-hourly readings of load and oil temperature; scored in deviations of that year."""
    return Benchmark(
        question="How do a transformer's load and oil temperature go on for a day?",
        task="regression",
        data=ett(
            "ETTm1",
            horizon=96,
            digest="sha256:5d25ed0e4c6b7da692f35710b346d05263b0a5e2380f2eb9e7a617a00a57e19f",
        ),
        protocol=ETT_MINUTE,
        metric=mse("σ²"),
        also=[window_mae("σ")],
        entries=[
            repeat_last(stack=1),
            seasonal_naive(96, "the day before", stack=1),
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
                    epochs=2,
                    batch=32,
                    learning_rate=1e-3,
                    schedule="cosine",
                    xla=False,
                ),
                "One GRU layer of 128 units over half a day at a time of each series alone.",
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
            "leaves less than half the error, and a linear map from the past is hard to beat."
        ),
        seconds=240,
    )
