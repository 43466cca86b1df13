"""What is often asked of a benchmark's results: its headline, metric, published scores."""

from __future__ import annotations

from collections.abc import Sequence

from runners.results.types import (
    BenchmarkResult,
    EntryResult,
    Metric,
    PublishedScore,
    Score,
    VerdictResult,
)

UNKNOWN: Metric = {"name": "score", "unit": "", "direction": "min"}
"""Stands for the metric of a benchmark that has never run."""


def metric_of(benchmark: BenchmarkResult) -> Metric:
    """The headline metric; `UNKNOWN` where nothing has run."""
    return benchmark["metric"] or UNKNOWN


def unit_of(benchmark: BenchmarkResult) -> str:
    """What a repeat is: split, fold or seed; "repeat" where it is not known."""
    protocol = benchmark["protocol"]
    return (protocol and protocol["unit"]) or "repeat"


def headline_of(benchmark: BenchmarkResult) -> EntryResult | None:
    """The headline entry; None where it has not run."""
    return next((entry for entry in benchmark["entries"] if entry["headline"]), None)


def score_of(benchmark: BenchmarkResult) -> Score | None:
    """The headline's score; None where it has none."""
    headline = headline_of(benchmark)
    return headline["score"] if headline else None


def strongest_of(benchmark: BenchmarkResult) -> PublishedScore | None:
    """The strongest published score that the headline can be compared with, or None."""
    return published_by_id(benchmark).get(benchmark["strongest"] or "")


def published_by_id(benchmark: BenchmarkResult) -> dict[str, PublishedScore]:
    """The published scores of all metrics, by their id."""
    return {row["id"]: row for row in benchmark["baselines"]}


def published_of(benchmark: BenchmarkResult) -> list[PublishedScore]:
    """Published scores in the headline metric, best first; all where the metric is not known."""
    metric = benchmark["metric"]
    return [
        row for row in benchmark["baselines"] if metric is None or row["metric"] == metric["name"]
    ]


def verdict_on(
    verdicts: Sequence[VerdictResult], published: PublishedScore | None
) -> VerdictResult | None:
    """The verdict against a published score, if it is among them."""
    if published is None:
        return None
    return next((one for one in verdicts if one["baseline"] == published["id"]), None)


def test_rows(benchmark: BenchmarkResult) -> int | None:
    """Rows that one repeat is scored on; None where it is not known."""
    data = benchmark["data"]
    return data["test"] if data and data["test"] > 0 else None
