"""A table of one's own as a benchmark: what is found in it, and the definition made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.data import Columns
from benchmarks.data.core.store import digest
from benchmarks.data.own import numerals
from benchmarks.data.own.frames import Frame, read_frame, shortened, some
from benchmarks.data.own.series import lines_of
from benchmarks.data.own.tables import own_table
from runners.new import choices, targets
from runners.new.columns import USED, Column, describe_columns, is_free_text
from runners.new.data_file import data_file_name
from runners.new.request import ColumnRow, Draft, Request, Unclear
from runners.new.tables import dependence, leakage
from runners.new.tables.cells import recognised
from runners.new.tables.definition import Decisions, definition
from runners.new.tables.remarks import (
    about_choices,
    about_columns,
    about_leakage,
    about_neighbours,
    about_shared,
    about_spellings,
    about_target,
    about_time,
    column_rows,
    lessons,
)
from runners.new.targets import FOLDS, Target
from runners.source_code import Call, Name

MOST_NAMED = 100
"""Columns of numbers up to which a definition names each."""


@dataclass(frozen=True)
class Table:
    """Where a table comes from, for the file that is written."""

    title: str
    """Of letters, digits and plain punctuation: "churn.csv"."""
    source: Callable[[Frame, Target, int, str, Sequence[str]], Call]
    """The call that makes the data source, from the table, its target, number of rows, group column
    and the columns it is sorted by."""
    grouped: bool = True
    """Whether the source can keep rows of one group together, and sort rows."""


def draft(
    path: Path,
    request: Request,
    beside: Mapping[str, Path] | None = None,
    exclude: Mapping[str, str] | None = None,
    remarks: Sequence[str] = (),
) -> Draft:
    """The benchmark a file with a table becomes; `beside` are files to be kept with it.

    `exclude` are columns known to be no inputs, with the reason; `remarks` come first. Raises
    Corrupt for a file that is no table, Unclear for one that does not say what it asks.
    """
    frame, told = recognised(lines_of(read_frame(path, **request.overrules.choices())), request)
    name = data_file_name(path, request.name)
    digests = {name: digest(path)} | {one: digest(file) for one, file in (beside or {}).items()}

    def source(frame: Frame, target: Target, rows: int, groups: str, order: Sequence[str]) -> Call:
        others = {one: sha for one, sha in digests.items() if one != name}
        return Call(
            "own_table",
            (name, digests[name], Name("COLUMNS")),
            {
                "target": target.name,
                "rows": rows,
                **({"classes": target.classes} if target.classes else {}),
                **({"groups": groups} if groups else {}),
                **({"order": list(order)} if order else {}),
                **({"beside": others} if others else {}),
                **frame.reading.to_definition(),
            },
        )

    sign = "blanks" if frame.separator == " " else repr(frame.separator)
    as_text = f", separated by {sign}, {frame.encoding}" if frame.separator else ""
    cells = f"{len(frame.table):,} rows, {len(frame.table.columns):,} columns{as_text}"
    head = [f"{shortened(path.name, 60)}: {cells}", *about_file(frame), *remarks]
    if name != path.name:
        head.append(f"it is kept as {name}")
    text, lines, rows = draft_of_frame(frame, request, Table(name, source), exclude or {}, told)
    empty = own_table(
        name,
        digests[name],
        Columns(),
        target="",
        rows=1,
        beside={o: digests[o] for o in beside or {}},
    )
    return Draft(text, [*head, *lines], empty.copies[0], {name: path, **(beside or {})}, rows)


def about_file(frame: Frame) -> list[str]:
    """How the file is written, where that is not plain."""
    lines = [one if one.startswith("! ") else f"  {one}" for one in frame.remarks]
    signs = frame.signs
    if signs.other and frame.reading.decimal:
        between = numerals.OTHER[frame.reading.decimal]
        why = f" ({signs.why})" if signs.why else ""
        lines.append(
            f"  decimal sign {frame.reading.decimal!r}, {between!r} between thousands{why}"
        )
    return lines


def draft_of_frame(
    frame: Frame,
    request: Request,
    table: Table,
    exclude: Mapping[str, str],
    told: Mapping[str, str] | None = None,
) -> tuple[str, list[str], list[ColumnRow]]:
    """The definition of a benchmark on a table, what was found in it, and how columns were read."""
    overrules = request.overrules
    described = describe_columns(frame, overrules.typed(frame))
    columns = [one for one in described if one.name not in exclude]
    target = targets.find(frame, columns, request)
    rest = [one for one in columns if one.name != target.name]
    order, frame, target = in_time(frame, target, rest, table)
    measure = choices.measure(target, request.metric)
    known = targets.target_rows(frame, target)
    y = leakage.targets(frame, target, known)
    folds = folds_of(frame, target, rest, y, known, order, table, request)
    if order.sorted_by and not folds.ordered:
        order = dependence.InTime(other=order.name)
    excluded = {name: why for name, why in exclude.items() if name in frame.table.columns}
    excluded |= left_out(frame, request, target, rest, known)
    if folds.groups:
        excluded[folds.groups] = "it says whose row it is"
    texts = [one for one in rest if is_free_text(one) and one.name not in excluded]
    inputs = [one for one in rest if one.name not in excluded and one not in texts]
    leaks = leakage.leaks(frame, inputs, target)
    excluded |= {one.name: one.measure for one in leaks if one.same_as_target}
    inputs = [one for one in inputs if one.name not in excluded]
    if not inputs and not texts:
        raise Unclear(nothing_left(target, rest, excluded))
    groups = None
    if folds.groups:
        groups = np.unique(frame.table[folds.groups], return_inverse=True)[1][known]
    duplicates = leakage.duplicate_rows(
        frame.table.loc[known, [one.name for one in (*inputs, *texts)]], y, folds.pairs(y, groups)
    )
    decisions = Decisions(
        name=request.name,
        title=table.title,
        target=target,
        columns=replace(columns_of(inputs, excluded), texts=tuple(one.name for one in texts)),
        source=table.source(frame, target, len(y), folds.groups, order.sorted_by),
        folds=folds,
        measure=measure,
        training=choices.training(len(y), max(1, width(inputs)), len(target.classes), folds),
        width=width(inputs),
        lessons=lessons(inputs, excluded, leaks, duplicates, frame, len(y)),
    )
    summed = dependence.sums(frame, inputs, target, known)
    rows = column_rows(frame, described, target, excluded, folds, told or {})
    return (
        definition(decisions),
        [
            *about_target(frame, target, len(frame.table) - len(y)),
            *about_columns(inputs, excluded),
            *about_texts(texts),
            *about_leakage(inputs, target, leaks, duplicates, len(y)),
            *([f"! {some(summed)} make the target together: are they known before it is? DROP= "
               "leaves them out"] if summed else []),
            *about_time(order, folds, target),
            *about_neighbours(y, target, folds),
            *about_shared(frame, inputs, target, y, folds),
            *about_spellings(frame, inputs),
            *about_choices(decisions),
        ],
        rows,
    )  # fmt: skip


def in_time(
    frame: Frame, target: Target, columns: Sequence[Column], table: Table
) -> tuple[dependence.InTime, Frame, Target]:
    """The order of rows in time, and the table sorted by it where it was not.

    The latest row first is an order too. Rows that come in another one are sorted where neighbours
    in time have like targets: then folds at random would test between what was learnt.
    """
    found = dependence.orders(frame, columns)
    for one in found:
        if one.rising:
            return dependence.InTime(one.name), frame, target
    if not found:
        return dependence.InTime(), frame, target
    first = found[0]
    y = leakage.targets(frame, target, known := targets.target_rows(frame, target))
    places = np.argsort(first.places, kind="stable")
    in_order = y[np.argsort(first.places[known], kind="stable")]
    classes = bool(target.classes)
    close = dependence.alike(in_order, classes) >= dependence.ALIKE
    if not table.grouped or not (first.falling or close):
        return dependence.InTime(other=first.name), frame, target
    lines = None if frame.lines is None else frame.lines[places]
    ordered = replace(frame, table=frame.table.iloc[places].reset_index(drop=True), lines=lines)
    if target.values is not None:
        target = replace(target, values=in_order)
    return dependence.InTime(first.name, first.columns), ordered, target


def folds_of(
    frame: Frame,
    target: Target,
    columns: Sequence[Column],
    y: np.ndarray,
    known: np.ndarray,
    order: dependence.InTime,
    table: Table,
    request: Request,
) -> choices.Folds:
    """The protocol: in order of time, by groups that are asked for or found, or at random."""
    asked = request.overrules.named("groups", frame)
    found = {} if asked is not None else dependence.groups(frame, columns, target, y, known)
    if asked:
        found = {asked[0]: "as asked"}
    if asked and not table.grouped:
        raise Unclear("GROUPS: a data set of the repository has no groups; save it as a file first")
    if asked and frame.table[asked[0]].nunique() < FOLDS:
        raise Unclear(f"GROUPS={asked[0]}: expected at least {FOLDS} groups, one to test a fold")
    codes = {
        name: (np.unique(frame.table[name], return_inverse=True)[1][known], why)
        for name, why in found.items()
    }
    return choices.folds(target, y, "" if asked else order.name, codes if table.grouped else {})


def left_out(
    frame: Frame,
    request: Request,
    target: Target,
    columns: Sequence[Column],
    known: np.ndarray,
) -> dict[str, str]:
    """Columns that are no inputs, with the reason."""
    overrules = request.overrules
    index = overrules.named("index", frame)
    kept = (
        {one.name for one in columns if one.kind == "identifier" and one.numeric}
        if index is not None
        else set()
    )
    found = {
        one.name: one.remark
        for one in columns
        if one.kind not in USED and one.name not in kept and not is_free_text(one)
    }
    rest = [one for one in columns if one.name not in found and not is_free_text(one)]
    found |= dependence.siblings(frame, rest, target, known)
    asked = dict.fromkeys(index or [], "an index, as asked")
    asked |= dict.fromkeys(overrules.named("drop", frame) or [], "as asked")
    for name in asked:
        if name == target.name:
            raise Unclear(f"DROP, INDEX: {shortened(name)} is the target")
    types = overrules.typed(frame)
    return {name: why for name, why in found.items() if name not in types} | asked


def about_texts(texts: Sequence[Column]) -> list[str]:
    """Which columns are read as texts, and that they stay private."""
    if not texts:
        return []
    return [
        f"texts: {some([one.name for one in texts])}, read word by word (DROP= leaves one out)",
        "! texts may be private: none is shown on the page unless portfolio.toml names the "
        "benchmark in samples",
    ]


def nothing_left(target: Target, columns: Sequence[Column], excluded: Mapping[str, str]) -> str:
    """Why there is no input."""
    why = "; ".join(f"{shortened(name)}: {reason}" for name, reason in excluded.items())
    return (
        f"no column is left to predict {shortened(target.name)} from ({why or 'no other'}); "
        "is another sign than comma, semicolon, tab, bar or blanks between the cells?"
    )


def columns_of(inputs: Sequence[Column], excluded: Mapping[str, str]) -> Columns:
    """The inputs as a definition names them: many numbers by their count alone."""
    numbers = [one.name for one in inputs if one.numeric and one.kind not in ("category", "tags")]
    wide = len(numbers) > MOST_NAMED
    return Columns(
        numbers=len(numbers) if wide else tuple(numbers),
        categories={
            one.name: one.values
            for one in inputs
            if one.kind not in ("date", "tags") and one.name not in set(numbers)
        },
        dates=tuple(one.name for one in inputs if one.kind == "date"),
        tags={one.name: one.words for one in inputs if one.kind == "tags"},
        unused=tuple(excluded) if wide else (),
    )


def width(inputs: Sequence[Column]) -> int:
    """Features that reach a network: numbers with their gaps, parts of dates, indicators."""
    return sum(
        8
        if one.kind == "date"
        else 2 * (len(one.words) - 1)
        if one.kind == "tags"
        else 2
        if one.numeric and one.kind != "category"
        else one.values + bool(one.missing)
        for one in inputs
    )
