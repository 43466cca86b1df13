"""Step 5: published recipes trained here as published, and what the headline adds to each."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.judging.verdict import Outcome
from runners.results.access import published_by_id
from runners.results.types import BenchmarkResult, PublishedScore


@dataclass(frozen=True)
class RerunLine:
    """A re-run in sentences."""

    entry: str
    published: PublishedScore
    outcome: Outcome
    """Against the published score."""
    why: str
    missed: bool
    """Whether the published score was not reproduced, which is a finding."""
    gain_outcome: Outcome | None
    """Of the headline against the re-run; None where nothing can be compared."""
    gain: str


def rerun_lines(benchmark: BenchmarkResult) -> list[RerunLine]:
    """The re-runs of a benchmark, as its page has them."""
    published = published_by_id(benchmark)
    return [
        RerunLine(
            entry=one["entry"],
            published=published[one["baseline"]],
            outcome=one["outcome"],
            why=one["why"],
            missed=one["reproduced"] is False,
            gain_outcome=one["headline"] and one["headline"]["outcome"],
            gain=one["headline"]["why"] if one["headline"] else "",
        )
        for one in benchmark["reruns"]
    ]
