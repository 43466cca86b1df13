"""`make bench`: plan, train what is missing, record, mirror in MLflow, build the page."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, default_folder, load_all
from benchmarks.definition import Benchmark, Entry
from portfolio import page
from portfolio.scoreboard import scoreboard_rows
from runners import environment, tracking
from runners.facts import benchmark_facts, data_facts, entry_facts
from runners.fingerprint import fingerprint
from runners.plan import Group, Plan, make
from runners.pool import Failure, execute
from runners.records import SCHEMA, Runs, as_json, write_atomically
from runners.report import Reporter, console
from runners.worker import Outcome

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


def bench(options: Options) -> int:
    """Run the benchmarks asked for and return the exit code of the design.

    0 all done · 1 a trial failed, or data is missing for something named or under `strict` ·
    2 a definition file is wrong · 130 interrupted. Raises UnknownNameError and DefinitionError
    for a request that is wrong from the start.
    """
    report = Reporter(console())
    known = registry.load()
    chosen = registry.select(known, options.only, options.suite)
    for problem in known.problems.values():
        report.warn(f"not a benchmark definition: {problem}")
    options.runs.mkdir(parents=True, exist_ok=True)
    with _lock(options.runs, report):
        code = _run(options, chosen, report)
    if code == OK and known.problems and options.only is None:
        return WRONG_REQUEST
    return code


def _run(options: Options, chosen: Sequence[Benchmark], report: Reporter) -> int:
    runs, jobs = Runs(options.runs), options.jobs or environment.cores()
    store = Store(options.data or default_folder(), report=report.say)
    names = options.only or f"suite {options.suite}"
    report.say(f"Kerasfolio: {len(chosen)} benchmarks ({names}) on {jobs} cores")
    found = load_all({b.name: b.data for b in chosen}, store)
    missing = {n: e for n, e in found.items() if isinstance(e, DataError)}
    _note_skipped(runs, missing, done=set(found) - set(missing))
    plans = [
        make(b, loaded, options.suite, runs, options.fresh)
        for b in chosen
        if isinstance(loaded := found[b.name], Loaded)
    ]
    for line in runs.quarantined:
        report.warn(f"not a record: {line}")
    report.plan(plans, {name: str(error) for name, error in missing.items()}, jobs)
    try:
        failed = _train(plans, runs, store, jobs, options, report)
    except KeyboardInterrupt:
        report.stop()
        report.warn("interrupted; finished trials are kept, `make bench` continues from here")
        return INTERRUPTED
    summary = _publish(runs, options, report)
    report.say()
    report.scoreboard(scoreboard_rows(summary))
    _close(report, plans, missing, failed, options)
    if failed or (missing and (options.strict or options.only is not None)):
        return FAILED
    return OK


def _train(
    plans: Sequence[Plan],
    runs: Runs,
    store: Store,
    jobs: int,
    options: Options,
    report: Reporter,
) -> Counter[str]:
    """Run every group; returns how many trials failed, by benchmark and entry."""
    groups = [group for plan in plans for group in plan.groups]
    by_name = {plan.benchmark.name: plan for plan in plans}
    open_groups = Counter(group.benchmark for group in groups)
    failed: Counter[str] = Counter()
    weight = {id(g): plan.seconds / len(plan.groups) for plan in plans for g in plan.groups}
    left = Counter({"seconds": sum(weight.values())})
    trials = sum(len(group.repeats) for group in groups)
    report.start(groups)
    if groups:
        tracking.prepare_in_background(options.runs)
    previous = signal.signal(signal.SIGTERM, _interrupt) if _in_main_thread() else None
    try:
        for group, outcome in execute(groups, store.folder, jobs):
            plan = by_name[group.benchmark]
            entry = next(e for e in plan.entries if e.name == group.entry)
            if isinstance(outcome, Failure):
                failed[f"{group.benchmark} {group.entry}"] += len(group.repeats)
                _record_failure(runs, plan, entry, group, outcome)
                note = f"failed: {outcome.reason}"
            else:
                _record(runs, plan, entry, group, outcome)
                note = _scores(plan.benchmark, outcome)
            trials -= len(group.repeats)
            left["seconds"] -= weight[id(group)]  # type: ignore[assignment]
            report.finished(group, note, left["seconds"], trials)
            open_groups[group.benchmark] -= 1
            if not open_groups[group.benchmark] and trials:
                _publish(runs, options, report)
    finally:
        report.stop()
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)
    return failed


def _record(runs: Runs, plan: Plan, entry: Entry, group: Group, outcome: Outcome) -> None:
    """Write one record per repeat of a finished group."""
    facts, about = benchmark_facts(plan.benchmark), entry_facts(entry)
    for place, repeat in enumerate(group.repeats):
        own = {"seed": group.seeds[place], "repeat": repeat, "group": list(group.repeats)}
        train, test = outcome.sizes[place]
        share = outcome.train_seconds / len(group.repeats)
        record: dict[str, Any] = {
            "schema": SCHEMA,
            "benchmark": facts,
            "entry": about,
            **own,
            "recipe": group.recipe,
            "fingerprint": fingerprint({**own, "recipe": group.recipe}),
            "inputs": dict(group.inputs),
            "scores": outcome.scores[place],
            "history": outcome.history[place],
            "params": outcome.params[place],
            "seconds": {
                "group": round(outcome.train_seconds, 4),
                "trial": round(share, 4),
                "predict": round(outcome.predict_seconds / len(group.repeats), 4),
            },
            "started_at": outcome.started_at,
            "finished_at": outcome.finished_at,
            "environment": environment.describe(entry),
            "data": data_facts(plan.benchmark, plan.loaded) | {"train": train, "test": test},
        }
        runs.write(record, outcome.predictions[place])
    if outcome.archive is not None:
        runs.write_model(plan.benchmark.name, entry.name, group.recipe, outcome.archive)
    runs.clear_failure(plan.benchmark.name, entry.name)


def _record_failure(runs: Runs, plan: Plan, entry: Entry, group: Group, failure: Failure) -> None:
    content = {
        "benchmark": plan.benchmark.name,
        "entry": entry.name,
        "repeats": list(group.repeats),
        **asdict(failure),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "benchmark_facts": benchmark_facts(plan.benchmark),
        "entry_facts": entry_facts(entry),
    }
    runs.write_failure(plan.benchmark.name, entry.name, content)


def _publish(runs: Runs, options: Options, report: Reporter) -> dict[str, Any]:
    """Mirror the records in MLflow, then build the page; returns the page's summary.

    MLflow is a view: when it cannot be reached the records are none the worse.
    """
    try:
        tracking.sync(runs)
    except Exception as error:  # a server that is down must not cost a finished run
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        report.warn(f"MLflow was not updated ({first}); `python -m runners sync` makes up for it")
    return page.build(options.runs, options.site)


def _scores(benchmark: Benchmark, outcome: Outcome) -> str:
    values = [scores[benchmark.metric.name] for scores in outcome.scores]
    mean = sum(values) / len(values)
    if benchmark.metric.unit == "fraction":
        return f"{benchmark.metric.name} {100 * mean:.2f} %"
    return f"{benchmark.metric.name} {mean:.4g} {benchmark.metric.unit}"


def _close(
    report: Reporter,
    plans: Sequence[Plan],
    missing: dict[str, DataError],
    failed: Counter[str],
    options: Options,
) -> None:
    """Counts, what went wrong, and what to open next."""
    trials = sum(plan.trials for plan in plans)
    lost = sum(failed.values())
    report.say()
    report.say(
        f"{trials - lost} trials done, {lost} failed; "
        f"{len(plans)} benchmarks run, {len(missing)} skipped for lack of data."
    )
    for name, count in failed.items():
        report.warn(f"{name}: {count} trials failed; see runs/records/{name.replace(' ', '/')}/")
    for name, error in missing.items():
        report.warn(f"{name} was skipped: {error}")
    report.say(f"Page:   {options.site.resolve() / 'index.html'}")
    report.say("MLflow: make ui")


def _note_skipped(runs: Runs, missing: dict[str, DataError], done: set[str]) -> None:
    """Keep for the page why a benchmark asked for could not run; forget what now can."""
    path = runs.root / "skipped.json"
    try:
        noted = json.loads(path.read_bytes())
    except (OSError, ValueError):
        noted = {}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    kept = {name: why for name, why in noted.items() if name not in done}
    new = {n: {"reason": e.reason, "remedy": e.remedy, "at": at} for n, e in missing.items()}
    if {**kept, **new} or noted:
        write_atomically(path, as_json({**kept, **new}))


def _lock(runs: Path, report: Reporter) -> FileLock:
    """One `make bench` a folder: a second one waits, so that no trial is trained twice."""
    lock = FileLock(runs / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report.say(f"another run is working in {runs.resolve()}; waiting for it to finish")
        lock.acquire()
    return lock


def _interrupt(signum: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
