"""Forecasts over several steps and series, for step 5 of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page.exhibits.plots import Plot, padded, value


def by_step(entries: Sequence[Mapping[str, Any]], name: str) -> Markup:
    """How the error grows with the step ahead, one line an entry."""
    steps = entries[0]["by_step"]["steps"]
    most = max(v for entry in entries for v in entry["by_step"]["mse"])
    plot = Plot((1, max(2, steps[-1])), (0, most * 1.08), height=250)
    for place, entry in reversed(list(enumerate(entries))):
        line = list(zip(entry["by_step"]["steps"], entry["by_step"]["mse"], strict=True))
        plot.line("x-second" if place else "x-first", line)
    description = "; ".join(
        f"{entry['name']}: {value(entry['by_step']['mse'][0], 3)} at the first step, "
        f"{value(entry['by_step']['mse'][-1], 3)} at step {steps[-1]}"
        for entry in entries
    )
    return plot.render(
        name=f"{name}-by-step",
        title="Mean squared error by the step ahead",
        desc=f"{description}.",
        x_label="step ahead",
        y_label="mean squared error",
    )


def window(one: Mapping[str, Any], entry: str, name: str) -> Markup:
    """One forecast after its history, over the truth."""
    history, at = one["history"], one["at"]
    before = list(zip(range(1 - len(history), 1), history, strict=True))
    plot = Plot((before[0][0], at[-1]), padded([*history, *one["truth"], *one["mean"]]))
    plot.line("x-rule", [(0.5, plot.y[0]), (0.5, plot.y[1])])
    plot.line("x-before", before)
    plot.line("x-truth", list(zip(at, one["truth"], strict=True)))
    plot.line("x-first", list(zip(at, one["mean"], strict=True)))
    return plot.render(
        name=f"{name}-window-{one['row']}-{one['what'].split()[0]}",
        title=f"Forecast of window {one['row'] + 1} by {entry}",
        desc=f"{one['series']}: what came before, then the mean forecast of the repeats (strong) "
        f"and the truth (dotted). Mean squared error {value(one['mse'], 3)}.",
        x_label="steps from the forecast",
    )
