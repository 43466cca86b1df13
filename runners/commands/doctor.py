"""`python -m runners doctor`: what is there, missing or wrong, and what to do."""

from __future__ import annotations

import argparse

from runners.commands.options import runs
from runners.doctor import show


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--json", action="store_true", help="an array of objects")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return show(options.runs, as_json=options.json)
