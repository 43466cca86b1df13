"""`python -m runners compare`: whether scores moved between two sets of runs."""

from __future__ import annotations

import argparse

from runners.commands.options import runs
from runners.compare.scores import show


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    for side in ("A", "B"):
        parser.add_argument(side, help="a runs folder, a git ref, or an MLflow experiment")
    parser.add_argument("--json", action="store_true", help="an object with all numbers")
    runs(parser, "folder of mlflow.db")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return show(options.A, options.B, options.runs, as_json=options.json)
