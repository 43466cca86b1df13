"""Today's words for yesterday's records: what a definition says now, where it is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.definition import SUITES, Benchmark, Entry
from runners.records.snapshot import benchmark_facts

BENCHMARK_WORDS = ("question", "suite", "margin", "margin_why", "lessons", "deprecated", "also")
ENTRY_WORDS = ("about", "headline", "floor", "suite")
"""What can change without a score changing; all else is part of the fingerprint."""


def refreshed(
    entries: Mapping[str, list[dict[str, Any]]], definition: Benchmark | None
) -> dict[str, list[dict[str, Any]]]:
    """Records of a benchmark by entry, with the prose of the definition as it is now.

    Entries the definition no longer has are left out (their records stay on disk); an entry it
    has keeps its companions on other backends of Keras (`mlp.jax`), which follow it; where a
    headline has not run, its first companion speaks in its place. Without a definition the
    records are returned as they are.
    """
    if definition is None:
        return dict(entries)
    facts = benchmark_facts(definition)
    words = {word: facts[word] for word in BENCHMARK_WORDS}
    stand_ins = [
        name
        for entry in definition.entries
        if entry.headline and entry.name not in entries
        for name in _companions(entry, entries)[:1]
    ]
    return {
        name: [
            {
                **record,
                "benchmark": {**record["benchmark"], **words},
                "entry": {
                    **record["entry"],
                    **(_words(entry) if name == entry.name else {"headline": name in stand_ins}),
                },
            }
            for record in entries[name]
        ]
        for entry in definition.entries
        for name in (entry.name, *_companions(entry, entries))
        if name in entries
    }


def _words(entry: Entry) -> dict[str, Any]:
    return {word: getattr(entry, word) for word in ENTRY_WORDS}


def _companions(entry: Entry, entries: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Names of the records that are this entry's on another backend."""
    return sorted(
        name
        for name, records in entries.items()
        if (backend := records[-1]["entry"]["values"].get("backend"))
        and name == f"{entry.name}.{backend}"
    )


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
