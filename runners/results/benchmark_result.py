"""One benchmark of `results.json`: its records joined with their verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from typing_extensions import TypedDict

from benchmarks.judging import statistics
from benchmarks.judging.seed_scatter import seed_scatter
from benchmarks.repeats import means
from runners.records.generations import finished, is_headline, last_finished
from runners.records.record import BenchmarkFacts, FailedGroup, Record, Skipped
from runners.results.judge import PerSplit
from runners.results.published import cited
from runners.results.reruns import reruns
from runners.results.splits import by_split, shape, wanted
from runners.results.types import (
    BenchmarkResult,
    CheckResult,
    DataResult,
    EntryResult,
    Environment,
    FailureResult,
    MeasuredScore,
    ProtocolResult,
    Score,
    Status,
)
from runners.results.verdicts import Judgement, judged, secondary, test_sampling


def benchmark_result(
    name: str,
    entries: Mapping[str, Sequence[Record]],
    failures: Sequence[FailedGroup],
    skip: Skipped | None,
    run_ids: Mapping[str, str],
    by_split: PerSplit,
) -> BenchmarkResult:
    """What its records come to; audit, study, history, checks and claim are left empty.

    `entries` are the newest records by entry, `failures` what failed and has not succeeded since,
    `skip` is why it was skipped, `run_ids` are MLflow's by `benchmark/entry`, `by_split` published
    scores by split.
    """
    last = newest_record(record for records in entries.values() for record in records)
    headline = next((records[-1] for records in entries.values() if is_headline(records)), last)
    failed = (failure["benchmark_facts"] for failure in failures if "benchmark_facts" in failure)
    facts = headline["benchmark"] if headline else next(failed, None)
    judgement = judged(name, facts, entries, by_split)
    rows = [
        _entry(name, records, records[-1] if headline is None else headline, run_ids, judgement)
        for records in entries.values()
    ]
    rows.sort(key=lambda row: (not row["headline"], row["floor"], row["kind"] != "keras"))
    status, reason = _status(rows, failures, skip)
    return {
        "name": name,
        "family": name.split("/", 1)[0],
        "task": facts["task"] if facts else None,
        "question": facts["question"] if facts else None,
        "suite": facts["suite"] if facts else None,
        "metric": facts["metric"] if facts else None,
        "also": secondary(facts) if facts else [],
        "protocol": _protocol(facts) if facts else None,
        "margin": facts["margin"] if facts else None,
        "margin_why": facts["margin_why"] if facts else None,
        "lessons": facts["lessons"] if facts else None,
        "matters": facts.get("matters") or None if facts else None,
        "decision": facts.get("decision") or None if facts else None,
        "deprecated": (facts["deprecated"] or None) if facts else None,
        "data": _data(headline) if headline else None,
        "status": status,
        "reason": reason,
        "remedy": skip["remedy"] if skip and status == "skipped" else None,
        "level": judgement.level,
        "level_why": judgement.level_why,
        "strongest": judgement.strongest,
        "anchor": judgement.anchor,
        "summit": judgement.summit,
        "rank": judgement.rank,
        "claim": "",
        "skill": judgement.skill,
        "better_than_any": judgement.better_than_any,
        "deep_learning": judgement.deep_learning,
        "reruns": reruns(facts, rows, judgement.baselines) if facts else [],
        "entries": rows,
        "failures": [_failure(failure) for failure in failures],
        "baselines": judgement.baselines,
        "environment": cast(Environment, headline["environment"]) if headline else None,
        "finished_at": last["finished_at"] if last else None,
        "audit": None,
        "training_rows": None,
        "study": None,
        "history": [],
    }


def _failure(failure: FailedGroup) -> FailureResult:
    return {
        "entry": failure["entry"],
        "headline": "entry_facts" in failure and failure["entry_facts"]["headline"],
        "repeats": failure["repeats"],
        "reason": failure["reason"],
        "at": failure.get("at"),
    }


def _protocol(facts: BenchmarkFacts) -> ProtocolResult:
    citation, url = cited(facts["protocol"]["source"])
    _, seeds = shape(facts["protocol"])
    return {**facts["protocol"], "seeds": seeds, "citation": citation, "url": url}


def _data(record: Record) -> DataResult:
    data = record["data"]
    citation, url = cited(data["citation"], data["url"])
    return {**data, "source": data["copy"], "citation": citation, "url": url}


def _entry(
    name: str,
    records: Sequence[Record],
    headline: Record,
    run_ids: Mapping[str, str],
    judgement: Judgement,
) -> EntryResult:
    last = records[-1]
    entry, facts = last["entry"], headline["benchmark"]
    metric = facts["metric"]["name"]
    others = sorted({key for record in records for key in record["scores"]} - {metric})
    note = None
    if last["data"]["digest"] != headline["data"]["digest"]:
        note = "scored on other data than the headline; run again to compare"
    score = _score(records, metric)
    return {
        "name": entry["name"],
        "kind": entry["kind"],
        "headline": entry["headline"],
        "floor": entry["floor"],
        "about": entry["about"],
        "values": entry["values"],
        "suite": entry["suite"],
        "threads": entry["threads"],
        "protocol": entry["protocol"],
        "score": score,
        "test_sampling": score and test_sampling(facts, last["data"]["test"], score["mean"]),
        "metrics": {
            key: _measured(other, judgement, entry["name"], key)
            for key in others
            if (other := _score(records, key))
        },
        "seconds": _seconds(records),
        "predict_ms_a_row": _predict_ms(records),
        "params": last["params"],
        "model_bytes": None,
        "network_ms_a_row": None,
        "train_score": None,
        "run_id": run_ids.get(f"{name}/{entry['name']}"),
        "experiment_id": None,  # filled in by `summarise`
        "repeats": [record["repeat"] for record in records],
        "missing": max(0, wanted(entry, last["benchmark"]["protocol"]) - len(records)),
        "recipe": last["recipe"],
        "finished_at": last_finished(records).isoformat(),
        "note": note,
        "reruns": entry.get("reruns") or None,
        "verdicts": judgement.entries.get(entry["name"], []),
        **_of_network(last),
    }


class _OfNetwork(TypedDict, total=False):
    remarks: list[str]
    unsaved: str
    checks: list[CheckResult]


def _of_network(record: Record) -> _OfNetwork:
    """What the record's notes say of the network."""
    notes, found = record.get("notes", {}), _OfNetwork()
    if notes.get("remarks"):
        found["remarks"] = [str(remark) for remark in notes["remarks"]]
    if notes.get("unsaved"):
        found["unsaved"] = str(notes["unsaved"])
    return found


def _measured(score: Score, judgement: Judgement, entry: str, metric: str) -> MeasuredScore:
    of_metric = judgement.metrics.get(entry, {}).get(metric)
    return {
        **score,
        "verdicts": of_metric.verdicts if of_metric else [],
        "strongest": of_metric.strongest if of_metric else None,
    }


def _score(records: Sequence[Record], metric: str) -> Score | None:
    splits = by_split(records, metric)
    if not splits:
        return None
    scores = list(means(splits).values())
    summary, interval = statistics.summarise(scores), statistics.t_interval(scores)
    redrawn = records[-1]["benchmark"]["protocol"]["unit"] != "seed"
    scatter = seed_scatter(list(splits.values())) if redrawn else None
    return {
        "mean": summary.mean if summary else scores[0],
        "std": summary.deviation if summary else None,
        "ci95": list(interval) if interval else None,
        "n": len(scores),
        "values": scores,
        "splits": list(splits),
        "seeds": max(map(len, splits.values())) if redrawn else 1,
        "seeded": scatter.seeded if scatter else 0,
        "seed_std": scatter.deviation if scatter else None,
    }


def _seconds(records: Sequence[Record]) -> float:
    """Wall time of training: trials trained together share one clock and count once."""
    return sum({tuple(r["group"]): r["seconds"]["group"] for r in records}.values())


def _predict_ms(records: Sequence[Record]) -> float | None:
    """Wall time of predicting a test row in milliseconds, over all repeats."""
    seconds = sum(record["seconds"]["predict"] for record in records)
    rows = sum(record["data"]["test"] for record in records)
    return float(f"{1000 * seconds / rows:.3g}") or None


def _status(
    rows: Sequence[EntryResult], failures: Sequence[FailedGroup], skip: Skipped | None
) -> tuple[Status, str | None]:
    """One of done, partial, failed, skipped; and why it is not done."""
    why = "; ".join(f"{f['entry']}: {f['reason']}" for f in failures)
    if not rows:
        if failures:
            return "failed", why
        return "skipped", skip["reason"] if skip else "no reason was kept"
    short = [row for row in rows if row["missing"]]
    if short:
        counts = [(row["name"], len(row["repeats"]), row["missing"]) for row in short]
        words = [f"{name} has {has} of {has + lacks} repeats" for name, has, lacks in counts]
        why = "; ".join([why, *words] if why else words)
    return ("partial", why) if why else ("done", None)


def newest_record(records: Iterable[Record]) -> Record | None:
    """The record that was finished last, or None."""
    return max(records, key=finished, default=None)
