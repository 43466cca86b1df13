"""A table of one's own as a benchmark: what is said about it, and the file that is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.data import Columns
from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import Frame, read_frame, shortened, some
from benchmarks.data.own.tables import own_table
from runners.new import choices
from runners.new.draft import Asked, Draft, Unclear
from runners.new.tables import suspects, targets
from runners.new.tables.columns import USED, Column, look
from runners.new.tables.definition import Decided, definition
from runners.new.tables.targets import Target
from runners.source_code import Call, Name

NUMBER = re.compile(r"[-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?")
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,79}")
"""Names of files that are kept as they are."""
MOST_NAMED = 6
"""Columns named in one line."""


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
    asked: Asked,
    beside: Mapping[str, Path] | None = None,
    left_out: Mapping[str, str] | None = None,
    said: Sequence[str] = (),
) -> Draft:
    """The benchmark a CSV or Parquet file becomes; `beside` are files to be kept with it.

    `left_out` are columns known to be no inputs, with the reason; `said` is said first. Raises
    Corrupt for a file that is no table, Unclear for one that does not say what it asks.
    """
    frame = read_frame(path)
    check_header(frame)
    name = kept_name(path, asked.name)
    kept = {name: digest(path)} | {one: digest(file) for one, file in (beside or {}).items()}
    written = {"separator": frame.separator, "encoding": frame.encoding}
    usual = {"separator": ("", ","), "encoding": ("", "utf-8")}
    options = {key: v for key, v in written.items() if v not in usual[key]}

    def source(target: Target, rows: int, groups: str) -> Call:
        others = {one: sha for one, sha in kept.items() if one != name}
        return Call(
            "own_table",
            (name, kept[name], Name("COLUMNS")),
            {
                "target": target.name,
                "rows": rows,
                **({"classes": target.classes} if target.classes else {}),
                **({"groups": groups} if groups else {}),
                **({"beside": others} if others else {}),
                **options,
            },
        )

    as_text = f", separated by {frame.separator!r}, {frame.encoding}" if frame.separator else ""
    cells = f"{len(frame.table):,} rows, {len(frame.table.columns):,} columns{as_text}"
    head = [f"{shortened(path.name, 60)}: {cells}", *said]
    if name != path.name:
        head.append(f"it is kept as {name}")
    text, lines = of_frame(frame, asked, Table(name, source), left_out or {})
    empty = own_table(
        name, kept[name], Columns(), target="", rows=1, beside={o: kept[o] for o in beside or {}}
    )
    return Draft(text, [*head, *lines], empty.copies[0], {name: path, **(beside or {})})


def kept_name(path: Path, benchmark: str) -> str:
    """What a file is called in the data folder: as it is, unless its name is not plain."""
    if PLAIN.fullmatch(path.name):
        return path.name
    ends = "".join(part for part in path.suffixes[-2:] if re.fullmatch(r"\.[a-z]{2,7}", part))
    return benchmark.split("/")[1] + ends


def check_header(frame: Frame) -> None:
    """Raise Unclear where the first line of a file is a row already."""
    names = list(frame.table.columns)
    numbers = [name for name in names if NUMBER.fullmatch(name)]
    if frame.separator and len(numbers) > len(names) / 2:
        shown = ", ".join(shortened(name) for name in names[:4])
        raise Unclear(
            f"expected the names of the columns in the first line of {frame.name}, received what "
            f"looks like a row ({shown}, …); put a line with {len(names)} names above it"
        )


def of_frame(
    frame: Frame, asked: Asked, table: Table, left_out: Mapping[str, str]
) -> tuple[str, list[str]]:
    """The definition of a benchmark on a table, and what was found in it, line by line."""
    columns = [one for one in look(frame) if one.name not in left_out]
    target = targets.find(frame, columns, asked)
    measure = choices.measure(target, asked.metric)
    known = suspects.target_rows(frame, target)
    y = suspects.targets(frame, target, known)
    rest = [one for one in columns if one.name != target.name]
    ids = [one for one in rest if one.id_like and one.kind != "identifier"]
    dates = [one for one in rest if one.kind == "date"]
    folds = choices.folds(frame, target, y, dates, ids if table.grouped else [])
    gone = {name: why for name, why in left_out.items() if name in frame.table.columns}
    gone |= {one.name: one.remark for one in rest if one.kind not in USED}
    if folds.groups:
        gone[folds.groups] = "it says whose row it is"
    inputs = [one for one in rest if one.name not in gone]
    leaks = suspects.leaks(frame, inputs, target)
    gone |= {one.name: one.measure for one in leaks if one.recoded}
    inputs = [one for one in inputs if one.name not in gone]
    if not inputs:
        why = "; ".join(f"{shortened(name)}: {reason}" for name, reason in gone.items())
        raise Unclear(
            f"no column is left to predict {shortened(target.name)} from ({why or 'no other'}); "
            "is another sign than comma, semicolon, tab or bar between the cells?"
        )
    groups = None
    if folds.groups:
        groups = np.unique(frame.table[folds.groups], return_inverse=True)[1][known]
    twins = suspects.twins(
        frame.table.loc[known, [one.name for one in inputs]], y, folds.pairs(y, groups)
    )
    decided = Decided(
        name=asked.name,
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
        lessons=lessons(inputs, gone, leaks, twins, frame, len(y)),
    )
    return definition(decided), [
        *about_target(target, len(frame.table) - len(y)),
        *about_columns(inputs, gone),
        *about_suspects(inputs, target, leaks, twins, len(y)),
        *about_time(dates, folds, target),
        *about_choices(decided),
    ]


def width(inputs: Sequence[Column]) -> int:
    """Features that reach a network: numbers with their gaps, parts of dates, indicators."""
    return sum(
        8 if one.kind == "date" else 2 if one.numeric else one.values + bool(one.missing)
        for one in inputs
    )


def about_target(target: Target, without: int) -> list[str]:
    """What is predicted, how it is distributed, and the rows that do not say it."""
    lines = [f"target: {shortened(target.name)}, {target.task} ({target.why})"]
    if target.values is not None:
        low, middle, high = np.quantile(target.values, [0, 0.5, 1])
        lines.append(
            f"  from {low:.4g} to {high:.4g}, median {middle:.4g}, mean {target.values.mean():.4g}"
            f", standard deviation {target.values.std():.4g}"
        )
    else:
        lines.append(f"  {target.shares(5)}")
        alike: dict[str, list[str]] = {}
        for name in target.classes:
            alike.setdefault(name.lower().rstrip(" ."), []).append(name)
        for names in alike.values():
            if len(names) > 1:
                shown = " and ".join(shortened(name) for name in names)
                lines.append(
                    f"! {shown} look like one class in several spellings; if so, write them alike"
                )
    if without:
        lines.append(f"  {without:,} rows without a target are left out")
    return lines


def about_columns(inputs: Sequence[Column], gone: Mapping[str, str]) -> list[str]:
    """What the other columns hold, what is missing, and what is left out."""
    kinds = [
        ("number", "number", "numbers"),
        ("yes/no", "yes or no", "yes or no"),
        ("category", "category", "categories"),
        ("date", "date", "dates"),
    ]
    lines = []
    counted = []
    for kind, one, many in kinds:
        n = sum(column.kind == kind for column in inputs)
        counted += [f"{n} {one if n == 1 else many}"] if n else []
    lines.append(f"inputs: {', '.join(counted)}")
    for column in inputs:
        if column.kind == "category" and column.values > 20:
            lines.append(f"  {shortened(column.name)} has {column.values} categories")
    gaps = sorted((one for one in inputs if one.missing), key=lambda one: -one.missing)
    shown = [f"{shortened(one.name)} {one.missing:,}" for one in gaps[:MOST_NAMED]]
    more = f" and {len(gaps) - MOST_NAMED} more columns" if len(gaps) > MOST_NAMED else ""
    lines += [f"missing: {', '.join(shown)}{more}"] if gaps else []
    reasons: dict[str, list[str]] = {}
    for name, why in gone.items():
        reasons.setdefault(re.sub(r", [\d,]+ different values", "", why), []).append(name)
    for why, names in reasons.items():
        lines.append(f"left out: {some(names)} ({why})")
    return lines


def about_suspects(
    inputs: Sequence[Column],
    target: Target,
    leaks: Sequence[suspects.Suspect],
    twins: suspects.Twins,
    rows: int,
) -> list[str]:
    """What could make a score too good."""
    lines = [
        f"! {shortened(one.name)} alone predicts the target ({one.measure} {one.score:.3f}): is it "
        "known before the target is? If not, take it out of COLUMNS"
        for one in leaks
        if not one.recoded
    ]
    named = [
        name
        for name in suspects.named_like_it(inputs, target)
        if name not in [one.name for one in leaks]
    ]
    lines += [f"! {some(named)}: made from the target, to judge by the name?"] if named else []
    if twins.copies:
        lines.append(
            f"! {twins.copies:,} of the {rows:,} rows are copies of others; about {twins.across:,} "
            "are tested while an equal row trains"
        )
    if twins.conflicting:
        lines.append(f"! {twins.conflicting:,} rows have equals with another target")
    return lines


def about_time(dates: Sequence[Column], folds: choices.Folds, target: Target) -> list[str]:
    """What dates mean for the protocol."""
    if folds.ordered and target.values is not None:
        return [
            "  to predict the next value from those before it, which are no inputs here, say "
            "TASK=forecast"
        ]
    if not dates or folds.ordered:
        return []
    return [
        f"! {some([one.name for one in dates])}: the rows do not come in this order, so folds are "
        "drawn at random; sort the file by time to be judged on later rows than those learnt from"
    ]


def about_choices(decided: Decided) -> list[str]:
    """Protocol, metric and network, with the reasons."""
    metric = decided.measure.metric
    return [
        f"protocol: {decided.protocol.title} ({decided.folds.why})",
        f"metric: {metric.name} ({decided.measure.why})",
        f"headline: a perceptron of 64 and 64 units, {decided.training.epochs} epochs; floors and "
        f"yardsticks: {', '.join(decided.references)}",
    ]


def lessons(
    inputs: Sequence[Column],
    gone: Mapping[str, str],
    leaks: Sequence[suspects.Suspect],
    twins: suspects.Twins,
    frame: Frame,
    rows: int,
) -> str:
    """What is known before anything is trained, for the reader of the page."""
    parts = []
    if gone:
        names = [f"{shortened(name)} ({why})" for name, why in list(gone.items())[:MOST_NAMED]]
        more = f" and {len(gone) - MOST_NAMED} more columns" if len(gone) > MOST_NAMED else ""
        parts.append(f"Left out: {'; '.join(names)}{more}.")
    gaps = [one for one in inputs if one.missing]
    if gaps:
        parts.append(
            f"{len(gaps)} of {len(inputs)} columns have gaps: in numbers the median of the "
            "training rows stands for them, with a mark beside it; in categories they are one more."
        )
    if rows < len(frame.table):
        parts.append(f"{len(frame.table) - rows:,} rows without a target are left out.")
    for one in leaks:
        if not one.recoded:
            parts.append(
                f"{shortened(one.name)} alone predicts the target ({one.measure} {one.score:.3f}): "
                "if it is known only afterwards, every score here is too good."
            )
    if twins.copies:
        parts.append(
            f"{twins.copies:,} of the {rows:,} rows are copies of others, and about "
            f"{twins.across:,} are tested while an equal row trains."
        )
    return " ".join(parts) or "Nothing is known yet beyond the scores."
