"""Small drawings as SVG: axes, lines, dots and bars, drawn by one template."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from portfolio.page.figure_data import with_data
from portfolio.page.figures import rendered, ticks
from runners.formatting import MINUS, count, fixed
from runners.formatting import per_cent as per_cent

Point = tuple[float, float]
RULES = ("x-even", "x-rule")
"""Lines that are no data: a diagonal, a division."""


@dataclass
class Plot:
    """A drawing in the making: ranges of its axes, then layers from back to front."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: int = 340
    height: int = 230
    left: int = 46
    bottom: int = 36
    x_about: int = 5
    y_about: int = 4
    y_axis: bool = True
    per_cent: bool = False
    """Whether both axes are fractions, labelled in per cent."""
    layers: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[tuple[str, float, float | None, float]] = field(default_factory=list)
    """What is drawn: kind of layer, x, where a bar ends, y."""
    words: list[dict[str, Any]] = field(default_factory=list)

    def at(self, x: float, y: float) -> Point:
        """Where a pair of values goes."""
        right, top = self.width - 12, 18 if self.y_axis else 6
        (x0, x1), (y0, y1) = self.x, self.y
        low = self.height - self.bottom
        return (
            round(self.left + (x - x0) / (x1 - x0) * (right - self.left), 1),
            round(low - (y - y0) / (y1 - y0) * (low - top), 1),
        )

    def line(self, kind: str, points: Sequence[Point]) -> None:
        """A polyline."""
        placed = [self.at(x, y) for x, y in points]
        self.numbers += [(kind, x, None, y) for x, y in points]
        self.layers.append({"kind": kind, "d": "M" + "L".join(f"{x:g} {y:g}" for x, y in placed)})

    def dots(self, kind: str, points: Sequence[Point]) -> None:
        """Dots of one size, as a single path of points with round ends."""
        self.numbers += [(kind, x, None, y) for x, y in points]
        placed = [self.at(x, y) for x, y in points]
        self.layers.append({"kind": kind, "d": "".join(f"M{x:g} {y:g}h0" for x, y in placed)})

    def circles(self, kind: str, points: Sequence[tuple[float, float, float]]) -> None:
        """Circles, each with its radius in the drawing's units."""
        self.numbers += [(kind, x, None, y) for x, y, _ in points]
        placed = [(*self.at(x, y), round(r, 1)) for x, y, r in points]
        self.layers.append({"kind": kind, "circles": placed})

    def bars(
        self, kind: str, edges: Sequence[tuple[float, float]], heights: Sequence[float]
    ) -> None:
        """Bars between edges, standing on the lower end of the axis."""
        parts = []
        self.numbers += [(kind, a, b, h) for (a, b), h in zip(edges, heights, strict=True)]
        for (a, b), h in zip(edges, heights, strict=True):
            if h:
                (x0, top), (x1, low) = self.at(a, h), self.at(b, self.y[0])
                gap = min(0.6, (x1 - x0) / 4)
                parts.append(f"M{x0 + gap:g} {low:g}V{top:g}H{x1 - gap:g}V{low:g}z")
        self.layers.append({"kind": kind, "d": "".join(parts)})

    def word(self, x: float, y: float, text: str, anchor: str = "start") -> None:
        """A word at a place given in values."""
        px, py = self.at(x, y)
        self.words.append({"x": px, "y": py, "text": text, "anchor": anchor})

    def render(
        self, *, name: str, title: str, desc: str, x_label: str, y_label: str = "", kind: str = ""
    ) -> Markup:
        """The drawing; `name` makes its ids unique on a page."""

        def labelled(low: float, high: float, about: int) -> list[tuple[float, str]]:
            if not self.per_cent:
                return ticks(low, high, about)
            return [(v, fixed(100 * v, 0)) for v, _ in ticks(low, high, about)]

        drawing = rendered(
            "exhibits/plot.svg.j2",
            plot=self,
            x_ticks=[(self.at(v, 0)[0], t) for v, t in labelled(*self.x, self.x_about)],
            y_ticks=[(self.at(0, v)[1], t) for v, t in labelled(*self.y, self.y_about)],
            low=self.height - self.bottom,
            right=self.width - 12,
            name=name,
            title=title,
            desc=desc,
            x_label=x_label,
            y_label=y_label,
            kind=kind,
        )
        return self._with_numbers(drawing, x_label or "x", y_label or "y")

    def _with_numbers(self, drawing: Markup, x_label: str, y_label: str) -> Markup:
        """The drawing with a table of what it shows: a line a point or bar, of every layer."""
        scale = 100 if self.per_cent else 1
        shown = [one for one in self.numbers if one[0] not in RULES]
        bars = any(end is not None for _, _, end, _ in shown)
        header = ("series", x_label, *(("to",) if bars else ()), y_label)
        rows = [
            (kind.removeprefix("x-"), *(v and scale * v for v in ((x, end, y) if bars else (x, y))))
            for kind, x, end, y in shown
        ]
        return with_data(drawing, header, rows)


def padded(values: Sequence[float], part: float = 0.04) -> tuple[float, float]:
    """A range around values, a little wider; of one value, around it."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - (abs(low) * 0.1 or 1.0), high + (abs(high) * 0.1 or 1.0)
    room = (high - low) * part
    return low - room, high + room


def edges_of(histogram: dict[str, Any]) -> list[tuple[float, float]]:
    """Both ends of every bar of a kept histogram."""
    counts = histogram["counts"]
    if "edges" in histogram:
        low, high = histogram["edges"]
        step = (high - low) / len(counts)
        return [(low + i * step, low + (i + 1) * step) for i in range(len(counts))]
    values = histogram["values"]
    gaps = [b - a for a, b in pairwise(values)]
    half = 0.4 * min(gaps) if gaps else 0.4
    return [(v - half, v + half) for v in values]


def spark_bars(histogram: dict[str, Any], width: int = 72, height: int = 18) -> Markup:
    """A histogram without words, for a table whose cells say the rest."""
    counts = histogram["counts"]
    most, step = max(counts), width / len(counts)
    parts = []
    for i, n in enumerate(counts):
        if n:
            tall = max(1.0, (height - 1) * n / most)
            parts.append(
                f"M{i * step + 0.4:.1f} {height - 0.5}v{-tall:.1f}h{step - 0.8:.1f}v{tall:.1f}z"
            )
    return rendered("exhibits/spark.svg.j2", width=width, height=height, d="".join(parts))


def value(number: float | str, digits: int = 4) -> str:
    """A value as a reader writes it: so many significant digits at least, no exponent."""
    if isinstance(number, str):
        return number
    if number == 0:
        return "0"
    if float(number).is_integer() and abs(number) < 1e15:
        integer = count(abs(number)) if abs(number) >= 10_000 else f"{abs(number):.0f}"
        return (MINUS if number < 0 else "") + integer
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(number))))
    if decimals > 12:
        mantissa, _, power = f"{number:.{digits - 1}e}".partition("e")
        return f"{mantissa} × 10^{int(power)}".replace("-", MINUS)
    text = fixed(number, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text
