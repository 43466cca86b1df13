"""`python -m runners plan`: what a run would do, and what its repeats could show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks import registry
from benchmarks.data import DataError, Store, default_folder, load_all
from benchmarks.definition import Benchmark
from benchmarks.judging.margins import anchor, planned_power, shortfall
from benchmarks.judging.statistics import Summary, smallest_difference
from benchmarks.metrics import as_size, in_words
from benchmarks.published import baselines
from benchmarks.published.comparability import comparable, strongest
from benchmarks.repeats import means
from runners.execution import backends, machine
from runners.execution.plan import Plan, make
from runners.formatting import duration
from runners.records.generations import newest
from runners.records.store import Runs
from runners.report import Reporter, console, skip_lines
from runners.results.splits import by_split


def show(suite: str, only: str | None, folder: Path) -> int:
    """Print the plan of every benchmark chosen; 1 when data of one is missing."""
    report, runs = Reporter(console()), Runs(folder)
    backends.check()
    chosen = [backends.adapted(b) for b in registry.select(registry.load(), only, suite)]
    data = load_all({b.name: b.data for b in chosen}, Store(default_folder(), report=report.say))
    missing = {name: found for name, found in data.items() if isinstance(found, DataError)}
    tasks: dict[str, list[Plan]] = {}
    for benchmark in chosen:
        loaded = data[benchmark.name]
        if isinstance(loaded, DataError):
            continue
        plan = make(benchmark, loaded, suite, runs, fresh=False)
        if benchmark.collection:
            tasks.setdefault(benchmark.collection, []).append(plan)
            continue
        for line in describe(plan, runs):
            report.say(line)
    for name, plans in tasks.items():
        report.say(together(name, plans))
    for line in skip_lines(missing, "would be skipped"):
        report.warn(line)
    return int(bool({registry.listed_as(name) for name in missing} - tasks.keys()))


def together(name: str, plans: Sequence[Plan]) -> str:
    """A line about the own tasks of a collection: their trials and time."""
    trials, done = sum(plan.trials for plan in plans), sum(plan.done for plan in plans)
    groups = sum(len(plan.groups) for plan in plans)
    whole = sum(not plan.groups for plan in plans)
    seconds = duration(sum(plan.seconds for plan in plans) / machine.cores())
    return (
        f"{name}: {whole} of {len(plans)} tasks done; {trials} trials, {done} done, "
        f"{trials - done} to run in {groups} groups, about {seconds}"
    )


def describe(plan: Plan, runs: Runs) -> list[str]:
    """Lines about one benchmark: its trials, their time, and their power."""
    benchmark, protocol = plan.benchmark, plan.benchmark.protocol
    missing = sum(len(group.repeats) for group in plan.groups)
    seconds = duration(plan.seconds / machine.cores())
    fewer = any(entry.repeats for entry in plan.entries)
    each = f" × {protocol.seeds} seeds of networks" if protocol.seeds > 1 else ""
    lines = [
        f"{benchmark.name}: {protocol.title} ({protocol.id})",
        f"  {len(plan.entries)} entries × {'up to ' if fewer else ''}{protocol.repeats} "
        f"{protocol.unit}s{each} = {plan.trials} "
        f"trials, {plan.done} done, {missing} to run in {len(plan.groups)} groups, about {seconds}",
    ]
    shown = [*_power(plan, _scores(plan, runs)), *equality(benchmark)]
    return [*lines, *(f"  {line}" for line in shown)]


def equality(benchmark: Benchmark) -> list[str]:
    """How likely the headline, were it exactly as good as the anchor, would be shown to be so.

    A line or two, or none where the scatter of training is not known.
    """
    row, chance = anchor(benchmark), planned_power(benchmark, benchmark.headline)
    if row is None or chance is None:
        return []
    short = shortfall(benchmark)
    if short:
        return [
            short,
            *([f"planned all the same: {benchmark.power_why}"] * bool(benchmark.power_why)),
        ]
    size = as_size(benchmark.margin, benchmark.metric)
    return [f"an equal of {row.model} is shown at least as good, within {size}, in {chance:.0%}"]


def _scores(plan: Plan, runs: Runs) -> list[float]:
    """Scores of the headline recorded so far, newest generation, one a split, fold or seed."""
    headline, metric = plan.benchmark.headline.name, plan.benchmark.metric.name
    records = newest(runs.read(plan.benchmark.name, headline))
    return list(means(by_split(records, metric)).values()) if records else []


def _power(plan: Plan, scores: Sequence[float]) -> list[str]:
    """What difference the protocol's repeats could show, from our spread or a published one."""
    benchmark, protocol, metric = plan.benchmark, plan.benchmark.protocol, plan.benchmark.metric
    rows = comparable(
        baselines.load(benchmark.name), protocol, benchmark.headline.protocol, metric.name
    )
    levels = [strongest(rows, level, metric.direction) for level in ("good", "world-class")]
    published = [row for row in levels if row is not None]
    if len(scores) > 1:
        mean = sum(scores) / len(scores)
        spread = (sum((s - mean) ** 2 for s in scores) / (len(scores) - 1)) ** 0.5
        source = f"the headline's own spread, {as_size(spread, metric)} over {len(scores)}"
    else:
        reported = next((row for row in published if row.deviation), None)
        if reported is None or reported.deviation is None:
            return ["no spread is known yet, so the smallest difference cannot be computed"]
        spread, source = reported.deviation, f"the spread of {reported.model}"
    split = protocol.splits(plan.loaded.dataset)[0]
    overlap = 0.0 if protocol.unit == "seed" else len(split.test) / len(split.train)
    ours = Summary(0.0, spread, protocol.repeats, overlap)
    general = "" if protocol.unit == "seed" else "in general "
    lines = [f"{protocol.repeats} {protocol.unit}s can show {general}(80 % power, from {source}):"]
    targets = [("an exact number", 0.0)]
    for row in published:
        theirs = Summary(row.score, row.deviation or spread, row.n or 1, overlap)
        targets.append((f"{row.model}, {in_words(row.score, metric)}", theirs.variance_of_mean))
    for target, variance in targets:
        size = smallest_difference(ours, variance)
        lines.append(f"  {'—' if size is None else as_size(size, metric):>12} against {target}")
    return lines
