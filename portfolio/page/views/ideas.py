"""Step 4: what each idea is worth, where entries say what they add to which other entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portfolio.page.figures import Item, strip
from portfolio.page.views.algorithms import EntryView, role_of
from portfolio.page.views.improvement import compared
from runners import formatting
from runners.results.access import metric_of
from runners.results.types import BenchmarkResult

ADDS_TO, IDEA = "adds_to", "idea"
"""Keys of an entry's values: the entry it differs from in one idea, and the idea."""


@dataclass(frozen=True)
class Idea:
    """One idea: the score with it minus the score without."""

    name: str
    entry: str
    without: str
    """The entry without it."""
    gain: str
    interval: str
    """95 % interval of the gain; empty where a single score tells none."""
    n: str
    """Repeats of the entry with and of the entry without."""


@dataclass(frozen=True)
class Ideas:
    """The drawing, for a wide and for a narrow screen, and its numbers."""

    wide: Markup
    narrow: Markup
    lines: list[Idea]


def ideas(benchmark: BenchmarkResult, entries: Sequence[EntryView], name: str) -> Ideas | None:
    """Gains of entries over those they say they add to; None where none of both has a score."""
    metric = metric_of(benchmark)
    known = {entry["name"]: entry for entry in entries}
    sign = 1 if metric["direction"] == "max" else -1
    items, lines = [], []
    for entry in entries:
        without = known.get(str(entry["values"].get(ADDS_TO) or ""))
        score = entry["score"]
        if without is None or not score or not without["score"]:
            continue
        gain, idea = sign * (score["mean"] - without["score"]["mean"]), str(entry["values"][IDEA])
        comparison = compared(benchmark, without, entry)
        ends = comparison.interval() if comparison and comparison.error else None
        low, high = sorted(sign * formatting.shown(end, metric) for end in ends or (0, 0))
        text = formatting.amount(gain, metric, signed=True) or "0"
        shown = formatting.shown(gain, metric)
        interval = (low, high) if ends else (None, None)
        items.append(Item(idea, shown, text, role_of(entry), *interval))
        lines.append(
            Idea(
                name=idea,
                entry=entry["name"],
                without=without["name"],
                gain=text,
                interval=f"{low:+.2f} to {high:+.2f}".replace("-", formatting.MINUS)
                if ends
                else "",
                n=f"{score['n']} and {without['score']['n']}",
            )
        )
    if not items:
        return None
    unit = "points" if formatting.is_fraction(metric) else formatting.unit(metric)
    wide, narrow = (
        strip(
            items,
            caption=", ".join(filter(None, ["gain", unit])),
            better="max",
            name=f"ideas-{name}",
            title=f"{benchmark['name']}: what each idea is worth",
            narrow=form,
        )
        for form in (False, True)
    )
    return Ideas(wide, narrow, lines)
