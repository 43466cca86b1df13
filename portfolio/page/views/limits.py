"""What a result does not show, and what would come next: computed from the verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks.judging import sentences
from benchmarks.judging.verdict import PASSED
from benchmarks.published.comparability import Difference
from portfolio.page.views.algorithms import departures, sampling_text
from runners import formatting
from runners.results.access import (
    headline_of,
    metric_of,
    published_by_id,
    strongest_of,
    test_rows,
    unit_of,
)
from runners.results.types import BenchmarkResult, DataResult, EntryResult, Score, VerdictResult

REASONS = 3
"""Reasons for not comparing that are spelt out; the table of step 3 holds all."""


@dataclass(frozen=True)
class Limit:
    """Limits of one kind, a sentence each."""

    kind: str
    texts: list[str]


def limits(benchmark: BenchmarkResult) -> list[Limit]:
    """Limits of the headline's result by kind; empty without a score."""
    headline = headline_of(benchmark)
    if headline is None or not headline["score"]:
        return []
    score = headline["score"]
    lines: list[tuple[str, str]] = []
    if benchmark["level"] == "none" and benchmark["level_why"]:
        lines.append(("Trivial baseline", benchmark["level_why"]))
    lines += [("Inconclusive", text) for text in _undecided(benchmark, headline, score)]
    if strongest_of(benchmark) is None:
        text = "No score but those of trivial baselines is known under this protocol: nobody else "
        lines.append(("Published", f"{text}confirms it."))
    lines += [("Not comparable", text) for text in _not_comparable(headline)]
    lines += _baselines(benchmark, score)
    lines += [("Test rows", text) for text in _test_rows(benchmark, headline)]
    lines += [("Data", text) for text in _data(benchmark["data"])]
    if headline["protocol"]:
        fields = departures(headline)
        lines.append(("Departure", f"{headline['name']} departs from the protocol ({fields})."))
    if score["n"] == 1:
        lines.append(("Repeats", "A single repeat has no spread: nothing says what is chance."))
    kinds = dict.fromkeys(kind for kind, _ in lines)
    return [Limit(kind, [text for other, text in lines if other == kind]) for kind in kinds]


def next_steps(benchmark: BenchmarkResult) -> list[str]:
    """What would move this result, the most useful step first; empty without a score."""
    headline = headline_of(benchmark)
    if headline is None or not headline["score"]:
        return []
    steps = []
    if benchmark["status"] == "partial":
        steps.append("Train what is missing; what is there is kept.")
    steps += _next_level(benchmark, headline)
    gain, metric = benchmark["deep_learning"], metric_of(benchmark)
    if gain and gain["outcome"] == "worse":
        size = formatting.amount(abs(gain["difference"]), metric)
        steps.append(
            f"Find out what {gain['reference']} uses that the network does not: it is {size} "
            "ahead on the same rows."
        )
    aside = [v for v in headline["verdicts"] if v["outcome"] == "not-comparable"]
    if aside and strongest_of(benchmark) is None:
        steps.append(
            "Measure under a protocol with published scores beyond trivial baselines; "
            f"{formatting.some(len(aside), 'score is', 'scores are')} known under others."
        )
    return steps


def _undecided(benchmark: BenchmarkResult, headline: EntryResult, score: Score) -> list[str]:
    """Comparisons that decide a level and are inconclusive, with how many repeats would do."""
    published, lines = published_by_id(benchmark), []
    for verdict in headline["verdicts"]:
        row = published.get(verdict["baseline"])
        deciding = verdict["decides"] or verdict["baseline"] == benchmark["strongest"]
        if verdict["outcome"] != "inconclusive" or not deciding or row is None:
            continue
        more = ""
        if verdict["test"] and not verdict["limit"]:
            needed, unit = verdict["repeats_needed"], unit_of(benchmark)
            more = f": {sentences.advice(needed, unit, score['n'], verdict['test'])}"
        text = formatting.published_text(row, metric_of(benchmark))
        lines.append(f"Neither better nor worse than {row['model']} ({text}) is shown{more}.")
    return lines


def _not_comparable(headline: EntryResult) -> list[str]:
    """How many published scores are not comparable, by reason."""
    reasons = Counter(
        _reason(verdict)
        for verdict in headline["verdicts"]
        if verdict["outcome"] == "not-comparable"
    )
    if not reasons:
        return []
    n, common = reasons.total(), reasons.most_common(REASONS)
    counts = [f"{times} because {reason}" for reason, times in common]
    uncommon = n - sum(times for _, times in common)
    if len(reasons) == 1:
        counts = [f"because {common[0][0]}"]
    elif uncommon:
        counts.append(f"{uncommon} for other reasons")
    scores = formatting.some(n, "published score is", "published scores are")
    return [f"{scores} set aside: {'; '.join(counts)}."]


def _reason(verdict: VerdictResult) -> str:
    return sentences.joined([Difference(**one) for one in verdict["differences"]])


def _baselines(benchmark: BenchmarkResult, ours: Score) -> list[tuple[str, str]]:
    """Classical baselines with a better mean, and those that leave nothing to gain."""
    metric, rows = metric_of(benchmark), test_rows(benchmark)
    sign = 1 if metric["direction"] == "max" else -1
    scores = {
        e["name"]: e["score"]
        for e in benchmark["entries"]
        if e["kind"] == "reference" and not e["floor"] and e["score"]
    }
    lines = []
    ahead = {name: one for name, one in scores.items() if sign * (one["mean"] - ours["mean"]) > 0}
    if ahead:
        names = sorted(ahead, key=lambda name: -sign * ahead[name]["mean"])
        texts = [f"{name} ({formatting.mean_text(ahead[name], metric, rows)})" for name in names]
        have = "has a better mean" if len(ahead) == 1 else "have better means"
        gain = benchmark["deep_learning"]
        tail = ""
        if gain and gain["outcome"] == "inconclusive":
            tail = "; the difference may be chance"
        lines.append(
            ("Classical baseline", f"{formatting.listed(texts)} {have} than the network{tail}.")
        )
    full = [name for name, one in scores.items() if one["mean"] == 1]
    if full and formatting.is_fraction(metric):
        right = "answers" if len(full) == 1 else "answer"
        text = f"{formatting.listed(full)} {right} every test row: nothing is left to gain here."
        lines.append(("Ceiling", text))
    return lines


def _test_rows(benchmark: BenchmarkResult, headline: EntryResult) -> list[str]:
    """How coarse a score on so few rows is, and how it would move on others."""
    metric, rows = metric_of(benchmark), test_rows(benchmark)
    if not rows or not formatting.is_fraction(metric):
        return []
    interval = sampling_text(headline, metric, rows)
    if interval:
        return [
            f"On other {formatting.count(rows)} rows drawn alike the accuracy of such a network "
            f"would lie within {interval} per cent."
        ]
    if 1 / rows > (benchmark["margin"] or 1.0):
        step = formatting.amount(1 / rows, metric)
        return [
            f"A {unit_of(benchmark)} tests {formatting.count(rows)} rows, so a single one moves it "
            f"by {step}."
        ]
    return []


def _data(data: DataResult | None) -> list[str]:
    if data and data["official"] is False:
        return ["This copy of the data is not identified by its publisher's hash."]
    return []


def _next_level(benchmark: BenchmarkResult, headline: EntryResult) -> list[str]:
    """The published score that decides the next level, and how far away it is."""
    published, metric = published_by_id(benchmark), metric_of(benchmark)
    sign = 1 if metric["direction"] == "max" else -1
    for level in ("good", "world-class"):
        if benchmark["level"] in (level, "world-class"):
            continue
        verdict = next((v for v in headline["verdicts"] if v["decides"] == level), None)
        row = published.get(verdict["baseline"]) if verdict else None
        if verdict is None or row is None or verdict["outcome"] in PASSED:
            continue
        target = f"The next level, {level}, is decided by {row['model']} at "
        target += formatting.published_mean(row, metric)
        gap = verdict["difference"]
        if not gap:
            return [f"{target}; the means are level, so narrow the spread."]
        size = formatting.amount(abs(gap), metric)
        if sign * gap > 0:
            return [f"{target}; the mean is {size} ahead already, what is missing is certainty."]
        return [f"{target}: close a gap of {size}."]
    return []
