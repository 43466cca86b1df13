"""`make bench`: plan, train what is missing, record, mirror in MLflow, build the page."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import registry
from benchmarks.data import Store, at_hand, default_folder, load_all
from benchmarks.definition import Benchmark
from runners.compare import example
from runners.execution import backends, devices, engines, locking
from runners.execution.engine import Engine
from runners.execution.plan import entries_of
from runners.execution.recording import skipped_before
from runners.records.store import Runs, sweep
from runners.report import Reporter, console, counted
from runners.results import checks
from runners.results.scoreboard import scoreboard_rows
from runners.workflows.download import Download
from runners.workflows.exit_codes import FAILED, INTERRUPTED, OK, WRONG_REQUEST
from runners.workflows.session import Options, Session, finish, publish
from runners.workflows.training import plan_and_train

__all__ = ["Options", "bench"]


def bench(options: Options) -> int:
    """Run the benchmarks asked for and return the exit code of the design.

    0 all done · 1 a trial failed, or data is missing for something named or under `strict` ·
    2 a definition file is wrong · 130 interrupted. Raises UnknownNameError, DefinitionError and
    EngineError for a request that is wrong from the start.
    """
    report = Reporter(console())
    definitions = registry.load()
    note = devices.prepare(options.device, options.engine)
    backends.check()
    if note:
        report.say(note)
    selected = registry.select(definitions, options.only, options.suite)
    chosen = [backends.adapted(benchmark) for benchmark in selected]
    for problem in definitions.problems.values():
        report.warn(f"not a benchmark definition: {problem}")
    with (
        engines.opened(options.engine, options.address, options.jobs, report.say) as engine,
        locking.in_folder(options.runs, report.say),
    ):
        code = _run(options, chosen, report, engine)
    if code == OK and definitions.problems and options.only is None:
        return WRONG_REQUEST
    return code


def _run(options: Options, chosen: Sequence[Benchmark], report: Reporter, engine: Engine) -> int:
    store = Store(options.data or default_folder(), report=report.say)
    session = Session(options, Runs(options.runs), store, engine, report)
    sweep(options.runs)  # nobody else writes there now
    sweep(options.site, older_than=3600.0)
    if _untrained(options, chosen, session.runs):
        engine.prepare()
    names = options.only or f"suite {options.suite}"
    report.say(f"Kerasfolio: {counted(b.name for b in chosen)} ({names}) on {engine.where}")
    unfit = {
        f"{registry.listed_as(benchmark.name)} {name}": reason
        for benchmark in chosen
        for name, reason in backends.skipped(benchmark).items()
    }
    for name, reason in unfit.items():
        report.say(f"  {name} is skipped on {backends.wanted()}: {reason}")
    large = [b for b in chosen if b.data.megabytes and not at_hand(b.data, store)]
    download = Download(large, store) if large else None
    sizes = {registry.listed_as(b.name): b.data.megabytes for b in large}
    for name, megabytes in sizes.items():
        report.say(f"  {name:<32} downloads {megabytes} MB meanwhile, runs last")
    now = [b for b in chosen if b not in large]
    try:
        plan_and_train(session, now, load_all({b.name: b.data for b in now}, store))
        if download is not None:
            report.say(f"waiting for the data of {', '.join(sizes)}")
            plan_and_train(session, large, download.wait())
    except KeyboardInterrupt:
        report.stop()
        report.warn("interrupted; finished trials are kept, `make bench` continues from here")
        return INTERRUPTED
    summary = publish(session)
    report.say()
    report.scoreboard(scoreboard_rows(summary))
    for joined in summary["collections"]:
        scored = f"{joined['scored']} of {joined['members'] + len(joined['absent'])} tasks"
        report.say(f"{joined['name']} ({scored}): {joined['statement']}")
    if noted := checks.noted(summary):
        report.say(noted)
    trained = any(plan.groups for plan in session.plans)  # else it was said before
    compared = [plan.benchmark.name for plan in session.plans] if trained else []
    comparison = example.against(session.collected, compared)
    if comparison:
        report.say()
        report.say(comparison)
    finish(session, summary["claim"])
    if (
        session.failed
        or session.unplanned
        or session.unbuilt
        or (session.missing and options.strict)
        or (_lacking(session) and options.only is not None)
    ):
        return FAILED
    return OK


def _untrained(options: Options, chosen: Sequence[Benchmark], runs: Runs) -> bool:
    """Whether something will most likely have to be trained, as far as folders tell."""
    skipped = skipped_before(runs)
    return options.fresh or any(
        not runs.folder(benchmark.name, entry.name).is_dir()
        for benchmark in chosen
        if benchmark.name not in skipped
        for entry in entries_of(benchmark, options.suite)
    )


def _lacking(session: Session) -> set[str]:
    """What was asked for and has no data at all; a collection of which some tasks run has some."""
    run = {registry.listed_as(plan.benchmark.name) for plan in session.plans}
    return {registry.listed_as(name) for name in session.missing} - run
