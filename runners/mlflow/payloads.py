"""What MLflow is told: records and summary as metrics, params, tags and a description."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from runners import formatting
from runners.mlflow import limits
from runners.results.published import short_citation
from runners.results.scoreboard import scoreboard_rows, test_rows

Point = tuple[str, float, int, int]
"""Metric name, value, milliseconds since 1970, step."""


NOTE_LENGTH = 8000
"""The most characters MLflow keeps of a tag; the description is one."""
VIEW = "kerasfolio"
"""What MLflow's address knows the table of `experiment_tags` by: `viewStateShareKey`."""
COLUMNS = {"score": 140, "interval": 110, "published": 130, "verdict": 110, "level": 90}
"""Tags of an entry that its experiment shows as columns, with their widths in pixels."""
CURVE_POINTS = 200
"""The most points of a curve in the run of an entry; the runs of its trials have all."""


def child_content(record: Mapping[str, Any]) -> dict[str, Any]:
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
    return {
        "metrics": limits.points(metrics),
        "tags": limits.tags(tags),
        "params": limits.params(params),
        "start": start,
        "end": end,
    }


def _origin(record: Mapping[str, Any]) -> dict[str, str]:
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


def _values(record: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in record["entry"]["values"].items()}


def repeats_content(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The trials of a reference, which has no runs below its own, as part of that run.

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
    return {"points": limits.points(points), "tags": limits.tags(tags)}


def parent_content(benchmark: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of a benchmark: its scores, interval, verdict and level, and a readable table."""
    metric, score = benchmark["metric"]["name"], entry["score"] or {}
    published = {b["id"]: b for b in benchmark["baselines"]}
    strongest = published.get(benchmark["strongest"])
    verdicts = {verdict["baseline"]: verdict for verdict in entry["verdicts"]}
    against = verdicts.get(strongest["id"]) if strongest else None
    values: dict[str, float | None] = {
        **_figures(metric, score),
        "n": score.get("n"),
        "seconds": entry["seconds"],
        "parameters": entry["params"],
    }
    for other, measured in entry["metrics"].items():
        values |= _figures(other, measured)
        best = published.get(measured["strongest"])
        if best:
            values[f"{other}_baseline"] = best["score"]
            values[f"{other}_gap_to_baseline"] = measured["mean"] - best["score"]
    if strongest and score:
        values["baseline"] = strongest["score"]
        values["gap_to_baseline"] = score["mean"] - strongest["score"]
    rows = test_rows(benchmark)
    tags = {
        "score": formatting.score_text(score or None, benchmark["metric"], rows),
        "interval": formatting.interval_text(score or None, benchmark["metric"], rows),
        "kerasfolio.benchmark": benchmark["name"],
        "kerasfolio.headline": str(bool(entry["headline"])).lower(),
        "kerasfolio.protocol": str((benchmark["protocol"] or {}).get("id")),
        "kerasfolio.kind": entry["kind"],
        "verdict": against["outcome"] if against else "nothing comparable",
        "level": benchmark["level"] if entry["headline"] else "-",
        "status": benchmark["status"],
    }
    if strongest:
        tags["baseline"] = f"{strongest['model']} ({strongest['id']})"
        tags["published"] = formatting.published_text(strongest, benchmark["metric"])
    return {
        "metrics": {
            limits.name(name): float(value) for name, value in values.items() if value is not None
        },
        "tags": limits.tags(tags),
        "params": limits.params({"entry": entry["name"], "benchmark": benchmark["name"]}),
        "description": _description(benchmark, entry),
    }


def curve_points(records: Sequence[Mapping[str, Any]]) -> list[Point]:
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


def experiment_tags(benchmarks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What an experiment says of the benchmarks of its family, and the table it opens with.

    The table is what MLflow's "Share" button would store: a row an entry, with score, interval,
    the best comparable published score, verdict and level.
    """
    lines = [
        "One run an entry: its score, its 95 % interval, the best published score obtained under "
        "the same protocol, the verdict and the level. The trials of a network are its child runs; "
        "a cheap reference keeps its repeats as steps of `<metric>/repeat`. Medians of learning "
        "curves are the metrics `curves/…`. Headlines:",
        "",
        "| benchmark | headline | score | best comparable published | verdict | level |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for benchmark, row in zip(benchmarks, scoreboard_rows({"benchmarks": benchmarks}), strict=True):
        if not row["n"]:
            continue
        best = next((b for b in benchmark["baselines"] if b["id"] == benchmark["strongest"]), None)
        by = f" ({row['published_by']}, {short_citation(best)})" if best else ""
        cells = [row["benchmark"], row["entry"], f"{row['metric']} {row['score']}"]
        cells += [f"{row['published']}{by}", row["verdict"], row["level"]]
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


def _figures(metric: str, score: Mapping[str, Any]) -> dict[str, float | None]:
    low, high = score.get("ci95") or (None, None)
    return {
        metric: score.get("mean"),
        f"{metric}_std": score.get("std"),
        f"{metric}_ci95_low": low,
        f"{metric}_ci95_high": high,
    }


def _description(benchmark: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """Markdown: the question, and for every metric the score and its verdicts."""
    lines = [f"**{_cell(benchmark['question'])}**"]
    if entry["score"]:
        strongest = benchmark["strongest"]
        lines += ["", _score(benchmark, benchmark["metric"], entry, entry["score"], strongest)]
    lines += ["", *_verdicts(benchmark, benchmark["metric"], entry["verdicts"])]
    for metric in benchmark["also"]:
        measured = entry["metrics"].get(metric["name"])
        if measured:
            lines += ["", _score(benchmark, metric, measured, measured, measured["strongest"]), ""]
            lines += _verdicts(benchmark, metric, measured["verdicts"])
    return "\n".join(lines)


def _score(
    benchmark: Mapping[str, Any],
    metric: Mapping[str, Any],
    judged: Mapping[str, Any],
    score: Mapping[str, Any],
    strongest: str | None,
) -> str:
    """A score in a line, with the verdict against the strongest comparable one in bold."""
    rows, repeat = test_rows(benchmark), (benchmark["protocol"] or {}).get("unit")
    text = f"{formatting.metric_label(metric)} {formatting.score_text(score, metric, rows)}"
    text += f", {formatting.spread_kind(score['n'], repeat)}"
    if score.get("ci95"):
        text += f", 95 % interval {formatting.interval_text(score, metric, rows)}"
    best = next((b for b in benchmark["baselines"] if b["id"] == strongest), None)
    verdict = next((v for v in judged["verdicts"] if v["baseline"] == strongest), None)
    if best and verdict:
        theirs = f"{best['model']}, {formatting.published_text(best, metric)}"
        text += f": **{verdict['outcome']}** against {theirs}"
    return _cell(text)


def _verdicts(
    benchmark: Mapping[str, Any], metric: Mapping[str, Any], verdicts: Sequence[Mapping[str, Any]]
) -> list[str]:
    """A table with a row for every published score and floor."""
    lines = ["| against | score | verdict | why |", "| --- | --- | --- | --- |"]
    models = {b["id"]: b for b in benchmark["baselines"]}
    floors = {e["name"]: e for e in benchmark["entries"]}
    # The telling rows first: the note on MLflow's run page has room for some only.
    for verdict in sorted(verdicts, key=lambda one: one["outcome"] == "not-comparable"):
        name = verdict["baseline"]
        if name in models:
            label, theirs = models[name]["model"], formatting.published_text(models[name], metric)
        else:
            label, floor = f"{name} (own floor)", floors.get(name) or {}
            own = metric == benchmark["metric"]
            score = floor.get("score") if own else (floor.get("metrics") or {}).get(metric["name"])
            theirs = formatting.mean_text(score, metric, test_rows(benchmark))
        cells = (label, theirs, verdict["outcome"], verdict["why"])
        lines.append("| " + " | ".join(_cell(str(cell)) for cell in cells) + " |")
    return lines


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


def span(records: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """When the first of these trials began and the last ended, in milliseconds since 1970."""
    moments = [(r["started_at"], r["finished_at"]) for r in records]
    return (
        min(milliseconds(start) for start, _ in moments),
        max(milliseconds(end) for _, end in moments),
    )


def milliseconds(moment: str) -> int:
    """An ISO 8601 time as MLflow counts: milliseconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
