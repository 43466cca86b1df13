"""Airline passengers: train to 1956, forecast each month of 1957-1960 from the 36 before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.series import univariate
from benchmarks.entries import (
    Rule,
    average,
    conformal,
    ets,
    ets_intervals,
    linear,
    network,
    quantile_network,
    repeat_last,
    sarima,
    sarima_intervals,
    seasonal_naive,
    seasonal_ratio,
    theta,
)
from benchmarks.metrics import mae, mase, rmse
from benchmarks.protocols import AIRLINE_96
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


RECIPE = Recipe(epochs=50, batch_size=16, learning_rate=0.01, schedule="cosine", weight_decay=1.0)
TUNED = "8 recipes on the last 12 and the last 20 training months, held out"
"""Of the GRU for points."""


def last_year_grown(windows: Any) -> Any:
    """The same month last year, times the growth over the year up to last month."""
    return windows[:, -12, 0] * windows[:, -1, 0] / windows[:, -13, 0]


def gru(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """One GRU layer over how growth on the year before changed, month by month, in 4 %."""
    import keras
    from keras import layers, ops

    window = keras.Input(shape)
    logs = ops.log(window)
    growth = logs[:, 12:] - logs[:, :-12]
    news = (growth[:, 1:] - growth[:, :-1]) / 0.04
    return keras.Model(window, layers.Dense(outputs)(layers.GRU(8)(news)))


@benchmark("timeseries/airline-passengers", suite="standard")
def airline_passengers() -> Benchmark:
    """The classic growing, seasonal series: 144 months."""
    headline = network(
        "gru",
        gru,
        RECIPE,
        "One GRU layer of 8 units, which corrects last year's month times this year's growth.",
        inputs="raw",
        rule=Rule(last_year_grown, ratio=True),
        tuned=TUNED,
        headline=True,
        from_logits=True,
    )
    return Benchmark(
        question="How many people will fly next month?",
        task="regression",
        data=official_file(
            "airline-passengers.csv",
            "https://raw.githubusercontent.com/jbrownlee/Datasets/"
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f/airline-passengers.csv",
            "8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621",
            univariate("Passengers", "thousand passengers", step="M", history=36, train_until=96),
            title="Airline passengers, 1949-1960 (Box and Jenkins, series G)",
            page="https://github.com/jbrownlee/Datasets",
            licence="none stated; public data",
            citation="box1976series",
            rows=108,
            features=(36, 1),
            publisher="the jbrownlee/Datasets repository",
        ),
        protocol=AIRLINE_96,
        metric=rmse("thousand passengers"),
        also=[mae("thousand passengers"), mase(29.202380952380953)],
        entries=[
            repeat_last(),
            seasonal_naive(12, "the same month last year"),
            seasonal_ratio(12),
            linear(),
            ets(12),
            theta(12),
            sarima((0, 1, 1), (0, 1, 1, 12), log=True),
            headline,
            ets_intervals(12, suite="standard"),
            sarima_intervals((0, 1, 1), (0, 1, 1, 12), log=True, suite="standard"),
            quantile_network(
                "gru-quantiles",
                gru,
                RECIPE,
                "The GRU with eleven quantiles for its output.",
                inputs="raw",
                rule=Rule(last_year_grown, ratio=True),
                tuned=TUNED,
                suite="full",
                seconds=60,
            ),
            average(
                "gru-and-sarima",
                ["gru", "sarima"],
                about="Average of the GRU's and SARIMA's forecasts, half and half: on the last 12 "
                "training months better than either in four of five seeds, on the last 20 than "
                "SARIMA alone.",
            ),
            conformal(headline, 24, relative=True, suite="standard", seconds=8),
        ],
        margin=2.0,
        margin_why="two thousand passengers, a twentieth of the seasonal rule's error",
        lessons=(
            "Last year's month times this year's growth beats every published recurrent network on "
            "these months. A network that starts from that rule and learns its errors beats it; "
            "Box and Jenkins' own model, which does the same with two numbers, is better still."
        ),
        seconds=15,
    )
