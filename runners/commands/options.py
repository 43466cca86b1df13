"""What several verbs take, and how a number on the command line is read."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.definition import SENTINEL, SUITES

TIMEOUT = "longest a group may take (default: 20 times what is expected of it, 600 at least)"
MEMORY = "most a worker may take (default: 90 %% of what there is)"


def selection(parser: argparse.ArgumentParser, suite: str) -> None:
    """Add `--suite`, by default `suite`, and `--only`."""
    parser.add_argument("--suite", default=suite, metavar="|".join((*SUITES, SENTINEL)))
    parser.add_argument("--only", metavar="NAMES", help="such as 'uci/*,cifar/cifar10'")


def runs(parser: argparse.ArgumentParser, what: str = "folder of the records") -> None:
    """Add `--runs`."""
    parser.add_argument("--runs", type=Path, default=Path("runs"), help=what)


def training(parser: argparse.ArgumentParser) -> None:
    """Add `--jobs`, `--timeout`, `--memory` and `--site`."""
    parser.add_argument("--jobs", type=cores, default=0, help="cores to use (default: all)")
    parser.add_argument("--timeout", type=limit, default=0.0, metavar="SECONDS", help=TIMEOUT)
    parser.add_argument("--memory", type=limit, default=0.0, metavar="GB", help=MEMORY)
    parser.add_argument("--site", type=Path, default=Path("portfolio/site"))


def cores(text: str) -> int:
    """A number of cores, 0 for all. Raises ArgumentTypeError for a negative one."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected 0 (all cores) or more, received {value}")
    return value


def settings(text: str) -> int:
    """A number of settings. Raises ArgumentTypeError for less than one."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 setting or more, received {value}")
    return value


def limit(text: str) -> float:
    """A finite limit above 0. Raises ArgumentTypeError for another."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, received {text}")
    return value
