"""What a result does not show, and what would come next: computed from the verdicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from runners import formatting
from runners.results.published import of_headline
from runners.results.scoreboard import strongest, test_rows

Lines = list[tuple[str, str]]
PASSED = ("better", "reproduced")
REASONS = 3
"""Reasons for not comparing that are spelt out; the table of step 3 holds all."""
_SETTLED = re.compile(
    r"(no number of repeats would settle it|about \d+ \w+ would settle it"
    r"|it would take about \d+ \w+, and the protocol has \d+)\."
)


def limits(benchmark: Mapping[str, Any]) -> Lines:
    """Limits of the headline's result as (what kind, sentence); empty without a score."""
    headline = _headline(benchmark)
    if headline is None:
        return []
    lines: Lines = []
    if benchmark["level"] == "none" and benchmark["level_why"]:
        lines.append(("Floor", benchmark["level_why"]))
    lines += _undecided(benchmark, headline)
    if strongest(benchmark) is None:
        text = "No score above floor level is known under this protocol: nobody else confirms it."
        lines.append(("Published", text))
    lines += _set_aside(headline)
    lines += _yardsticks(benchmark, headline)
    lines += _test_rows(benchmark, headline)
    lines += _data(benchmark["data"] or {})
    if headline["protocol"]:
        told = "; ".join(f"{k}: {v}" for k, v in headline["protocol"].items())
        lines.append(("Departure", f"{headline['name']} departs from the protocol ({told})."))
    if headline["score"]["n"] == 1:
        lines.append(("Repeats", "A single repeat has no spread, so chance cannot be told."))
    return lines


def next_steps(benchmark: Mapping[str, Any]) -> list[str]:
    """What would move this result, most telling first; empty without a score."""
    headline = _headline(benchmark)
    if headline is None:
        return []
    steps = []
    if benchmark["status"] == "partial":
        steps.append("Train what is missing; what is there is kept.")
    steps += _next_level(benchmark, headline)
    learned, metric = benchmark["deep_learning"], benchmark["metric"] or {}
    if learned and learned["outcome"] == "worse":
        size = formatting.amount(abs(learned["difference"]), metric)
        steps.append(
            f"Find out what {learned['reference']} sees that the network does not: it is "
            f"{size} ahead on the same rows."
        )
    aside = [v for v in headline["verdicts"] if v["outcome"] == "not-comparable"]
    if aside and strongest(benchmark) is None:
        steps.append(
            "Measure under a protocol with published scores above floor; "
            f"{formatting.some(len(aside), 'score is', 'scores are')} known under others."
        )
    return steps


def _headline(benchmark: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((e for e in benchmark["entries"] if e["headline"] and e["score"]), None)


def _published(benchmark: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {b["id"]: b for b in of_headline(benchmark)}


def _undecided(benchmark: Mapping[str, Any], headline: Mapping[str, Any]) -> Lines:
    """Comparisons that decide a level and are inconclusive, with how many repeats would do."""
    published, metric = _published(benchmark), benchmark["metric"] or {}
    lines: Lines = []
    for verdict in headline["verdicts"]:
        found = published.get(verdict["baseline"])
        deciding = verdict["decides"] or verdict["baseline"] == benchmark["strongest"]
        if verdict["outcome"] != "inconclusive" or not deciding or found is None:
            continue
        settled = _SETTLED.search(verdict["why"])
        more = f": {settled[1]}" if settled else ""
        score = formatting.published_text(found, metric)
        text = f"Neither better nor worse than {found['model']} ({score}) is shown{more}."
        lines.append(("Inconclusive", text))
    return lines


def _set_aside(headline: Mapping[str, Any]) -> Lines:
    """How many published scores are not comparable, by reason."""
    reasons = Counter(v["why"] for v in headline["verdicts"] if v["outcome"] == "not-comparable")
    if not reasons:
        return []
    n, common = reasons.total(), reasons.most_common(REASONS)
    told = [f"{times} because {_inside(why)}" for why, times in common]
    rest = n - sum(times for _, times in common)
    if len(reasons) == 1:
        told = [f"because {_inside(common[0][0])}"]
    elif rest:
        told.append(f"{rest} for other reasons")
    scores = formatting.some(n, "published score is", "published scores are")
    return [("Not comparable", f"{scores} set aside: {'; '.join(told)}.")]


def _inside(sentence: str) -> str:
    """A sentence as part of another one."""
    return f"{sentence[:1].lower()}{sentence[1:]}".rstrip(".").replace("; you", ", you")


def _yardsticks(benchmark: Mapping[str, Any], headline: Mapping[str, Any]) -> Lines:
    """Cheap references with a better mean, and those that leave nothing to gain."""
    metric, rows = benchmark["metric"] or {}, test_rows(benchmark)
    sign = 1 if metric.get("direction") == "max" else -1
    cheap = [
        e
        for e in benchmark["entries"]
        if e["kind"] == "reference" and not e["floor"] and e["score"]
    ]
    ahead = [e for e in cheap if sign * (e["score"]["mean"] - headline["score"]["mean"]) > 0]
    lines: Lines = []
    if ahead:
        ahead.sort(key=lambda e: -sign * e["score"]["mean"])
        told = [f"{e['name']} ({formatting.mean_text(e['score'], metric, rows)})" for e in ahead]
        have = "has a better mean" if len(ahead) == 1 else "have better means"
        learned = benchmark["deep_learning"] or {}
        chance = learned.get("outcome") == "inconclusive"
        tail = "; the difference may be chance" if chance else ""
        lines.append(("Yardstick", f"{formatting.listed(told)} {have} than the network{tail}."))
    full = [e["name"] for e in cheap if formatting.is_fraction(metric) and e["score"]["mean"] == 1]
    if full:
        right = "answers" if len(full) == 1 else "answer"
        text = f"{formatting.listed(full)} {right} every test row: nothing is left to gain here."
        lines.append(("Ceiling", text))
    return lines


def _test_rows(benchmark: Mapping[str, Any], headline: Mapping[str, Any]) -> Lines:
    """How coarse a score on so few rows is, and how it would move on others."""
    metric, rows = benchmark["metric"] or {}, test_rows(benchmark)
    if not rows or not formatting.is_fraction(metric):
        return []
    lines: Lines = []
    sampling = headline["test_sampling"]
    if sampling:
        text = formatting.interval_text(
            {**headline["score"], "ci95": sampling["ci95"]}, metric, rows
        )
        lines.append(
            ("Test rows", f"On other {formatting.count(rows)} rows drawn alike the accuracy of "
             f"such a network would lie within {text} per cent.")
        )  # fmt: skip
    elif 1 / rows > (formatting.number(benchmark["margin"]) or 1.0):
        one = formatting.amount(1 / rows, metric)
        unit = (benchmark["protocol"] or {}).get("unit") or "repeat"
        text = f"A {unit} tests {formatting.count(rows)} rows, so a single one moves it by {one}."
        lines.append(("Test rows", text))
    return lines


def _data(data: Mapping[str, Any]) -> Lines:
    if data.get("official") is False:
        return [("Data", "This copy of the data is not identified by its publisher's hash.")]
    return []


def _next_level(benchmark: Mapping[str, Any], headline: Mapping[str, Any]) -> list[str]:
    """The published score that decides the next level, and how far away it is."""
    published, metric = _published(benchmark), benchmark["metric"] or {}
    sign = 1 if metric.get("direction") == "max" else -1
    for level in ("good", "world-class"):
        verdict = next((v for v in headline["verdicts"] if v["decides"] == level), None)
        found = published.get(verdict["baseline"]) if verdict else None
        if verdict is None or found is None or verdict["outcome"] in PASSED:
            continue
        target = f"The next level, {level}, is decided by {found['model']} at "
        target += formatting.published_mean(found, metric)
        gap = formatting.number(verdict["difference"]) or 0.0
        size = formatting.amount(abs(gap), metric)
        if not gap:
            return [f"{target}; the means are level, so narrow the spread."]
        if sign * gap > 0:
            return [f"{target}; the mean is {size} ahead already, what is missing is certainty."]
        return [f"{target}: close a gap of {size}."]
    return []


def told(lines: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Lines grouped by kind, in order: `kind` and its `texts`."""
    groups: dict[str, list[str]] = {}
    for kind, text in lines:
        groups.setdefault(kind, []).append(text)
    return [{"kind": kind, "texts": texts} for kind, texts in groups.items()]
