"""The figures of a benchmark's page as one HTML file of their own, for MLflow's artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from portfolio.page import addresses, exhibits, figures
from portfolio.page.views.algorithms import drawings, entry_view, items_of
from portfolio.page.views.results import panels
from runners.results.published import choose, published_rows


def figures_of(
    benchmark: Mapping[str, Any], entries: Mapping[str, Sequence[Any]], runs_root: Path
) -> str:
    """HTML with the strip of all scores, the learning curves and the exhibits of a benchmark.

    `benchmark` is one of the summary's, `entries` are its newest records by entry. The file loads
    nothing from elsewhere and runs no script.
    """
    name = addresses.slug(benchmark["name"]).replace("/", "-")
    shown = [entry_view(entry, benchmark) for entry in benchmark["entries"]]
    comparable = [p for p in published_rows(benchmark) if p["comparable"]]
    headline = next((e for e in shown if e["headline"]), None)
    choose(comparable, headline, benchmark["metric"] or {})
    items = items_of(benchmark, shown, comparable)
    return figures.rendered(
        "figures.html.j2",
        benchmark=benchmark,
        drawn=drawings(items, benchmark, name) if items else {},
        roles={
            role: words
            for role, words in figures.ROLES.items()
            if any(item.role == role for item in items)
        },
        panels=panels(benchmark, entries, name),
        exhibits=exhibits.results(benchmark, entries, runs_root),
    )
