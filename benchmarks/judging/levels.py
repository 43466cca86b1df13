"""The level an entry has reached, which published scores decide it, and what beats several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from benchmarks.judging.statistics import ALPHA, holm
from benchmarks.judging.verdict import PASSED, Verdict
from benchmarks.published.baselines import Baseline
from benchmarks.published.comparability import strongest

Level = Literal["none", "result", "good", "world-class"]


def deciding(
    rows: Sequence[Baseline], verdicts: Mapping[str, Verdict], level: str, direction: str
) -> Baseline | None:
    """Published score of a level ("good", "world-class") that decides it; None without any.

    `verdicts` holds one for each of `rows`, by id. The strongest score obtained under the same
    protocol decides, whatever came of it. Only at a level without any such score may one whose
    paper had an advantage take its place: the strongest of them, and only if we reproduced or
    beat it all the same. Both limits are needed. A score that replaced a comparable one could
    turn *inconclusive* into a level; and the strongest of those we happened to beat would give
    a level for the weakest of a dozen, the lost comparisons having become *not-comparable*.
    So a better verdict never lowers a level, and a published score that we do not reach never
    raises one by becoming known.
    """
    rows = [row for row in rows if row.level == level]
    equal = [
        row
        for row in rows
        if verdicts[row.id].outcome != "not-comparable" and not verdicts[row.id].helped
    ]
    if equal:
        return strongest(equal, level, direction)
    helped = [row for row in rows if verdicts[row.id].helped == "paper"]
    best = strongest(helped, level, direction)
    return best if best and verdicts[best.id].outcome in PASSED else None


def level(
    floors: Sequence[Verdict], good: Verdict | None, world_class: Verdict | None
) -> tuple[Level, str]:
    """Level of an entry and the reason, from its verdicts.

    *result*: better than every floor (an intersection-union test, which needs no correction:
    Berger, Technometrics 24, 1982). *good*: a result, and reproduced or better against the
    strongest comparable good baseline; *world-class*: good, and the same against the strongest
    world-class one; `deciding` picks both. Floors that are not comparable in every respect are
    left out; a missing or inconclusive verdict never lifts.
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
    reason = f"Better than every trivial baseline ({', '.join(beaten)})"
    steps: list[tuple[Level, Verdict | None]] = [("good", good), ("world-class", world_class)]
    for name, verdict in steps:
        if verdict is None or verdict.outcome == "not-comparable":
            return reached, f"{reason}; no comparable {name} score is known."
        step = f"{verdict.outcome} against {verdict.baseline} ({name})"
        if verdict.outcome not in PASSED:
            return reached, f"{reason}; {step}."
        reached = name
        reason += f"; {step}{', although it had an advantage' if verdict.helped else ''}"
    return reached, f"{reason}."


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
