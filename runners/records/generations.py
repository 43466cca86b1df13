"""Generations of an entry's records: those with one recipe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from runners import formatting

Record = dict[str, Any]


def last_finished(records: Iterable[Record]) -> datetime:
    """When the last of the records was finished."""
    return max(formatting.moment(record["finished_at"]) for record in records)


def one_a_repeat(records: Iterable[Record]) -> list[Record]:
    """Records in the order of their repeat; of a repeat trained twice the later one."""
    by_repeat = {}
    for record in sorted(records, key=lambda r: formatting.moment(r["finished_at"])):
        by_repeat[record["repeat"]] = record
    return [by_repeat[repeat] for repeat in sorted(by_repeat)]
