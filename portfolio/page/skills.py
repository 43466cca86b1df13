"""The dot chart of the index: how far each benchmark is between a trivial and the best score.

A line a benchmark, so that names are links and numbers are text; `templates/skills.html.j2` draws
it. Positions are per cent of the drawing's width: one drawing fits a screen and a phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.page import figures
from portfolio.page.views import RowView
from runners.results.claim import share, toy
from runners.results.scoreboard import Standing

LOWEST, HIGHEST = 0.0, 1.5
"""Skills beyond these lie beyond the axis."""
PAD = 0.03
"""Share of the axis left free at its ends."""


@dataclass(frozen=True)
class SkillLine:
    """A benchmark on the chart; positions are per cent of its width."""

    name: str
    """Without its family, where no other is called so."""
    address: str
    outcome: Standing
    word: str
    text: str
    """The skill as printed."""
    x: float
    low: float | None
    """Ends of the 95 % interval; None for one repeat."""
    high: float | None
    beyond: bool
    """Whether the skill lies beyond the axis, at whose end the mark is drawn then."""


@dataclass(frozen=True)
class SkillChart:
    """All lines, the best first, and the axis they share."""

    lines: list[SkillLine]
    ticks: list[tuple[float, str]]
    best: float
    """Position of 100 %."""
    others: int
    """Benchmarks with a score and without a skill."""


def chart(views: Sequence[RowView]) -> SkillChart | None:
    """The chart of all benchmarks that have a skill, toy ones left out; None where none has."""
    scored = [view for view in views if view.row.n and not toy(view.row)]
    found = [(view, skill) for view in scored if (skill := view.benchmark["skill"])]
    if not found:
        return None
    found.sort(key=lambda pair: -pair[1]["value"])
    ends = [end for _, skill in found for end in (skill["value"], *(skill["ci95"] or ()))]
    low, high = max(min(*ends, 1.0), LOWEST), min(max(*ends, 1.0), HIGHEST)
    pad = PAD * ((high - low) or 1.0)
    low, high = low - pad, high + pad

    def x(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 1)

    short = Counter(view.benchmark["name"].split("/", 1)[-1] for view, _ in found)
    lines = []
    for view, skill in found:
        name, interval = view.benchmark["name"], skill["ci95"]
        alone = name.split("/", 1)[-1]
        lines.append(
            SkillLine(
                name=alone if short[alone] == 1 else name,
                address=view.address,
                outcome=view.row.outcome,
                word=view.row.verdict,
                text=share(skill["value"], 1),
                x=x(skill["value"]),
                low=x(interval[0]) if interval else None,
                high=x(interval[1]) if interval else None,
                beyond=not low <= skill["value"] <= high,
            )
        )
    ticks = figures.ticks(100 * low, 100 * high, 5)
    return SkillChart(
        lines=lines,
        ticks=[(x(value / 100), label) for value, label in ticks],
        best=x(1.0),
        others=len(scored) - len(found),
    )
