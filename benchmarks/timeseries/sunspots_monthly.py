"""Monthly sunspot numbers: train to 1905, forecast each month to 1983."""

from __future__ import annotations

from functools import partial

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.series import univariate
from benchmarks.entries import (
    Rule,
    conformal,
    ets,
    ets_intervals,
    last_value,
    linear,
    network,
    quantile_network,
    repeat_last,
    seasonal_naive,
)
from benchmarks.entries.recurrent import recurrent
from benchmarks.metrics import mae, mase, rmse
from benchmarks.protocols import MONTHLY_SUNSPOT
from benchmarks.training.recipe import Recipe

RECIPE = Recipe(epochs=20, batch_size=64, learning_rate=3e-3, schedule="cosine")


@benchmark("timeseries/sunspots-monthly", suite="full")
def sunspots_monthly() -> Benchmark:
    """2,820 months of counting; cycles of about eleven years."""
    headline = network(
        "gru",
        partial(recurrent, units=32, segment=6),
        RECIPE,
        "One GRU layer of 32 units over half a year at a time, which forecasts the change.",
        rule=Rule(last_value),
        headline=True,
    )
    return Benchmark(
        question="How many sunspots will there be next month?",
        task="regression",
        data=official_file(
            "monthly-sunspots.csv",
            "https://raw.githubusercontent.com/jbrownlee/Datasets/"
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f/monthly-sunspots.csv",
            "c4ec8cc57d9f6fb6ecdb3e1f37f25b6f4badd5124c55931052b0cd2fc3bc71f3",
            univariate("Sunspots", "sunspots", step="M", history=132, train_until=1880),
            title="Monthly mean sunspot numbers, Zurich, 1749-1983",
            page="https://github.com/jbrownlee/Datasets",
            licence="none stated; public data",
            citation="brownlee_datasets",
            rows=2688,
            features=(132, 1),
            publisher="the jbrownlee/Datasets repository",
        ),
        protocol=MONTHLY_SUNSPOT,
        metric=rmse("sunspots"),
        also=[mae("sunspots"), mase(11.409260244811069)],
        entries=[
            repeat_last(),
            seasonal_naive(132, "eleven years before"),
            linear(),
            ets(1, trend=None, seasonal=None),
            headline,
            ets_intervals(1, trend=None, seasonal=None, suite="full"),
            quantile_network(
                "gru-quantiles",
                partial(recurrent, units=32, segment=6),
                RECIPE,
                "The GRU with eleven quantiles for its output.",
                rule=Rule(last_value),
                suite="full",
                seconds=40,
            ),
            conformal(headline, 240, suite="full", seconds=25),
        ],
        margin=0.3,
        margin_why="a third of a sunspot, a fiftieth of the error",
        lessons=(
            "The cycle is not eleven years long to the month: repeating it is worse than repeating "
            "last month, from which a GRU takes away a tenth of the error."
        ),
        seconds=30,
    )
