"""Published recipes trained here as published: whether they give the published score, and what the
headline adds to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from benchmarks.judging.verdict import Outcome
from benchmarks.metrics import Unit, as_difference, as_size
from runners import formatting
from runners.records.record import BenchmarkFacts
from runners.results import gain
from runners.results.access import verdict_on
from runners.results.published import kind
from runners.results.types import (
    EntryResult,
    HeadlineOverRerun,
    PublishedScore,
    RerunResult,
    Score,
    VerdictResult,
)

REPRODUCED: Mapping[Outcome, bool] = {"reproduced": True, "better": False, "worse": False}
"""Whether an outcome says that a re-run gives the published score; others leave it open."""


def reruns(
    facts: BenchmarkFacts, rows: Sequence[EntryResult], published: Sequence[PublishedScore]
) -> list[RerunResult]:
    """The re-runs among a benchmark's entries, each against its published score and the headline.

    A re-run of a score that is not published any more is left out.
    """
    by_id = {row["id"]: row for row in published}
    headline = next((row for row in rows if row["headline"]), None)
    found: list[RerunResult] = []
    for row in rows:
        theirs, score = by_id.get(row["reruns"] or ""), row["score"]
        verdict = verdict_on(row["verdicts"], theirs)
        if theirs is None or verdict is None or score is None:
            continue
        found.append(
            {
                "entry": row["name"],
                "baseline": theirs["id"],
                "outcome": verdict["outcome"],
                "reproduced": REPRODUCED.get(verdict["outcome"]),
                "difference": score["mean"] - theirs["score"],
                "why": _why(facts, score, theirs, verdict),
                "headline": _over(facts, headline, row) if headline else None,
            }
        )
    return found


def _why(
    facts: BenchmarkFacts, score: Score, theirs: PublishedScore, verdict: VerdictResult
) -> str:
    metric = Unit(**facts["metric"])
    spread = formatting.spread_kind(score["n"], facts["protocol"]["unit"])
    text = (
        f"Published {formatting.published_text(theirs, facts['metric'])} ({kind(theirs)}), "
        f"our re-run {formatting.score_text(score, facts['metric'])} ({spread}): "
    )
    margin = as_size(facts["margin"], metric)
    difference = as_difference(score["mean"] - theirs["score"], metric, theirs["score"])
    if verdict["outcome"] == "reproduced":
        return f"{text}reproduced within {margin}, difference {difference}."
    if verdict["outcome"] in ("better", "worse"):
        return (
            f"{text}not reproduced, the same recipe is {verdict['outcome']} here, difference "
            f"{difference} ({formatting.p_text(verdict['p'])})."
        )
    if verdict["outcome"] == "not-comparable":
        return f"{text}they cannot be compared. {verdict['why']}"
    if verdict["outcome"] == "at-least-as-good":
        return f"{text}shown not to be worse by {margin} or more, difference {difference}."
    where = "within" if abs(score["mean"] - theirs["score"]) <= facts["margin"] else "beyond"
    return (
        f"{text}difference {difference}, {where} the margin of {margin}; the scatter is too large "
        "to show more."
    )


def _over(
    facts: BenchmarkFacts, headline: EntryResult, rerun: EntryResult
) -> HeadlineOverRerun | None:
    """The headline against a re-run on the same rows; None where they have none in common."""
    if headline is rerun or rerun["note"]:  # scored on other data
        return None
    metric, unit = Unit(**facts["metric"]), facts["protocol"]["unit"]
    seeds, (ours, theirs) = unit == "seed", (_by_split(row) for row in (headline, rerun))
    common = sorted(ours.keys() & theirs.keys())
    pairs = [list(own.values()) if seeds else [own[k] for k in common] for own in (ours, theirs)]
    if not all(pairs):
        return None
    comparison, test = gain.compared(pairs[0], pairs[1], seeds=seeds)
    outcome, p, remark = gain.outcome(comparison, facts["margin"], metric)
    means = [fmean(values) for values in pairs]
    interval = comparison.interval() if comparison else None
    difference = as_difference(means[0] - means[1], metric, means[0])
    tested = []
    if interval:
        ends = " to ".join(as_difference(end, metric, means[0]) for end in interval)
        tested.append(f"95 % interval {ends}")
    if p is not None:
        tested.append(f"{formatting.p_text(p)}, {test}")
    notes = f" ({'; '.join(tested)})" if tested else ""
    where = "on these test rows" if seeds else f"on the same {len(common)} {unit}s"
    return {
        "difference": means[0] - means[1],
        "ci95": list(interval) if interval else None,
        "n": len(pairs[1]),
        "outcome": outcome,
        "scope": "on these rows",
        "why": f"{headline['name']} against the re-run {where}: difference {difference}"
        f"{notes}. {remark}".strip(),
    }


def _by_split(row: EntryResult) -> dict[int, float]:
    score = row["score"]
    return dict(zip(score["splits"], score["values"], strict=True)) if score else {}
