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


@dataclass(frozen=True)
class Failure:
    """Why a group has no outcome."""

    reason: str
    detail: str = ""
    """Traceback in the worker, for the failure file."""
    outside: bool = False
    """Whether the cause may lie outside the model, so that another try is worth its time."""
