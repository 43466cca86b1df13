"""A study in MLflow: one run for it, and below that one a setting.

The tags are `kerasfolio.entry` for the study and `kerasfolio.trial` for a setting, as for entries
and trials, with names no entry can have: they start with `study:`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from runners import formatting
from runners.mlflow import limits
from runners.mlflow.descriptions import note
from runners.mlflow.new_runs import STATE, NewRun, create, finish
from runners.mlflow.payloads import dataset_input, milliseconds
from runners.mlflow.store import KnownRun
from runners.records import study
from runners.records.record import MetricFacts
from runners.records.store import as_json
from runners.records.study import Study, Trial


def studies(runs: Path) -> list[Study]:
    """Every whole study of a folder of runs, in the order of their names."""
    readable = []
    for place in sorted(runs.glob(f"{study.FOLDER}/*/*/*.json")):
        try:
            content = study.read(place)
        except ValueError:  # the page says so
            continue
        if content is not None:
            readable.append(content)
    return readable


def name(content: Study) -> str:
    """The name of a study in MLflow."""
    return f"study:{content['benchmark']}:{content['study']}"


def names(content: Study) -> list[str]:
    """All runs of a study: its own, and those of its settings."""
    numbers = [trial["number"] for trial in content["trials"]]
    return [name(content), *(f"{name(content)}/{number:04d}" for number in numbers)]


def digest(runs: Path) -> list[str]:
    """What tells whether any study has changed."""
    places = sorted(runs.glob(f"{study.FOLDER}/*/*/*.json"))
    return [hashlib.sha256(place.read_bytes()).hexdigest() for place in places if place.is_file()]


def study_run(content: Study) -> NewRun:
    """The run of a study: the best score so far by setting, the winner, a readable table."""
    metric, headline = content["metric"], content["headline"]
    key, end = metric["name"], milliseconds(content["finished_at"])
    best = _best(content, content["trials"])
    values = {
        f"inner_{key}": best["mean"] if best else None,
        f"inner_{key}_headline": headline["mean"] if headline else None,
        "settings": len(content["trials"]),
    }
    points = [(name, value, end, 0) for name, value in values.items() if value is not None]
    points += [(f"best_inner_{key}", value, end, step) for step, value in _best_so_far(content)]
    shares = content.get("importance") or {}
    points += [(f"importance/{which}", share, end, 0) for which, share in shares.items()]
    label = formatting.metric_label(metric)
    params = {"make": content["make"], "folds": str(len(content["folds"]["sizes"]))}
    params |= {f"space.{which}": json.dumps(what) for which, what in content["space"].items()}
    return NewRun(
        "",
        f"{content['benchmark']} · study {content['study'][:6]}",
        milliseconds(content["started_at"]),
        end,
        {
            "kerasfolio.benchmark": content["benchmark"],
            "kerasfolio.kind": "study",
            "kerasfolio.data": content["data"]["digest"],
            "score": f"inner {label} {_text(best['mean'], metric)}" if best else "-",
            "level": "-",
            "verdict": "inner validation only",
            "mlflow.note.content": note(_table(content), "The page has the whole study."),
        },
        limits.params(params),
        limits.points(points),
        dataset_input(content),
    )


def setting_run(content: Study, trial: Trial) -> NewRun:
    """The run of one setting: its scores by fold, and what became of it."""
    key, end = content["metric"]["name"], milliseconds(trial["finished_at"])
    points = [(f"inner_{key}/fold", score, end, fold) for fold, score in enumerate(trial["scores"])]
    if trial["mean"] is not None:
        points.append((f"inner_{key}", trial["mean"], end, 0))
    points.append(("seconds", trial["seconds"], end, 0))
    settings = {which: json.dumps(value) for which, value in trial["settings"].items()}
    return NewRun(
        "",
        f"setting {trial['number'] + 1:02d}",
        milliseconds(trial["started_at"]),
        end,
        {
            "kerasfolio.benchmark": content["benchmark"],
            "kerasfolio.kind": "setting",
            "status": trial["state"],
            "reason": trial.get("reason") or "-",
        },
        limits.params(settings),
        limits.points(points),
        dataset_input(content),
    )


def mirror(
    client: Any,
    experiment: str,
    content: Study,
    existing: Mapping[str, KnownRun],
    own: Mapping[str, str],
) -> int:
    """Write what MLflow lacks of a study; returns how many runs that were.

    `existing` are the runs there are, by name, and `own` are tags that all of them get.
    """
    state = hashlib.sha256(as_json(content)).hexdigest()[:16]
    there = existing.get(name(content))
    if there and there["whole"] and there["state"] == state:
        return 0
    whole = study_run(content)
    tags = {**whole.tags, **own, "kerasfolio.entry": name(content)}
    whole = replace(whole, experiment=experiment, tags=tags)
    parent = finish(client, there["id"], whole) if there else create(client, [whole])[0]
    missing, count = [], 1
    for run, trial in zip(names(content)[1:], content["trials"], strict=True):
        known = existing.get(run)
        if known and known["whole"]:
            continue
        setting, count = setting_run(content, trial), count + 1
        tags = {**setting.tags, **own, "kerasfolio.trial": run, "mlflow.parentRunId": parent}
        setting = replace(setting, experiment=experiment, tags=tags)
        if known:
            finish(client, known["id"], setting)
        else:
            missing.append(setting)
    create(client, missing)
    client.set_tag(parent, STATE, state)  # last: all of it is there
    return count


def _best(content: Study, trials: Sequence[Trial]) -> Trial | None:
    return study.best(trials, content["metric"]["direction"])


def _best_so_far(content: Study) -> Iterator[tuple[int, float]]:
    """The best mean over all folds after each setting, counted from 1."""
    for done in range(1, len(content["trials"]) + 1):
        best = _best(content, content["trials"][:done])
        if best is not None:
            yield done, study.mean_of(best)


def _text(value: float | None, metric: MetricFacts) -> str:
    return formatting.mean_text({"mean": value}, metric) if value is not None else "-"


def _table(content: Study) -> str:
    """Markdown: the ten best settings."""
    metric, folds = content["metric"], content["folds"]
    sign = 1 if metric["direction"] == "min" else -1
    judged = study.complete(content["trials"])
    lines = [
        f"{len(content['trials'])} settings of {content['make']}, judged on "
        f"{len(folds['sizes'])} inner {folds['kind']} of training rows alone.",
        "",
        f"| setting | inner {formatting.metric_label(metric)} | |",
        "| --- | --- | --- |",
    ]
    for trial in sorted(judged, key=lambda trial: sign * study.mean_of(trial))[:10]:
        settings = ", ".join(f"{k} {json.dumps(v)}" for k, v in trial["settings"].items())
        mean = _text(trial["mean"], metric)
        lines.append(f"| {trial['number'] + 1} | {mean} | {settings.replace('|', '/')} |")
    return "\n".join(lines)
