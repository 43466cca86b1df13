"""Planning and training what a run asks for, each group recorded as it finishes."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing

from benchmarks.data import DataError, Loaded
from benchmarks.definition import Benchmark
from benchmarks.published import per_split
from runners import formatting
from runners.execution import averaging, dry_run, worker
from runners.execution.dry_run import DryRun
from runners.execution.engine import Failure
from runners.execution.group import Group
from runners.execution.plan import Plan, make
from runners.execution.pool import execute
from runners.execution.recording import note_skipped, record_failure, record_group
from runners.execution.worker import Outcome
from runners.mlflow import sync
from runners.results import history
from runners.workflows.session import Options, Session, publish


def plan_and_train(
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
    report.plan(plans, missing, session.engine.cores)
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
        if plan.benchmark.collection:
            continue
        history.note(session.runs, plan.benchmark.name)  # its records are about to be replaced
    by_name = {plan.benchmark.name: plan for plan in plans}
    share = {plan.benchmark.name: plan.seconds / max(len(plan.groups), 1) for plan in plans}
    open_groups = Counter(group.benchmark for group in groups)
    left, trials = sum(plan.seconds for plan in plans), sum(len(g.repeats) for g in groups)
    report.start(groups, live=options.engine != "serial")  # a debugger needs the whole terminal
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
                    if not by_name[group.benchmark].benchmark.collection:
                        history.note(session.runs, group.benchmark)
                    if trials and time.monotonic() >= session.rest_until:
                        publish(session, last=False)
    finally:
        report.stop()


def _examine_networks(
    session: Session, groups: Sequence[Group], plans: Mapping[str, Plan]
) -> tuple[list[Group], list[tuple[Group, Failure]]]:
    """Groups with what a dry run of their network found, and those that failed it.

    Only networks of definitions' own builders are looked at; one that cannot be built or trained
    fails. What is found is printed. On a cluster the workers do it when they train.
    """
    first: dict[tuple[str, str], Group] = {}
    for group in groups:
        if dry_run.needed(plans[group.benchmark].benchmark.entry(group.entry)):
            first.setdefault((group.benchmark, group.entry), group)
    if session.options.engine == "dask" or not first:
        return list(groups), []
    found: dict[tuple[str, str], DryRun] = {}
    failed: dict[tuple[str, str], Failure] = {}
    engine, folder = session.engine, session.store.folder
    with closing(
        execute(list(first.values()), folder, engine.cores, work=worker.examine, engine=engine)
    ) as outcomes:
        for group, one in outcomes:
            if isinstance(one, DryRun):
                found[group.benchmark, group.entry] = one
                _warn_of_network(session, group, one.remarks, one.unsaved)
            elif not one.outside:  # another try may do better
                failed[group.benchmark, group.entry] = one
    ready, hopeless = [], []
    for group in groups:
        name = group.benchmark, group.entry
        if name in failed:
            hopeless.append((group, failed[name]))
        else:
            ready.append(dataclasses.replace(group, dry_run=found.get(name)))
    return ready, hopeless


def _warn_of_network(session: Session, group: Group, remarks: Sequence[str], unsaved: str) -> None:
    """Warn of what a dry run found, each remark once."""
    if unsaved:
        kept = "It trains and is scored all the same; its network is not kept"
        remarks = [*remarks, f"{unsaved}. {kept}"]
    for text in remarks:
        line = f"{group.benchmark} {group.entry}: {text}"
        if line not in session.network_remarks:
            session.network_remarks.add(line)
            session.report.warn(line)


def _outcomes(
    session: Session, plans: Mapping[str, Plan], groups: Sequence[Group]
) -> Generator[tuple[Group, Outcome | Failure], None, None]:
    """The outcome of every group; averages last, from the predictions of those before them."""
    groups, hopeless = _examine_networks(session, groups, plans)
    yield from hopeless
    engine, folder = session.engine, session.store.folder
    later = [g for g in groups if averaging.members(plans[g.benchmark].benchmark, g.entry)]
    first = [group for group in groups if group not in later]
    yield from execute(first, folder, engine.cores, engine=engine)
    trained = []
    for group in later:
        average = averaging.outcome(plans[group.benchmark], group, session.runs)
        if average is None:
            trained.append(group)
        else:
            yield group, average
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
    for notes in outcome.notes:
        _warn_of_network(session, group, notes.get("remarks", ()), notes.get("unsaved", ""))
    if not record_group(session.runs, plan, entry, group, outcome) and not session.set_back:
        session.set_back = True
        session.report.warn(
            "the clock is behind earlier records (the newest of them, or the clock, is wrong); "
            "new trials are dated after them, and keep what the clock said"
        )
    return _scores(plan.benchmark, outcome)


def _scores(benchmark: Benchmark, outcome: Outcome) -> str:
    values = [scores[benchmark.metric.name] for scores in outcome.scores]
    mean = sum(values) / len(values)
    if benchmark.metric.unit == "fraction":
        return f"{benchmark.metric.name} {100 * mean:.2f} %"
    return f"{benchmark.metric.name} {formatting.four_digits(mean)} {benchmark.metric.unit}"
