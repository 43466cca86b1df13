"""Beijing PM2.5 (UCI 381): 2010 trains, the next hour of 2011-2014 is forecast."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.core.source import Corrupt
from benchmarks.data.readers.series import (
    HOUR,
    carried_forward,
    check_clock,
    daily_wave,
    numbers,
    one_step,
    read_table,
)
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
from benchmarks.metrics import mae, rmse
from benchmarks.protocols import PM25_FIRST_YEAR
from benchmarks.training.recipe import Recipe

COLUMNS = ("pm2.5", "DEWP", "TEMP", "PRES", "Iws", "Is", "Ir")
WINDS = ("NE", "NW", "SE", "cv")
FEATURES = (
    "PM2.5, µg/m³",
    "dew point, °C",
    "temperature, °C",
    "pressure, hPa",
    "wind, m/s",
    "hours of snow",
    "hours of rain",
    *(f"wind from {name}" for name in WINDS[:3]),
    "calm or variable wind",
    "sine of the hour",
    "cosine of the hour",
)

RECIPE = Recipe(epochs=10, batch_size=64, learning_rate=3e-3, schedule="cosine")


@benchmark("timeseries/beijing-pm25", suite="standard")
def beijing_pm25() -> Benchmark:
    """Fine dust every hour, with the weather; hours nobody measured are not scored."""
    headline = network(
        "gru",
        partial(recurrent, units=32),
        RECIPE,
        "One GRU layer of 32 units, which forecasts the change.",
        stack=1,
        rule=Rule(last_value),
        headline=True,
    )
    return Benchmark(
        question="How much fine dust will be in the air in an hour?",
        task="regression",
        data=official_file(
            "PRSA_data_2010.1.1-2014.12.31.csv",
            "https://archive.ics.uci.edu/static/public/381/beijing+pm2+5+data.zip",
            "",
            read_file,
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
            headline,
            quantile_network(
                "gru-quantiles",
                partial(recurrent, units=32),
                RECIPE,
                "The GRU with eleven quantiles for its output.",
                rule=Rule(last_value),
                suite="full",
                repeats=3,
                seconds=150,
            ),
            conformal(headline, 1400, suite="full", repeats=3, seconds=30),
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


def read_file(path: Path, *, history: int = 24, train_until: int = 8760) -> Dataset:
    """Fine dust at the US embassy in Beijing (UCI 381), hourly, with weather and wind.

    2,067 hours were not measured: they are no targets, and in windows the last measured value
    stands for them. The first 24 are among them, so that windows begin on the second day.
    """
    table = read_table(path)
    fields = zip(*(table[name] for name in ("year", "month", "day", "hour")), strict=True)
    stamps = [f"{y}-{int(m):02}-{int(d):02}T{int(h):02}:00" for y, m, d, h in fields]
    check_clock(stamps, HOUR, path.name)
    columns = [numbers(table, name, path.name, missing=("NA",)) for name in COLUMNS]
    if unknown := sorted(set(table["cbwd"]) - set(WINDS)):
        raise Corrupt(f"expected the winds {', '.join(WINDS)} in {path.name}, found {unknown}")
    columns += [np.array([wind == name for wind in table["cbwd"]], float) for name in WINDS]
    measured = np.stack(columns, axis=1)
    begin = int(np.argmax(~np.isnan(measured[:, 0])))
    hours = np.array([int(hour) for hour in table["hour"]])[begin:]
    return one_step(
        np.concatenate([carried_forward(measured[begin:]), daily_wave(hours)], axis=1),
        history,
        train_until - begin,
        FEATURES,
        scored=~np.isnan(measured[begin:, 0]),
    )
