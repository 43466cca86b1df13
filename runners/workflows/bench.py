"""`make bench`: plan, train what is missing, record, mirror in MLflow, build the page."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, at_hand, default_folder, load_all
from benchmarks.definition import Benchmark
from benchmarks.published import per_split
from portfolio.page import build
from runners import exhibits
from runners.compare import example
from runners.execution import averaging, backends, engines, locking
from runners.execution.engine import Engine, Failure
from runners.execution.group import Group
from runners.execution.plan import Plan, make
from runners.execution.pool import execute
from runners.execution.recording import note_skipped, record_failure, record_group
from runners.execution.worker import Outcome
from runners.mlflow import sync
from runners.records.store import Runs, sweep
from runners.report import Reporter, console
from runners.results import history
from runners.results.scoreboard import scoreboard_rows
from runners.results.summary import Generations, collect
from runners.results.types import Results
from runners.workflows import publishing

PUBLISHING_REST = 10
"""Publishing, while others train, takes at most one part in so many of the time."""

OK, FAILED, WRONG_REQUEST, INTERRUPTED = 0, 1, 2, 130


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


def bench(options: Options) -> int:
    """Run the benchmarks asked for and return the exit code of the design.

    0 all done · 1 a trial failed, or data is missing for something named or under `strict` ·
    2 a definition file is wrong · 130 interrupted. Raises UnknownNameError, DefinitionError and
    EngineError for a request that is wrong from the start.
    """
    report = Reporter(console())
    known = registry.load()
    backends.check(options.engine)
    selected = registry.select(known, options.only, options.suite)
    chosen = [backends.adapted(benchmark) for benchmark in selected]
    for problem in known.problems.values():
        report.warn(f"not a benchmark definition: {problem}")
    with (
        engines.opened(options.engine, options.address, options.jobs, report.say) as engine,
        locking.in_folder(options.runs, report.say),
    ):
        code = _run(options, chosen, report, engine)
    if code == OK and known.problems and options.only is None:
        return WRONG_REQUEST
    return code


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
    set_back: bool = False
    """Whether the clock was found to be behind earlier records."""
    mirrored: bool = True
    """Whether MLflow has taken all it was given so far."""
    rest_until: float = 0.0
    """On the monotonic clock: no publishing before, but at the end."""


def _run(options: Options, chosen: Sequence[Benchmark], report: Reporter, engine: Engine) -> int:
    store = Store(options.data or default_folder(), report=report.say)
    session = Session(options, Runs(options.runs), store, engine, report)
    sweep(options.runs)  # nobody else writes there now
    sweep(options.site, older_than=3600.0)
    names = options.only or f"suite {options.suite}"
    report.say(f"Kerasfolio: {len(chosen)} benchmarks ({names}) on {engine.where}")
    for benchmark in chosen:
        for name, reason in backends.skipped(benchmark).items():
            report.say(f"  {benchmark.name} {name} is skipped on {backends.wanted()}: {reason}")
    large = [b for b in chosen if b.data.megabytes and not at_hand(b.data, store)]
    download = Download(large, store) if large else None
    for benchmark in large:
        report.say(
            f"  {benchmark.name:<32} downloads {benchmark.data.megabytes} MB meanwhile, runs last"
        )
    now = [b for b in chosen if b not in large]
    try:
        _wave(session, now, load_all({b.name: b.data for b in now}, store))
        if download is not None:
            report.say(f"waiting for the data of {', '.join(b.name for b in large)}")
            _wave(session, large, download.wait())
    except KeyboardInterrupt:
        report.stop()
        report.warn("interrupted; finished trials are kept, `make bench` continues from here")
        return INTERRUPTED
    summary = _publish(session)
    report.say()
    report.scoreboard(scoreboard_rows(summary))
    told = example.against(session.collected, [plan.benchmark.name for plan in session.plans])
    if told:
        report.say()
        report.say(told)
    _close(session)
    if (
        session.failed
        or session.unplanned
        or (session.missing and (options.strict or options.only is not None))
    ):
        return FAILED
    return OK


class Download(threading.Thread):
    """Large data sets on their way while the others train; no time budget counts them."""

    def __init__(self, benchmarks: Sequence[Benchmark], store: Store) -> None:
        super().__init__(daemon=True)
        self.sources = {benchmark.name: benchmark.data for benchmark in benchmarks}
        self.store = store
        self.found: dict[str, Loaded | DataError] = {}
        self.start()

    def run(self) -> None:
        """Fetch; what cannot be had ends up as its error."""
        self.found = load_all(self.sources, self.store)

    def wait(self) -> dict[str, Loaded | DataError]:
        """The data sets, once all are there or have failed."""
        while self.is_alive():
            self.join(0.5)  # in slices, so that Ctrl-C is heard
        return self.found


def _wave(
    session: Session, chosen: Sequence[Benchmark], found: Mapping[str, Loaded | DataError]
) -> None:
    """Plan and train the benchmarks whose data was found; note the others as skipped."""
    options, runs, report = session.options, session.runs, session.report
    missing = {name: error for name, error in found.items() if isinstance(error, DataError)}
    note_skipped(runs, missing, done=set(found) - set(missing))
    per_split.provide([benchmark.name for benchmark in chosen], session.store, runs.root)
    plans: list[Plan] = []
    for benchmark in chosen:
        loaded = found[benchmark.name]
        try:
            if isinstance(loaded, Loaded):
                plans.append(make(benchmark, loaded, options.suite, runs, options.fresh))
        except OSError:
            raise
        except Exception as error:  # a user's split rule may fail in any way
            session.unplanned[benchmark.name] = f"{type(error).__name__}: {error}"
    for line in runs.quarantined[:]:
        report.warn(f"not a record: {line}")
        runs.quarantined.remove(line)
    report.plan(plans, {name: str(error) for name, error in missing.items()}, session.engine.cores)
    session.plans += plans
    session.missing |= missing
    _train(session, plans)


def _train(session: Session, plans: Sequence[Plan]) -> None:
    """Run every group, recording each as it finishes; publish after every benchmark."""
    report, options = session.report, session.options
    groups = [_limited(group, options) for plan in plans for group in plan.groups]
    if not groups:
        return
    for plan in plans if options.fresh else ():
        history.note(session.runs, plan.benchmark.name)  # its records are about to be replaced
    by_name = {plan.benchmark.name: plan for plan in plans}
    share = {plan.benchmark.name: plan.seconds / max(len(plan.groups), 1) for plan in plans}
    open_groups = Counter(group.benchmark for group in groups)
    left, trials = sum(plan.seconds for plan in plans), sum(len(g.repeats) for g in groups)
    if options.engine != "serial":  # a debugger needs the terminal for itself
        report.start(groups)
    sync.prepare_in_background(options.runs)
    try:
        with closing(_outcomes(session, by_name, groups)) as outcomes:
            for group, outcome in outcomes:
                note = _note(session, by_name[group.benchmark], group, outcome)
                trials -= len(group.repeats)
                left -= share[group.benchmark]
                report.finished(group, note, left, trials)
                open_groups[group.benchmark] -= 1
                if not open_groups[group.benchmark]:
                    history.note(session.runs, group.benchmark)
                    if trials and time.monotonic() >= session.rest_until:
                        _publish(session, last=False)
    finally:
        report.stop()


def _outcomes(
    session: Session, plans: Mapping[str, Plan], groups: Sequence[Group]
) -> Generator[tuple[Group, Outcome | Failure], None, None]:
    """What comes of every group; averages last, from the predictions of those before them."""
    engine, folder = session.engine, session.store.folder
    later = [g for g in groups if averaging.members(plans[g.benchmark].benchmark, g.entry)]
    first = [group for group in groups if group not in later]
    yield from execute(first, folder, engine.cores, engine=engine)
    trained = []
    for group in later:
        made = averaging.outcome(plans[group.benchmark], group, session.runs)
        if made is None:
            trained.append(group)
        else:
            yield group, made
    yield from execute(trained, folder, engine.cores, engine=engine)


def _limited(group: Group, options: Options) -> Group:
    """The group with the limits that were asked for."""
    timeout = options.timeout or group.timeout
    return dataclasses.replace(group, timeout=timeout, memory=options.memory)


def _note(session: Session, plan: Plan, group: Group, outcome: Outcome | Failure) -> str:
    """Record a group's outcome and return the words for its progress line."""
    entry = plan.benchmark.entry(group.entry)
    if isinstance(outcome, Failure):
        session.failed[f"{group.benchmark} {group.entry}"] += len(group.repeats)
        session.reasons[f"{group.benchmark} {group.entry}"] = outcome.reason
        record_failure(session.runs, plan, entry, group, outcome)
        return f"failed: {outcome.reason}"
    if not record_group(session.runs, plan, entry, group, outcome) and not session.set_back:
        session.set_back = True
        session.report.warn(
            "the clock is behind earlier records (the newest of them, or the clock, is wrong); "
            "new trials are dated after them, and keep what the clock said"
        )
    return _scores(plan.benchmark, outcome)


def _publish(session: Session, last: bool = True) -> Results:
    """Mirror the records in MLflow, then build the page; returns the page's summary.

    MLflow is a view: when it cannot be written to the records are none the worse, and it is tried
    once more at the end, not after every benchmark.
    """
    began = time.monotonic()
    definitions = registry.load().benchmarks
    collected = session.collected = collect(session.runs, definitions)
    exhibits.update(session.runs, session.plans, collected, session.report.warn)
    try:
        if last or session.mirrored:
            with locking.with_mlflow(session.report.say):
                publishing.mirror(session.runs, collected=collected)
    except Exception as error:  # a server that is down must not cost a finished run
        session.mirrored = False
        session.report.warn(f"MLflow was not updated: {error}")
    options = session.options
    summary = build.build(options.runs, options.site, definitions, collected=collected)
    session.rest_until = time.monotonic() + PUBLISHING_REST * (time.monotonic() - began)
    return summary


def _scores(benchmark: Benchmark, outcome: Outcome) -> str:
    values = [scores[benchmark.metric.name] for scores in outcome.scores]
    mean = sum(values) / len(values)
    if benchmark.metric.unit == "fraction":
        return f"{benchmark.metric.name} {100 * mean:.2f} %"
    return f"{benchmark.metric.name} {mean:.4g} {benchmark.metric.unit}"


def _close(session: Session) -> None:
    """Counts, what went wrong, and what to open next."""
    report, failed = session.report, session.failed
    trials = sum(plan.trials for plan in session.plans)
    lost = sum(failed.values())
    report.say()
    report.say(
        f"{trials - lost} trials done, {lost} failed; "
        f"{len(session.plans)} benchmarks run, {len(session.missing)} skipped for lack of data."
    )
    for name, count in failed.items():
        kept = session.runs.folder(*name.split(" ", 1)) / "failed.json"
        trials_failed = "1 trial" if count == 1 else f"{count} trials"
        report.warn(f"{name}: {trials_failed} failed: {session.reasons[name]}; see {kept}")
    for name, problem in session.unplanned.items():
        report.warn(f"{name} cannot be planned: {problem}")
    for name, error in session.missing.items():
        report.warn(f"{name} was skipped: {error}")
    report.say(f"Page:   {session.options.site.resolve() / 'index.html'}")
    report.say("MLflow: make ui")
