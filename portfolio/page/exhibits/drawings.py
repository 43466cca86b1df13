"""The drawings of results: calibration, predicted against true, residuals, forecasts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page.exhibits.plots import Plot, edges_of, padded, per_cent, value
from runners.formatting import MISSING, count

CALIBRATED = 0.01
"""Difference of mean confidence and accuracy that is called none."""
FEW = 5
"""Predictions in a bin from which its accuracy is drawn."""


def _square(x: tuple[float, float], y: tuple[float, float], *, per_cent: bool = False) -> Plot:
    """A plot as high as it is wide."""
    return Plot(x, y, width=290, height=282, left=40, y_about=5, per_cent=per_cent)


def reliability(entries: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Confidence against accuracy of one or two classifiers, with their numbers."""
    plot = _square((0, 1), (0, 1), per_cent=True)
    plot.line("x-even", [(0, 0), (1, 1)])
    descriptions, tables = [], []
    for place, entry in reversed(list(enumerate(entries))):
        bins, total = entry["calibration"]["bins"], entry["predictions"]
        bins = [one for one in bins if one[1] >= FEW]
        path = [(sure, hits) for _, _, sure, hits in bins]
        if path:
            plot.line("x-second" if place else "x-first", path)
        plot.circles(
            "x-hollow" if place else "x-solid",
            [(sure, hits, 2 + 5 * math.sqrt(n / total)) for _, n, sure, hits in bins],
        )
    for entry in entries:
        descriptions.append(f"{entry['name']} {per_cent(entry['calibration']['error'])}")
        of = entry["calibration"]["of"]
        tables.append(
            {
                "name": entry["name"],
                "error": per_cent(entry["calibration"]["error"]),
                "lines": [
                    (
                        f"{value(100 * i / of, 3)} – {value(100 * (i + 1) / of, 3)}",
                        count(n),
                        per_cent(sure),
                        per_cent(hits),
                    )
                    for i, n, sure, hits in entry["calibration"]["bins"]
                ],
            }
        )
    return {
        "svg": plot.render(
            name=f"{name}-reliability",
            title="Calibration curve",
            desc="Accuracy against confidence, in bins; on the diagonal "
            f"the two agree. Expected calibration error: {', '.join(descriptions)}.",
            x_label="confidence, %",
            y_label="accuracy, %",
            kind="x-square",
        ),
        "tables": tables,
        "bins": entries[0]["calibration"]["of"],
        "few": FEW,
    }


def precision_recall(entries: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Precision against recall of the rarer of two classes, with thresholds."""
    plot = _square((0, 1), (0, 1), per_cent=True)
    figures = [(entry["name"], entry["precision_recall"]) for entry in entries]
    share = figures[0][1]["share"]
    plot.line("x-even", [(0, share), (1, share)])
    for place, (_, one) in reversed(list(enumerate(figures))):
        plot.line("x-second" if place else "x-first", [tuple(point) for point in one["points"]])
        plot.circles("x-hollow" if place else "x-solid", [(one["recall"], one["precision"], 4.0)])
    lines = [
        (who, value(one["average"], 3), value(one["threshold"], 3), per_cent(one["recall"]),
         per_cent(one["precision"]))
        for who, one in figures
    ]  # fmt: skip
    averages = ", ".join(f"{who} {average}" for who, average, *_ in lines)
    return {
        "svg": plot.render(
            name=f"{name}-precision-recall",
            title="Precision-recall curve",
            desc=f"Precision against recall of the class {figures[0][1]['name']}, which has "
            f"{per_cent(share)} of the rows. Average precision: {averages}.",
            x_label="recall, %",
            y_label="precision, %",
            kind="x-square",
        ),
        "of": figures[0][1]["name"],
        "share": per_cent(share),
        "lines": lines,
    }


def roc(entries: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """ROC curves of the class that `precision_recall` looks for, and what thresholds come to."""
    plot = _square((0, 1), (0, 1), per_cent=True)
    plot.line("x-even", [(0, 0), (1, 1)])
    for place, entry in reversed(list(enumerate(entries))):
        points = [tuple(point) for point in entry["roc"]["points"]]
        plot.line("x-second" if place else "x-first", points)
    areas = [(entry["name"], value(entry["roc"]["auc"], 3)) for entry in entries]
    listed = ", ".join(f"{who} {area}" for who, area in areas)
    first = entries[0]["roc"]
    return {
        "svg": plot.render(
            name=f"{name}-roc",
            title="ROC curve",
            desc="True against false positive rate; guessing lies on the diagonal. Area under the "
            f"curve: {listed}.",
            x_label="false positive rate, %",
            y_label="true positive rate, %",
            kind="x-square",
        ),
        "areas": areas,
        "thresholds": [
            {
                "at": f"{one['at']:g}",
                "cells": [
                    MISSING if one[key] is None else per_cent(one[key])
                    for key in ("recall", "precision", "specificity", "f1", "predicted")
                ],
            }
            for one in first["thresholds"]
        ],
    }


def calibration_sentence(entry: Mapping[str, Any]) -> str:
    """Whether a classifier's confidence is what its accuracy is, with one bin as the example."""
    bins = entry["calibration"]["bins"]
    total = sum(n for _, n, _, _ in bins)
    sure = sum(n * confidence for _, n, confidence, _ in bins) / total
    hits = sum(n * accuracy for _, n, _, accuracy in bins) / total
    _, n, confidence, accuracy = max(bins, key=lambda one: one[1])
    side = "is overconfident" if sure > hits else "is underconfident"
    if abs(sure - hits) < CALIBRATED:
        side = "is neither over- nor underconfident on average"
    return (
        f"{entry['name']} {side}: its confidence is {per_cent(sure)} on average, its accuracy "
        f"{per_cent(hits)}. Of {count(n)} predictions made with a confidence of about "
        f"{per_cent(confidence)}, {per_cent(accuracy)} are right."
    )


def coverage(entries: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Nominal against empirical coverage of central intervals of predicted normals."""
    plot = _square((0, 1), (0, 1), per_cent=True)
    plot.line("x-even", [(0, 0), (1, 1)])
    for place, entry in reversed(list(enumerate(entries))):
        points = [(level, inside) for level, inside in entry["coverage"]]
        plot.line("x-second" if place else "x-first", points)
        plot.circles("x-hollow" if place else "x-solid", [(*p, 3) for p in points])
    levels = [level for level, _ in entries[0]["coverage"]]
    counted = [dict(e["coverage"]) for e in entries]
    text = "; ".join(
        f"{per_cent(shares[0.5])} of the 50 % and {per_cent(shares[0.9])} of the 90 % intervals of "
        f"{entry['name']}"
        for entry, shares in zip(entries, counted, strict=True)
    )
    return {
        "svg": plot.render(
            name=f"{name}-coverage",
            title="How often the truth lies in a predicted interval",
            desc=f"Empirical against nominal coverage; on the diagonal the two agree. The "
            f"truth lies in {text}.",
            x_label="nominal coverage, %",
            y_label="empirical coverage, %",
        ),
        "names": [entry["name"] for entry in entries],
        "lines": [(per_cent(at), [per_cent(shares[at]) for shares in counted]) for at in levels],
        "text": text,
        "width": _width(entries[0]["name"], counted[0]),
    }


def _width(name: str, shares: Mapping[float, float]) -> str:
    """Whether predicted intervals are too wide or too narrow at every level; "" for neither."""
    if all(share > level for level, share in shares.items()):
        return f"Intervals of {name} are wider than they need be: it is underconfident."
    if all(share < level for level, share in shares.items()):
        return f"Intervals of {name} are too narrow: it is overconfident."
    return ""


def scatters(entries: Sequence[Mapping[str, Any]], unit: str, name: str) -> list[dict[str, Any]]:
    """Predicted against true, one drawing an entry, on the same axes."""
    extent = padded([v for entry in entries for point in entry["points"] for v in point])
    figures = []
    for place, entry in enumerate(entries):
        plot = _square(extent, extent)
        plot.line("x-even", [(extent[0], extent[0]), (extent[1], extent[1])])
        plot.dots("x-dots x-dots-other" if place else "x-dots", entry["points"])
        points = entry["points"]
        figures.append(
            {
                "name": entry["name"],
                "drawn": ""
                if len(points) == entry["rows"]
                else f"; {len(points)} of {count(entry['rows'])} rows drawn",
                "svg": plot.render(
                    name=f"{name}-scatter-{place}",
                    title=f"Predicted against true: {entry['name']}",
                    desc=f"{count(len(points))} of {count(entry['rows'])} tested rows; on the "
                    f"diagonal a prediction is right. RMSE of single predictions "
                    f"{value(entry['rmse'], 3)}"
                    f"{' ' + unit if unit else ''}.",
                    x_label=f"true{', ' + unit if unit else ''}",
                    y_label="predicted",
                ),
            }
        )
    return figures


def residuals(entries: Sequence[Mapping[str, Any]], unit: str, name: str) -> Markup:
    """How far predictions are off: the first entry as bars, the second as an outline."""
    edges = edges_of(dict(entries[0]["residuals"]))
    heights = [
        [100 * n / entry["predictions"] for n in entry["residuals"]["counts"]] for entry in entries
    ]
    most = max(h for one in heights for h in one)
    plot = _square((edges[0][0], edges[-1][1]), (0, most * 1.08))
    plot.bars("x-bars", edges, heights[0])
    plot.line("x-even", [(0, 0), (0, plot.y[1])])
    if len(entries) > 1:
        outline = [(edges[0][0], 0.0)]
        for (a, b), h in zip(edges, heights[1], strict=True):
            outline += [(a, h), (b, h)]
        plot.line("x-outline", [*outline, (edges[-1][1], 0.0)])
    description = "; ".join(
        f"{entry['name']}: half of them between {value(entry['quantiles'][1], 3)} and "
        f"{value(entry['quantiles'][3], 3)}"
        for entry in entries
    )
    return plot.render(
        name=f"{name}-residuals",
        title="Predicted minus true",
        desc=f"Histogram of the residuals of every prediction{', in ' + unit if unit else ''}. "
        f"{description}.",
        x_label=f"predicted − true{', ' + unit if unit else ''}",
        y_label="% of predictions",
    )


def course(forecast: Mapping[str, Any], entry: str, unit: str, name: str) -> dict[str, Any]:
    """The forecast over the truth, wide and narrow, and a table of both."""
    x, truth, mean = forecast["x"], forecast["truth"], forecast["mean"]
    low, high = forecast["low"], forecast["high"]
    figures: dict[str, Any] = {}
    for which, width, height in (("wide", 860, 270), ("narrow", 344, 230)):
        extent = padded([*truth, *low, *high])
        about = 8 if which == "wide" else 4
        plot = Plot((x[0], x[-1]), extent, width, height, x_about=about)
        around = [*zip(x, high, strict=True), *reversed(list(zip(x, low, strict=True)))]
        plot.line("x-band", around)
        plot.line("x-truth", list(zip(x, truth, strict=True)))
        plot.line("x-first", list(zip(x, mean, strict=True)))
        figures[which] = plot.render(
            name=f"{name}-forecast-{which}",
            title=f"Forecast of {entry} against the truth",
            desc=f"{len(x)} forecasts, one step ahead; strong: the mean over the repeats, shaded: "
            "min to max of them, thin and dotted: the truth.",
            x_label=forecast["at"],
            y_label=unit,
            kind=f"x-{which}",
        )
    lines = [
        (x[i], value(truth[i]), value(mean[i]), f"{value(low[i])} – {value(high[i])}")
        for i in range(len(x))
    ]
    return {**figures, "at": forecast["at"], "lines": lines[:: max(1, len(lines) // 60)]}


def small_series(
    own: Sequence[float],
    truth: Sequence[float],
    taken: Sequence[float],
    *,
    name: str,
    title: str,
    desc: str,
) -> Markup:
    """One series over the means of its class and of the predicted class."""
    plot = Plot(
        (1, max(2, len(own))),
        padded([*own, *truth, *taken]),
        width=220,
        height=104,
        left=8,
        bottom=20,
        y_axis=False,
        x_about=4,
    )
    plot.line("x-truth-mean", list(enumerate(truth, 1)))
    plot.line("x-taken-mean", list(enumerate(taken, 1)))
    plot.line("x-first", list(enumerate(own, 1)))
    return plot.render(name=name, title=title, desc=desc, x_label="")
