"""`python -m runners exhibits`: data, errors, networks and learning curves of the pages."""

from __future__ import annotations

import argparse

from runners.commands.options import runs
from runners.workflows.exhibit import exhibit


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--only", metavar="NAMES", help="such as 'uci/*,cifar/cifar10'")
    parser.add_argument(
        "--curves",
        action="store_true",
        help="train headlines once more on a part of their training rows, to show overfitting",
    )
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return exhibit(options.only, options.runs, curves=options.curves)
