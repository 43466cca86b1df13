"""One run of `make bench`: what was asked for, and what has come of it so far."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import registry
from benchmarks.data import DataError, Store
from portfolio.page import build
from runners import exhibits
from runners.execution import locking
from runners.execution.engine import Engine
from runners.execution.engines import on_this_machine
from runners.execution.plan import Plan
from runners.exhibits import networks
from runners.mlflow import journal
from runners.records.generations import Generations
from runners.records.store import Runs
from runners.report import Reporter, counted, not_too_many, skip_lines
from runners.results.summary import collect, summarise
from runners.results.types import Results
from runners.workflows.publishing import mirror

PUBLISHING_REST = 10
"""While others train, publishing takes at most one tenth of the time."""


@dataclass(frozen=True)
class Options:
    """What the command line asked for."""

    suite: str = "quick"
    only: str | None = None
    jobs: int = 0
    """Cores to use; 0 means all."""
    fresh: bool = False
    strict: bool = False
    runs: Path = Path("runs")
    site: Path = Path("portfolio/site")
    data: Path | None = None
    engine: str = "local"
    address: str | None = None
    """Of the Dask scheduler, for the engine dask."""
    timeout: float = 0.0
    """Seconds a group may take; 0 means many times what is expected of it."""
    memory: float = 0.0
    """GB (10⁹ bytes) a worker may take; 0 means nearly all the machine has."""
    device: str = "auto"
    """Of Keras networks; see `runners.execution.devices`."""


@dataclass
class Session:
    """One run of `make bench`: where things go and what has come of it so far."""

    options: Options
    runs: Runs
    store: Store
    engine: Engine
    report: Reporter
    plans: list[Plan] = field(default_factory=list)
    missing: dict[str, DataError] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    """Failed trials by "benchmark entry"."""
    collected: Generations = field(default_factory=dict)
    """The records as last published."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why the last of them failed, by the same."""
    unplanned: dict[str, str] = field(default_factory=dict)
    """Why a benchmark's definition failed before anything of it was trained."""
    network_remarks: set[str] = field(default_factory=set)
    """Remarks on networks that were printed, each of them once."""
    set_back: bool = False
    """Whether the clock was found to be behind earlier records."""
    mirrored: bool = True
    """Whether MLflow has taken all it was given so far."""
    unbuilt: str = ""
    """Why the page could not be built the last time."""
    rest_until: float = 0.0
    """On the monotonic clock: no publishing before, but at the end."""


def publish(session: Session, last: bool = True) -> Results:
    """Mirror the records in MLflow, then build the page; returns the page's summary.

    Both are views: when they cannot be written, the records are not affected, and training goes
    on. MLflow is then tried once more at the end, not after every benchmark, and the page after the
    next one. Raises OSError where there is no room for the page at the `last`.
    """
    began = time.monotonic()
    known = registry.load()
    collected = session.collected = collect(session.runs, known.benchmarks)
    shown = [plan for plan in session.plans if not plan.benchmark.collection]
    exhibits.update(session.runs, shown, collected, session.report.warn)
    if last:  # in workers, which train until then
        remote = session.options.engine == "dask"  # networks lie on this machine
        engine = on_this_machine(1) if remote else session.engine
        data, warn = session.store.folder, session.report.warn
        networks.update(session.runs, shown, collected, warn, data, engine)
    try:
        if last or session.mirrored:
            with locking.with_mlflow(session.report.say):
                mirror(session.runs, collected=collected)
            for note in journal.notes():
                session.report.warn(note)
    except Exception as error:  # a server that is down must not cost a finished run
        session.mirrored = False
        session.report.warn(f"MLflow was not updated: {error}")
    options = session.options
    try:
        summary = build.build(
            options.runs,
            options.site,
            known.benchmarks,
            collections=known.collections,
        )
        session.unbuilt = ""
    except Exception as error:  # as above
        if last and isinstance(error, OSError):
            raise
        session.unbuilt = f"{type(error).__name__}: {error}"
        session.report.warn(f"the page was not built ({session.unbuilt}); the records are whole")
        summary = summarise(session.runs, collected, known.benchmarks, known.collections)
    session.rest_until = time.monotonic() + PUBLISHING_REST * (time.monotonic() - began)
    return summary


def finish(session: Session, claim: str = "") -> None:
    """Print counts, failures, the `claim` of all results, and what to open next."""
    report, failed = session.report, session.failed
    trials = sum(plan.trials for plan in session.plans)
    lost = sum(failed.values())
    report.say()
    report.say(
        f"{trials - lost} trials done, {lost} failed; "
        f"{counted(plan.benchmark.name for plan in session.plans)} run, "
        f"{len({registry.listed_as(n) for n in session.missing})} skipped for lack of data."
    )
    problems = []
    for name, count in failed.items():
        file = session.runs.folder(*name.split(" ", 1)) / "failed.json"
        trials_failed = "1 trial" if count == 1 else f"{count} trials"
        listed = registry.listed_as(name.split(" ", 1)[0])
        why = f"{name}: {trials_failed} failed: {session.reasons[name]}; see {file}"
        problems.append((listed, why))
    for name, problem in session.unplanned.items():
        problems.append((registry.listed_as(name), f"{name} cannot be planned: {problem}"))
    for line in not_too_many(problems):
        report.warn(line)
    for line in skip_lines(session.missing, "was skipped"):
        report.warn(line)
    report.say("MLflow: make ui")
    report.say()
    if claim:
        report.say(claim)
    if not session.unbuilt:
        report.link("Page:   ", session.options.site / "index.html")
