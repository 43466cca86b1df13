"""What an engine is: executors for groups that want the same number of threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from runners.execution.group import Group

ENGINES = ("local", "serial", "dask")

Work: TypeAlias = "Callable[[Group, Path], Any]"


class EngineError(Exception):
    """An engine that cannot be used as requested; the message says what to do."""


class Executor(Protocol):
    """What is used of `concurrent.futures.Executor`; tasks are groups, results are outcomes."""

    ahead: int
    """How many groups to submit before waiting for one."""

    def submit(self, work: Work, group: Group, folder: Path) -> Future[Any]:
        """Run `work(group, folder)` somewhere; `folder` is the data folder, already filled."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End after the groups that are running; with `cancel_futures` stop these too."""


@dataclass(frozen=True)
class Engine:
    """How to open an executor, and how many threads it has."""

    open: Callable[[int, int, str], Executor]
    """From the threads each group wants, the number of groups, and their device."""
    cores: int
    """Threads that may train at the same time, for estimates."""
    where: str
    """In words: "2 cores"."""
    prepare: Callable[[], None] = lambda: None
    """Begin what `open` would wait for; where nothing is opened, it ends with the engine."""


@dataclass(frozen=True)
class Failure:
    """Why a group has no outcome."""

    reason: str
    detail: str = ""
    """Traceback in the worker, for the failure file."""
    outside: bool = False
    """Whether the cause may lie outside the model, so that another try is worth its time."""
