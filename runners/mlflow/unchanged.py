"""Whether MLflow is up to date, told without reading a record: nothing to do must cost nothing."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from runners.mlflow import folder, memory
from runners.mlflow.client import trouble
from runners.mlflow.known_runs import counted
from runners.mlflow.store import StoreError, database, uri
from runners.records.store import Runs
from runners.redaction import address

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("benchmarks", "portfolio", "runners")
READ = ("records", "studies", "exhibits", "audit", "published", "skipped.json")
"""What of a runs folder MLflow shows."""
GENERATED = ("__pycache__", "site", "example")
"""Folders below the sources that hold none."""


def digest(runs: Path, user: str) -> str:
    """Hash of names, sizes and times of all files that decide what MLflow shows."""
    lines = [f"user {user}"]
    for root, names in ((ROOT, SOURCES), (runs, READ)):
        for name in names:
            lines += [f"{name}/{line}" for line in _listed(root / name, "")]
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()


def _listed(place: Path, below: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    except NotADirectoryError:
        found = place.stat()
        yield f"{found.st_size} {found.st_mtime_ns}"
        return
    except FileNotFoundError:
        return
    for entry in entries:
        name = f"{below}{entry.name}"
        if entry.is_dir():
            if entry.name not in GENERATED:
                yield from _listed(Path(entry.path), f"{name}/")
        elif not entry.name.startswith("."):
            found = entry.stat()
            yield f"{name} {found.st_size} {found.st_mtime_ns}"


def unchanged(runs: Path, user: str, rebuild: bool) -> bool:
    """Whether nothing has changed since the last sync to the same place.

    With `rebuild` the database is asked too, whether it still holds all runs, finished; a server
    is not asked, so that this is False. Raises StoreError for a database that cannot be used.
    """
    here, last = uri(runs), memory.read(Runs(runs))
    file = database(here)
    if not last["inputs"] or last["tracking_uri"] != address(here) or last["state"] == "syncing":
        return False
    if (file is not None and not file.exists()) or last["inputs"] != digest(runs, user):
        return False
    if not rebuild:
        return True
    if file is None:
        return False
    if problem := trouble(runs):
        raise StoreError(problem)  # such as the schema of another MLflow
    try:
        return counted(here, last, folder.tags(runs)) == last["names"]
    except sqlite3.Error:
        return False  # MLflow will say what is wrong
