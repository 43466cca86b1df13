"""A series of one's own: a table with a column of times, read as windows one step ahead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.core.source import Corrupt, Source
from benchmarks.data.own.frames import Frame, as_numbers, read_frame, shortened
from benchmarks.data.own.reading import DEFINITION_DEFAULTS, Reading
from benchmarks.data.own.source import own_copy, own_source
from benchmarks.data.own.tables import check_columns
from benchmarks.data.own.times import read_times, standard_time
from benchmarks.data.readers.series import carried_forward, one_step
from benchmarks.dataset import Dataset

UNITS = "microsecond|millisecond|second|minute|hour|day|business day|week|month|year"
STEP = re.compile(rf"([1-9]\d{{0,5}}) ({UNITS})s?")
MICROSECONDS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
SUMMER = "summer time"
CALENDAR = {"month": "M", "year": "Y"}
"""Steps that are not always equally long, with NumPy's letter for them."""
MOST_GAPS = 0.5
"""Largest share of steps without a line; a series with more of them has another step."""
RESAMPLE = "bring the series to equal steps first, for example with pandas' resample"


def own_series(
    name: str,
    sha256: str,
    *,
    time: str,
    target: str,
    step: str,
    history: int,
    train_until: str,
    rows: int,
    also: Sequence[str] = (),
    dates: str = "ISO8601",
    clock: str = "",
    title: str = "",
    licence: str = "the owner's",
    **reading: Any,
) -> Source:
    """A table with a column `time`, as `make new` put it into the data folder.

    Each row is a window of `history` steps of the columns `target` and `also`, x float64
    (rows, history, columns), and its target the value of `target` one step later. `step` is the
    time between lines: "10 milliseconds", "10 minutes", "1 hour", "1 day", "1 business day",
    "1 week", "3 months", "1 year". `dates` is how times are written, in the words of pandas'
    `to_datetime`, "seconds since 1970" (milliseconds …), or "year and period" for 2000Q1 and
    2000M01; times with an offset are taken in UTC. `clock="summer time"` says that they are local
    and in order: the hour that summer time adds is taken off. Targets before `train_until`
    (ISO 8601) train, later ones test.

    Lines may come in any order, and empty ones count for nothing. A step without a line or a value
    is no target; in windows the last value before it stands there. Windows begin where every
    column has had a value. `reading` are fields of `Reading`: how the file is written.
    """
    choices = {**DEFINITION_DEFAULTS, **reading}
    Reading(**choices)  # a choice of no such name is an error here, not when it is read
    read = partial(
        _read,
        name,
        choices,
        partial(
            series_dataset,
            time=time,
            target=target,
            step=step,
            history=history,
            train_until=train_until,
            also=tuple(also),
            dates=dates,
            clock=clock,
        ),
    )
    return own_source(
        own_copy(name, {name: sha256}, read),
        rows=rows,
        features=(history, 1 + len(also)),
        title=title or name,
        licence=licence,
        values={
            "target": target,
            "also": list(also),
            "time": time,
            "dates": dates,
            "step": step,
            "history": history,
            "train_until": train_until,
            "separator": "",
            "encoding": "",
            **({"clock": clock} if clock else {}),
            **reading,
        },
    )


def _read(
    name: str, options: Mapping[str, Any], make: partial[Dataset], paths: Mapping[str, Path]
) -> Dataset:
    return make(lines_of(read_frame(paths[name], **options)))


def lines_of(frame: Frame) -> Frame:
    """A table without the rows in which every cell is empty, as spreadsheets leave them behind."""
    filled = (frame.table != "").any(axis=1).to_numpy()
    if not filled.any():
        raise Corrupt(f"{frame.name} has a header and empty lines", "expected values below it")
    lines = None if frame.lines is None else frame.lines[filled]
    return replace(frame, table=frame.table[filled].reset_index(drop=True), lines=lines)


def series_dataset(
    frame: Frame,
    *,
    time: str,
    target: str,
    step: str,
    history: int,
    train_until: str,
    also: Sequence[str] = (),
    dates: str = "ISO8601",
    clock: str = "",
) -> Dataset:
    """Windows of a table as `own_series` describes them.

    Raises Corrupt for a column that is not there, a cell that is no time or no number, a time that
    stands twice or between two steps, each by its line; and for a series with too few steps.
    """
    names = (target, *also)
    values, measured, stamps = steps_read(
        frame, time=time, target=target, step=step, also=also, dates=dates, clock=clock
    )
    later = np.flatnonzero(stamps >= np.datetime64(train_until))
    if not len(later):
        raise Corrupt(f"expected lines from {train_until} on in {frame.name}, to test; found none")
    return one_step(values, history, int(later[0]), names, scored=measured)


def steps_read(
    frame: Frame,
    *,
    time: str,
    target: str,
    step: str,
    also: Sequence[str],
    dates: str,
    clock: str = "",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every step of a table, from where all columns have had a value to its last line.

    Returns the values (steps, columns), the target first, gaps carried forward; whether the target
    was measured (steps,); and the times (steps,), NaT for a step without a line. Raises Corrupt as
    `series_dataset`.
    """
    names = (target, *also)
    check_columns(frame, [time, *names])
    read = times(frame, time, dates)
    if clock == SUMMER:
        standard = standard_time(read)
        read = read if standard is None else standard
    order = np.argsort(read, kind="stable")
    places = on_steps(frame, time, read, step)[order]
    values = np.full((int(places[-1]) + 1, len(names)), np.nan)
    values[places] = np.stack([as_numbers(frame, name) for name in names], axis=1)[order]
    stamps = np.full(len(values), np.datetime64("NaT"), "datetime64[us]")
    stamps[places] = read[order]
    known = ~np.isnan(values)
    first = known.argmax(axis=0)
    for column, name in enumerate(names):
        if not known[:, column].any():
            raise Corrupt(f"column {shortened(name)} of {frame.name} has no value in any row")
        values[first[column] :, column] = carried_forward(values[first[column] :, column])
    begin = int(first.max())
    return values[begin:], known[begin:, 0], stamps[begin:]


def step_after(moment: np.datetime64, step: str) -> np.datetime64:
    """The time one step after a time; of months and years the same day, or the month's last."""
    import pandas as pd

    count, unit = count_and_unit(step)
    if unit == "business day":
        return (pd.Timestamp(moment) + pd.offsets.BusinessDay(count)).to_datetime64()
    ahead: dict[str, Any] = {f"{unit}s": count}
    return (pd.Timestamp(moment) + pd.DateOffset(**ahead)).to_datetime64()


def times(frame: Frame, column: str, dates: str) -> np.ndarray:
    """A column as datetime64[us] (n,), offsets taken off.

    Raises Corrupt for a cell that is no time.
    """
    cells = frame.table[column]
    read = read_times(cells, dates)
    bad = np.flatnonzero(np.isnat(read))
    if len(bad):
        written = "ISO 8601 (2024-12-31 18:00)" if dates == "ISO8601" else dates
        raise Corrupt(
            f"expected times written as {written} in column {shortened(column)} of {frame.name}, "
            f"received {shortened(cells.iloc[int(bad[0])])} in {frame.where(int(bad[0]))}"
            + (f" ({len(bad)} such cells)" if len(bad) > 1 else ""),
            "correct the cells, or take these lines out",
        )
    return read


def on_steps(frame: Frame, column: str, stamps: np.ndarray, step: str) -> np.ndarray:
    """Number of the step of every line, from the earliest; lines in the order of the file.

    Raises Corrupt, by line, for a time between two steps, one that stands twice, and for a series
    most of whose steps have no line.
    """
    places, whole = steps_of(stamps, step)
    between = np.flatnonzero(~whole)
    cells = frame.table[column]
    if len(between):
        row = int(between[0])
        raise Corrupt(
            f"expected one line every {in_words(step)} in {frame.name}, received "
            f"{shortened(cells.iloc[row])} in {frame.where(row)}, which lies between two steps "
            f"({len(between)} such lines)",
            RESAMPLE,
        )
    order = np.argsort(places, kind="stable")
    again = np.flatnonzero(np.diff(places[order]) == 0)
    if len(again):
        one, other = int(order[again[0]]), int(order[again[0] + 1])
        raise Corrupt(
            f"expected one line every {in_words(step)} in {frame.name}, received "
            f"{shortened(cells.iloc[one])} in {frame.where(one)} and "
            f"{shortened(cells.iloc[other])} in {frame.where(other)} ({len(again)} such pairs)",
            "keep one line of each, or their mean",
        )
    if len(places) < (1 - MOST_GAPS) * (places.max() + 1):
        raise Corrupt(
            f"expected one line every {in_words(step)} in {frame.name}, received {len(places):,} "
            f"lines for {places.max() + 1:,} steps",
            RESAMPLE,
        )
    return places


def steps_of(stamps: np.ndarray, step: str) -> tuple[np.ndarray, np.ndarray]:
    """Number of the step each time (n,) falls on, from the earliest, and whether exactly.

    Days are days whatever the time of day. Raises ValueError for a step that is none.
    """
    count, unit = count_and_unit(step)
    if unit == "business day":
        days = stamps.astype("datetime64[D]")
        return np.busday_count(days.min(), days).astype(np.int64), np.is_busday(days)
    if unit in CALENDAR:
        units = stamps.astype(f"datetime64[{CALENDAR[unit]}]").astype(np.int64)
    else:
        count *= MICROSECONDS[unit]
        floor = "datetime64[D]" if count % MICROSECONDS["day"] == 0 else "datetime64[us]"
        units = stamps.astype(floor).astype("datetime64[us]").astype(np.int64)
    places, left = np.divmod(units - units.min(), count)
    return places, left == 0


def count_and_unit(step: str) -> tuple[int, str]:
    """A step as (1, "hour"), (10, "minute"). Raises ValueError for one that is none."""
    found = STEP.fullmatch(step)
    if found is None or (found[2] == "business day" and found[1] != "1"):
        raise ValueError(
            "step: expected a number and a unit, such as '10 milliseconds', '1 hour', '1 day', "
            f"'1 business day', '1 week', '1 month' or '1 year'; received {step!r}"
        )
    return int(found[1]), found[2]


def in_words(step: str) -> str:
    """A step behind "every": "hour", "10 minutes"."""
    return step.removeprefix("1 ")
