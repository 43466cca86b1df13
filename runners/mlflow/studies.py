"""What MLflow is told of a study: one run for it, and below that one a setting.

The tags are `kerasfolio.entry` for the study and `kerasfolio.trial` for a setting, as for entries
and trials, with names no entry can have: they start with `study:`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runners import formatting
from runners.mlflow import limits
from runners.mlflow.descriptions import note
from runners.mlflow.payloads import dataset_input, milliseconds
from runners.records import study
from runners.records.store import as_json

Content = dict[str, Any]


def studies(runs: Path) -> list[study.Study]:
    """Every whole study of a folder of runs, in the order of their names."""
    found = []
    for place in sorted(runs.glob(f"{study.FOLDER}/*/*/*.json")):
        try:
            one = study.read(place)
        except ValueError:  # the page says so
            continue
        if one is not None:
            found.append(one)
    return found


def name(found: study.Study) -> str:
    """What a study is known by in MLflow."""
    return f"study:{found['benchmark']}:{found['study']}"


def names(found: study.Study) -> list[str]:
    """All runs of a study: its own, and those of its settings."""
    return [name(found), *(f"{name(found)}/{one['number']:04d}" for one in found["trials"])]


def digest(runs: Path) -> list[str]:
    """What tells whether any study has changed."""
    places = sorted(runs.glob(f"{study.FOLDER}/*/*/*.json"))
    return [hashlib.sha256(place.read_bytes()).hexdigest() for place in places]


def content(found: study.Study) -> Content:
    """The run of a study: the best score so far by setting, the winner, a readable table."""
    metric = found["metric"]
    key, end = metric["name"], milliseconds(found["finished_at"])
    best = _best(found)
    headline = found["headline"] or {}
    values = {f"inner_{key}": best["mean"] if best else None}
    values |= {f"inner_{key}_headline": headline.get("mean"), "settings": len(found["trials"])}
    points = [(f"best_inner_{key}", value, end, step) for step, value in _history(found)]
    shares = found.get("importance") or {}
    points += [(f"importance/{which}", share, end, 0) for which, share in shares.items()]
    label = formatting.metric_label(metric)
    tags = {
        "kerasfolio.benchmark": found["benchmark"],
        "kerasfolio.kind": "study",
        "kerasfolio.data": found["data"]["digest"],
        "score": f"inner {label} {_text(best['mean'], metric)}" if best else "-",
        "level": "-",
        "verdict": "inner validation only",
    }
    params = {"make": found["make"], "folds": str(len(found["folds"]["sizes"]))}
    params |= {f"space.{which}": json.dumps(what) for which, what in found["space"].items()}
    return {
        "metrics": limits.points([(k, v, end, 0) for k, v in values.items() if v is not None])
        + limits.points(points),
        "tags": limits.tags(tags),
        "params": limits.params(params),
        "title": limits.value(f"{found['benchmark']} · study {found['study'][:6]}", 250),
        "note": note(_table(found), "The page has the whole study."),
        "data": found["data"],
        "start": milliseconds(found["started_at"]),
        "end": end,
        "state": hashlib.sha256(as_json(found)).hexdigest()[:16],
    }


def setting_content(found: study.Study, one: study.Trial) -> Content:
    """The run of one setting: its scores by fold, and what became of it."""
    key, end = found["metric"]["name"], milliseconds(one["finished_at"])
    points = [(f"inner_{key}/fold", score, end, fold) for fold, score in enumerate(one["scores"])]
    if one["mean"] is not None:
        points.append((f"inner_{key}", one["mean"], end, 0))
    tags = {
        "kerasfolio.benchmark": found["benchmark"],
        "kerasfolio.kind": "setting",
        "status": one["state"],
        "reason": str(one.get("reason") or "-"),
    }
    settings = {which: json.dumps(value) for which, value in one["settings"].items()}
    return {
        "metrics": limits.points([*points, ("seconds", one["seconds"], end, 0)]),
        "tags": limits.tags(tags),
        "params": limits.params(settings),
        "title": f"setting {one['number'] + 1:02d}",
        "data": found["data"],
        "start": milliseconds(one["started_at"]),
        "end": end,
    }


def mirror(
    client: Any,
    experiment: str,
    found: study.Study,
    known: Mapping[str, Mapping[str, Any]],
    log: Callable[..., None],
) -> int:
    """Write what MLflow lacks of a study; returns how many runs that were.

    `known` are the runs there are, by name, and `log` writes metrics, tags and params to one.
    """

    def written(kind: str, run: str, tells: Content, tags: Mapping[str, str]) -> str:
        there = known.get(run)
        tags = {**tells["tags"], **tags, kind: run, "mlflow.runName": tells["title"]}
        if there is None:
            made = client.create_run(experiment, start_time=tells["start"], tags=tags)
            run_id = str(made.info.run_id)
            client.log_inputs(run_id, datasets=[dataset_input(tells)])
        else:
            run_id = str(there["id"])
        log(client, run_id, tells["metrics"], {} if there is None else tags, tells["params"])
        client.set_terminated(run_id, "FINISHED", tells["end"])
        return run_id

    tells, own = content(found), known.get(name(found), {})
    if own.get("whole") and own.get("state") == tells["state"]:
        return 0
    noted = {"mlflow.note.content": tells["note"]}
    parent, count = written("kerasfolio.entry", name(found), tells, noted), 1
    for run, one in zip(names(found)[1:], found["trials"], strict=True):
        if not known.get(run, {}).get("whole"):
            child = {"mlflow.parentRunId": parent}
            written("kerasfolio.trial", run, setting_content(found, one), child)
            count += 1
    client.set_tag(parent, "kerasfolio.state", tells["state"])  # last: all of it is there
    return count


def _best(found: study.Study) -> study.Trial | None:
    return study.best(found["trials"], found["metric"]["direction"])


def _history(found: study.Study) -> Iterator[tuple[int, float]]:
    """The best mean over all folds after each setting, counted from 1."""
    for done in range(1, len(found["trials"]) + 1):
        best = study.best(found["trials"][:done], found["metric"]["direction"])
        if best is not None:
            yield done, best["mean"]


def _text(value: float | None, metric: Mapping[str, Any]) -> str:
    return formatting.mean_text({"mean": value}, metric) if value is not None else "-"


def _table(found: study.Study) -> str:
    """Markdown: the ten best settings."""
    sign = 1 if found["metric"]["direction"] == "min" else -1
    whole = [one for one in found["trials"] if one["state"] == "complete"]
    first = sorted(whole, key=lambda one: sign * one["mean"])[:10]
    lines = [
        f"{len(found['trials'])} settings of {found['make']}, judged on "
        f"{len(found['folds']['sizes'])} inner {found['folds']['kind']} of training rows alone.",
        "",
        f"| setting | inner {formatting.metric_label(found['metric'])} | |",
        "| --- | --- | --- |",
    ]
    for one in first:
        settings = ", ".join(f"{k} {json.dumps(v)}" for k, v in one["settings"].items())
        mean = _text(one["mean"], found["metric"])
        lines.append(f"| {one['number'] + 1} | {mean} | {settings.replace('|', '/')} |")
    return "\n".join(lines)
