"""The checks of a benchmark's headline, as lines of a table."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.definition import CHECKS
from runners.results.access import headline_of
from runners.results.types import BenchmarkResult


@dataclass(frozen=True)
class CheckLine:
    """A check and what it came to."""

    code: str
    title: str
    state: str
    why: str
    reason: str
    """Why the definition accepts a finding; "" where none is muted."""


def check_lines(benchmark: BenchmarkResult) -> list[CheckLine]:
    """The checks that could be made, those with a finding first."""
    headline = headline_of(benchmark)
    lines = [
        CheckLine(
            one["code"],
            CHECKS.get(one["code"], one["code"]),
            one["state"],
            one["why"],
            one.get("reason", ""),
        )
        for one in (headline.get("checks", []) if headline else [])
    ]
    return sorted(lines, key=lambda line: ("noted", "muted", "passed").index(line.state))
