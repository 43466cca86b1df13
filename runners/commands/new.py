"""`python -m runners new`: make a benchmark of a table, images, a series or a UCI number."""

from __future__ import annotations

import argparse

from runners.new.flow import new
from runners.new.overrules import Overrules

OVERRULES = {
    "header": ("HOW", "yes, no, or the line that names the columns"),
    "decimal": ("SIGN", "the decimal sign, . or ,"),
    "index": ("COLUMNS", "columns that number or name the rows, with commas between; no for none"),
    "groups": ("COLUMN", "the column whose rows stay together; no for none"),
    "drop": ("COLUMNS", "columns to leave out"),
    "types": ("TYPES", "what columns hold: zip:category,day:%%d/%%m/%%y"),
    "missing": ("WORDS", "words for a missing value: -200,age:999"),
    "id": ("COLUMN", "of series: the column that tells several apart"),
    "horizon": ("STEPS", "of series: how many steps ahead (default: 1)"),
    "known": ("COLUMNS", "of series: columns that are known in advance"),
}
"""Arguments that overrule a guess about a table, with what they take."""


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
    for name, (metavar, text) in OVERRULES.items():
        parser.add_argument(f"--{name}", default="", metavar=metavar, help=text)
    parser.add_argument("--dry-run", action="store_true", help="show how columns are read, no more")
    parser.add_argument(
        "--refresh", action="store_true", help="take a grown file into an existing definition"
    )
    parser.add_argument(
        "--force", action="store_true", help="write an existing definition anew, with a backup"
    )


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    choices = {name: getattr(options, name) for name in ("target", "task", "metric", "force")}
    choices |= {"dry_run": options.dry_run, "refresh": options.refresh}
    overrules = Overrules(**{name: getattr(options, name) for name in OVERRULES})
    return new(options.name, options.source, overrules=overrules, **choices)
