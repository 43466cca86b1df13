"""Air quality (UCI 360): 2004 trains, the next hour of carbon monoxide in 2005 is forecast."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
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

COLUMNS = (
    "CO(GT)",
    "PT08.S1(CO)",
    "PT08.S2(NMHC)",
    "PT08.S3(NOx)",
    "PT08.S4(NO2)",
    "PT08.S5(O3)",
    "T",
    "RH",
)
FEATURES = (
    "CO, mg/m³",
    "tin oxide sensor",
    "titania sensor",
    "tungsten oxide sensor, NOx",
    "tungsten oxide sensor, NO2",
    "indium oxide sensor",
    "temperature, °C",
    "relative humidity, %",
    "sine of the hour",
    "cosine of the hour",
)


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
            read_file,
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


def read_file(path: Path, *, history: int = 24, last_train_year: int = 2004) -> Dataset:
    """Carbon monoxide beside an Italian street (UCI 360), hourly, with five gas sensors.

    -200 means not measured: 1,683 hours of the reference analyser, which are no targets; in
    windows the last measured value stands for them.
    """
    table = read_table(path, separator=";")
    days = [day.split("/") for day in table["Date"]]
    hours = [time.split(".")[0] for time in table["Time"]]
    stamps = [f"{y}-{m}-{d}T{h}:00" for (d, m, y), h in zip(days, hours, strict=True)]
    check_clock(stamps, HOUR, path.name)
    for name in COLUMNS:
        table[name] = [cell.replace(",", ".") for cell in table[name]]
    silent = ("-200", "-200.0")
    measured = np.stack(
        [numbers(table, name, path.name, missing=silent) for name in COLUMNS], axis=1
    )
    train_until = sum(int(year) <= last_train_year for _, _, year in days)
    return one_step(
        np.concatenate([carried_forward(measured), daily_wave(np.array(hours, float))], axis=1),
        history,
        train_until,
        FEATURES,
        scored=~np.isnan(measured[:, 0]),
    )
