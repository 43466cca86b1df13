"""`results.csv`: one line a benchmark and entry, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

COLUMNS = (
    "benchmark", "family", "task", "protocol", "status", "level", "entry", "kind", "headline",
    "floor", "metric", "unit", "direction", "mean", "std", "ci95_low", "ci95_high", "n",
    "params", "seconds", "published", "published_model", "outcome", "difference", "p",
    "recipe", "run_id", "finished_at", "data_digest",
)  # fmt: skip


def text(summary: Mapping[str, Any]) -> str:
    """The table of a summary; accuracies are fractions, empty cells are unknown.

    `published` and `published_model` are the strongest score comparable with the headline;
    outcome, difference (ours minus theirs) and p are of each entry against it. A benchmark
    without entries has one line. A text that a spreadsheet would run as a formula gets a leading
    apostrophe.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for benchmark in summary["benchmarks"]:
        for entry in benchmark["entries"] or [{}]:
            line = _line(benchmark, entry)
            writer.writerow({key: _cell(value) for key, value in line.items()})
    return out.getvalue()


def _line(benchmark: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    metric, score = benchmark["metric"] or {}, entry.get("score") or {}
    low, high = score.get("ci95") or (None, None)
    best: Mapping[str, Any] = next(
        (b for b in benchmark["baselines"] if b["id"] == benchmark["strongest"]), {}
    )
    verdict: Mapping[str, Any] = next(
        (v for v in entry.get("verdicts", []) if best and v["baseline"] == best["id"]), {}
    )
    return {
        "benchmark": benchmark["name"],
        "family": benchmark["family"],
        "task": benchmark["task"],
        "protocol": (benchmark["protocol"] or {}).get("id"),
        "status": benchmark["status"],
        "level": benchmark["level"] if entry else None,
        "entry": entry.get("name"),
        **{key: entry.get(key) for key in ("kind", "headline", "floor", "params", "seconds")},
        "metric": metric.get("name"),
        "unit": metric.get("unit"),
        "direction": metric.get("direction"),
        **{key: score.get(key) for key in ("mean", "std", "n")},
        "ci95_low": low,
        "ci95_high": high,
        "published": best.get("score"),
        "published_model": best.get("model"),
        **{key: verdict.get(key) for key in ("outcome", "difference", "p")},
        **{key: entry.get(key) for key in ("recipe", "run_id", "finished_at")},
        "data_digest": (benchmark["data"] or {}).get("digest"),
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
