"""What a collection comes to, in a sentence."""

from __future__ import annotations

from typing import NamedTuple

from runners import formatting
from runners.results.collection_types import CollectionResult, MetricResult, PairResult

HEADLINE = "headline"
"""Name of our headline where it is another entry on every task."""
OUTCOMES = {
    "better": "better than",
    "reproduced": "practically the same as",
    "at-least-as-good": "at least as good as",
    "worse": "worse than",
    "inconclusive": "not told apart from",
    "not-comparable": "not comparable with",
}


def statement(result: CollectionResult) -> str:
    """Mean, mean rank and verdict across tasks; it says of how many tasks."""
    if not result["metrics"]:
        return "No task has a score yet."
    first = result["metrics"][0]
    tasks = formatting.some(len(first["tasks"]), "task", "tasks")
    whose = f"our {result['entry']}" if result["entry"] else "our headline"
    parts = []
    if first["mean"] is not None:
        label = formatting.metric_label(first["metric"])
        parts.append(f"mean {label} {formatting.mean_text(_mean(first), first['metric'])}")
    place = place_of(first)
    if place:
        fewer = f" on {place.tasks} of them" if place.tasks < len(first["tasks"]) else ""
        parts.append(f"mean rank {place.mean_rank} ({place.place} methods{fewer})")
    scores = f"Over {tasks} it has {formatting.listed(parts)}." if parts else ""
    pair = next((p for p in first["pairs"] if p["method"] == result["against"]), None)
    if pair is None or pair["kind"] != "published":
        lead = f"{whose[0].upper()}{whose[1:]} has a score on {tasks}; no published method can be "
        return " ".join(filter(None, (f"{lead}compared across them.", scores)))
    return " ".join(filter(None, (_verdict(pair, whose), scores, _counts(first))))


class Place(NamedTuple):
    """Where our headline stands among all ranked methods, as texts."""

    mean_rank: str
    place: str
    """`4th of 17`."""
    tasks: int
    """Tasks that all ranked methods have scores on."""


def place_of(metric: MetricResult) -> Place | None:
    """Mean rank and place of our headline; None where nothing is ranked."""
    ranking = metric["ranking"]
    if ranking is None:
        return None
    methods = ranking["methods"]
    ours = next(one["mean_rank"] for one in methods if one["kind"] == "headline")
    ahead = sum(one["mean_rank"] < ours - 1e-9 for one in methods)
    place = f"{formatting.ordinal(ahead + 1)} of {len(methods)}"
    return Place(f"{ours:.1f}", place, len(ranking["tasks"]))


def best_baseline(metric: MetricResult) -> PairResult | None:
    """Ours against the hardest of our classical baselines; None where none ran on most tasks."""
    half = len(metric["tasks"]) / 2
    baselines = [
        pair for pair in metric["pairs"] if pair["kind"] == "baseline" and pair["tasks"] > half
    ]
    return min(baselines, key=lambda pair: pair["difference"], default=None)


def _mean(metric: MetricResult) -> dict[str, float | None]:
    return {"mean": metric["mean"]}


def _verdict(pair: PairResult, whose: str) -> str:
    """The verdict against one method, then the numbers that decided it."""
    tasks = formatting.some(pair["tasks"], "task", "tasks")
    record = f"{pair['wins']} won, {pair['ties']} tied, {pair['losses']} lost of {tasks}"
    of = f"{pair['method']} ({pair['cited_as']})"
    if pair["p"] is None:
        return f"Too few tasks to test {whose} against {of}: {record}."
    chances = f"probability of better, same, worse {percent(pair)}"
    p = f"signed-rank {formatting.p_text(pair['p_holm'])} after Holm"
    claim = f"{whose[0].upper()}{whose[1:]} is {OUTCOMES[pair['outcome']]} {of}"
    return f"{claim}: {record}; {p}, {chances}."


def _counts(metric: MetricResult) -> str:
    """How all published methods that could be tested stand; nothing for one alone."""
    tested = [p for p in metric["pairs"] if p["kind"] == "published" and p["p"] is not None]
    if len(tested) < 2:
        return ""
    counts = [
        f"{words} {n}"
        for outcome, words in OUTCOMES.items()
        if (n := sum(pair["outcome"] == outcome for pair in tested))
    ]
    return f"Of {len(tested)} published methods it is {formatting.listed(counts)}."


def percent(pair: PairResult) -> str:
    """The three probabilities as `93 / 6 / 1 %`."""
    shares = [pair["p_better"] or 0.0, pair["p_same"] or 0.0, pair["p_worse"] or 0.0]
    return " / ".join(f"{100 * share:.0f}" for share in shares) + "\u202f%"
