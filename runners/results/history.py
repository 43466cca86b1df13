"""Results over time: what a headline scored, kept when the records it came from are replaced.

    runs/history/<family>/<benchmark>.jsonl     one result a line, in the order they were noted

A result is a whole generation of a headline: every repeat of its protocol under one recipe.
Training the same recipe again replaces its records, so the result is noted here before and after.
Lines are only ever added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.judging import statistics
from runners import formatting
from runners.records.generations import one_a_repeat
from runners.records.store import Runs, write_atomically

FOLDER = "history"

LARGEST = 1e100
"""No score is beyond it; a figure's axis could not hold it."""

Record = dict[str, Any]
Result = dict[str, Any]


def of(records: Iterable[Record]) -> Result | None:
    """The result of one generation of an entry; None while repeats of its protocol are missing.

    Keys: entry, at (when the last repeat finished), metric, score (mean, std with ddof 1, ci95 of
    Student's t, n), recipe, data (digest), protocol (id), versions, device, commit.
    """
    kept = one_a_repeat(records)
    last = max(kept, key=lambda r: formatting.moment(r["finished_at"]))
    facts, where = last["benchmark"], last["environment"]
    wanted = facts["protocol"].get("repeats")
    values = [float(record["scores"][facts["metric"]["name"]]) for record in kept]
    if isinstance(wanted, int) and len(values) < wanted:
        return None
    summary = statistics.summarise(values)
    git = where.get("git") or {}
    commit = str(git.get("commit") or "")[:12]
    return {
        "entry": last["entry"]["name"],
        "at": last["finished_at"],
        "metric": facts["metric"],
        "score": {
            "mean": summary.mean if summary else values[0],
            "std": summary.deviation if summary else None,
            "ci95": statistics.t_interval(values),
            "n": len(values),
        },
        "recipe": last["recipe"],
        "data": last["data"].get("digest"),
        "protocol": facts["protocol"].get("id"),
        "versions": where.get("versions") or {},
        "device": where.get("device"),
        "commit": commit + (" with changes" if commit and git.get("dirty") else ""),
    }


def noted(runs: Path, benchmark: str, notes: list[str] | None = None) -> list[Result]:
    """The results of a benchmark in the order they were noted.

    A line that is no result is passed over and told in `notes`.
    """
    found = []
    for number, line in enumerate(_content(runs, benchmark).splitlines(), 1):
        try:
            result = json.loads(line)
            problem = _problem(result)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = repr(error)
        if problem is None:
            found.append(result)
        elif notes is not None:
            told = f"{FOLDER}/{benchmark}.jsonl, line {number} is no result ({problem})"
            notes.append(f"{told} and was left out")
    return found


def merged(before: Sequence[Result], found: Iterable[Result]) -> list[Result]:
    """The results before and those found that are not among them, each at its time.

    The order of those before is kept, whatever their dates say: a clock may have been set back.
    The same recipe with the same score right after itself is one result.
    """
    known = list(before)
    for result in sorted(found, key=lambda r: formatting.moment(r["at"])):
        if any(_same(result, other, "at") for other in known):
            continue
        at = formatting.moment(result["at"])
        later = (i for i, other in enumerate(known) if formatting.moment(other["at"]) > at)
        place = next(later, len(known))
        own = [other for other in known[:place] if other["entry"] == result["entry"]]
        if not (own and _same(own[-1], result, "score")):
            known.insert(place, result)
    return known


def note(runs: Runs, benchmark: str) -> None:
    """Add the results of a benchmark's headlines that its history lacks.

    Called when nothing of the benchmark is training, by the one process that writes records.
    Raises OSError where nothing can be written.
    """
    generations: dict[tuple[str, str], list[Record]] = {}
    for record in runs.read(benchmark):
        if record["entry"].get("headline"):
            key = record["entry"]["name"], record["recipe"]
            generations.setdefault(key, []).append(record)
    found = [result for records in generations.values() if (result := of(records))]
    before = noted(runs.root, benchmark)
    new = [result for result in merged(before, found) if result not in before]
    if new:
        content = _content(runs.root, benchmark)
        if content and not content.endswith(b"\n"):
            content += b"\n"
        content += b"".join(_line(result) for result in new)
        write_atomically(runs.root / FOLDER / f"{benchmark}.jsonl", content)


def over_time(
    runs: Runs,
    name: str,
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    notes: list[str],
) -> list[Result]:
    """Every result of a benchmark's headline, the first one first.

    `entries` are the records of the newest generations: only what is not among them is read.
    Results of a former headline count once the benchmark no longer has it as an entry. A line of
    the noted history that cannot be read is told in `notes`.
    """
    speaking = {entry for entry, records in entries.items() if records[0]["entry"].get("headline")}
    generations: dict[tuple[str, str], list[Any]] = {}
    known: set[Path] = set()
    for entry, records in entries.items():
        for record in records:
            known.add(runs.path(name, entry, record["repeat"], record["fingerprint"]))
            if entry in speaking:
                generations.setdefault((entry, record["recipe"]), []).append(record)
    for path in runs.paths(name) if entries else []:
        entry = path.parent.name
        if path in known or (entry in entries and entry not in speaking):
            continue
        old = runs.load(path)
        if old is not None and old["entry"].get("headline"):
            generations.setdefault((entry, old["recipe"]), []).append(old)
    found = [result for records in generations.values() if (result := of(records))]
    return [
        result
        for result in merged(noted(runs.root, name, notes), found)
        if result["entry"] in speaking or result["entry"] not in entries
    ]


def _problem(result: Any) -> str | None:
    """What keeps a JSON value from being a result; raises KeyError or TypeError likewise."""
    metric, score = result["metric"], result["score"]
    texts = [result[key] for key in ("at", "entry", "recipe")]
    texts += [metric[key] for key in ("name", "unit", "direction")]
    texts += [result.get(key) or "" for key in ("data", "protocol", "device", "commit")]
    versions = result.get("versions") or {}
    if not all(isinstance(text, str) for text in [*texts, *versions, *versions.values()]):
        return "expected texts for all but the score"
    low, high = score["ci95"] or (score["mean"], score["mean"])
    numbers = [formatting.number(value) for value in (score["mean"], score["std"] or 0, low, high)]
    if any(value is None or abs(value) > LARGEST for value in numbers) or not low <= high:
        return "its score is no number, or its interval is none"
    if isinstance(score["n"], bool) or not isinstance(score["n"], int) or score["n"] < 1:
        return "expected a number of repeats above 0"
    return None


def _same(one: Mapping[str, Any], other: Mapping[str, Any], key: str) -> bool:
    if key == "score":
        alike = all(one["score"].get(k) == other["score"].get(k) for k in ("mean", "std", "n"))
    else:
        alike = one[key] == other[key]
    return alike and one["entry"] == other["entry"] and one["recipe"] == other["recipe"]


def _content(runs: Path, benchmark: str) -> bytes:
    folder = (runs / FOLDER).resolve()
    try:
        path = (folder / f"{benchmark}.jsonl").resolve()
        return path.read_bytes() if path.is_relative_to(folder) else b""
    except (OSError, ValueError):  # no history yet, or a name no file can have
        return b""


def _line(result: Result) -> bytes:
    return json.dumps(result, sort_keys=True, ensure_ascii=False, allow_nan=False).encode() + b"\n"
