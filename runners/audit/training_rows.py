"""The audit of training rows: the score on shares of them, tested on the same rows.

Trained apart, as the audit of shortcuts is: kept in `runs/audit/<benchmark>.rows.json`, in no
record, scoreboard or MLflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Dataset, Store, default_folder, load
from benchmarks.definition import Benchmark, Entry, Split
from benchmarks.metrics import Unit, in_words
from benchmarks.repeats import split_at
from runners.execution import environment, machine
from runners.execution.engine import Failure
from runners.execution.group import Group
from runners.execution.plan import inputs_of
from runners.execution.pool import execute
from runners.execution.worker import configure_keras, score, training_rows
from runners.records.generations import metric_of, newest, score_of
from runners.records.store import Runs, as_json, write_atomically
from runners.report import Reporter, console

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
MOST_REPEATS = 5
"""Repeats trained on each share, the first ones."""
FEWEST_ROWS = 20
"""Training rows a share must have."""


def audit_rows(name: str, runs: Path) -> int:
    """Train headline and best classical baseline on shares of the training rows, print the scores.

    Returns 0 done, 1 when training failed or the data is missing, 2 for a name of several
    benchmarks. Raises UnknownNameError for a name that is no benchmark.
    """
    report = Reporter(console())
    chosen = registry.select(registry.load(), name, "full")
    if len(chosen) != 1:
        report.warn(f"expected the name of one benchmark, received {name!r}")
        return 2
    benchmark = chosen[0]
    store = Store(default_folder(), report=report.say)
    try:
        loaded = load(benchmark.data, store)
    except DataError as error:
        report.warn(f"{name}: {error}")
        return 1
    classical = best_classical(benchmark, Runs(runs))
    entries = [benchmark.headline, *([classical] if classical else [])]
    repeats = min(MOST_REPEATS, benchmark.protocol.repeats)
    report.say(
        f"Training rows of {name}: {' and '.join(e.name for e in entries)} on "
        f"{', '.join(f'{share:.0%}' for share in SHARES)} of them, {repeats} repeats each"
    )
    groups = [
        Group(
            benchmark=benchmark.name,
            entry=entry.name,
            repeats=tuple(range(repeats)),
            seeds=(),
            recipe="",
            inputs=inputs_of(benchmark, entry, loaded),
            digest=loaded.dataset.digest,
            threads=environment.threads(entry),
            precision=environment.precision(entry),
        )
        for entry in entries
    ]
    found: dict[str, list[tuple[int, list[float]]]] = {}
    for group, outcome in execute(groups, store.folder, machine.cores(), work=by_rows):
        if isinstance(outcome, Failure):
            report.warn(f"{name} {group.entry}: {outcome.reason}")
            return 1
        found[group.entry] = outcome
    curves = [found[entry.name] for entry in entries]
    content = {
        "n": repeats,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": [rows for rows, _ in curves[0]],
        "lines": [
            {
                "entry": entry.name,
                "means": [float(np.mean(values)) for _, values in curve],
                "stds": [_deviation(values) for _, values in curve],
            }
            for entry, curve in zip(entries, curves, strict=True)
        ],
    }
    path = runs / "audit" / f"{benchmark.name}.rows.json"
    write_atomically(path, as_json(content))
    metric = benchmark.metric
    unit = Unit(metric.name, metric.unit, metric.direction)
    for entry, curve in zip(entries, curves, strict=True):
        texts = [f"{rows}: {in_words(float(np.mean(values)), unit)}" for rows, values in curve]
        report.say(f"  {entry.name:<20} {', '.join(texts)}")
    report.say(f"kept in {path}; `make portfolio` shows it on the page")
    return 0


def _deviation(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def best_classical(benchmark: Benchmark, runs: Runs) -> Entry | None:
    """The classical baseline with the best recorded mean; the first one where none is recorded."""
    entries = [e for e in benchmark.entries if e.kind == "reference" and not e.floor]
    scored = []
    for entry in entries:
        records = newest(runs.read(benchmark.name, entry.name))
        if records:
            sign = 1 if metric_of(records[-1]).direction == "max" else -1
            scored.append((sign * sum(map(score_of, records)) / len(records), entry.name))
    if scored:
        return benchmark.entry(max(scored)[1])
    return entries[0] if entries else None


def by_rows(group: Group, folder: Path) -> list[tuple[int, list[float]]]:
    """Training rows and the scores of every repeat, by share; in a worker."""
    benchmark = registry.load().benchmarks[group.benchmark]
    entry = benchmark.entry(group.entry)
    dataset = load(benchmark.data, Store(folder, offline=True)).dataset
    every = benchmark.protocol.splits(dataset)
    splits = [split_at(every, repeat) for repeat in group.repeats]
    if entry.kind == "keras":
        configure_keras(group)
    result = []
    for share in SHARES:
        parts = [part_of(dataset, split, share) for split in splits]
        if min(len(part.train) for part in parts) < FEWEST_ROWS and share < 1:
            continue
        size = entry.stack or len(parts)
        stacks = [parts[start : start + size] for start in range(0, len(parts), size)]
        scores = [value for stack in stacks for value in _scores(benchmark, entry, dataset, stack)]
        result.append((len(parts[0].train), scores))
    return result


def _scores(
    benchmark: Benchmark, entry: Entry, dataset: Dataset, splits: Sequence[Split]
) -> list[float]:
    fitted = entry.fit([training_rows(benchmark, dataset, split) for split in splits])
    return [
        score(
            benchmark, dataset.y[split.test], np.asarray(one.predict(dataset.x[split.test])), entry
        )[benchmark.metric.name]
        for one, split in zip(fitted, splits, strict=True)
    ]


def part_of(dataset: Dataset, split: Split, share: float) -> Split:
    """A split with a share of its training rows, a larger share containing the smaller ones.

    Classes keep their shares. Of windows of a series it is the last ones, next to the test rows.
    """
    count = round(share * len(split.train))
    if count == len(split.train):
        return split
    if dataset.x.ndim == 3 and not dataset.class_names:
        return Split(split.train[-count:], split.test, split.seed)
    order = np.random.default_rng(split.seed).permutation(len(split.train))
    if dataset.class_names:
        place = np.empty(len(order))
        y = dataset.y[split.train]
        for kind in np.unique(y):
            own = order[y[order] == kind]
            place[own] = (np.arange(len(own)) + 0.5) / len(own)
        order = np.argsort(place, kind="stable")
    return Split(np.sort(split.train[order[:count]]), split.test, split.seed)
