"""What MLflow shows: records and summary as metrics, params and tags."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runners import formatting
from runners.mlflow import limits
from runners.mlflow.descriptions import description
from runners.mlflow.limits import Point
from runners.records.record import Record
from runners.results.access import (
    metric_of,
    published_by_id,
    published_of,
    strongest_of,
    test_rows,
    verdict_on,
)
from runners.results.scoreboard import VERDICTS, verdict_word
from runners.results.splits import shape
from runners.results.types import BenchmarkResult, EntryResult, Score, VerdictResult
from runners.safe_text import clean

CURVE_POINTS = 100
"""The most points of a curve, about what a chart shows; the records and `curves.json` have all."""
CURVES = "curves.json"
"""Artifact of a network's run: whole curves of its trials, by name, repeat and fingerprint."""


@dataclass(frozen=True)
class TrialContent:
    """The run of one trial."""

    metrics: list[Point]
    tags: dict[str, str]
    params: dict[str, str]
    start: int
    """Milliseconds since 1970."""
    end: int


@dataclass(frozen=True)
class EntryContent:
    """The run of an entry."""

    metrics: dict[str, float]
    """Shown as they are now."""
    tags: dict[str, str]
    params: dict[str, str]
    description: str
    """Markdown."""
    points: list[Point]
    """Metrics with steps: learning curves, or the repeats of a baseline."""


def child_content(record: Record) -> TrialContent:
    """One trial: scores, thinned curves at true epochs (the first is step 1), what made it."""
    start, end = milliseconds(record["started_at"]), milliseconds(record["finished_at"])
    metrics: list[Point] = [(name, value, end, 0) for name, value in record["scores"].items()]
    metrics.append(("seconds", record["seconds"]["trial"], end, 0))
    for name, curve in record["history"].items():
        metrics += [(name, curve[epoch - 1], end, epoch) for epoch in shown_epochs(len(curve))]
    metrics += _system(record)
    tags = {
        **_origin(record),
        "kerasfolio.fingerprint": record["fingerprint"],
        "kerasfolio.group": ",".join(str(repeat) for repeat in record["group"]),
    }
    params = {
        "repeat": str(record["repeat"]),
        **_split(record),
        "seed": str(record["seed"]),
        "train_rows": str(record["data"]["train"]),
        "test_rows": str(record["data"]["test"]),
        **_values(record),
    }
    return TrialContent(
        metrics=limits.points(metrics),
        tags=limits.tags(tags),
        params=limits.params(params),
        start=start,
        end=end,
    )


def shown_epochs(last: int) -> list[int]:
    """Epochs of a curve that MLflow gets: evenly spaced, with the first and the last one."""
    step = max(1, -(-last // CURVE_POINTS))
    return sorted({1, *range(step, last + 1, step), last} - {0}) if last else []


def _system(record: Record) -> list[Point]:
    """What a long training took of the machine while it ran, as MLflow's system metrics."""
    taken = record.get("system")
    if not taken:
        return []
    start = milliseconds(record["started_at"])
    curves = {
        "process_cpu_percent": taken["process_cpu_percent"],
        "process_memory_mb": taken["process_memory_mb"],
    }
    return [
        (f"system/{name}", value, start + round(1000 * at), step)
        for name, values in curves.items()
        for step, (at, value) in enumerate(zip(taken["seconds"], values, strict=True))
    ]


def _split(record: Record) -> dict[str, str]:
    """Which split or fold a trial trained, where each is trained with several seeds."""
    splits, seeds = shape(record["benchmark"]["protocol"])
    return {"split": str(record["repeat"] % splits)} if seeds > 1 else {}


def _origin(record: Record) -> dict[str, str]:
    """Tags that say what made a score."""
    environment = record["environment"]
    git = environment["git"]
    tags = {
        "kerasfolio.benchmark": record["benchmark"]["name"],
        "kerasfolio.recipe": record["recipe"],
        "kerasfolio.data": record["data"]["digest"],
        "kerasfolio.copy": record["data"]["copy"],
        "hardware.cpu": environment["cpu"],
        "hardware.cores": str(environment["cores"]),
        "hardware.device": environment["device"],
        "hardware.threads": str(environment["threads"]),
        "hardware.precision": environment["precision"],
        **{f"version.{name}": value for name, value in environment["versions"].items()},
    }
    if git:
        tags["mlflow.source.git.commit"] = git["commit"]
        tags["kerasfolio.git.dirty"] = str(git["dirty"]).lower()
    return tags


def _values(record: Record) -> dict[str, str]:
    return {name: str(value) for name, value in record["entry"]["values"].items()}


def with_repeats(content: EntryContent, records: Sequence[Record]) -> EntryContent:
    """The run of a baseline, which has no runs below its own, with its trials as part of it.

    Every score is the metric `<name>/repeat` at the step of its repeat, at the time it was made:
    a later generation adds points, and `kerasfolio.repeats` says which steps are its own.
    """
    last = records[-1]
    points = [
        (f"{name}/repeat", value, milliseconds(record["finished_at"]), record["repeat"])
        for record in records
        for name, value in record["scores"].items()
    ]
    points += next(filter(None, map(_system, reversed(records))), [])
    tags = {
        **_recipe(last),
        "kerasfolio.repeats": ",".join(str(record["repeat"]) for record in records),
    }
    return replace(
        content, points=limits.points(points), tags={**limits.tags(tags), **content.tags}
    )


def with_curves(content: EntryContent, records: Sequence[Record]) -> EntryContent:
    """The run of a network, with the median learning curves of its trials and its recipe."""
    tags = {**limits.tags(_recipe(records[-1])), **content.tags}
    return replace(content, points=curve_points(records), tags=tags)


def _recipe(last: Record) -> dict[str, str]:
    """Tags that say what the newest generation of an entry is.

    Those of a trial are params; params of a run can never change, and these do.
    """
    return {
        **_origin(last),
        "kerasfolio.train_rows": str(last["data"]["train"]),
        "kerasfolio.test_rows": str(last["data"]["test"]),
        **{f"value.{name}": value for name, value in _values(last).items()},
    }


def whole_curves(records: Sequence[Record]) -> str:
    """JSON of all curves of an entry's trials; empty without any."""
    curves: dict[str, dict[str, list[float]]] = {}
    for record in records:
        trial = f"{record['repeat']:02d}-{record['fingerprint'][:16]}"
        for name, curve in record["history"].items():
            curves.setdefault(clean(name), {})[trial] = curve
    return json.dumps(curves, separators=(",", ":")) if curves else ""


def parent_content(benchmark: BenchmarkResult, entry: EntryResult) -> EntryContent:
    """One entry of a benchmark: its scores, interval, verdict and level, and a readable table."""
    metric, score, rows = metric_of(benchmark), entry["score"], test_rows(benchmark)
    published, strongest = published_by_id(benchmark), strongest_of(benchmark)
    against = verdict_on(entry["verdicts"], strongest)
    protocol, skill = benchmark["protocol"], benchmark["skill"]
    unit = "" if metric["unit"] == "fraction" else metric["unit"]
    values: dict[str, float | None] = {
        **(_figures(metric["name"], score) if score else {}),
        "score": shown_digits(score["mean"], 4) if score else None,
        "skill": shown_digits(skill["value"], 3) if skill and entry["headline"] else None,
        "n": score and score["n"],
        "seeds": score["seeds"] if score and score["seeds"] > 1 else None,
        "seconds": entry["seconds"],
        "parameters": entry["params"],
    }
    for other, measured in entry["metrics"].items():
        values |= _figures(other, measured)
        best = published.get(measured["strongest"] or "")
        if best:
            values[f"{other}_baseline"] = best["score"]
            values[f"{other}_gap_to_baseline"] = measured["mean"] - best["score"]
    if strongest and score:
        values["baseline"] = strongest["score"]
        values["gap_to_baseline"] = score["mean"] - strongest["score"]
    tags = {
        "score": formatting.score_text(score, metric, rows),
        "interval": formatting.interval_text(score, metric, rows),
        "kerasfolio.benchmark": benchmark["name"],
        "kerasfolio.headline": str(entry["headline"]).lower(),
        "kerasfolio.protocol": protocol["id"] if protocol else "None",
        "kerasfolio.kind": str(entry["kind"]),
        "metric": formatting.metric_label(metric) + (f", {unit}" if unit else ""),
        "verdict": _verdict(benchmark, against) if score else "-",
        "level": benchmark["level"] if entry["headline"] and score else "-",
        "status": benchmark["status"],
    }
    if entry["headline"]:
        tags["headline"] = entry["name"]
    if entry["reruns"]:
        tags["kerasfolio.reruns"] = entry["reruns"]
    if entry.get("unsaved"):
        tags["network"] = f"not kept: {entry['unsaved']}"
    if strongest:
        tags["baseline"] = f"{strongest['model']} ({strongest['id']})"
        tags["published"] = formatting.published_text(strongest, metric)
    return EntryContent(
        metrics={
            limits.name(name): float(value) for name, value in values.items() if value is not None
        },
        tags=limits.tags(tags),
        params=limits.params({"entry": entry["name"], "benchmark": benchmark["name"]}),
        description=description(benchmark, entry),
        points=[],
    )


def shown_digits(value: float, digits: int) -> float:
    """A number with so many significant digits: MLflow's tables show all that there are."""
    return float(f"{value:.{digits}g}")


def _verdict(benchmark: BenchmarkResult, against: VerdictResult | None) -> str:
    """The verdict against the strongest comparable score in a word, or why there is none."""
    if against is not None:
        return verdict_word(against)
    return VERDICTS["not-comparable" if published_of(benchmark) else "none"]


def curve_points(records: Sequence[Record]) -> list[Point]:
    """Median learning curves of an entry's trials, as metrics `curves/<name>` at true epochs.

    So that MLflow draws the entries of an experiment against each other, in a group of their own.
    An epoch that fewer than half of the trials reached is left out, and long curves are
    thinned. A later generation adds its own points.
    """
    end = max(milliseconds(record["finished_at"]) for record in records)
    names = sorted({name for record in records for name in record["history"]})
    points: list[Point] = []
    for name in names:
        curves = [record["history"][name] for record in records if name in record["history"]]
        for epoch in shown_epochs(max(map(len, curves))):
            values = [curve[epoch - 1] for curve in curves if epoch <= len(curve)]
            if 2 * len(values) >= len(curves):
                points.append((f"curves/{name}", statistics.median(values), end, epoch))
    return limits.points(points)


def _figures(metric: str, score: Score) -> dict[str, float | None]:
    low, high = score["ci95"] or (None, None)
    return {
        metric: score["mean"],
        f"{metric}_std": score["std"],
        f"{metric}_ci95_low": low,
        f"{metric}_ci95_high": high,
        f"{metric}_seed_std": score["seed_std"],
    }


def dataset_input(record: Mapping[str, Any]) -> Any:
    """The data set of a trial with its real digest (MLflow's own looks at the first rows only)."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    data = record["data"]
    digest = data["digest"].removeprefix("sha256:")[:36]
    dataset = Dataset(
        name=limits.value(data["title"], 500) or "untitled",
        digest=limits.value(digest, 36) or "unknown",
        source_type="http",
        source=json.dumps({"url": limits.value(data["url"], 2000)}),
        profile=json.dumps({"num_rows": data["rows"], "copy": limits.value(data["copy"], 2000)}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])


def span(records: Iterable[Record]) -> tuple[int, int]:
    """When the first of these trials began and the last ended, in milliseconds since 1970."""
    moments = [(r["started_at"], r["finished_at"]) for r in records]
    return (
        min(milliseconds(start) for start, _ in moments),
        max(milliseconds(end) for _, end in moments),
    )


def milliseconds(moment: str) -> int:
    """An ISO 8601 time as MLflow counts: milliseconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
