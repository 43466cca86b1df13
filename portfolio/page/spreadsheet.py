"""`results.csv`: one line a benchmark and entry, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from runners.results.access import metric_of, strongest_of, verdict_on
from runners.results.types import BenchmarkResult, EntryResult, Results

Cell = str | float | bool | None

COLUMNS = (
    "benchmark", "family", "task", "protocol", "status", "level", "entry", "kind", "headline",
    "floor", "metric", "unit", "direction", "mean", "std", "ci95_low", "ci95_high", "n",
    "params", "seconds", "published", "published_model", "outcome", "difference", "p",
    "recipe", "run_id", "finished_at", "data_digest",
)  # fmt: skip


def text(summary: Results) -> str:
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
        entries = benchmark["entries"]
        for line in [_line(benchmark, e) for e in entries] or [_line(benchmark, None)]:
            writer.writerow({key: cell(value) for key, value in line.items()})
    return out.getvalue()


def _line(benchmark: BenchmarkResult, entry: EntryResult | None) -> dict[str, Cell]:
    protocol, data, best = benchmark["protocol"], benchmark["data"], strongest_of(benchmark)
    line: dict[str, Cell] = {
        "benchmark": benchmark["name"],
        "family": benchmark["family"],
        "task": benchmark["task"],
        "protocol": protocol and protocol["id"],
        "status": benchmark["status"],
        "published": best and best["score"],
        "published_model": best and best["model"],
        "data_digest": data and data["digest"],
    }
    if benchmark["metric"]:
        metric = metric_of(benchmark)
        line |= {
            "metric": metric["name"],
            "unit": metric["unit"],
            "direction": metric["direction"],
        }
    if entry is None:
        return line
    line |= {
        "level": benchmark["level"],
        "entry": entry["name"],
        "kind": entry["kind"],
        "headline": entry["headline"],
        "floor": entry["floor"],
        "params": entry["params"],
        "seconds": entry["seconds"],
        "recipe": entry["recipe"],
        "run_id": entry["run_id"],
        "finished_at": entry["finished_at"],
    }
    score, verdict = entry["score"], verdict_on(entry["verdicts"], best)
    if score:
        low, high = score["ci95"] or (None, None)
        line |= {"mean": score["mean"], "std": score["std"], "n": score["n"]}
        line |= {"ci95_low": low, "ci95_high": high}
    if verdict:
        line |= {
            "outcome": verdict["outcome"],
            "difference": verdict["difference"],
            "p": verdict["p"],
        }
    return line


def cell(value: Cell) -> Cell:
    """A value as it is written: no formula, empty where it is not known."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
