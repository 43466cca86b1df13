"""Results over time: what a headline scored, kept when the records it came from are replaced.

    runs/history/<family>/<benchmark>.jsonl     one result a line, in the order they were noted

A result is a whole generation of a headline: every repeat of its protocol under one recipe.
Training the same recipe again replaces its records, so the result is noted here before and after.
Lines are only ever added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NotRequired

from typing_extensions import TypedDict

from benchmarks.judging import statistics
from benchmarks.repeats import means
from runners import formatting
from runners.records import parsing, provenance
from runners.records.generations import by_recipe, finished, is_headline, one_a_repeat
from runners.records.record import MetricFacts, Moment, Number, Record
from runners.records.store import Runs, write_atomically
from runners.redaction import values_for_others
from runners.results.splits import by_split, wanted

FOLDER = "history"

LARGEST = 1e100
"""Scores beyond it are refused: the axis of a figure could not hold them."""


class Score(TypedDict):
    """The score of a whole generation, in the metric's unit."""

    mean: Number
    std: Number | None
    """With ddof 1; None for a single repeat."""
    ci95: list[Number] | None
    """Student's t interval of the mean; None for a single repeat."""
    n: int
    """Splits, folds or seeds."""


class Result(TypedDict):
    """What a headline scored under one recipe: a line of the history."""

    entry: str
    at: Moment
    """When its last repeat finished."""
    metric: MetricFacts
    score: Score
    recipe: str
    data: NotRequired[str | None]
    """Digest of the data set."""
    protocol: NotRequired[str | None]
    """Its id."""
    versions: NotRequired[dict[str, str] | None]
    """Of Python and the libraries, by name."""
    device: NotRequired[str | None]
    commit: NotRequired[str | None]
    """The git commit, and whether files had changed since; "" outside a repository."""


def of(records: Iterable[Record]) -> Result | None:
    """The result of one generation of an entry; None while repeats of its protocol are missing."""
    repeats = one_a_repeat(records)
    last = max(repeats, key=finished)
    protocol, environment = last["benchmark"]["protocol"], last["environment"]
    if len(repeats) < wanted({**last["entry"], "repeats": 0}, protocol):
        return None
    values = list(means(by_split(repeats, last["benchmark"]["metric"]["name"])).values())
    summary, interval = statistics.summarise(values), statistics.t_interval(values)
    return {
        "entry": last["entry"]["name"],
        "at": last["finished_at"],
        "metric": last["benchmark"]["metric"],
        "score": {
            "mean": summary.mean if summary else values[0],
            "std": summary.deviation if summary else None,
            "ci95": list(interval) if interval else None,
            "n": len(values),
        },
        "recipe": last["recipe"],
        "data": last["data"]["digest"],
        "protocol": protocol["id"],
        "versions": environment["versions"],
        "device": environment["device"],
        "commit": provenance.commit(environment["git"]) or "",
    }


def read(runs: Path, benchmark: str, notes: list[str] | None = None) -> list[Result]:
    """The results of a benchmark in the order they were noted.

    A line that is no result is left out and named in `notes`.
    """
    results = []
    for number, line in enumerate(_content(runs, benchmark).splitlines(), 1):
        try:
            results.append(_result(line))
        except ValueError as error:
            if notes is not None:
                place = f"{FOLDER}/{benchmark}.jsonl, line {number}"
                notes.append(f"{place} is no result ({error}) and was left out")
    return results


def merge(before: Sequence[Result], more: Iterable[Result]) -> list[Result]:
    """The results before and those of `more` that are not among them, each at its time.

    The order of those before is kept, whatever their dates say: a clock may have been set back.
    The same recipe with the same score right after itself is one result.
    """
    results = list(before)
    for result in sorted(more, key=_time):
        if any(_same(result, other) and result["at"] == other["at"] for other in results):
            continue
        later = (i for i, other in enumerate(results) if _time(other) > _time(result))
        place = next(later, len(results))
        own = [other for other in results[:place] if other["entry"] == result["entry"]]
        if not (own and _same(own[-1], result) and _same_score(own[-1]["score"], result["score"])):
            results.insert(place, result)
    return results


def note(runs: Runs, benchmark: str) -> None:
    """Add the results of a benchmark's headlines that its history lacks.

    Called when nothing of the benchmark is training, by the one process that writes records.
    Raises OSError where nothing can be written.
    """
    entries: dict[str, list[Record]] = {}
    for record in runs.read(benchmark):
        if record["entry"]["headline"]:
            entries.setdefault(record["entry"]["name"], []).append(record)
    before = read(runs.root, benchmark)
    new = [result for result in merge(before, _results(entries)) if result not in before]
    if new:
        content = _content(runs.root, benchmark)
        if content and not content.endswith(b"\n"):
            content += b"\n"
        content += b"".join(_line(result) for result in new)
        write_atomically(runs.root / FOLDER / f"{benchmark}.jsonl", content)


def over_time(
    runs: Runs, name: str, entries: Mapping[str, list[Record]], notes: list[str]
) -> list[Result]:
    """Every result of a benchmark's headline, the first one first.

    `entries` are the records of the newest generations: only what is not among them is read.
    Results of a former headline count once the benchmark no longer has it as an entry. A line of
    the noted history that cannot be read is named in `notes`.
    """
    headlines = {entry: list(records) for entry, records in entries.items() if is_headline(records)}
    others = entries.keys() - headlines.keys()
    newest_paths = {
        runs.path(name, entry, record["repeat"], record["fingerprint"])
        for entry, records in entries.items()
        for record in records
    }
    for path in runs.paths(name) if entries else []:
        entry = path.parent.name
        if path not in newest_paths and entry not in others:
            older = runs.load(path)
            if older is not None and older["entry"]["headline"]:
                headlines.setdefault(entry, []).append(older)
    results = merge(read(runs.root, name, notes), _results(headlines))
    return [result for result in results if result["entry"] not in others]


def _results(entries: Mapping[str, list[Record]]) -> list[Result]:
    """The results of all whole generations of these entries."""
    generations = [g for records in entries.values() for g in by_recipe(records).values()]
    return [result for records in generations if (result := of(records))]


def _result(line: bytes) -> Result:
    """A line of the history. Raises ValueError where it is none, or its score cannot be drawn."""
    result = parsing.parse(Result, line)
    score = result["score"]
    interval = score["ci95"] or [score["mean"]] * 2
    if len(interval) != 2 or interval[0] > interval[1]:
        raise ValueError(f"field 'score.ci95': expected two ascending numbers, received {interval}")
    if any(abs(value) > LARGEST for value in (score["mean"], score["std"] or 0, *interval)):
        raise ValueError(f"expected a score below {LARGEST:g}, received {score}")
    if score["n"] < 1:
        raise ValueError(f"field 'score.n': expected at least 1 repeat, received {score['n']}")
    return result


def _time(result: Result) -> datetime:
    return formatting.moment(result["at"])


def _same(one: Result, other: Result) -> bool:
    return one["entry"] == other["entry"] and one["recipe"] == other["recipe"]


def _same_score(one: Score, other: Score) -> bool:
    return (one["mean"], one["std"], one["n"]) == (other["mean"], other["std"], other["n"])


def _content(runs: Path, benchmark: str) -> bytes:
    folder = (runs / FOLDER).resolve()
    try:
        path = (folder / f"{benchmark}.jsonl").resolve()
        return path.read_bytes() if path.is_relative_to(folder) else b""
    except (OSError, ValueError):  # no history yet, or a name no file can have
        return b""


def _line(result: Result) -> bytes:
    text = values_for_others(result)
    return json.dumps(text, sort_keys=True, ensure_ascii=False, allow_nan=False).encode() + b"\n"
