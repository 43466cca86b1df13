"""`python -m runners improve`: try settings, write the best into the definition."""

from __future__ import annotations

import argparse
from dataclasses import fields

from runners.commands.options import runs, settings, training
from runners.workflows.improve import Options, improve


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("name", help="such as uci/wine; its definition declares `search`")
    parser.add_argument("--trials", type=settings, default=50, help="settings in all")
    training(parser)
    runs(parser, "folder of the studies")
    parser.add_argument("--top", type=settings, default=1, help="best settings to be written")
    parser.add_argument("--engine", choices=("local", "serial"), default="local")
    parser.add_argument("--no-write", action="store_false", dest="write", help="only print it")


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    values = vars(options)
    return improve(Options(**{f.name: values[f.name] for f in fields(Options) if f.name in values}))
