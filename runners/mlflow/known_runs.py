"""Which of our runs MLflow holds, and whether that is all of them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runners.mlflow.client import LOCKED
from runners.mlflow.folder import TAG
from runners.mlflow.memory import Memory
from runners.mlflow.store import KnownRun, database
from runners.records.store import Runs

if TYPE_CHECKING:
    from runners.results.types import Results


class Row(NamedTuple):
    """What is asked of a run that carries a name of ours."""

    id: str
    status: str
    name: str
    state: str | None
    folder: str | None
    """Which folder of runs wrote it; None in a folder's own MLflow, and of version 0.1."""
    parent: str | None


OURS = """
SELECT r.run_uuid, r.status, coalesce(trial.value, entry.value), state.value, folder.value,
parent.value FROM runs r
LEFT JOIN tags trial ON trial.run_uuid = r.run_uuid AND trial.key = 'kerasfolio.trial'
LEFT JOIN tags entry ON entry.run_uuid = r.run_uuid AND entry.key = 'kerasfolio.entry'
LEFT JOIN tags state ON state.run_uuid = r.run_uuid AND state.key = 'kerasfolio.state'
LEFT JOIN tags folder ON folder.run_uuid = r.run_uuid AND folder.key = 'kerasfolio.folder'
LEFT JOIN tags parent ON parent.run_uuid = r.run_uuid AND parent.key = 'mlflow.parentRunId'
WHERE r.lifecycle_stage = 'active' AND coalesce(trial.value, entry.value) IS NOT NULL
AND r.experiment_id IN ({ids}) ORDER BY r.start_time DESC, r.run_uuid
"""
"""In the order of MLflow's own search."""


def known_runs(
    client: Any, experiments: Iterable[str], tags: Mapping[str, str]
) -> tuple[dict[str, KnownRun], int]:
    """The runs of this folder by name; those a killed process left RUNNING are closed.

    Closed ones are written again. `tags` are those of the folder (`folder.tags`): in a shared
    MLflow runs of other folders are left alone, and what version 0.1 wrote, without the tag, is
    of the first folder that comes.
    """
    ids, file = list(experiments), database(client.tracking_uri)
    rows = _in_database(file, ids) if file is not None else list(_asked(client, ids))
    by_name: dict[str, KnownRun] = {}
    closed = 0
    for row in _of_folder(rows, tags.get(TAG)):
        finished = row.status == "FINISHED"
        if row.status == "RUNNING":
            client.set_terminated(row.id, "KILLED")
            closed += 1
        if finished or row.name not in by_name:
            by_name[row.name] = {"id": row.id, "whole": finished, "state": row.state}
    return by_name, closed


def _of_folder(rows: Sequence[Row], folder: str | None) -> list[Row]:
    """The runs that a folder wrote, or may take over; all of them where there is but one."""
    if folder is None:
        return list(rows)
    own = [row for row in rows if row.folder == folder]
    names = {row.name for row in own}
    unclaimed = [row for row in rows if row.folder is None]
    own += [row for row in unclaimed if not row.parent and row.name not in names]
    parents = {row.id for row in own}
    return own + [row for row in unclaimed if row.parent in parents and row.name not in names]


def _asked(client: Any, ids: list[str]) -> Iterator[Row]:
    """Our runs of some experiments, by MLflow's own search."""
    token: str | None = None
    while ids:
        page = client.search_runs(ids, max_results=1000, page_token=token)
        for run in page:
            tags = run.data.tags
            name = tags.get("kerasfolio.trial") or tags.get("kerasfolio.entry")
            if name is not None:
                more = (tags.get(key) for key in ("kerasfolio.state", TAG, "mlflow.parentRunId"))
                yield Row(run.info.run_id, run.info.status, name, *more)
        token = page.token
        if not token:
            return


def counted(where: str, memory: Memory, tags: Mapping[str, str]) -> int:
    """How many names have a finished run in a database; -1 where one was left RUNNING."""
    file = database(where)
    if file is None:
        return -1
    rows = _of_folder(_in_database(file, list(memory["experiments"].values())), tags.get(TAG))
    if any(row.status == "RUNNING" for row in rows):
        return -1
    return len({row.name for row in rows if row.status == "FINISHED"})


def complete(
    runs: Runs, summary: Results, where: str, memory: Memory, tags: Mapping[str, str]
) -> bool:
    """Whether a database holds every run it should, finished; asked without loading MLflow."""
    from runners.mlflow import collections, studies  # which take time to load

    ids = list(memory["experiments"].values())
    file = database(where)
    if file is None:
        return False
    try:
        rows = _of_folder(_in_database(file, ids), tags.get(TAG))
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
    return all(row.status != "RUNNING" for row in rows) and wanted <= {
        row.name for row in rows if row.status == "FINISHED"
    }


def _in_database(file: Path, ids: list[str]) -> list[Row]:
    """The same from SQLite, whose schema `client_of` has checked.

    MLflow's search reads every tag, param and metric of every run: 17 seconds for 5,000 runs.
    """
    with contextlib.closing(sqlite3.connect(file, timeout=LOCKED)) as opened:
        found = opened.execute(OURS.format(ids=",".join("?" * len(ids))), ids)
        return [Row(*row) for row in found]
