"""`python -m runners audit`: what known shortcuts, or more training rows, would have gained."""

from __future__ import annotations

import argparse

from runners.audit.flow import audit
from runners.audit.training_rows import audit_rows
from runners.commands.options import runs


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", help="such as cifar/cifar10")
    runs(parser)
    parser.add_argument(
        "--rows", action="store_true", help="train on shares of the training rows instead"
    )


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return (audit_rows if options.rows else audit)(options.name, options.runs)
