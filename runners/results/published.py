"""Published scores as the page shows them, and which of them a figure has room for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.published import baselines
from runners import formatting

DRAWN = 9
"""Published scores a strip shows at most; the tables hold all."""
PROVENANCE = {
    "read": "Read at the source.",
    "read-secondary": "Read in a later quotation.",
    "computed": "Computed from what is published.",
}
_SHORT = {"standard error": "standard error", "standard deviation": "std"}


def published_rows(benchmark: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Published scores, best first, with the headline's verdict on each.

    `comparable` is judged for the headline, or for another entry where the headline has no score;
    `one_sided` are verdicts against a score obtained otherwise, in the direction that is safe;
    `decides` marks those against which levels are reached.
    """
    metric = benchmark["metric"] or {}
    entries = sorted(benchmark["entries"], key=lambda e: not e["headline"])
    speaking: Mapping[str, Any] = entries[0] if entries else {"headline": False, "verdicts": []}
    verdicts = {v["baseline"]: v for v in speaking["verdicts"]}
    rows = []
    for baseline in of_headline(benchmark):
        verdict = verdicts.get(baseline["id"])
        judged = verdict is not None and verdict["outcome"] != "not-comparable"
        one_sided = judged and bool(verdict and verdict["helped"])
        told = verdict is not None and (speaking["headline"] or not judged)
        rows.append(
            {
                **baseline,
                "text": formatting.published_text(baseline, metric),
                "kind": kind(baseline),
                "comparable": judged and not one_sided,
                "one_sided": one_sided,
                "outcome": verdict["outcome"] if verdict and told else "none",
                "why": verdict["why"] if verdict and told else "",
                "from": PROVENANCE.get(str(baseline.get("provenance")), ""),
                "decides": verdict is not None and verdict["decides"] == baseline["level"],
                "shown": True,
            }
        )
    return rows


def of_headline(benchmark: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Published scores of a summary's benchmark in its headline metric, best first."""
    name = (benchmark["metric"] or {}).get("name")
    return [b for b in benchmark["baselines"] if name in (None, b["metric"])]


def choose(
    comparable: Sequence[dict[str, Any]],
    headline: Mapping[str, Any] | None,
    metric: Mapping[str, Any],
) -> None:
    """Mark which published scores the strip draws: the best of each level, then the nearest."""
    if len(comparable) <= DRAWN:
        return
    sign = 1 if metric.get("direction") == "max" else -1
    chosen: list[dict[str, Any]] = []
    for level in ("world-class", "good", "floor"):
        rows = [p for p in comparable if p["level"] == level]
        chosen += sorted(rows, key=lambda p: -sign * p["score"])[:1]
    ours = headline["score"]["mean"] if headline and headline["score"] else chosen[0]["score"]
    nearest = sorted(comparable, key=lambda p: abs(p["score"] - ours))
    for p in nearest:
        if len(chosen) < DRAWN and p not in chosen:
            chosen.append(p)
    for p in comparable:
        p["shown"] = p in chosen


def kind(baseline: Mapping[str, Any]) -> str:
    """What the published ± is and how many runs stand behind the score."""
    n, what = baseline.get("n"), _SHORT.get(str(baseline.get("spread_kind")), "")
    runs = "n not stated" if n is None else formatting.some(n, "run", "runs")
    return f"{what}, n\u00a0=\u00a0{n}" if what and n else runs


def short_citation(baseline: Mapping[str, Any]) -> str:
    """Authors and year, the part before the title: `Gal and Ghahramani (2016)`."""
    citation = str(baseline.get("citation") or "")
    return citation.split("). ", 1)[0] + ")" if "). " in citation else citation


def of_metric(name: str, metric: Mapping[str, Any]) -> list[baselines.Baseline]:
    """Published scores of one metric, best first; recalled ones never reach the page."""
    best_first = 1 if metric.get("direction") == "min" else -1
    known = metric.get("name")  # nothing is known of a benchmark that was skipped from the start
    rows = [row for row in baselines.load(name) if known in (None, row.metric)]
    rows = [row for row in rows if row.provenance != "recalled"]
    return sorted(rows, key=lambda row: best_first * row.score)


def cited(key: Any, url: str | None = None) -> dict[str, str | None]:
    """Citation and address of a key of references.bib; an unknown key stands for itself.

    `url` is an address known better than the bibliography's.
    """
    entry = baselines.references().get(str(key))
    if entry is None:
        return {"citation": str(key) if key else None, "url": url}
    paper = f"https://arxiv.org/abs/{entry['eprint']}" if "eprint" in entry else None
    return {"citation": baselines.citation(str(key)), "url": url or entry.get("url", paper)}


def facts_of(row: baselines.Baseline) -> dict[str, Any]:
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
        "citation": cited(row.citation)["citation"],
        "url": row.url,
        "provenance": row.provenance,
        "protocol": row.protocol,
        "differs": dict(row.differs),
        "note": row.note or None,
    }


def _interval(row: baselines.Baseline) -> tuple[float, float] | None:
    """95 % t interval of a published mean, where spread and n are known."""
    if not row.deviation or row.n is None:
        return None
    from scipy.special import stdtrit

    half = float(stdtrit(row.n - 1, 0.975)) * row.deviation / math.sqrt(row.n)
    return row.score - half, row.score + half
