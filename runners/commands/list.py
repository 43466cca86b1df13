"""`python -m runners list`: what there is. Imports no framework."""

from __future__ import annotations

import argparse
import json

from benchmarks import registry
from benchmarks.published import baselines
from runners.report import Reporter, console


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--json", action="store_true", help="an array of objects")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return show(as_json=options.json)


def show(*, as_json: bool) -> int:
    """Print every benchmark with its family, protocol, entries and published scores.

    A collection is one line, and its own tasks none; as JSON they say which one they belong to.
    """
    definitions = registry.load()
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
            "collection": b.collection or None,
        }
        for b in definitions.benchmarks.values()
    ]
    if as_json:
        print(json.dumps(rows, indent=1))  # ASCII: nothing in it can steer a terminal
        return 2 if definitions.problems else 0
    report = Reporter(console())
    for row in rows:
        if row["collection"]:
            continue
        report.say(f"{row['name']:<32} {row['suite']:<9} {row['protocol']:<13} {row['question']}")
        listed = ", ".join(row["entries"])  # type: ignore[arg-type]
        report.say(f"{'':<32} {row['baselines']} published scores; entries: {listed}")
    for one in definitions.collections.values():
        tasks = f"{len(one.members)} tasks"
        report.say(f"{one.name:<32} {'together':<9} {tasks:<13} {one.question}")
    for problem in definitions.problems.values():
        report.warn(f"not a benchmark definition: {problem}")
    return 2 if definitions.problems else 0
