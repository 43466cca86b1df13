"""What happens on a Dask worker: a group trains in a fresh process of its own fork server there.

TensorFlow's threads can be set once a process, so a Dask worker itself never trains. It has as
many processes for it as its Dask threads allow: `--nthreads 8` is eight groups of one thread, or
two that want four.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import pickle
import platform
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, default_folder, load
from benchmarks.definition import Benchmark
from runners.execution import backends, devices, environment, machine, worker
from runners.execution.engine import Failure
from runners.execution.engines.local import LocalExecutor, outcome
from runners.execution.group import Group
from runners.execution.source import ROOT


@dataclass(frozen=True)
class Missing:
    """A worker's answer where it has not got a group's data."""

    worker: str
    """Unlike its address, never used again."""
    address: str


@dataclass
class Pool:
    """Training processes of one Dask worker, for one run and one number of threads."""

    executor: LocalExecutor
    busy: int = 0


_pools: dict[tuple[str, int, str], Pool] = {}
_stopped: set[str] = set()
"""Runs that have ended; a group of theirs may still be about to begin."""
_guard = threading.Lock()


def sources() -> str:
    """sha256 over the project's code as it lies on disk, prose included."""
    sha = hashlib.sha256()
    for package in ("benchmarks", "runners"):
        for path in sorted((ROOT / package).rglob("*.py")):
            sha.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
            sha.update(path.read_bytes())
    return sha.hexdigest()


_at_import = sources()


@dataclass(frozen=True)
class Identity:
    """What parent and workers must agree on, so that a score is the same wherever it is made."""

    code: str
    """sha256 of the code in memory."""
    on_disk: str
    """The same of the code that training processes will read."""
    versions: Mapping[str, str]
    switches: Mapping[str, str]
    backend: str = backends.TENSORFLOW
    commit: str = field(default="", compare=False)
    place: str = field(default="", compare=False)
    """Host and folder, for error messages."""


def identity() -> Identity:
    """The identity of this process."""
    git = environment.git()
    return Identity(
        code=_at_import,
        on_disk=sources(),
        versions=environment.training_versions(),
        switches=machine.switches(),
        backend=backends.wanted(),
        commit=git.get("commit", "")[:7] + (" with changes" if git.get("dirty") else ""),
        place=f"{platform.node()}:{ROOT}",
    )


def train(run: str, group: Group, expected: Identity) -> worker.Outcome | Failure | Missing:
    """Train a group for the run of that name; a task of Dask's, so in one of its threads."""
    from distributed import get_worker

    here = get_worker()
    if difference := differing(expected, identity()):
        return Failure(f"the Dask worker {here.address} joined with {difference}")
    workers = max(here.state.nthreads // group.threads, 1)
    if group.device != machine.DEVICE:
        workers = devices.count()
    pool = _entered(run, group.threads, group.device, workers)
    if pool is None:
        return Failure("its run was stopped")
    try:
        future = pool.executor.submit(trained, group, received(group.digest, here))
        result = outcome(future, group)
    finally:
        with _guard:
            pool.busy -= 1
    return Missing(here.id, here.address) if result is None else result


def trained(group: Group, file: Path) -> worker.Outcome | None:
    """Train a group in this process; None when its data is not to be had here.

    The data is what this machine's own data folder holds (the network is never asked), else what
    the parent sent, if it did, in `file`.
    """
    benchmark = backends.adapted(registry.load().benchmarks[group.benchmark])
    loaded = _own(benchmark, group.digest) or _sent(file, group.digest)
    if loaded is None:
        return None
    outcome = worker.train_group(group, loaded)
    outcome.environment = environment.describe(benchmark.entry(group.entry), group)
    return outcome


def _own(benchmark: Benchmark, digest: str) -> Loaded | None:
    try:
        loaded = load(benchmark.data, Store(default_folder(), offline=True))
    except DataError:
        return None
    return loaded if loaded.dataset.digest == digest else None


def _sent(file: Path, digest: str) -> Loaded | None:
    loaded = _unpacked(file) if file.exists() else None
    return loaded if loaded and loaded.dataset.digest == digest else None


@lru_cache(maxsize=1)
def _unpacked(file: Path) -> Loaded:
    loaded: Loaded = pickle.loads(file.read_bytes())  # noqa: S301 written by `keep`
    return loaded


def received(digest: str, dask_worker: Any) -> Path:
    """Where a worker keeps data its parent sent, until it ends."""
    return Path(dask_worker.local_directory) / f"{digest.replace(':', '-')}.pickle"


def keep(loaded: Loaded, digest: str, dask_worker: Any) -> None:
    """Store data the parent sends; for `Client.run`, which fills in `dask_worker`."""
    target = received(digest, dask_worker)
    part = target.with_suffix(".part")
    part.write_bytes(pickle.dumps(loaded, protocol=5))
    part.replace(target)


def offer(dask_worker: Any) -> dict[str, float]:
    """Resources a worker was started with; for `Client.run`."""
    return dict(dask_worker.state.total_resources)


def stop(run: str) -> None:
    """End the training processes of a run, whatever they are doing."""
    with _guard:
        _stopped.add(run)
        ended = [_pools.pop(key) for key in list(_pools) if key[0] == run]
    for pool in ended:  # in threads, because Dask's own loop must not wait for it
        threading.Thread(target=pool.executor.shutdown, kwargs={"cancel_futures": True}).start()


def _entered(run: str, threads: int, device: str, workers: int) -> Pool | None:
    """The pool for a run's groups, counted as busy; idle ones of earlier groups and runs end.

    None when the run was stopped.
    """
    # Dask's nanny starts its workers as daemons, which may have no children; ours end with the
    # pipe to their fork server.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    with _guard:
        if run in _stopped:
            return None
        for key in [key for key, pool in _pools.items() if not pool.busy]:
            if key != (run, threads, device):
                _pools.pop(key).executor.shutdown(cancel_futures=True)
        if (run, threads, device) not in _pools:
            executor = LocalExecutor(threads, workers, alone=False, device=device)
            _pools[run, threads, device] = Pool(executor)
        pool = _pools[run, threads, device]
        pool.busy += 1
        return pool


def differing(expected: Identity, found: Identity) -> str:
    """In words, what keeps scores from being comparable; empty where nothing does."""
    if found.code != found.on_disk:
        return "code that was changed after it started; restart it"
    if found.code != expected.code:
        ours = expected.commit or "no commit"
        return (
            f"other code than this checkout ({found.commit or 'no commit'} there, {ours} here); "
            f"make {found.place} the same and restart it"
        )
    if found.backend != expected.backend:
        return (
            f"Keras on {found.backend} where this run is on {expected.backend}; start "
            f"{found.place} with KERAS_BACKEND={expected.backend}"
        )
    for what, theirs, own in (
        ("version of", found.versions, expected.versions),
        ("value of", found.switches, expected.switches),
    ):
        for name in sorted({*theirs, *own}):
            if theirs.get(name) != own.get(name):
                return (
                    f"another {what} {name} ({theirs.get(name, 'none')} there, "
                    f"{own.get(name, 'none')} here); make {found.place} the same and restart it"
                )
    return ""
