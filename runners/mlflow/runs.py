"""Writing the runs of entries and of trials."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runners.mlflow import limits, models
from runners.mlflow.descriptions import note
from runners.mlflow.limits import Point
from runners.mlflow.payloads import (
    child_content,
    dataset_input,
    parent_content,
    span,
    with_curves,
    with_repeats,
)
from runners.mlflow.store import KnownRun
from runners.records.record import Record
from runners.records.store import Runs, as_json
from runners.results.types import BenchmarkResult, EntryResult
from runners.safe_text import clean

METRICS_A_BATCH, NAMES_A_BATCH = 800, 100
"""The most metrics, and params or tags, in one `log_batch`: MLflow takes 1,000 of all together."""
NO_TAGS: Mapping[str, str] = MappingProxyType({})
Figures = Callable[[BenchmarkResult, Mapping[str, Sequence[Record]], Path], str]
"""From a benchmark of the summary, its newest records by entry and the runs folder to HTML."""


def write_entry(
    client: Any,
    experiment: str,
    benchmark: BenchmarkResult,
    entry: EntryResult,
    entries: Mapping[str, Sequence[Record]],
    runs: Runs,
    figures: Figures | None,
    known: KnownRun | None,
    own: Mapping[str, str] = NO_TAGS,
) -> tuple[str, int]:
    """Write or refresh the run of an entry; returns its id and whether it changed (0 or 1).

    `entries` are the newest records of every entry of the benchmark, `own` tags of the folder.
    """
    records = entries[entry["name"]]
    with_steps = with_repeats if entry["kind"] == "reference" else with_curves
    content = with_steps(parent_content(benchmark, entry), records)
    content = replace(content, tags={**content.tags, **own})
    state = hashlib.sha256(as_json(asdict(content))).hexdigest()[:16]
    if known and known["whole"] and known["state"] == state:
        return known["id"], 0
    began, ended = span(records)
    now = int(time.time() * 1000)
    if known:
        run_id = known["id"]
        former = client.get_run(run_id).data.tags.keys() - content.tags.keys()
        for tag in former:  # what the newest generation no longer has
            if tag.startswith("value.") or tag == "network":
                client.delete_tag(run_id, tag)
        # Of two values MLflow shows the one with the later time, and clocks are set back.
        earlier = client.get_metric_history(run_id, next(iter(content.metrics), "n"))
        now = max([now, *(metric.timestamp + 1 for metric in earlier)])
    else:
        tags = {"mlflow.runName": f"{benchmark['name']} · {entry['name']}"}
        tags["kerasfolio.entry"] = f"{benchmark['name']}/{entry['name']}"
        run = client.create_run(experiment, start_time=began, tags=limits.tags(tags))
        run_id = str(run.info.run_id)
    metrics = [(key, value, now, 0) for key, value in content.metrics.items()]
    log(client, run_id, metrics + content.points, content.tags, content.params)
    client.log_inputs(run_id, datasets=[dataset_input(records[-1])])
    recipe = records[-1]["recipe"]
    model = runs.model(benchmark["name"], entry["name"], recipe)
    if entry["headline"] and model.exists():
        models.log(client, run_id, benchmark["name"], recipe, model)
    client.log_text(run_id, clean(content.description), "scores.md")
    if entry["headline"] and figures:
        client.log_text(run_id, figures(benchmark, entries, runs.root), "figures.html")
    client.set_tag(run_id, "mlflow.note.content", note(content.description))
    client.set_tag(run_id, "kerasfolio.state", state)
    client.set_terminated(run_id, "FINISHED", ended)
    return run_id, 1


def write_trial(
    client: Any,
    experiment: str,
    parent: str,
    record: Record,
    trial: str,
    unfinished: str | None,
    own: Mapping[str, str] = NO_TAGS,
) -> None:
    """Write the run of one trial, or finish the one a killed process left behind."""
    content = child_content(record)
    tags = {
        **content.tags,
        **own,
        "kerasfolio.trial": trial,
        "mlflow.parentRunId": parent,
        "mlflow.runName": limits.value(f"{record['entry']['name']} {record['repeat']:02d}", 250),
    }
    run_id = unfinished
    if run_id is None:
        run = client.create_run(experiment, start_time=content.start, tags=tags)
        run_id = str(run.info.run_id)
    log(client, run_id, content.metrics, {} if unfinished is None else tags, content.params)
    client.log_inputs(run_id, datasets=[dataset_input(record)])
    client.set_terminated(run_id, "FINISHED", content.end)


def log(
    client: Any,
    run_id: str,
    metrics: Sequence[Point],
    tags: Mapping[str, str],
    params: Mapping[str, str],
) -> None:
    """Write metrics, tags and params to a run, as many at a time as MLflow takes."""
    from mlflow.entities import Metric, Param, RunTag

    points = [Metric(name, value, at, step) for name, value, at, step in metrics]
    labels = [RunTag(key, value) for key, value in tags.items()]
    values = [Param(key, value) for key, value in params.items()]
    while points or values or labels:
        now = points[:METRICS_A_BATCH], values[:NAMES_A_BATCH], labels[:NAMES_A_BATCH]
        client.log_batch(run_id, *now)
        points, values = points[METRICS_A_BATCH:], values[NAMES_A_BATCH:]
        labels = labels[NAMES_A_BATCH:]
