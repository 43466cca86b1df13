"""Writing the runs of entries and of trials."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runners.mlflow import models
from runners.mlflow.descriptions import note
from runners.mlflow.new_runs import STATE, NewRun, create, log, write_texts
from runners.mlflow.payloads import (
    CURVES,
    child_content,
    dataset_input,
    parent_content,
    span,
    whole_curves,
    with_curves,
    with_repeats,
)
from runners.mlflow.store import KnownRun
from runners.records.record import Record
from runners.records.store import Runs, as_json
from runners.results.types import BenchmarkResult, EntryResult
from runners.safe_text import clean

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
    kept = runs.model(benchmark["name"], entry["name"], records[-1]["recipe"]).exists()
    state = hashlib.sha256(as_json([asdict(content), kept])).hexdigest()[:16]
    if known and known["whole"] and known["state"] == state:
        return known["id"], 0
    began, ended = span(records)
    # Trials of several days do not make a run of days.
    ended = min(ended, began + round(1000 * (entry["seconds"] or 0)))
    data = dataset_input(records[-1])
    now = int(time.time() * 1000)
    # A headline's own figures are written with the model and the data set they are of.
    linked = models.metrics_of(benchmark) if entry["headline"] else ()
    figures_now = {key: value for key, value in content.metrics.items() if key not in linked}
    if known:
        run_id = known["id"]
        former = client.get_run(run_id).data.tags.keys() - content.tags.keys()
        for tag in former:  # what the newest generation no longer has
            if tag.startswith(("value.", "version.")) or tag in ("network", "headline"):
                client.delete_tag(run_id, tag)
        # Of two values MLflow shows the one with the later time, and clocks are set back.
        earlier = client.get_metric_history(run_id, next(iter(content.metrics), "n"))
        now = max([now, *(metric.timestamp + 1 for metric in earlier)])
        metrics = [(key, value, now, 0) for key, value in figures_now.items()]
        log(client, run_id, metrics + content.points, content.tags, content.params)
        client.log_inputs(run_id, datasets=[data])
    else:
        new = NewRun(
            experiment,
            f"{benchmark['name']} · {entry['name']}",
            began,
            None,
            {
                **content.tags,
                "kerasfolio.entry": f"{benchmark['name']}/{entry['name']}",
                "mlflow.note.content": note(content.description),
                STATE: state,
            },
            content.params,
            [(key, value, now, 0) for key, value in figures_now.items()] + content.points,
            data,
        )
        (run_id,) = create(client, [new])
    if entry["headline"]:
        head = models.headline(experiment, run_id, benchmark, records, content, data, runs)
        models.log(client, head, now)
    texts = {"scores.md": clean(content.description), CURVES: whole_curves(records)}
    if entry["headline"] and figures:
        texts["figures.html"] = figures(benchmark, entries, runs.root)
    write_texts(client, run_id, {name: text for name, text in texts.items() if text})
    if known:
        last = {"mlflow.note.content": note(content.description), STATE: state}
        log(client, run_id, [], last, {})
    client.set_terminated(run_id, "FINISHED", ended)
    return run_id, 1


def trial_run(
    experiment: str,
    parent: str,
    record: Record,
    trial: str,
    own: Mapping[str, str] = NO_TAGS,
) -> NewRun:
    """The run of one trial, below that of its entry."""
    content = child_content(record)
    tags = {"kerasfolio.trial": trial, "mlflow.parentRunId": parent}
    return NewRun(
        experiment,
        f"{record['entry']['name']} {record['repeat']:02d}",
        content.start,
        content.end,
        {**content.tags, **own, **tags},
        content.params,
        content.metrics,
        dataset_input(record),
    )
