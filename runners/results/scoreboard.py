"""The scoreboard as texts: page and terminal print the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runners import formatting
from runners.results import gain
from runners.results.published import of_headline

VERDICTS = {
    "better": "better",
    "reproduced": "reproduced",
    "worse": "worse",
    "inconclusive": "inconclusive",
    "not-comparable": "not comparable",
    "none": "none published",
}
"""Verdict words as printed."""


def scoreboard_rows(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a benchmark, as texts: the scoreboard of page and terminal alike.

    Keys: benchmark, status, reason, deprecated, entry, score, spread_kind, n, published,
    published_by, citation, url, outcome, verdict, why, level, gain, gain_over, gain_outcome,
    gain_why, seconds. Missing is —. `gain` is what deep learning bought over the best reference.
    """
    return [_scoreboard_row(benchmark) for benchmark in summary["benchmarks"]]


def _scoreboard_row(benchmark: Mapping[str, Any]) -> dict[str, Any]:
    metric, protocol = benchmark["metric"] or {}, benchmark["protocol"] or {}
    entry: Mapping[str, Any] = next((e for e in benchmark["entries"] if e["headline"]), {})
    score = entry.get("score") or {}
    best, learned = strongest(benchmark), benchmark["deep_learning"]
    verdict = next(
        (v for v in entry.get("verdicts", []) if best and v["baseline"] == best["id"]),
        None,
    )
    if not score:
        outcome, why = "none", benchmark["reason"] or "the headline has not run"
    elif verdict:
        outcome, why = verdict["outcome"], verdict["why"]
    elif of_headline(benchmark):
        outcome, why = (
            "not-comparable",
            "no published score above floor level is comparable",
        )
    else:
        outcome, why = "none", "no score published under this protocol is known"
    return {
        "benchmark": benchmark["name"],
        "status": benchmark["status"],
        "reason": benchmark["reason"],
        "deprecated": benchmark["deprecated"],
        "entry": entry.get("name") or formatting.MISSING,
        "score": formatting.score_text(score or None, metric, test_rows(benchmark)),
        "spread_kind": formatting.spread_kind(score.get("n"), protocol.get("unit")),
        "n": score.get("n") or 0,
        "metric": formatting.metric_label(metric) if metric else formatting.MISSING,
        "published": formatting.published_text(best, metric) if best else formatting.MISSING,
        "published_by": best["model"] if best else None,
        "citation": best["citation"] if best else None,
        "url": best["url"] if best else None,
        "outcome": outcome,
        "verdict": VERDICTS[outcome] if score else formatting.MISSING,
        "why": why,
        "level": benchmark["level"],
        "gain": gain.brief(learned, metric),
        "gain_over": learned["reference"] if learned else None,
        "gain_outcome": learned["outcome"] if learned else "none",
        "gain_why": learned["why"] if learned else "",
        "seconds": formatting.duration(entry.get("seconds")),
    }  # fmt: skip


def strongest(benchmark: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The strongest published score comparable with the headline, or None."""
    return next((b for b in benchmark["baselines"] if b["id"] == benchmark["strongest"]), None)


def test_rows(benchmark: Mapping[str, Any]) -> int | None:
    """Rows a score is taken over, where the record says so."""
    rows = (benchmark["data"] or {}).get("test")
    return rows if isinstance(rows, int) and rows > 0 else None
