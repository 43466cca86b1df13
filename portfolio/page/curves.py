"""Learning curves as inline SVG: every repeat faint, their median strong."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from markupsafe import Markup

from portfolio.page.figure_data import with_data
from portfolio.page.figures import rendered, ticks
from portfolio.page.spreadsheet import Cell
from runners.formatting import number

POINTS = 90
"""Points a curve is drawn with; more would not be seen."""
LOG_FROM = 20.0
"""Ratio between largest and smallest value from which the axis is logarithmic."""
Run: TypeAlias = "list[float | None]"
"""A curve of one repeat, epoch by epoch."""


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
    keys: list[str]
    """Names of the curves."""
    lines: list[TableLine]
    log: bool
    """Whether the axis is logarithmic."""
    repeats: int


def curves(
    repeats: Sequence[Mapping[str, Sequence[Any]]], *, curve: str, entry: str, name: str
) -> Curves | None:
    """Learning curves of all repeats, faint, with their median; validation dashed.

    `repeats` are histories as records have them; `curve` is a name such as `loss`, whose
    `val_…` partner is drawn with it. Returns the drawing and the numbers of a small table, or
    None where fewer than two epochs were kept.
    """
    series = []
    for key in (curve, f"val_{curve}"):
        runs = _runs(repeats, key)
        if runs:
            series.append((key, runs, _median(runs)))
    dashed = {key for key, *_ in series if key.startswith("val_")}
    return _drawing(series, dashed, curve=curve, entry=entry, name=name)


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
    series = [(label, own, _median(own)) for label, own in zip(names, runs, strict=True)]
    return _drawing(series, {names[1]}, curve=curve, entry=" and ".join(names), name=name)


def _runs(repeats: Sequence[Mapping[str, Sequence[Any]]], key: str) -> list[Run]:
    runs = [[number(v) for v in h[key]] for h in repeats if isinstance(h.get(key), list)]
    return [run for run in runs if len(run) > 1]


def _drawing(
    series: Sequence[tuple[str, list[Run], Run]],
    dashed: Collection[str],
    *,
    curve: str,
    entry: str,
    name: str,
) -> Curves | None:
    if not series:
        return None
    values = [v for _, runs, _ in series for run in runs for v in run if v is not None]
    epochs = max(len(run) for _, runs, _ in series for run in runs)
    if not values:
        return None
    scale = _Scale.over(values, epochs)
    polylines = [
        {
            "key": key,
            "faint": " ".join(scale.path(run) for run in runs) if len(runs) > 1 else "",
            "strong": scale.path(median),
            "dashed": key in dashed,
        }
        for key, runs, median in series
    ]
    lines = _table(series, epochs)
    last = "; ".join(f"{key} ends at {lines[-1].cells[i][1]}" for i, (key, *_) in enumerate(series))
    drawing = rendered(
        "curves.svg.j2",
        series=polylines,
        scale=scale,
        epochs=epochs,
        entry=entry,
        curve=curve,
        name=name,
        desc=f"{len(series[0][1])} repeats faint, their median strong, over {epochs} epochs; {last}"
        f" (median). {'Logarithmic' if scale.log else 'Linear'} axis.",
    )
    numbers: list[tuple[Cell, ...]] = [
        (epoch, key, *(f"{value:.6g}" for value in _spread(runs, epoch)))
        for key, runs, median in series
        for epoch in range(1, len(median) + 1)
    ]
    return Curves(
        svg=with_data(drawing, ("epoch", "curve", "min", "median", "max"), numbers),
        keys=[key for key, *_ in series],
        lines=lines,
        log=scale.log,
        repeats=len(series[0][1]),
    )


@dataclass(frozen=True)
class _Scale:
    """From epoch and value to the drawing's 360 by 210 points."""

    low: float
    high: float
    epochs: int
    log: bool

    @classmethod
    def over(cls, values: Sequence[float], epochs: int) -> _Scale:
        low, high = min(values), max(values)
        log = low > 0 and high / low > LOG_FROM
        if low == high:
            low, high = low - 0.5, high + 0.5
        pad = 0.0 if log else (high - low) * 0.05
        return cls(low - pad, high + pad, epochs, log)

    def x(self, epoch: float) -> float:
        """Epochs count from 1."""
        return round(44 + (epoch - 1) / max(1, self.epochs - 1) * 300, 1)

    def y(self, value: float) -> float:
        value, low, high = (
            (math.log10(v) for v in (value, self.low, self.high))
            if self.log
            else (value, self.low, self.high)
        )
        return round(178 - (value - low) / (high - low) * 166, 1)

    def path(self, run: Sequence[float | None]) -> str:
        """Polyline through at most `POINTS` of the values; a gap where one is missing."""
        last = len(run) - 1
        points = sorted({round(i * last / min(POINTS, last)) for i in range(min(POINTS, last) + 1)})
        words, pen = [], "M"
        for i in points:
            value = run[i]
            if value is None:
                pen = "M"
                continue
            words.append(f"{pen}{self.x(i + 1):g} {self.y(value):g}")
            pen = "L"
        return "".join(words)

    @property
    def y_ticks(self) -> list[tuple[float, str]]:
        if not self.log:
            return [(self.y(v), label) for v, label in ticks(self.low, self.high, 4)]
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        decades = range(first, last + 1, max(1, (last - first) // 6))
        factors = (1,) if math.log10(self.high / self.low) > 2 else (1, 2, 5)
        values = [factor * 10.0**decade for decade in decades for factor in factors]
        return [(self.y(v), _short(v)) for v in values if self.low <= v <= self.high]

    @property
    def x_ticks(self) -> list[tuple[float, str]]:
        inner = [
            tick for tick in ticks(1, self.epochs, 4) if tick[0] == int(tick[0]) and tick[0] > 1
        ]
        return [(self.x(1), "1"), *((self.x(v), f"{v:g}") for v, _ in inner)]


def _short(value: float) -> str:
    """A tick of a logarithmic axis that fits beside it."""
    return f"{value:g}" if value >= 0.001 else f"{value:.0e}".replace("e-0", "e-")


def _median(runs: Sequence[Sequence[float | None]]) -> list[float | None]:
    """Median at each epoch that at least half of the repeats reached."""
    median: list[float | None] = []
    for epoch in range(max(len(run) for run in runs)):
        values = [v for run in runs if epoch < len(run) and (v := run[epoch]) is not None]
        median.append(statistics.median(values) if 2 * len(values) >= len(runs) else None)
    return median


def _spread(runs: Sequence[Run], epoch: int) -> tuple[float, ...]:
    """Min, median and max over the repeats at an epoch; empty where none reached it."""
    values = [v for run in runs if epoch <= len(run) and (v := run[epoch - 1]) is not None]
    return (min(values), statistics.median(values), max(values)) if values else ()


def _table(series: Sequence[tuple[str, Any, Any]], epochs: int) -> list[TableLine]:
    """Min, median and max at a few epochs, for the table below the drawing."""
    chosen = sorted({1, *(round(epochs * part) for part in (0.1, 0.25, 0.5, 1))} - {0})
    lines = []
    for epoch in chosen:
        cells = []
        for _, runs, _median_run in series:
            cells.append([f"{v:.4g}" for v in _spread(runs, epoch)] or ["—"] * 3)
        lines.append(TableLine(epoch, cells))
    return lines
