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
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import registry
from portfolio.summary import Generations, collect, summarise
from runners.records import Runs, as_json, write_atomically
from runners.tracked import (
    child_content,
    dataset_input,
    note,
    parent_content,
    repeats_content,
    span,
)

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
    # MLflow's own seven tries keep a run waiting for minutes on a server that is down.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
"""Environment of everything that loads MLflow; what the user has set himself is left alone."""
METRICS_A_BATCH = 1000
"""The most MLflow takes in one `log_batch`."""

_preparing: threading.Thread | None = None


def uri(runs: Path) -> str:
    """Where MLflow keeps its runs: `MLFLOW_TRACKING_URI`, else SQLite in the runs folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(runs / 'mlflow.db').resolve()}"


def prepare_in_background(runs: Path) -> None:
    """Load MLflow and create its database while the workers load TensorFlow."""
    global _preparing

    def quietly() -> None:
        with contextlib.suppress(Exception):  # sync will say what is wrong
            _client(runs)

    if _preparing is None:
        _preparing = threading.Thread(target=quietly, daemon=True)
        _preparing.start()


def sync(runs: Runs, *, collected: Generations | None = None, rebuild: bool = False) -> int:
    """Bring MLflow up to date with the records; returns how many runs were written.

    Returns at once, without loading MLflow, when nothing has changed since the last sync to the
    same place. `collected`, what `collect` has just returned for these records and the registry's
    definitions, saves reading them again; `rebuild` ignores the memory of the last sync. Raises
    whatever MLflow raises.
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
    # Until the end this reads as not up to date, so that a sync killed half-way is made up for.
    known_here = memory.get("entries") if memory.get("tracking_uri") == here else {}
    _remember(runs, {"tracking_uri": here, "state": "syncing", "entries": known_here})
    if _preparing is not None:
        _preparing.join()
    client = _client(runs.root)
    experiments = {
        family: _experiment(client, runs.root, family)
        for family in sorted({b["family"] for b in summary["benchmarks"] if b["entries"]})
    }
    known, closed = _known_runs(client, experiments.values())
    written = closed
    parents: dict[str, str] = {}
    networks: set[str] = set()
    for benchmark in summary["benchmarks"]:
        experiment = experiments.get(benchmark["family"], "")
        for entry in benchmark["entries"]:
            name = f"{benchmark['name']}/{entry['name']}"
            records = generations[benchmark["name"]][entry["name"]]
            parents[name], changed = _parent(
                client, experiment, benchmark, entry, records, runs, known.get(name)
            )
            written += changed
            if entry["kind"] != "reference":
                networks.add(name)
    for path in runs.paths():  # older generations too: they stay in MLflow as history
        name = "/".join(path.parts[-4:-1])
        trial = f"{name}/{path.stem}"
        if name not in networks or known.get(trial, {}).get("whole"):
            continue
        record = runs.load(path)
        if record is not None:
            experiment = experiments[record["benchmark"]["family"]]
            _child(client, experiment, parents[name], record, trial, known.get(trial, {}).get("id"))
            written += 1
    done = {"state": state, "entries": parents, "experiments": experiments}
    _remember(runs, {"tracking_uri": here, **done})
    return written


def _client(runs: Path) -> Any:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    where = uri(runs)
    runs.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(tracking_uri=where)
    client.search_experiments(max_results=1)  # creates the database, in this process alone
    if where.startswith("sqlite:///"):
        with contextlib.closing(sqlite3.connect(where.removeprefix("sqlite:///"))) as database:
            database.execute("PRAGMA journal_mode=WAL")
    return client


def _experiment(client: Any, runs: Path, family: str) -> str:
    name = f"kerasfolio/{family}"
    found = client.get_experiment_by_name(name)
    if found is None:
        local = uri(runs).startswith("sqlite:")
        place = (runs / "artifacts" / family).resolve().as_uri() if local else None
        tags = {"mlflow.experimentKind": "custom_model_development"}
        return str(client.create_experiment(name, artifact_location=place, tags=tags))
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _known_runs(client: Any, experiments: Iterable[str]) -> tuple[dict[str, dict[str, Any]], int]:
    """Our runs by tag; those a killed process left RUNNING are closed, to be written again."""
    known: dict[str, dict[str, Any]] = {}
    closed = 0
    token: str | None = None
    ids = list(experiments)
    while ids:
        page = client.search_runs(ids, max_results=1000, page_token=token)
        for run in page:
            tags = run.data.tags
            name = tags.get("kerasfolio.trial") or tags.get("kerasfolio.entry")
            if name is None:
                continue
            whole = run.info.status == "FINISHED"
            if run.info.status == "RUNNING":
                client.set_terminated(run.info.run_id, "KILLED")
                closed += 1
            if whole or name not in known:
                known[name] = {
                    "id": run.info.run_id,
                    "whole": whole,
                    "state": tags.get("kerasfolio.state"),
                }
        token = page.token
        if not token:
            break
    return known, closed


def _parent(
    client: Any,
    experiment: str,
    benchmark: Mapping[str, Any],
    entry: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
    runs: Runs,
    found: Mapping[str, Any] | None,
) -> tuple[str, int]:
    """Write or refresh the parent run of an entry; returns its id and whether it changed."""
    content = {**parent_content(benchmark, entry), "points": []}
    reference = entry["kind"] == "reference"
    if reference:
        repeats = repeats_content(records)
        content["points"] = repeats["points"]
        content["tags"] = {**repeats["tags"], **content["tags"]}
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
        run = client.create_run(experiment, start_time=began, tags=tags)
        run_id = run.info.run_id
    now = int(time.time() * 1000)  # of two values MLflow shows the one with the later time
    metrics = [(key, value, now, 0) for key, value in content["metrics"].items()]
    _log(client, run_id, metrics + content["points"], content["tags"], content["params"])
    if reference:
        client.log_inputs(run_id, datasets=[dataset_input(records[-1])])
    model = runs.model(benchmark["name"], entry["name"], entry.get("recipe") or "")
    if model.exists():
        client.log_artifact(run_id, str(model), "model")
    client.log_text(run_id, content["description"], "scores.md")
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
        "mlflow.runName": f"{record['entry']['name']} {record['repeat']:02d}",
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
    client.log_batch(run_id, points[:METRICS_A_BATCH], values, labels)
    for start in range(METRICS_A_BATCH, len(points), METRICS_A_BATCH):
        client.log_batch(run_id, points[start : start + METRICS_A_BATCH])


def _state(runs: Runs, summary: Mapping[str, Any]) -> str:
    """Hash of all that MLflow shows, without the run ids it hands out itself."""
    shown = [
        {**b, "entries": [{**e, "run_id": None} for e in b["entries"]]}
        for b in summary["benchmarks"]
    ]
    names = [str(path) for path in runs.paths()]
    return hashlib.sha256(json.dumps([shown, names], sort_keys=True).encode()).hexdigest()


def _remember(runs: Runs, content: Mapping[str, Any]) -> None:
    write_atomically(runs.root / "mlflow.json", as_json(content))


def _memory(runs: Runs) -> dict[str, Any]:
    try:
        content = json.loads((runs.root / "mlflow.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and "tracking_uri" in content else {}
