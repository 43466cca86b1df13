"""The figures of a benchmark's page as one HTML file of their own, for MLflow's artifacts."""

from __future__ import annotations

from pathlib import Path

from portfolio.page import addresses, exhibits, figures
from portfolio.page.figure_data import without_data
from portfolio.page.views import chosen_rows
from portfolio.page.views.algorithms import entry_view, items_of, strip_drawing
from portfolio.page.views.results import Records, panels
from runners.results.types import BenchmarkResult


def figures_of(benchmark: BenchmarkResult, entries: Records, runs_root: Path) -> str:
    """HTML with the strip of all scores, the learning curves and the exhibits of a benchmark.

    `benchmark` is one of the summary's, `entries` are its newest records by entry. The file loads
    nothing from elsewhere and runs no script.
    """
    name, published = addresses.id_of(benchmark["name"]), chosen_rows(benchmark)
    views = [entry_view(entry, benchmark) for entry in benchmark["entries"]]
    items = items_of(benchmark, views, [p for p in published if p.comparable])
    others = [p for p in published if not p.comparable]
    page = figures.rendered(
        "figures.html.j2",
        benchmark=benchmark,
        wide=strip_drawing(items, benchmark, name, others),
        narrow=strip_drawing(items, benchmark, name, others, narrow=True),
        roles={
            role: words
            for role, words in figures.ROLES.items()
            if any(item.role == role for item in items)
        },
        panels=panels(benchmark, entries, name),
        exhibits=exhibits.results(benchmark, entries, runs_root),
    )
    return without_data(page)
