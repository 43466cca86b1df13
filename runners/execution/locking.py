"""Locks: one writer at a time for a folder of runs, and for an MLflow store."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import unquote

from filelock import FileLock, Timeout

from benchmarks.data.core.locks import hold
from benchmarks.data.core.source import cache_folder
from runners.redaction import address


@contextmanager
def in_folder(runs: Path, say: Callable[[str], None]) -> Iterator[None]:
    """One run a folder: a second one waits, so that no trial is trained twice.

    Raises OSError where the folder cannot be made or written to.
    """
    runs.mkdir(parents=True, exist_ok=True)
    here = runs.resolve()
    busy = f"another run is working in {here}"
    with hold(runs / ".lock", say, busy, f"the last run in {here}"):
        yield


def busy(folder: Path) -> bool:
    """Whether somebody holds the lock of a runs folder."""
    if not (folder / ".lock").is_file():
        return False
    try:
        with FileLock(folder / ".lock", timeout=0):
            return False
    except (Timeout, OSError):
        return True


@contextmanager
def with_mlflow(say: Callable[[str], None], wait: bool = True) -> Iterator[None]:
    """One writer for a store that several folders of runs share through `MLFLOW_TRACKING_URI`.

    Holds among the processes of one user on one machine; the store of a folder's own is guarded
    by the folder's lock. Raises filelock.Timeout where it may not `wait` and would have to.
    """
    shared = os.environ.get("MLFLOW_TRACKING_URI")
    lock = _place(address(shared)) if shared else None
    busy = "another run is writing to the same MLflow"  # the address may hold a password
    with hold(lock, say, busy, wait=wait) if lock else nullcontext():
        yield


def _place(uri: str) -> Path | None:
    """A lock file every run finds for the same store; None where none can be.

    Of a database it lies beside it, for a server in the user's cache folder: the folder for
    temporary files may be another one in every shell.
    """
    if uri.startswith("sqlite:///"):
        file = Path(unquote(uri.removeprefix("sqlite:///"))).resolve()
        return file.with_name(f".{file.name}.lock") if os.access(file.parent, os.W_OK) else None
    try:
        folder = cache_folder() / "locks"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # a home that is read-only, or none
        return None
    if not os.access(folder, os.W_OK):
        return None
    return folder / f"mlflow-{hashlib.sha256(uri.rstrip('/').encode()).hexdigest()[:16]}.lock"
