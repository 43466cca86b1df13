"""What the templates need of one benchmark beside the summary's own values, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.definition import Benchmark
from portfolio.page import addresses
from portfolio.page.views.algorithms import also_view, drawings, entry_view, items_of
from portfolio.page.views.card import features, model_card
from portfolio.page.views.improvement import ladder, searches
from portfolio.page.views.limits import limits, next_steps, told
from portfolio.page.views.rerun import rerun
from portfolio.page.views.results import lines, panels
from portfolio.page.views.study import search
from runners import formatting
from runners.results import audit, gain
from runners.results.published import choose, kind, published_rows, short_citation
from runners.results.scoreboard import strongest

__all__ = ["view"]


def view(
    benchmark: Mapping[str, Any],
    row: Mapping[str, Any],
    records: Mapping[str, Sequence[Any]],
    mlflow: Any = None,
    definition: Benchmark | None = None,
) -> dict[str, Any]:
    """Texts and figures of a benchmark, for its page and its row of the scoreboard.

    `row` is its row of the scoreboard, `records` the newest by entry, `mlflow` the tracking
    address they were mirrored to, `definition` what is defined now, if it is.
    """
    metric = benchmark["metric"] or {}
    best = strongest(benchmark)
    name = addresses.slug(benchmark["name"]).replace("/", "-")
    entries = [entry_view(entry, benchmark) for entry in benchmark["entries"]]
    published = published_rows(benchmark)
    comparable = [p for p in published if p["comparable"]]
    headline = next((e for e in entries if e["headline"]), None)
    choose(comparable, headline, metric)
    items, learned = items_of(benchmark, entries, comparable), benchmark["deep_learning"]
    data = benchmark["data"] or {}
    drawn = drawings(items, benchmark, name) if items else {}
    return {
        "benchmark": benchmark,
        "row": row,
        "id": name,
        "address": addresses.page(benchmark["name"]),
        "entries": entries,
        "headline": headline,
        "comparable": comparable,
        "deciding": [p for p in published if p["decides"]],
        "further": [p for p in comparable if not p["decides"]],
        "one_sided": [p for p in published if p["one_sided"] and not p["decides"]],
        "incomparable": [p for p in published if not (p["comparable"] or p["one_sided"])],
        "families": [
            family["statement"]
            for level, family in benchmark["better_than_any"].items()
            if level != "floor" and family["of"] > 1  # of floors, every one has to be beaten
        ],
        "drawn": sum(p["shown"] for p in comparable),
        "left_out": sum(not p["shown"] for p in comparable),
        "published_kind": kind(best) if best else "",
        "published_short": short_citation(best) if best else "",
        "outcome": _outcome(row),
        "learned": gain.sentence(learned, metric) if learned else "",
        "also": [also_view(measured, benchmark) for measured in benchmark["also"]],
        "margin": formatting.amount(benchmark["margin"], metric),
        "bounds": [formatting.amount(d.get("bound"), metric) for d in data.get("deviations") or []],
        "features": features(data.get("features")),
        "classes": _classes(data.get("class_names") or []),
        "ladder": ladder(benchmark, entries),
        "searches": searches(benchmark, records, definition),
        "study": search(benchmark["study"], name),
        "tricks": audit.rows(benchmark["audit"], metric),
        "panels": panels(benchmark, records, name),
        "lines": lines(benchmark, records),
        "card": model_card(benchmark),
        "limits": told(limits(benchmark)),
        "next_steps": next_steps(benchmark),
        "rerun": rerun(benchmark, mlflow),
        "roles": {item.role for item in items},
        "wide": drawn.get("wide"),
        "narrow": drawn.get("narrow"),
        "spark": drawn.get("spark", ""),
    }


def _outcome(row: Mapping[str, Any]) -> str:
    """The benchmark in one sentence; the verdict word follows it."""
    if not row["n"]:
        return ""
    ours = f"{row['entry']}: {row['metric']} {row['score']} ({row['spread_kind']})"
    if not row["published_by"]:
        return f"{ours}."
    return f"{ours}; the best comparable published score is {row['published']}."


def _classes(names: Sequence[Any]) -> str:
    if len(names) > 12:
        return f"{len(names)}: {', '.join(map(str, names[:10]))}, …"
    return f"{len(names)}: {', '.join(map(str, names))}"
