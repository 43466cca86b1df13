"""Records by split: the scores of an entry, of each split one a training seed."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import repeats
from runners.records.record import EntryFacts, ProtocolFacts, Record


def by_split(records: Sequence[Record], metric: str) -> dict[int, list[float]]:
    """Scores of one metric by split, fold or seed, those of its training seeds in their order.

    `records` are of one entry, one a repeat; those without the metric are left out.
    """
    scores = {r["repeat"]: r["scores"][metric] for r in records if metric in r["scores"]}
    return repeats.by_split(scores, *shape(records[-1]["benchmark"]["protocol"]))


def shape(protocol: ProtocolFacts) -> tuple[int, int]:
    """Splits (folds, seeds) of a protocol and training seeds on each of them."""
    return protocol["repeats"], protocol.get("seeds", 1)


def wanted(entry: EntryFacts, protocol: ProtocolFacts) -> int:
    """How many trainings an entry has under a protocol, each of which leaves a record."""
    splits, seeds = shape(protocol)
    several = seeds if entry["kind"] == "keras" else 1
    return len(repeats.numbers(splits, several, entry["repeats"], entry.get("seeded")))
