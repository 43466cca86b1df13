"""Training that takes minutes leaves its state on disk from time to time, and goes on from there.

The runner names a folder for the group it trains; every training within the group then has its
own file there, in the order they begin. Without a folder nothing is written.
"""

from __future__ import annotations

import contextlib
import shutil
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

EVERY = 30.0
"""Seconds of training between two states on disk: a kill costs that much at most."""


@dataclass
class Checkpoint:
    """Where one training keeps its state; `path` None keeps nothing."""

    path: Path | None
    last: float = field(default_factory=time.monotonic)

    def read(self) -> dict[str, np.ndarray] | None:
        """The state left behind, or None: there is none, or it cannot be read."""
        if self.path is None:
            return None
        try:
            with np.load(self.path) as content:
                return {name: content[name] for name in content}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def due(self) -> bool:
        """Whether it is time to write again."""
        return self.path is not None and time.monotonic() - self.last >= EVERY

    def write(self, state: dict[str, Any]) -> None:
        """Keep the state, whole or not at all; a disk that is full costs only the safety."""
        if self.path is None:
            return
        part = self.path.with_suffix(".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, **state)
            part.replace(self.path)
        except OSError:
            part.unlink(missing_ok=True)
        self.last = time.monotonic()


@dataclass
class _Folder:
    path: Path
    begun: int = 0


_folders: list[_Folder] = []


@contextlib.contextmanager
def kept_in(path: Path) -> Iterator[None]:
    """Keep states below `path` while a group trains; removed when it has ended by itself.

    What is left is of a process that was killed or interrupted.
    """
    _folders.append(_Folder(path))
    try:
        yield
    except Exception:
        shutil.rmtree(path, ignore_errors=True)
        raise
    finally:
        _folders.pop()
    shutil.rmtree(path, ignore_errors=True)


def begin() -> Checkpoint:
    """The checkpoint of the training that begins now."""
    if not _folders:
        return Checkpoint(None)
    folder = _folders[-1]
    folder.begun += 1
    return Checkpoint(folder.path / f"{folder.begun}.npz")
