"""A client of MLflow's store that is ready to write: the database made, checked and set up."""

from __future__ import annotations

import atexit
import contextlib
import os
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

from runners.mlflow import health, journal, server
from runners.mlflow.store import QUIET, StoreError, address_of, database, tidy, uri

LOCKED = 10.0
"""Seconds to wait for a database that another program is writing to."""


def client_of(runs: Path) -> Any:
    """The client of a folder's store; raises StoreError where nothing can be written to it."""
    where = uri(runs)
    file = database(where)
    if where.startswith("sqlite:") and (problem := trouble(runs)):
        raise StoreError(problem)  # MLflow would try for long, with pages of SQL
    # What it logs as an error it raises too, and with the traceback that goes to the terminal.
    for name, value in {**QUIET, "MLFLOW_LOGGING_LEVEL": "CRITICAL"}.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    if file is not None:
        if not file.exists():
            _create(file)
            journal.prepare(file)
        _commit_without_waiting()
    client = MlflowClient(tracking_uri=where)
    client.search_experiments(max_results=1)
    tidy(where)
    return client


def trouble(runs: Path, patience: float = LOCKED) -> str:
    """What is wrong with the store, and the remedy; empty where nothing is.

    The journal of a database is set before it is looked at.
    """
    file = database(uri(runs))
    if file is not None and file.exists():
        journal.prepare(file)
    checks = health.mlflow(runs, patience=patience, running=True)
    return next((f"{c.detail}; {c.remedy}" for c in checks if c.state == "broken"), "")


@cache
def _commit_without_waiting() -> None:
    """Let MLflow's nine commits a run not wait for the disk; `settle` waits once, at the end.

    A power cut may cost the last runs of a sync, never the database, and as `mlflow.json` then
    says that the sync did not end, the next one writes them again.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def quick(connection: Any, record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=NORMAL")


def settle(where: str) -> None:
    """Flush the database to the disk."""
    file = database(where)
    if file is not None:
        with contextlib.closing(sqlite3.connect(file, timeout=LOCKED)) as opened:
            opened.execute("PRAGMA wal_checkpoint(FULL)")


def _create(file: Path) -> None:
    """Make MLflow's database under another name, in this process alone.

    It takes dozens of steps: one made by a process that was killed, or on a full disk, is not
    empty and cannot be used. Its first experiment gets a place for artifacts that SQL can hold:
    MLflow would write the current folder into a statement, where a ' ends the text.
    """
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    part = file.with_name(f".{file.name}.part")

    def remove_leftovers() -> None:
        for path in (part, part.with_name(f"{part.name}-journal")):
            path.unlink(missing_ok=True)

    file.parent.mkdir(parents=True, exist_ok=True)
    atexit.register(remove_leftovers)  # the end of the process cuts off a thread that is in here
    try:
        remove_leftovers()
        SqlAlchemyStore(address_of(part), (file.parent / "artifacts").resolve().as_uri())
        tidy(address_of(part))
        os.replace(part, file)
    finally:
        remove_leftovers()
        atexit.unregister(remove_leftovers)


def remedy_for(error: Exception, runs: Path) -> str:
    """What keeps MLflow from being updated and what to do: the doctor's check where it failed."""
    if isinstance(error, StoreError):
        return str(error)
    if problem := trouble(runs, 0.0):
        return problem
    if problem := server.reason(error, uri(runs)):
        return problem
    cause = getattr(error, "orig", None) or error  # SQLAlchemy wraps the database's own error
    lines = str(cause).strip().splitlines() or [type(error).__name__]
    return f"{lines[0]}; the records are not affected; `make sync` catches up"
