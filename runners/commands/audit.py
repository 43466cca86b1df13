"""`python -m runners audit`: what known shortcuts would have gained."""

from __future__ import annotations

import argparse

from runners.audit.flow import audit
from runners.commands.options import runs


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", help="such as cifar/cifar10")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return audit(options.name, options.runs)
