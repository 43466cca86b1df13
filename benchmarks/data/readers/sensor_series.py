"""Measured series with what is wrong with them: sensors that were silent, and fields to choose."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.data.readers.series import (
    carried_forward,
    check_clock,
    numbers,
    on_clock,
    one_step,
    read_series,
    read_table,
)
from benchmarks.dataset import Dataset

HOUR = np.timedelta64(60, "m")
APPLIANCES = ("Appliances", "lights", "T_out", "RH_out")
PM25 = ("pm2.5", "DEWP", "TEMP", "PRES", "Iws", "Is", "Ir")
WINDS = ("NE", "NW", "SE", "cv")
AIR = (
    "CO(GT)",
    "PT08.S1(CO)",
    "PT08.S2(NMHC)",
    "PT08.S3(NOx)",
    "PT08.S4(NO2)",
    "PT08.S5(O3)",
    "T",
    "RH",
)
PM25_NAMES = (
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
AIR_NAMES = (
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


def daily_wave(hours: np.ndarray) -> np.ndarray:
    """Hour of the day as a point on a circle, shape (steps, 2)."""
    angle = 2 * np.pi * hours / 24
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


def minimum_temperatures(
    path: Path, *, history: int = 365, train_until: str = "1989-01-01"
) -> Dataset:
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


def appliances(path: Path, *, history: int = 144, train_until: int = 98 * 144) -> Dataset:
    """Energy use of a house (UCI 374), ten-minute readings in Wh, with light and weather.

    The two random columns its authors added, and the indoor sensors, are left out.
    """
    table = read_table(path)
    series = read_series(path, APPLIANCES, step=np.timedelta64(10, "m"))
    stamps = np.array([stamp.strip() for stamp in table["date"]], "datetime64[m]")
    minutes = (stamps - stamps.astype("datetime64[D]")).astype(int)
    return one_step(
        np.concatenate([series, daily_wave(minutes / 60)], axis=1),
        history,
        train_until,
        ("appliances, Wh", "lights, Wh", "outside, °C", "humidity outside, %", "sine", "cosine"),
    )


def pm25(path: Path, *, history: int = 24, train_until: int = 8760) -> Dataset:
    """Fine dust at the US embassy in Beijing (UCI 381), hourly, with weather and wind.

    2,067 hours were not measured: they are no targets, and in windows the last measured value
    stands for them. The first 24 are among them, so that windows begin on the second day.
    """
    table = read_table(path)
    fields = zip(*(table[name] for name in ("year", "month", "day", "hour")), strict=True)
    stamps = [f"{y}-{int(m):02}-{int(d):02}T{int(h):02}:00" for y, m, d, h in fields]
    check_clock(stamps, HOUR, path.name)
    columns = [numbers(table, name, path.name, missing=("NA",)) for name in PM25]
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
        PM25_NAMES,
        scored=~np.isnan(measured[begin:, 0]),
    )


def air_quality(path: Path, *, history: int = 24, last_train_year: int = 2004) -> Dataset:
    """Carbon monoxide beside an Italian street (UCI 360), hourly, with five gas sensors.

    -200 means not measured: 1,683 hours of the reference analyser, which are no targets; in
    windows the last measured value stands for them.
    """
    table = read_table(path, separator=";")
    days = [day.split("/") for day in table["Date"]]
    hours = [time.split(".")[0] for time in table["Time"]]
    stamps = [f"{y}-{m}-{d}T{h}:00" for (d, m, y), h in zip(days, hours, strict=True)]
    check_clock(stamps, HOUR, path.name)
    for name in AIR:
        table[name] = [cell.replace(",", ".") for cell in table[name]]
    silent = ("-200", "-200.0")
    measured = np.stack([numbers(table, name, path.name, missing=silent) for name in AIR], axis=1)
    train_until = sum(int(year) <= last_train_year for _, _, year in days)
    return one_step(
        np.concatenate([carried_forward(measured), daily_wave(np.array(hours, float))], axis=1),
        history,
        train_until,
        AIR_NAMES,
        scored=~np.isnan(measured[:, 0]),
    )
