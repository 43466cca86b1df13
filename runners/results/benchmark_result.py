"""One benchmark of `results.json`: its records joined with their verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.judging import statistics
from runners import formatting
from runners.records.generations import Record, last_finished
from runners.results.judge import PerSplit
from runners.results.published import cited
from runners.results.types import (
    BenchmarkResult,
    DataResult,
    EntryResult,
    FailureResult,
    MeasuredScore,
    Metric,
    ProtocolResult,
    Score,
    Status,
)
from runners.results.verdicts import Judgement, judged, secondary, test_sampling


def benchmark_result(
    name: str,
    entries: Mapping[str, Sequence[Record]],
    failures: Sequence[Record],
    skip: Any,
    run_ids: Mapping[str, str],
    by_split: PerSplit,
) -> BenchmarkResult:
    """What its records come to; audit, study and history are left empty.

    `entries` are the newest records by entry, `failures` what failed and has not succeeded since,
    `skip` is why it was skipped, `run_ids` are MLflow's by `benchmark/entry`, `by_split` published
    scores by split.
    """
    last = newest(r for records in entries.values() for r in records)
    speaking = next((rs[-1] for rs in entries.values() if rs[0]["entry"].get("headline")), last)
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
        "finished_at": last["finished_at"] if last else None,
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


def newest(records: Iterable[Record]) -> Record | None:
    """The record that was finished last, or None."""
    return max(records, key=lambda r: formatting.moment(r["finished_at"]), default=None)
