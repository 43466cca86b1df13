"""A table of one's own as a benchmark: what is found in it, and the definition made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.data import Columns
from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import Frame, read_frame, shortened
from benchmarks.data.own.tables import own_table
from runners.new import choices, targets
from runners.new.columns import USED, Column, describe_columns
from runners.new.data_file import data_file_name, reading
from runners.new.request import Draft, Request, Unclear
from runners.new.tables import leakage
from runners.new.tables.definition import Decisions, definition
from runners.new.tables.remarks import (
    about_choices,
    about_columns,
    about_leakage,
    about_target,
    about_time,
    lessons,
)
from runners.new.targets import Target
from runners.source_code import Call, Name

NUMBER = re.compile(r"[-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Table:
    """Where a table comes from, for the file that is written."""

    title: str
    """Of letters, digits and plain punctuation: "churn.csv"."""
    source: Callable[[Target, int, str], Call]
    """The call that makes the data source, from target, number of rows and group column."""
    grouped: bool = True
    """Whether the source can keep rows of one group together."""


def draft(
    path: Path,
    request: Request,
    beside: Mapping[str, Path] | None = None,
    exclude: Mapping[str, str] | None = None,
    remarks: Sequence[str] = (),
) -> Draft:
    """The benchmark a CSV or Parquet file becomes; `beside` are files to be kept with it.

    `exclude` are columns known to be no inputs, with the reason; `remarks` come first. Raises
    Corrupt for a file that is no table, Unclear for one that does not say what it asks.
    """
    frame = read_frame(path)
    check_header(frame)
    name = data_file_name(path, request.name)
    digests = {name: digest(path)} | {one: digest(file) for one, file in (beside or {}).items()}

    def source(target: Target, rows: int, groups: str) -> Call:
        others = {one: sha for one, sha in digests.items() if one != name}
        return Call(
            "own_table",
            (name, digests[name], Name("COLUMNS")),
            {
                "target": target.name,
                "rows": rows,
                **({"classes": target.classes} if target.classes else {}),
                **({"groups": groups} if groups else {}),
                **({"beside": others} if others else {}),
                **reading(frame),
            },
        )

    as_text = f", separated by {frame.separator!r}, {frame.encoding}" if frame.separator else ""
    cells = f"{len(frame.table):,} rows, {len(frame.table.columns):,} columns{as_text}"
    head = [f"{shortened(path.name, 60)}: {cells}", *remarks]
    if name != path.name:
        head.append(f"it is kept as {name}")
    text, lines = draft_of_frame(frame, request, Table(name, source), exclude or {})
    empty = own_table(
        name,
        digests[name],
        Columns(),
        target="",
        rows=1,
        beside={o: digests[o] for o in beside or {}},
    )
    return Draft(text, [*head, *lines], empty.copies[0], {name: path, **(beside or {})})


def check_header(frame: Frame) -> None:
    """Raise Unclear where the first line of a file is a row already."""
    names = list(frame.table.columns)
    numbers = [name for name in names if NUMBER.fullmatch(name)]
    if frame.separator and len(numbers) > len(names) / 2:
        row = ", ".join(shortened(name) for name in names[:4])
        raise Unclear(
            f"expected the names of the columns in the first line of {frame.name}, received what "
            f"looks like a row ({row}, …); put a line with {len(names)} names above it"
        )


def draft_of_frame(
    frame: Frame, request: Request, table: Table, exclude: Mapping[str, str]
) -> tuple[str, list[str]]:
    """The definition of a benchmark on a table, and what was found in it, line by line."""
    columns = [one for one in describe_columns(frame) if one.name not in exclude]
    target = targets.find(frame, columns, request)
    measure = choices.measure(target, request.metric)
    known = targets.target_rows(frame, target)
    y = leakage.targets(frame, target, known)
    rest = [one for one in columns if one.name != target.name]
    ids = [one for one in rest if one.id_like and one.kind != "identifier"]
    dates = [one for one in rest if one.kind == "date"]
    folds = choices.folds(frame, target, y, dates, ids if table.grouped else [])
    excluded = {name: why for name, why in exclude.items() if name in frame.table.columns}
    excluded |= {one.name: one.remark for one in rest if one.kind not in USED}
    if folds.groups:
        excluded[folds.groups] = "it says whose row it is"
    inputs = [one for one in rest if one.name not in excluded]
    leaks = leakage.leaks(frame, inputs, target)
    excluded |= {one.name: one.measure for one in leaks if one.same_as_target}
    inputs = [one for one in inputs if one.name not in excluded]
    if not inputs:
        why = "; ".join(f"{shortened(name)}: {reason}" for name, reason in excluded.items())
        raise Unclear(
            f"no column is left to predict {shortened(target.name)} from ({why or 'no other'}); "
            "is another sign than comma, semicolon, tab or bar between the cells?"
        )
    groups = None
    if folds.groups:
        groups = np.unique(frame.table[folds.groups], return_inverse=True)[1][known]
    duplicates = leakage.duplicate_rows(
        frame.table.loc[known, [one.name for one in inputs]], y, folds.pairs(y, groups)
    )
    decisions = Decisions(
        name=request.name,
        title=table.title,
        target=target,
        columns=Columns(
            numbers=tuple(one.name for one in inputs if one.numeric),
            categories={
                one.name: one.values for one in inputs if not one.numeric and one.kind != "date"
            },
            dates=tuple(one.name for one in inputs if one.kind == "date"),
        ),
        source=table.source(target, len(y), folds.groups),
        folds=folds,
        measure=measure,
        training=choices.training(len(y), width(inputs), len(target.classes), folds),
        lessons=lessons(inputs, excluded, leaks, duplicates, frame, len(y)),
    )
    return definition(decisions), [
        *about_target(target, len(frame.table) - len(y)),
        *about_columns(inputs, excluded),
        *about_leakage(inputs, target, leaks, duplicates, len(y)),
        *about_time(dates, folds, target),
        *about_choices(decisions),
    ]


def width(inputs: Sequence[Column]) -> int:
    """Features that reach a network: numbers with their gaps, parts of dates, indicators."""
    return sum(
        8 if one.kind == "date" else 2 if one.numeric else one.values + bool(one.missing)
        for one in inputs
    )
