"""The level an entry has reached, which published scores decide it, and what beats several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from benchmarks.judging.statistics import ALPHA, holm
from benchmarks.judging.verdict import PASSED, Verdict
from benchmarks.published.baselines import Baseline
from benchmarks.published.comparability import strongest

Level = Literal["none", "result", "good", "world-class"]
ABOVE: tuple[Literal["good", "world-class"], ...] = ("good", "world-class")
"""Levels that published scores decide."""


def deciding(
    rows: Sequence[Baseline],
    verdicts: Mapping[str, Verdict],
    level: str,
    direction: str,
    margin: float,
    anchor: str = "",
) -> Baseline | None:
    """Published score that decides a level ("good", "world-class"); None without any.

    `verdicts` holds one for each of `rows`, by id. *Good* is decided by the `anchor`, the row that
    the definition declares, where it can be compared; everything else by the strongest score
    obtained under the same protocol, whatever came of it. Only at a level without any such score
    may one whose paper had an advantage take its place: the strongest of them, and only if ours is
    at least as good all the same. Both limits are needed. A score that replaced a comparable one
    could turn *inconclusive* into a level; and the strongest of those we happened to beat would
    give a level for the weakest of a dozen, the lost comparisons having become *not-comparable*. So
    a better verdict never lowers a level, and a published score that we do not reach never raises
    one by becoming known. A score rounded by the `margin` or more decides nothing.
    """
    rows = [row for row in rows if row.level == level and can_decide(row, verdicts, margin)]
    equal = [
        row
        for row in rows
        if verdicts[row.id].outcome != "not-comparable" and not verdicts[row.id].helped
    ]
    declared = [row for row in equal if row.id == anchor and level == "good"]
    if declared or equal:
        return strongest(declared or equal, level, direction)
    helped = [row for row in rows if verdicts[row.id].helped == "paper"]
    best = strongest(helped, level, direction)
    return best if best and verdicts[best.id].outcome in PASSED else None


def can_decide(row: Baseline, verdicts: Mapping[str, Verdict], margin: float) -> bool:
    """Whether a score can decide a level: one rounded by the margin or more is never equalled.

    Where the unrounded scores of every split are at hand, their rounding does not matter.
    """
    return row.decides(margin) or (row.level in ABOVE and verdicts[row.id].test == "paired")


def level(
    floors: Sequence[Verdict], good: Verdict | None, world_class: Verdict | None
) -> tuple[Level, str]:
    """Level of an entry and the reason, from its verdicts.

    *result*: better than every trivial baseline (an intersection-union test, which needs no
    correction: Berger, Technometrics 24, 1982). *good*: a result, and at least as good as the score
    that decides it; *world-class*: a result, and at least as good as the strongest comparable
    world-class score, which implies good; `deciding` picks both. Trivial baselines that are not
    comparable in every respect are left out; a missing or inconclusive verdict never lifts.
    """
    floors = [one for one in floors if one.outcome != "not-comparable" and not one.helped]
    beaten = [verdict.baseline for verdict in floors if verdict.outcome == "better"]
    if not floors:
        return "none", "No trivial baseline to compare with."
    if len(beaten) < len(floors):
        missed = next(verdict for verdict in floors if verdict.outcome != "better")
        text = f"Not shown better than the trivial baseline {missed.baseline} ({missed.outcome})."
        return "none", text
    reached: Level = "result"
    parts = [f"Better than every trivial baseline ({', '.join(beaten)})"]
    steps: list[tuple[Level, Verdict | None]] = [("good", good), ("world-class", world_class)]
    for name, verdict in steps:
        if verdict is None or verdict.outcome == "not-comparable":
            parts.append(f"no comparable {name} score is known")
            continue
        known = verdict.outcome == "at-least-as-good"
        words = "at least as good as" if known else f"{verdict.outcome} against"
        advantage = ", although it had an advantage" if verdict.helped else ""
        parts.append(f"{words} {verdict.baseline} ({name}){advantage}")
        if verdict.outcome in PASSED:
            reached = name
    return reached, f"{'; '.join(parts)}."


def better_than_any(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Those published scores of a level that ours is better than, with Holm's p; best first.

    `verdicts` are all of the level under one protocol: a family fixed before its outcomes are
    known, so neither *not-comparable* nor one-sided verdicts belong in it. A claim of several at
    once is wrong if one of them is; Holm's correction holds that chance at alpha. A verdict
    other than *better* enters with p = 1, which only makes the others larger. ("Better than
    *every* floor" needs no correction, see `level`.)
    """
    adjusted = holm([v.p if v.outcome == "better" and v.p is not None else 1.0 for v in verdicts])
    better = {v.baseline: p for v, p in zip(verdicts, adjusted, strict=True) if p < ALPHA}
    return dict(sorted(better.items(), key=lambda pair: pair[1]))
