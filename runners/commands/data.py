"""`python -m runners data`: fetch data ahead of time, or import it from a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, default_folder, import_folder, load_all
from benchmarks.published import per_split
from runners.commands.options import selection
from runners.report import Reporter, console, skip_lines


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    selection(parser, "full")
    parser.add_argument("--from", type=Path, dest="source", metavar="DIR")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return fetch(options.suite, options.only, options.source)


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
        imports = import_folder(source, store, {**sources, **per_split.sources(sources)})
        for item in imports:
            report.say(f"  {item}")
        report.say(f"{len(imports)} files of known data sets found below {source}")
        store = Store(store.folder, offline=True, report=report.say)
    results = load_all(sources, store)
    missing = {n: found for n, found in results.items() if isinstance(found, DataError)}
    for line in skip_lines(missing, "has no data", brief=False):
        report.warn(line)
    tasks: dict[str, list[Loaded]] = {}
    for name, result in results.items():
        if isinstance(result, DataError):
            continue
        if registry.listed_as(name) != name:
            tasks.setdefault(registry.listed_as(name), []).append(result)
        else:
            rows = len(result.dataset.y)
            report.say(f"  {name:<32} {rows:>7,} rows  {result.copy}")
            for deviation in result.deviations:
                report.warn(f"{name}: {deviation.what} (score may differ by {deviation.bound:g})")
    for name, of in tasks.items():
        rows = sum(len(loaded.dataset.y) for loaded in of)
        report.say(f"  {name:<32} {rows:>7,} rows  {len(of)} tasks; {of[0].copy}")
    report.say(f"data folder: {store.folder}")
    return int(bool(missing))
