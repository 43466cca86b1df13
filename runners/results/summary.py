"""From trial records to `results.json`: one plain dict that page, terminal and MLflow show.

Reads the runs folder only; definitions, frameworks and MLflow are not needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchmarks.definition import Benchmark
from benchmarks.judging import statistics
from benchmarks.published import per_split
from runners import formatting, safe_text
from runners.records.generations import last_finished, one_a_repeat
from runners.records.store import Runs
from runners.results import audit, history, studies
from runners.results.definitions import defined, one_headline, refreshed
from runners.results.published import cited
from runners.results.verdicts import PerSplit, judged, secondary, test_sampling

SCHEMA = 1

Record = dict[str, Any]
Definitions = Mapping[str, Benchmark]
NONE: Definitions = MappingProxyType({})
"""Records alone."""
Generations = dict[str, dict[str, list[Record]]]
"""Benchmark name -> entry name -> records of its newest generation, by repeat."""


def collect(runs: Runs, definitions: Definitions = NONE) -> Generations:
    """Read the newest generation of every entry; older ones stay on disk as history.

    A generation is the records with one `recipe`; the newest is the one whose last trial finished
    last. A repeat trained twice (in two stacks) counts once, the later one. Of a benchmark in
    `definitions` the words are the current ones, and entries it no longer has are left out. Of
    several headlines that have run, only the one of the widest suite is still marked as such.
    """
    recipes: dict[str, dict[str, dict[str, list[Record]]]] = {}
    for record in runs.read():
        entries = recipes.setdefault(record["benchmark"]["name"], {})
        entry = entries.setdefault(record["entry"]["name"], {})
        entry.setdefault(record["recipe"], []).append(record)
    return {
        name: one_headline(
            refreshed(
                {
                    entry: one_a_repeat(max(generations.values(), key=last_finished))
                    for entry, generations in entries.items()
                },
                definitions.get(name),
            )
        )
        for name, entries in recipes.items()
    }


def summarise(
    runs: Runs, generations: Generations | None = None, definitions: Definitions = NONE
) -> dict[str, Any]:
    """Everything `results.json` holds (schema 1), as plain JSON values.

    `generations` saves reading the records twice; `definitions` are as for `collect`.
    Accuracies are fractions, `std` has ddof 1, `ci95` is Student's t interval (None at n = 1),
    `seconds` wall time of training. A verdict's `p` is corrected for the rows that random
    splits share (Nadeau and Bengio); it stands for that one comparison, and `better_than_any`
    holds Holm's for all of a level. Published scores by split serve the tests and are not
    passed on: their licence does not allow it.
    """
    generations = collect(runs, definitions) if generations is None else generations
    notes: list[str] = []
    mlflow = _optional(runs.root / "mlflow.json", notes)
    skipped = _optional(runs.root / "skipped.json", notes)
    run_ids = mlflow.get("entries") if isinstance(mlflow.get("entries"), dict) else {}
    failures: dict[str, list[Record]] = {}
    for failure in runs.failures():
        name = str(failure.get("benchmark"))
        if defined(failure.get("entry"), definitions.get(name)):
            failures.setdefault(name, []).append(failure)
    notes += runs.quarantined
    by_split, unusable = per_split.read(runs.root)
    notes += unusable

    benchmarks = []
    for name in sorted({*generations, *failures, *skipped}):
        benchmarks.append(
            _benchmark(
                name,
                generations.get(name, {}),
                failures.get(name, []),
                skipped.get(name),
                run_ids or {},
                by_split,
            )
        )
    for benchmark in benchmarks:
        name = benchmark["name"]
        benchmark["audit"] = audit.read(runs.root, name, notes)
        benchmark["study"] = studies.read(runs.root, name, notes)
        benchmark["history"] = history.over_time(runs, name, generations.get(name, {}), notes)
    benchmarks.sort(key=lambda b: (not b["entries"], b["status"] == "skipped", b["name"]))
    newest = _newest(r for e in generations.values() for rs in e.values() for r in rs)
    return dict(
        safe_text.plain(
            {
                "schema": SCHEMA,
                "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "environment": newest["environment"] if newest else {},
                "mlflow": mlflow.get("tracking_uri"),
                "notes": notes,
                "benchmarks": benchmarks,
            }
        )
    )


def _optional(path: Path, notes: list[str]) -> dict[str, Any]:
    """A small file that may be missing; one that cannot be read is noted, never fatal."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        notes.append(f"{path.name} is not readable ({error}) and was left out")
        return {}
    if isinstance(content, dict):
        return content
    notes.append(f"{path.name} holds no JSON object and was left out")
    return {}


def _newest(records: Iterable[Record]) -> Record | None:
    return max(records, key=lambda r: formatting.moment(r["finished_at"]), default=None)


def _benchmark(
    name: str,
    entries: Mapping[str, Sequence[Record]],
    failures: Sequence[Record],
    skip: Any,
    run_ids: Mapping[str, Any],
    by_split: PerSplit,
) -> dict[str, Any]:
    newest = _newest(r for records in entries.values() for r in records)
    speaking = next((rs[-1] for rs in entries.values() if rs[0]["entry"].get("headline")), newest)
    facts = speaking["benchmark"] if speaking else _facts_of(failures)
    rows = [_entry(name, records, speaking, facts, run_ids) for records in entries.values()]
    rows.sort(key=lambda row: (not row["headline"], row["floor"], row["kind"] != "keras"))
    status, reason = _status(rows, failures, skip, facts)
    skip = skip if isinstance(skip, Mapping) else {}
    protocol = facts.get("protocol")
    verdicts = judged(name, facts, entries, by_split)
    for row in rows:
        row["verdicts"] = verdicts["entries"].get(row["name"], [])
        for metric, score in row["metrics"].items():
            told = verdicts["metrics"].get(row["name"], {}).get(metric, {})
            score |= {"verdicts": told.get("verdicts", []), "strongest": told.get("strongest")}
    return {
        "name": name,
        "family": facts.get("family") or name.split("/", 1)[0],
        "task": facts.get("task"),
        "question": facts.get("question"),
        "suite": facts.get("suite"),
        "metric": facts.get("metric"),
        "also": secondary(facts),
        "protocol": protocol and {**protocol, **cited(protocol.get("source"))},
        "margin": facts.get("margin"),
        "margin_why": facts.get("margin_why"),
        "lessons": facts.get("lessons"),
        "deprecated": facts.get("deprecated") or None,
        "data": _data(speaking),
        "status": status,
        "reason": reason,
        "remedy": skip.get("remedy") if status == "skipped" else None,
        "level": verdicts["level"],
        "level_why": verdicts["level_why"],
        "strongest": verdicts["strongest"],
        "better_than_any": verdicts["better_than_any"],
        "deep_learning": verdicts["deep_learning"],
        "entries": rows,
        "failures": [
            {
                "entry": str(failure.get("entry")),
                "headline": bool((failure.get("entry_facts") or {}).get("headline")),
                "repeats": failure.get("repeats"),
                "reason": failure.get("reason"),
                "at": failure.get("at"),
            }
            for failure in failures
        ],
        "baselines": verdicts["baselines"],
        "environment": speaking["environment"] if speaking else None,
        "finished_at": newest["finished_at"] if newest else None,
    }


def _facts_of(failures: Sequence[Record]) -> dict[str, Any]:
    for failure in failures:
        facts = failure.get("benchmark_facts")
        if isinstance(facts, dict):
            return facts
    return {}


def _data(record: Record | None) -> dict[str, Any] | None:
    if record is None:
        return None
    data = record["data"]
    return {**data, "source": data.get("copy"), **cited(data.get("citation"), data.get("url"))}


def _entry(
    name: str,
    records: Sequence[Record],
    speaking: Record | None,
    facts: Mapping[str, Any],
    run_ids: Mapping[str, Any],
) -> dict[str, Any]:
    last = records[-1]
    entry, metric = last["entry"], (facts.get("metric") or {}).get("name")
    others = sorted({key for record in records for key in record["scores"]} - {metric})
    wanted = entry.get("repeats") or (facts.get("protocol") or {}).get("repeats")
    note = None
    if speaking is not None and last["data"].get("digest") != speaking["data"].get("digest"):
        note = "scored on other data than the headline; run again to compare"
    score = _score([record["scores"].get(metric) for record in records])
    return {
        "name": entry["name"],
        "kind": entry.get("kind"),
        "headline": bool(entry.get("headline")),
        "floor": bool(entry.get("floor")),
        "about": entry.get("about"),
        "values": entry.get("values"),
        "suite": entry.get("suite"),
        "threads": entry.get("threads"),
        "protocol": entry.get("protocol"),
        "score": score,
        "test_sampling": score and test_sampling(facts, last["data"], score["mean"]),
        "metrics": {
            key: score
            for key in others
            if (score := _score([record["scores"].get(key) for record in records]))
        },
        "seconds": _seconds(records),
        "params": last["params"],
        "run_id": run_ids.get(f"{name}/{entry['name']}"),
        "repeats": [record["repeat"] for record in records],
        "missing": max(0, wanted - len(records)) if isinstance(wanted, int) else 0,
        "recipe": last["recipe"],
        "finished_at": last_finished(records).isoformat(),
        "note": note,
    }


def _score(values: Sequence[Any]) -> dict[str, Any] | None:
    known = [value for value in map(formatting.number, values) if value is not None]
    if not known:
        return None
    summary = statistics.summarise(known)
    return {
        "mean": summary.mean if summary else known[0],
        "std": summary.deviation if summary else None,
        "ci95": statistics.t_interval(known),
        "n": len(known),
        "values": known,
    }


def _seconds(records: Sequence[Record]) -> float | None:
    """Wall time of training: trials trained together share one clock and count once."""
    clocks = {tuple(r["group"]): formatting.number(r["seconds"].get("group")) for r in records}
    known = [seconds for seconds in clocks.values() if seconds is not None]
    return sum(known) if known else None


def _status(
    rows: Sequence[Mapping[str, Any]],
    failures: Sequence[Record],
    skip: Any,
    facts: Mapping[str, Any],
) -> tuple[str, str | None]:
    """One of done, partial, failed, skipped; and why it is not done."""
    why = "; ".join(f"{f.get('entry')}: {f.get('reason')}" for f in failures)
    if not rows:
        if failures:
            return "failed", why
        reason = skip.get("reason") if isinstance(skip, Mapping) else None
        return "skipped", str(reason or "no reason was kept")
    short = [row for row in rows if row["missing"]]
    if short:
        counts = [(row["name"], len(row["repeats"]), row["missing"]) for row in short]
        words = [f"{name} has {has} of {has + lacks} repeats" for name, has, lacks in counts]
        why = "; ".join([why, *words] if why else words)
    return ("partial", why) if why else ("done", None)
