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
from contextlib import contextmanager

from runners.execution import devices, machine
from runners.execution.engine import ENGINES, Engine, EngineError, Executor


@contextmanager
def opened(
    name: str = "local",
    address: str | None = None,
    jobs: int = 0,
    say: Callable[[str], None] = print,
) -> Iterator[Engine]:
    """An engine, ready to use. `jobs` is the cores to use, 0 for all; `say` gets notices.

    Raises EngineError for a request that is wrong and a cluster that cannot be used.
    """
    if name not in ENGINES:
        raise EngineError(f"expected an engine of {', '.join(ENGINES)}, received {name!r}")
    if name != "local" and jobs:
        raise EngineError(f"--jobs is for the engine local, not {name}; leave it out")
    if name == "dask":
        from runners.execution.engines.cluster import connected

        with connected(address) as engine:
            yield engine
        return
    if address is not None:
        raise EngineError(f"--address is for the engine dask, not {name}; leave it out")
    if name == "serial":
        from runners.execution.engines.serial import executor

        yield Engine(lambda threads, groups, device: executor(threads, say), 1, "this process")
        return
    from runners.execution.engines import local

    try:
        yield on_this_machine(jobs or machine.cores())
    finally:
        local.end_unused()


def on_this_machine(jobs: int) -> Engine:
    """The local engine: worker processes with `jobs` threads between them."""
    from runners.execution.engines import local

    def open_(threads: int, groups: int, device: str) -> Executor:
        if device != machine.DEVICE:  # a group at a time on each card
            return local.LocalExecutor(threads, min(devices.count(), groups), device=device)
        return local.LocalExecutor(threads, min(max(jobs // threads, 1), groups))

    return Engine(open_, jobs, f"{jobs} cores", local.prepare)
