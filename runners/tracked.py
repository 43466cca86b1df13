"""What MLflow is told: records and summary as metrics, params, tags and a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    environment = record["environment"]
    git = environment["git"]
    tags = {
        "kerasfolio.benchmark": record["benchmark"]["name"],
        "kerasfolio.fingerprint": record["fingerprint"],
        "kerasfolio.recipe": record["recipe"],
        "kerasfolio.group": ",".join(str(repeat) for repeat in record["group"]),
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
    params = {
        "repeat": str(record["repeat"]),
        "seed": str(record["seed"]),
        "train_rows": str(record["data"]["train"]),
        "test_rows": str(record["data"]["test"]),
        **{name: str(value)[:6000] for name, value in record["entry"]["values"].items()},
    }
    return {"metrics": metrics, "tags": tags, "params": params, "start": start, "end": end}


def parent_content(benchmark: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of a benchmark: its score, interval, verdict and level, and a readable table."""
    metric, score = benchmark["metric"]["name"], entry["score"] or {}
    strongest = next((b for b in benchmark["baselines"] if b["id"] == benchmark["strongest"]), None)
    verdicts = {verdict["baseline"]: verdict for verdict in entry["verdicts"]}
    against = verdicts.get(strongest["id"]) if strongest else None
    values: dict[str, float | None] = {
        metric: score.get("mean"),
        f"{metric}_std": score.get("std"),
        "n": score.get("n"),
        "seconds": entry["seconds"],
        "parameters": entry["params"],
    }
    if score.get("ci95"):
        values[f"{metric}_ci95_low"], values[f"{metric}_ci95_high"] = score["ci95"]
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
        "description": _description(benchmark, entry, verdicts),
    }


def _description(
    benchmark: Mapping[str, Any], entry: Mapping[str, Any], verdicts: Mapping[str, Any]
) -> str:
    """Markdown: the question, the score, and a row for every published score and floor."""
    score, metric = entry["score"] or {}, benchmark["metric"]
    unit = "" if metric["unit"] == "fraction" else f" {metric['unit']}"
    lines = [f"**{_cell(benchmark['question'])}**", ""]
    if score:
        spread = f" ± {score['std']:.4g}" if score.get("std") is not None else ""
        lines += [f"{metric['name']} {score['mean']:.5g}{spread}{unit}, n = {score['n']}", ""]
    lines += ["| against | score | verdict | why |", "| --- | --- | --- | --- |"]
    models = {b["id"]: b for b in benchmark["baselines"]}
    floors = {e["name"]: e for e in benchmark["entries"]}
    # The telling rows first: the note on MLflow's run page has room for some only.
    told = sorted(verdicts.items(), key=lambda item: item[1]["outcome"] == "not-comparable")
    for name, verdict in told:
        if name in models:
            label, theirs = models[name]["model"], models[name]["score"]
        else:
            label = f"{name} (own floor)"
            theirs = ((floors.get(name) or {}).get("score") or {}).get("mean")
        shown = "" if theirs is None else f"{theirs:.5g}"
        cells = (label, shown, verdict["outcome"], verdict["why"])
        lines.append("| " + " | ".join(_cell(str(cell)) for cell in cells) + " |")
    return "\n".join(lines)


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
