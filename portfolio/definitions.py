"""Today's words for yesterday's records: what a definition says now, where it is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.definition import Benchmark

BENCHMARK_WORDS = ("question", "suite", "margin", "margin_why", "lessons")
ENTRY_WORDS = ("about", "headline", "floor", "suite")
"""What can change without a score changing; all else is part of the fingerprint."""


def refreshed(
    entries: Mapping[str, list[dict[str, Any]]], definition: Benchmark | None
) -> dict[str, list[dict[str, Any]]]:
    """Records of a benchmark by entry, with the prose of the definition as it is now.

    Entries the definition no longer has are left out (their records stay on disk). Without a
    definition the records are returned as they are.
    """
    if definition is None:
        return dict(entries)
    words = {word: getattr(definition, word) for word in BENCHMARK_WORDS}
    return {
        entry.name: [
            {
                **record,
                "benchmark": {**record["benchmark"], **words},
                "entry": {**record["entry"], **{w: getattr(entry, w) for w in ENTRY_WORDS}},
            }
            for record in entries[entry.name]
        ]
        for entry in definition.entries
        if entry.name in entries
    }


def defined(entry: Any, definition: Benchmark | None) -> bool:
    """Whether a benchmark still has an entry of this name; yes where its definition is not here."""
    return definition is None or any(own.name == entry for own in definition.entries)
