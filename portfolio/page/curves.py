"""Learning curves as inline SVG: the range of all repeats as a band, their median as a line."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from markupsafe import Markup

from portfolio.page.figure_data import with_data
from portfolio.page.figures import log_ticks, rendered, ticks
from portfolio.page.spreadsheet import Cell
from runners.formatting import number

POINTS = 90
"""Points a curve is drawn with; more would not be seen."""
LOG_FROM = 20.0
"""Ratio between largest and smallest value from which the axis is logarithmic."""
SIZES = {"wide": (848, 270), "half": (410, 240), "narrow": (350, 220)}
"""Width and height of a drawing over the whole page, over half of it, on a phone."""
Run: TypeAlias = "list[float | None]"
"""A curve of one repeat, epoch by epoch."""
Series: TypeAlias = "tuple[str, list[Run], Run]"
"""Name of a curve, its repeats, and their median."""

Spread: TypeAlias = "tuple[float, ...]"
"""Min, median and max of an epoch over the repeats; empty where none has a value."""


@dataclass(frozen=True)
class TableLine:
    """An epoch of the table below a drawing."""

    epoch: int
    cells: list[list[str]]
    """Of each curve the min, median and max over the repeats."""


@dataclass(frozen=True)
class Curves:
    """Learning curves of one network, or of two drawn together."""

    svg: Markup
    """The drawing, in every size asked for."""
    keys: list[str]
    """Names of the curves."""
    lines: list[TableLine]
    log: bool
    """Whether the axis is logarithmic."""
    repeats: int


def curves(
    repeats: Sequence[Mapping[str, Sequence[Any]]], *, curve: str, entry: str, name: str
) -> Curves | None:
    """Learning curves of all repeats: their range and median; validation dashed.

    `repeats` are histories as records have them; `curve` is a name such as `loss`, whose
    `val_…` partner is drawn with it. Returns the drawing and the numbers of a small table, or
    None where fewer than two epochs were kept.
    """
    series: list[Series] = []
    for key in (curve, f"val_{curve}"):
        runs = _runs(repeats, key)
        if runs:
            series.append((key, runs, median_of(runs)))
    dashed = {key for key, *_ in series if key.startswith("val_")}
    title = curve.replace("_", " ") if dashed else f"training {curve.replace('_', ' ')}"
    return drawn(series, dashed, curve=title, entry=entry, name=name)


def pair(
    one: Sequence[Mapping[str, Sequence[Any]]],
    other: Sequence[Mapping[str, Sequence[Any]]],
    *,
    names: tuple[str, str],
    curve: str,
    name: str,
) -> Curves | None:
    """The same curve of two entries in one drawing, the second dashed; else as `curves`.

    `one` and `other` are their histories; None where either has none of that name.
    """
    runs = [_runs(histories, curve) for histories in (one, other)]
    if not all(runs):
        return None
    series = [(label, own, median_of(own)) for label, own in zip(names, runs, strict=True)]
    return drawn(series, {names[1]}, curve=curve, entry=" and ".join(names), name=name)


def _runs(repeats: Sequence[Mapping[str, Sequence[Any]]], key: str) -> list[Run]:
    return [_run(h[key]) for h in repeats if isinstance(h.get(key), list) and len(h[key]) > 1]


def _run(values: Sequence[Any]) -> Run:
    """A curve with None for what is no finite number; records hold none such."""
    if set(map(type, values)) == {float} and np.isfinite(values).all():
        return list(values)
    return [number(value) for value in values]


def drawn(
    series: Sequence[Series],
    dashed: Collection[str],
    *,
    curve: str,
    entry: str,
    name: str,
    epochs: Sequence[int] = (),
    sizes: Sequence[str] = ("wide", "narrow"),
) -> Curves | None:
    """Series in one drawing, those named in `dashed` dashed; None without a value.

    `curve` is the title of the vertical axis. Values are those after each of `epochs`, which are
    all of them by default.
    """
    at = epochs or range(1, max((len(run) for _, runs, _ in series for run in runs), default=0) + 1)
    spreads = [spread(runs, len(at)) for _, runs, _ in series]
    values = [value for one in spreads for line in one if line for value in (line[0], line[2])]
    if not values:
        return None
    lines = _table(spreads, at)
    last = "; ".join(f"{key} ends at {lines[-1].cells[i][1]}" for i, (key, *_) in enumerate(series))
    repeats = len(series[0][1])
    whose = f"median and range of {repeats} repeats" if repeats > 1 else "one repeat"
    log = min(values) > 0 and max(values) / min(values) > LOG_FROM
    drawings = []
    for size in sizes:
        scale = _Scale.over(values, at, log, *SIZES[size])
        drawings.append(
            rendered(
                "curves.svg.j2",
                size=size,
                series=[
                    {
                        "band": scale.band(one) if len(runs) > 1 else "",
                        "strong": scale.path(median),
                        "dashed": key in dashed,
                    }
                    for (key, runs, median), one in zip(series, spreads, strict=True)
                ],
                scale=scale,
                entry=entry,
                curve=curve,
                name=f"{name}-{size}",
                desc=f"{whose} over {at[-1]} epochs; {last}. "
                f"{'Logarithmic' if log else 'Linear'} axis.",
            )
        )
    numbers: list[tuple[Cell, ...]] = [
        (epoch, key, *(f"{value:.6g}" for value in line))
        for (key, *_), one in zip(series, spreads, strict=True)
        for epoch, line in zip(at, one, strict=True)
    ]
    first = with_data(drawings[0], ("epoch", "curve", "min", "median", "max"), numbers)
    return Curves(
        svg=Markup("").join([first, *drawings[1:]]),
        keys=[key for key, *_ in series],
        lines=lines,
        log=log,
        repeats=repeats,
    )


@dataclass(frozen=True)
class _Scale:
    """From epoch and value to the points of a drawing."""

    low: float
    high: float
    epochs: Sequence[int]
    log: bool
    width: int
    height: int

    @classmethod
    def over(
        cls, values: Sequence[float], epochs: Sequence[int], log: bool, width: int, height: int
    ) -> _Scale:
        low, high = min(values), max(values)
        if low == high:
            low, high = low - 0.5, high + 0.5
        pad = 0.0 if log else (high - low) * 0.05
        return cls(low - pad, high + pad, epochs, log, width, height)

    @property
    def left(self) -> int:
        return 50

    @property
    def right(self) -> int:
        return self.width - 14

    @property
    def top(self) -> int:
        return 24

    @property
    def bottom(self) -> int:
        return self.height - 36

    def x(self, epoch: float) -> float:
        """Epochs count from 1."""
        share = (epoch - 1) / max(1, self.epochs[-1] - 1)
        return round(self.left + share * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        value, low, high = (
            (math.log10(v) for v in (value, self.low, self.high))
            if self.log
            else (value, self.low, self.high)
        )
        return round(self.bottom - (value - low) / (high - low) * (self.bottom - self.top), 1)

    def path(self, run: Sequence[float | None]) -> str:
        """Polyline through at most `POINTS` of the values; a gap where one is missing."""
        words, pen = [], "M"
        for i in _subsampled(len(run)):
            value = run[i]
            if value is None:
                pen = "M"
                continue
            words.append(f"{pen}{self.x(self.epochs[i]):g} {self.y(value):g}")
            pen = "L"
        return "".join(words)

    def band(self, spreads: Sequence[Spread]) -> str:
        """The area between the smallest and the largest value of the repeats."""
        last = max((place for place, line in enumerate(spreads, 1) if line), default=0)
        ends = [
            (self.x(self.epochs[i]), self.y(spreads[i][0]), self.y(spreads[i][2]))
            for i in _subsampled(last)
            if spreads[i]
        ]
        there = [f"{x:g} {low:g}" for x, low, _ in ends]
        back = [f"{x:g} {high:g}" for x, _, high in reversed(ends)]
        return f"M{'L'.join(there + back)}z"

    @property
    def y_ticks(self) -> list[tuple[float, str]]:
        if not self.log:
            return [(self.y(v), label) for v, label in ticks(self.low, self.high, 6)]
        return [(self.y(v), _short(v)) for v in log_ticks(self.low, self.high, 6)]

    @property
    def x_ticks(self) -> list[tuple[float, str]]:
        about, last = (8 if self.width > 500 else 4), self.epochs[-1]
        marks = ticks(1, last, about) if last > 1 else []
        inner = [tick for tick in marks if tick[0] == int(tick[0]) and tick[0] > 1]
        return [(self.x(1), "1"), *((self.x(v), f"{v:g}") for v, _ in inner)]


def _subsampled(count: int) -> list[int]:
    """At most `POINTS` places of so many, evenly spaced, with the first and the last."""
    last = count - 1
    steps = min(POINTS, last)
    return sorted({round(i * last / steps) for i in range(steps + 1)}) if last else [0]


def _short(value: float) -> str:
    """A tick of a logarithmic axis that fits beside it."""
    return f"{value:g}" if value >= 0.001 else f"{value:.0e}".replace("e-0", "e-")


def median_of(runs: Sequence[Sequence[float | None]]) -> list[float | None]:
    """Median at each epoch that at least half of the repeats reached."""
    counts, _, medians, _ = _over_repeats(runs, max(map(len, runs)))
    pairs = zip(counts, medians, strict=True)
    return [median if 2 * count >= len(runs) else None for count, median in pairs]


def spread(runs: Sequence[Sequence[float | None]], epochs: int) -> list[Spread]:
    """Min, median and max over the repeats of their values at each epoch; () without any."""
    rows = zip(*_over_repeats(runs, epochs), strict=True)
    return [(low, median, high) if count else () for count, low, median, high in rows]


def _over_repeats(
    runs: Sequence[Sequence[float | None]], epochs: int
) -> tuple[list[int], list[float], list[float], list[float]]:
    """How many repeats have a value at each epoch, its min, median and max."""
    table = np.full((len(runs), epochs), np.nan)
    for row, run in zip(table, runs, strict=True):
        row[: len(run)] = run[:epochs]  # None becomes NaN
    ordered = np.sort(table, axis=0)  # NaN last
    count = len(runs) - np.isnan(table).sum(axis=0)
    last = np.maximum(count - 1, 0)
    at = np.arange(epochs)
    median = (ordered[last // 2, at] + ordered[(last + 1) // 2, at]) / 2
    return count.tolist(), ordered[0].tolist(), median.tolist(), ordered[last, at].tolist()


def _table(spreads: Sequence[Sequence[Spread]], epochs: Sequence[int]) -> list[TableLine]:
    """Min, median and max at a few epochs, for the table below the drawing."""
    last = len(epochs)
    chosen = sorted({1, *(round(last * part) for part in (0.1, 0.25, 0.5, 1))} - {0})
    return [
        TableLine(
            epochs[place - 1],
            [[f"{v:.4g}" for v in one[place - 1]] or ["—"] * 3 for one in spreads],
        )
        for place in chosen
    ]
