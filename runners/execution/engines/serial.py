"""One group after another in this very process: `breakpoint()` in a definition just works.

An exception is shown with its traceback the moment it happens, and fails its group as elsewhere.
There is no time or memory limit, and a process that dies takes the run with it.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from runners.execution import machine, worker
from runners.execution.engine import Executor, Work
from runners.execution.engines.local import LocalExecutor
from runners.execution.group import Group


class SerialExecutor:
    """Runs each group while it is submitted; its future is finished at once."""

    ahead = 1

    def submit(self, work: Work, group: Group, folder: Path) -> Future[Any]:
        """Do it now."""
        future: Future[Any] = Future()
        try:
            future.set_result(work(group, folder))
        except Exception as error:
            print(f"{group.label}:", file=sys.stderr)
            traceback.print_exc()
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing is left to end."""


def executor(threads: int, say: Callable[[str], None]) -> Executor:
    """In-process with that many threads; one worker process where they can no longer be set."""
    os.environ.update(worker.variables(machine.device()))
    from runners.execution import preload  # loads TensorFlow without its noise

    preload.restore_stderr()
    try:
        worker.start(threads)
    except RuntimeError:  # TensorFlow's threads are set once, before it first computes
        say(f"groups that want {threads} threads train in a worker process: threads are set once")
        return LocalExecutor(threads, workers=1)
    return SerialExecutor()
