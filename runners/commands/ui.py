"""`python -m runners ui`: the MLflow UI on 127.0.0.1."""

from __future__ import annotations

import argparse

from runners.commands.options import runs
from runners.mlflow.ui import serve


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    runs(parser)
    parser.add_argument("--port", type=int, default=5001, help="first port to try (default 5001)")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return serve(options.runs, options.port)
