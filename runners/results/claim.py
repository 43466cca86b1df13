"""What the records come to, in one sentence that never rounds up."""

from __future__ import annotations

import math
import statistics

from benchmarks.judging.levels import Level
from benchmarks.judging.verdict import PASSED
from runners import formatting
from runners.results import platform
from runners.results.scoreboard import ScoreboardRow, Standing, scoreboard_rows
from runners.results.types import Achieved, Results

LEVELS: dict[Level, str] = {
    "none": "none yet",
    "result": "a result",
    "good": "good",
    "world-class": "world-class",
}


TOY = "toy/"
"""Benchmarks to learn by, which count nowhere."""
NOTHING: Achieved = {
    "benchmarks": 0,
    "reproduced_or_beaten": 0,
    "at_least_as_good": 0,
    "median_skill": None,
    "skills": 0,
    "collections": 0,
    "collections_passed": 0,
    "collections_unfinished": 0,
}
EQUALLED: tuple[Standing, ...] = ("better", "reproduced")


def toy(row: ScoreboardRow) -> bool:
    """Whether a benchmark is there to learn by."""
    return row.benchmark.startswith(TOY)


def achieved(summary: Results) -> Achieved:
    """What the claim counts, of scored benchmarks and collections with a published score to meet.

    Toy benchmarks count nowhere, nor do collections whose tasks are all in a larger one.
    """
    pairs = zip(scoreboard_rows(summary), summary["benchmarks"], strict=True)
    counted = [(row, one) for row, one in pairs if row.n and row.published_by and not toy(row)]
    skills = [one["skill"]["value"] for _, one in counted if one["skill"]]
    tasks = {one["name"]: {t["name"] for t in one["tasks"]} for one in summary["collections"]}
    collections = [
        one
        for one in summary["collections"]
        if one["outcome"] and not any(tasks[one["name"]] < of for of in tasks.values())
    ]
    passed = [one for one in collections if one["outcome"] in PASSED]
    return {
        "benchmarks": len(counted),
        "reproduced_or_beaten": sum(row.outcome in EQUALLED for row, _ in counted),
        "at_least_as_good": sum(row.outcome == "at-least-as-good" for row, _ in counted),
        "median_skill": statistics.median(skills) if skills else None,
        "skills": len(skills),
        "collections": len(collections),
        "collections_passed": len(passed),
        "collections_unfinished": sum(one["status"] != "done" for one in collections),
    }


def claim(summary: Results) -> str:
    """The one sentence on top: what was achieved, first; it never rounds up.

    Counted is what `achieved` counts; `rest` says what became of the others.
    """
    if not (summary["benchmarks"] or summary["collections"]):
        return "Nothing has been run yet."
    found = achieved(summary)
    parts = [_benchmarks(found)] if found["benchmarks"] else []
    if found["median_skill"] is not None:
        of = "" if found["skills"] == found["benchmarks"] else f" of {found['skills']}"
        way = f"{share(found['median_skill'])} of the way from a trivial baseline to it"
        parts.append(
            f"the score is {way}"
            if found["skills"] == 1 == found["benchmarks"]
            else f"the median{of} is {way}"
        )
    if found["collections"]:
        parts.append(_collections(found))
    if parts:
        text = "; ".join(parts)
        return f"{text[0].upper()}{text[1:]}."
    rows = scoreboard_rows(summary)
    scored = [row for row in rows if row.n and not toy(row)]
    gains = [row.gain_outcome for row in scored if row.gain_over]
    if gains:
        better = gains.count("better")
        of = formatting.some(len(gains), "network", "networks")
        return (
            f"{better or 'None'} of {of} {'are' if better > 1 else 'is'} better than the best "
            "classical baseline; none has a comparable published score yet."
        )
    if scored:
        have = "has" if len(scored) == 1 else "have"
        total = formatting.some(sum(not toy(row) for row in rows), "benchmark", "benchmarks")
        return f"{len(scored)} of {total} {have} a score; none has a comparable published one yet."
    if summary["collections"]:
        return summary["collections"][0]["statement"]
    if any(row.n for row in rows):
        return "Only the toy benchmarks have a score yet."
    return "No benchmark has a score yet."


def share(skill: float, decimals: int = 0) -> str:
    """A skill in per cent, never rounded up."""
    power = 10**decimals
    return f"{formatting.fixed(math.floor(100 * power * skill + 1e-9) / power, decimals)}\u202f%"


def _benchmarks(found: Achieved) -> str:
    """The benchmarks that reach the published score, for the beginning of a sentence."""
    n, first, more = found["benchmarks"], found["reproduced_or_beaten"], found["at_least_as_good"]
    if n == 1:
        reach = "reproduces or beats" if first else "is at least as good as"
        reach = f"{reach} it" if first + more else "does not reach it yet"
        return f"The one benchmark with a comparable published score {reach}"
    of, it = formatting.some(n, "benchmark", "benchmarks"), "the best comparable published score"
    if not first + more:
        return f"None of {of} reaches {it} yet"
    count = f"All {of}" if n in (first, more) and n > 1 else f"{first or more} of {of}"
    if not first:
        return f"{count} {'is' if more == 1 else 'are'} at least as good as {it}"
    text = f"{count} {'reproduces or beats' if first == 1 else 'reproduce or beat'} {it}"
    if not more:
        return text
    return f"{text} and {more} more {'is' if more == 1 else 'are'} at least as good"


def _collections(found: Achieved) -> str:
    """The collections that reach the best published method, for the middle of a sentence."""
    n, passed = found["collections"], found["collections_passed"]
    of = formatting.some(n, "collection of tasks", "collections of tasks")
    trained = ", as far as trained," if found["collections_unfinished"] else ""
    reach = "are" if passed > 1 else "is"
    return (
        f"{passed or 'none'} of {of}{trained} {reach} at least as good as the best published method"
    )


JOINTS: dict[Standing, str] = {
    "better": "better than",
    "reproduced": "the same within the margin as",
    "at-least-as-good": "at least as good as",
    "worse": "worse than",
    "inconclusive": "not told apart from",
}
"""How a verdict reads before the model it is about."""


def of_benchmark(row: ScoreboardRow) -> str:
    """What a headline's score comes to: the verdict against the best comparable published score."""
    if not row.n:
        return f"No score yet: {row.reason}." if row.reason else "No score yet."
    score = f"{row.metric} {row.score}"
    if not row.published_by or row.outcome not in JOINTS:
        return f"{score}; no published score can be compared with it."
    verdict = f"{JOINTS[row.outcome]} {row.published_by} ({row.published}) on these rows"
    rank = f", {row.rank} comparable scores" if row.rank else ""
    return f"{verdict[0].upper()}{verdict[1:]}: {score}{rank}."


def with_claims(summary: Results) -> Results:
    """A summary with the claim of all its benchmarks."""
    return {**summary, "claim": claim(summary), "achieved": achieved(summary)}


def rest(summary: Results) -> str:
    """What the claim leaves out: the benchmarks that did not reach it, and why."""
    counted = (
        ("worse", "falls short of the published score", "fall short of the published score"),
        ("inconclusive", "is inconclusive so far", "are inconclusive so far"),
        (
            "not-comparable",
            "has only scores obtained in another way",
            "have only scores obtained in another way",
        ),
        ("none", "has no published score", "have no published score"),
    )
    rows = [row for row in scoreboard_rows(summary) if not toy(row)]
    parts = [
        (sum(row.outcome == key for row in rows if row.n), one, many) for key, one, many in counted
    ]
    for status, words in (("failed", "failed"), ("skipped", "skipped"), ("partial", "partly done")):
        n = sum(row.status == status for row in rows)
        parts.append(
            (n, *((words, words) if status == "failed" else (f"is {words}", f"are {words}")))
        )
    counts = [f"{n} {one if n == 1 else many}" for n, one, many in parts if n]
    return f"{formatting.listed(counts)}." if counts else ""


def levels(summary: Results) -> list[tuple[Level, int]]:
    """How many benchmarks have reached each level, the highest first; unreached ones left out.

    Toy benchmarks do not count.
    """
    reached = [
        one["level"]
        for one in summary["benchmarks"]
        if one["entries"] and not one["name"].startswith(TOY)
    ]
    return [(level, n) for level in reversed(LEVELS) if (n := reached.count(level))]


def facts(summary: Results) -> list[tuple[str, str]]:
    """What ran where and when."""
    where = summary["environment"]
    seconds = sum(e["seconds"] or 0 for b in summary["benchmarks"] for e in b["entries"])
    days = [b["finished_at"] for b in summary["benchmarks"] if b["finished_at"]]
    first, last = (formatting.day(end(days)) if days else "" for end in (min, max))
    when = last if first == last else f"{first} to {last}"
    rows = [
        ("Finished", when),
        ("Training", f"{formatting.duration(seconds)} in all" if days else ""),
        ("Machine", platform.hardware(where)),
        ("Software", platform.versions(where)),
    ]
    return [(term, text) for term, text in rows if text]
