"""What the kept network of a headline relies on, for step 5 of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page.addresses import id_of
from portfolio.page.exhibits.plots import Plot, padded, per_cent, value
from portfolio.page.figures import rendered
from runners import formatting
from runners.formatting import count
from runners.results.access import metric_of, unit_of
from runners.results.types import BenchmarkResult, Metric

KINDS = ("x-first", "x-second", "x-course")
"""Lines of the classes of a dependence."""


def exhibit(benchmark: BenchmarkResult, content: Mapping[str, Any]) -> Markup:
    """The exhibit of a file of a network; empty where it holds no drawing."""
    importance, dependence = content["importance"], content["dependence"]
    if not importance and not content["occlusion"]:
        return Markup("")
    name, metric = id_of(benchmark["name"]), metric_of(benchmark)
    data = benchmark["data"]
    classes = data["class_names"] if data else []
    return rendered(
        "exhibits/network.html.j2",
        entry=content["entry"],
        metric=formatting.metric_label(metric),
        unit="points" if formatting.is_fraction(metric) else formatting.unit(metric),
        rows=count(content["test"]),
        repeat=f"{unit_of(benchmark)} {_split(benchmark, content['repeat']) + 1}",
        permutations=content["permutations"],
        importance=_importance(importance, metric),
        more=formatting.some(left, "more feature matters", "more features matter")
        if (left := content["features"] - len(importance)) > 0
        else "",
        claim=_claim(importance),
        dependence=[_dependence(one, i, name, bool(classes)) for i, one in enumerate(dependence)],
        of="probability" if classes else "prediction",
        patch=" × ".join(map(str, content["patch"])),
        maps=[_map(one, classes) for one in content["occlusion"]],
    )


def _split(benchmark: BenchmarkResult, repeat: int) -> int:
    """Which split, fold or seed a training is of."""
    protocol = benchmark["protocol"]
    return repeat % protocol["repeats"] if protocol and protocol["repeats"] else repeat


def _claim(importance: Sequence[Mapping[str, Any]]) -> str:
    """Which features the score depends on, in a sentence."""
    sure = [one["name"] for one in importance if one["mean"] > 2 * one["std"]]
    if not importance:
        return ""
    if not sure:
        return (
            "No single feature is shown to matter on these rows: permuting one costs less than "
            "two standard deviations over the permutations."
        )
    first = [name.replace("_", " ") for name in sure[:3]]
    return f"The score depends most on {formatting.listed(first)}."


def _importance(features: Sequence[Mapping[str, Any]], metric: Metric) -> list[dict[str, Any]]:
    """Name, bar and loss of every feature; bars start at nought, losses below it have none."""
    most = max((one["mean"] for one in features), default=0.0)
    scale = 100 if formatting.is_fraction(metric) else 1
    decimals = formatting.two_digits(scale * most / 10) if most > 0 else 2
    return [
        {
            "name": one["name"].replace("_", " "),
            "bar": round(100 * max(0.0, one["mean"]) / most, 1) if most > 0 else 0,
            "text": formatting.fixed(scale * one["mean"], decimals)
            + formatting.PLUS_MINUS
            + formatting.fixed(scale * one["std"], decimals),
        }
        for one in features
    ]


def _dependence(one: Mapping[str, Any], place: int, name: str, probability: bool) -> dict[str, Any]:
    """The drawing of one feature; of a category a line a word."""
    lines = one["lines"]
    label = one["name"].replace("_", " ")
    text = per_cent if probability else value
    if one["x"] and isinstance(one["x"][0], str):
        return {
            "name": label,
            "classes": [who for who, _ in lines],
            "words": [
                (word, [text(line[i]) for _, line in lines]) for i, word in enumerate(one["x"])
            ],
        }
    extent = padded([v for _, line in lines for v in line], 0.08)
    if probability:
        extent = max(0.0, extent[0]), min(1.0, extent[1])
    scale = 100 if probability else 1
    plot = Plot(
        (one["x"][0], one["x"][-1]),
        (scale * extent[0], scale * extent[1]),
        width=290,
        height=210,
        x_about=4,
    )
    for kind, (_, line) in zip(KINDS, lines, strict=False):
        plot.line(kind, [(x, scale * y) for x, y in zip(one["x"], line, strict=True)])
    ends = "; ".join(
        f"{who + ' ' if who else ''}{text(line[0])} at {value(one['x'][0])}, {text(line[-1])} at "
        f"{value(one['x'][-1])}"
        for who, line in lines
    )
    what = "Mean probability" if probability else "Mean prediction"
    return {
        "name": label,
        "classes": [who for who, _ in lines if who],
        "svg": plot.render(
            name=f"{name}-dependence-{place}",
            title=f"Partial dependence on {label}",
            desc=f"{what} with {label} set to a value in every row: {ends}.",
            x_label=one["unit"] or label,
            y_label=f"{what.lower()}{', %' if probability else ''}",
        ),
    }


def _map(one: Mapping[str, Any], classes: Sequence[str]) -> dict[str, Any]:
    """An image with squares over it, the stronger the more probability is lost by covering."""
    losses = one["losses"]
    most = max(max(abs(v) for row in losses for v in row), 0.05)
    high, wide = len(losses), len(losses[0])
    cells = [
        {
            "x": j,
            "y": i,
            "kind": "x-lost" if loss > 0 else "x-won",
            "opacity": round(0.8 * abs(loss) / most, 2),
        }
        for i, row in enumerate(losses)
        for j, loss in enumerate(row)
        if abs(loss) >= 0.1 * most
    ]
    return {
        "png": one["png"],
        "row": count(one["row"] + 1),
        "truth": classes[one["truth"]],
        "predicted": classes[one["predicted"]],
        "right": one["truth"] == one["predicted"],
        "probability": per_cent(one["probability"]),
        "most": f"{100 * max(max(row) for row in losses):.0f}",
        "cells": cells,
        "wide": wide,
        "high": high,
    }
