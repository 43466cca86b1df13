"""What the records come to, in one sentence that never rounds up."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.judging.levels import Level
from runners import formatting
from runners.results import platform
from runners.results.scoreboard import ScoreboardRow
from runners.results.types import Results

LEVELS: dict[Level, str] = {
    "none": "none yet",
    "result": "a result",
    "good": "good",
    "world-class": "world-class",
}


def claim(rows: Sequence[ScoreboardRow]) -> str:
    """The one sentence on top, computed from the scoreboard; it never rounds up.

    Benchmarks without a comparable published score count among all, so that they cannot make
    the share look better; skipped and failed ones too.
    """
    scored = [row for row in rows if row.n]
    if not rows:
        return "Nothing has been run yet."
    if not scored:
        return "No benchmark has a score yet."
    reached = sum(row.outcome in ("better", "reproduced") for row in scored)
    total = formatting.some(len(rows), "benchmark", "benchmarks")
    if not any(row.published_by for row in scored):
        have = "has" if len(scored) == 1 else "have"
        return f"{len(scored)} of {total} {have} a score; none has a comparable published one yet."
    if not reached:
        among = f"None of {total}" if len(rows) > 1 else "No benchmark"
        return f"{among} has reached the strongest comparable published score yet."
    share = f"All {total}" if reached == len(rows) > 1 else f"{reached} of {total}"
    return f"{share} reproduced or beat the strongest comparable published score."


def rest(rows: Sequence[ScoreboardRow]) -> str:
    """What the claim leaves out: the benchmarks that did not reach it, and why."""
    counted = (
        ("worse", "stayed behind it"),
        ("inconclusive", "cannot be told apart from it yet"),
        ("not-comparable", "met only scores obtained in another way"),
        ("none", "met no published score"),
    )
    scored = [row for row in rows if row.n]
    parts = [(sum(row.outcome == key for row in scored), words) for key, words in counted]
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
