"""Worker processes: TensorFlow is loaded once in a fork server, never in the parent.

Groups that want one thread share the cores, one process each; groups that want more run after
them, alone. The same flags and threads give the same bits, so both are part of the fingerprint.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool

from runners import stopping, worker
from runners.plan import Group

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "PYTHONWARNINGS": "ignore",
}
"""Environment of the workers; set before the fork server starts, which hands it down."""

TASKS_A_WORKER = 50
"""A worker is replaced after so many groups, because TensorFlow keeps memory of every model."""


Work = Callable[[Group, Path], Any]


@dataclass(frozen=True)
class Failure:
    """Why a group has no outcome."""

    reason: str
    detail: str = ""
    """Traceback in the worker, for `--verbose` and the failure file."""


def execute(
    groups: Sequence[Group], folder: Path, jobs: int, work: Work = worker.run
) -> Generator[tuple[Group, Any | Failure], None, None]:
    """Run all groups and yield each as it finishes; `jobs` bounds the threads in use at once.

    `folder` is the data folder, already filled: workers never go to the network. `work` is what
    a worker does with a group; its result, by default an `Outcome`, is what is yielded.

    Closing the iterator, or an exception thrown into it, stops the workers.
    """
    stopping.check()
    os.environ.update(QUIET)
    context = _context()
    by_threads = itertools.groupby(sorted(groups, key=lambda g: g.threads), lambda g: g.threads)
    for threads, alike in by_threads:
        tasks = list(alike)
        workers = min(max(jobs // threads, 1), len(tasks))
        pool = ProcessPool(
            max_workers=workers,
            max_tasks=TASKS_A_WORKER,
            initializer=_start,
            initargs=(threads,),
            context=context,
        )
        try:
            yield from _finished(pool, tasks, folder, work)
            pool.close()
            pool.join()
        except BaseException:
            pool.stop()
            pool.join()
            _end_fork_server()
            raise


def _finished(
    pool: ProcessPool, tasks: Sequence[Group], folder: Path, work: Work
) -> Iterator[tuple[Group, Any | Failure]]:
    futures: dict[Future[Any], Group] = {
        pool.schedule(work, args=(group, folder)): group for group in tasks
    }
    waiting = set(futures)
    while waiting:
        stopping.check()
        # A time limit lets Python see signals between waits.
        done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            yield futures[future], _outcome(future)


def _outcome(future: Future[Any]) -> Any | Failure:
    try:
        return future.result()
    except ProcessExpired as death:
        return Failure(f"the worker process died (exit code {death.exitcode}); out of memory?")
    except Exception as error:
        # Pebble attaches the worker's traceback to the exception.
        detail = str(getattr(error, "traceback", "")) or repr(error)
        return Failure(f"{type(error).__name__}: {error}", detail)


def _start(threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    worker.start(threads)
    if "runners.preload" in sys.modules:  # not where workers are spawned
        sys.modules["runners.preload"].restore_stderr()


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["runners.preload"])
    # Ctrl-C reaches the whole process group and is the parent's to handle: the fork server would
    # die of it with a traceback while it loads TensorFlow. A blocked signal stays blocked in it.
    resource_tracker.ensure_running()  # unblocks it again, so not inside
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return context


def _end_fork_server() -> None:
    """End it now: one still loading TensorFlow would start workers for a parent that has gone."""
    pid = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
