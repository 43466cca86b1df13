"""The scoreboard as texts: page and terminal print the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.judging.levels import Level
from benchmarks.judging.verdict import Outcome
from runners import formatting
from runners.results import gain
from runners.results.access import (
    headline_of,
    metric_of,
    published_of,
    strongest_of,
    test_rows,
    unit_of,
    verdict_on,
)
from runners.results.types import (
    BenchmarkResult,
    EntryResult,
    Results,
    Status,
    VerdictResult,
)

Standing = Outcome | Literal["none"]
"""How a headline stands against the strongest comparable score; "none" where there is none."""

VERDICTS: dict[Standing, str] = {
    "better": "better",
    "reproduced": "reproduced",
    "at-least-as-good": "at least as good",
    "worse": "worse",
    "inconclusive": "inconclusive",
    "not-comparable": "not comparable",
    "none": "none published",
}
"""Verdict words as printed."""
NO_SPREAD = "no spread to test"
"""Printed in place of *inconclusive* where no repeats vary or there is only one."""


def verdict_word(verdict: VerdictResult) -> str:
    """A verdict as printed; one without any scatter is not called inconclusive."""
    outcome = verdict["outcome"]
    if outcome == "inconclusive" and verdict["limit"] in ("no-spread", "single-repeat"):
        return NO_SPREAD
    return VERDICTS[outcome]


@dataclass(frozen=True)
class ScoreboardRow:
    """One benchmark, as texts; what is missing is —."""

    benchmark: str
    status: Status
    reason: str | None
    """Why it is not done."""
    deprecated: str | None
    entry: str
    """Name of the headline."""
    score: str
    spread_kind: str
    """What the ± of the score is."""
    n: int
    """Repeats; 0 without a score."""
    metric: str
    published: str
    """The strongest comparable published score."""
    published_by: str | None
    """Its model; None where there is no such score."""
    citation: str | None
    url: str | None
    rank: str
    """Our place among the comparable published scores, "3rd of 9"; empty without any."""
    outcome: Standing
    verdict: str
    why: str
    """The verdict's reason, or why there is none."""
    level: Level
    gain: str
    """The headline network's gain over the best baseline on the same rows."""
    gain_over: str | None
    """That baseline."""
    gain_outcome: Standing
    gain_why: str
    seconds: str
    """Wall time of training."""


def scoreboard_rows(summary: Results) -> list[ScoreboardRow]:
    """One row a benchmark: the scoreboard of page and terminal alike."""
    return [scoreboard_row(benchmark) for benchmark in summary["benchmarks"]]


def scoreboard_row(benchmark: BenchmarkResult) -> ScoreboardRow:
    """The row of one benchmark."""
    headline, metric, best = headline_of(benchmark), metric_of(benchmark), strongest_of(benchmark)
    score = headline["score"] if headline else None
    n = score["n"] if score else 0
    learned = benchmark["deep_learning"]
    outcome, word, why = _standing(benchmark, headline)
    rank = benchmark["rank"]
    return ScoreboardRow(
        benchmark=benchmark["name"],
        status=benchmark["status"],
        reason=benchmark["reason"],
        deprecated=benchmark["deprecated"],
        entry=headline["name"] if headline else formatting.MISSING,
        score=formatting.score_text(score, metric, test_rows(benchmark)),
        spread_kind=formatting.spread_kind(n, unit_of(benchmark)),
        n=n,
        metric=formatting.metric_label(metric) if benchmark["metric"] else formatting.MISSING,
        published=formatting.published_text(best, metric) if best else formatting.MISSING,
        published_by=best["model"] if best else None,
        citation=best["citation"] if best else None,
        url=best["url"] if best else None,
        rank=f"{formatting.ordinal(rank['place'])} of {rank['of']}" if rank else "",
        outcome=outcome,
        verdict=word if score else formatting.MISSING,
        why=why,
        level=benchmark["level"],
        gain=gain.brief(learned, metric),
        gain_over=learned["reference"] if learned else None,
        gain_outcome=learned["outcome"] if learned else "none",
        gain_why=learned["why"] if learned else "",
        seconds=formatting.duration(headline["seconds"] if headline else None),
    )


def _standing(
    benchmark: BenchmarkResult, headline: EntryResult | None
) -> tuple[Standing, str, str]:
    """The verdict against the strongest comparable score, its word and its reason.

    Or why there is none.
    """
    none = VERDICTS["none"]
    if headline is None or headline["score"] is None:
        return "none", none, benchmark["reason"] or "the headline has not run"
    verdict = verdict_on(headline["verdicts"], strongest_of(benchmark))
    if verdict:
        return verdict["outcome"], verdict_word(verdict), verdict["why"]
    if published_of(benchmark):
        reason = "no published score beyond trivial baselines is comparable"
        return "not-comparable", VERDICTS["not-comparable"], reason
    return "none", none, "no score published under this protocol is known"
