"""`python -m runners new`: make a benchmark of a table, images, a series or a UCI number."""

from __future__ import annotations

import argparse

from runners.new.flow import new


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", help="such as mine/churn")
    parser.add_argument(
        "--from", dest="source", required=True, metavar="DATA", help="file or folder"
    )
    parser.add_argument("--target", default="", metavar="COLUMN", help="what is to be predicted")
    parser.add_argument(
        "--task", default="", metavar="TASK", help="classification|regression|forecast"
    )
    parser.add_argument("--metric", default="", help="accuracy, rmse, mae or a scorer's name")
    parser.add_argument("--force", action="store_true", help="write an existing definition anew")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    choices = {name: getattr(options, name) for name in ("target", "task", "metric", "force")}
    return new(options.name, options.source, **choices)
