"""`python -m runners sync`: rebuild MLflow from the records."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from portfolio.owner import profile
from runners import safe_text
from runners.commands.options import runs
from runners.execution import locking
from runners.mlflow import journal, unchanged
from runners.mlflow.store import USER, StoreError, shown
from runners.records.store import Runs
from runners.safe_text import visible


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    try:
        with locking.in_folder(options.runs, _say), locking.with_mlflow(_say):
            count = 0 if _unchanged(options.runs) else _mirrored(options.runs)
        for note in journal.notes():
            print(visible(f"! {note}"))
    except StoreError as error:
        text = f"error: MLflow at {shown(options.runs)} could not be updated: {error}"
        print(visible(text), file=sys.stderr)
        return 1
    print(f"MLflow at {shown(options.runs)}: {count} runs written")
    return 0


def _unchanged(folder: Path) -> bool:
    """Whether there is nothing to do, before anything is loaded that takes time."""
    name = safe_text.clean(profile.name(folder.resolve().parent))
    return unchanged.unchanged(folder, name or USER, rebuild=True)


def _mirrored(folder: Path) -> int:
    from runners.workflows.publishing import mirror

    return mirror(Runs(folder), rebuild=True)


def _say(line: str) -> None:
    from runners.report import Reporter, console

    Reporter(console()).say(line)
