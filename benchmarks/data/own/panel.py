"""Series of one's own, one or several in a file, forecast several steps ahead from every origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.core.source import Corrupt, Source
from benchmarks.data.own.frames import Frame, as_numbers, read_frame, shortened
from benchmarks.data.own.reading import DEFINITION_DEFAULTS, Reading
from benchmarks.data.own.series import SUMMER, lines_of, on_steps, step_after, times
from benchmarks.data.own.source import own_copy, own_source
from benchmarks.data.own.tables import check_columns
from benchmarks.data.own.times import standard_time
from benchmarks.data.readers.series import carried_forward
from benchmarks.dataset import Dataset


@dataclass(frozen=True)
class Columns:
    """What the columns of a file of series are."""

    time: str
    target: str
    step: str
    id: str = ""
    """Tells the series apart; "" for one series."""
    also: tuple[str, ...] = ()
    """Numbers whose past is known."""
    known: tuple[str, ...] = ()
    """Numbers known in advance, as far as the horizon reaches."""
    dates: str = "ISO8601"
    clock: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Those that windows hold, the target first."""
        return (self.target, *self.also, *self.known)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Columns:
        """Those that the values of a data source (`own_panel`) say."""
        return cls(
            time=values["time"],
            target=values["target"],
            step=values["step"],
            id=values["id"],
            also=tuple(values["also"]),
            known=tuple(values["known"]),
            dates=values["dates"],
            clock=values.get("clock", ""),
        )


@dataclass(frozen=True)
class Steps:
    """One series, step by step, from where all columns but the known ones have had a value."""

    name: str
    """Its id; "" for the only one."""
    values: np.ndarray
    """(steps, columns) of `Columns.numbers`, gaps of all but the known columns carried forward."""
    measured: np.ndarray
    """(steps,) whether the target has a value."""
    stamps: np.ndarray
    """(steps,) datetime64[us]."""
    left: int
    """Steps before them, in which a column has not had a value yet."""

    @property
    def count(self) -> int:
        """Steps up to the last one with a target; what follows is known in advance alone."""
        return int(np.flatnonzero(self.measured)[-1]) + 1


def own_panel(
    name: str,
    sha256: str,
    *,
    time: str,
    target: str,
    step: str,
    history: int,
    horizon: int,
    train_until: str,
    rows: int,
    id: str = "",
    also: Sequence[str] = (),
    known: Sequence[str] = (),
    dates: str = "ISO8601",
    clock: str = "",
    title: str = "",
    licence: str = "the owner's",
    **reading: Any,
) -> Source:
    """A table of one or several series, as `make new` put it into the data folder.

    Each row is an origin of one series: a window x (history, channels) up to it, and the next
    `horizon` values of `target` after it, y (horizon, 1). Every step is an origin (rolling
    origins) whose targets all have a value. Channels are the target, the columns `also`, the
    columns `known` moved `horizon` steps back, so that a window ends with what is known of the last
    step ahead, and the number of the series where the column `id` tells several apart. Origins
    whose targets all lie before `train_until` (ISO 8601) train, those whose targets all lie from
    there on test, and those in between are left out. Other arguments as for `own_series`.
    """
    choices = {**DEFINITION_DEFAULTS, **reading}
    Reading(**choices)  # a choice of no such name is an error here, not when it is read
    if not 1 <= horizon <= history:
        raise ValueError(
            f"horizon: expected 1 to {history} steps, the history, received {horizon}: windows end "
            "with what is known in advance"
        )
    columns = Columns(time, target, step, id, tuple(also), tuple(known), dates, clock)
    read = partial(
        _read,
        name,
        choices,
        partial(
            panel_dataset,
            columns=columns,
            history=history,
            horizon=horizon,
            train_until=train_until,
        ),
    )
    return own_source(
        own_copy(name, {name: sha256}, read),
        rows=rows,
        features=(history, len(columns.numbers) + bool(id)),
        title=title or name,
        licence=licence,
        values={
            "target": target,
            "also": list(also),
            "known": list(known),
            "id": id,
            "time": time,
            "dates": dates,
            "step": step,
            "history": history,
            "horizon": horizon,
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


def panel_dataset(
    frame: Frame, *, columns: Columns, history: int, horizon: int, train_until: str
) -> Dataset:
    """Origins of every series of a table as `own_panel` describes them.

    Raises Corrupt as `read_steps`, and for a series too short for one window and its targets.
    """
    series = read_steps(frame, columns)
    until = np.datetime64(train_until)
    x: list[np.ndarray] = []
    y: list[np.ndarray] = []
    first: list[np.datetime64] = []
    last: list[np.datetime64] = []
    unmeasured = 0
    for number, one in enumerate(series):
        if one.count < history + horizon:
            raise Corrupt(
                f"expected at least {history + horizon} steps of each series in {frame.name}, a "
                f"window of {history} and {horizon} ahead; received {one.count}{_of(one, columns)}",
                "take that series out, or shorten the window",
            )
        for origin in range(history, one.count - horizon + 1):
            if not one.measured[origin : origin + horizon].all():
                unmeasured += 1
                continue
            x.append(window(one, origin, history, horizon, columns, number))
            y.append(one.values[origin : origin + horizon, :1])
            first.append(one.stamps[origin])
            last.append(one.stamps[origin + horizon - 1])
    if not x:
        raise Corrupt(
            f"expected {horizon} values in a row behind some window in {frame.name}, found none",
            "shorten the horizon, or fill the gaps",
        )
    begin, end = np.array(first), np.array(last)
    train, test = np.flatnonzero(end < until), np.flatnonzero(begin >= until)
    order = [rows[np.argsort(begin[rows], kind="stable")] for rows in (train, test)]
    rows = np.concatenate(order)
    if not len(test):
        raise Corrupt(f"expected lines from {train_until} on in {frame.name}, to test; found none")
    names = [f"{one}, {horizon} steps later" for one in columns.known]
    return Dataset(
        x=np.stack(x)[rows],
        y=np.stack(y)[rows],
        feature_names=(
            columns.target,
            *columns.also,
            *names,
            *([columns.id] if columns.id else []),
        ),
        train_rows=len(train),
        words={columns.id: tuple(one.name for one in series)} if columns.id else {},
        facts={
            "series": len(series),
            "steps": sum(one.count for one in series),
            "history": history,
            "horizon": horizon,
            "origins without all targets": unmeasured,
            "origins across the split": len(x) - len(rows),
        },
    )


def window(
    one: Steps, origin: int, history: int, horizon: int, columns: Columns, number: int
) -> np.ndarray:
    """The window (history, channels) of a series up to the step `origin`, not included."""
    split = 1 + len(columns.also)
    parts = [one.values[origin - history : origin, :split]]
    if columns.known:
        parts.append(one.values[origin - history + horizon : origin + horizon, split:])
    if columns.id:
        parts.append(np.full((history, 1), float(number)))
    return np.concatenate(parts, axis=1)


def read_steps(frame: Frame, columns: Columns) -> list[Steps]:
    """Every series of a table, in the order of their ids.

    Raises Corrupt for a column that is not there, a line without id, a cell that is no time or no
    number, a time that stands twice in one series or lies between two steps, and for a known column
    without a value, each by its line.
    """
    check_columns(frame, [columns.time, *columns.numbers, *([columns.id] if columns.id else [])])
    return [_steps(part, columns, name) for name, part in each_series(frame, columns)]


def each_series(frame: Frame, columns: Columns) -> Iterator[tuple[str, Frame]]:
    """The lines of each series, by id. Raises Corrupt for a line without one."""
    if not columns.id:
        yield "", frame
        return
    nameless = np.flatnonzero(frame.missing(columns.id))
    if len(nameless):
        raise Corrupt(
            f"expected the name of a series in column {shortened(columns.id)} of every line of "
            f"{frame.name}, received none in {frame.where(int(nameless[0]))} ({len(nameless)} "
            "such lines)",
            "fill in the cells, or take these lines out",
        )
    cells = frame.table[columns.id].to_numpy(str)
    for name in np.unique(cells):
        rows = np.flatnonzero(cells == name)
        lines = rows + 1 if frame.lines is None else frame.lines[rows]
        part = frame.table.iloc[rows].reset_index(drop=True)
        # The decimal sign is that of the whole file, not of one series.
        reading = replace(frame.reading, decimal=frame.reading.decimal or frame.signs.decimal)
        yield str(name), replace(frame, table=part, lines=lines, reading=reading)


def _steps(frame: Frame, columns: Columns, name: str) -> Steps:
    try:
        read = times(frame, columns.time, columns.dates)
        if columns.clock == SUMMER:
            standard = standard_time(read)
            read = read if standard is None else standard
        places = on_steps(frame, columns.time, read, columns.step)
    except Corrupt as error:
        of = f", series {shortened(name)} of {columns.id}" if name else ""
        raise Corrupt(f"{error.reason}{of}", error.remedy) from None
    values = np.full((int(places.max()) + 1, len(columns.numbers)), np.nan)
    values[places] = np.stack([as_numbers(frame, one) for one in columns.numbers], axis=1)
    stamps = np.full(len(values), np.datetime64("NaT"), "datetime64[us]")
    stamps[places] = read
    for place in np.flatnonzero(np.isnat(stamps)):  # a step without a line
        stamps[place] = step_after(stamps[place - 1], columns.step)
    there = ~np.isnan(values)
    split = 1 + len(columns.also)
    for column, one in enumerate(columns.numbers[:split]):
        if not there[:, column].any():
            of = f" of series {shortened(name)}" if name else ""
            raise Corrupt(f"column {shortened(one)} of {frame.name} has no value in any line{of}")
    begin = int(there[:, :split].argmax(axis=0).max())
    found = Steps(name, values[begin:], there[begin:, 0], stamps[begin:], begin)
    found.values[:, :split] = carried_forward(_begun(values[:, :split], begin))
    _check_known(found, columns, frame)
    return found


def _begun(values: np.ndarray, begin: int) -> np.ndarray:
    """Values (steps, columns) from a step on, each column's last value before it in its place."""
    rest = values[begin:].copy()
    for column in np.flatnonzero(np.isnan(rest[0])):
        rest[0, column] = values[:begin, column][~np.isnan(values[:begin, column])][-1]
    return rest


def _check_known(one: Steps, columns: Columns, frame: Frame) -> None:
    """Raise Corrupt for a step up to the last target without a value that is known in advance."""
    for place, name in enumerate(columns.known, start=1 + len(columns.also)):
        missing = np.flatnonzero(np.isnan(one.values[: one.count, place]))
        if len(missing):
            raise Corrupt(
                f"expected a value of {shortened(name)} for every step in {frame.name}, because it "
                f"is known in advance; received none for {one.stamps[missing[0]].astype('M8[s]')}"
                f"{_of(one, columns)} ({len(missing)} such steps)",
                "fill in the cells, add the missing lines, or leave the column out of known",
            )


def _of(one: Steps, columns: Columns) -> str:
    return f" of series {shortened(one.name)} ({columns.id})" if columns.id else ""
