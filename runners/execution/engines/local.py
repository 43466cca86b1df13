"""Worker processes: TensorFlow is loaded once in a fork server, never in the parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path
from typing import Any

import psutil
from pebble import ProcessExpired, ProcessPool
from pebble.common import Result, ResultStatus

from runners.execution import devices, machine, worker
from runners.execution.engine import Failure, Work
from runners.execution.group import Group

TASKS_A_WORKER = 50
"""A worker is replaced after so many groups, because TensorFlow keeps memory of every model."""

ADDRESS = 103
"""Bytes the address of a socket may have on the systems that allow fewest, without its end."""
SHORT = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
SOCKET = len("/pymp-12345678/listener-12345678")
TOO_LARGE = 86
"""Exit code of a worker that took more memory than its group may."""


class LocalExecutor:
    """Worker processes for groups that want `threads` threads each.

    A group that takes longer than its `timeout` or more than its `memory` loses its worker, which
    is replaced.
    """

    ahead = sys.maxsize

    def __init__(
        self, threads: int, workers: int, *, alone: bool = True, device: str = machine.DEVICE
    ) -> None:
        self.alone = alone
        """Whether nothing else in this process uses the fork server."""
        self.stopped = False
        self.waiting: set[Future[Any]] = set()
        _unused.clear()
        os.environ.update(worker.variables(machine.device()))
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=TASKS_A_WORKER,
            initializer=_start,
            initargs=(threads, device != machine.DEVICE),
            context=_context(),
        )
        self._ended: dict[int, int] = {}
        """Exit codes of workers that died, by process id."""
        self._closed = threading.Event()
        threading.Thread(target=self._release_lost, daemon=True).start()

    def submit(self, work: Work, group: Group, folder: Path) -> Future[Any]:
        """Have a worker do it; the future's exceptions are for `outcome`."""
        future: Future[Any] = self._pool.schedule(
            _within_memory, args=(work, group, folder), timeout=group.timeout or None
        )
        self.waiting.add(future)
        future.add_done_callback(self.waiting.discard)
        if self.stopped:  # meanwhile, by another thread
            future.cancel()
        return future

    def _release_lost(self) -> None:
        """Fail groups whose worker died before the pool had read that it took them.

        Pebble (5.2) looks for a dead worker's task once; on a busy machine the worker's message
        may be read only after that, and the task would wait for its time limit.
        """
        tasks = self._pool._pool_manager.task_manager
        workers = self._pool._pool_manager.worker_manager
        inspect = workers.inspect_workers

        def remembered() -> tuple[tuple[int, int], ...]:
            found: tuple[tuple[int, int], ...] = inspect()
            self._ended.update(found)
            return found

        workers.inspect_workers = remembered
        before: set[int] = set()
        while not self._closed.wait(1):
            lost = {
                task.id: task.worker_id
                for task in tuple(tasks.tasks.values())
                if task.worker_id in self._ended
            }
            for task in before & lost.keys():  # twice: the pool may be about to do it
                death = ProcessExpired("lost", code=self._ended[lost[task]], pid=lost[task])
                tasks.task_done(task, Result(ResultStatus.ERROR, death))
            before = {*lost}

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: after their last group, or with `cancel_futures` at once."""
        if not cancel_futures:
            self._pool.close()
            if wait:
                self._pool.join()
                self._closed.set()
            return
        self.stopped = True
        self._closed.set()
        self._pool.stop()
        self._pool.join()
        for future in list(self.waiting):  # the pool itself never completes them
            future.cancel()
        if self.alone:
            _end_fork_server()


_unused = threading.Event()
"""Whether the fork server was started ahead, and no pool was opened since."""


def prepare() -> None:
    """Start the fork server, which loads TensorFlow while this process reads data and plans."""
    os.environ.update(worker.variables(machine.device()))
    _context()
    _unused.set()


def end_unused() -> None:
    """End a fork server that was started ahead and not needed."""
    if _unused.is_set():
        _unused.clear()
        _end_fork_server()


def outcome(future: Future[Any], group: Group) -> Any | Failure:
    """The result of a group's work, or a Failure with the reason.

    Only the death of a worker process may have its cause outside the model: somebody ended it, or
    the system did for want of memory. An exception, a loss that is no number, the time limit and
    the memory limit are the model's own, and would come again.
    """
    try:
        return future.result()
    except ProcessExpired as death:
        if death.exitcode == TOO_LARGE:
            return Failure(f"needed more than {memory_limit(group):.3g} GB of memory")
        reason = f"the worker process died (exit code {death.exitcode}); out of memory?"
        return Failure(reason, outside=True)
    except Exception as error:
        # Pebble attaches the worker's traceback; its own timeout comes without one.
        detail = str(getattr(error, "traceback", ""))
        if isinstance(error, TimeoutError) and not detail and group.timeout:
            return Failure(f"was stopped after {group.timeout:.0f} s, the most it may take")
        return Failure(_words(error), detail or "".join(traceback.format_exception(error)))


def memory_limit(group: Group) -> float:
    """GB (10⁹ bytes) a worker may take for a group; infinite where nothing is known.

    What the group declares, else nine tenths of what this machine, or its container, has: beyond
    it the system ends processes, and not always the one that took the memory.
    """
    if group.memory:
        return group.memory
    available = machine.memory_limit_gb()
    return 0.9 * available if available else float("inf")


_largest = float("inf")
"""GB; the limit of the group that trains in this process."""


def _within_memory(work: Work, group: Group, folder: Path) -> Any:
    """Do a group's work; what it raises becomes a Failure here, in the worker.

    A definition may raise anything: SystemExit and KeyboardInterrupt would end the parent, and an
    exception that cannot be sent there would end the pool.
    """
    global _largest
    _largest = memory_limit(group)
    try:
        return work(group, folder)
    except BaseException as error:
        return Failure(_words(error), traceback.format_exc())


def _words(error: BaseException) -> str:
    """Kind and message of any exception."""
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be read)"
    return f"{type(error).__name__}: {message}"


def _watch() -> None:
    """End this worker when it grows too large.

    Resident memory, because TensorFlow reserves far more address space than it uses: RLIMIT_AS
    would end healthy workers.
    """
    itself = psutil.Process()
    while True:
        if itself.memory_info().rss > _largest * 1e9:
            os._exit(TOO_LARGE)
        time.sleep(0.2)


def _start(threads: int, on_card: bool = False) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    threading.Thread(target=_watch, daemon=True).start()
    if on_card:
        devices.take_card()
    else:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    worker.start(threads)
    if "runners.execution.preload" in sys.modules:  # not where workers are spawned
        sys.modules["runners.execution.preload"].restore_stderr()


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["runners.execution.preload"])
    _keep_sockets_short()
    # Ctrl-C reaches the whole process group and is the parent's to handle: the fork server would
    # die of it with a traceback while it loads TensorFlow. A blocked signal stays blocked in it.
    resource_tracker.ensure_running()  # unblocks it again, so not inside
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return context


def _keep_sockets_short() -> None:
    """Have multiprocessing put its sockets where their addresses fit, whatever TMPDIR is."""
    before = tempfile.tempdir
    if len(os.fsencode(tempfile.gettempdir())) + SOCKET <= ADDRESS:
        return
    try:
        tempfile.tempdir = next((one for one in SHORT if os.access(one, os.W_OK)), before)
        util.get_temp_dir()  # made once, in the folder that is set now, and kept
    finally:
        tempfile.tempdir = before


def _end_fork_server() -> None:
    """End it now: one still loading TensorFlow would start workers for a parent that has gone."""
    pid = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
