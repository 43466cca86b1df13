"""`python -m runners verify`: train a recorded group again and compare."""

from __future__ import annotations

import argparse

from runners.commands.options import runs
from runners.compare.verify import show


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument(
        "trial", metavar="run", help="a record file, an MLflow run id, or uci/wine/mlp-64/0"
    )
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return show(options.trial, options.runs)
