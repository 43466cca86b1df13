"""The column of times of a table: which one it is, and how its times are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.own.dates import DATES
from benchmarks.data.own.frames import Frame, shortened
from benchmarks.data.own.reading import MISSING
from benchmarks.data.own.series import SUMMER, in_words, on_steps, steps_of, times
from benchmarks.data.own.times import (
    CENTURY,
    PERIODS,
    SINCE_1970,
    SPREADSHEET,
    WEEK,
    WEEKS,
    is_change,
    midnights,
    standard_time,
    unit_of_count,
    zone_names,
)
from runners.new.columns import DATED, ID
from runners.new.request import Request, Unclear
from runners.new.series.steps import HOUR, NAMED, as_text, in_parts, step_of

if TYPE_CHECKING:
    import pandas as pd

FURTHER_FORMATS = (
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%Y", "%Y.%m.%d", "%Y/%m", "%m/%Y",
    "%b-%y", "%b %y", "%b-%Y", "%d %b %y", "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S",
    "%d/%m/%y %H:%M", "%m/%d/%y %H:%M", "%Y/%m/%d %H:%M:%S", "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p", "%d-%b-%Y %H:%M",
    "%Y/%m/%d %H:%M:%S.%f", "%d/%m/%Y %H:%M:%S.%f", "%m/%d/%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S.%f",
    "%Y-%j", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y%m%d %H:%M", "%Y%m%d %H:%M:%S", PERIODS,
    "%Y%b", "%Y %b", "%Y-%b", "%Y %B", "%b%Y",
)  # fmt: skip
"""Ways to write a time beside those a table's columns are looked through for."""
DIGITS = {
    4: ("%Y",), 6: ("%Y%m",), 7: ("%Y%j",), 8: ("ISO8601",), 10: ("%Y%m%d%H",),
    12: ("%Y%m%d%H%M",), 14: ("%Y%m%d%H%M%S",),
}  # fmt: skip
"""Ways to write a time in digits alone, by their number."""
TIMED = re.compile(r"time|date|stamp|epoch|unix|utc|^ts$|^t$|datum|zeit", re.IGNORECASE)
"""Names of columns that may hold times in digits alone."""
SPREADSHEET_DAYS = (20_000, 80_000)
"""Days of spreadsheets, from 1954 to 2119."""
PERIOD = re.compile(r"period|month|quarter|week|ym$|yyyymm", re.IGNORECASE)
OFFSET = re.compile(r"\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$")


@dataclass(frozen=True)
class TimeColumn:
    """The column of times of a table, read."""

    column: str
    dates: str
    """How they are written, as a format of pandas' `to_datetime`."""
    stamps: np.ndarray
    """(n,) datetime64[us], in the order of the file."""
    step: str
    """As `own_series` takes it."""
    remarks: list[str] = field(default_factory=list)
    clock: str = ""
    """As `own_series` takes it."""

    @property
    def steps(self) -> int:
        """From the earliest to the latest line, both counted."""
        return int(steps_of(self.stamps, self.step)[0].max()) + 1


def find_times(frame: Frame, request: Request) -> TimeColumn:
    """Find the column of times and the step between lines.

    Of several columns the first whose times all differ counts; of several ways to read it, the
    one with equal steps. Raises Unclear or Corrupt, naming lines, where there is none, where it
    stays open which, for times that stand twice and for steps that are not equal.
    """
    readings = {name: ways for name in frame.table.columns if (ways := readings_of(frame, name))}
    if not readings:
        raise Unclear(no_times(frame))
    single = [name for name in readings if frame.table[name].is_unique]
    column = (single or list(readings))[0]
    chosen = choose_reading(frame, column, readings[column], request)
    remarks = [
        f"time: {shortened(column)}, one line every {in_words(chosen.step)}{chosen.remarks[0]}"
    ]
    if len(single or readings) > 1:
        others = [name for name in (single or readings) if name != column]
        remarks.append(f"  not {', '.join(shortened(name) for name in others[:NAMED])}, also times")
    return replace(chosen, remarks=[*remarks, *about(frame, chosen)])


def has_times(frame: Frame) -> bool:
    """Whether a column can be read as times."""
    return any(readings_of(frame, name) for name in frame.table.columns)


def readings_of(frame: Frame, column: str) -> dict[str, np.ndarray]:
    """Times (n,) of a column by the format they are read in, equal readings only once."""
    cells = frame.table[column]
    some = cells.iloc[:: max(1, len(cells) // 50)]
    if not some.str.contains(r"\d").all():
        return {}
    ways = [*DATES, *FURTHER_FORMATS]
    if "week" in column.lower() and some.str.fullmatch(WEEK).all():
        ways = [WEEKS]
    elif some.str.fullmatch(r"-?[\d.]+(?:[eE][+]?\d+)?").all():
        ways = ways_in_digits(frame, column)
    readings: dict[bytes, str] = {}
    for way in ways:
        try:
            times(replace(frame, table=some.to_frame(), lines=None), column, way)
            read = times(frame, column, way)
        except (Corrupt, ValueError, OverflowError):
            continue
        readings.setdefault(read.tobytes(), way)
        if way == "ISO8601":
            break  # unmistakable
    return {way: np.frombuffer(read, "datetime64[us]") for read, way in readings.items()}


def ways_in_digits(frame: Frame, column: str) -> list[str]:
    """Ways to read a column of digits and dots as times; none where it may as well be numbers.

    31.12.2024 is a date; years, days as 20241231 and counts since 1970 need a name that says so,
    the counts also count in a first column that rises or falls from line to line.
    """
    import pandas as pd

    cells = frame.table[column]
    if cells.str.fullmatch(r"\d{1,4}\.\d{1,2}\.\d{2,4}").all():
        return [*DATES, *FURTHER_FORMATS]
    named = bool(TIMED.search(column) or DATED.search(column))
    widths = set(cells.str.len())
    dated = cells.str.fullmatch(r"(?:1[4-9]|2[01])\d{2,12}").all() and len(widths) == 1
    ways: list[str] = []
    if dated and (named or "year" in column.lower() or PERIOD.search(column)):
        ways += DIGITS.get(widths.pop(), ())
    if named and monotonic(cells) and pd.to_numeric(cells).between(*SPREADSHEET_DAYS).all():
        ways.append(SPREADSHEET)
    if count := unit_of_count(cells):
        first = column == frame.table.columns[0] and not ID.search(column)
        if named or (first and monotonic(cells)):
            ways.append(count)
    return ways


def monotonic(cells: pd.Series) -> bool:
    """Whether numbers rise from line to line, or fall."""
    import pandas as pd

    apart = np.diff(pd.to_numeric(cells).to_numpy(np.float64))
    return bool((apart > 0).all() or (apart < 0).all())


def no_times(frame: Frame) -> str:
    """The error text for a table without times: the likeliest column and its first bad cell."""
    import pandas as pd

    for column in frame.table.columns:
        if not DATED.search(column) and "year" not in column.lower():
            continue
        cells = frame.table[column]
        for way in [*DATES, *FURTHER_FORMATS]:
            read = pd.to_datetime(cells, format=way, errors="coerce", utc=True)
            bad = np.flatnonzero(read.isna().to_numpy())
            if 0 < len(bad) <= len(cells) / 2:
                row = int(bad[0])
                empty = cells.iloc[row].lower() in MISSING
                what = "no time" if empty else shortened(cells.iloc[row])
                return (
                    f"expected a time in every line of column {shortened(column)} of {frame.name}, "
                    f"received {what} in {frame.where(row)} ({len(bad)} such cells); correct the "
                    "cells, or take these lines out"
                )
    hint = in_parts(frame) or "write them as 2024-12-31, or 2024-12-31 18:00"
    columns = ", ".join(shortened(name) for name in list(frame.table.columns)[:10])
    return f"expected a column of times in {frame.name}, found none among {columns}; {hint}"


def choose_reading(
    frame: Frame, column: str, ways: dict[str, np.ndarray], request: Request
) -> TimeColumn:
    """The way to read a column of times: the only one, or of several the one with equal steps."""
    equal: dict[str, TimeColumn] = {}
    problem: Exception | None = None
    for way, stamps in ways.items():
        standard = standard_time(stamps)
        clock, stamps = ("", stamps) if standard is None else (SUMMER, standard)
        try:
            step = step_of(frame, column, stamps)
            on_steps(frame, column, stamps, step)
        except (Corrupt, Unclear) as error:
            problem = problem or error
        else:
            equal[way] = TimeColumn(column, way, stamps, step, [""], clock)
    if not equal:
        assert problem is not None
        raise problem
    if len(equal) > 1:
        # Gaps are made by reading days for months; of two ways one leaves none.
        whole = {way: one for way, one in equal.items() if one.steps == len(one.stamps)}
        equal = whole if len(whole) == 1 else equal
    if len(equal) == 1:
        (chosen,) = equal.values()
        first = chosen.stamps[0].astype("datetime64[D]")
        reading = (
            f", {shortened(frame.table[column].iloc[0])} read as {first}" if len(ways) > 1 else ""
        )
        return replace(chosen, remarks=[reading])
    cell = frame.table[column].iloc[0]
    question = f"Is {shortened(cell)} in column {shortened(column)} of {frame.name}"
    choices = [
        f"{one.stamps[0].astype('datetime64[D]')} ({way}, one line every {in_words(one.step)})"
        for way, one in equal.items()
    ]
    if request.choose is None:
        raise Unclear(f"{question} {' or '.join(choices)}? Write the times as 2024-12-31")
    answer = request.choose(f"{question} …?", choices)
    return dict(zip(choices, equal.values(), strict=True))[answer]


def about(frame: Frame, time_column: TimeColumn) -> list[str]:
    """Remarks on the times: order, gaps, offsets, changes of clocks."""
    stamps, cells = time_column.stamps, frame.table[time_column.column]
    apart = np.diff(stamps).astype(np.int64)
    first, last = (as_text(one, time_column.step) for one in (stamps.min(), stamps.max()))
    gaps = time_column.steps - len(stamps)
    lines = [
        f"  {time_column.steps:,} steps from {first} to {last}, {gaps:,} of them without a line"
    ]
    if (apart < 0).all():
        lines.append("  the latest line comes first; they are put in order when read")
    elif (apart < 0).any():
        row = int(np.flatnonzero(apart < 0)[0]) + 1
        lines.append(
            f"! the lines are not in the order of time ({frame.where(row)} is earlier than the one "
            "before it); they are put in order when read"
        )
    if "%y" in time_column.dates:
        lines.append(f"  years of two digits are {CENTURY} to {CENTURY + 99}")
    if time_column.dates in SINCE_1970:
        lines.append(f"  {shortened(cells.iloc[0])} is read as {time_column.dates}, in UTC")
    if time_column.dates in (PERIODS, WEEKS, SPREADSHEET):
        begin = stamps[0].astype("datetime64[D]")
        lines.append(f"  {shortened(cells.iloc[0])} is read as {begin} ({time_column.dates})")
    if time_column.clock:
        lines.append(
            "! an hour stands twice where clocks are set back: times are local, and read without "
            "the hour of summer time"
        )
    if count := midnights(cells):
        lines.append(f"  24:00 is midnight of the next day ({count:,} times)")
    if zones := zone_names(cells):
        lines.append(f"  {', '.join(zones)}: times are read in UTC")
    elif cells.str.contains(OFFSET).all():
        lines.append("  times have an offset and are read in UTC")
    elif bare := int((~cells.str.contains(OFFSET)).sum()) % len(cells):
        lines.append(f"! {bare:,} times have no offset while others have: all are read in UTC")
    elif time_column.step.endswith(("hour", "hours", "minute", "minutes", "second", "seconds")):
        ordered = np.sort(stamps)
        places = np.flatnonzero(np.diff(ordered).astype(np.int64) > HOUR)
        springs = [one for one in ordered[places] if is_change(one + HOUR, 1)]
        if springs:
            lines.append(
                f"! {len(springs)} gaps on a Sunday night, the first after {springs[0]}, look like "
                "changes to summer time: times in UTC would have none"
            )
    return lines
