"""Appliances energy (UCI 374): one house, ten minutes ahead, chronological split."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import official_file
from benchmarks.data.readers.series import daily_wave, one_step, read_series, read_table
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
from benchmarks.protocols import APPLIANCES_CHRONOLOGICAL
from benchmarks.training.recipe import Recipe

COLUMNS = ("Appliances", "lights", "T_out", "RH_out")


@benchmark("timeseries/appliances-energy", suite="full")
def appliances_energy() -> Benchmark:
    """What a house draws every ten minutes, with light and the weather outside."""
    return Benchmark(
        question="How much energy will a house use in the next ten minutes?",
        task="regression",
        data=official_file(
            "energydata_complete.csv",
            "https://archive.ics.uci.edu/static/public/374/appliances+energy+prediction.zip",
            "2820bf712ad0275cb18b85a05250926100d8e65ebb9f4d2d016ca91ea152a25d",
            read_file,
            title="Appliances energy prediction (UCI 374)",
            page="https://archive.ics.uci.edu/dataset/374/appliances+energy+prediction",
            licence="CC BY 4.0",
            citation="candanedo2017appliances",
            rows=19591,
            features=(144, 6),
        ),
        protocol=APPLIANCES_CHRONOLOGICAL,
        metric=rmse("Wh"),
        also=[mae("Wh")],
        entries=[
            repeat_last(),
            seasonal_naive(144, "the day before"),
            linear(),
            shared_linear(alphas=(1_000.0,)),
            network(
                "gru",
                partial(recurrent, units=32, segment=6),
                Recipe(epochs=5, batch_size=128, learning_rate=3e-3, schedule="cosine"),
                "One GRU layer of 32 units over an hour at a time, which forecasts the change.",
                stack=1,
                rule=Rule(last_value),
                headline=True,
            ),
        ],
        margin=0.5,
        margin_why="half a watt-hour, under a hundredth of the error",
        lessons=(
            "Published scores draw readings at random, so that the ten minutes before and after a "
            "test reading train; in time order the last value is a strong answer, and a GRU that "
            "forecasts the change takes away a tenth of its error."
        ),
        seconds=60,
    )


def read_file(path: Path, *, history: int = 144, train_until: int = 98 * 144) -> Dataset:
    """Energy use of a house (UCI 374), ten-minute readings in Wh, with light and weather.

    The two random columns its authors added, and the indoor sensors, are left out.
    """
    table = read_table(path)
    series = read_series(path, COLUMNS, step=np.timedelta64(10, "m"))
    stamps = np.array([stamp.strip() for stamp in table["date"]], "datetime64[m]")
    minutes = (stamps - stamps.astype("datetime64[D]")).astype(int)
    return one_step(
        np.concatenate([series, daily_wave(minutes / 60)], axis=1),
        history,
        train_until,
        ("appliances, Wh", "lights, Wh", "outside, °C", "humidity outside, %", "sine", "cosine"),
    )
