"""Where a score was made: versions, processor, threads, git commit. Imports no framework."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.definition import Entry
from runners.execution import backends, devices, machine
from runners.execution.source import ROOT

if TYPE_CHECKING:
    from runners.execution.group import Group
    from runners.records.record import Environment, Git


def precision(entry: Entry) -> str:
    """The Keras dtype policy an entry runs under on this machine.

    That is the precision it states, float32 where it states none; for "fastest" the one that was
    measured to be (`runners.execution.precision`). bfloat16 pays where the processor multiplies it
    in hardware (Intel AMX, AVX512-BF16): 2.9 times faster than float32 on a small VGG there (501
    against 1,457 images a second on two cores of an AMD EPYC), slower than float32 elsewhere.
    """
    stated = str(entry.values.get("precision", "float32"))
    if stated != "fastest":
        return stated
    if devices.of(entry) != machine.DEVICE:
        return "mixed_bfloat16"
    from runners.execution.precision import fastest

    return fastest(threads(entry))


def threads(entry: Entry) -> int:
    """Threads an entry's group runs with: those it declares, all cores for 0."""
    return entry.threads or machine.cores()


def training_versions(entry: Entry | None = None) -> dict[str, str]:
    """`versions` without MLflow's, on which no score depends; with those of an entry's backend."""
    by_name = {**machine.versions(), **(backends.versions(backends.of(entry)) if entry else {})}
    return {name: number for name, number in by_name.items() if name != "mlflow"}


@cache
def git() -> Git:
    """Commit the working tree is at and whether it has changes; empty outside a repository.

    A file of code that no commit holds is a change, whether git ignores it or not: whoever checks
    the commit out lacks it.
    """
    here = Path(__file__).parent
    try:
        commit = _git(here, "rev-parse", "HEAD")
        dirty = _git(here, "status", "--porcelain", "--untracked-files=no") or _git(
            ROOT, "ls-files", "--others", "--", "benchmarks/*.py", "runners/*.py"
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": commit, "dirty": bool(dirty)}


def git_trouble() -> tuple[str, str]:
    """Why records name no commit, and what to do about it; empty texts where they do."""
    try:
        _git(Path(__file__).parent, "rev-parse", "HEAD")
    except FileNotFoundError:
        return "git is not installed", "install git, so that records name the commit they are of"
    except subprocess.CalledProcessError as error:
        return why_refused(error.stderr, ROOT)
    except (OSError, subprocess.SubprocessError) as error:
        return f"git cannot be asked ({error})", "run `git status` here and see"
    return "", ""


def why_refused(words: str, folder: Path) -> tuple[str, str]:
    """What git's error about a folder means, and what to do about it."""
    if "dubious ownership" in words or "safe.directory" in words:
        remedy = f"`git config --global --add safe.directory {shlex.quote(str(folder))}`"
        return f"git refuses {folder}: it belongs to another user", f"{remedy} allows it"
    if "not a git repository" in words:
        return f"{folder} is in no git repository", "clone it, or `git init` and commit"
    if "unknown revision" in words or "Needed a single revision" in words or "HEAD" in words:
        return f"the repository of {folder} has no commit yet", "commit what is there"
    return f"git fails in {folder}: {words.strip()}", "run `git status` there and see"


def _git(folder: Path, *arguments: str) -> str:
    process = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        timeout=10,
        env={**os.environ, "LC_ALL": "C"},  # words that are looked at
    )
    return process.stdout.strip()


def describe(entry: Entry, group: Group | None = None) -> Environment:
    """The environment block of a record.

    Threads and precision are those of the `group`, whose run was planned on another machine;
    without one, what this machine would take.
    """
    return {
        "versions": {**machine.versions(), **backends.versions(backends.of(entry))},
        "backend": backends.of(entry),
        "platform": platform.platform(),
        "cpu": machine.cpu_name(),
        "cores": machine.cores(),
        "memory_gb": machine.memory_gb(),
        "device": devices.of(entry),
        "switches": devices.switches(entry),
        "git": git(),
        "threads": group.threads if group else threads(entry),
        "precision": group.precision if group else precision(entry),
    }
