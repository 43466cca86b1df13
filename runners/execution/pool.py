"""Groups through an engine: submitted in waves, yielded as they finish.

Groups that want one thread share the cores, one process each; groups that want more run after
them. The same flags and threads give the same bits, so both are part of the fingerprint.

A group whose worker process dies is trained once more, in a fresh one: somebody or the system may
have ended it. Any other failure comes from the model (an exception, a loss that is no number,
too long, too large) and fails the group at once. No failed trial counts as done: the next run
plans it again. On a Dask cluster the scheduler hands the groups of a lost worker to another.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Any

from runners.execution import interrupts, worker
from runners.execution.engine import Engine, Executor, Failure, Work
from runners.execution.engines import on_this_machine
from runners.execution.engines.local import outcome
from runners.execution.group import Group

__all__ = ["Failure", "execute"]


def execute(
    groups: Sequence[Group],
    folder: Path,
    jobs: int,
    work: Work = worker.run,
    engine: Engine | None = None,
) -> Generator[tuple[Group, Any | Failure], None, None]:
    """Run all groups and yield each as it finishes.

    `folder` is the data folder, already filled: workers never go to the network. `work` is what
    a worker does with a group; its result, by default an `Outcome`, is what is yielded. Without
    an `engine`, worker processes of this machine train; `jobs` bounds the threads in use at once.

    Closing the iterator, or an exception thrown into it, stops the workers.
    """
    interrupts.check()
    engine = engine or on_this_machine(jobs)

    def place(group: Group) -> tuple[int, str]:
        return group.threads, group.device

    for (threads, device), alike in itertools.groupby(sorted(groups, key=place), place):
        tasks = list(alike)
        executor = engine.open(threads, len(tasks), device)
        try:
            yield from _finished(executor, tasks, folder, work)
            executor.shutdown()
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise


def _finished(
    executor: Executor, tasks: Sequence[Group], folder: Path, work: Work
) -> Iterator[tuple[Group, Any | Failure]]:
    queue = iter(tasks)
    futures: dict[Future[Any], Group] = {}
    retried_groups: set[int] = set()  # by identity: groups hold dicts, which have no hash
    while True:
        for group in itertools.islice(queue, executor.ahead - len(futures)):
            futures[executor.submit(work, group, folder)] = group
        if not futures:
            return
        interrupts.check()
        # A time limit lets Python see signals between waits.
        done, _ = wait(futures, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            group = futures.pop(future)
            result = outcome(future, group)
            if isinstance(result, Failure) and result.outside:
                if id(group) not in retried_groups:
                    retried_groups.add(id(group))
                    futures[executor.submit(work, group, folder)] = group
                    continue
                result = dataclasses.replace(result, reason=f"{result.reason} (tried twice)")
            yield group, result
