"""Where entries are right and wrong, for step 5 of a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portfolio.page.addresses import id_of
from portfolio.page.exhibits.classification import OPEN, classification, counted
from portfolio.page.exhibits.drawings import course, coverage, residuals, scatters
from portfolio.page.exhibits.plots import per_cent, value
from portfolio.page.exhibits.windows import by_step, window
from portfolio.page.figures import rendered
from runners.formatting import count, fixed
from runners.results.access import unit_of
from runners.results.types import BenchmarkResult

RARE = 0.05
"""A regression's feature is called unusual from this share of rows in its tail downwards."""


def exhibit(benchmark: BenchmarkResult, content: Mapping[str, Any]) -> Markup:
    """The exhibit of a file of results."""
    name = id_of(benchmark["name"])
    protocol = benchmark["protocol"]
    # of a split trained with several seeds every training predicts its rows
    repeat = "training" if protocol and protocol["seeds"] > 1 else unit_of(benchmark)
    if content["task"] == "classification":
        return classification(content, name, repeat, benchmark["metric"] or {})
    if content["task"] == "forecast":
        return _forecast(content, name, repeat)
    return _regression(content, name, repeat)


def _regression(content: Mapping[str, Any], name: str, repeat: str) -> Markup:
    entries, unit, errors = content["entries"], content["unit"], content["errors"]
    covered = [entry for entry in entries if entry["coverage"]]
    forecast = entries[0].get("forecast")
    words = ("5 %", "25 %", "median", "75 %", "95 %")
    return rendered(
        "exhibits/regression.html.j2",
        name=name,
        unit=unit,
        forecast=course(forecast, entries[0]["name"], unit, name) if forecast else None,
        scatters=scatters(entries, unit, name) if entries[0]["points"] and not forecast else [],
        residuals=residuals(entries, unit, name),
        entries=[
            {
                "name": entry["name"],
                "counted": counted(entry, repeat),
                "cells": _alike(
                    [entry[key] for key in ("rmse", "mae", "bias")] + entry["quantiles"]
                ),
            }
            for entry in entries
        ],
        words=words,
        coverage=coverage(covered, name) if covered else None,
        combined=any(entry["predictions"] > entry["rows"] for entry in entries),
        repeat=repeat,
        tail=_tail(errors, entries[0]["name"]),
        items=[_line(item, forecast) for item in errors["items"]],
        uneven=len({item["of"] for item in errors["items"]}) > 1,
        has_features=any("features" in item for item in errors["items"]),
        at=forecast["at"] if forecast else "row",
        first=OPEN,
    )


def _forecast(content: Mapping[str, Any], name: str, repeat: str) -> Markup:
    entries = content["entries"]
    steps = entries[0]["by_step"]["steps"]
    few = range(0, len(steps), max(1, len(steps) // 12))
    return rendered(
        "exhibits/forecast.html.j2",
        entries=entries,
        repeat=repeat,
        unit=content["unit"],
        counted=counted(entries[0], repeat),
        steps=by_step(entries, name),
        lines=[(steps[i], [value(e["by_step"]["mse"][i], 3) for e in entries]) for i in few],
        series=[
            (one[0], [value(e["by_series"][i][1], 3) for e in entries])
            for i, one in enumerate(entries[0]["by_series"])
        ],
        windows=[
            {
                "what": one["what"],
                "series": one["series"],
                "row": count(one["row"] + 1),
                "mse": value(one["mse"], 3),
                "svg": window(one, entries[0]["name"], name),
            }
            for one in content["windows"]
        ],
    )


def _alike(numbers: Sequence[float]) -> list[str]:
    """Numbers with the same decimals: three significant digits of the first, the RMSE."""
    decimals = max(0, 2 - math.floor(math.log10(numbers[0]))) if numbers[0] > 0 else 3
    return [fixed(number, decimals) for number in numbers]


def _tail(errors: Mapping[str, Any], entry: str) -> str:
    """How much of the error the worst hundredth of the rows makes up."""
    part = errors["part"]
    which = "row" if part == 1 else f"{part} rows"
    return (
        f"The worst {which} of {count(errors['tested'])} "
        f"{'makes' if part == 1 else 'make'} up {per_cent(errors['share'])} of the squared error "
        f"of {entry}."
    )


def _line(item: Mapping[str, Any], forecast: Mapping[str, Any] | None) -> dict[str, Any]:
    """One row that is far off."""
    off = item["off"]
    return {
        "row": str(item["row"] + forecast["first"])
        if forecast and forecast["at"] == "year"
        else count(item["row"] + 1),
        "value": value(item["value"]),
        "mean": value(item["mean"]),
        "off": ("+" if off > 0 else "") + value(off, 3),
        "of": item["of"],
        "features": [
            {
                "name": f["name"].replace("_", " "),
                "value": f"{value(f['value'])}{' ' + f['unit'] if f['unit'] else ''}",
                "where": {"low": "lowest", "high": "highest", "same": "as in"}[f["side"]],
                "share": per_cent(f["own"]),
            }
            for f in item.get("features", [])
            if f["own"] <= RARE
        ],
    }
