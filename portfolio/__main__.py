"""`python -m portfolio`: build the page from the records and say where it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import registry
from portfolio.page import build


def main(arguments: list[str] | None = None) -> int:
    """Build the page; 0 when it is written (also without any record), 2 when it cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m portfolio",
        description="Build the portfolio page from trial records.",
    )
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the records")
    parser.add_argument(
        "--site",
        type=Path,
        default=Path("portfolio/site"),
        help="folder the page goes to",
    )
    options = parser.parse_args(arguments)
    try:
        summary = build(options.runs, options.site, registry.load().benchmarks)
    except OSError as error:
        print(
            f"The page could not be written: {error}. Choose another --site.",
            file=sys.stderr,
        )
        return 2
    if not summary["benchmarks"]:
        print(f"No records in {options.runs} yet; `make bench` makes some.")
    for note in summary["notes"]:
        print(f"Note: {note}", file=sys.stderr)
    print(f"Page: {(options.site / 'index.html').resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
