"""What a benchmark's headline scored over time: the line, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portfolio.page import figure_data, figures
from portfolio.page.spreadsheet import Cell
from runners import formatting
from runners.results.types import BenchmarkResult, HistoryResult, Metric

MOST = 40
"""Results drawn; the newest, where there are more."""
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 432, 58, 420, 26, 150

NAMES = {"tensorflow": "TensorFlow", "keras": "Keras", "python": "Python", "numpy": "NumPy"}


@dataclass(frozen=True)
class HistoryRow:
    """A result as the table shows it."""

    day: str
    entry: str
    score: str
    n: int
    versions: str
    commit: str
    changed: list[str]
    """What was not the same for the result before."""
    letter: str
    """Marks a change in the drawing; empty without one."""


@dataclass(frozen=True)
class Point:
    """A result in the drawing."""

    x: float
    y: float
    low: float | None
    high: float | None
    letter: str
    title: str


@dataclass(frozen=True)
class Drawing:
    """Places of points, intervals, line and marks, in the units of the SVG's view box."""

    name: str
    points: list[Point]
    lines: str
    ticks: list[tuple[float, str]]
    title: str
    desc: str
    first: str
    last: str
    caption: str
    numbers: Markup
    """What is drawn, for the figure's file of numbers."""
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM
    width: int = WIDTH


def section(benchmark: BenchmarkResult) -> Markup:
    """The line over time and its numbers in a table; empty where there are not two results.

    Results stand at equal distances in the order they were made: dates are in the table. A letter
    marks every result made under something else than the one before it: versions, data, protocol,
    entry, device or recipe. Only results in the metric of the newest share its axis.
    """
    past: Sequence[HistoryResult] = benchmark["history"]
    if len(past) < 2:
        return Markup("")
    metric = past[-1]["metric"]
    letters = iter("abcdefghijklmnopqrstuvwxyz" * (len(past) // 26 + 1))
    rows = [
        _row(result, changes(result, before) if before else [], letters)
        for result, before in zip(past, [None, *past], strict=False)
    ]
    plotted = [
        (result, row) for result, row in zip(past, rows, strict=True) if result["metric"] == metric
    ][-MOST:]
    # A line between two points of one height shows nothing that the table does not say.
    printed = {row.score for _, row in plotted}
    moved = len(printed) > 1 or len(plotted) > 2
    return figures.rendered(
        "history.html.j2",
        drawing=_drawing(benchmark, metric, plotted) if moved else None,
        rows=rows[::-1],
        label=formatting.metric_label(metric),
        left_out=len(past) - len(plotted),
        some=formatting.some,
    )


def changes(result: HistoryResult, before: HistoryResult) -> list[str]:
    """What was not the same for two results, in words; empty where nothing known differs."""
    changed = []
    old, new = before.get("versions", {}), result.get("versions", {})
    for library in dict.fromkeys((*NAMES, *sorted(new))):
        versions = old.get(library), new.get(library)
        if library != "mlflow" and None not in versions and versions[0] != versions[1]:
            changed.append(f"{NAMES.get(library, library)} {versions[0]} → {versions[1]}")
    for what, earlier, later in (
        ("protocol", before.get("protocol"), result.get("protocol")),
        ("device", before.get("device"), result.get("device")),
        ("entry", before["entry"], result["entry"]),
    ):
        if earlier != later:
            changed.append(f"{what} {earlier} → {later}")
    if before["metric"] != result["metric"]:
        changed.append("another metric")
    if before.get("data") != result.get("data"):
        changed.append("other data")
    if not changed and before["recipe"] != result["recipe"]:
        changed.append("the recipe, or its code")
    return changed


def _row(result: HistoryResult, changed: list[str], letters: Iterator[str]) -> HistoryRow:
    score = result["score"]
    return HistoryRow(
        day=formatting.day(result["at"]),
        entry=result["entry"],
        score=formatting.score_text(score, result["metric"]),
        n=score["n"],
        versions=_versions(result.get("versions", {})),
        commit=result.get("commit", ""),
        changed=changed,
        letter=next(letters) if changed else "",
    )


def _versions(versions: Mapping[str, str]) -> str:
    named = (f"{NAMES[key]} {versions[key]}" for key in ("tensorflow", "keras") if key in versions)
    return ", ".join(named)


def _drawing(
    benchmark: BenchmarkResult,
    metric: Metric,
    plotted: Sequence[tuple[HistoryResult, HistoryRow]],
) -> Drawing:
    scores = [result["score"] for result, _ in plotted]
    ends = [
        formatting.shown(end, metric)
        for score in scores
        for end in (*(score["ci95"] or ()), score["mean"])
    ]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    low, high = low - room, high + room

    def y(value: float) -> float:
        share = (formatting.shown(value, metric) - low) / (high - low)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    step = (RIGHT - LEFT - 24) / (len(plotted) - 1)
    points: list[Point] = []
    lines = []
    for place, (result, row) in enumerate(plotted):
        x, ci95 = round(LEFT + 12 + place * step, 1), result["score"]["ci95"]
        points.append(
            Point(
                x=x,
                y=y(result["score"]["mean"]),
                low=y(ci95[0]) if ci95 else None,
                high=y(ci95[1]) if ci95 else None,
                letter=row.letter,
                title=f"{row.day}: {row.score}, n = {row.n}",
            )
        )
        if place and result["entry"] == plotted[place - 1][0]["entry"]:
            before = points[-2]
            lines.append(f"M{before.x} {before.y}L{x} {points[-1].y}")
    first, last = plotted[0][1], plotted[-1][1]
    label = formatting.metric_label(metric)
    unit = f", {formatting.unit(metric)}" if formatting.unit(metric) else ""
    return Drawing(
        name="over-time-" + "".join(c if c.isalnum() else "-" for c in benchmark["name"]),
        points=points,
        lines="".join(lines),
        ticks=[
            (round(BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP), 1), text)
            for value, text in figures.ticks(low, high, 4)
        ],
        title=f"{benchmark['name']}: {label} of the headline over time",
        desc=f"{len(plotted)} results from {first.day} ({first.score}) to {last.day} "
        f"({last.score}); the table below has all numbers.",
        first=first.day,
        last=last.day,
        caption=f"{label}{unit}; {'lower' if metric['direction'] == 'min' else 'higher'} is better",
        numbers=figure_data.numbers(
            ("finished", "entry", f"{label}{unit}", "95 % interval from", "to", "n"),
            [_numbers(result, row, metric) for result, row in plotted],
        ),
    )


def _numbers(result: HistoryResult, row: HistoryRow, metric: Metric) -> tuple[Cell, ...]:
    """A result as a line of the figure's numbers."""
    score = result["score"]
    low, high = score["ci95"] or (None, None)
    ends = (None if end is None else formatting.shown(end, metric) for end in (low, high))
    return (row.day, row.entry, formatting.shown(score["mean"], metric), *ends, row.n)
