"""Daily minimum temperatures in Melbourne: 1981-1988 train, 1989 and 1990 test."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.series import carried_forward, numbers, on_clock, one_step, read_table
from benchmarks.dataset import Dataset
from benchmarks.entries import (
    Rule,
    conformal,
    last_value,
    linear,
    network,
    quantile_network,
    repeat_last,
    seasonal_naive,
    shared_linear,
)
from benchmarks.entries.recurrent import recurrent
from benchmarks.metrics import mae, mase, mse, rmse
from benchmarks.protocols import MINTEMP_LAST2
from benchmarks.training.recipe import Recipe

RECIPE = Recipe(epochs=20, batch_size=64, learning_rate=3e-3, schedule="cosine")


@benchmark("timeseries/minimum-temperatures", suite="standard")
def minimum_temperatures() -> Benchmark:
    """Ten years of nights, each forecast from the year before it."""
    headline = network(
        "gru",
        partial(recurrent, units=32, segment=5),
        RECIPE,
        "One GRU layer of 32 units over five days at a time, which forecasts the change.",
        rule=Rule(last_value),
        headline=True,
    )
    return Benchmark(
        question="How cold will the coming night be?",
        task="regression",
        data=official_file(
            "daily-min-temperatures.csv",
            "https://raw.githubusercontent.com/jbrownlee/Datasets/"
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f/daily-min-temperatures.csv",
            "8b9de63ed6789492bf497625e7f9beb96a63d367b4b0a21754006f749fa5e5da",
            read_file,
            title="Daily minimum temperatures, Melbourne, 1981-1990",
            page="https://github.com/jbrownlee/Datasets",
            licence="none stated; public data",
            citation="brownlee_datasets",
            rows=3285,
            features=(365, 1),
            publisher="the jbrownlee/Datasets repository",
        ),
        protocol=MINTEMP_LAST2,
        metric=rmse("°C"),
        also=[mae("°C"), mase(2.1782802329564923), mse("°C²")],
        entries=[
            repeat_last(),
            seasonal_naive(365, "the same day last year"),
            linear(),
            shared_linear(alphas=(1_000.0,)),
            headline,
            quantile_network(
                "gru-quantiles",
                partial(recurrent, units=32, segment=5),
                RECIPE,
                "The GRU with eleven quantiles for its output.",
                rule=Rule(last_value),
                suite="full",
                seconds=100,
            ),
            conformal(headline, 365, suite="full", seconds=35),
        ],
        margin=0.05,
        margin_why="a twentieth of a degree",
        lessons=(
            "Last night is a better guess than the same night last year, and a weighted mean of "
            "the nights before is better than both. A GRU that corrects last night finds more in "
            "the year before than that mean does."
        ),
        seconds=40,
    )


def read_file(path: Path, *, history: int = 365, train_until: str = "1989-01-01") -> Dataset:
    """Daily minimum temperatures in Melbourne, in °C.

    The file leaves out two days, the last of 1984 and of 1988: they are no targets, and in
    windows the day before stands for them.
    """
    day = np.timedelta64(1, "D")
    table = read_table(path)
    series = on_clock(table["Date"], numbers(table, "Temp", path.name)[:, None], day, path.name)
    cut = (np.datetime64(train_until) - np.datetime64(table["Date"][0])) // day
    return one_step(
        carried_forward(series),
        history,
        int(cut),
        ("minimum temperature, °C",),
        scored=~np.isnan(series[:, 0]),
    )
