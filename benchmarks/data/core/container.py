"""Processors and memory that Linux's control groups leave to this process, in a container or not.

Version 2: https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max, memory.max, memory.high);
version 1: https://docs.kernel.org/scheduler/sched-bwc.html (cpu.cfs_quota_us) and
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html. Groups are nested: the tightest counts.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

UNLIMITED = 1 << 60
"""Bytes from which a limit is none: version 1 writes the largest number there is."""


@dataclass(frozen=True)
class Limits:
    """What the control groups of a process allow; infinite where they set no limit."""

    processors: float = math.inf
    """Processors' worth of time: a quota over its period."""
    memory: float = math.inf
    """Bytes."""
    free: float = math.inf
    """Bytes left of that; pages of files that can be given back count as left."""


def limits(proc: Path = Path("/proc/self")) -> Limits:
    """The limits of this process; without any where the system has no control groups."""
    processors, memory, free = math.inf, math.inf, math.inf
    for folder in _groups(proc):
        processors = min(processors, _quota(folder))
        limit = _limit(folder)
        if limit < UNLIMITED:
            memory, free = min(memory, limit), min(free, max(0.0, limit - _used(folder)))
    return Limits(processors, memory, free)


def processors(proc: Path = Path("/proc/self")) -> int:
    """Processors this process may use: those it may run on, or fewer by a quota, rounded up."""
    affinity = getattr(os, "sched_getaffinity", None)
    there = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota = limits(proc).processors
    return there if quota == math.inf else max(1, min(there, math.ceil(quota - 0.01)))


def free_memory() -> float:
    """Bytes of memory that a program may still take: of the machine, or less in a container."""
    import psutil

    return min(float(psutil.virtual_memory().available), limits().free)


def _groups(proc: Path) -> Iterator[Path]:
    """Folders of the groups of a process, each followed by those around it."""
    try:
        own = [line.split(":", 2) for line in (proc / "cgroup").read_text("utf-8").splitlines()]
        mounts = (proc / "mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    places = {name: path for _, names, path in own for name in names.split(",")}
    for line in mounts:
        before, _, after = line.partition(" - ")
        kind, *rest = after.split()
        if kind not in ("cgroup", "cgroup2"):
            continue
        root, mounted = (_unescaped(field) for field in before.split()[3:5])
        controllers = [""] if kind == "cgroup2" else rest[-1].split(",")
        path = next((places[name] for name in controllers if name in places), None)
        if path is None:
            continue
        top = Path(mounted)
        try:
            inside = PurePosixPath(path).relative_to(root)
        except ValueError:  # seen from outside of the container
            inside = PurePosixPath()
        folder = top / inside if ".." not in inside.parts else top
        folder = folder if folder.is_dir() else top
        yield folder
        yield from (one for one in folder.parents if one == top or top in one.parents)


def _quota(folder: Path) -> float:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    if not quota:
        quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
    try:
        share = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):  # "max", or no such controller
        return math.inf
    return share if share > 0 else math.inf


def _limit(folder: Path) -> float:
    names = ("memory.max", "memory.high", "memory.limit_in_bytes")
    found = [int(text) for name in names if (text := _text(folder / name)).isdigit()]
    return min(found, default=math.inf)


def _used(folder: Path) -> float:
    used = _text(folder / "memory.current") or _text(folder / "memory.usage_in_bytes")
    stat = dict(re.findall(r"^(\w+) (\d+)$", _text(folder / "memory.stat"), re.MULTILINE))
    files = stat.get("total_inactive_file") or stat.get("inactive_file", "0")
    return float(used or 0) - float(files)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


def _unescaped(field: str) -> str:
    r"""A path of mountinfo, where blanks are `\040`."""
    return re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), field)
