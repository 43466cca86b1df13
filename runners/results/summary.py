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
from runners import formatting
from runners.records.generations import Record as Record
from runners.records.generations import last_finished, one_a_repeat
from runners.records.store import Runs
from runners.results import audit, history, studies
from runners.results.definitions import defined, one_headline, refreshed
from runners.results.published import cited
from runners.results.types import (
    BenchmarkResult,
    DataResult,
    EntryResult,
    FailureResult,
    MeasuredScore,
    Metric,
    ProtocolResult,
    Results,
    Score,
    Status,
)
from runners.results.verdicts import Judgement, PerSplit, judged, secondary, test_sampling

SCHEMA = 1

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
) -> Results:
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
    entries = mlflow.get("entries")
    run_ids = entries if isinstance(entries, dict) else {}
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
        benchmark = _benchmark(
            name,
            generations.get(name, {}),
            failures.get(name, []),
            skipped.get(name),
            run_ids,
            by_split,
        )
        benchmark["audit"] = audit.read(runs.root, name, notes)
        study: Any = studies.read(runs.root, name, notes)
        past: Any = history.over_time(runs, name, generations.get(name, {}), notes)
        benchmark |= {"study": study, "history": past}
        benchmarks.append(benchmark)
    benchmarks.sort(key=lambda b: (not b["entries"], b["status"] == "skipped", b["name"]))
    newest = _newest(r for e in generations.values() for rs in e.values() for r in rs)
    results: Results = {
        "schema": SCHEMA,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": newest["environment"] if newest else {},
        "mlflow": mlflow.get("tracking_uri"),
        "notes": notes,
        "benchmarks": benchmarks,
    }
    plain: Results = formatting.plain(results)
    return plain


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
    run_ids: Mapping[str, str],
    by_split: PerSplit,
) -> BenchmarkResult:
    newest = _newest(r for records in entries.values() for r in records)
    speaking = next((rs[-1] for rs in entries.values() if rs[0]["entry"].get("headline")), newest)
    facts = speaking["benchmark"] if speaking else _facts_of(failures)
    judgement = judged(name, facts, entries, by_split)
    rows = [
        _entry(name, records, records[-1] if speaking is None else speaking, run_ids, judgement)
        for records in entries.values()
    ]
    rows.sort(key=lambda row: (not row["headline"], row["floor"], row["kind"] != "keras"))
    status, reason = _status(rows, failures, skip)
    remedy = skip.get("remedy") if status == "skipped" and isinstance(skip, Mapping) else None
    return {
        "name": name,
        "family": facts.get("family") or name.split("/", 1)[0],
        "task": facts.get("task"),
        "question": facts.get("question"),
        "suite": facts.get("suite"),
        "metric": _metric(facts),
        "also": secondary(facts),
        "protocol": _protocol(facts),
        "margin": formatting.number(facts.get("margin")),
        "margin_why": facts.get("margin_why"),
        "lessons": facts.get("lessons"),
        "deprecated": facts.get("deprecated") or None,
        "data": _data(speaking),
        "status": status,
        "reason": reason,
        "remedy": remedy,
        "level": judgement.level,
        "level_why": judgement.level_why,
        "strongest": judgement.strongest,
        "better_than_any": judgement.better_than_any,
        "deep_learning": judgement.deep_learning,
        "entries": rows,
        "failures": [_failure(failure) for failure in failures],
        "baselines": judgement.baselines,
        "environment": speaking["environment"] if speaking else None,
        "finished_at": newest["finished_at"] if newest else None,
        "audit": None,
        "study": None,
        "history": [],
    }


def _facts_of(failures: Sequence[Record]) -> dict[str, Any]:
    """What failed trials say of their benchmark; empty where none says anything."""
    known = (failure.get("benchmark_facts") for failure in failures)
    return next((facts for facts in known if isinstance(facts, dict)), {})


def _failure(failure: Record) -> FailureResult:
    facts = failure.get("entry_facts")
    return {
        "entry": str(failure.get("entry")),
        "headline": isinstance(facts, dict) and bool(facts.get("headline")),
        "repeats": failure.get("repeats"),
        "reason": failure.get("reason"),
        "at": failure.get("at"),
    }


def _metric(facts: Mapping[str, Any]) -> Metric | None:
    metric = facts.get("metric")
    if not metric:
        return None
    return {
        "name": metric["name"],
        "unit": str(metric.get("unit") or ""),
        "direction": "max" if metric.get("direction") == "max" else "min",
    }


def _protocol(facts: Mapping[str, Any]) -> ProtocolResult | None:
    protocol = facts.get("protocol")
    if not protocol:
        return None
    citation, url = cited(protocol.get("source"))

    def text(key: str) -> str:
        return str(protocol.get(key) or "")

    return {
        "id": text("id"),
        "title": text("title"),
        "source": text("source"),
        "split": text("split"),
        "repeats": protocol.get("repeats"),
        "unit": text("unit"),
        "spread": text("spread"),
        "fitted_on": text("fitted_on"),
        "selection": text("selection"),
        "tuning": text("tuning"),
        "augmented_test": text("augmented_test"),
        "extra_data": text("extra_data"),
        "citation": citation,
        "url": url,
    }


def _data(record: Record | None) -> DataResult | None:
    if record is None:
        return None
    data = record["data"]
    citation, url = cited(data.get("citation"), data.get("url"))
    return {
        "title": data["title"],
        "url": url,
        "licence": data.get("licence"),
        "citation": citation,
        "rows": data["rows"],
        "train": data["train"],
        "test": data["test"],
        "features": data.get("features"),
        "digest": data["digest"],
        "copy": data["copy"],
        "source": data["copy"],
        "official": data.get("official"),
        "files": data.get("files") or {},
        "deviations": data.get("deviations") or [],
        "classes": data.get("classes") or 0,
        "class_names": data.get("class_names") or [],
        "facts": data.get("facts") or {},
    }


def _entry(
    name: str,
    records: Sequence[Record],
    speaking: Record,
    run_ids: Mapping[str, str],
    judgement: Judgement,
) -> EntryResult:
    last = records[-1]
    entry, facts = last["entry"], speaking["benchmark"]
    metric = facts["metric"]["name"]
    others = sorted({key for record in records for key in record["scores"]} - {metric})
    wanted = entry.get("repeats") or facts["protocol"].get("repeats")
    note = None
    if last["data"]["digest"] != speaking["data"]["digest"]:
        note = "scored on other data than the headline; run again to compare"
    score = _score(records, metric)
    return {
        "name": entry["name"],
        "kind": entry.get("kind"),
        "headline": bool(entry.get("headline")),
        "floor": bool(entry.get("floor")),
        "about": entry.get("about"),
        "values": entry["values"],
        "suite": entry.get("suite"),
        "threads": entry.get("threads"),
        "protocol": entry.get("protocol") or {},
        "score": score,
        "test_sampling": score and test_sampling(facts, last["data"]["test"], score["mean"]),
        "metrics": {
            key: _measured(other, judgement, entry["name"], key)
            for key in others
            if (other := _score(records, key))
        },
        "seconds": _seconds(records),
        "params": last["params"],
        "run_id": run_ids.get(f"{name}/{entry['name']}"),
        "repeats": [record["repeat"] for record in records],
        "missing": max(0, wanted - len(records)) if isinstance(wanted, int) else 0,
        "recipe": last["recipe"],
        "finished_at": last_finished(records).isoformat(),
        "note": note,
        "verdicts": judgement.entries.get(entry["name"], []),
    }


def _measured(score: Score, judgement: Judgement, entry: str, metric: str) -> MeasuredScore:
    of_metric = judgement.metrics.get(entry, {}).get(metric)
    return {
        **score,
        "verdicts": of_metric.verdicts if of_metric else [],
        "strongest": of_metric.strongest if of_metric else None,
    }


def _score(records: Sequence[Record], metric: str) -> Score | None:
    scores = (formatting.number(record["scores"].get(metric)) for record in records)
    known = [score for score in scores if score is not None]
    if not known:
        return None
    summary, interval = statistics.summarise(known), statistics.t_interval(known)
    return {
        "mean": summary.mean if summary else known[0],
        "std": summary.deviation if summary else None,
        "ci95": list(interval) if interval else None,
        "n": len(known),
        "values": known,
    }


def _seconds(records: Sequence[Record]) -> float | None:
    """Wall time of training: trials trained together share one clock and count once."""
    clocks = {tuple(r["group"]): formatting.number(r["seconds"].get("group")) for r in records}
    known = [seconds for seconds in clocks.values() if seconds is not None]
    return sum(known) if known else None


def _status(
    rows: Sequence[EntryResult], failures: Sequence[Record], skip: Any
) -> tuple[Status, str | None]:
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
