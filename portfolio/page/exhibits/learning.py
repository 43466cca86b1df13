"""Learning curves of a headline trained once more on a part of its training rows, for step 5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portfolio.page.addresses import id_of
from portfolio.page.curves import Run, Series, drawn, median_of
from portfolio.page.figures import rendered
from runners import formatting
from runners.results.access import metric_of, unit_of
from runners.results.types import BenchmarkResult, Metric

PARTS = ("train", "validation")
RISE = 0.05
"""Part of its lowest value by which a validation loss must have risen to be called overfitting."""
APART = 2.0
"""Times the training loss from which a validation loss is called far above it."""


def exhibit(benchmark: BenchmarkResult, content: Mapping[str, Any]) -> Markup:
    """The exhibit of a file of learning curves."""
    name, metric = id_of(benchmark["name"]), metric_of(benchmark)
    loss = "cross-entropy" if benchmark["task"] == "classification" else "squared error"
    label = formatting.metric_label(metric)
    unit = formatting.unit(metric)
    series = {
        "loss": _series(content["loss"], 1.0),
        "score": _series(content["score"], formatting.shown(1.0, metric)),
    }
    titles = {
        "loss": f"loss ({loss}{', standardised' if loss != 'cross-entropy' else ''})",
        "score": ", ".join(filter(None, [label, unit])),
    }
    figures = {
        key: drawn(
            series[key],
            {"validation"},
            curve=titles[key],
            entry=content["entry"],
            name=f"{name}-learning-{key}",
            epochs=content["epochs"],
            sizes=("half",),
        )
        for key in series
    }
    repeats, unit_word = len(content["repeats"]), unit_of(benchmark)
    return rendered(
        "exhibits/learning.html.j2",
        entry=content["entry"],
        claim=claim(content, metric),
        figures=[(titles[key], figure) for key, figure in figures.items() if figure],
        share=formatting.per_cent(1 - content["share"]),
        rows=[formatting.count(rows) for rows in content["rows"]],
        whose=f"the first {repeats} {formatting.plural(unit_word)}"
        if repeats > 1
        else f"the first {unit_word}",
        repeats=repeats,
        candidate=content["candidate"],
        member=content["member"],
        in_time=content["in_time"],
    )


def claim(content: Mapping[str, Any], metric: Metric) -> str:
    """Whether training on makes the validation loss worse, in a sentence with the numbers."""
    train, validation = (_medians(content["loss"][part]) for part in PARTS)
    of_train, of_validation = (_medians(content["score"][part]) for part in PARTS)
    found = overfitting(content["entry"], content["epochs"], train, validation)

    def score(value: float) -> str:
        decimals = 1 if formatting.is_fraction(metric) else formatting.two_digits(abs(value) / 10)
        return formatting.with_unit(
            formatting.fixed(formatting.shown(value, metric), decimals), metric
        )

    then = f", {score(of_validation[found.best])} after epoch {content['epochs'][found.best]}"
    label = formatting.metric_label(metric)
    return (
        f"{found.text}. At the end its {label} is {score(of_train[-1])} on the rows trained on and "
        f"{score(of_validation[-1])} on the others"
        f"{then if found.rises else ''}."
    )


@dataclass(frozen=True)
class Overfitting:
    """What losses say of overfitting."""

    text: str
    """A sentence without its full stop."""
    best: int
    """Place of the lowest validation loss."""
    rises: bool
    """Whether it rises again."""


def overfitting(
    entry: str, epochs: Sequence[int], train: Sequence[float], validation: Sequence[float]
) -> Overfitting:
    """What a network's losses say of overfitting, one of either kind after each of `epochs`."""
    best = min(range(len(validation)), key=lambda place: validation[place])
    rise = validation[-1] / validation[best] - 1 if validation[best] > 0 else 0.0
    if rise > RISE:
        higher = f"{formatting.per_cent(rise)} higher" if rise < 1 else f"{1 + rise:.1f} times"
        text = (
            f"{entry} overfits: the validation loss is lowest after epoch {epochs[best]} of "
            f"{epochs[-1]} and {higher}{'' if rise < 1 else ' as high'} at the end"
        )
        return Overfitting(text, best, rises=True)
    share = f"{round(100 * RISE)}{formatting.NARROW}%"
    lowest = f"the validation loss ends within {share} of its lowest value"
    last = train[-1]
    if last <= 0 or validation[-1] > APART * last:
        times = f"{validation[-1] / last:.1f} times" if last > 0 else "far above"
        text = (
            f"{entry} fits its training rows far better than others, but training on does no harm: "
            f"{lowest}, at {times} the training loss"
        )
        return Overfitting(text, best, rises=False)
    text = f"No overfitting of {entry} is seen: {lowest}, near the training loss"
    return Overfitting(text, best, rises=False)


def _series(curve: Mapping[str, Any], scale: float) -> list[Series]:
    """Training and validation, on the printed scale."""
    series: list[Series] = []
    for part in PARTS:
        runs: list[Run] = [[scale * float(value) for value in run] for run in curve[part]]
        series.append((part, runs, median_of(runs)))
    return series


def _medians(runs: Sequence[Sequence[float]]) -> list[float]:
    return [value for value in median_of(runs) if value is not None]
