"""How MLflow's database is journalled: ahead of writing where the file system allows it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

REFUSED = (
    "the file system of {folder} lacks the locks or the shared memory that SQLite's write-ahead "
    "log needs: MLflow's database is kept without it, which is slower, and only one machine at a "
    "time may write to it"
)
UNLOCKABLE = frozenset(
    {
        "SQLITE_IOERR_LOCK",
        "SQLITE_IOERR_RDLOCK",
        "SQLITE_IOERR_UNLOCK",
        "SQLITE_IOERR_CHECKRESERVEDLOCK",
        "SQLITE_IOERR_SHMOPEN",
        "SQLITE_IOERR_SHMMAP",
        "SQLITE_IOERR_SHMLOCK",
        "SQLITE_IOERR_SHMSIZE",
        "SQLITE_PROTOCOL",
        "SQLITE_NOLFS",
    }
)
"""SQLite's errors of file systems, mostly shared ones, that lack what it needs of them."""
PATIENCE = 1.0
"""Seconds to wait for another program; what stays locked is for the check of the store."""
TABLES = "SELECT count(*) FROM sqlite_master"
_notes: list[str] = []


def prepare(file: Path) -> None:
    """Set the journal of a database: write-ahead, or rolling back where that cannot be had.

    A database already kept in write-ahead mode, but moved to where that does not work, is brought
    back. What cannot be opened at all is left to the check of the store. `notes` tell of it.
    """
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=PATIENCE)) as database:
            (mode,) = database.execute("PRAGMA journal_mode=WAL").fetchone()
            database.execute("BEGIN IMMEDIATE")  # what needs the shared memory
            database.rollback()
        if mode == "wal":
            return
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "full" in str(error) or not os.access(file, os.W_OK):
            return
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(file, timeout=PATIENCE)) as database,
    ):
        database.execute("PRAGMA locking_mode=EXCLUSIVE")  # reads write-ahead logs without memory
        (mode,) = database.execute("PRAGMA journal_mode=DELETE").fetchone()
        database.execute(TABLES)
        note = REFUSED.format(folder=file.parent)
        if mode == "delete" and note not in _notes:
            _notes.append(note)


def notes() -> list[str]:
    """What is to be said of the journal since the last call."""
    notes = list(_notes)
    _notes.clear()
    return notes


def unlockable(error: sqlite3.Error) -> bool:
    """Whether an error says that the file system cannot hold a database."""
    return getattr(error, "sqlite_errorname", "") in UNLOCKABLE
