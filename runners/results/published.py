"""Published scores as the page shows them, and which of them a figure has room for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.judging.verdict import Outcome
from benchmarks.published import baselines
from runners import formatting
from runners.results.access import metric_of, published_of
from runners.results.scoreboard import verdict_word
from runners.results.types import BenchmarkResult, Interval, Metric, PublishedScore

MOST_ON_STRIP = 9
"""Published scores a strip shows at most; the tables hold all."""
PROVENANCE = {
    "read": "Read at the source.",
    "read-secondary": "Read in a later quotation.",
    "computed": "Computed from what is published.",
}
_SHORT = {"standard error": "standard error", "standard deviation": "std"}


@dataclass
class PublishedRow:
    """A published score as a table shows it, with the headline's verdict on it."""

    score: PublishedScore
    text: str
    kind: str
    """What its ± is and how many runs stand behind it."""
    comparable: bool
    """Judged for the headline, or for another entry where the headline has no score."""
    one_sided: bool
    """Obtained otherwise, and judged in the direction that is safe."""
    outcome: Outcome | None
    word: str
    """The verdict as printed; empty without one."""
    why: str
    provenance: str
    decides: bool
    """Whether its level is reached or missed against it."""
    drawn: bool = True
    """Whether the strip has room for it."""


def published_rows(benchmark: BenchmarkResult) -> list[PublishedRow]:
    """Published scores, best first, with the headline's verdict on each."""
    metric = metric_of(benchmark)
    entries = sorted(benchmark["entries"], key=lambda e: not e["headline"])
    verdicts = {v["baseline"]: v for entry in entries[:1] for v in entry["verdicts"]}
    headline = bool(entries) and entries[0]["headline"]
    rows = []
    for score in published_of(benchmark):
        verdict = verdicts.get(score["id"])
        judged = verdict is not None and verdict["outcome"] != "not-comparable"
        one_sided = judged and verdict is not None and verdict["helped"] is not None
        displayed = verdict if headline or not judged else None
        rows.append(
            PublishedRow(
                score=score,
                text=formatting.published_text(score, metric),
                kind=kind(score),
                comparable=judged and not one_sided,
                one_sided=one_sided,
                outcome=displayed["outcome"] if displayed else None,
                word=verdict_word(displayed) if displayed else "",
                why=displayed["why"] if displayed else "",
                provenance=PROVENANCE.get(score["provenance"], ""),
                decides=verdict is not None and verdict["decides"] == score["level"],
            )
        )
    return rows


def choose(comparable: Sequence[PublishedRow], ours: float | None, metric: Metric) -> None:
    """Mark which published scores the strip draws: the best of each level, then the nearest.

    `ours` is the mean of the headline.
    """
    if len(comparable) <= MOST_ON_STRIP:
        return
    sign = 1 if metric["direction"] == "max" else -1
    chosen: list[PublishedRow] = []
    for level in ("world-class", "good", "floor"):
        rows = [row for row in comparable if row.score["level"] == level]
        chosen += sorted(rows, key=lambda row: -sign * row.score["score"])[:1]
    middle = chosen[0].score["score"] if ours is None else ours
    for row in sorted(comparable, key=lambda row: abs(row.score["score"] - middle)):
        if len(chosen) < MOST_ON_STRIP and row not in chosen:
            chosen.append(row)
    for row in comparable:
        row.drawn = row in chosen


def kind(score: PublishedScore) -> str:
    """What the published ± is and how many runs stand behind the score."""
    n, spread = score["n"], _SHORT.get(score["spread_kind"] or "", "")
    runs = "n not stated" if n is None else formatting.some(n, "run", "runs")
    return f"{spread}, n\u00a0=\u00a0{n}" if spread and n else runs


def of_metric(name: str, metric: Mapping[str, Any] | None) -> list[baselines.Baseline]:
    """Published scores of one metric, best first; of all of a benchmark whose metric is not known.

    Recalled ones never reach the page.
    """
    rows = [row for row in baselines.load(name) if row.provenance != "recalled"]
    if not metric:
        return sorted(rows, key=lambda row: -row.score)
    best_first = 1 if metric.get("direction") == "min" else -1
    own = [row for row in rows if row.metric == metric["name"]]
    return sorted(own, key=lambda row: best_first * row.score)


def cited(key: str | None, url: str | None = None) -> tuple[str | None, str | None]:
    """Citation and address of a key of references.bib; an unknown key stands for itself.

    `url` is an address known better than the bibliography's.
    """
    entry = baselines.references().get(key or "")
    if key is None or entry is None:
        return key or None, url
    paper = f"https://arxiv.org/abs/{entry['eprint']}" if "eprint" in entry else None
    return baselines.citation(key), url or entry.get("url", paper)


def facts_of(row: baselines.Baseline) -> PublishedScore:
    """A published score as `results.json` has it."""
    return {
        "id": row.id,
        "model": row.model,
        "metric": row.metric,
        "score": row.score,
        "rounding": row.rounding,
        "spread": row.spread,
        "spread_kind": row.spread_kind or None,
        "n": row.n,
        "ci95": _interval(row),
        "level": row.level,
        "citation": cited(row.citation)[0],
        "cited_as": baselines.short_citation(row.citation),
        "url": row.url,
        "provenance": row.provenance,
        "protocol": row.protocol,
        "differs": dict(row.differs),
        "note": row.note or None,
    }


def _interval(row: baselines.Baseline) -> Interval | None:
    """95 % t interval of a published mean, where spread and n are known."""
    if not row.deviation or row.n is None:
        return None
    from scipy.special import stdtrit

    half = float(stdtrit(row.n - 1, 0.975)) * row.deviation / math.sqrt(row.n)
    return [row.score - half, row.score + half]
