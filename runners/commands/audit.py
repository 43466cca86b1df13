"""`python -m runners audit`: what the field's known shortcuts would have bought."""

from __future__ import annotations

import argparse

from runners.audit.flow import audit
from runners.commands.options import runs


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("name", help="such as cifar/cifar10")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    return audit(options.name, options.runs)
