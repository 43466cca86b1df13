"""When the values of a table were measured: its column of times, how they are written, the step."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.own.frames import DATES, MISSING, Frame, shortened
from benchmarks.data.own.series import MOST_GAPS, RESAMPLE, in_words, on_steps, steps_of, times
from runners.new.draft import Asked, Unclear
from runners.new.tables.columns import DATED

if TYPE_CHECKING:
    import pandas as pd

MORE = (
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%Y", "%Y.%m.%d", "%Y/%m", "%m/%Y",
    "%b-%y", "%b %y", "%b-%Y", "%d %b %y", "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S",
    "%d/%m/%y %H:%M", "%m/%d/%y %H:%M", "%Y/%m/%d %H:%M:%S", "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p", "%d-%b-%Y %H:%M",
)  # fmt: skip
"""Ways to write a time beside those a table's columns are looked through for."""
PARTS = ("year", "month", "day", "date", "hour", "time")
"""What columns are called that say when together, in lower case."""
OFFSET = re.compile(r"\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$")
HOUR, DAY = 3_600, 86_400
SHORTEST_MONTH = 28
"""Days."""
WEEKENDS = 0.1
"""Share of steps over a weekend from which a series without weekends is one of business days."""
NAMED = 3


@dataclass(frozen=True)
class Clock:
    """The column of times of a table, understood."""

    column: str
    dates: str
    """How they are written, in the words of pandas' `to_datetime`."""
    stamps: np.ndarray
    """(n,) datetime64[s], in the order of the file."""
    step: str
    """As `own_series` takes it."""
    said: list[str] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """From the earliest to the latest line, both counted."""
        return int(steps_of(self.stamps, self.step)[0].max()) + 1


def clock(frame: Frame, asked: Asked) -> Clock:
    """Find the column of times and the step between lines.

    Of several columns the first whose times all differ counts; of several ways to read it, the
    one with equal steps. Raises Unclear or Corrupt, naming lines, where there is none, where it
    stays open which, for times that stand twice and for steps that are not equal.
    """
    found = {name: ways for name in frame.table.columns if (ways := ways_of(frame, name))}
    if not found:
        raise Unclear(no_times(frame))
    single = [name for name in found if frame.table[name].is_unique]
    column = (single or list(found))[0]
    chosen = in_one_way(frame, column, found[column], asked)
    said = [f"time: {shortened(column)}, one line every {in_words(chosen.step)}{chosen.said[0]}"]
    if len(single or found) > 1:
        others = [name for name in (single or found) if name != column]
        said.append(f"  not {', '.join(shortened(name) for name in others[:NAMED])}, also times")
    return replace(chosen, said=[*said, *about(frame, chosen)])


def ways_of(frame: Frame, column: str) -> dict[str, np.ndarray]:
    """Every way a column can be read as times, those that say the same only once."""
    cells = frame.table[column]
    some = cells.iloc[:: max(1, len(cells) // 50)]
    if not some.str.contains(r"\d").all():
        return {}
    if some.str.fullmatch(r"[\d.]+").all() and not digits_are_times(some, column):
        return {}
    years = cells.str.fullmatch(r"1[4-9]\d\d|2[01]\d\d").all()
    found: dict[bytes, str] = {}
    for way in ["%Y"] if years else [*DATES, *MORE]:
        try:
            times(replace(frame, table=some.to_frame(), lines=None), column, way)
            read = times(frame, column, way)
        except (Corrupt, ValueError, OverflowError):
            continue
        found.setdefault(read.tobytes(), way)
        if way == "ISO8601":
            break  # unmistakable
    return {way: np.frombuffer(read, "datetime64[s]") for read, way in found.items()}


def digits_are_times(some: pd.Series, column: str) -> bool:
    """Whether a column of digits and dots may hold times: years or days by name, or 31.12.2024."""
    if some.str.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{2,4}").all():
        return True
    written = some.str.fullmatch(r"(?:1[4-9]|2[01])\d{2}(?:\d{4})?").all()
    return bool(written) and bool(DATED.search(column) or "year" in column.lower())


def no_times(frame: Frame) -> str:
    """What to say of a table without a column of times: the likeliest column and its first slip."""
    for column in frame.table.columns:
        cells = frame.table[column]
        for way in [*DATES, *MORE]:
            if not DATED.search(column) and "year" not in column.lower():
                continue
            import pandas as pd

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
    shown = ", ".join(shortened(name) for name in list(frame.table.columns)[:10])
    return f"expected a column of times in {frame.name}, found none among {shown}; {hint}"


def in_parts(frame: Frame) -> str:
    """What to do about columns that say when only together; empty where there are none."""
    parts = [name for name in frame.table.columns if name.lower() in PARTS]
    if len(parts) < 2 or frame.table.duplicated(subset=parts).any():
        return ""
    return f"join {' and '.join(shortened(name) for name in parts)} into one, as 2024-12-31 18:00"


def in_one_way(frame: Frame, column: str, ways: dict[str, np.ndarray], asked: Asked) -> Clock:
    """The way to read a column of times: the only one, or of several the one with equal steps."""
    equal: dict[str, Clock] = {}
    problem: Exception | None = None
    for way, stamps in ways.items():
        try:
            step = step_of(frame, column, stamps)
            on_steps(frame, column, stamps, step)
        except (Corrupt, Unclear) as error:
            problem = problem or error
        else:
            equal[way] = Clock(column, way, stamps, step, [""])
    cell = frame.table[column].iloc[0]
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
        said = (
            f", {shortened(frame.table[column].iloc[0])} read as {first}" if len(ways) > 1 else ""
        )
        return replace(chosen, said=[said])
    cell = frame.table[column].iloc[0]
    question = f"Is {shortened(cell)} in column {shortened(column)} of {frame.name}"
    choices = [
        f"{one.stamps[0].astype('datetime64[D]')} ({way}, one line every {in_words(one.step)})"
        for way, one in equal.items()
    ]
    if asked.choose is None:
        raise Unclear(f"{question} {' or '.join(choices)}? Write the times as 2024-12-31")
    answer = asked.choose(f"{question} …?", choices)
    return dict(zip(choices, equal.values(), strict=True))[answer]


def step_of(frame: Frame, column: str, stamps: np.ndarray) -> str:
    """The time between lines, as `own_series` takes it: the most frequent one.

    Raises Unclear for times that stand twice, and where no step is frequent.
    """
    order = np.argsort(stamps, kind="stable")
    ordered = stamps[order].astype(np.int64)
    twice = np.flatnonzero(np.diff(ordered) == 0)
    if len(twice):
        pair = int(order[twice[0]]), int(order[twice[0] + 1])
        raise Unclear(stands_twice(frame, column, stamps, pair, len(twice)))
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
            f"{shortened(column)}, {usual:,} seconds, is that of {count.max():,} of "
            f"{len(ordered):,} lines; {RESAMPLE}"
        )
    for unit, seconds in (("hour", HOUR), ("minute", 60), ("second", 1)):
        if usual % seconds == 0:
            return several(usual // seconds, unit)
    raise AssertionError("every step is a number of seconds")


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
    if usual >= SHORTEST_MONTH and (on_one_day(dates) or (apart % usual).any()):
        for unit, letter, least in (("year", "Y", 365), ("month", "M", SHORTEST_MONTH)):
            units = np.diff(dates.astype(f"datetime64[{letter}]").astype(np.int64))
            if usual >= least and (units > 0).all():
                return several(int(np.bincount(units).argmax()), unit)
    return several(usual // 7, "week") if usual % 7 == 0 else several(usual, "day")


def on_one_day(dates: np.ndarray) -> bool:
    """Whether dates all have one day of the month, or all are the last of theirs."""
    first = dates.astype("datetime64[M]").astype("datetime64[D]")
    next_day = dates + 1
    month_ends = (next_day == next_day.astype("datetime64[M]").astype("datetime64[D]")).all()
    return bool(len(np.unique(dates - first)) == 1 or month_ends)


def several(count: int, unit: str) -> str:
    """`1 hour`, `10 minutes`."""
    return f"{count} {unit}{'s' * (count > 1)}"


def stands_twice(
    frame: Frame, column: str, stamps: np.ndarray, pair: tuple[int, int], count: int
) -> str:
    """What to say of times that stand twice: several series, a change of the clock, or copies."""
    cell = shortened(frame.table[column].iloc[pair[0]])
    said = (
        f"{cell} in column {shortened(column)} of {frame.name} stands in {frame.where(pair[0])} "
        f"and again in {frame.where(pair[1])} ({count:,} such pairs)"
    )
    if parts := in_parts(frame):
        return f"{said}; {parts}"
    each = len(stamps) / len(np.unique(stamps))
    if each >= 1.9:
        kinds = [
            shortened(name)
            for name in frame.table.columns
            if name != column and 1 < frame.table[name].nunique() <= each + 0.5
        ]
        which = f", told apart by {' or '.join(kinds[:NAMED])}" if kinds else ""
        return (
            f"{said}: each time stands {each:.0f} times, as if these were several series{which}; "
            "give a file with one of them"
        )
    again = stamps[pair[1]]
    if is_change(again, 0) and np.median(np.diff(np.unique(stamps)).astype(np.int64)) <= HOUR:
        return (
            f"{said}: an hour that a change from summer time repeats; write the times in UTC, or "
            "with their offset (2024-10-27T02:00+01:00)"
        )
    return f"{said}; keep one line of each, or their mean"


def is_change(stamp: np.datetime64, ahead: int) -> bool:
    """Whether clocks may have changed at this local time: a Sunday night in spring or autumn."""
    day, month = stamp.astype("datetime64[D]"), stamp.astype("datetime64[M]").astype(int) % 12 + 1
    hour = int((stamp - day).astype("timedelta64[h]").astype(int))
    sunday = (int(day.astype(int)) + 3) % 7 == 6
    return bool(sunday and hour <= 3 and month in ((3, 4, 9, 10) if ahead else (3, 4, 10, 11)))


def about(frame: Frame, found: Clock) -> list[str]:
    """What a reader should know of the times: order, gaps, offsets, changes of the clock."""
    stamps, cells = found.stamps, frame.table[found.column]
    apart = np.diff(stamps).astype(np.int64)
    first, last = (as_text(one, found.step) for one in (stamps.min(), stamps.max()))
    gaps = found.steps - len(stamps)
    lines = [f"  {found.steps:,} steps from {first} to {last}, {gaps:,} of them without a line"]
    if (apart < 0).all():
        lines.append("  the latest line comes first; they are put in order when read")
    elif (apart < 0).any():
        row = int(np.flatnonzero(apart < 0)[0]) + 1
        lines.append(
            f"! the lines are not in the order of time ({frame.where(row)} is earlier than the one "
            "before it); they are put in order when read"
        )
    offsets = cells.str.contains(OFFSET).all()
    if offsets:
        lines.append("  times have an offset and are read in UTC")
    elif found.step.endswith(("hour", "hours", "minute", "minutes", "second", "seconds")):
        ordered = np.sort(stamps)
        places = np.flatnonzero(np.diff(ordered).astype(np.int64) > HOUR)
        springs = [one for one in ordered[places] if is_change(one + HOUR, 1)]
        if springs:
            lines.append(
                f"! {len(springs)} gaps on a Sunday night, the first after {springs[0]}, look like "
                "changes to summer time: times in UTC would have none"
            )
    return lines


def as_text(stamp: np.datetime64, step: str) -> str:
    """A time as ISO 8601, without what is below its step."""
    below = step.endswith(("hour", "hours", "minute", "minutes"))
    if step.endswith(("second", "seconds")):
        return str(stamp.astype("datetime64[s]"))
    return str(stamp.astype("datetime64[m]" if below else "datetime64[D]"))
