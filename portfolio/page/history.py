"""What a benchmark's headline scored over time: the line, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page import figures
from runners import formatting

MOST = 40
"""Results drawn; the newest, where there are more."""
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 432, 58, 420, 26, 150

NAMES = {"tensorflow": "TensorFlow", "keras": "Keras", "python": "Python", "numpy": "NumPy"}


def section(benchmark: Mapping[str, Any]) -> Markup:
    """The line over time and its numbers in a table; empty where there are not two results.

    Results stand at equal distances in the order they were made: dates are in the table. A letter
    marks every result made under something else than the one before it: versions, data, protocol,
    entry, device or recipe. Only results in the metric of the newest share its axis.
    """
    past = benchmark.get("history") or []
    if len(past) < 2:
        return Markup("")
    metric = past[-1]["metric"]
    rows = [_row(result, before) for result, before in zip(past, [None, *past], strict=False)]
    letters = iter("abcdefghijklmnopqrstuvwxyz" * (len(rows) // 26 + 1))
    for row in rows:
        row["letter"] = next(letters) if row["changed"] else ""
    drawn = [
        (result, row) for result, row in zip(past, rows, strict=True) if result["metric"] == metric
    ][-MOST:]
    return figures.rendered(
        "history.html.j2",
        drawing=_drawing(benchmark, metric, drawn) if len(drawn) > 1 else None,
        rows=rows[::-1],
        label=formatting.metric_label(metric),
        left_out=len(past) - len(drawn),
        some=formatting.some,
    )


def changes(result: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """What was not the same for two results, in words; empty where nothing known differs."""
    told = []
    old, new = before.get("versions") or {}, result.get("versions") or {}
    for library in dict.fromkeys((*NAMES, *sorted(new))):
        versions = old.get(library), new.get(library)
        if library != "mlflow" and None not in versions and versions[0] != versions[1]:
            told.append(f"{NAMES.get(library, library)} {versions[0]} → {versions[1]}")
    for key, words in (("protocol", "protocol"), ("device", "device"), ("entry", "entry")):
        if before.get(key) != result.get(key):
            told.append(f"{words} {before.get(key)} → {result.get(key)}")
    if before["metric"] != result["metric"]:
        told.append("another metric")
    if before.get("data") != result.get("data"):
        told.append("other data")
    if not told and before["recipe"] != result["recipe"]:
        told.append("the recipe, or its code")
    return told


def _row(result: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    metric, score = result["metric"], result["score"]
    return {
        "day": formatting.day(result["at"]),
        "entry": result["entry"],
        "score": formatting.score_text(score, metric),
        "n": score["n"],
        "versions": _versions(result.get("versions") or {}),
        "commit": result.get("commit") or "",
        "changed": changes(result, before) if before is not None else [],
    }


def _versions(versions: Mapping[str, Any]) -> str:
    named = (f"{NAMES[key]} {versions[key]}" for key in ("tensorflow", "keras") if key in versions)
    return ", ".join(named)


def _drawing(
    benchmark: Mapping[str, Any],
    metric: Mapping[str, Any],
    drawn: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> dict[str, Any]:
    """Places of points, intervals, line and marks, in the units of the SVG's view box."""
    scores = [result["score"] for result, _ in drawn]
    ends = [
        formatting.shown(end, metric)
        for score in scores
        for end in (*(score.get("ci95") or ()), score["mean"])
    ]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    low, high = low - room, high + room

    def y(value: float) -> float:
        share = (formatting.shown(value, metric) - low) / (high - low)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    step = (RIGHT - LEFT - 24) / (len(drawn) - 1)
    points, lines = [], []
    for place, (result, row) in enumerate(drawn):
        x = round(LEFT + 12 + place * step, 1)
        ci95 = result["score"].get("ci95")
        points.append(
            {
                "x": x,
                "y": y(result["score"]["mean"]),
                "low": y(ci95[0]) if ci95 else None,
                "high": y(ci95[1]) if ci95 else None,
                "letter": row["letter"],
                "title": f"{row['day']}: {row['score']}, n = {row['n']}",
            }
        )
        if place and result["entry"] == drawn[place - 1][0]["entry"]:
            before = points[-2]
            lines.append(f"M{before['x']} {before['y']}L{x} {points[-1]['y']}")
    first, last = drawn[0][1], drawn[-1][1]
    label = formatting.metric_label(metric)
    return {
        "name": "over-time-" + "".join(c if c.isalnum() else "-" for c in benchmark["name"]),
        "points": points,
        "lines": "".join(lines),
        "ticks": [
            (round(BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP), 1), text)
            for value, text in figures.ticks(low, high, 4)
        ],
        "title": f"{benchmark['name']}: {label} of the headline over time",
        "desc": f"{len(drawn)} results from {first['day']} ({first['score']}) to {last['day']} "
        f"({last['score']}); the table below has all numbers.",
        "first": first["day"],
        "last": last["day"],
        "caption": f"{label}{f', {formatting.unit(metric)}' if formatting.unit(metric) else ''}; "
        f"{'lower' if metric.get('direction') == 'min' else 'higher'} is better",
        "left": LEFT,
        "right": RIGHT,
        "top": TOP,
        "bottom": BOTTOM,
        "width": WIDTH,
    }
