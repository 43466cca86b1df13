"""`python -m runners forecast`: the next steps of own series, written down now and scored later."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import registry
from benchmarks.data import DataError
from runners.commands.options import runs
from runners.predict.forecast import forecast, lines
from runners.predict.network import Refused
from runners.safe_text import visible


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", help="such as mine/sales")
    parser.add_argument("file", nargs="?", type=Path, help="the series up to now")
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    try:
        result = forecast(options.name, options.file, options.runs)
    except (Refused, DataError, ValueError) as error:
        print(visible(f"error: {error}"), file=sys.stderr)
        return 2
    source = registry.load().benchmarks[options.name].data.values
    for line in lines(result, source):
        print(visible(line))
    return 0
