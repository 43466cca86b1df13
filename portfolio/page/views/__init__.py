"""What the templates need of one benchmark beside the summary's own values, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from benchmarks.definition import Benchmark
from portfolio.page import addresses
from portfolio.page.views.algorithms import (
    EntryView,
    SecondaryTable,
    also_view,
    entry_view,
    items_of,
    spark_drawing,
    strip_drawing,
)
from portfolio.page.views.card import ModelCard, features, model_card
from portfolio.page.views.checks import CheckLine, check_lines
from portfolio.page.views.ideas import Ideas, ideas
from portfolio.page.views.improvement import Rung, Search, ladder, searches
from portfolio.page.views.limits import Limit, limits, next_steps
from portfolio.page.views.pareto import ParetoFigure, pareto
from portfolio.page.views.rerun import Rerun, rerun
from portfolio.page.views.reruns import RerunLine, rerun_lines
from portfolio.page.views.results import Learned, Panel, Records, learned, lines, panels
from portfolio.page.views.rows_curve import RowsFigure, rows_curve
from portfolio.page.views.study import StudyView, search
from runners import formatting
from runners.results import audit, gain
from runners.results.access import metric_of, score_of, strongest_of
from runners.results.audit import AuditRow
from runners.results.published import PublishedRow, choose, kind, published_rows
from runners.results.scoreboard import ScoreboardRow, scoreboard_row
from runners.results.types import BenchmarkResult

__all__ = ["RowView", "View", "row_view", "view"]


@dataclass(frozen=True)
class RowView:
    """Texts and figures of a benchmark that pages of several benchmarks show."""

    benchmark: BenchmarkResult
    row: ScoreboardRow
    id: str
    address: str
    entries: list[EntryView]
    headline: EntryView | None
    published_kind: str
    """What the ± of the strongest comparable score is."""
    published_short: str
    """Its authors and year."""
    learned: str
    """The gain over the best baseline, in a sentence."""
    study: StudyView | None
    shortcuts: list[AuditRow]
    spark: Markup | str


@dataclass(frozen=True)
class View(RowView):
    """Texts and figures of a benchmark for its own page."""

    comparable: list[PublishedRow]
    deciding: list[PublishedRow]
    """Those against which levels are reached."""
    further: list[PublishedRow]
    """Comparable ones that decide nothing."""
    one_sided: list[PublishedRow]
    incomparable: list[PublishedRow]
    families: list[str]
    """What the headline is better than, of several scores at once."""
    outcome: str
    """The benchmark in one sentence; the verdict word follows it."""
    reruns: list[RerunLine]
    """Published recipes trained here as published."""
    also: list[SecondaryTable]
    margin: str
    bounds: list[str]
    """How far each deviation of the data can move the score."""
    features: str
    classes: str
    ladder: list[Rung]
    ideas: Ideas | None
    """What each idea is worth, where entries say what they add to another."""
    searches: list[Search]
    rows_curve: RowsFigure | None
    """Score against the number of training rows."""
    panels: list[Panel]
    overfitting: Learned | None
    """What the headline's recorded losses say of it."""
    lines: list[str]
    card: ModelCard | None
    limits: list[Limit]
    checks: list[CheckLine]
    next_steps: list[str]
    rerun: Rerun
    roles: set[str]
    """Marks that the figures show."""
    wide: Markup | None
    narrow: Markup | None
    pareto: list[ParetoFigure]
    """Score against time."""

    @property
    def drawn(self) -> int:
        """Comparable published scores that the strip shows."""
        return sum(row.drawn for row in self.comparable)

    @property
    def left_out(self) -> int:
        """Comparable published scores that it has no room for."""
        return len(self.comparable) - self.drawn


def row_view(benchmark: BenchmarkResult) -> RowView:
    """What other pages than its own show of a benchmark; needs no records."""
    metric, best = metric_of(benchmark), strongest_of(benchmark)
    name, gained = addresses.id_of(benchmark["name"]), benchmark["deep_learning"]
    entries = [entry_view(entry, benchmark) for entry in benchmark["entries"]]
    published = chosen_rows(benchmark)
    comparable, others = ([p for p in published if p.comparable is one] for one in (True, False))
    return RowView(
        benchmark=benchmark,
        row=scoreboard_row(benchmark),
        id=name,
        address=addresses.page(benchmark["name"]),
        entries=entries,
        headline=next((e for e in entries if e["headline"]), None),
        published_kind=kind(best) if best else "",
        published_short=best["cited_as"] if best else "",
        learned=gain.sentence(gained, metric) if gained else "",
        study=search(benchmark["study"], name, benchmark["entries"]),
        shortcuts=audit.rows(benchmark["audit"], metric),
        spark=spark_drawing(items_of(benchmark, entries, comparable), benchmark, others),
    )


def view(
    benchmark: BenchmarkResult,
    records: Records,
    mlflow: str = "",
    definition: Benchmark | None = None,
) -> View:
    """Texts and figures of a benchmark.

    `records` are the newest by entry, `mlflow` is the server the owner lets readers see, empty
    for none, `definition` what is defined now, if it is.
    """
    shared, metric, data = row_view(benchmark), metric_of(benchmark), benchmark["data"]
    name, entries, published = shared.id, shared.entries, chosen_rows(benchmark)
    comparable = [p for p in published if p.comparable]
    others = [p for p in published if not p.comparable]
    items = items_of(benchmark, entries, comparable)
    known = definition.data.values if definition else {}
    return View(
        **vars(shared),
        comparable=comparable,
        deciding=[p for p in published if p.decides],
        further=[p for p in comparable if not p.decides],
        one_sided=[p for p in published if p.one_sided and not p.decides],
        incomparable=[p for p in published if not (p.comparable or p.one_sided)],
        families=[
            level["statement"]
            for of, level in benchmark["better_than_any"].items()
            if of != "floor" and level["of"] > 1  # of floors, every one has to be beaten
        ],
        outcome=_outcome(shared.row),
        reruns=rerun_lines(benchmark),
        also=[also_view(measured, benchmark) for measured in benchmark["also"]],
        margin=formatting.amount(benchmark["margin"], metric),
        bounds=[formatting.amount(d["bound"], metric) for d in data["deviations"]] if data else [],
        features=features(data["features"]) if data else "",
        classes=_classes(data["class_names"]) if data else "",
        ladder=ladder(benchmark, entries),
        ideas=ideas(benchmark, entries, name),
        searches=searches(benchmark, records, definition),
        panels=panels(benchmark, records, name),
        overfitting=learned(benchmark, records),
        lines=lines(benchmark, records),
        card=model_card(benchmark, int(known.get("horizon", 1))),
        limits=limits(benchmark),
        checks=check_lines(benchmark),
        rows_curve=rows_curve(benchmark, name),
        next_steps=next_steps(benchmark),
        rerun=rerun(benchmark, mlflow),
        roles={item.role for item in items},
        wide=strip_drawing(items, benchmark, name, others),
        narrow=strip_drawing(items, benchmark, name, others, narrow=True),
        pareto=pareto(benchmark, entries, f"pareto-{name}"),
    )


def chosen_rows(benchmark: BenchmarkResult) -> list[PublishedRow]:
    """The published scores of a benchmark, those marked that the strip has room for."""
    published, score = published_rows(benchmark), score_of(benchmark)
    comparable = [p for p in published if p.comparable]
    choose(comparable, score and score["mean"], metric_of(benchmark))
    return published


def _outcome(row: ScoreboardRow) -> str:
    """The benchmark in one sentence; the verdict word follows it."""
    if not row.n:
        return ""
    ours = f"{row.entry}: {row.metric} {row.score} ({row.spread_kind})"
    if not row.published_by:
        return f"{ours}."
    return f"{ours}; the best comparable published score is {row.published}."


def _classes(names: Sequence[str]) -> str:
    listed = [*names[:10], "…"] if len(names) > 12 else names
    return f"{len(names)}: {', '.join(listed)}"
