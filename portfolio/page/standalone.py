"""The figures of a benchmark's page as one HTML file of their own, for MLflow's artifacts."""

from __future__ import annotations

from pathlib import Path

from portfolio.page import addresses, exhibits, figures
from portfolio.page.figure_data import without_data
from portfolio.page.views.algorithms import drawings, entry_view, items_of
from portfolio.page.views.results import Records, panels
from runners.results.access import metric_of, score_of
from runners.results.published import choose, published_rows
from runners.results.types import BenchmarkResult


def figures_of(benchmark: BenchmarkResult, entries: Records, runs_root: Path) -> str:
    """HTML with the strip of all scores, the learning curves and the exhibits of a benchmark.

    `benchmark` is one of the summary's, `entries` are its newest records by entry. The file loads
    nothing from elsewhere and runs no script.
    """
    name, score = addresses.id_of(benchmark["name"]), score_of(benchmark)
    views = [entry_view(entry, benchmark) for entry in benchmark["entries"]]
    published = published_rows(benchmark)
    comparable = [p for p in published if p.comparable]
    choose(comparable, score and score["mean"], metric_of(benchmark))
    items = items_of(benchmark, views, comparable)
    page = figures.rendered(
        "figures.html.j2",
        benchmark=benchmark,
        drawn=drawings(items, benchmark, name, [p for p in published if not p.comparable]),
        roles={
            role: words
            for role, words in figures.ROLES.items()
            if any(item.role == role for item in items)
        },
        panels=panels(benchmark, entries, name),
        exhibits=exhibits.results(benchmark, entries, runs_root),
    )
    return without_data(page)
