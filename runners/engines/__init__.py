"""Where groups train: worker processes here, this very process, or a Dask cluster.

    local   worker processes of this machine (the default)
    serial  one group after another in this process, for debugging
    dask    the workers of a Dask scheduler, on any number of machines

All three offer the part of `concurrent.futures.Executor` a run needs, for groups that want the
same number of threads. Training is the same code everywhere; only the parent writes records and
MLflow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from runners import environment

if TYPE_CHECKING:
    from runners.plan import Group

ENGINES = ("local", "serial", "dask")

Work: TypeAlias = "Callable[[Group, Path], Any]"


class EngineError(Exception):
    """An engine that cannot be had as asked for: what was expected, what to do."""


class Executor(Protocol):
    """What is used of `concurrent.futures.Executor`; tasks are groups, results are outcomes."""

    ahead: int
    """How many groups to submit before waiting for one."""

    def submit(self, work: Work, group: Group, folder: Path) -> Future[Any]:
        """Have `work(group, folder)` done; `folder` is the data folder, already filled."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End when all is done; with `cancel_futures` end what is being done too."""


@dataclass(frozen=True)
class Engine:
    """How to get an executor, and what there is to count on."""

    open: Callable[[int, int], Executor]
    """From the threads each group wants and the number of groups."""
    cores: int
    """Threads that may train at the same time, for estimates."""
    where: str
    """In words: "2 cores"."""


@contextmanager
def opened(
    name: str = "local",
    address: str | None = None,
    jobs: int = 0,
    say: Callable[[str], None] = print,
) -> Iterator[Engine]:
    """An engine, ready to use. `jobs` is the cores to use, 0 for all; `say` is told what to know.

    Raises EngineError for a request that is wrong and a cluster that cannot be used.
    """
    if name not in ENGINES:
        raise EngineError(f"expected an engine of {', '.join(ENGINES)}, received {name!r}")
    if name != "local" and jobs:
        raise EngineError(f"--jobs is for the engine local, not {name}; leave it out")
    if name == "dask":
        from runners.engines.cluster import connected

        with connected(address) as engine:
            yield engine
        return
    if address is not None:
        raise EngineError(f"--address is for the engine dask, not {name}; leave it out")
    if name == "serial":
        from runners.engines.serial import executor

        yield Engine(lambda threads, groups: executor(threads, say), 1, "this process")
        return
    yield on_this_machine(jobs or environment.cores())


def on_this_machine(jobs: int) -> Engine:
    """The local engine: worker processes with `jobs` threads between them."""
    from runners.engines.local import LocalExecutor

    def open_(threads: int, groups: int) -> Executor:
        return LocalExecutor(threads, min(max(jobs // threads, 1), groups))

    return Engine(open_, jobs, f"{jobs} cores")
