"""Collections of `results.json`: the results of their tasks joined into one judgement."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmarks.collections import Collection
from benchmarks.repeats import means
from runners import formatting
from runners.records.generations import Generations
from runners.records.record import Record
from runners.results import across_tasks, collection_statement
from runners.results.access import headline_of, strongest_of, verdict_on
from runners.results.collection_types import CollectionResult, TaskPublished, TaskResult
from runners.results.published import cited
from runners.results.splits import by_split
from runners.results.types import BenchmarkResult, EntryResult


def collection_results(
    collections: Mapping[str, Collection],
    results: Mapping[str, BenchmarkResult],
    generations: Generations,
) -> list[CollectionResult]:
    """What the tasks of every collection come to; without those of which nothing was run.

    One over benchmarks of other files needs two of them. `results` are the benchmarks' by name,
    own tasks included, `generations` their records.
    """
    return [
        _result(collection, results, generations)
        for _, collection in sorted(collections.items())
        if sum(
            name in (results if collection.define else generations) for name in collection.members
        )
        >= (1 if collection.define else 2)
    ]


def judged_entries(
    collection: Collection, entries: Mapping[str, Sequence[Record]]
) -> dict[str, Sequence[Record]]:
    """Entries of an own task that are judged there: the headline, and trivial baselines.

    The others are compared across tasks by their means; their verdicts on single tasks would be
    shown nowhere.
    """
    return {
        name: records
        for name, records in entries.items()
        if name == collection.headline
        or records[-1]["entry"]["headline"]
        or records[-1]["entry"]["floor"]
    }


def _result(
    collection: Collection, results: Mapping[str, BenchmarkResult], generations: Generations
) -> CollectionResult:
    tasks = [
        _task(collection, name, results.get(name), generations.get(name, {}))
        for name in collection.members
    ]
    scored = [task for task in tasks if task["n"]]
    compared = [task for task in scored if not task["excluded"]]
    names = collection.metrics or [task["metric"]["name"] for task in scored if task["metric"]][:1]
    networks = {
        name
        for task in compared
        for name, records in generations.get(task["name"], {}).items()
        if records[-1]["entry"]["kind"] == "keras"
    }
    methods = {
        name: across_tasks.methods(collection, name, compared, results, networks) for name in names
    }
    metrics = [
        across_tasks.compared(name, compared, results, of_metric)
        for name, of_metric in methods.items()
        if of_metric[0].scores
    ]
    pair = across_tasks.decisive(metrics[0]) if metrics else None
    citation, url = cited(collection.citation or None)
    result: CollectionResult = {
        "name": collection.name,
        "family": collection.name.split("/", 1)[0],
        "title": collection.title,
        "question": collection.question,
        "protocol": collection.protocol,
        "why": collection.why,
        "note": collection.note or None,
        "citation": citation,
        "url": url,
        "absent": dict(collection.absent),
        "despite": dict(collection.despite),
        "entry": collection.headline or None,
        "status": "done" if len(scored) == len(tasks) else "partial" if scored else "skipped",
        "reason": _reason(tasks),
        "members": len(tasks),
        "scored": len(scored),
        "seconds": math.fsum(_seconds(task["name"], generations) for task in tasks if task["own"]),
        "dirty": sum(_dirty(task["name"], generations) for task in tasks if task["own"]),
        "finished_at": max(
            (done for t in tasks if t["n"] and (done := results[t["name"]]["finished_at"])),
            key=formatting.moment,
            default=None,
        ),
        "outcome": pair["outcome"] if pair else None,
        "against": pair["method"] if pair else None,
        "statement": "",
        "metrics": metrics,
        "panels": across_tasks.panels(collection, compared, metrics[0], methods) if metrics else [],
        "tasks": tasks,
    }
    return {**result, "statement": collection_statement.statement(result)}


def _task(
    collection: Collection,
    name: str,
    result: BenchmarkResult | None,
    entries: Mapping[str, Sequence[Record]],
) -> TaskResult:
    """One task in a line; `result` is None where nothing of it was run."""
    line: TaskResult = {
        "name": name,
        "title": collection.task_name(name),
        "own": collection.define is not None,
        "status": "not run",
        "reason": None,
        "excluded": collection.excluded.get(name),
        "rows": None,
        "features": None,
        "classes": None,
        "test": None,
        "metric": None,
        "entry": None,
        "mean": None,
        "std": None,
        "n": 0,
        "scores": {},
        "best": None,
        "outcome": None,
        "why": None,
        "place": None,
        "of": None,
        "level": "none",
    }
    if result is None:
        return line
    line |= {"status": result["status"], "reason": result["reason"], "level": result["level"]}
    data, entry = result["data"], _judged_entry(collection, result)
    if data:
        line |= {"rows": data["rows"], "features": data["features"]}
        line |= {"classes": data["classes"], "test": data["test"]}
        line["scores"] = _means(entries, data["digest"])
    line["metric"] = result["metric"]
    if entry is None or entry["score"] is None:
        return line
    strongest, score = strongest_of(result), entry["score"]
    verdict = verdict_on(entry["verdicts"], strongest)
    line |= {"entry": entry["name"], "mean": score["mean"], "std": score["std"], "n": score["n"]}
    if strongest and verdict:
        best: TaskPublished = {
            "id": strongest["id"],
            "model": strongest["model"],
            "score": strongest["score"],
            "rounding": strongest["rounding"],
            "cited_as": strongest["cited_as"],
            "url": strongest["url"],
        }
        line |= {"best": best, "outcome": verdict["outcome"], "why": verdict["why"]}
    if entry["headline"] and result["rank"]:
        line |= {"place": result["rank"]["place"], "of": result["rank"]["of"]}
    return line


def _judged_entry(collection: Collection, result: BenchmarkResult) -> EntryResult | None:
    """The entry that a task is judged by within the collection."""
    if not collection.headline:
        return headline_of(result)
    return next((e for e in result["entries"] if e["name"] == collection.headline), None)


def _means(entries: Mapping[str, Sequence[Record]], digest: str) -> dict[str, dict[str, float]]:
    """Mean of every entry by metric, each split counting once, of records on the same data."""
    found: dict[str, dict[str, float]] = {}
    for name, records in entries.items():
        alike = [record for record in records if record["data"]["digest"] == digest]
        for metric in sorted({key for record in alike for key in record["scores"]}):
            of_splits = means(by_split(alike, metric)).values()
            found.setdefault(metric, {})[name] = math.fsum(of_splits) / len(of_splits)
    return found


def _seconds(name: str, generations: Generations) -> float:
    """Wall time of training all entries; trials trained together share one clock."""
    return math.fsum(
        seconds
        for records in generations.get(name, {}).values()
        for seconds in {tuple(r["group"]): r["seconds"]["group"] for r in records}.values()
    )


def _dirty(name: str, generations: Generations) -> bool:
    return any(
        record["environment"]["git"] and record["environment"]["git"]["dirty"]
        for records in generations.get(name, {}).values()
        for record in records
    )


def _reason(tasks: Sequence[TaskResult]) -> str | None:
    """Which tasks have no score; None where all have."""
    lacking = [task for task in tasks if not task["n"]]
    if not lacking:
        return None
    names = formatting.first_few([task["title"] for task in lacking], 6)
    reasons = {task["reason"] for task in lacking if task["reason"]}
    why = f": {reasons.pop()}" if len(reasons) == 1 else ""
    return f"{len(lacking)} of {len(tasks)} tasks have no score of the headline ({names}){why}"
