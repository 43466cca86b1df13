"""`python -m runners plan`: trials, time and the smallest difference they can show."""

from __future__ import annotations

import argparse

from runners.commands.options import runs, selection
from runners.workflows.plan_report import show


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", nargs="?", help="such as uci/concrete (default: the whole suite)")
    selection(parser, "standard")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return show(options.suite, options.name or options.only, options.runs)
