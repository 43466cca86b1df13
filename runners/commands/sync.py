"""`python -m runners sync`: rebuild MLflow from the records."""

from __future__ import annotations

import argparse
import sys

from runners.commands.options import runs
from runners.execution import locking
from runners.mlflow import journal
from runners.mlflow.store import StoreError, shown
from runners.records.store import Runs
from runners.report import Reporter, console
from runners.safe_text import visible
from runners.workflows.publishing import mirror


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    runs(parser)


def run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    try:
        say = Reporter(console()).say
        with locking.in_folder(options.runs, say), locking.with_mlflow(say):
            count = mirror(Runs(options.runs), rebuild=True)
        for note in journal.notes():
            print(visible(f"! {note}"))
    except StoreError as error:
        text = f"error: MLflow at {shown(options.runs)} could not be updated: {error}"
        print(visible(text), file=sys.stderr)
        return 1
    print(f"MLflow at {shown(options.runs)}: {count} runs written")
    return 0
