"""`python -m runners adopt`: keep records across a change of code that moved no number."""

from __future__ import annotations

import argparse

from runners.commands.options import cores, runs, selection
from runners.workflows.adopt import adopt


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    selection(parser, "full")
    parser.add_argument("--jobs", type=cores, default=0, help="cores to use (default: all)")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return adopt(options.only, options.suite, options.runs, options.jobs)
