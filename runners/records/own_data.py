"""Which benchmarks are of the owner's own data, and what of an exhibit are single rows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHIPPED = ("cifar", "mnist", "text", "timeseries", "toy", "uci")
"""Families whose benchmarks come with the project."""
REPOSITORY = "https://archive.ics.uci.edu/"
ROWS = (
    "labels", "pictures", "series", "means", "course", "windows", "examples", "fields", "weights",
    "text",
)  # fmt: skip
"""Keys of an exhibit that hold values of single rows, or a network that may give them away."""


def is_own(benchmark: str, url: str | None) -> bool:
    """Whether a benchmark's data is the owner's: `url` is the page of the data set, if it has one.

    So is that of every family but the project's own, unless UCI's repository has it.
    """
    family = benchmark.split("/")[0]
    return not url or (family not in SHIPPED and not url.startswith(REPOSITORY))


def without_rows(content: Mapping[str, Any]) -> dict[str, Any]:
    """An exhibit (`runners.exhibits.content`) without what it holds of single rows.

    Counts, distributions and scores stay.
    """
    kept = {key: value for key, value in content.items() if key not in ROWS}
    if "windows" in content:
        kept["windows"] = []
    if "shown" in content:
        kept["shown"] = []
    if "occlusion" in content:
        kept["occlusion"] = []
    if "columns" in content:
        kept["columns"] = [{**column, "cells": []} for column in content["columns"]]
    if "errors" in content:
        kept["errors"] = {**content["errors"], "items": []}
        kept["errors"].pop("means", None)
    if "entries" in content:
        entries = content["entries"]
        kept["entries"] = [{k: v for k, v in e.items() if k != "forecast"} for e in entries]
        for entry in kept["entries"]:
            entry.update({key: [] for key in ("points", "fans") if key in entry})
            if "by_series" in entry:  # names of series are cells of a column
                entry["by_series"] = [
                    (f"series {place}", *numbers)
                    for place, (_, *numbers) in enumerate(entry["by_series"], start=1)
                ]
    return kept
