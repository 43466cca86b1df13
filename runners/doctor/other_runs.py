"""Other runs that work in this folder, or elsewhere on this machine."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

from runners.check import Check
from runners.execution.locking import busy


def other_runs(folder: Path) -> Check:
    """Whether another run is working in this folder or elsewhere on this machine."""
    if busy(folder):
        wait = "wait for it, or use another folder (--runs); a second run waits by itself"
        return Check("other runs", "warning", f"one is working in {folder}", wait)
    others = sorted(process.pid for process in psutil.process_iter() if _is_bench(process))
    if others:
        detail = f"working in other folders: process {', '.join(map(str, others))}"
        return Check(
            "other runs", "warning", detail, "they share the cores; times will not compare"
        )
    return Check("other runs", "ok", "none")


def _is_bench(process: psutil.Process) -> bool:
    """Whether it is a `python -m runners bench`."""
    with contextlib.suppress(psutil.Error):
        line = process.cmdline()
        return any(line[at : at + 3] == ["-m", "runners", "bench"] for at in range(len(line)))
    return False
