"""`python -m runners bench`: train what is missing, update MLflow and the page."""

from __future__ import annotations

import argparse
from dataclasses import fields

from runners.commands.options import runs, selection, training
from runners.execution.devices import DEVICES
from runners.execution.engine import ENGINES
from runners.workflows.bench import Options, bench


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    selection(parser, "standard")
    training(parser)
    runs(parser)
    parser.add_argument("--fresh", action="store_true", help="train again what is already done")
    parser.add_argument("--strict", action="store_true", help="missing data is a failure")
    parser.add_argument("--engine", choices=ENGINES, default="local", help="docs/engines.md")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="docs/backends.md")
    parser.add_argument("--address", metavar="tcp://HOST:8786", help="scheduler of the engine dask")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    values = vars(options)
    return bench(Options(**{f.name: values[f.name] for f in fields(Options) if f.name in values}))
