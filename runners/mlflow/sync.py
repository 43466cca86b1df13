"""MLflow: a view of the records, rebuilt from them at any time by one single writer.

One experiment a family, one parent run a benchmark and entry (tag `kerasfolio.entry`). Below that
of a network there is one child run a trial (tag `kerasfolio.trial`); the trials of a reference are
steps of metrics of its own run. Tags are the identity: syncing twice changes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import registry
from runners.execution import locking
from runners.mlflow import health, limits, models, studies
from runners.mlflow.payloads import (
    child_content,
    curve_points,
    dataset_input,
    experiment_tags,
    note,
    parent_content,
    repeats_content,
    span,
)
from runners.mlflow.store import QUIET, StoreError, uri
from runners.records.generations import Generations
from runners.records.store import Runs, as_json, write_atomically
from runners.results.summary import collect, summarise

METRICS_A_BATCH, NAMES_A_BATCH = 800, 100
"""The most metrics, and params or tags, in one `log_batch`: MLflow takes 1,000 of all together."""

LOCKED = 10.0
"""Seconds to wait for a database that another program is writing to."""

Known = tuple[str, str, str, str | None]
"""A run's id, status, name among ours, and state."""
OURS = """
SELECT r.run_uuid, r.status, coalesce(trial.value, entry.value), state.value FROM runs r
LEFT JOIN tags trial ON trial.run_uuid = r.run_uuid AND trial.key = 'kerasfolio.trial'
LEFT JOIN tags entry ON entry.run_uuid = r.run_uuid AND entry.key = 'kerasfolio.entry'
LEFT JOIN tags state ON state.run_uuid = r.run_uuid AND state.key = 'kerasfolio.state'
WHERE r.lifecycle_stage = 'active' AND coalesce(trial.value, entry.value) IS NOT NULL
AND r.experiment_id IN ({ids}) ORDER BY r.start_time DESC, r.run_uuid
"""
"""In the order of MLflow's own search."""

_preparing: threading.Thread | None = None


def prepare_in_background(runs: Path) -> None:
    """Load MLflow and create its database while the workers load TensorFlow."""
    global _preparing

    def quietly() -> None:
        # Of an error sync will speak; where another run is writing, sync waits for its turn.
        with contextlib.suppress(Exception), locking.with_mlflow(lambda line: None, wait=False):
            _client(runs)

    if _preparing is None:
        _preparing = threading.Thread(target=quietly, daemon=True)
        _preparing.start()


Figures = Callable[[Mapping[str, Any], Mapping[str, Sequence[Any]], Path], str]
"""From a benchmark of the summary, its newest records by entry and the runs folder to HTML."""


def sync(
    runs: Runs,
    *,
    figures: Figures | None = None,
    collected: Generations | None = None,
    rebuild: bool = False,
) -> int:
    """Bring MLflow up to date with the records; returns how many runs were written.

    Returns at once, without loading MLflow, when nothing has changed since the last sync to the
    same place. `collected`, what `collect` has just returned for these records and the registry's
    definitions, saves reading them again; `figures` makes the artifact `figures.html` of a
    headline, which has none without; `rebuild` ignores the memory of the last sync. Raises
    StoreError where MLflow cannot be written to, OSError where the runs folder cannot.
    """
    definitions = registry.load().benchmarks
    generations = collect(runs, definitions) if collected is None else collected
    summary = summarise(runs, generations, definitions)
    state = _state(runs, summary)
    memory = _memory(runs)
    here = uri(runs.root)
    database = here.removeprefix("sqlite:///")
    there = not here.startswith("sqlite:") or Path(database).exists()
    if not rebuild and there and memory.get("state") == state and memory["tracking_uri"] == here:
        return 0
    if (
        there
        and rebuild
        and (memory.get("state"), memory.get("tracking_uri")) == (state, here)
        and _complete(runs, summary, here, memory)
    ):
        return 0
    # Until the end this reads as not up to date, so that a sync killed half-way is made up for.
    known_here = memory.get("entries") if memory.get("tracking_uri") == here else {}
    _remember(runs, {"tracking_uri": here, "state": "syncing", "entries": known_here})
    if _preparing is not None:
        _preparing.join()
    try:
        written, done = _written(runs, summary, generations, figures)
    except Exception as error:  # MLflow and its database raise many kinds
        raise StoreError(_why(error, runs.root)) from error
    _settle(here)
    _remember(runs, {"tracking_uri": here, "state": state, **done})
    return written


def _written(
    runs: Runs, summary: Mapping[str, Any], generations: Generations, figures: Figures | None
) -> tuple[int, dict[str, Any]]:
    """Write all that MLflow lacks; how many runs that were, and the ids of entries by name."""
    client = _client(runs.root)
    experiments = {
        family: _experiment(client, runs.root, family)
        for family in sorted(
            {b["family"] for b in summary["benchmarks"] if b["entries"]}
            | {study["family"] for study in studies.studies(runs.root)}
        )
    }
    known, closed = _known_runs(client, experiments.values())
    written = closed
    parents: dict[str, str] = {}
    places: dict[str, str] = {}
    """Experiment of every network."""
    for benchmark in summary["benchmarks"]:
        experiment = experiments.get(benchmark["family"], "")
        for entry in benchmark["entries"]:
            name = f"{benchmark['name']}/{entry['name']}"
            entries = generations[benchmark["name"]]
            parents[name], changed = _parent(
                client, experiment, benchmark, entry, entries, runs, figures, known.get(name)
            )
            written += changed
            if entry["kind"] != "reference":
                places[name] = experiment
    for path in runs.paths():  # older generations too: they stay in MLflow as history
        name = "/".join(path.parts[-4:-1])
        trial = f"{name}/{path.stem}"
        if name not in places or known.get(trial, {}).get("whole"):
            continue
        record = runs.load(path)
        if record is not None:
            _child(
                client, places[name], parents[name], record, trial, known.get(trial, {}).get("id")
            )
            written += 1
    for study in studies.studies(runs.root):
        written += studies.mirror(client, experiments[study["family"]], study, known, _log)
    for family, experiment in experiments.items():
        found = [b for b in summary["benchmarks"] if b["family"] == family and b["entries"]]
        _describe(client, experiment, experiment_tags(found))
    return written, {"entries": parents, "experiments": experiments}


def _describe(client: Any, experiment: str, tags: Mapping[str, str]) -> None:
    """Set those tags of an experiment that are not as they should be."""
    there = client.get_experiment(experiment).tags
    for key, value in tags.items():
        if there.get(key) != value:
            client.set_experiment_tag(experiment, key, value)


def _why(error: Exception, runs: Path) -> str:
    """What keeps MLflow from being updated, and the remedy: the doctor's words where he has any."""
    if isinstance(error, StoreError):
        return str(error)
    if trouble := _trouble(runs, 0.0):
        return trouble
    cause = getattr(error, "orig", None) or error  # SQLAlchemy wraps the database's own error
    lines = str(cause).strip().splitlines() or [type(error).__name__]
    return f"{lines[0]}; the records are none the worse, `make sync` makes up for it"


def _trouble(runs: Path, patience: float) -> str:
    """What the doctor finds wrong with the store, and his remedy; empty where he finds nothing."""
    checks = health.mlflow(runs, patience=patience, running=True)
    return next((f"{c.detail}; {c.remedy}" for c in checks if c.state == "broken"), "")


def _client(runs: Path) -> Any:
    where = uri(runs)
    if where.startswith("sqlite:") and (trouble := _trouble(runs, LOCKED)):
        raise StoreError(trouble)  # MLflow would try for long, with pages of SQL
    # What it logs as an error it raises too, and with the traceback that goes to the terminal.
    for name, value in {**QUIET, "MLFLOW_LOGGING_LEVEL": "CRITICAL"}.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    if where.startswith("sqlite:///"):
        file = Path(where.removeprefix("sqlite:///"))
        if not file.exists():
            _create(file)
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA journal_mode=WAL")
        _commit_without_waiting()
    client = MlflowClient(tracking_uri=where)
    client.search_experiments(max_results=1)
    return client


@cache
def _commit_without_waiting() -> None:
    """Spare MLflow's nine commits a run the wait for the disk; `_settle` waits once, after all.

    A power cut may cost the last runs of a sync, never the database, and as `mlflow.json` then
    says that the sync did not end, the next one writes them again.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def quick(connection: Any, record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=NORMAL")


def _settle(where: str) -> None:
    """Have all that was written to the database on the disk."""
    if where.startswith("sqlite:///"):
        file = where.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(file, timeout=LOCKED)) as database:
            database.execute("PRAGMA wal_checkpoint(FULL)")


def _create(file: Path) -> None:
    """Make MLflow's database under another name, in this process alone.

    It takes dozens of steps: one made by a process that was killed, or on a full disk, is neither
    empty nor of use.
    """
    from mlflow import MlflowClient

    part = file.with_name(f".{file.name}.part")
    left = (part, part.with_name(f"{part.name}-journal"))
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        for path in left:
            path.unlink(missing_ok=True)
        MlflowClient(tracking_uri=f"sqlite:///{part}").search_experiments(max_results=1)
        os.replace(part, file)
    finally:
        for path in left:
            path.unlink(missing_ok=True)


def _experiment(client: Any, runs: Path, family: str) -> str:
    name = f"kerasfolio/{family}"
    found = client.get_experiment_by_name(name)
    if found is None:
        local = uri(runs).startswith("sqlite:")
        place = (runs / "artifacts" / family).resolve().as_uri() if local else None
        tags = {"mlflow.experimentKind": "custom_model_development"}
        try:
            return str(client.create_experiment(name, artifact_location=place, tags=tags))
        except Exception:  # another machine may have been first
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _known_runs(client: Any, experiments: Iterable[str]) -> tuple[dict[str, dict[str, Any]], int]:
    """Our runs by tag; those a killed process left RUNNING are closed, to be written again."""
    known: dict[str, dict[str, Any]] = {}
    closed = 0
    ids = list(experiments)
    where = client.tracking_uri
    local = where.startswith("sqlite:///")
    found = _in_database(where.removeprefix("sqlite:///"), ids) if local else _asked(client, ids)
    for run_id, status, name, state in found:
        whole = status == "FINISHED"
        if status == "RUNNING":
            client.set_terminated(run_id, "KILLED")
            closed += 1
        if whole or name not in known:
            known[name] = {"id": run_id, "whole": whole, "state": state}
    return known, closed


def _asked(client: Any, ids: list[str]) -> Iterator[Known]:
    """Our runs of some experiments, by MLflow's own search."""
    token: str | None = None
    while ids:
        page = client.search_runs(ids, max_results=1000, page_token=token)
        for run in page:
            tags = run.data.tags
            name = tags.get("kerasfolio.trial") or tags.get("kerasfolio.entry")
            if name is not None:
                yield run.info.run_id, run.info.status, name, tags.get("kerasfolio.state")
        token = page.token
        if not token:
            return


def _complete(
    runs: Runs, summary: Mapping[str, Any], where: str, memory: Mapping[str, Any]
) -> bool:
    """Whether a database holds every run it should, finished; asked without loading MLflow."""
    ids = list((memory.get("experiments") or {}).values())
    if not where.startswith("sqlite:///"):
        return False
    try:
        found = _in_database(where.removeprefix("sqlite:///"), ids)
    except sqlite3.Error:
        return False  # MLflow will say what is wrong
    entries = {
        f"{benchmark['name']}/{entry['name']}": entry["kind"] != "reference"
        for benchmark in summary["benchmarks"]
        for entry in benchmark["entries"]
    }
    names = (("/".join(path.parts[-4:-1]), path.stem) for path in runs.paths())
    wanted = {*entries, *(f"{name}/{stem}" for name, stem in names if entries.get(name))}
    wanted |= {run for study in studies.studies(runs.root) for run in studies.names(study)}
    return all(status != "RUNNING" for _, status, _, _ in found) and wanted <= {
        name for _, status, name, _ in found if status == "FINISHED"
    }


def _in_database(file: str, ids: list[str]) -> list[Known]:
    """The same from SQLite, whose schema `_client` has checked.

    MLflow's search reads every tag, param and metric of every run: 17 seconds for 5,000 runs.
    """
    with contextlib.closing(sqlite3.connect(file, timeout=LOCKED)) as database:
        return database.execute(OURS.format(ids=",".join("?" * len(ids))), ids).fetchall()


def _parent(
    client: Any,
    experiment: str,
    benchmark: Mapping[str, Any],
    entry: Mapping[str, Any],
    entries: Mapping[str, Sequence[Any]],
    runs: Runs,
    figures: Figures | None,
    found: Mapping[str, Any] | None,
) -> tuple[str, int]:
    """Write or refresh the parent run of an entry; returns its id and whether it changed.

    `entries` are the newest records of every entry of the benchmark.
    """
    records = entries[entry["name"]]
    content = {**parent_content(benchmark, entry), "points": []}
    reference = entry["kind"] == "reference"
    if reference:
        repeats = repeats_content(records)
        content["points"] = repeats["points"]
        content["tags"] = {**repeats["tags"], **content["tags"]}
    else:
        content["points"] = curve_points(records)
    state = hashlib.sha256(as_json(content)).hexdigest()[:16]
    if found and found["whole"] and found["state"] == state:
        return str(found["id"]), 0
    began, ended = span(records)
    if found:
        run_id = str(found["id"])
        left = client.get_run(run_id).data.tags.keys() - content["tags"].keys()
        for tag in left:  # a value the newest generation no longer has
            if tag.startswith("value."):
                client.delete_tag(run_id, tag)
    else:
        tags = {"mlflow.runName": f"{benchmark['name']} · {entry['name']}"}
        tags["kerasfolio.entry"] = f"{benchmark['name']}/{entry['name']}"
        run = client.create_run(experiment, start_time=began, tags=limits.tags(tags))
        run_id = run.info.run_id
    now = int(time.time() * 1000)
    if found:  # of two values MLflow shows the one with the later time, and clocks are set back
        earlier = client.get_metric_history(run_id, next(iter(content["metrics"]), "n"))
        now = max([now, *(metric.timestamp + 1 for metric in earlier)])
    metrics = [(key, value, now, 0) for key, value in content["metrics"].items()]
    _log(client, run_id, metrics + content["points"], content["tags"], content["params"])
    client.log_inputs(run_id, datasets=[dataset_input(records[-1])])
    recipe = records[-1]["recipe"]
    model = runs.model(benchmark["name"], entry["name"], recipe)
    if entry["headline"] and model.exists():
        models.log(client, run_id, benchmark["name"], recipe, model)
    client.log_text(run_id, content["description"], "scores.md")
    if entry["headline"] and figures:
        client.log_text(run_id, figures(benchmark, entries, runs.root), "figures.html")
    client.set_tag(run_id, "mlflow.note.content", note(content["description"]))
    client.set_tag(run_id, "kerasfolio.state", state)
    client.set_terminated(run_id, "FINISHED", ended)
    return run_id, 1


def _child(
    client: Any,
    experiment: str,
    parent: str,
    record: Mapping[str, Any],
    trial: str,
    unfinished: str | None,
) -> None:
    """Write the run of one trial, or finish the one a killed process left behind."""
    content = child_content(record)
    tags = {
        **content["tags"],
        "kerasfolio.trial": trial,
        "mlflow.parentRunId": parent,
        "mlflow.runName": limits.value(f"{record['entry']['name']} {record['repeat']:02d}", 250),
    }
    run_id = unfinished
    if run_id is None:
        run = client.create_run(experiment, start_time=content["start"], tags=tags)
        run_id = run.info.run_id
    _log(client, run_id, content["metrics"], {} if unfinished is None else tags, content["params"])
    client.log_inputs(run_id, datasets=[dataset_input(record)])
    client.set_terminated(run_id, "FINISHED", content["end"])


def _log(
    client: Any,
    run_id: str,
    metrics: list[tuple[str, float, int, int]],
    tags: Mapping[str, str],
    params: Mapping[str, str],
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    points = [Metric(name, value, at, step) for name, value, at, step in metrics]
    labels = [RunTag(key, value) for key, value in tags.items()]
    values = [Param(key, value) for key, value in params.items()]
    while points or values or labels:
        now = points[:METRICS_A_BATCH], values[:NAMES_A_BATCH], labels[:NAMES_A_BATCH]
        client.log_batch(run_id, *now)
        points, values = points[METRICS_A_BATCH:], values[NAMES_A_BATCH:]
        labels = labels[NAMES_A_BATCH:]


def _state(runs: Runs, summary: Mapping[str, Any]) -> str:
    """Hash of all that MLflow shows, without the run ids it hands out itself."""
    shown = [
        {**b, "entries": [{**e, "run_id": None} for e in b["entries"]]}
        for b in summary["benchmarks"]
    ]
    names = [str(path) for path in runs.paths()] + studies.digest(runs.root)
    return hashlib.sha256(json.dumps([shown, names], sort_keys=True).encode()).hexdigest()


def _remember(runs: Runs, content: Mapping[str, Any]) -> None:
    write_atomically(runs.root / "mlflow.json", as_json(content))


def _memory(runs: Runs) -> dict[str, Any]:
    try:
        content = json.loads((runs.root / "mlflow.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and "tracking_uri" in content else {}
