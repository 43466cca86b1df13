"""Own problems as case studies: question, why it matters, baseline, change, result, decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.page import board
from portfolio.page.views import RowView
from runners import formatting


@dataclass(frozen=True)
class CaseStudy:
    """One problem of the owner's: its parts as terms with texts, those that are known."""

    name: str
    question: str
    address: str
    parts: list[tuple[str, str]]


def case_studies(views: Sequence[RowView]) -> list[CaseStudy]:
    """Every own problem that has a score, in the order of the page."""
    return [_study(view) for view in views if view.row.n and board.own(view.benchmark)]


def _study(view: RowView) -> CaseStudy:
    benchmark, row = view.benchmark, view.row
    parts = [
        ("Why it matters", benchmark["matters"] or ""),
        ("Baseline", _baseline(view)),
        ("What was changed", _changed(view)),
        ("Result", f"{row.metric} {row.score} ({row.spread_kind}). {view.learned}".strip()),
        ("Decision", benchmark["decision"] or ""),
    ]
    return CaseStudy(
        name=benchmark["name"],
        question=benchmark["question"] or benchmark["name"],
        address=view.address,
        parts=[(term, text) for term, text in parts if text],
    )


def _baseline(view: RowView) -> str:
    """The best classical baseline and the first trivial one, with their scores."""
    gained = view.benchmark["deep_learning"]
    best = gained["reference"] if gained else ""
    texts = [
        f"{entry['name']} {entry['score_text']}"
        for entry in view.entries
        if entry["name"] == best and entry["n"]
    ]
    trivial = [e for e in view.entries if e["floor"] and e["name"] != best and e["n"]]
    texts += [f"{entry['name']}, trivial, {entry['score_text']}" for entry in trivial[:1]]
    return f"{view.row.metric}: {'; '.join(texts)}." if texts else ""


def _changed(view: RowView) -> str:
    """The network in the baseline's place, and how its settings were found."""
    texts = [f"{view.row.entry}: {view.headline['about']}" if view.headline else view.row.entry]
    if view.study:
        tried = formatting.some(view.study.tried, "setting", "settings")
        texts.append(f"{tried} of {view.study.make} tried by inner validation.")
    return " ".join(text if text.endswith(".") else f"{text}." for text in texts)
