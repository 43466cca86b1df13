"""Columns of dates: which way of writing them fits every cell of a table."""

from __future__ import annotations

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.data.own.frames import Frame, shortened

DATES = (
    "ISO8601", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y",
    "%Y.%m.%d", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M",
    "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
    "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d",
    "%d-%m-%y", "%y-%m-%d",
    "%d.%m.%y %H:%M", "%d/%m/%y %H:%M", "%m/%d/%y %H:%M", "%b %Y", "%B %Y", "%Y-%m",
)  # fmt: skip
"""Ways to write a date that are looked for, the unmistakable one first."""
CENTURY = 1930
"""Years of two digits are the hundred that begin with this one."""


def as_dates(frame: Frame, column: str) -> np.ndarray:
    """A column as datetime64[s] (n,), NaT where it is missing.

    Raises Corrupt where no one way of writing dates fits every cell, or two ways do and differ.
    """
    cells = frame.table[column]
    ways = date_formats(frame, column)
    if not ways:
        import pandas as pd

        known = ~frame.missing(column)
        way = frame.reading.dates.get(column, "ISO8601")
        read = pd.to_datetime(cells.where(known), format=way, errors="coerce", utc=True)
        bad = np.flatnonzero(read.isna().to_numpy() & known)
        raise Corrupt(
            f"expected dates in column {column!r} of {frame.name}, all written alike; received "
            f"{shortened(cells.iloc[int(bad[0])])} in {frame.where(int(bad[0]))}"
            if len(bad)
            else f"expected dates in column {column!r} of {frame.name}, received none",
            "write them as 2024-12-31, or 2024-12-31 18:00",
        )
    if len(ways) > 1:
        raise Corrupt(
            f"the dates in column {column!r} of {frame.name} can be read in {len(ways)} ways "
            f"({', '.join(ways)}), the first is {shortened(cells.iloc[0])}",
            "write them as 2024-12-31",
        )
    return _dates(frame, column, ways[0])


def date_formats(frame: Frame, column: str) -> list[str]:
    """The ways of writing dates (pandas' formats) that fit every cell and say different things.

    Only the one that the frame's reading names, where it names one.
    """
    said = frame.reading.dates.get(column)
    found: dict[bytes, str] = {}
    for way in (said,) if said else DATES:
        try:
            read = _dates(frame, column, way)
        except (ValueError, OverflowError):
            continue
        if not np.isnat(read).all():
            found.setdefault(read.tobytes(), way)
        if way == "ISO8601" and found:
            break  # unmistakable
    return list(found.values())


def _dates(frame: Frame, column: str, way: str) -> np.ndarray:
    import pandas as pd

    cells, known = frame.table[column], ~frame.missing(column)
    if way == "ISO8601" and not cells[known].str.contains(r"^\d{4}-?\d{2}", regex=True).all():
        raise ValueError("a number is no date")
    read = pd.to_datetime(cells.where(known), format=way, utc=True)
    dates: np.ndarray = read.dt.tz_localize(None).to_numpy("datetime64[s]")
    if "%y" not in way:
        return dates
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    wanted = (years - CENTURY) % 100 + CENTURY  # pandas begins with 1969
    moved = (wanted - years).astype("timedelta64[Y]")
    months = dates.astype("datetime64[M]")
    shifted: np.ndarray = (months + moved.astype("timedelta64[M]")).astype("datetime64[s]") + (
        dates - months.astype("datetime64[s]")
    )
    return np.where(np.isnat(dates), dates, shifted)
