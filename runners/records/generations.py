"""Generations of an entry's records: those with one recipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.metrics import Unit
from runners import formatting

if TYPE_CHECKING:
    from runners.records.record import Record

Generations: TypeAlias = "dict[str, dict[str, list[Record]]]"
"""Benchmark name -> entry name -> records of its newest generation, by repeat."""


def finished(record: Record) -> datetime:
    """When a record was finished."""
    return formatting.moment(record["finished_at"])


def last_finished(records: Iterable[Record]) -> datetime:
    """When the last of the records was finished."""
    return max(map(finished, records))


def one_a_repeat(records: Iterable[Record]) -> list[Record]:
    """Records in the order of their repeat; of a repeat trained twice the later one."""
    by_repeat = {record["repeat"]: record for record in sorted(records, key=finished)}
    return [by_repeat[repeat] for repeat in sorted(by_repeat)]


def by_recipe(records: Iterable[Record]) -> dict[str, list[Record]]:
    """All generations among the records of an entry."""
    generations: dict[str, list[Record]] = {}
    for record in records:
        generations.setdefault(record["recipe"], []).append(record)
    return generations


def newest(records: Iterable[Record]) -> list[Record]:
    """The newest generation of an entry, one record a repeat in their order; [] without records.

    It is the one whose last trial finished last.
    """
    generations = by_recipe(records).values()
    return one_a_repeat(max(generations, key=last_finished, default=[]))


def metric_of(record: Record) -> Unit:
    """The headline metric."""
    metric = record["benchmark"]["metric"]
    return Unit(metric["name"], metric["unit"], metric["direction"])


def score_of(record: Record) -> float:
    """The score by the headline metric."""
    return record["scores"][record["benchmark"]["metric"]["name"]]


def is_headline(records: Sequence[Record]) -> bool:
    """Whether records of an entry are the headline's."""
    return records[-1]["entry"]["headline"]
