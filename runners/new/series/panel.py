"""Several series in a file, or several steps ahead, as a benchmark with rolling origins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.core.container import free_memory
from benchmarks.data.core.store import digest
from benchmarks.data.own import panel
from benchmarks.data.own.frames import Frame, as_numbers, shortened, some
from benchmarks.data.own.panel import own_panel, panel_dataset
from benchmarks.data.own.series import in_words, lines_of
from runners.formatting import some as counted
from runners.new.columns import Column, describe_column
from runners.new.data_file import data_file_name
from runners.new.overrules import column as named_column
from runners.new.overrules import listed
from runners.new.request import ColumnRow, Draft, Request, Unclear
from runners.new.series import draft as one_step
from runners.new.series import seasons
from runners.new.series.panel_definition import Decisions, calls, definition, source
from runners.new.series.seasons import Season
from runners.new.series.steps import as_text
from runners.new.series.timestamps import find_times
from runners.new.tables.cells import recognised

NAMED = 6
"""Series that are named one by one."""
FEWEST = 64
"""Origins that have to train."""


def wanted(request: Request) -> bool:
    """Whether a request names several series, a horizon or columns known in advance."""
    return bool(request.overrules.id or request.overrules.horizon or request.overrules.known)


def draft(path: Path, request: Request) -> Draft:
    """The benchmark a table of series becomes, as `series.draft.draft` for one series and step.

    Raises Corrupt and Unclear as that does, naming series, lines and columns.
    """
    frame, told = recognised(lines_of(one_step.read_with_times(path, request)), request)
    decisions = decide(frame, request)
    name, sha = data_file_name(path, request.name), digest(path)
    facts = source(decisions)
    columns = decisions.columns
    made = own_panel(
        name,
        sha,
        time=columns.time,
        target=columns.target,
        step=columns.step,
        history=decisions.history,
        horizon=decisions.horizon,
        train_until=decisions.train_until,
        rows=len(decisions.dataset.y),
    )
    text = definition(decisions, name, sha, facts)
    remarks = [
        f"{shortened(path.name, 60)}: {len(frame.table):,} lines, "
        f"{counted(len(frame.table.columns), 'column', 'columns')}",
        *([f"it is kept as {name}"] if name != path.name else []),
        *frame.remarks,
        *(f"! {shortened(column)}: {text}" for column, text in told.items()),
        *about(decisions),
    ]
    return Draft(text, remarks, made.copies[0], {name: path}, table=table_rows(decisions))


def decide(frame: Frame, request: Request) -> Decisions:
    """Columns, season, window and split. Raises Unclear or Corrupt."""
    overrules = request.overrules
    id = named_column(overrules.id, frame) if overrules.id else ""
    known = [named_column(one, frame) for one in listed(overrules.known)]
    horizon = horizon_of(request)
    only_id = panel.Columns("", "", "", id)
    name, longest = max(panel.each_series(frame, only_id), key=lambda one: len(one[1].table))
    try:
        times = find_times(longest, request)
    except Unclear as error:
        raise Unclear(f"series {shortened(name)} of {id}: {error}" if id else str(error)) from None
    if clash := {times.column, id} & set(known) | ({id} & {times.column}):
        raise Unclear(f"ID and KNOWN: column {some(sorted(clash))} holds times or names of series")
    others = [
        describe_column(frame, name)
        for name in frame.table.columns
        if name not in (times.column, id, *known)
    ]
    if request.target and request.target in (*known, id):
        raise Unclear(
            f"TARGET: {request.target!r} is named in ID or KNOWN too; what is forecast is not known"
        )
    target, why = one_step.choose_target(frame, others, times, request)
    for name in known:
        try:
            as_numbers(frame, name)
        except Corrupt as error:
            raise Unclear(f"KNOWN: {error.reason}; write it in numbers, such as 0 and 1") from None
    also, excluded = further(frame, others, target)
    columns = panel.Columns(
        times.column, target, times.step, id, tuple(also), tuple(known), times.dates, times.clock
    )
    steps = panel.read_steps(frame, columns)
    season, history = window_of(steps, times.step, horizon)
    check_memory(sum(one.count for one in steps), history * (1 + len(columns.numbers)))
    stamps = np.sort(np.concatenate([one.stamps[: one.count][history:] for one in steps]))
    if not len(stamps):
        shortest = min(steps, key=lambda one: one.count)
        raise Unclear(
            f"expected more than {history} steps of a series, received {shortest.count}: too few "
            "to learn from the first and test on the last"
        )
    until = as_text(stamps[round((1 - one_step.TESTED) * (len(stamps) - 1))], times.step)
    dataset = panel_dataset(
        frame, columns=columns, history=history, horizon=horizon, train_until=until
    )
    decisions = Decisions(
        request, frame, times, columns, steps, excluded, why, season, horizon, history, until,
        dataset,
    )  # fmt: skip
    if decisions.train < FEWEST or not decisions.persistence > 0:
        raise Unclear(
            f"expected at least {FEWEST} origins to learn from whose targets change, received "
            f"{decisions.train} before {until}; longer series or a shorter horizon are needed"
        )
    return decisions


def check_memory(origins: int, values: int) -> None:
    """Raise Unclear for windows that would not fit, so many values each."""
    needed, free = 8 * origins * values * one_step.MEMORY, free_memory()
    if needed > free:
        raise Unclear(
            f"{origins:,} windows of {values:,} values would take about {needed / 1e9:.1f} GB of "
            f"memory, and {free / 1e9:.1f} GB are free; average the series over longer steps, or "
            "give a part of them"
        )


def horizon_of(request: Request) -> int:
    """The steps ahead that were asked for; 1 where nothing was said. Raises Unclear."""
    text = request.overrules.horizon or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise Unclear(f"HORIZON: expected a number of steps from 1 to 1000, received {text!r}")
    return int(text)


def further(
    frame: Frame, others: Sequence[Column], target: str
) -> tuple[list[str], dict[str, list[str]]]:
    """Further columns whose past is known, for the windows; and those left out, by reason."""
    also: list[str] = []
    excluded: dict[str, list[str]] = {}
    measured = ~np.isnan(as_numbers(frame, target))
    for one in others:
        if one.name == target:
            continue
        if not one.numeric or one.kind in ("empty", "constant", "identifier"):
            reason = one.remark if one.kind in ("empty", "constant", "identifier") else "no numbers"
        elif (~np.isnan(as_numbers(frame, one.name)))[measured].mean() < one_step.FILLED:
            reason = f"fewer than {one_step.FILLED:.0%} of the lines have a value"
        elif len(also) == one_step.ALSO:
            reason = f"{one_step.ALSO} others come before it"
        else:
            also.append(one.name)
            continue
        excluded.setdefault(reason, []).append(one.name)
    return also, excluded


def window_of(steps: Sequence[panel.Steps], step: str, horizon: int) -> tuple[Season | None, int]:
    """The season of the longest series, and the steps of history: whole seasons, no less than the
    horizon, and no more than a part of the shortest series.
    """
    longest = max(steps, key=lambda one: one.count)
    values = np.where(longest.measured, longest.values[:, 0], np.nan)[: longest.count]
    season = seasons.strongest(values[: round((1 - one_step.TESTED) * len(values))], step)
    room = min(one.count for one in steps) // one_step.PARTS
    length = season.period if season else 1
    aimed = one_step.WINDOW if season else one_step.WINDOW // 2
    history = max(horizon, max(1, min(aimed, room) // length) * length)
    season = season if season and season.period <= history else None
    return season, history


def about(decisions: Decisions) -> list[str]:
    """What was found and decided, with everything that is left out."""
    columns, facts, step = decisions.columns, decisions.dataset.facts, decisions.columns.step
    lines = [decisions.times.remarks[0]]
    if columns.id:
        lines += about_series(decisions)
    gaps = sum(int((~one.measured[: one.count]).sum()) for one in decisions.steps)
    if gaps:
        lines.append(
            f"! {counted(gaps, 'step', 'steps')} without a value of {shortened(columns.target)}: "
            "in windows the last value before stands there, and "
            f"{facts['origins without all targets']:,} origins with one among their targets are "
            "left out"
        )
    if left := sum(one.left for one in decisions.steps):
        lines.append(
            f"! {counted(left, 'step', 'steps')} before every column has had a value left out"
        )
    lines.append(f"target: {shortened(columns.target)} ({decisions.why})")
    if columns.known:
        lines.append(
            f"known in advance: {some(columns.known)}; a forecast needs lines with "
            f"{'it' if len(columns.known) == 1 else 'them'} for {decisions.horizon} steps after "
            "the last value"
        )
    if columns.also:
        lines.append(f"windows also hold {some(columns.also)}")
    lines += [f"left out: {some(names)} ({why})" for why, names in decisions.excluded.items()]
    season = decisions.season
    lines += [
        f"season: {season.period} steps, {season.name} (autocorrelation {season.strength:.2f})"
        if season
        else "season: none found",
        f"origins: {len(decisions.dataset.y):,}, one a step, each with a window of "
        f"{decisions.history} steps and {decisions.horizon} ahead; {decisions.train:,} train, "
        f"{decisions.tests:,} from {decisions.train_until} on test, "
        f"{facts['origins across the split']:,} with targets on both sides do neither",
        f"metric: mae; headline: one network over all series, which predicts quantiles; "
        f"baselines: {', '.join(one.function for one in calls(decisions)[:-1])}",
    ]
    if decisions.tests < one_step.FEW_TESTS:
        lines.append(f"! {decisions.tests} origins to test on are few: scores will be uncertain")
    ends = {one.stamps[one.count - 1] for one in decisions.steps}
    if len(ends) > 1:
        early = sum(one.stamps[one.count - 1] < max(ends) for one in decisions.steps)
        lines.append(
            f"! {counted(early, 'series ends', 'series end')} before the others "
            f"({as_text(min(ends), step)} the earliest, {as_text(max(ends), step)} the latest)"
        )
    return lines


def about_series(decisions: Decisions) -> list[str]:
    """How many series there are, from when to when, and how long."""
    step, steps = decisions.columns.step, decisions.steps
    counts = [one.count for one in steps]
    lines = [f"series: {len(steps)}, told apart by {shortened(decisions.columns.id)}"]
    lines += [
        f"  {shortened(one.name)}: {one.count:,} steps from {as_text(one.stamps[0], step)} to "
        f"{as_text(one.stamps[one.count - 1], step)}"
        for one in steps[:NAMED]
    ]
    if len(steps) > NAMED:
        lines.append(f"  … and {len(steps) - NAMED:,} more")
    if len(set(counts)) > 1:
        lines.append(
            f"! the series have {min(counts):,} to {max(counts):,} steps: longer ones have more "
            "origins, and count for more"
        )
    return lines


def table_rows(decisions: Decisions) -> list[ColumnRow]:
    """How every column was read, in the order of the file."""
    columns, table = decisions.columns, decisions.frame.table
    step = f"one line every {in_words(columns.step)}"
    read = {
        columns.time: ("times", f"written as {columns.dates}, {step}"),
        columns.target: ("TARGET, number", f"it is forecast {decisions.horizon} steps ahead"),
        **({columns.id: ("series", "tells the series apart")} if columns.id else {}),
        **dict.fromkeys(columns.also, ("number", "windows hold it too")),
        **dict.fromkeys(columns.known, ("number", "known in advance")),
        **{name: ("left out", why) for why, all_ in decisions.excluded.items() for name in all_},
    }
    return [
        ColumnRow(name, read[name][0], ", ".join(table[name].iloc[:3]), read[name][1])
        for name in table.columns
        if name in read
    ]
