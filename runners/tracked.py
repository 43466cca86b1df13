"""What MLflow is told: records and summary as metrics, params, tags and a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

Point = tuple[str, float, int, int]
"""Metric name, value, milliseconds since 1970, step."""


NOTE_LENGTH = 8000
"""The most characters MLflow keeps of a tag; the description is one."""


def child_content(record: Mapping[str, Any]) -> dict[str, Any]:
    """One trial: scores, learning curves at true epochs (the first is step 1), what made it."""
    start, end = _milliseconds(record["started_at"]), _milliseconds(record["finished_at"])
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
    return {"metrics": metrics, "tags": tags, "params": params, "start": start, "end": end}


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
    return {name: str(value)[:6000] for name, value in record["entry"]["values"].items()}


def repeats_content(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The trials of a reference, which has no runs below its own, as part of that run.

    Every score is the metric `<name>/repeat` at the step of its repeat, at the time it was made:
    a later generation adds points, and `kerasfolio.repeats` says which steps are its own. What a
    trial has as params is in tags here (`value.<name>`): params of a run can never change.
    """
    last = records[-1]
    return {
        "points": [
            (f"{name}/repeat", value, _milliseconds(record["finished_at"]), record["repeat"])
            for record in records
            for name, value in record["scores"].items()
        ],
        "tags": {
            **_origin(last),
            "kerasfolio.repeats": ",".join(str(record["repeat"]) for record in records),
            "kerasfolio.train_rows": str(last["data"]["train"]),
            "kerasfolio.test_rows": str(last["data"]["test"]),
            **{f"value.{name}": value for name, value in _values(last).items()},
        },
    }


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
    tags = {
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
    return {
        "metrics": {name: float(value) for name, value in values.items() if value is not None},
        "tags": tags,
        "params": {"entry": entry["name"], "benchmark": benchmark["name"]},
        "description": _description(benchmark, entry),
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
        lines += ["", _score(benchmark["metric"], entry["score"])]
    lines += ["", *_verdicts(benchmark, entry["verdicts"])]
    for metric in benchmark["also"]:
        measured = entry["metrics"].get(metric["name"])
        if measured:
            lines += ["", _score(metric, measured), ""]
            lines += _verdicts(benchmark, measured["verdicts"])
    return "\n".join(lines)


def _score(metric: Mapping[str, Any], score: Mapping[str, Any]) -> str:
    unit = "" if metric["unit"] == "fraction" else f" {metric['unit']}"
    spread = f" ± {score['std']:.4g}" if score.get("std") is not None else ""
    return f"{metric['name']} {score['mean']:.5g}{spread}{unit}, n = {score['n']}"


def _verdicts(benchmark: Mapping[str, Any], verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """A table with a row for every published score and floor."""
    lines = ["| against | score | verdict | why |", "| --- | --- | --- | --- |"]
    models = {b["id"]: b for b in benchmark["baselines"]}
    floors = {e["name"]: e for e in benchmark["entries"]}
    # The telling rows first: the note on MLflow's run page has room for some only.
    for verdict in sorted(verdicts, key=lambda one: one["outcome"] == "not-comparable"):
        name = verdict["baseline"]
        if name in models:
            label, theirs = models[name]["model"], models[name]["score"]
        else:
            label = f"{name} (own floor)"
            theirs = ((floors.get(name) or {}).get("score") or {}).get("mean")
        shown = "" if theirs is None else f"{theirs:.5g}"
        cells = (label, shown, verdict["outcome"], verdict["why"])
        lines.append("| " + " | ".join(_cell(str(cell)) for cell in cells) + " |")
    return lines


def note(description: str) -> str:
    """The description as MLflow's run page can hold it: whole lines, and where the rest is."""
    if len(description) <= NOTE_LENGTH:
        return description
    end = "\n\nThe whole table is in the artifact scores.md."
    return description[: description.rindex("\n", 0, NOTE_LENGTH - len(end))] + end


def dataset_input(record: Mapping[str, Any]) -> Any:
    """The data set of a trial with its real digest (MLflow's own looks at the first rows only)."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    data = record["data"]
    digest = data["digest"].removeprefix("sha256:")[:36]
    profile = f'{{"num_rows": {data["rows"]}, "copy": "{_cell(data["copy"])}"}}'
    dataset = Dataset(
        name=data["title"][:500],
        digest=digest,
        source_type="http",
        source=f'{{"url": "{_cell(data["url"])}"}}',
        profile=profile,
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])


def _cell(text: str) -> str:
    """Text from outside that cannot leave its table cell or quotes."""
    return " ".join(text.replace("|", "/").replace('"', "'").replace("\\", "/").split())


def span(records: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """When the first of these trials began and the last ended, in milliseconds since 1970."""
    moments = [(r["started_at"], r["finished_at"]) for r in records]
    return (
        min(_milliseconds(start) for start, _ in moments),
        max(_milliseconds(end) for _, end in moments),
    )


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
