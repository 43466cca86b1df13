"""Where a score was made: versions, processor, threads, git commit. Imports no framework."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.definition import Entry
from runners import backends

LIBRARIES = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "pandas")
"""Their versions are part of the fingerprint."""

DEVICE = "cpu"
"""Graphics cards are hidden from the workers, so that a score says what it ran on."""

SWITCHES = ("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "XLA_FLAGS", "TF_XLA_FLAGS")


@cache
def cores() -> int:
    """Cores this process may use (containers and task sets counted)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def cpu_flags() -> frozenset[str]:
    """Instruction set extensions, as Linux names them; empty elsewhere."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return frozenset(line.split(":", 1)[1].split())
    except OSError:
        pass
    return frozenset()


def precision(entry: Entry) -> str:
    """The Keras dtype policy an entry runs under on this machine.

    An entry that wants the fastest gets what was measured to be it (`runners.precision`). bfloat16
    pays where the processor multiplies it in hardware (Intel AMX, AVX512-BF16): 2.9 times faster
    than float32 on a small VGG there (501 against 1,457 images a second on two cores of an AMD
    EPYC), slower than float32 elsewhere.
    """
    if entry.values.get("precision") != "fastest":
        return "float32"
    from runners.precision import fastest

    return fastest(threads(entry))


def threads(entry: Entry) -> int:
    """Threads an entry's group runs with: its own wish, all cores for 0."""
    return entry.threads or cores()


def switches() -> dict[str, str]:
    """Environment variables that are set and change the bits a framework computes."""
    return {name: os.environ[name] for name in SWITCHES if name in os.environ}


@cache
def versions() -> dict[str, str]:
    """Version of every library a score can depend on, and of Python; `-` where not installed."""
    found = {"python": platform.python_version()}
    for name in (*LIBRARIES, "mlflow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "-"
    return found


def training_versions(entry: Entry | None = None) -> dict[str, str]:
    """`versions` without MLflow's, on which no score depends; with those of an entry's backend."""
    found = {**versions(), **(backends.versions(backends.of(entry)) if entry else {})}
    return {name: number for name, number in found.items() if name != "mlflow"}


@cache
def git() -> dict[str, Any]:
    """Commit the working tree is at and whether it has changes; empty outside a repository."""
    here = Path(__file__).parent
    try:
        commit = _git(here, "rev-parse", "HEAD")
        dirty = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": commit, "dirty": bool(dirty)}


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


@cache
def cpu_name() -> str:
    """The processor's own name for itself."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def memory_gb() -> float | None:
    """Physical memory in GB (10⁹ bytes), None where the system does not say."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None


def memory_limit_gb() -> float | None:
    """Memory this process may use in GB: what the machine has, or less where a container says."""
    physical = memory_gb()
    try:  # version 2 of Linux's control groups
        return min(physical or 0.0, int(Path("/sys/fs/cgroup/memory.max").read_text()) / 1e9)
    except (OSError, ValueError):  # no control groups, or "max"
        return physical


def describe(entry: Entry, **planned: Any) -> dict[str, Any]:
    """The environment block of a record.

    `planned` are settings that were decided elsewhere: `threads` and `precision` of a group whose
    run was planned on another machine. What is not given is what this machine would take.
    """
    decided = {name: made(entry) for name, made in DECIDED.items() if name not in planned}
    return {
        "versions": {**versions(), **backends.versions(backends.of(entry))},
        "backend": backends.of(entry),
        "platform": platform.platform(),
        "cpu": cpu_name(),
        "cores": cores(),
        "memory_gb": memory_gb(),
        "device": DEVICE,
        "switches": switches(),
        "git": git(),
        **decided,
        **planned,
    }


DECIDED = {"threads": threads, "precision": precision}
"""Settings of an entry that depend on the machine."""
