"""Locks that the operating system releases, with a note of the owner beside each.

The lock is the kernel's (flock, or its like on Windows): it ends with its process, however that
ends, so a lock is never stale. The note beside it (`<lock>.owner`) only says who holds it; where
one is left behind, its writer was killed.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """Who holds a lock, and since when (seconds since 1970)."""

    host: str
    pid: int
    since: float

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, for {_age(time.time() - self.since)}"


@contextmanager
def hold(
    lock: Path,
    say: Callable[[str], None],
    busy: str,
    left: str = "",
    wait: bool = True,
) -> Iterator[None]:
    """Hold the lock while the block runs; waits for another holder as long as that one lives.

    `say` gets `busy`, with the owner, when it has to wait, and `left`, where given, when the last
    owner was killed and left its note. Raises filelock.Timeout at once where it may not `wait`, and
    OSError where the lock's folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    # Never deleted: a waiter would go on to lock the deleted file, beside the next one's new file.
    kernel, note = FileLock(lock), lock.with_name(lock.name + ".owner")
    try:
        kernel.acquire(timeout=0)
    except Timeout:
        if not wait:
            raise
        by = owner(lock)
        say(f"{busy}{f' ({by})' if by else ''}; waiting for it to finish")
        kernel.acquire()
    try:
        before = owner(lock)
        if before and left:
            say(f"{left} ({before}) was killed; going on from what it left")
        with suppress(OSError):  # a full disk is reported by whoever writes data
            me = {"host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}
            note.write_text(json.dumps(me), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            note.unlink()
        kernel.release()


def owner(lock: Path) -> Owner | None:
    """The note beside a lock; None without a readable one."""
    try:
        note = json.loads(lock.with_name(lock.name + ".owner").read_bytes())
        return Owner(str(note["host"])[:100], int(note["pid"]), float(note["since"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _age(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
