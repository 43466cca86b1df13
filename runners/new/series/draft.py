"""A series with a column of times as a benchmark: what is found in it, and made of it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.core.container import free_memory
from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import Frame, as_numbers, read_frame, shortened, some
from benchmarks.data.own.numerals import is_number
from benchmarks.data.own.series import in_words, lines_of, own_series, series_dataset, steps_of
from runners.formatting import four_digits
from runners.formatting import some as counted
from runners.new import choices
from runners.new.columns import Column, describe_column, known_cells
from runners.new.data_file import data_file_name
from runners.new.request import ColumnRow, Draft, Request, Unclear
from runners.new.series import seasons
from runners.new.series.definition import Decisions, definition, references
from runners.new.series.steps import as_text
from runners.new.series.timestamps import TimeColumn, find_times, has_times
from runners.new.tables.cells import recognised
from runners.new.targets import NAMED, Target

VALUE_NAMES = frozenset({*NAMED, "value", "values", "sales", "demand", "load", "close", "count"})
"""What a series to be forecast is called, in lower case."""
LEAST = 30
"""Steps a series needs: some windows to learn from, and a handful to test on."""
FEW_TESTS = 20
"""Test targets below which scores are uncertain, with a remark."""
TESTED = 0.2
"""Share of the targets that tests, the latest."""
WINDOW = 48
"""Steps of history aimed at, in whole seasons."""
PARTS = 4
"""A window takes at most such a part of the series."""
ALSO = 8
"""Further columns that windows hold at most."""
FILLED = 0.8
"""Share of lines in which a further column needs a value."""
EARLY = 0.05
"""Share of the steps until which a further column must have begun."""
MOST_ABOVE = 40
"""Lines above a header that are tried."""
MEMORY = 6
"""Copies of all windows that are in memory while networks are trained, about."""


def draft(path: Path, request: Request) -> Draft:
    """The benchmark a table with a column of times becomes: its target, one step ahead.

    Raises Corrupt for a file that is no table, Unclear where times or target cannot be told and
    for a series that is constant or too short, naming lines and columns.
    """
    if request.task not in ("", "forecast"):
        raise Unclear(f"a series is forecast: expected TASK=forecast, received {request.task!r}")
    frame, told = recognised(lines_of(read_with_times(path, request)), request)
    time_column = find_times(frame, request)
    columns = [
        describe_column(frame, name) for name in frame.table.columns if name != time_column.column
    ]
    target, why = choose_target(frame, columns, time_column, request)
    also, excluded = further_columns(frame, columns, time_column, target)
    decisions = decide(path, request, frame, time_column, target, also)
    measure = choose_measure(decisions)
    name, sha = decisions.name, decisions.sha256
    text = definition(decisions, measure)
    made = own_series(
        name,
        sha,
        time=time_column.column,
        target=target,
        step=time_column.step,
        history=decisions.history,
        train_until=decisions.train_until,
        rows=decisions.rows,
    )
    remarks = [
        f"{shortened(path.name, 60)}: {len(frame.table):,} lines, "
        f"{counted(len(frame.table.columns), 'column', 'columns')}",
        *([f"it is kept as {name}"] if name != path.name else []),
        *frame.remarks,
        *(f"! {shortened(column)}: {text}" for column, text in told.items()),
        *time_column.remarks,
        *about_target(decisions, why),
        *([f"windows also hold {some(also)}"] if also else []),
        *(f"left out: {some(names)} ({why})" for why, names in excluded.items()),
        *about_choices(decisions, measure),
    ]
    rows = table_rows(decisions, excluded)
    return Draft(text, remarks, made.copies[0], {name: path}, table=rows)


def read_with_times(path: Path, request: Request) -> Frame:
    """The table in a file, read from the line that names a column of times.

    Lines above it may look like a table of their own, such as a station's name and place.
    """
    choices = request.overrules.choices()
    frame = read_frame(path, **choices)
    if has_times(frame) or "header" in choices or not frame.separator:
        return frame
    for skip in range(1, MOST_ABOVE):
        try:
            below = read_frame(path, **{**choices, "header": True, "skip": skip})
        except Corrupt:
            continue
        # Numbers are no names: a line of values would take the name from a column of numbers.
        if has_times(below) and not any(map(is_number, below.table.columns)):
            note = f"{counted(skip, 'line', 'lines')} above the header passed over"
            return replace(below, remarks=(*below.remarks, note))
    return frame


def table_rows(decisions: Decisions, excluded: dict[str, list[str]]) -> list[ColumnRow]:
    """How every column was read, in the order of the file."""
    times, table = decisions.time_column, decisions.frame.table
    step = f"one line every {in_words(times.step)}"
    read = {
        times.column: ("times", f"written as {times.dates}, {step}"),
        decisions.target: ("TARGET, number", "it is forecast one step ahead"),
        **dict.fromkeys(decisions.also, ("number", "windows hold it too")),
        **{name: ("left out", why) for why, names in excluded.items() for name in names},
    }
    return [
        ColumnRow(name, read[name][0], ", ".join(table[name].iloc[:3]), read[name][1])
        for name in table.columns
        if name in read
    ]


def choose_target(
    frame: Frame, columns: Sequence[Column], time_column: TimeColumn, request: Request
) -> tuple[str, str]:
    """The column to be forecast and how it came to be this one. Raises Unclear."""
    numeric = [one.name for one in columns if one.numeric and one.kind not in ("empty", "constant")]
    if request.target:
        if request.target not in frame.table.columns:
            near = difflib.get_close_matches(request.target, list(frame.table.columns), 3, 0.4)
            raise Unclear(
                f"TARGET: no column of {frame.name} is called {request.target!r}; perhaps "
                f"{some(near or list(frame.table.columns))}?"
            )
        if request.target == time_column.column:
            raise Unclear(f"TARGET: column {request.target!r} holds the times of the series")
        check_forecastable(frame, next(one for one in columns if one.name == request.target))
        return request.target, "as asked"
    if not numeric:
        for one in columns:
            check_forecastable(frame, one)
        raise Unclear(f"expected a column of numbers beside the times in {frame.name}, found none")
    if len(numeric) == 1:
        return numeric[0], "the only column of numbers"
    called = [name for name in numeric if name.lower() in VALUE_NAMES]
    if len(called) == 1:
        return called[0], "called so"
    return request.choice(f"Which column of {frame.name} is to be forecast?", numeric, "TARGET"), (
        "as asked"
    )


def check_forecastable(frame: Frame, one: Column) -> None:
    """Raise Unclear for a column that cannot be forecast."""
    if one.kind == "empty":
        raise Unclear(f"column {shortened(one.name)} of {frame.name} has no value in any line")
    if one.numeric and one.values > 1:
        return
    if one.values == 1:
        cell = shortened(known_cells(frame, one.name).iloc[0])
        raise Unclear(
            f"column {shortened(one.name)} of {frame.name} has the value {cell} in every line: "
            "there is nothing to forecast"
        )
    try:
        as_numbers(frame, one.name)
    except Corrupt as error:
        raise Unclear(f"{error.reason}; a series to be forecast holds numbers") from None


def further_columns(
    frame: Frame, columns: Sequence[Column], time_column: TimeColumn, target: str
) -> tuple[list[str], dict[str, list[str]]]:
    """Further columns whose past is known, for the windows; and those left out, by reason."""
    places, _ = steps_of(time_column.stamps, time_column.step)
    also: list[str] = []
    excluded: dict[str, list[str]] = {}
    for one in columns:
        if one.name == target:
            continue
        if not one.numeric or one.kind in ("empty", "constant", "identifier"):
            reason = one.remark if one.kind in ("empty", "constant", "identifier") else "no numbers"
        else:
            there = ~np.isnan(as_numbers(frame, one.name))
            if there.mean() < FILLED:
                reason = f"fewer than {FILLED:.0%} of the lines have a value"
            elif places[there].min() > EARLY * places.max():
                reason = "it begins later"
            elif len(also) == ALSO:
                reason = f"{ALSO} others come before it"
            else:
                also.append(one.name)
                continue
        excluded.setdefault(reason, []).append(one.name)
    return also, excluded


def decide(
    path: Path,
    request: Request,
    frame: Frame,
    time_column: TimeColumn,
    target: str,
    also: list[str],
) -> Decisions:
    """Season, window and split. Raises Unclear for too short a series or too long windows."""
    values = as_numbers(frame, target)
    places, _ = steps_of(time_column.stamps, time_column.step)
    if time_column.steps < LEAST or np.isfinite(values).sum() < LEAST:
        raise Unclear(
            f"expected at least {LEAST} values of {shortened(target)}, received "
            f"{int(np.isfinite(values).sum())}: too few to learn from the first and test on the "
            "last; a longer series is needed"
        )
    series = np.full(time_column.steps, np.nan)
    series[places] = values
    season = seasons.strongest(series[: round((1 - TESTED) * len(series))], time_column.step)
    room = time_column.steps // PARTS
    length = season.period if season else 1
    history = max(1, min(WINDOW if season else WINDOW // 2, room) // length) * length
    needed = 8 * time_column.steps * history * (1 + len(also)) * MEMORY
    free = free_memory()
    if needed > free:
        raise Unclear(
            f"{time_column.steps:,} windows of {history} steps would take about {needed / 1e9:.1f} "
            f"GB of memory, and {free / 1e9:.1f} GB are free; average the series over longer "
            "steps, or give a part of it"
        )
    windows = partial(
        series_dataset,
        frame,
        time=time_column.column,
        target=target,
        step=time_column.step,
        history=history,
        also=also,
        dates=time_column.dates,
        clock=time_column.clock,
    )
    whole = windows(train_until=as_text(time_column.stamps.min(), time_column.step))
    # The time of the first target that tests, counted among those that are known.
    known = np.sort(time_column.stamps[np.isfinite(values)])
    until = as_text(known[len(known) - max(1, round(TESTED * len(whole.y)))], time_column.step)
    dataset = windows(train_until=until)
    name = data_file_name(path, request.name)
    decisions = Decisions(
        request,
        name,
        digest(path),
        frame,
        time_column,
        target,
        also,
        season,
        history,
        until,
        dataset,
    )
    if not 0 < decisions.train < decisions.rows or not decisions.persistence > 0:
        raise Unclear(
            f"column {shortened(target)} of {frame.name} hardly ever changes in its first four "
            "fifths: there is nothing to learn"
        )
    return decisions


def choose_measure(decisions: Decisions) -> choices.Measure:
    """The metric of the forecast."""
    target = Target(decisions.target, "regression", "", values=decisions.dataset.y)
    return choices.of_numbers(target, decisions.request.metric)


def about_target(decisions: Decisions, why: str) -> list[str]:
    """What is forecast and what is missing of it."""
    values = as_numbers(decisions.frame, decisions.target)
    low, middle, high = np.nanquantile(values, [0, 0.5, 1])
    missing = int(np.isnan(values).sum())
    lines = [
        f"target: {shortened(decisions.target)} ({why}), from {four_digits(low)} to "
        f"{four_digits(high)}, median {four_digits(middle)}",
    ]
    gaps = decisions.time_column.steps - len(values) + missing
    if gaps:
        lines.append(
            f"  {counted(gaps, 'step', 'steps')} without a value: no target, and in windows the "
            f"last value before stands there"
        )
    return lines


def about_choices(decisions: Decisions, measure: choices.Measure) -> list[str]:
    """Season, protocol, metric and network, with the reasons."""
    season, tests = decisions.season, decisions.rows - decisions.train
    names = [one.function for one in references(decisions)]
    start = "the change of last season" if decisions.corrected else "the last value"
    lines = [
        f"season: {season.period} steps, {season.name} (autocorrelation {season.strength:.2f})"
        if season
        else "season: none found",
        f"windows: {decisions.rows:,} of {decisions.history} steps; protocol: {decisions.train:,} "
        f"train, {tests:,} from {decisions.train_until} on test",
        f"metric: {measure.metric.name} ({measure.why})",
        f"headline: a GRU of 32 units, {decisions.epochs} epochs, which starts from {start}; "
        f"baselines: {', '.join(names)}",
    ]
    if tests < FEW_TESTS:
        lines.append(f"! {tests} targets to test on are few: scores will be uncertain")
    return lines
