"""Figures as inline SVG: geometry here, drawing in `templates/*.svg.j2`, colours in the page's CSS.

Ours is filled, published is hollow; the shape says which level. No meaning depends on colour alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from portfolio.page.figure_data import with_data
from runners.formatting import NARROW, fixed
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

TRIVIAL = ("trivial-baseline", "floor", "below-floor")
"""Roles that the axis may be broken for."""
STRETCH = 2.5
"""How much wider than the scores that matter the axis may get to hold the others."""
APART = 5.0
"""Ratio between the largest and the smallest error from which the axis may be logarithmic."""
CHARACTERS = 7
"""Characters of a tick on average from which every other one is left out."""
BREAK = 40
"""Room beyond a break of the axis, in points."""


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
    """Range of the strip; `cut_low` and `cut_high` say that it is broken at an end."""

    low: float
    high: float
    """Ends as `scaled` values."""
    cut_low: bool = False
    cut_high: bool = False
    perfect: float | None = None
    """The score without any error, where distances from it are drawn by their logarithm."""
    side: int = 1
    """Whether scores lie above (1) or below (-1) the perfect one."""

    def scaled(self, value: float) -> float:
        """A score as the axis has it: itself, or the logarithm of its error."""
        if self.perfect is None:
            return value
        return self.side * math.log10(max(self.side * (value - self.perfect), 1e-300))

    def place(self, value: float) -> float:
        """Position between 0 and 1, not clipped."""
        return (self.scaled(value) - self.low) / (self.high - self.low)

    def ticks(self, about: int) -> list[tuple[float, str]]:
        """Round scores with their positions and labels, so many or a few more."""
        if self.perfect is None:
            marks = ticks(self.low, self.high, about)
            if sum(len(label) for _, label in marks) > CHARACTERS * about:
                marks = marks[::2]
            return [(self.place(v), label) for v, label in marks]
        low, high = sorted(10.0 ** (self.side * end) for end in (self.low, self.high))
        scores = sorted(self.perfect + self.side * error for error in log_ticks(low, high, about))
        return [(self.place(score), f"{round(score, 12):g}") for score in scores]


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
    environment.filters["compact"] = compact
    return environment


@cache  # all pages of a kind share it
def compact(css: str) -> Markup:
    """A style sheet of the templates without the spaces that only its reader needs."""
    text = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    text = re.sub(r"\s*([{};,])\s*|(?<=[\w-]:)\s+(?=[^{}]*;)", r"\1", text)
    return Markup(text.replace(";}", "}"))  # noqa: S704


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


def axis_of(
    items: Sequence[Item],
    better: Literal["min", "max"] = "min",
    perfect: float | None = None,
    others: Sequence[Item] = (),
) -> Axis:
    """Range of all scores but trivial baselines, which lie beyond a break where they are far off.

    It holds the best of `others` too, published under other conditions, unless that is much further
    off than all else is wide. Where the headline and the published scores would be left less than a
    part in `STRETCH` of it, and errors are `APART` times as large as others, the axis is
    logarithmic in the distance from the `perfect` score.
    """
    inside = [item for item in items if item.role not in TRIVIAL] or [*items]
    low, high = _extent(inside)
    for item in [(max if better == "max" else min)(others, key=_value)] if others else []:
        if low == high or max(low - item.value, item.value - high) < (high - low) * STRETCH:
            inside.append(item)
    focus = [item for item in inside if item.role in ("headline", "good", "world-class")]
    axis = _logarithmic(inside, focus or inside, better, perfect) or Axis(*_extent(inside))
    room = (axis.high - axis.low) * STRETCH
    trivial = [axis.scaled(item.value) for item in items if item not in inside]
    for value in sorted(trivial, key=lambda value: max(axis.low - value, value - axis.high)):
        wider = min(axis.low, value), max(axis.high, value)
        if room == 0 or wider[1] - wider[0] <= room:
            axis = replace(axis, low=wider[0], high=wider[1])
    if axis.low == axis.high:
        margin = abs(axis.low) * 0.1 or 1.0
        axis = replace(axis, low=axis.low - margin, high=axis.high + margin)
    pad = (axis.high - axis.low) * 0.06
    return replace(
        axis,
        low=axis.low - pad,
        high=axis.high + pad,
        cut_low=any(value < axis.low for value in trivial),
        cut_high=any(value > axis.high for value in trivial),
    )


def _logarithmic(
    inside: Sequence[Item],
    focus: Sequence[Item],
    better: Literal["min", "max"],
    perfect: float | None,
) -> Axis | None:
    """The axis of errors by their logarithm, where a linear one would crowd the focus."""
    (low, high), (start, end) = _extent(focus), _extent(inside)
    if perfect is None or end - start <= STRETCH * (high - low):
        return None
    side = 1 if better == "min" else -1
    errors = [side * (item.value - perfect) for item in inside]
    if min(errors) <= 0 or max(errors) < APART * min(errors):
        return None
    low, high = sorted(side * math.log10(error) for error in (min(errors), max(errors)))
    return Axis(low, high, perfect=perfect, side=side)


def _value(item: Item) -> float:
    return item.value


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


def log_ticks(low: float, high: float, about: int) -> list[float]:
    """Powers of ten in a range above 0; where they are few, 2 and 5 times them too."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    few = math.log10(high / low) < about / 2
    values = [factor * 10.0**d for d in decades for factor in ((1, 2, 5) if few else (1,))]
    values = [value for value in values if low <= value <= high]
    return values[:: max(1, round(len(values) / about))]


def strip(
    items: Sequence[Item],
    *,
    caption: str,
    better: Literal["min", "max"],
    name: str,
    title: str,
    narrow: bool = False,
    perfect: float | None = None,
    others: Sequence[Item] = (),
) -> Markup:
    """Every score of a benchmark on one axis, best on top, our 95 % intervals drawn.

    `caption` names metric and unit; `name` makes the ids of the drawing unique on its page;
    `perfect` is as for `axis_of`. `others` are published under other conditions: ticks in a lane
    of their own. The narrow drawing has the label above the mark, for a phone.
    """
    axis = axis_of(items, better, perfect, others)
    ordered = sorted(items, key=_value, reverse=better == "max")
    left, right = (6, 334) if narrow else (290, 752)
    lane, top = (37, 4) if narrow else (25, 6)
    span = _span(axis, left, right, BREAK)
    rows = []
    for i, item in enumerate(ordered):
        y = top + i * lane + (27 if narrow else lane / 2)
        label = shortened(item.label, 34 if narrow else 40)
        rows.append(
            {
                "item": replace(item, label=label),
                "text": item.text.replace(NARROW, " ").partition(" ")[0],  # the axis has the unit
                "y": y,
                **_placed(item, axis, *span),
            }
        )
    headline = next((row for row in rows if row["item"].role == "headline"), None)
    description = "; ".join(f"{i.label} {i.text} ({ROLES[i.role]})" for i in ordered)
    lanes = len(rows) + bool(others)
    drawing = rendered(
        "strip.svg.j2",
        rows=rows,
        headline=headline,
        ticks=[
            (round(span[0] + place * (span[1] - span[0]), 1), label)
            for place, label in axis.ticks(4 if narrow else 6)
        ],
        axis=axis,
        left=left,
        right=right,
        span=span,
        bottom=top + lanes * lane + 2,
        others=_ticked(others, axis, *span),
        beyond=len(others) - len(_ticked(others, axis, *span)),
        below=top + len(rows) * lane + (27 if narrow else lane / 2),
        narrow=narrow,
        caption=caption + _LOGARITHMIC.get(axis.perfect, ""),
        better=better,
        name=f"{name}-{'narrow' if narrow else 'wide'}",
        title=title,
        desc=f"{description}. {'Lower' if better == 'min' else 'Higher'} is better."
        + _of_others(others),
    )
    return with_data(
        drawing,
        ("what", "kind", caption, "95 % interval from", "to"),
        [(i.label, ROLES[i.role], i.value, i.low, i.high) for i in ordered]
        + [(i.label, "published under other conditions", i.value, None, None) for i in others],
    )


_LOGARITHMIC: dict[float | None, str] = {0.0: " (logarithmic)", 100.0: " (log of the error)"}
"""What a logarithmic axis is, by the perfect score."""


def _of_others(others: Sequence[Item]) -> str:
    if not others:
        return ""
    ends = [pick(others, key=_value).text for pick in (min, max)]
    return f" {len(others)} published under other conditions, from {ends[0]} to {ends[1]}."


def spark(
    items: Sequence[Item],
    *,
    title: str,
    better: Literal["min", "max"] = "min",
    perfect: float | None = None,
    others: Sequence[Item] = (),
) -> Markup:
    """The strip on a single line without words, for the scoreboard; `others` are ticks below it."""
    axis = axis_of(items, better, perfect, others)
    order, y = list(ROLES), 8 if others else 11
    ordered = sorted(items, key=lambda item: order.index(item.role), reverse=True)
    rows = [
        {"item": item, "mark": order.index(item.role), **_placed(item, axis, 10, 150)}
        for item in ordered
    ]
    for row in rows:
        if row["item"].role != "headline":
            row["low"] = row["high"] = None
    places = sorted({round(x) for x, _ in _ticked(others, axis, 10, 150)})
    return rendered(
        "spark.svg.j2",
        rows=[row for row in rows if not row["beyond"]],
        y=y,
        others="".join(f"M{x} 17v4" for x in places),
        axis=axis,
        title=title,
    )


def _span(axis: Axis, left: float, right: float, room: float) -> tuple[float, float]:
    """The part of a strip that the axis has, with room for what lies beyond a break."""
    return left + room * axis.cut_low, right - room * axis.cut_high


def _ticked(
    others: Sequence[Item], axis: Axis, left: float, right: float
) -> list[tuple[float, Item]]:
    """Scores published under other conditions that the axis holds, with their places."""
    places = [(axis.place(item.value), item) for item in others]
    return [(round(left + p * (right - left), 1), item) for p, item in places if 0 <= p <= 1]


def _placed(item: Item, axis: Axis, left: float, right: float) -> dict[str, Any]:
    """Where an item's mark and interval go, and whether it lies beyond a break of the axis."""
    place = axis.place(item.value)
    beyond = "low" if place < 0 else "high" if place > 1 else ""
    ends: list[float | None] = [None, None]
    if item.low is not None and item.high is not None and not beyond:
        ends = [
            round(left + min(1.0, max(0.0, axis.place(end))) * (right - left), 1)
            for end in (item.low, item.high)
        ]
    x = left + place * (right - left)
    if beyond:
        x = left - BREAK / 2 if beyond == "low" else right + BREAK / 2
    return {"x": round(x, 1), "low": ends[0], "high": ends[1], "beyond": beyond}


def shortened(text: str, limit: int) -> str:
    """Text cut to so many characters, with … for the rest."""
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip(" ,(") + "…"
