"""Columns of times: written out, counted from 1970, as quarters or weeks, with 24:00."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SINCE_1970 = {
    "seconds since 1970": 1,
    "milliseconds since 1970": 1_000,
    "microseconds since 1970": 1_000_000,
    "nanoseconds since 1970": 1_000_000_000,
}
"""Ways to count times, and how many of the unit make a second."""
PERIODS = "year and period"
"""Way to write quarters, months, weeks and half years as 2000Q1, 2000M01, 2000-W05, 2000H1."""
WEEKS = "year and week"
"""Way to write weeks of ISO 8601 in digits alone, as 2020/05 or 202005."""
SPREADSHEET = "days since 1899-12-30"
"""Way in which spreadsheets count, a fraction being the time of the day."""
WEEK = re.compile(r"(\d{4})[-\s./]?(\d{2})")
EARLIEST, LATEST = 1e8, 4.2e9
"""Seconds since 1970, from 1973 to 2103, between which a count is taken for a time."""
YEAR_FIRST = re.compile(r"(\d{4})[-\s.:/_]?([QMWHSqmwhs])(\d{1,2})(?:-?([1-7]))?")
YEAR_LAST = re.compile(r"(?:([QMHSqmhs])(\d{1,2})|(\d{1,2})([QMHSqmhs]))[-\s.:/_]*(\d{4})")
HOUR = 3_600_000_000
"""Microseconds."""
MONTHS = {"Q": 3, "M": 1, "H": 6, "S": 6}
"""Months of a period by its letter; S is a semester."""
MIDNIGHT = re.compile(r"(?<=[T ])24(?=:00(?::00(?:[.,]0+)?)?(?:$|[Z +-]))|(?<=T)24(?=(?:00){0,2}$)")
"""The hour of a time that is midnight of the next day."""
ZONE = re.compile(r"\s*\b([A-Z]{2,4})$")
ZONES = {
    **dict.fromkeys(("UTC", "GMT", "WET", "UT"), 0),
    **dict.fromkeys(("CET", "MEZ", "WEST"), 1),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 2),
    **dict.fromkeys(("EEST", "MSK"), 3),
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("MST", "PDT"), -7),
    **dict.fromkeys(("JST", "KST"), 9),
    "PST": -8,
    "MDT": -6,
    "EDT": -4,
    "AEST": 10,
    "AEDT": 11,
}
"""Hours ahead of UTC by the abbreviations that mean one zone only, as far as they are in use."""


def read_times(cells: pd.Series, dates: str) -> np.ndarray:
    """A column of text as datetime64[us] (n,), in UTC where an offset or zone is written.

    `dates` is a format of pandas' `to_datetime`, one of `SINCE_1970`, `SPREADSHEET`, `PERIODS` or
    `WEEKS`. 24:00 is midnight of the next day, a comma before fractions of a second a point, a
    period its first day. NaT for a cell that is no such time.
    """
    import pandas as pd

    if dates in SINCE_1970:
        return _counted(pd.to_numeric(cells, errors="coerce"), SINCE_1970[dates])
    if dates == SPREADSHEET:
        days = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
        days = np.where((days > 0) & (days < 100_000), days, np.nan)
        seconds = pd.to_timedelta(np.rint(days * 86_400), unit="s")
        return np.asarray(np.datetime64("1899-12-30", "us") + seconds.to_numpy("timedelta64[us]"))
    if dates == WEEKS:
        cells = cells.str.replace(WEEK, r"\1W\2", regex=True)
    if dates in (PERIODS, WEEKS):
        return np.array([first_day(cell) for cell in cells], "datetime64[us]")
    cells = cells.str.replace(r"(?<=:\d\d),(?=\d)", ".", regex=True)
    cells = cells.str.replace(r"(?<=\d)\[[\w/+-]+\]$", "", regex=True)  # after an offset
    late = cells.str.contains(MIDNIGHT).to_numpy(bool)
    if late.any():
        cells = cells.str.replace(MIDNIGHT, "00", regex=True)
    zones = cells.str.extract(ZONE)[0].map(ZONES)
    ahead = np.zeros(len(cells), "timedelta64[us]")
    if zones.notna().all():
        cells = cells.str.replace(ZONE, "", regex=True)
        ahead = (zones.to_numpy(np.int64) * HOUR).astype("timedelta64[us]")
    read = pd.to_datetime(cells, format=dates, errors="coerce", utc=True)
    stamps = read.dt.tz_localize(None).to_numpy("datetime64[us]")
    return stamps - ahead + late.astype("timedelta64[D]")


def standard_time(stamps: np.ndarray) -> np.ndarray | None:
    """Local times (n,) of equal steps, in order, less the hour that summer time adds.

    Clocks are set back where an hour stands twice on a Sunday night, forward where one is left out.
    None where no hour stands twice, and where two changes in a row go the same way.
    """
    apart = np.diff(stamps).astype(np.int64)
    usual = int(np.median(apart)) if len(apart) else 0
    if not 0 < usual <= HOUR:
        return None
    changes = (apart == usual + HOUR).astype(np.int64) - (apart == usual - HOUR)
    places = np.flatnonzero(changes)
    nights = [is_change(stamps[n + 1], 0) or is_change(stamps[n + 1], 1) for n in places]
    if not (changes < 0).any() or not all(nights):
        return None
    summer = np.concatenate([[0], np.cumsum(changes)]) + int(changes[places[0]] < 0)
    if summer.min() < 0 or summer.max() > 1:
        return None
    return np.asarray(stamps - (summer * HOUR).astype("timedelta64[us]"))


def is_change(stamp: np.datetime64, ahead: int) -> bool:
    """Whether clocks may have changed at this local time: a Sunday night in spring or autumn."""
    day, month = stamp.astype("datetime64[D]"), stamp.astype("datetime64[M]").astype(int) % 12 + 1
    hour = int((stamp - day).astype("timedelta64[h]").astype(int))
    sunday = (int(day.astype(int)) + 3) % 7 == 6
    return bool(sunday and hour <= 3 and month in ((3, 4, 9, 10) if ahead else (3, 4, 10, 11)))


def first_day(cell: str) -> np.datetime64:
    """The first day of a quarter, month, week or half year; NaT for what is none."""
    if found := YEAR_FIRST.fullmatch(cell):
        year, letter, number, day = int(found[1]), found[2].upper(), int(found[3]), found[4]
    elif found := YEAR_LAST.fullmatch(cell):
        letter, number = (found[1] or found[4]).upper(), int(found[2] or found[3])
        year, day = int(found[5]), None
    else:
        return np.datetime64("NaT")
    try:
        if letter == "W":
            return np.datetime64(date.fromisocalendar(year, number, int(day or 1)))
        if day is not None:
            return np.datetime64("NaT")
        return np.datetime64(date(year, (number - 1) * MONTHS[letter] + 1, 1))
    except ValueError:
        return np.datetime64("NaT")


def unit_of_count(cells: pd.Series) -> str:
    """The way of `SINCE_1970` whose size fits every cell; "" where none does."""
    import pandas as pd

    counts = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    for way, per_second in SINCE_1970.items():
        if ((counts >= EARLIEST * per_second) & (counts < LATEST * per_second)).all():
            return way
    return ""


def midnights(cells: pd.Series) -> int:
    """Cells that write midnight as 24:00."""
    return int(cells.str.contains(MIDNIGHT).sum())


def zone_names(cells: pd.Series) -> list[str]:
    """Abbreviations of zones behind the times; empty unless every cell has a known one."""
    names = cells.str.extract(ZONE)[0]
    return sorted(names.unique()) if names.map(ZONES).notna().all() else []


def _counted(counts: pd.Series, per_second: int) -> np.ndarray:
    seconds = counts.to_numpy(np.float64) / per_second
    known = (np.abs(seconds) < LATEST) & np.isfinite(seconds)
    stamps = np.full(len(counts), np.datetime64("NaT"), "datetime64[us]")
    if counts.dtype.kind == "i":
        whole = counts.to_numpy()[known]
        micro = whole // 1_000 if per_second > 10**6 else whole * (10**6 // per_second)
    else:
        micro = np.rint(seconds[known] * 1e6).astype(np.int64)
    stamps[known] = micro.astype("datetime64[us]")
    return stamps
