"""Records joined with their definitions as these are now, where they are at hand."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.definition import SUITES, Benchmark, Entry
from runners.records.generations import is_headline
from runners.records.record import BenchmarkFacts, EntryFacts, Record
from runners.records.snapshot import benchmark_facts


def refreshed(
    entries: Mapping[str, list[Record]], definition: Benchmark | None
) -> dict[str, list[Record]]:
    """Records of a benchmark by entry, with the prose of the definition as it is now.

    Entries the definition no longer has are left out (their records stay on disk); an entry it
    has keeps its companions on other backends of Keras (`mlp.jax`), which follow it; where a
    headline has not run, its first companion takes its place. Without a definition the records
    are returned as they are.
    """
    if definition is None:
        return dict(entries)
    stand_ins = [
        name
        for entry in definition.entries
        if entry.headline and entry.name not in entries
        for name in _companions(entry, entries)[:1]
    ]
    now = benchmark_facts(definition)
    return {
        name: [
            {
                **record,
                "benchmark": _benchmark(record["benchmark"], now),
                "entry": _entry(record["entry"], entry)
                if name == entry.name
                else {**record["entry"], "headline": name in stand_ins},
            }
            for record in entries[name]
        ]
        for entry in definition.entries
        for name in (entry.name, *_companions(entry, entries))
        if name in entries
    }


def _benchmark(then: BenchmarkFacts, now: BenchmarkFacts) -> BenchmarkFacts:
    """With all that can change without a score changing; the rest is in the fingerprint."""
    protocol = then["protocol"]
    if protocol["id"] == now["protocol"]["id"]:
        protocol = {
            **protocol,
            "title": now["protocol"]["title"],
            "source": now["protocol"]["source"],
            "spread": now["protocol"]["spread"],
            "tuning": now["protocol"]["tuning"],
        }
    return {
        **then,
        "protocol": protocol,
        "question": now["question"],
        "suite": now["suite"],
        "margin": now["margin"],
        "margin_why": now["margin_why"],
        "anchor": now.get("anchor", ""),
        "anchor_why": now.get("anchor_why", ""),
        "muted": now.get("muted", {}),
        "lessons": now["lessons"],
        "matters": now.get("matters", ""),
        "decision": now.get("decision", ""),
        "deprecated": now["deprecated"],
        "also": now["also"],
    }


def _entry(then: EntryFacts, now: Entry) -> EntryFacts:
    """The same of an entry."""
    departures = {name: fact for name, fact in then["protocol"].items() if name != "tuning"}
    if "tuning" in now.protocol:
        departures["tuning"] = now.protocol["tuning"]
    return {
        **then,
        "protocol": departures,
        "about": now.about,
        "headline": now.headline,
        "floor": now.floor,
        "suite": now.suite,
        "reruns": now.reruns,
    }


def _companions(entry: Entry, entries: Mapping[str, list[Record]]) -> list[str]:
    """Names of the records that are this entry's on another backend."""
    return sorted(
        name
        for name, records in entries.items()
        if (backend := records[-1]["entry"]["values"].get("backend"))
        and name == f"{entry.name}.{backend}"
    )


def one_headline(entries: Mapping[str, list[Record]]) -> dict[str, list[Record]]:
    """Records of a benchmark by entry, with the flag of all headlines but one taken away.

    A headline is declared per suite: of those that have run the one of the widest suite counts.
    """
    declared = [name for name, records in entries.items() if is_headline(records)]
    headline = max(declared, key=lambda name: _breadth(entries[name][-1]), default=None)
    return {
        name: records if name == headline else [_without_flag(record) for record in records]
        for name, records in entries.items()
    }


def _without_flag(record: Record) -> Record:
    return {**record, "entry": {**record["entry"], "headline": False}}


def _breadth(record: Record) -> int:
    suite = record["entry"]["suite"]
    return SUITES.index(suite) if suite in SUITES else -1


def defined(entry: str, definition: Benchmark | None) -> bool:
    """Whether a benchmark still has an entry of this name; yes where its definition is not here."""
    return definition is None or any(own.name == entry for own in definition.entries)
