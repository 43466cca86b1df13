"""Today's words for yesterday's records: what a definition says now, where it is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.definition import SUITES, Benchmark
from runners.facts import benchmark_facts

BENCHMARK_WORDS = ("question", "suite", "margin", "margin_why", "lessons", "deprecated", "also")
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
    facts = benchmark_facts(definition)
    words = {word: facts[word] for word in BENCHMARK_WORDS}
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


def one_headline(entries: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Records of a benchmark by entry, with the flag of all headlines but one taken away.

    A headline is declared per suite: of those that have run the one of the widest suite speaks.
    """
    declared = [name for name, records in entries.items() if records[-1]["entry"].get("headline")]
    speaking = max(declared, key=lambda name: _breadth(entries[name][-1]), default=None)
    return {
        name: records
        if name == speaking
        else [{**r, "entry": {**r["entry"], "headline": False}} for r in records]
        for name, records in entries.items()
    }


def _breadth(record: Mapping[str, Any]) -> int:
    suite = record["entry"].get("suite")
    return SUITES.index(suite) if suite in SUITES else -1


def defined(entry: Any, definition: Benchmark | None) -> bool:
    """Whether a benchmark still has an entry of this name; yes where its definition is not here."""
    return definition is None or any(own.name == entry for own in definition.entries)
