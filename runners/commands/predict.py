"""`python -m runners predict`: new rows through a kept network, as CSV on stdout."""

from __future__ import annotations

import argparse
from pathlib import Path

from runners.commands.options import runs
from runners.predict.flow import Request, predict


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", help="such as mine/churn")
    parser.add_argument("file", nargs="?", type=Path, help="a table, or images, of new rows")
    parser.add_argument("--submission", action="store_true", help="in the competition's form")
    parser.add_argument("--keep", default="", metavar="COLUMNS", help="repeat these in front")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return predict(
        Request(options.name, options.file, options.submission, options.keep, options.runs)
    )
