"""Beijing PM2.5 (UCI 381): 2010 trains, the next hour of 2011-2014 is forecast."""

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
from benchmarks.protocols import PM25_FIRST_YEAR
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/beijing-pm25", suite="standard")
def beijing_pm25() -> Benchmark:
    """Fine dust every hour, with the weather; hours nobody measured are not scored."""
    return Benchmark(
        question="How much fine dust will be in the air in an hour?",
        task="regression",
        data=official_file(
            "PRSA_data_2010.1.1-2014.12.31.csv",
            "https://archive.ics.uci.edu/static/public/381/beijing+pm2+5+data.zip",
            "",
            sensor_series.pm25,
            title="Beijing PM2.5 (UCI 381)",
            page="https://archive.ics.uci.edu/dataset/381/beijing+pm2+5+data",
            licence="CC BY 4.0",
            citation="liang2015pm25",
            rows=41733,
            features=(24, 13),
            digest="sha256:388fb6e7d62a164478434f1d7115c7c9f8f144b3fd3fc08de1927b362b59e174",
        ),
        protocol=PM25_FIRST_YEAR,
        metric=rmse("µg/m³"),
        also=[mae("µg/m³")],
        entries=[
            repeat_last(),
            seasonal_naive(24, "the day before"),
            linear(),
            shared_linear(alphas=(1.0,)),
            network(
                "gru",
                partial(recurrent, units=32),
                Recipe(epochs=10, batch_size=64, learning_rate=3e-3, schedule="cosine"),
                "One GRU layer of 32 units, which forecasts the change.",
                stack=1,
                rule=Rule(last_value),
                headline=True,
            ),
        ],
        margin=0.2,
        margin_why="a fifth of a microgram, a hundredth of the error",
        lessons=(
            "A published network on this series is no better than repeating the last hour; it also "
            "counts 2,067 hours without a measurement as clean air. Asked for the change from the "
            "last hour only, a GRU gains a microgram on it."
        ),
        seconds=35,
    )
