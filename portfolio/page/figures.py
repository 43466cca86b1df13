"""Figures as inline SVG: geometry here, drawing in `templates/*.svg.j2`, colours in the page's CSS.

Ours is filled, published is hollow; the shape says which level. No meaning depends on colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from portfolio.page.figure_data import with_data
from runners.formatting import fixed
from runners.safe_text import clean

Role = Literal[
    "headline",
    "entry",
    "classical-baseline",
    "trivial-baseline",
    "floor",
    "below-floor",
    "classical",
    "good",
    "world-class",
]
ROLES: dict[str, str] = {
    "headline": "our headline",
    "entry": "our other network",
    "classical-baseline": "our classical baseline",
    "trivial-baseline": "our trivial baseline",
    "world-class": "published, world-class",
    "good": "published, good",
    "classical": "published, classical model",
    "floor": "published, trivial baseline",
    "below-floor": "published, worse than a trivial baseline",
}
"""Every mark of the figures, in the order of the legend, with its meaning."""

STRETCH = 2.5
"""How much wider than the scores that matter the axis may get to hold the others."""


@dataclass(frozen=True)
class Item:
    """One score on the strip, on the axis' scale (per cent, not fractions)."""

    label: str
    value: float
    text: str
    """The value as printed beside it."""
    role: Role
    low: float | None = None
    """Lower end of the 95 % interval of the mean, where there is one."""
    high: float | None = None


@dataclass(frozen=True)
class Axis:
    """Range of the strip; `cut_low` and `cut_high` say that something lies beyond an end."""

    low: float
    high: float
    cut_low: bool = False
    cut_high: bool = False

    def place(self, value: float) -> float:
        """Position between 0 and 1, not clipped."""
        return (value - self.low) / (self.high - self.low)


@cache
def templates() -> Environment:
    """The template environment: autoescaped, undefined names are errors, texts cleaned."""
    environment = Environment(
        loader=PackageLoader("portfolio.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # looking after every file costs a third of the time of a large site
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals["mark"] = mark
    return environment


def _finalize(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return clean(value)
    return value


def rendered(template: str, **values: Any) -> Markup:
    """Drawing of a template, whose values have been escaped by it."""
    return Markup(templates().get_template(template).render(values))  # noqa: S704


@cache
def mark(role: str) -> Markup:
    """The mark of a role as a small drawing of its own, for legends and tables."""
    return rendered("mark.svg.j2", role=role)


def axis_of(items: Sequence[Item]) -> Axis:
    """Range that keeps the scores that matter apart.

    The headline and the published scores above trivial baselines always fit; trivial
    baselines and the other entries only while the range stays below `STRETCH` times theirs. The
    rest is drawn as an arrow at the end it lies beyond.
    """
    focus = [item for item in items if item.role in ("headline", "good", "world-class")]
    low, high = _extent(focus or items)
    room = (high - low) * STRETCH
    others = sorted(
        (item for item in items if item not in focus),
        key=lambda item: max(low - item.value, item.value - high),
    )
    for item in others:
        wider = min(low, item.value), max(high, item.value)
        if room == 0 or wider[1] - wider[0] <= room:
            low, high = wider
    if low == high:
        low, high = low - (abs(low) * 0.1 or 1.0), high + (abs(high) * 0.1 or 1.0)
    cut_low = any(item.value < low for item in items)
    cut_high = any(item.value > high for item in items)
    pad = (high - low) * 0.06
    return Axis(low - pad, high + pad, cut_low, cut_high)


def _extent(items: Sequence[Item]) -> tuple[float, float]:
    """Range of the values, and of intervals that are not absurdly wide beside them."""
    values = [item.value for item in items]
    low, high = min(values), max(values)
    reach = (high - low) or math.inf
    for item in items:
        for end in (item.low, item.high):
            if end is not None and abs(end - item.value) <= reach:
                low, high = min(low, end), max(high, end)
    return low, high


def ticks(low: float, high: float, about: int) -> list[tuple[float, str]]:
    """Round numbers (1, 2 or 5 times a power of ten apart) in a range, with their labels."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [(k * step, fixed(k * step, decimals)) for k in range(first, last + 1)]


def strip(
    items: Sequence[Item],
    *,
    caption: str,
    better: Literal["min", "max"],
    name: str,
    title: str,
    narrow: bool = False,
) -> Markup:
    """Every score of a benchmark on one axis, best on top, our 95 % intervals drawn.

    `caption` names metric and unit; `name` makes the ids of the drawing unique on its page.
    The narrow drawing has the label above the mark, for a phone.
    """
    axis = axis_of(items)
    ordered = sorted(items, key=lambda item: item.value, reverse=better == "max")
    left, right = (6, 334) if narrow else (290, 752)
    lane, top = (37, 4) if narrow else (25, 6)
    rows = []
    for i, item in enumerate(ordered):
        y = top + i * lane + (27 if narrow else lane / 2)
        label = shortened(item.label, 34 if narrow else 40)
        rows.append(
            {
                "item": replace(item, label=label),
                "y": y,
                **_placed(item, axis, left, right),
            }
        )
    headline = next((row for row in rows if row["item"].role == "headline"), None)
    description = "; ".join(f"{i.label} {i.text} ({ROLES[i.role]})" for i in ordered)
    drawing = rendered(
        "strip.svg.j2",
        rows=rows,
        headline=headline,
        ticks=[
            (round(left + axis.place(value) * (right - left), 1), label)
            for value, label in ticks(axis.low, axis.high, 4 if narrow else 6)
        ],
        axis=axis,
        left=left,
        right=right,
        bottom=top + len(rows) * lane + 2,
        narrow=narrow,
        caption=caption,
        better=better,
        name=f"{name}-{'narrow' if narrow else 'wide'}",
        title=title,
        desc=f"{description}. {'Lower' if better == 'min' else 'Higher'} is better.",
    )
    return with_data(
        drawing,
        ("what", "kind", caption, "95 % interval from", "to"),
        [(i.label, ROLES[i.role], i.value, i.low, i.high) for i in ordered],
    )


def spark(items: Sequence[Item], *, title: str) -> Markup:
    """The strip on a single line without words, for the scoreboard."""
    axis = axis_of(items)
    order = list(ROLES)
    ordered = sorted(items, key=lambda item: order.index(item.role), reverse=True)
    rows = [{"item": item, "y": 11, **_placed(item, axis, 10, 150)} for item in ordered]
    for row in rows:
        if row["item"].role != "headline":
            row["low"] = row["high"] = None
    inside = [row for row in rows if not row["beyond"]]
    return rendered("spark.svg.j2", rows=inside, axis=axis, title=title)


def _placed(item: Item, axis: Axis, left: float, right: float) -> dict[str, Any]:
    """Where an item's mark and interval go, and whether it lies beyond the axis."""
    place = axis.place(item.value)
    beyond = "low" if place < 0 else "high" if place > 1 else ""
    ends: list[float | None] = [None, None]
    if item.low is not None and item.high is not None and not beyond:
        ends = [
            round(left + min(1.0, max(0.0, axis.place(end))) * (right - left), 1)
            for end in (item.low, item.high)
        ]
    x = round(left + min(1.0, max(0.0, place)) * (right - left), 1)
    return {"x": x, "low": ends[0], "high": ends[1], "beyond": beyond}


def shortened(text: str, limit: int) -> str:
    """Text cut to so many characters, with … for the rest."""
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip(" ,(") + "…"
