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
    """A number of cores, 0 for all. Raises ArgumentTypeError for a negative one, or none."""
    return _whole(text, 0, "0 (all cores) or more")


def settings(text: str) -> int:
    """A number of settings. Raises ArgumentTypeError for less than one, or no number."""
    return _whole(text, 1, "1 setting or more")


def _whole(text: str, least: int, expected: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(
            f"expected {expected}, a whole number, received {text[:40]}"
        )
    return value


def limit(text: str) -> float:
    """A finite limit above 0. Raises ArgumentTypeError for another."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, received {text[:40]}")
    return value
