"""Step 3: score against the time of training and of predicting, with the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portfolio.page.figure_data import with_data
from portfolio.page.figures import Axis, Item, axis_of, log_ticks, rendered, shortened
from portfolio.page.views.algorithms import EntryView
from runners import formatting
from runners.formatting import NARROW
from runners.results.access import metric_of
from runners.results.types import BenchmarkResult

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 410, 260, 48, 398, 26, 222
BELOW = (-6, 4, 15, -17, 26, -28, 37, -39)
"""How far below its mark the base line of a name may lie, the best place first, in points."""
TimeOf = Callable[[EntryView], float | None]


@dataclass(frozen=True)
class ParetoFigure:
    """Score against one kind of time."""

    svg: Markup
    claim: str
    """Who is on the front, in a sentence."""


def pareto(
    benchmark: BenchmarkResult, entries: Sequence[EntryView], name: str
) -> list[ParetoFigure]:
    """Score against training time and against prediction time; [] of fewer than two entries.

    Trivial baselines are left out. `name` makes the ids of the drawings unique on their page.
    """
    able = [entry for entry in entries if entry["score"] and not entry["floor"]]
    times: tuple[tuple[str, str, TimeOf, Callable[[float], str]], ...] = (
        ("training", "training time", _training, _seconds),
        ("predicting", "prediction time a row", _predicting, _milliseconds),
    )
    figures = []
    for key, what, time_of, text in times:
        timed = [(time, entry) for entry in able if (time := time_of(entry))]
        if len(timed) > 1:
            figures.append(_figure(benchmark, timed, what, text, f"{name}-{key}"))
    return figures


def _training(entry: EntryView) -> float | None:
    """Seconds of one training; those too short to be measured count as a millisecond."""
    seconds, count = entry["seconds"], len(entry["repeats"])
    return max(seconds / count, 1e-3) if seconds is not None and count else None


def _predicting(entry: EntryView) -> float | None:
    """Milliseconds a row."""
    return entry["predict_ms_a_row"]


def front(points: Sequence[tuple[float, float]], better: str) -> list[int]:
    """Places of the points (time, score) that no other is as good as in as little time."""
    sign = 1 if better == "max" else -1
    order = sorted(range(len(points)), key=lambda i: (points[i][0], -sign * points[i][1]))
    chosen: list[int] = []
    for i in order:
        if not chosen or sign * points[i][1] > sign * points[chosen[-1]][1]:
            chosen.append(i)
    return chosen


def _figure(
    benchmark: BenchmarkResult,
    timed: Sequence[tuple[float, EntryView]],
    what: str,
    text: Callable[[float], str],
    name: str,
) -> ParetoFigure:
    metric = metric_of(benchmark)
    better = metric["direction"]
    perfect = 0.0 if better == "min" else 100.0 if formatting.is_fraction(metric) else None
    items = [
        Item(entry["name"], formatting.shown(entry["score"]["mean"], metric), "", entry["role"])
        for _, entry in timed
        if entry["score"]
    ]
    axis = axis_of(items, better, perfect)
    times = [time for time, _ in timed]
    low, high = math.log10(min(times)) - 0.12, math.log10(max(times)) + 0.12
    points = [
        (_x(time, low, high), _y(item.value, axis)) for time, item in zip(times, items, strict=True)
    ]
    best = front([(t, item.value) for t, item in zip(times, items, strict=True)], better)
    steps = "".join(
        f"M{x:g} {y:g}" if not i else f"H{x:g}V{y:g}"
        for i, (x, y) in enumerate(points[place] for place in best)
    )
    names = formatting.listed([items[place].label for place in best])
    label = ", ".join(filter(None, [formatting.metric_label(metric), formatting.unit(metric)]))
    claim = f"Best score for its {what}, from the fastest on: {names}."
    svg = rendered(
        "pareto.svg.j2",
        box=(LEFT, RIGHT, TOP, BOTTOM, WIDTH, HEIGHT),
        marks=[
            {"item": item, "x": x, "y": y, "on": place in best, **position}
            for place, (item, (x, y), position) in enumerate(
                zip(items, points, _labels(points, items), strict=True)
            )
        ],
        front=steps + f"H{RIGHT}",
        x_ticks=[(_x(v, low, high), text(v)) for v in log_ticks(10**low, 10**high, 4)],
        y_ticks=[(round(BOTTOM - p * (BOTTOM - TOP), 1), words) for p, words in axis.ticks(5)],
        x_label=f"{what}, logarithmic",
        y_label=f"{label}, {'lower' if better == 'min' else 'higher'} is better",
        title=f"Score against {what}",
        desc=claim
        + " "
        + "; ".join(
            f"{entry['name']} {entry['mean_text']} in {text(float(f'{t:.2g}'))}"
            for t, entry in timed
        ),
        name=name,
    )
    unit = "s" if what.startswith("training") else "ms"
    numbers = [
        (item.label, time, item.value, "yes" if place in best else "no")
        for place, (time, item) in enumerate(zip(times, items, strict=True))
    ]
    return ParetoFigure(
        with_data(svg, ("entry", f"{what}, {unit}", label, "on the front"), numbers), claim
    )


def _x(time: float, low: float, high: float) -> float:
    return round(LEFT + (math.log10(time) - low) / (high - low) * (RIGHT - LEFT), 1)


def _y(value: float, axis: Axis) -> float:
    return round(BOTTOM - axis.place(value) * (BOTTOM - TOP), 1)


def _labels(
    points: Sequence[tuple[float, float]], items: Sequence[Item]
) -> list[dict[str, float | str]]:
    """Where names go: beside their marks, at the first place that covers no mark and no name."""
    taken = [(x - 7, x + 7, y - 5, y + 5) for x, y in points]
    labels: list[dict[str, float | str]] = []
    for (x, y), item in zip(points, items, strict=True):
        text = shortened(item.label, 24)
        width = 6.6 * len(text)
        places = [
            (start, y + below)
            for below in BELOW
            for start in (x + 9, x - 9 - width)
            if LEFT < start < RIGHT + 10 - width and TOP + 8 < y + below < BOTTOM - 2
        ]
        free = [
            (start, base)
            for start, base in places
            if not any(
                start < e and s < start + width and base - 10 < low and high < base + 2
                for s, e, high, low in taken
            )
        ]
        start, base = next(iter(free or places), (x + 9, y + 4))
        taken.append((start, start + width, base - 10, base + 2))
        end = start < x
        labels.append(
            {
                "text": text,
                "tx": round(start + width if end else start, 1),
                "ty": round(base, 1),
                "anchor": "end" if end else "start",
            }
        )
    return labels


def _seconds(value: float) -> str:
    """A time of training on the axis."""
    return f"{1000 * value:g}{NARROW}ms" if value < 0.1 else f"{value:g}{NARROW}s"


def _milliseconds(value: float) -> str:
    """A time of predicting on the axis."""
    return f"{value:g}{NARROW}ms"
