"""What MLflow shows: records and summary as metrics, params, tags and a description."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runners import formatting
from runners.mlflow import limits
from runners.mlflow.limits import Point
from runners.records.generations import Record
from runners.results.access import (
    metric_of,
    published_by_id,
    strongest_of,
    test_rows,
    unit_of,
    verdict_on,
)
from runners.results.scoreboard import scoreboard_row
from runners.results.types import (
    BenchmarkResult,
    EntryResult,
    Metric,
    PublishedScore,
    Score,
    VerdictResult,
)

NOTE_LENGTH = 8000
"""The most characters MLflow keeps of a tag; the description is one."""
VIEW = "kerasfolio"
"""What MLflow's address knows the table of `experiment_tags` by: `viewStateShareKey`."""
COLUMNS = {"score": 140, "interval": 110, "published": 130, "verdict": 110, "level": 90}
"""Tags of an entry that its experiment shows as columns, with their widths in pixels."""
CURVE_POINTS = 200
"""The most points of a curve in the run of an entry; the runs of its trials have all."""


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
    """One trial: scores, learning curves at true epochs (the first is step 1), what made it."""
    start, end = milliseconds(record["started_at"]), milliseconds(record["finished_at"])
    metrics: list[Point] = [(name, value, end, 0) for name, value in record["scores"].items()]
    metrics.append(("seconds", record["seconds"]["trial"], end, 0))
    for name, curve in record["history"].items():
        metrics += [(name, value, end, epoch) for epoch, value in enumerate(curve, start=1)]
    tags = {
        **_origin(record),
        "kerasfolio.fingerprint": record["fingerprint"],
        "kerasfolio.group": ",".join(str(repeat) for repeat in record["group"]),
    }
    params = {
        "repeat": str(record["repeat"]),
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
    a later generation adds points, and `kerasfolio.repeats` says which steps are its own. What a
    trial has as params is in tags here (`value.<name>`): params of a run can never change.
    """
    last = records[-1]
    points = [
        (f"{name}/repeat", value, milliseconds(record["finished_at"]), record["repeat"])
        for record in records
        for name, value in record["scores"].items()
    ]
    tags = {
        **_origin(last),
        "kerasfolio.repeats": ",".join(str(record["repeat"]) for record in records),
        "kerasfolio.train_rows": str(last["data"]["train"]),
        "kerasfolio.test_rows": str(last["data"]["test"]),
        **{f"value.{name}": value for name, value in _values(last).items()},
    }
    return replace(
        content, points=limits.points(points), tags={**limits.tags(tags), **content.tags}
    )


def with_curves(content: EntryContent, records: Sequence[Record]) -> EntryContent:
    """The run of a network, with the median learning curves of its trials."""
    return replace(content, points=curve_points(records))


def parent_content(benchmark: BenchmarkResult, entry: EntryResult) -> EntryContent:
    """One entry of a benchmark: its scores, interval, verdict and level, and a readable table."""
    metric, score, rows = metric_of(benchmark), entry["score"], test_rows(benchmark)
    published, strongest = published_by_id(benchmark), strongest_of(benchmark)
    against = verdict_on(entry["verdicts"], strongest)
    protocol = benchmark["protocol"]
    values: dict[str, float | None] = {
        **(_figures(metric["name"], score) if score else {}),
        "n": score and score["n"],
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
        "verdict": against["outcome"] if against else "nothing comparable",
        "level": benchmark["level"] if entry["headline"] else "-",
        "status": benchmark["status"],
    }
    if strongest:
        tags["baseline"] = f"{strongest['model']} ({strongest['id']})"
        tags["published"] = formatting.published_text(strongest, metric)
    return EntryContent(
        metrics={
            limits.name(name): float(value) for name, value in values.items() if value is not None
        },
        tags=limits.tags(tags),
        params=limits.params({"entry": entry["name"], "benchmark": benchmark["name"]}),
        description=_description(benchmark, entry),
        points=[],
    )


def curve_points(records: Sequence[Record]) -> list[Point]:
    """Median learning curves of an entry's trials, as metrics `curves/<name>` at true epochs.

    So that MLflow draws the entries of an experiment against each other, in a group of their own.
    An epoch that fewer than half of the trials reached is left out, and of long curves all but
    `CURVE_POINTS`. A later generation adds its own points.
    """
    end = max(milliseconds(record["finished_at"]) for record in records)
    names = sorted({name for record in records for name in record["history"]})
    points: list[Point] = []
    for name in names:
        curves = [record["history"][name] for record in records if name in record["history"]]
        last = max(map(len, curves))
        step = max(1, -(-last // CURVE_POINTS))
        for epoch in sorted({1, *range(step, last + 1, step), last} - {0}):
            values = [curve[epoch - 1] for curve in curves if epoch <= len(curve)]
            if 2 * len(values) >= len(curves):
                points.append((f"curves/{name}", statistics.median(values), end, epoch))
    return limits.points(points)


def experiment_tags(benchmarks: Sequence[BenchmarkResult]) -> dict[str, str]:
    """What an experiment says of the benchmarks of its family, and the table it opens with.

    The table is what MLflow's "Share" button would store: a row an entry, with score, interval,
    the best comparable published score, verdict and level.
    """
    lines = [
        "One run an entry: its score, its 95 % interval, the best published score obtained under "
        "the same protocol, the verdict and the level. The trials of a network are its child runs; "
        "a baseline keeps its repeats as steps of `<metric>/repeat`. Medians of learning "
        "curves are the metrics `curves/…`. Headlines:",
        "",
        "| benchmark | headline | score | best comparable published | verdict | level |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for benchmark in benchmarks:
        row, best = scoreboard_row(benchmark), strongest_of(benchmark)
        if not row.n:
            continue
        by = f" ({row.published_by}, {best['cited_as']})" if best else ""
        cells = [row.benchmark, row.entry, f"{row.metric} {row.score}"]
        cells += [f"{row.published}{by}", row.verdict, row.level]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    columns = {f"tags.`{name}`": width for name, width in COLUMNS.items()}
    view = {
        "selectedColumns": list(columns),
        "columnOrder": list(columns),
        "columnWidths": columns,
        "searchFilter": "tags.`kerasfolio.entry` != ''",
        "runListHidden": False,
    }
    return {
        "mlflow.note.content": note("\n".join(lines), "The page has them all."),
        f"mlflow.sharedViewState.{VIEW}": json.dumps(view),
    }


def _figures(metric: str, score: Score) -> dict[str, float | None]:
    low, high = score["ci95"] or (None, None)
    return {
        metric: score["mean"],
        f"{metric}_std": score["std"],
        f"{metric}_ci95_low": low,
        f"{metric}_ci95_high": high,
    }


def _description(benchmark: BenchmarkResult, entry: EntryResult) -> str:
    """Markdown: the question, and for every metric the score and its verdicts."""
    metric, best = metric_of(benchmark), strongest_of(benchmark)
    lines = [f"**{_cell(benchmark['question'] or benchmark['name'])}**"]
    if entry["score"]:
        verdict = verdict_on(entry["verdicts"], best)
        lines += ["", _score(benchmark, metric, entry["score"], best, verdict)]
    lines += ["", *_verdicts(benchmark, metric, entry["verdicts"])]
    for other in benchmark["also"]:
        measured = entry["metrics"].get(other["name"])
        if measured:
            best = published_by_id(benchmark).get(measured["strongest"] or "")
            verdict = verdict_on(measured["verdicts"], best)
            lines += ["", _score(benchmark, other, measured, best, verdict), ""]
            lines += _verdicts(benchmark, other, measured["verdicts"])
    return "\n".join(lines)


def _score(
    benchmark: BenchmarkResult,
    metric: Metric,
    score: Score,
    best: PublishedScore | None,
    verdict: VerdictResult | None,
) -> str:
    """A score in a line, with the verdict against the strongest comparable one in bold."""
    rows = test_rows(benchmark)
    text = f"{formatting.metric_label(metric)} {formatting.score_text(score, metric, rows)}"
    text += f", {formatting.spread_kind(score['n'], unit_of(benchmark))}"
    if score["ci95"]:
        text += f", 95 % interval {formatting.interval_text(score, metric, rows)}"
    if best and verdict:
        theirs = f"{best['model']}, {formatting.published_text(best, metric)}"
        text += f": **{verdict['outcome']}** against {theirs}"
    return _cell(text)


def _verdicts(
    benchmark: BenchmarkResult, metric: Metric, verdicts: Sequence[VerdictResult]
) -> list[str]:
    """A table with a row for every published score and trivial baseline."""
    lines = ["| against | score | verdict | why |", "| --- | --- | --- | --- |"]
    models = published_by_id(benchmark)
    own = {entry["name"]: entry for entry in benchmark["entries"]}
    # What was compared first: the note on MLflow's run page has room for some rows only.
    for verdict in sorted(verdicts, key=lambda one: one["outcome"] == "not-comparable"):
        name = verdict["baseline"]
        if name in models:
            label, theirs = models[name]["model"], formatting.published_text(models[name], metric)
        else:
            label = f"{name} (own trivial baseline)"
            score = _score_in(own.get(name), metric, benchmark)
            theirs = formatting.mean_text(score, metric, test_rows(benchmark))
        cells = (label, theirs, verdict["outcome"], verdict["why"])
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _score_in(entry: EntryResult | None, metric: Metric, of: BenchmarkResult) -> Score | None:
    """An entry's score in one of the benchmark's metrics."""
    if entry is None:
        return None
    return entry["score"] if metric == of["metric"] else entry["metrics"].get(metric["name"])


def note(description: str, rest: str = "The whole table is in the artifact scores.md.") -> str:
    """The description as MLflow can hold it: whole lines, and where the rest is."""
    if len(description) <= NOTE_LENGTH:
        return description
    end = f"\n\n{rest}"
    return description[: description.rindex("\n", 0, NOTE_LENGTH - len(end))] + end


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


def _cell(text: str) -> str:
    """Text from outside that cannot leave its table cell or quotes."""
    return " ".join(text.replace("|", "/").replace('"', "'").replace("\\", "/").split())


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
