"""The step between the lines of a series, and the error text for times that stand twice."""

from __future__ import annotations

import numpy as np

from benchmarks.data.own.frames import Frame, shortened
from benchmarks.data.own.series import MICROSECONDS, MOST_GAPS, RESAMPLE
from benchmarks.data.own.times import is_change
from runners.new.request import Unclear

NAMED = 3
"""Columns named in a message."""
PARTS = ("year", "month", "day", "date", "hour", "time")
"""What columns are called that say when together, in lower case."""
HOUR, DAY = MICROSECONDS["hour"], MICROSECONDS["day"]
SHOWN = {"hour": "m", "minute": "m", "second": "s", "millisecond": "ms", "microsecond": "us"}
"""NumPy's letter for what times are shown in, by the unit of the step; days for others."""
SHORTEST_MONTH = 28
"""Days."""
WEEKENDS = 0.1
"""Share of steps over a weekend from which a series without weekends is one of business days."""


def in_parts(frame: Frame) -> str:
    """What to do about columns that hold parts of a time; empty where there are none."""
    parts = [name for name in frame.table.columns if name.lower() in PARTS]
    if len(parts) < 2 or frame.table.duplicated(subset=parts).any():
        return ""
    return f"join {' and '.join(shortened(name) for name in parts)} into one, as 2024-12-31 18:00"


def step_of(frame: Frame, column: str, stamps: np.ndarray) -> str:
    """The time between lines, as `own_series` takes it: the most frequent one.

    Raises Unclear for times that stand twice, and where no step is frequent.
    """
    order = np.argsort(stamps, kind="stable")
    ordered = stamps[order].astype("datetime64[us]").astype(np.int64)
    twice = np.flatnonzero(np.diff(ordered) == 0)
    if len(twice):
        pair = int(order[twice[0]]), int(order[twice[0] + 1])
        raise Unclear(repeated_times(frame, column, stamps, pair, len(twice)))
    if len(stamps) < 3:
        raise Unclear(f"{frame.name} has {len(stamps)} lines, too few to see a step between them")
    days = ordered // DAY
    if len(np.unique(days)) == len(days) and np.median(np.diff(ordered)) > 0.8 * DAY:
        return days_apart(days)
    apart, count = np.unique(np.diff(ordered), return_counts=True)
    usual = int(apart[count.argmax()])
    if count.max() < (1 - MOST_GAPS) * len(ordered):
        raise Unclear(
            f"expected lines at equal steps in {frame.name}; the most frequent step in column "
            f"{shortened(column)}, {usual / 1e6:,.12g} seconds, is that of {count.max():,} of "
            f"{len(ordered):,} lines; {RESAMPLE}"
        )
    units = ("hour", "minute", "second", "millisecond", "microsecond")
    unit = next(one for one in units if usual % MICROSECONDS[one] == 0)
    return several(usual // MICROSECONDS[unit], unit)


def days_apart(days: np.ndarray) -> str:
    """The step of a series with one line a day at most; `days` (n,) are counted from 1970."""
    apart = np.diff(days)
    usual = int(np.bincount(apart).argmax()) if apart.max() < 10_000 else int(np.median(apart))
    dates = days.astype("datetime64[D]")
    if usual == 1:
        weekends = not np.is_busday(dates).all()
        over = (apart == 3).mean() >= WEEKENDS
        return "1 business day" if over and not weekends else "1 day"
    # Months and years are not equally long; steps that are, and not from day to day, are none.
    if usual >= SHORTEST_MONTH and (on_same_day(dates) or (apart % usual).any()):
        for unit, letter, least in (("year", "Y", 365), ("month", "M", SHORTEST_MONTH)):
            units = np.diff(dates.astype(f"datetime64[{letter}]").astype(np.int64))
            if usual >= least and (units > 0).all():
                return several(int(np.bincount(units).argmax()), unit)
    return several(usual // 7, "week") if usual % 7 == 0 else several(usual, "day")


def on_same_day(dates: np.ndarray) -> bool:
    """Whether dates all have one day of the month, or all are the last of theirs."""
    first = dates.astype("datetime64[M]").astype("datetime64[D]")
    next_day = dates + 1
    month_ends = (next_day == next_day.astype("datetime64[M]").astype("datetime64[D]")).all()
    return bool(len(np.unique(dates - first)) == 1 or month_ends)


def several(count: int, unit: str) -> str:
    """`1 hour`, `10 minutes`."""
    return f"{count} {unit}{'s' * (count > 1)}"


def repeated_times(
    frame: Frame, column: str, stamps: np.ndarray, pair: tuple[int, int], count: int
) -> str:
    """The error text for times that stand twice: several series, a change of clocks, or copies."""
    cell = shortened(frame.table[column].iloc[pair[0]])
    problem = (
        f"{cell} in column {shortened(column)} of {frame.name} stands in {frame.where(pair[0])} "
        f"and again in {frame.where(pair[1])} ({count:,} such pairs)"
    )
    if parts := in_parts(frame):
        return f"{problem}; {parts}"
    each = len(stamps) / len(np.unique(stamps))
    if each >= 1.9:
        kinds = [
            shortened(name)
            for name in frame.table.columns
            if name != column and 1 < frame.table[name].nunique() <= each + 0.5
        ]
        which = f", told apart by {' or '.join(kinds[:NAMED])}" if kinds else ""
        column_of = kinds[0].strip("'") if kinds else "COLUMN"
        return (
            f"{problem}: each time stands {each:.0f} times, as if these were several "
            f"series{which}; name the column that tells them apart (ID={column_of}), or give a "
            "file with one of them"
        )
    again = stamps[pair[1]]
    if is_change(again, 0) and np.median(np.diff(np.unique(stamps)).astype(np.int64)) <= HOUR:
        return (
            f"{problem}: an hour that a change from summer time repeats; write the times in UTC, "
            "or with their offset (2024-10-27T02:00+01:00)"
        )
    return f"{problem}; keep one line of each, or their mean"


def as_text(stamp: np.datetime64, step: str) -> str:
    """A time as ISO 8601, without what is below its step."""
    unit = step.split()[-1].removesuffix("s")
    return str(stamp.astype(f"datetime64[{SHOWN.get(unit, 'D')}]"))
