"""Definitions and their data sets: at hand, reachable, missing, damaged."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.data import Copy, Corrupt, DataError, Source, Store, load
from benchmarks.data.core.network import probe_all, require
from benchmarks.data.core.store import is_complete, verify
from benchmarks.definition import Benchmark
from benchmarks.registry import Registry
from runners.check import Check
from runners.formatting import first_few

PREFIX = "data of "
"""What the names of checks of data begin with."""


def definitions(registry: Registry) -> Iterator[Check]:
    """Files that are no benchmark definition."""
    for problem in registry.problems.values():
        yield Check("definitions", "broken", problem, "correct the file, or move it away")
    if not registry.problems:
        yield Check("definitions", "ok", _count(registry))


def _count(registry: Registry) -> str:
    tasks = sum(bool(one.collection) for one in registry.benchmarks.values())
    alone = f"{len(registry.benchmarks) - tasks} benchmarks"
    return f"{alone}, {tasks} tasks of collections" if tasks else alone


def sets(
    benchmarks: Mapping[str, Benchmark], store: Store, threads: ThreadPoolExecutor
) -> Iterable[Check]:
    """One check for each benchmark's data; what is kept is hashed, hosts are asked together.

    Own tasks of a collection come from one source: the first stands for all.
    """
    listed: dict[str, Benchmark] = {}
    for one in benchmarks.values():
        listed.setdefault(one.collection or one.name, one)
    benchmarks = listed
    missing = [b.data for b in benchmarks.values() if not _cached_copies(b.data, store)]
    hosts = {host for source in missing for host in source.hosts}
    asking = threading.Thread(target=probe_all, args=(hosts, store), daemon=True)
    asking.start()
    checks = list(threads.map(lambda b: _cached(b, store), benchmarks.values()))
    asking.join()
    return [
        check or _reachable(b, store) for b, check in zip(benchmarks.values(), checks, strict=True)
    ]


def _cached_copies(source: Source, store: Store) -> list[Copy]:
    return [copy for copy in source.copies if is_complete(copy, store)]


def _cached(benchmark: Benchmark, store: Store) -> Check | None:
    """What the data folder or a library has; None where neither has anything."""
    name = f"{PREFIX}{benchmark.collection or benchmark.name}"
    for copy in _cached_copies(benchmark.data, store):
        try:
            verify(copy, store)
        except (Corrupt, OSError) as error:
            only = benchmark.collection or benchmark.name
            again = f"`make data ONLY={only}` sets it aside and fetches it again"
            return Check(name, "broken", getattr(error, "reason", str(error)), again)
        return Check(name, "ok", f"cached and verified: {copy.name}")
    with tempfile.TemporaryDirectory() as empty:
        try:
            loaded = load(benchmark.data, Store(Path(empty), offline=True))
        except DataError:
            return None
    return Check(name, "ok", f"a library carries it: {loaded.copy}")


def _reachable(benchmark: Benchmark, store: Store) -> Check:
    """Whether data that is nowhere here can be fetched."""
    name, source = f"{PREFIX}{benchmark.collection or benchmark.name}", benchmark.data
    try:
        for host in source.hosts:
            require(host, store)
    except DataError as error:
        names = [file.name for copy in source.copies[:1] for file in copy.files]
        files = first_few(names, 3) or "the publisher's files"
        remedy = f"connect to the network, or `make data FROM=DIR` with {files} below DIR"
        return Check(name, "warning", f"not at hand: {error.reason}", remedy)
    size = f", {source.megabytes} MB" if source.megabytes else ""
    return Check(name, "ok", f"not fetched yet{size}; {', '.join(source.hosts)} can be reached")
