"""What the records come to, in one sentence that never rounds up."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.judging.levels import Level
from runners import formatting
from runners.results import platform
from runners.results.scoreboard import ScoreboardRow, Standing, scoreboard_rows
from runners.results.types import Results

LEVELS: dict[Level, str] = {
    "none": "none yet",
    "result": "a result",
    "good": "good",
    "world-class": "world-class",
}


TOY = "toy/"
"""Benchmarks to learn by, which the claim does not count."""


def claim(rows: Sequence[ScoreboardRow]) -> str:
    """The one sentence on top, computed from the scoreboard; it never rounds up.

    Counted are benchmarks with a comparable published score beyond trivial baselines, the toy ones
    left out; `rest` says what became of the others.
    """
    scored = [row for row in rows if row.n]
    if not rows:
        return "Nothing has been run yet."
    if not scored:
        return "No benchmark has a score yet."
    if not _counted(scored):
        return "Only the toy benchmarks have a score yet."
    counted = [row for row in _counted(scored) if row.published_by]
    if not counted:
        have = "has" if len(scored) == 1 else "have"
        total = formatting.some(len(rows), "benchmark", "benchmarks")
        return f"{len(scored)} of {total} {have} a score; none has a comparable published one yet."
    n = len(counted)
    beaten = sum(row.outcome in ("better", "reproduced") for row in counted)
    equal = sum(row.outcome == "at-least-as-good" for row in counted)
    among = f"Of {formatting.some(n, 'benchmark', 'benchmarks')} with a comparable published score"
    if beaten + equal == 0:
        return f"{among}, none has reached it yet."
    parts = []
    if beaten:
        share = "all" if beaten == n > 1 else str(beaten)
        parts.append(f"{share} {'is' if beaten == 1 else 'are'} reproduced or beaten")
    if equal:
        share = "all" if equal == n > 1 else str(equal)
        verb = " more" if beaten else " is" if equal == 1 else " are"
        parts.append(f"{share}{verb} at least as good")
    return f"{among}, {', '.join(parts)}."


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
    verdict = f"{JOINTS[row.outcome]} {row.published_by} ({row.published})"
    rank = f"; {row.rank} comparable scores" if row.rank else ""
    return f"{score}, on these rows {verdict}{rank}."


def with_claims(summary: Results) -> Results:
    """A summary with its claims: of every benchmark, and of all."""
    rows = scoreboard_rows(summary)
    for benchmark, row in zip(summary["benchmarks"], rows, strict=True):
        benchmark["claim"] = of_benchmark(row)
    return {**summary, "claim": claim(rows)}


def _counted(rows: Sequence[ScoreboardRow]) -> Sequence[ScoreboardRow]:
    return [row for row in rows if not row.benchmark.startswith(TOY)]


def rest(rows: Sequence[ScoreboardRow]) -> str:
    """What the claim leaves out: the benchmarks that did not reach it, and why."""
    counted = (
        ("worse", "stayed behind it"),
        ("inconclusive", "cannot be told apart from it yet"),
        ("not-comparable", "met only scores obtained in another way"),
        ("none", "met no published score"),
    )
    scored = [row for row in rows if row.n]
    parts = [(sum(row.outcome == key for row in _counted(scored)), words) for key, words in counted]
    for status in ("failed", "skipped"):
        words = "failed" if status == "failed" else "was skipped"
        parts.append((sum(row.status == status for row in rows), words))
    parts.append((sum(row.status == "partial" for row in rows), "is only partly done"))
    counts = [
        f"{n} {words.replace('was ', 'were ').replace('is ', 'are ') if n > 1 else words}"
        for n, words in parts
        if n
    ]
    return f"{formatting.listed(counts)}." if counts else ""


def levels(summary: Results) -> list[tuple[Level, int]]:
    """How many benchmarks have reached each level, the highest first; unreached ones left out."""
    reached = [b["level"] for b in summary["benchmarks"] if b["entries"]]
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
