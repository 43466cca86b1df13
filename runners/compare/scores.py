"""`python -m runners compare A B`: whether scores moved from A to B, and what else differs.

Repeats both sides have are paired. On fixed rows it is Student's paired t-test, over random
splits and folds the corrected resampled t-test of Nadeau and Bengio (2003); two-sided, with Holm's
correction over all entries tested (`benchmarks.judging.statistics`).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from benchmarks.judging.statistics import ALPHA, holm, paired
from benchmarks.metrics import Unit, as_difference, as_size, in_words
from benchmarks.protocols import same_fact
from benchmarks.registry import UnknownNameError, listed_as
from runners.compare.sources import of_folder, of_ref
from runners.formatting import some
from runners.mlflow.reading import of_experiment
from runners.mlflow.store import shown
from runners.records.provenance import ROUNDING, differing, is_hash, short
from runners.report import Reporter, console, literal
from runners.results.side import Scores, Side


@dataclass(frozen=True)
class Row:
    """One entry of one benchmark, compared."""

    benchmark: str
    entry: str
    metric: Unit
    outcome: str
    """better, worse, same, unclear, not comparable, only in A or only in B; B against A."""
    why: str
    n: int = 0
    """Splits, folds or seeds both have, or of an entry only one side has; of several training seeds
    on a split the mean counts once."""
    a: float | None = None
    """Mean over these repeats, in the metric's unit (accuracies: fractions)."""
    b: float | None = None
    difference: float | None = None
    """B minus A."""
    p: float | None = None
    """Two-sided, after Holm's correction."""


class Change(NamedTuple):
    """Something the two sides were made with that differs."""

    what: str
    a: str
    """As noted of A; "-" where A has no such value."""
    b: str
    """As noted of B; likewise."""
    entries: list[str]
    """Those in which it differs: benchmark and name."""


def read(name: str, runs: Path) -> Side:
    """The scores of a runs folder, else a git ref (or REF:FOLDER), else an MLflow experiment.

    `runs` is where `mlflow.db` lies unless `MLFLOW_TRACKING_URI` is set. Raises UnknownNameError
    when `name` is none of these, or is one without scores.
    """
    side = of_folder(name) or of_ref(name) or of_experiment(name, runs)
    if side is None:
        raise UnknownNameError(
            f"expected a runs folder, a git ref or an MLflow experiment, received {name!r}: there "
            f"is no such folder, no such ref in this repository and no such experiment at "
            f"{shown(runs)}"
        )
    return side


def compare(a: Side, b: Side) -> list[Row]:
    """Compare every entry of either side, in the order of their names."""
    rows = []
    for key in sorted({*a.entries, *b.entries}):
        ours, theirs = a.entries.get(key), b.entries.get(key)
        if ours is not None and theirs is not None:
            rows.append(_row(*key, ours, theirs))
            continue
        only = ours or theirs
        assert only is not None  # one side has it, or it were no key
        scores = only.by_split(only.by_repeat)
        mean, n = _mean(scores), len(scores)
        if ours is not None:
            rows.append(Row(*key, only.metric, "only in A", "", n, a=mean))
        else:
            rows.append(Row(*key, only.metric, "only in B", "", n, b=mean))
    tested = [row for row in rows if row.p is not None]
    adjusted = iter(holm([row.p for row in tested if row.p is not None]))
    return [row if row.p is None else _decided(row, next(adjusted)) for row in rows]


def incomparable(a: Scores, b: Scores) -> str | None:
    """Say why two sets of scores cannot be paired (other data, rows, rules), or None."""
    if a.metric != b.metric:
        return f"{a.metric.name} ({a.metric.unit}) in A, {b.metric.name} ({b.metric.unit}) in B"
    data = a.made_with.get("data"), b.made_with.get("data")
    if None not in data and data[0] != data[1]:
        return f"other data: {short(str(data[0]))} in A, {short(str(data[1]))} in B"
    for name in a.protocol.keys() & b.protocol.keys():
        if not same_fact(name, a.protocol[name], b.protocol[name]):
            return f"protocol: {name}: {a.protocol[name]} in A, {b.protocol[name]} in B"
    common = a.by_repeat.keys() & b.by_repeat.keys()
    if not common:
        return "no repeat that both have"
    moved_rows = [r for r in common if r in a.rows and r in b.rows and a.rows[r] != b.rows[r]]
    if moved_rows:
        return f"other test rows in {len(moved_rows)} of {len(common)} repeats"
    return None


def _row(benchmark: str, entry: str, a: Scores, b: Scores) -> Row:
    """One entry before the correction: `p` is None where there was nothing to test."""
    problem = incomparable(a, b)
    if problem:
        return Row(benchmark, entry, b.metric, "not comparable", problem)
    common = sorted(a.by_repeat.keys() & b.by_repeat.keys())
    before, after = [a.by_repeat[r] for r in common], [b.by_repeat[r] for r in common]
    unpaired = len(a.by_repeat.keys() ^ b.by_repeat.keys())
    mean_a, mean_b = _mean(a.by_split(common)), _mean(b.by_split(common))
    n = len(b.by_split(common))
    row = Row(benchmark, entry, b.metric, "unclear", "", n, mean_a, mean_b, mean_b - mean_a, p=None)
    remark = f"; {unpaired} repeats that one side lacks are left out" if unpaired else ""
    if before == after:
        return replace(row, outcome="same", why=f"to the bit{remark}", p=1.0)
    pairs = zip(before, after, strict=True)
    if all(math.isclose(x, y, rel_tol=ROUNDING) for x, y in pairs):
        return replace(row, outcome="same", why=f"but for rounding{remark}", p=1.0)
    test = paired(b.by_split(common), a.by_split(common), b.overlap)
    if test is None:
        return replace(row, why=f"a single repeat has no spread{remark}")
    if test.error == 0 and len({*before}) + len({*after}) > 2:
        # A rule without chance scores the same in every repeat; else it is the metric's coarseness.
        return replace(
            row, why=f"the difference is the same in all {n} repeats by accident{remark}"
        )
    if test.p_equivalent(b.margin) < ALPHA:
        why = f"within {as_size(b.margin, b.metric)}{remark}"
        return replace(row, outcome="same", why=why, p=test.p_two_sided())
    return replace(row, why=remark.removeprefix("; "), p=test.p_two_sided())


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _decided(row: Row, p: float) -> Row:
    """The row with its corrected p-value; significance comes before equality."""
    if p >= ALPHA or row.difference is None:
        return replace(row, p=p)
    gained = (row.difference > 0) == (row.metric.direction == "max")
    return replace(row, p=p, outcome="better" if gained else "worse")


def differences(a: Side, b: Side) -> list[Change]:
    """What the two sides were made with, where it differs."""
    entries: dict[tuple[str, str, str], list[str]] = {}
    for key in sorted(a.entries.keys() & b.entries.keys()):
        for change in differing(a.entries[key].made_with, b.entries[key].made_with):
            entries.setdefault(change, []).append(" ".join(key))
    return [Change(*change, entries=names) for change, names in entries.items()]


def show(first: str, second: str, runs: Path, *, as_json: bool) -> int:
    """Print the comparison; 1 on a significant loss of B, 2 when nothing could be compared."""
    a, b = read(first, runs), read(second, runs)
    rows, changes = compare(a, b), differences(a, b)
    compared = [row for row in rows if row.difference is not None]
    lost = [row for row in rows if row.outcome == "worse"]
    if as_json:
        print(json.dumps(_plain(a, b, rows, changes), indent=1))
    else:
        _print(a, b, rows, changes, len(compared), len(lost))
    return 1 if lost else 0 if compared else 2


def _plain(a: Side, b: Side, rows: list[Row], changes: list[Change]) -> dict[str, object]:
    sides = {
        name: {"name": side.name, "kind": side.kind, "notes": side.notes}
        for name, side in (("a", a), ("b", b))
    }
    return {
        "schema": 1,
        **sides,
        "alpha": ALPHA,
        "entries": [{**asdict(row), "metric": row.metric._asdict()} for row in rows],
        "differences": [change._asdict() for change in changes],
    }


def _print(
    a: Side, b: Side, rows: list[Row], changes: list[Change], compared: int, lost: int
) -> None:
    out = console()
    say = Reporter(out).say
    for label, side in (("A", a), ("B", b)):
        say(f"{label}: {side.name} ({side.kind}, {len(side.entries)} entries)")
        for note in side.notes:
            say(f"   ! {note}")
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for column in ("benchmark", "entry", "n", "A", "B", "B - A", "p (Holm)", "B is", ""):
        right = column in ("n", "A", "B", "B - A", "p (Holm)")
        table.add_column(column, justify="right" if right else "left", no_wrap=column == "B is")
    shared = {one for one, _ in a.entries} & {one for one, _ in b.entries}
    listed, quiet, absent = [], Counter[tuple[str, str]](), dict[str, Counter[str]]()
    for row in rows:
        name = listed_as(row.benchmark)
        if row.benchmark not in shared:
            absent.setdefault(row.outcome, Counter())[name] += 1
        elif name == row.benchmark or row.outcome in ("better", "worse"):
            listed.append(row)
        else:  # an own task of a collection
            quiet[name, row.outcome] += 1
    for row in listed:
        table.add_row(*(literal(cell) for cell in _cells(row)))
    if listed:
        out.print(table)
    for (name, outcome), n in sorted(quiet.items()):
        say(f"{name}: {n} entries of its tasks {outcome}, not listed")
    for outcome, counts in sorted(absent.items()):
        how_many = some(counts.total(), "entry", "entries")
        say(f"{outcome}, not listed: {how_many} of {_some(list(counts))}")
    say("")
    total = len(a.entries.keys() & b.entries.keys())
    if changes:
        say("What differs:")
    for what, entries in _by_change(changes).items():
        where = "" if len(entries) == total else f"  ({_some(entries)})"
        say(f"  {what}{where}")
    if not changes and compared:
        say("Nothing differs in what they were made with, as far as it was noted.")
    if not compared:
        say("Nothing could be compared.")
    else:
        say(
            f"{compared} entries compared, {lost} significantly worse "
            f"(paired tests, alpha {ALPHA:g} after Holm's correction)."
        )


def _cells(row: Row) -> list[str]:
    def score(value: float | None) -> str:
        return "-" if value is None else in_words(value, row.metric)

    difference = "-"
    if row.difference is not None and row.a is not None:
        difference = as_difference(row.difference, row.metric, row.a)
    p = "-" if row.p is None else f"{row.p:.2g}"
    means = [score(row.a), score(row.b), difference, p, row.outcome, row.why]
    return [row.benchmark, row.entry, str(row.n or "-"), *means]


def _by_change(changes: list[Change]) -> dict[str, list[str]]:
    """Entries by what differs in them, in words; of code only that it differs."""
    entries: dict[str, list[str]] = {}
    for change in changes:
        words = "differs" if is_hash(change.a) else f"{short(change.a)} -> {short(change.b)}"
        entries.setdefault(f"{change.what:<20} {words}", []).extend(change.entries)
    return entries


def _some(entries: list[str]) -> str:
    return ", ".join(entries[:3]) + (f" and {len(entries) - 3} more" if len(entries) > 3 else "")
