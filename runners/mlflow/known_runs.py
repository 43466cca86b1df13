"""Which of our runs MLflow holds, and whether that is all of them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from runners.mlflow import collections, studies
from runners.mlflow.client import LOCKED
from runners.mlflow.memory import Memory
from runners.mlflow.store import KnownRun
from runners.records.store import Runs
from runners.results.types import Results

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


def known_runs(client: Any, experiments: Iterable[str]) -> tuple[dict[str, KnownRun], int]:
    """Our runs by tag; those a killed process left RUNNING are closed, to be written again."""
    by_name: dict[str, KnownRun] = {}
    closed = 0
    ids = list(experiments)
    where = client.tracking_uri
    local = where.startswith("sqlite:///")
    rows = _in_database(where.removeprefix("sqlite:///"), ids) if local else _asked(client, ids)
    for run_id, status, name, state in rows:
        finished = status == "FINISHED"
        if status == "RUNNING":
            client.set_terminated(run_id, "KILLED")
            closed += 1
        if finished or name not in by_name:
            by_name[name] = {"id": run_id, "whole": finished, "state": state}
    return by_name, closed


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


def complete(runs: Runs, summary: Results, where: str, memory: Memory) -> bool:
    """Whether a database holds every run it should, finished; asked without loading MLflow."""
    ids = list(memory["experiments"].values())
    if not where.startswith("sqlite:///"):
        return False
    try:
        rows = _in_database(where.removeprefix("sqlite:///"), ids)
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
    wanted |= {run for one in summary["collections"] for run in collections.names(one)}
    return all(status != "RUNNING" for _, status, _, _ in rows) and wanted <= {
        name for _, status, name, _ in rows if status == "FINISHED"
    }


def _in_database(file: str, ids: list[str]) -> list[Known]:
    """The same from SQLite, whose schema `client_of` has checked.

    MLflow's search reads every tag, param and metric of every run: 17 seconds for 5,000 runs.
    """
    with contextlib.closing(sqlite3.connect(file, timeout=LOCKED)) as database:
        return database.execute(OURS.format(ids=",".join("?" * len(ids))), ids).fetchall()
