"""`make list` and `make data`: what there is, and getting its data. Imports no framework."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import baselines, per_split, registry
from benchmarks.data import DataError, Store, default_folder, import_folder, load_all
from runners.report import Reporter, console


def show(*, as_json: bool) -> int:
    """Print every benchmark with its family, protocol, entries and published scores."""
    known = registry.load()
    rows = [
        {
            "name": b.name,
            "family": b.family,
            "suite": b.suite,
            "task": b.task,
            "question": b.question,
            "metric": {
                "name": b.metric.name,
                "unit": b.metric.unit,
                "direction": b.metric.direction,
            },
            "protocol": b.protocol.id,
            "repeats": b.protocol.repeats,
            "entries": [entry.name for entry in b.entries],
            "headline": b.headline.name,
            "baselines": len(baselines.load(b.name)),
        }
        for b in known.benchmarks.values()
    ]
    if as_json:
        print(json.dumps(rows, indent=1))  # ASCII: nothing in it can steer a terminal
        return 2 if known.problems else 0
    report = Reporter(console())
    for row in rows:
        report.say(f"{row['name']:<32} {row['suite']:<9} {row['protocol']:<13} {row['question']}")
        listed = ", ".join(row["entries"])  # type: ignore[arg-type]
        report.say(f"{'':<32} {row['baselines']} published scores; entries: {listed}")
    for problem in known.problems.values():
        report.warn(f"not a benchmark definition: {problem}")
    return 2 if known.problems else 0


def fetch(suite: str, only: str | None, source: Path | None) -> int:
    """Get data ahead of time, or import official files from a folder; 1 if anything is missing."""
    report = Reporter(console())
    store = Store(default_folder(), report=report.say)
    chosen = registry.select(registry.load(), only, suite)
    sources = {benchmark.name: benchmark.data for benchmark in chosen}
    if source is not None:
        if not source.is_dir():
            report.warn(f"expected a folder to import from, received {source}")
            return 2
        found = import_folder(source, store, {**sources, **per_split.sources(sources)})
        for item in found:
            report.say(f"  {item}")
        report.say(f"{len(found)} files of known data sets found below {source}")
        store = Store(store.folder, offline=True, report=report.say)
    results = load_all(sources, store)
    for name, result in results.items():
        if isinstance(result, DataError):
            report.warn(f"{name}: {result}")
        else:
            rows = len(result.dataset.y)
            report.say(f"  {name:<32} {rows:>7,} rows  {result.copy}")
            for deviation in result.deviations:
                report.warn(f"{name}: {deviation.what} (score may differ by {deviation.bound:g})")
    report.say(f"data folder: {store.folder}")
    return int(any(isinstance(result, DataError) for result in results.values()))
