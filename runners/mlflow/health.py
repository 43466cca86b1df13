"""Whether MLflow's store can be read and written, and what to do where it cannot."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil

from runners.check import Check
from runners.execution.locking import busy
from runners.mlflow import journal, server
from runners.mlflow.store import database as database_of
from runners.mlflow.store import uri
from runners.redaction import address

PATIENCE = 1.0
"""Seconds for a lock to be released."""
REVISION = re.compile(r"^(down_)?revision\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)
TABLES = "SELECT count(*) FROM sqlite_master"
STALE = """
SELECT count(DISTINCT r.run_uuid) FROM runs r JOIN tags t ON t.run_uuid = r.run_uuid
WHERE r.status = 'RUNNING' AND r.lifecycle_stage = 'active' AND t.key LIKE 'kerasfolio.%'
"""


def mlflow(folder: Path, *, patience: float = PATIENCE, running: bool = False) -> Iterator[Check]:
    """Whether MLflow's store can be read and written, and runs a killed process left open.

    A database that is locked is waited for `patience` seconds. A caller that holds the lock of the
    folder itself is `running`: then any other holder of the database is an error.
    """
    where = uri(folder)
    if where.startswith(("http:", "https:")):
        yield server.check(where)
        return
    file = database_of(where)
    if file is None:
        yield Check("mlflow store", "ok", f"{address(where)} is not checked")
        return
    if not file.exists():
        yield Check("mlflow store", "ok", f"none yet; the first run makes {file}")
        return
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=patience)) as database:
            if running and not database.execute(TABLES).fetchone()[0]:
                return  # begun by a process that was killed; MLflow makes its tables
            yield _schema(database, file)
            stale = database.execute(STALE).fetchone()[0]
            database.execute("BEGIN IMMEDIATE")  # what a writer would have to wait for
            database.rollback()
    except sqlite3.DatabaseError as error:
        yield _unusable(error, file, not running and busy(folder))
        return
    if stale and not running and not busy(folder):
        detail = f"{stale} runs were left RUNNING by a process that was killed"
        yield Check("mlflow runs", "warning", detail, "`make sync` closes and completes them")
    else:
        yield Check("mlflow runs", "ok", "none is stale")


def _unusable(error: sqlite3.DatabaseError, file: Path, writing: bool) -> Check:
    """A database that is locked, by a run that is `writing` or by somebody else, or none at all."""
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        if writing:
            return Check("mlflow store", "warning", f"{file} is being written to by a run")
        holders = ", ".join(f"{pid} ({name})" for pid, name in _holders(file))
        remedy = f"end process {holders}" if holders else "end the program that holds it"
        remedy += "; `make sync` writes what is missing"
        return Check("mlflow store", "broken", f"{file} is locked by another process", remedy)
    if journal.unlockable(error):
        detail = f"the file system of {file.parent} cannot hold a database ({error})"
        remedy = "keep it on a local disk: MLFLOW_TRACKING_URI=sqlite:////var/tmp/mlflow.db"
        return Check("mlflow store", "broken", detail, remedy)
    remedy = f"move {file} away; `make sync` makes it anew from the records"
    return Check("mlflow store", "broken", f"{file} cannot be used ({error})", remedy)


def _holders(file: Path) -> Iterator[tuple[int, str]]:
    """Processes that have a file open, as far as this user may see."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            open_ = {opened.path for opened in process.open_files()}
            if str(file.resolve()) in open_ and process.pid != psutil.Process().pid:
                yield process.pid, process.name()


def _schema(database: sqlite3.Connection, file: Path) -> Check:
    """Whether a database is of the schema the installed MLflow works with.

    MLflow's own check imports it whole; its migration scripts say the same.
    """
    (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or (
        "none",
    )
    package = find_spec("mlflow")
    if package is None or package.origin is None:
        return Check(
            "mlflow store", "broken", "MLflow is not installed", "`make bench` installs it"
        )
    known: set[str] = set()
    followed: set[str] = set()
    for script in (Path(package.origin).parent / "store/db_migrations/versions").glob("*.py"):
        for down, number in REVISION.findall(script.read_text("utf-8")):
            (followed if down else known).add(number)
    (newest,) = known - followed
    if revision == newest:
        return Check("mlflow store", "ok", f"{file}, schema {revision}")
    remedy = f"move {file} away; `make sync` makes it anew from the records"
    if revision in known:
        remedy = f"`.venv/bin/python -m mlflow db upgrade sqlite:///{file}`, or {remedy}"
    age = "an older" if revision in known else "another"
    detail = f"{file} has schema {revision} of {age} MLflow; the installed one works with {newest}"
    return Check("mlflow store", "broken", detail, remedy)
