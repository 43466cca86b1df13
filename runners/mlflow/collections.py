"""A collection in MLflow: one run a collection and entry with the aggregate, below it one a task.

The tags are `kerasfolio.entry` and `kerasfolio.trial`, as for entries and trials, with names that
no entry can have: they start with `collection:`. Child runs exist for networks on own tasks alone:
a baseline keeps its tasks as steps of a metric, and other tasks have runs of their own.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.judging.verdict import Outcome
from runners import formatting
from runners.mlflow import limits
from runners.mlflow.descriptions import note
from runners.mlflow.new_runs import STATE, NewRun, create, finish
from runners.mlflow.payloads import milliseconds, shown_digits
from runners.mlflow.store import KnownRun
from runners.records.store import as_json
from runners.results import collection_statement as words
from runners.results.collection_types import CollectionResult, MetricResult, PairResult, TaskResult
from runners.results.scoreboard import VERDICTS


@dataclass(frozen=True)
class Content:
    """What a run shows."""

    name: str
    title: str
    metrics: list[tuple[str, float, int]]
    """Name, value and step."""
    tags: dict[str, str]
    note: str = ""

    @property
    def state(self) -> str:
        """A hash that changes with the content."""
        return hashlib.sha256(as_json(asdict(self))).hexdigest()[:16]


def runs_of(result: CollectionResult) -> Iterator[tuple[Content, list[Content]]]:
    """The run of every entry of a collection, and those of its tasks."""
    if not result["metrics"]:
        return
    first = result["metrics"][0]
    whole = {task["name"]: task for task in result["tasks"]}
    tasks = [whole[name] for name in first["tasks"]]
    for entry in entries(result):
        yield (
            _entry(result, first, tasks, entry),
            [_task(result, first, task, entry) for task in _with_runs(result, tasks, entry)],
        )


def entries(result: CollectionResult) -> list[str]:
    """Our entries that are compared across tasks, the headline first."""
    if not result["metrics"]:
        return []
    pairs = result["metrics"][0]["pairs"]
    others = [pair["method"] for pair in pairs if pair["kind"] != "published"]
    return [result["entry"] or words.HEADLINE, *others]


def names(result: CollectionResult) -> list[str]:
    """All runs of a collection: those of its entries, and of their tasks."""
    return [one.name for run, below in runs_of(result) for one in (run, *below)]


def mirror(
    client: Any,
    experiment: str,
    result: CollectionResult,
    existing: Mapping[str, KnownRun],
    own: Mapping[str, str],
) -> int:
    """Write what MLflow lacks of a collection; returns how many runs that were.

    `existing` are the runs there are, by name, and `own` are tags that all of them get.
    """
    count, at, new = 0, milliseconds(result["finished_at"] or ""), []
    for run, below in runs_of(result):
        entry = _run(experiment, run, {**own, "kerasfolio.entry": run.name}, at)
        parent, changed = _refreshed(client, existing.get(run.name), run, entry)
        if parent is None:
            (parent,) = create(client, [entry])
        count += changed
        for task in below:
            tags = {**own, "kerasfolio.trial": task.name, "mlflow.parentRunId": parent}
            child = _run(experiment, task, tags, at)
            known, changed = _refreshed(client, existing.get(task.name), task, child)
            count += changed
            if known is None:
                new.append(child)
    create(client, new)
    return count


def _run(experiment: str, content: Content, more: Mapping[str, str], at: int) -> NewRun:
    tags = {**content.tags, **more, STATE: content.state}
    if content.note:
        tags["mlflow.note.content"] = note(content.note, "The page has them all.")
    now = int(time.time() * 1000)  # of two values MLflow shows the later one
    points = limits.points([(key, value, now, step) for key, value, step in content.metrics])
    return NewRun(experiment, content.title, at, at, tags, {}, points)


def _refreshed(
    client: Any, there: KnownRun | None, content: Content, run: NewRun
) -> tuple[str | None, int]:
    """The id of a run brought up to date, None where there is none; and 1 for one to be written."""
    if there is None:
        return None, 1
    if there["whole"] and there["state"] == content.state:
        return there["id"], 0
    return finish(client, there["id"], run), 1


def _name(result: CollectionResult, entry: str) -> str:
    return f"collection:{result['name']}:{entry}"


def _entry(
    result: CollectionResult,
    metric: MetricResult,
    tasks: Sequence[TaskResult],
    entry: str,
) -> Content:
    """The aggregate of an entry over its tasks."""
    key, headline = metric["metric"]["name"], entry == (result["entry"] or words.HEADLINE)
    scores = {
        task["name"]: score for task in tasks if (score := _score(task, key, entry)) is not None
    }
    pair = next((pair for pair in metric["pairs"] if pair["method"] == entry), None)
    against = next((p for p in metric["pairs"] if p["method"] == result["against"]), None)
    ranked = metric["ranking"]["methods"] if metric["ranking"] else []
    place = next((one["mean_rank"] for one in ranked if one["method"] == entry), None)
    values: dict[str, float | None] = {
        "tasks": float(len(scores)),
        key: None if metric["relative"] or not scores else math.fsum(scores.values()) / len(scores),
        "mean_rank": place,
        **_figures(against if headline else pair),
    }
    points = [(name, value, 0) for name, value in values.items() if value is not None]
    points += [
        (f"{key}/task", scores[task["name"]], step)
        for step, task in enumerate(result["tasks"])
        if task["name"] in scores
    ]
    mean = values[key]
    if mean is not None:
        points.append(("score", shown_digits(mean, 4), 0))
    tags = {
        "kerasfolio.benchmark": result["name"],
        "kerasfolio.kind": "collection",
        "kerasfolio.headline": str(headline).lower(),
        "score": "-" if mean is None else formatting.mean_text({"mean": mean}, metric["metric"]),
        "interval": "-" if place is None else f"mean rank {place:.1f}",
        "verdict": _verdict(result["outcome"]) if headline else "-",
        "level": "-",
        "metric": formatting.metric_label(metric["metric"]),
        "status": f"{len(scores)} of {result['members']} tasks",
    }
    if headline:
        tags["headline"] = entry
    if headline and against:
        tags["baseline"] = f"{against['method']} ({against['cited_as']})"
        tags["published"] = against["method"]
    return Content(
        name=_name(result, entry),
        title=f"{result['name']} · {entry}",
        metrics=points,
        tags=tags,
        note=_described(result, metric) if headline else result["question"],
    )


def _verdict(outcome: Outcome | None) -> str:
    return VERDICTS[outcome or "not-comparable"]


def _figures(pair: PairResult | None) -> dict[str, float | None]:
    """Numbers of one comparison across tasks; ours against it."""
    if pair is None:
        return {}
    return {
        "wins": float(pair["wins"]),
        "ties": float(pair["ties"]),
        "losses": float(pair["losses"]),
        "difference": pair["difference"],
        "p_holm": pair["p_holm"],
        "p_better": pair["p_better"],
        "p_same": pair["p_same"],
        "p_worse": pair["p_worse"],
    }


def _with_runs(
    result: CollectionResult, tasks: Sequence[TaskResult], entry: str
) -> list[TaskResult]:
    """Tasks that have a run below the entry's."""
    metric = result["metrics"][0]
    kinds = {pair["method"]: pair["kind"] for pair in metric["pairs"]}
    if kinds.get(entry, "headline") == "baseline":
        return []
    key = metric["metric"]["name"]
    return [task for task in tasks if task["own"] and _score(task, key, entry) is not None]


def _score(task: TaskResult, metric: str, entry: str) -> float | None:
    name = task["entry"] if entry == words.HEADLINE else entry
    return task["scores"].get(metric, {}).get(name or "")


def _task(result: CollectionResult, metric: MetricResult, task: TaskResult, entry: str) -> Content:
    """One task of one entry."""
    key = metric["metric"]["name"]
    headline = entry in (task["entry"], words.HEADLINE)
    values = [(key, _score(task, key, entry)), ("rows", task["rows"])]
    if headline:
        values += [("std", task["std"]), ("n", task["n"]), ("rank", task["place"])]
        values.append(("baseline", task["best"]["score"] if task["best"] else None))
    return Content(
        name=f"{_name(result, entry)}/{task['name']}",
        title=task["title"],
        metrics=[(name, float(value), 0) for name, value in values if value is not None],
        tags={
            "kerasfolio.benchmark": task["name"],
            "kerasfolio.collection": result["name"],
            "verdict": _verdict(task["outcome"]) if headline else "-",
            "status": task["status"],
        },
    )


def _described(result: CollectionResult, metric: MetricResult) -> str:
    """Markdown: the verdict, and every method that was compared."""
    lines = [
        f"**{_cell(result['question'])}**",
        "",
        _cell(result["statement"]),
        "",
        "| against | tasks | won / tied / lost | p (Holm) | better / same / worse | ours is |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for pair in metric["pairs"]:
        record = f"{pair['wins']} / {pair['ties']} / {pair['losses']}"
        cells = [
            _cell(pair["method"]),
            str(pair["tasks"]),
            record,
            formatting.p_text(pair["p_holm"]),
        ]
        cells += [words.percent(pair) if pair["p"] is not None else "-", pair["outcome"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
