"""What a data set looks like, for step 2 of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page.addresses import id_of
from portfolio.page.exhibits import texts
from portfolio.page.exhibits.plots import Plot, edges_of, padded, per_cent, spark_bars, value
from portfolio.page.figures import rendered
from runners.formatting import count, listed, some
from runners.results.types import BenchmarkResult

FIRST = 14
"""Features shown at once; further ones are folded away."""

PANELS = 12
"""Classes whose series are drawn."""


def exhibit(benchmark: BenchmarkResult, content: Mapping[str, Any]) -> Markup:
    """Samples, class balance or targets, and what is missing."""
    name = id_of(benchmark["name"])
    columns = [_column(column) for column in content.get("columns", [])]
    return rendered(
        "exhibits/data.html.j2",
        balances=_halved(_balance(content.get("balance", []), content["total"])),
        target=_target(content["target"], name) if "target" in content else None,
        first=columns[:FIRST] if len(columns) <= FIRST + 3 else columns[: FIRST - 2],
        rest=[] if len(columns) <= FIRST + 3 else columns[FIRST - 2 :],
        dropped=content.get("features", 0) - len(columns),
        labels=[value(label) for label in content.get("labels", [])],
        rows=content["shown"],
        pictures=list(zip(content.get("pictures", []), content.get("labels", []), strict=False)),
        panels=_panels(content, name) if "series" in content else [],
        course=_course(content, name) if "course" in content else None,
        missing="" if "text" in content else _missing(content),
        text=texts.sample(content["text"], content.get("labels", []), name)
        if "text" in content
        else None,
        classes=bool(content.get("balance")),
        channel=content.get("channel", ""),
        channels=content.get("channels", 1),
    )


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    """One feature: its name, its distribution, its ten values."""
    if column["words"]:
        extent = some(len(column["words"]), "category", "categories")
    else:
        low, high = column["range"]
        extent = "always " + value(low) if low == high else f"{value(low)} to {value(high)}"
    return {
        "name": column["name"].replace("_", " "),
        "unit": column["unit"],
        "spark": spark_bars(dict(column)),
        "extent": extent,
        "cells": [value(cell) for cell in column["cells"]],
        "words": bool(column["words"]),
    }


def _balance(classes: Sequence[Mapping[str, Any]], total: int) -> list[dict[str, Any]]:
    """Rows of every class; the bars share one scale."""
    most = max((one["rows"] for one in classes), default=1)
    return [
        {
            "name": one["name"],
            "rows": count(one["rows"]),
            "share": per_cent(one["rows"] / total),
            "train": None if one["train"] is None else count(one["train"]),
            "test": None if one["train"] is None else count(one["rows"] - one["train"]),
            "bar": round(99 * one["rows"] / most, 1),
            "solid": round(99 * (one["train"] or 0) / most, 1),
        }
        for one in classes
    ]


def _halved(lines: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """A long list in two columns."""
    half = -(-len(lines) // 2)
    return [lines[:half], lines[half:]] if len(lines) > 12 else [lines] if lines else []


def _target(target: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The distribution of what is to be predicted."""
    edges, heights = edges_of(dict(target)), target["counts"]
    plot = Plot(
        (edges[0][0], edges[-1][1]), (0, max(heights) * 1.06), width=380, height=160, y_about=3
    )
    plot.bars("x-fill", edges, heights)
    unit = f" in {target['unit']}" if target["unit"] else ""
    five = [value(q) for q in target["quartiles"]]
    words = ("min", "lower quartile", "median", "upper quartile", "max")
    description = ", ".join(f"{word} {q}" for word, q in zip(words, five, strict=True))
    return {
        "svg": plot.render(
            name=f"{name}-target",
            title=f"How the target is distributed{unit}",
            desc=f"Histogram over all rows; {description}.",
            x_label=f"target{', ' + target['unit'] if target['unit'] else ''}",
            y_label="rows",
        ),
        "numbers": [*zip(words, five, strict=True), ("mean", value(target["mean"]))],
        "unit": target["unit"],
    }


def _panels(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A drawing for each class: some of its series faint, their mean strong."""
    every = [v for one in content["series"] for line in one for v in line]
    extent = padded(every + [v for line in content["means"] for v in line])
    steps = len(content["means"][0])
    panels = []
    for place, (faint, mean) in enumerate(zip(content["series"], content["means"], strict=True)):
        if place == PANELS:
            break
        label = content["balance"][place]["name"]
        plot = Plot((1, max(2, steps)), extent, height=170)
        for line in faint:
            plot.line("x-faint", list(enumerate(line, 1)))
        plot.line("x-mean", list(enumerate(mean, 1)))
        panels.append(
            {
                "label": label,
                "svg": plot.render(
                    name=f"{name}-class-{place}",
                    title=f"Series of the class {label}",
                    desc=f"{len(faint)} of its series and, strong, the mean of all "
                    f"{content['balance'][place]['rows']}.",
                    x_label="step" if steps == content["length"] else f"{content['length']} steps",
                ),
            }
        )
    return panels


def _course(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The series in the order of time, with the line between training and test rows."""
    course = content["course"]
    x, lines, cut = course["x"], course["lines"], course["test_from"]
    unit, single = content["target"]["unit"], len(lines) == 1
    sizes = {"wide": (860, 240), "narrow": (344, 210)} if single else {"": (340, 150)}
    figures = []
    for place, (label, y) in enumerate(lines):
        for which, (width, height) in sizes.items():
            plot = Plot((x[0], x[-1]), padded(y), width, height)
            plot.x_about, plot.y_about = (8, 4) if which == "wide" else (4, 4 if single else 3)
            if cut is not None:
                plot.line("x-rule", [(cut - 0.5, plot.y[0]), (cut - 0.5, plot.y[1])])
                if single:
                    plot.word(cut + (x[-1] - x[0]) * 0.008, plot.y[1], "test")
                    plot.word(cut - (x[-1] - x[0]) * 0.015, plot.y[1], "train", "end")
            plot.line("x-course", list(zip(x, y, strict=True)))
            svg = plot.render(
                name=f"{name}-course-{place}-{which}",
                title=f"The series {label}" if label else "The series that is forecast",
                desc=f"{len(y)} values from {course['at']} {x[0]} to {x[-1]}, between "
                f"{value(min(y))} and {value(max(y))}{' ' + unit if unit and single else ''}"
                + (f"; tested from {course['at']} {cut}." if cut is not None else "."),
                x_label=course["at"] if single or place == len(lines) - 1 else "",
                kind=f"x-{which}" if which else "",
            )
            figures.append({"label": label, "svg": svg})
    step = max(1, len(x) // 24)
    return {
        "figures": figures,
        "single": single,
        "at": course["at"],
        "window": content["window"],
        "horizon": content["horizon"],
        "thinned": round(course["of"] / len(x)) if course["of"] >= 2 * len(x) else 0,
        "channels": content["channels"],
        "names": [label or unit or "target" for label, _ in lines],
        "numbers": [(x[i], [value(y[i]) for _, y in lines]) for i in range(0, len(x), step)],
    }


def _missing(content: Mapping[str, Any]) -> str:
    """What is not known of the rows, in a sentence."""
    if content.get("missing"):
        return f"{count(content['missing'])} values are missing."
    unknown, total = content.get("unknown") or [], content["total"]
    if not unknown:
        return "No value is missing."
    gaps = [f"{column} in {count(n)} rows ({per_cent(n / total)})" for column, n in unknown]
    if content.get("gaps"):
        return f"Missing: {listed(gaps)}. No other value is missing."
    return f"Unknown, and a category of its own: {listed(gaps)}. No other value is missing."
