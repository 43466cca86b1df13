"""The machine: Python, packages, processor, memory, disks, ports."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from benchmarks.data.core import container
from runners.check import Check
from runners.execution import backends, devices, environment, machine
from runners.execution.precision import speeds
from runners.execution.source import ROOT
from runners.mlflow.ui import free_port

INSTALL = f"{sys.executable} -m pip install --require-hashes -r requirements.lock"
GET = "take requirements.lock from the repository"
INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")
"""Flags of a processor that decide how fast training is."""
A_WORKER = 0.5
"""GB of memory a worker adds to what the first one takes, which is twice that."""
FIRST_PORT = 5001
TRAINERS = {
    "tensorflow": "compiled trainer",
    "jax": "compiled trainer",
    "torch": "Keras' own fit, one network after the other",
}
CHANGES = (
    "`make bench DEVICE=gpu` trains networks on an NVIDIA card with JAX: entries of their own, "
    "32-bit products in TF32, mixed_bfloat16 where the fastest is asked for; other records stay"
)


def python() -> Check:
    """Whether this Python is one the locked packages exist for."""
    detail = f"{platform.python_version()}, {sys.executable}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("python", "ok", detail)
    return Check(
        "python",
        "broken",
        f"{detail}; expected 3.11, 3.12 or 3.13",
        "install one, then `make bench`",
    )


def packages(lock: Path = ROOT / "requirements.lock") -> Check:
    """Installed versions against the lock; other ones can give other scores."""
    missing, other, count = [], [], 0
    try:
        lines = lock.read_text("utf-8").splitlines()
    except OSError as error:
        return Check("packages", "warning", f"there is no lock to compare with ({error})", GET)
    for line in lines:
        if not line[:1].isalnum():
            continue  # a hash, or a comment
        wanted = Requirement(line.removesuffix("\\").strip())
        if wanted.marker and not wanted.marker.evaluate():
            continue
        count += 1
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            missing.append(wanted.name)
            continue
        if not wanted.specifier.contains(installed, prereleases=True):
            other.append(f"{wanted.name} {installed} instead of {wanted.specifier}")
    if missing:
        return Check("packages", "broken", f"not installed: {', '.join(missing)}", INSTALL)
    if other:
        return Check("packages", "warning", f"not as locked: {', '.join(other)}", INSTALL)
    own = (f"{n} {machine.versions()[n]}" for n in ("tensorflow", "keras", "mlflow"))
    return Check("packages", "ok", f"all {count} as locked, with {', '.join(own)}")


def processor() -> Iterator[Check]:
    """The processor, and how groups share it."""
    flags, cores = machine.cpu_flags(), machine.cores()
    fast = ", ".join(name for name in INSTRUCTIONS if name in flags) or "no instruction set known"
    yield Check("processor", "ok", f"{machine.cpu_name()}, {cores} cores; {fast}")
    together = "one group of one thread" if cores == 1 else f"{cores} groups of one thread"
    yield Check(
        "threads", "ok", f"{together} at a time; a group that wants more runs with up to {cores}"
    )


def precision() -> Check:
    """Measured speeds, and the precision of networks that ask for the fastest."""
    measured = speeds(machine.cores())
    if measured is None:
        return Check(
            "precision",
            "warning",
            "could not be measured; networks that want the fastest get float32",
            f"see what `{sys.executable} -m runners.execution.precision 1` says",
        )
    return Check(
        "precision",
        "ok",
        f"networks that want the fastest get {measured.policy}: 3×3 convolutions run at "
        f"{measured.float32:.0f} GFLOP/s a core in float32, {measured.bfloat16:.0f} in bfloat16",
    )


def git() -> Check:
    """Whether records can name the commit of the code they were made with."""
    problem, remedy = environment.git_trouble()
    if problem:
        return Check("git", "warning", f"{problem}: records name no commit", remedy)
    found = environment.git()
    changes = ", with changes" if found.get("dirty") else ""
    return Check("git", "ok", f"commit {found.get('commit', '')[:12]}{changes}")


def keras_backends() -> Check:
    """Keras' backends that are installed, and by which trainer each trains."""
    wanted, parts = backends.wanted(), []
    for name, trainer in TRAINERS.items():
        library = backends.LIBRARIES.get(name, (name,))[0]
        label = backends.NAMES.get(name, "TensorFlow")
        try:
            parts.append(f"{label} {version(library)} ({trainer})")
        except PackageNotFoundError:
            parts.append(f"{label} is not installed")
            if name == wanted:
                remedy = f"{sys.executable} -m pip install '.[{name}]', or unset KERAS_BACKEND"
                detail = f"KERAS_BACKEND={name}, and {label} is not installed"
                return Check("backends", "broken", detail, remedy)
    if wanted not in TRAINERS:
        detail = f"expected a KERAS_BACKEND of {', '.join(TRAINERS)}, received {wanted[:40]!r}"
        return Check("backends", "broken", detail, "unset KERAS_BACKEND")
    return Check("backends", "ok", f"{', '.join(parts)}; asked for: {wanted}")


def graphics() -> Check:
    """Graphics cards, which backend can compute on them, and what that changes."""
    cards = devices.cards()
    if not cards:
        other = "AMD's is seen, not used" if Path("/dev/kfd").exists() else "none of NVIDIA's seen"
        return Check("graphics card", "ok", f"{other}; training is on the processor. {CHANGES}")
    seen, able = ", ".join(cards), []
    for name in TRAINERS:
        if importlib.util.find_spec(backends.LIBRARIES.get(name, (name,))[0]) is None:
            continue
        found = devices.probe(name)
        able.append(found.names != ())
        problem = "can use it" if found.names else f"cannot ({found.problem})"
        seen += f"; {backends.NAMES.get(name, 'TensorFlow')} {problem}"
    if any(able):
        return Check("graphics card", "ok", f"{seen}. {CHANGES}")
    return Check("graphics card", "warning", seen, "`make bench DEVICE=gpu` installs JAX with CUDA")


def memory() -> Check:
    """Memory that is free, against what the workers take."""
    total = machine.memory_limit_gb() or psutil.virtual_memory().total / 1e9
    free = min(container.free_memory() / 1e9, total)
    needed = 2 * A_WORKER + (machine.cores() - 1) * A_WORKER
    detail = f"{free:.1f} of {total:.1f} GB free; workers take about {needed:.1f} GB"
    if free > needed:
        return Check("memory", "ok", detail)
    remedy = "end other programs, or use fewer cores: `make bench JOBS=1`"
    return Check("memory", "broken" if free < 2 * A_WORKER else "warning", detail, remedy)


def folder(what: str, path: Path, setting: str) -> Check:
    """Whether a folder can be written to, or made, and how much room it has."""
    there = path.absolute()
    while not (there.exists() or there.is_symlink()):
        there = there.parent
    remedy = f"choose another folder ({setting}), or put this right"
    if not there.is_dir():
        return Check(what, "broken", f"{path} cannot be used: {there} is a file", remedy)
    try:
        if there == path.absolute():
            with tempfile.TemporaryFile(dir=there):
                pass
        elif not os.access(there, os.W_OK):
            raise PermissionError(f"{there} cannot be written to")
        free = shutil.disk_usage(there).free / 1e9
    except OSError as error:
        return Check(what, "broken", f"{path} cannot be used: {error}", remedy)
    detail = f"{path}, {free:.1f} GB free{'' if path.exists() else ', not made yet'}"
    if free > 2:
        return Check(what, "ok", detail)
    remedy = f"free some space, or {remedy}"
    return Check(what, "broken" if free < 0.1 else "warning", detail, remedy)


def ports() -> Check:
    """Where `make ui` will listen."""
    try:
        port = free_port(FIRST_PORT)
    except OSError as error:
        return Check("ports", "broken", str(error), "`python -m runners ui --port` takes another")
    if port == FIRST_PORT:
        return Check("ports", "ok", f"{port} is free for `make ui`")
    taken = f"{FIRST_PORT} is taken; `make ui` will listen on {port}"
    return Check("ports", "warning", taken, "end the program that listens there, or leave it")
