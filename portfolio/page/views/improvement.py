"""Step 4: the gain of each entry over the one before, and what was searched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.definition import Benchmark
from benchmarks.judging import statistics
from benchmarks.judging.statistics import Comparison
from portfolio.page.figures import Role
from portfolio.page.views.algorithms import EntryView
from portfolio.page.views.recipes import table
from runners import formatting, safe_text
from runners.records.record import Record
from runners.results import gain
from runners.results.access import metric_of, unit_of
from runners.results.types import BenchmarkResult, EntryResult

_COUNTED = re.compile(r"_\d+\b")
"""The number Keras gives a layer; it says how many came before, nothing of the layer."""


@dataclass(frozen=True)
class Rung:
    """An entry in the order of scores, with its gain over the one before."""

    name: str
    role: Role
    text: str
    gain: str
    chance: str
    """Whether the step is more than chance, on the repeats both have; empty where that cannot be
    told: of the first, between entries on other data, of equal scores."""
    headline: bool


def ladder(benchmark: BenchmarkResult, entries: Sequence[EntryView]) -> list[Rung]:
    """Own entries from worst to best, each with its gain over the one above."""
    metric = metric_of(benchmark)
    sign = 1 if metric["direction"] == "max" else -1
    scored = sorted(
        ((entry["score"]["mean"], entry) for entry in entries if entry["score"]),
        key=lambda one: sign * one[0],
    )
    rungs: list[Rung] = []
    for i, (mean, entry) in enumerate(scored):
        step = mean - scored[i - 1][0] if i else None
        gain = formatting.amount(step, metric, signed=True) if step else "none" if i else ""
        rungs.append(
            Rung(
                name=entry["name"],
                role=entry["role"],
                text=entry["mean_text"],
                gain=gain,
                chance=_chance(benchmark, scored[i - 1][1], entry) if step else "",
                headline=entry["headline"],
            )
        )
    return rungs if len(rungs) > 1 else []


def compared(
    benchmark: BenchmarkResult, below: EntryResult, above: EntryResult
) -> Comparison | None:
    """One entry against another on the repeats both have, by the tests of `gain`.

    None between entries on other data, and where a single repeat allows no test.
    """
    pairs = _pairs(benchmark, below, above)
    return gain.compared(*pairs, seeds=unit_of(benchmark) == "seed")[0] if pairs else None


def _pairs(benchmark: BenchmarkResult, below: EntryResult, above: EntryResult) -> list[list[float]]:
    seeds, own = unit_of(benchmark) == "seed", (above["score"], below["score"])
    scores = [dict(zip(s["splits"], s["values"], strict=True)) if s else {} for s in own]
    common = sorted(scores[0].keys() & scores[1].keys())
    pairs = [list(one.values()) if seeds else [one[k] for k in common] for one in scores]
    return [] if above["note"] or below["note"] or not all(pairs) else pairs


def _chance(benchmark: BenchmarkResult, below: EntryResult, above: EntryResult) -> str:
    """Whether one entry's lead over another may be chance: the tests of `gain`, two-sided."""
    if not _pairs(benchmark, below, above):
        return ""
    comparison = compared(benchmark, below, above)
    if comparison is None:
        return "one repeat, no test"
    if comparison.error == 0:
        return "the same in all repeats"
    p = comparison.p_two_sided()
    text = formatting.p_text(p)
    return text if p < statistics.ALPHA else f"may be chance, {text}"


@dataclass(frozen=True)
class Candidate:
    """A recipe among which an entry chose."""

    name: str
    recipe: str
    """Its settings in which it differs from the others."""
    inner: str
    """Mean of its inner score over the repeats."""
    chosen: int
    """Repeats that chose it."""
    test: str
    """Mean score on the test rows of those repeats; "" where none chose it."""


@dataclass(frozen=True)
class Search:
    """What training an entry decided by itself."""

    entry: str
    units: str
    """What its repeats are, many of them."""
    inner: str
    """What the inner score is."""
    candidates: list[Candidate]
    """Most chosen first, also the ones never chosen."""
    texts: list[str]
    """Other remarks, with their counts."""
    tuned: str
    """How a recipe shared by all repeats was chosen."""
    listed: bool
    """Whether the recipes behind `tuned` are on the page: settings of the study that is shown."""

    @property
    def of(self) -> int:
        """Repeats that chose."""
        return sum(one.chosen for one in self.candidates)


def searches(
    benchmark: BenchmarkResult,
    records: Mapping[str, Sequence[Record]],
    definition: Benchmark | None = None,
) -> list[Search]:
    """What training decided by itself, condensed: one element an entry that noted something.

    Records number the candidates in the order of the definition, but keep their recipes sorted
    by name; so candidates are named only where `definition` still has the recorded ones.
    """
    rows = []
    unit = unit_of(benchmark)
    for entry in benchmark["entries"]:
        own = records.get(entry["name"], [])
        notes = [record.get("notes", {}) for record in own]
        remarks = Counter(
            _COUNTED.sub("", f"Trained one {unit} at a time: {note['not_stacked']}")
            for note in notes
            if note.get("not_stacked")
        )
        texts = [
            f"{text}." if times == len(notes) else f"{text} ({times} of {len(notes)})."
            for text, times in remarks.items()
        ]
        tuned = str(entry["values"].get("tuned") or "")
        among = _among(benchmark, entry, own, _candidates(entry, definition))
        if among or texts or tuned:
            study = benchmark["study"]
            listed = study is not None and any(
                tuned.startswith(f"{len(study['trials']) - again} settings")
                for again in [sum(one["again"] for one in study["trials"])]
            )
            inner = _inner(benchmark, entry)
            rows.append(
                Search(entry["name"], formatting.plural(unit), inner, among, texts, tuned, listed)
            )
    return rows


def _inner(benchmark: BenchmarkResult, entry: EntryResult) -> str:
    """What the validation losses of an entry's candidates are; RMSE is printed as their root.

    Networks are judged by cross-entropy or squared error, anything else by a loss of its own.
    """
    candidates = entry["values"].get("candidates")
    if not isinstance(candidates, Mapping) or not all(
        isinstance(one, Mapping) and "batch_size" in one for one in candidates.values()
    ):
        return "validation loss"
    return "cross-entropy" if benchmark["task"] == "classification" else "RMSE"


def _candidates(entry: EntryResult, definition: Benchmark | None) -> list[str]:
    """Names of an entry's candidates in the order they were tried; [] where it is not known."""
    recorded = entry["values"].get("candidates")
    own = definition.entries if definition else ()
    defined = next((e.values.get("candidates") for e in own if e.name == entry["name"]), None)
    if not isinstance(defined, Mapping) or not isinstance(recorded, Mapping):
        return []
    same = defined.keys() == recorded.keys() and all(
        recorded[name].items() <= safe_text.plain(values).items()
        for name, values in defined.items()
    )
    return list(defined) if same else []


def _among(
    benchmark: BenchmarkResult,
    entry: EntryResult,
    records: Sequence[Record],
    names: Sequence[str],
) -> list[Candidate]:
    """The recipes among which the repeats of an entry chose, from recipe to test score."""
    notes = [record.get("notes", {}) for record in records]
    picks = [pick if isinstance(pick := n.get("candidate"), int) else None for n in notes]
    tried = max((len(n.get("validation_losses", ())) for n in notes), default=0)
    known = [pick for pick in picks if pick is not None]
    if not known:
        return []
    metric, rows = metric_of(benchmark), []
    recipes = table(entry["values"])
    for place in range(max(tried, max(known) + 1)):
        name = names[place] if len(names) == tried else f"candidate {place + 1}"
        losses = [
            value
            for note in notes
            if len(note.get("validation_losses", ())) > place
            and (value := formatting.number(note["validation_losses"][place])) is not None
        ]
        root = _inner(benchmark, entry) == "RMSE"
        inner = [value**0.5 if root and value >= 0 else value for value in losses]
        scores = [
            record["scores"][metric["name"]]
            for record, pick in zip(records, picks, strict=True)
            if pick == place and metric["name"] in record["scores"]
        ]
        column = recipes.candidates.index(name) if name in recipes.candidates else None
        recipe = ", ".join(
            f"{term[:1].lower()}{term[1:]} {cells[column]}"
            for term, cells in recipes.differing
            if column is not None and cells[column]
        )
        rows.append(
            Candidate(
                name=name,
                recipe="" if recipe == name else recipe,
                inner=f"{sum(inner) / len(inner):.3g}" if inner else "",
                chosen=known.count(place),
                test=formatting.mean_text(
                    {**entry["score"], "mean": sum(scores) / len(scores)}, metric
                )
                if scores and entry["score"]
                else "",
            )
        )
    return sorted(rows, key=lambda one: -one.chosen)
