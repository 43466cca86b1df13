"""Published recipes trained here as published: whether they give the published score, and what the
headline adds to them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmarks.judging.verdict import Outcome
from benchmarks.metrics import Unit, as_difference, as_size
from runners import formatting
from runners.records.generations import is_headline
from runners.records.record import BenchmarkFacts, Record
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
    facts: BenchmarkFacts,
    entries: Mapping[str, Sequence[Record]],
    rows: Sequence[EntryResult],
    published: Sequence[PublishedScore],
) -> list[RerunResult]:
    """The re-runs among a benchmark's entries, each against its published score and the headline.

    `entries` are the newest records by entry name, `rows` the same entries judged. A re-run of a
    score that is not published any more is left out.
    """
    by_id = {row["id"]: row for row in published}
    headline = next((records for records in entries.values() if is_headline(records)), None)
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
                "headline": _over(facts, headline, entries[row["name"]]) if headline else None,
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
    facts: BenchmarkFacts, headline: Sequence[Record], rerun: Sequence[Record]
) -> HeadlineOverRerun | None:
    """The headline against a re-run on the same rows; None where they have none in common."""
    if headline is rerun or headline[-1]["data"]["digest"] != rerun[-1]["data"]["digest"]:
        return None
    metric, unit = Unit(**facts["metric"]), facts["protocol"]["unit"]
    ours, theirs = (
        {record["repeat"]: record["scores"][metric.name] for record in records}
        for records in (headline, rerun)
    )
    common = sorted(ours.keys() & theirs.keys())
    seeds = unit == "seed"
    pairs = (
        (list(ours.values()), list(theirs.values()))
        if seeds
        else ([ours[k] for k in common], [theirs[k] for k in common])
    )
    if not pairs[0]:
        return None
    # The very rows both were scored on: nothing is allowed for rows that splits share.
    comparison, test = gain.compared(*pairs, seeds=seeds, overlap=0.0)
    outcome, p, remark = gain.outcome(comparison, facts["margin"], metric)
    means = [math.fsum(values) / len(values) for values in pairs]
    interval = comparison.interval() if comparison else None
    name = headline[-1]["entry"]["name"]
    difference = as_difference(means[0] - means[1], metric, means[0])
    tested = []
    if interval:
        ends = " to ".join(as_difference(end, metric, means[0]) for end in interval)
        tested.append(f"95 % interval {ends}")
    if p is not None:
        tested.append(f"{formatting.p_text(p)}, {test if seeds else 'paired t-test'}")
    notes = f" ({'; '.join(tested)})" if tested else ""
    where = "on these test rows" if seeds else f"on the same {len(common)} {unit}s"
    return {
        "difference": means[0] - means[1],
        "ci95": list(interval) if interval else None,
        "n": len(pairs[1]),
        "outcome": outcome,
        "scope": "on these rows",
        "why": f"{name} against the re-run {where}: difference {difference}"
        f"{notes}. {remark}".strip(),
    }
