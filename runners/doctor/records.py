"""Records and predictions: those that cannot be read, and those that were moved aside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runners.check import Check
from runners.formatting import some
from runners.records.provenance import damage
from runners.records.record import parse
from runners.records.store import Runs, misplaced

MOST = 3
"""Files named of those that are wrong."""


def records(folder: Path) -> Iterator[Check]:
    """Whether every record of a folder and its predictions can be read; nothing is moved."""
    paths = Runs(folder).paths()
    wrong = [problem for path in paths if (problem := _problem(path, folder))]
    count = some(len(paths), "record", "records")
    if wrong:
        more = f"; and {len(wrong) - MOST} more" if len(wrong) > MOST else ""
        detail = f"{len(wrong)} of {count} cannot be used: {'; '.join(wrong[:MOST])}{more}"
        again = "`make bench` moves them to runs/quarantine and trains them again"
        yield Check("records", "broken", detail, again)
    else:
        yield Check("records", "ok", f"{count}, each whole with its predictions")
    aside = [path for path in (folder / "quarantine").rglob("*") if not path.is_dir()]
    if aside:
        detail = f"{some(len(aside), 'file was', 'files were')} moved to {folder / 'quarantine'}"
        yield Check("quarantine", "warning", detail, "look at them, then remove the folder")


def _problem(path: Path, folder: Path) -> str:
    """What is wrong with a record or its predictions, with the file's name; empty for nothing."""
    predictions = path.with_suffix(".npz")
    try:
        reason = misplaced(parse(path.read_bytes()), path) or ""
    except (OSError, ValueError) as error:
        reason = str(error)
    if reason:
        return f"{path.relative_to(folder)}: {reason}"
    reason = damage(predictions)
    return f"{predictions.relative_to(folder)}: {reason}" if reason else ""
