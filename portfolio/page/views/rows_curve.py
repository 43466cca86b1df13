"""Step 4: score against the number of training rows, where it was audited."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from portfolio.page.exhibits.plots import Plot, padded
from runners import formatting
from runners.results.access import metric_of, test_rows
from runners.results.types import BenchmarkResult, RowsLine

KINDS = (("x-first", "x-solid"), ("x-second", "x-hollow"))
"""Line and dots of the headline and of the classical baseline."""


@dataclass(frozen=True)
class RowsFigure:
    """The drawing, its sentence and its numbers."""

    claim: str
    svg: Markup
    names: list[str]
    lines: list[tuple[str, list[str]]]
    """Training rows and the score of every entry."""
    n: int


def rows_curve(benchmark: BenchmarkResult, name: str) -> RowsFigure | None:
    """Score against training rows; None where it was not audited."""
    curve, metric = benchmark["training_rows"], metric_of(benchmark)
    if not curve or len(curve["rows"]) < 2 or not curve["lines"]:
        return None
    rows, lines = curve["rows"], curve["lines"]
    label, unit = formatting.metric_label(metric), formatting.unit(metric)
    ends = [
        formatting.shown(mean + sign * (std or 0.0), metric)
        for line in lines
        for mean, std in zip(line["means"], line["stds"], strict=True)
        for sign in (-1, 1)
    ]
    low, high = padded(ends)
    if formatting.is_fraction(metric):
        high = min(high, 100.0)
    plot = Plot((0, rows[-1] * 1.02), (low, high), width=460, height=250)
    for line, (stroke, dots) in reversed(list(zip(lines, KINDS, strict=False))):
        means = [formatting.shown(mean, metric) for mean in line["means"]]
        for x, mean, std in zip(rows, means, line["stds"], strict=True):
            reach = formatting.shown(std or 0.0, metric)
            plot.line("x-bar-line", [(x, max(low, mean - reach)), (x, min(high, mean + reach))])
        plot.line(stroke, list(zip(rows, means, strict=True)))
        plot.circles(dots, [(x, mean, 3.5) for x, mean in zip(rows, means, strict=True)])
    texts = [_texts(line, benchmark) for line in lines]
    claim = _claim(lines[0], rows, benchmark)
    return RowsFigure(
        claim=claim,
        svg=plot.render(
            name=f"{name}-rows",
            title=f"{label} against the number of training rows",
            desc=claim,
            x_label="training rows",
            y_label=", ".join(filter(None, [label, unit])),
        ),
        names=[line["entry"] for line in lines],
        lines=[(formatting.count(n), [column[i] for column in texts]) for i, n in enumerate(rows)],
        n=curve["n"],
    )


def _texts(line: RowsLine, benchmark: BenchmarkResult) -> list[str]:
    metric, tested = metric_of(benchmark), test_rows(benchmark)
    pairs = zip(line["means"], line["stds"], strict=True)
    scores = [{"mean": mean, "std": std, "n": 1, "ci95": None} for mean, std in pairs]
    return [formatting.score_text(score, metric, tested) for score in scores]


def _claim(line: RowsLine, rows: list[int], benchmark: BenchmarkResult) -> str:
    """What the last step of rows brought, against the scatter over the repeats."""
    metric = metric_of(benchmark)
    sign = 1 if metric["direction"] == "max" else -1
    gain = sign * (line["means"][-1] - line["means"][-2])
    scatter = line["stds"][-1] or 0.0
    step = f"from {formatting.count(rows[-2])} to {formatting.count(rows[-1])} training rows"
    if gain <= 0:
        return f"More rows no longer help {line['entry']}: {step} its score does not get better."
    size = formatting.amount(gain, metric)
    tail = "less than" if gain < scatter else "more than"
    return f"{line['entry']} gains {size} {step}, {tail} one standard deviation over the repeats."
