"""What `make new` reports of a table, and the lessons of its definition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.data.own.frames import Frame, distinct, shortened, some
from runners.formatting import four_digits
from runners.new import choices
from runners.new.columns import Column
from runners.new.overrules import same_name
from runners.new.request import ColumnRow
from runners.new.tables import dependence, leakage
from runners.new.tables.definition import Decisions
from runners.new.targets import Target, spellings

MOST_NAMED = 6
"""Columns named in one line."""


def about_target(frame: Frame, target: Target, without: int) -> list[str]:
    """What is predicted, how it is distributed, and how many rows lack it."""
    lines = [f"target: {shortened(target.name)}, {target.task} ({target.why})"]
    if target.values is not None:
        low, middle, high = np.quantile(target.values, [0, 0.5, 1])
        lines.append(
            f"  from {four_digits(low)} to {four_digits(high)}, median {four_digits(middle)}, mean "
            f"{four_digits(target.values.mean())}, standard deviation "
            f"{four_digits(target.values.std())}"
        )
    else:
        lines.append(f"  {target.shares(5)}")
        lines += spellings(target.classes)
    words = odd_gaps(frame, target.name)
    if without:
        advice = (
            ": if that is a class, write another word for it" if words and target.classes else ""
        )
        mark = "! " if words else "  "
        lines.append(f"{mark}{without:,} rows without a target{words} are left out{advice}")
    return lines


def about_columns(inputs: Sequence[Column], excluded: Mapping[str, str]) -> list[str]:
    """What the other columns hold, what is missing, and what is left out."""
    kinds = [
        ("number", "number", "numbers"),
        ("yes/no", "yes or no", "yes or no"),
        ("category", "category", "categories"),
        ("date", "date", "dates"),
        ("tags", "column of several words a cell", "columns of several words a cell"),
    ]
    lines = []
    counts = []
    for kind, one, many in kinds:
        n = sum(column.kind == kind for column in inputs)
        counts += [f"{n} {one if n == 1 else many}"] if n else []
    lines += [f"inputs: {', '.join(counts)}"] if counts else []
    for column in inputs:
        if column.kind == "category" and column.values > 20:
            lines.append(f"  {shortened(column.name)} has {column.values} categories")
    gaps = sorted((one for one in inputs if one.missing), key=lambda one: -one.missing)
    missing = [f"{shortened(one.name)} {one.missing:,}" for one in gaps[:MOST_NAMED]]
    more = f" and {len(gaps) - MOST_NAMED} more columns" if len(gaps) > MOST_NAMED else ""
    lines += [f"missing: {', '.join(missing)}{more}"] if gaps else []
    reasons: dict[str, list[str]] = {}
    for name, why in excluded.items():
        reasons.setdefault(re.sub(r", [\d,]+ different values", "", why), []).append(name)
    for why, names in reasons.items():
        lines.append(f"left out: {some(names)} ({why})")
    return lines


def about_leakage(
    inputs: Sequence[Column],
    target: Target,
    leaks: Sequence[leakage.LeakingColumn],
    duplicates: leakage.DuplicateRows,
    rows: int,
) -> list[str]:
    """What could make a score too good."""
    lines = [
        f"! {shortened(one.name)} alone predicts the target ({one.measure} {one.score:.3f}): is it "
        "known before the target is? If not, take it out of COLUMNS"
        for one in leaks
        if not one.same_as_target
    ]
    like_target = [
        name
        for name in leakage.named_like_target(inputs, target)
        if name not in [one.name for one in leaks]
    ]
    lines += (
        [f"! {some(like_target)}: made from the target, to judge by the name?"]
        if like_target
        else []
    )
    if duplicates.copies:
        lines.append(
            f"! {duplicates.copies:,} of the {rows:,} rows are copies of others; about "
            f"{duplicates.across:,} are tested while an equal row trains"
        )
    if duplicates.conflicting:
        lines.append(f"! {duplicates.conflicting:,} rows have equals with another target")
    return lines


def about_time(order: dependence.InTime, folds: choices.Folds, target: Target) -> list[str]:
    """What times mean for the protocol."""
    lines = []
    if order.sorted_by and folds.ordered:
        lines.append(f"  rows are put in the order of {order.name} when they are read")
    if folds.ordered and target.values is not None:
        lines.append(
            "  to predict the next value from those before it, which are no inputs here, say "
            "TASK=forecast"
        )
    if order.other:
        lines.append(
            f"! {order.other}: the rows do not come in this order, so folds are "
            "drawn at random; sort the file by time to be judged on later rows than those learnt "
            "from"
        )
    return lines


def about_neighbours(y: np.ndarray, target: Target, folds: choices.Folds) -> list[str]:
    """Whether neighbouring rows have like targets though nothing tells why."""
    if folds.ordered or folds.groups or target.values is None or len(y) < 100:
        return []
    close = dependence.alike(y, classes=False)
    steps = np.diff(y)
    if close < 0.5 or (steps >= 0).all() or (steps <= 0).all():
        return []
    return [
        f"! neighbouring rows have like targets (correlation {close:.2f}) and no column says why: "
        "if the rows belong together, name the column that says so, GROUPS=, or add one of dates"
    ]


def about_shared(
    frame: Frame, inputs: Sequence[Column], target: Target, y: np.ndarray, folds: choices.Folds
) -> list[str]:
    """Whether several columns together tell whose row it is, though folds do not know."""
    if folds.groups or folds.ordered:
        return []
    known = ~frame.missing(target.name)
    names, count = leakage.shared_values(frame, inputs, y, known, bool(target.classes))
    if not names:
        return []
    return [
        f"! rows alike in {some(names)} ({count:,} groups) have one target: if they are of one "
        "person or thing, add a column that numbers these and say GROUPS="
    ]


def about_spellings(frame: Frame, inputs: Sequence[Column]) -> list[str]:
    """Values of categories, and names of columns, that differ in case or Unicode form alone."""
    lines = []
    names: dict[str, list[str]] = {}
    for name in frame.table.columns:
        names.setdefault(same_name(name), []).append(name)
    for alike in names.values():
        if len(alike) > 1:
            lines.append(f"! columns {some(alike)} are called alike but for case or Unicode form")
    for one in inputs:
        if one.kind not in ("category", "yes/no") or one.numeric:
            continue
        words: dict[str, list[str]] = {}
        for word in distinct(frame, one.name):
            words.setdefault(same_name(word), []).append(word)
        twice = [alike for alike in words.values() if len(alike) > 1]
        if twice:
            lines.append(
                f"! {shortened(one.name)}: {some(sorted(twice[0]))} differ in case or Unicode form "
                "alone and count as different values; write them alike if they are one"
            )
    return lines


PLAIN_WHY = {
    "number": "every cell is a number",
    "yes/no": "two values",
    "category": "words that recur",
    "date": "dates, year first",
}
"""Why a column is of its kind, where nothing else is to be said."""
READ_AS = {"identifier": "index or key", "constant": "one value", "empty": "nothing"}


def column_rows(
    frame: Frame,
    columns: Sequence[Column],
    target: Target,
    excluded: Mapping[str, str],
    folds: choices.Folds,
    told: Mapping[str, str],
) -> list[ColumnRow]:
    """How each column was read: the table that `make new` ends with."""
    rows = []
    for one in columns:
        known = frame.table[one.name][~frame.missing(one.name)]
        cells = [shortened(str(cell), 14)[1:-1] for cell in known.drop_duplicates().iloc[:3]]
        kind = READ_AS.get(one.kind, one.kind)
        if one.kind == "category":
            kind = f"category of {one.values:,}"
        why = [one.remark or PLAIN_WHY.get(one.kind, ""), told.get(one.name, "")]
        if one.name == target.name:
            kind = f"TARGET, {target.task}"
            why = [target.why, one.remark, told.get(one.name, "")]
        elif one.name == folds.groups:
            kind, why = "groups", [folds.why]
        elif one.name in excluded:
            kind, why = f"left out ({kind})", [excluded[one.name], told.get(one.name, "")]
        elif one.missing:
            why.append(f"{one.missing:,} without a value{odd_gaps(frame, one.name)}")
        rows.append(ColumnRow(one.name, kind, ", ".join(cells), "; ".join(filter(None, why))))
    return rows


def odd_gaps(frame: Frame, name: str) -> str:
    """The words that stand for missing values, where they are not empty cells."""
    words = set(frame.table[name][frame.missing(name)].iloc[:5_000]) - {""}
    return f" ({', '.join(map(shortened, sorted(words)[:3]))})" if words else ""


def about_choices(decisions: Decisions) -> list[str]:
    """Protocol, metric and network, with the reasons."""
    metric = decisions.measure.metric
    return [
        f"protocol: {decisions.protocol.title} ({decisions.folds.why})",
        f"metric: {metric.name} ({decisions.measure.why})",
        about_network(decisions),
    ]


def about_network(decisions: Decisions) -> str:
    """The headline and the baselines."""
    if decisions.columns.texts:
        alone = [f"{one.function} on the other columns" for one in decisions.alone]
        names = [decisions.trivial.function, *alone, "a linear model with the texts"]
        return f"headline: one network over texts and columns; baselines: {', '.join(names)}"
    return (
        f"headline: {network_in_words(decisions.training)}; "
        f"baselines: {', '.join(decisions.references)}"
    )


def network_in_words(training: choices.Training) -> str:
    """The first network: layers, epochs, and how many are averaged."""
    text = f"a perceptron of {training.units} and {training.units} units, {training.epochs} epochs"
    return f"the average of {training.members} times {text}" if training.members > 1 else text


def lessons(
    inputs: Sequence[Column],
    excluded: Mapping[str, str],
    leaks: Sequence[leakage.LeakingColumn],
    duplicates: leakage.DuplicateRows,
    frame: Frame,
    rows: int,
) -> str:
    """The lessons of the definition: what is known before training."""
    parts = []
    if excluded:
        names = [f"{shortened(name)} ({why})" for name, why in list(excluded.items())[:MOST_NAMED]]
        more = (
            f" and {len(excluded) - MOST_NAMED} more columns" if len(excluded) > MOST_NAMED else ""
        )
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
        if not one.same_as_target:
            parts.append(
                f"{shortened(one.name)} alone predicts the target ({one.measure} {one.score:.3f}): "
                "if it is known only afterwards, every score here is too good."
            )
    if duplicates.copies:
        parts.append(
            f"{duplicates.copies:,} of the {rows:,} rows are copies of others, and about "
            f"{duplicates.across:,} are tested while an equal row trains."
        )
    return " ".join(parts) or "Nothing is known yet beyond the scores."
