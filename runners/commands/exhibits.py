"""`python -m runners exhibits`: data, errors and networks of the pages, without training."""

from __future__ import annotations

import argparse

from runners.commands.options import runs
from runners.workflows.exhibit import exhibit


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--only", metavar="NAMES", help="such as 'uci/*,cifar/cifar10'")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return exhibit(options.only, options.runs)
