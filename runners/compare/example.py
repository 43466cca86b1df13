"""How fresh scores stand against the reference scores the project ships (`docs/example/`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.metrics import in_words
from runners import formatting
from runners.compare.scores import Row, compare
from runners.compare.sources import of_generations
from runners.records import pack
from runners.records.generations import Generations
from runners.records.store import Runs
from runners.results.summary import collect

SHIPPED = Path(__file__).resolve().parents[2] / "docs" / "example" / f"runs{pack.ENDING}"

SHOWN = 5
"""Entries named; the others are counted."""


def against(
    collected: Generations, benchmarks: Sequence[str], shipped: Path = SHIPPED
) -> str | None:
    """A sentence on how the scores of these benchmarks stand against the shipped ones.

    The tests are those of `python -m runners compare`: repeat against repeat, Holm's correction
    over all entries. None where nothing is shipped, or nothing of these benchmarks.
    """
    if not shipped.is_file() or not benchmarks:
        return None
    try:
        with pack.opened(shipped, benchmarks) as folder:
            theirs = of_generations("shipped", collect(Runs(folder)))
    except (pack.PackError, OSError) as error:
        return f"The reference scores shipped with Kerasfolio could not be read: {error}"
    ours = of_generations("ours", {name: collected.get(name, {}) for name in benchmarks})
    rows = [row for row in compare(theirs, ours) if not row.outcome.startswith("only")]
    return sentence(rows)


def sentence(rows: Sequence[Row]) -> str | None:
    """What a comparison came to; A are the reference scores, B ours. None without rows."""
    if not rows:
        return None
    moved = [row for row in rows if row.outcome in ("better", "worse")]
    incomparable = [row for row in rows if row.outcome == "not comparable"]
    untested = [row for row in rows if row.outcome == "unclear" and row.p is None]
    same = len(rows) - len(moved) - len(incomparable) - len(untested)
    parts = [f"{formatting.some(same, 'entry', 'entries')} the same within chance"] if same else []
    if moved:
        named = "; ".join(_named(row) for row in moved[:SHOWN])
        more = f"; and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
        parts.append(f"{len(moved)} {'differs' if len(moved) == 1 else 'differ'} ({named}{more})")
    if untested:
        parts.append(f"{len(untested)} with too few repeats to tell")
    if incomparable:
        row = incomparable[0]
        parts.append(f"{len(incomparable)} not comparable (such as {_where(row)}: {row.why})")
    return f"Against the reference scores shipped with Kerasfolio: {', '.join(parts)}."


def _where(row: Row) -> str:
    return f"{row.benchmark} {row.entry}"


def _named(row: Row) -> str:
    assert row.a is not None  # it was tested
    assert row.b is not None
    scores = f"{in_words(row.b, row.metric)} against {in_words(row.a, row.metric)}"
    p = formatting.p_text(row.p).replace("\u00a0", " ")
    return f"{_where(row)} {scores}, {row.outcome}, {p}"
