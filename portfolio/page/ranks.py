"""The figure of mean ranks across tasks: a method a line, the best on top.

Demšar's critical-difference diagram (JMLR 7, 2006) turned upright, so that long names and many
methods fit a phone. Bars at the side join methods that no pairwise test tells apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from portfolio.page import figures
from portfolio.page.figure_data import with_data
from runners.formatting import fixed
from runners.results.collection_types import MethodKind, RankingResult

MARKS: dict[MethodKind, str] = {
    "headline": "headline",
    "network": "entry",
    "baseline": "classical-baseline",
    "published": "good",
}
"""Mark of each kind of method, as in other figures."""
COLUMN = 9
"""Pixels between two bars."""


def ranks(
    ranking: RankingResult, names: dict[str, str], *, name: str, title: str, narrow: bool = False
) -> Markup:
    """The figure; `names` are methods as shown, `name` makes its ids unique on the page."""
    methods = ranking["methods"]
    order = [one["method"] for one in methods]
    bars = columns([(order.index(run[0]), order.index(run[-1])) for run in ranking["alike"]])
    room = COLUMN * (1 + max((column for _, _, column in bars), default=-1))
    left, width = (6, 340) if narrow else (290, 848)
    right = width - room - (12 if room else 4) - (0 if narrow else 48)
    lane, top = (37, 8) if narrow else (25, 8)
    difference = ranking["critical_difference"]
    high = max(float(len(methods)), 2.0)

    def x(rank: float) -> float:
        return round(left + (rank - 1) / (high - 1) * (right - left), 1)

    def y(place: int) -> float:
        return top + place * lane + (27 if narrow else lane / 2)

    rows = [
        {
            "label": figures.shortened(
                names.get(one["method"], one["method"]), 34 if narrow else 40
            ),
            "text": fixed(one["mean_rank"], 1),
            "role": MARKS[one["kind"]],
            "x": x(one["mean_rank"]),
            "y": y(place),
        }
        for place, one in enumerate(methods)
    ]
    headline = order.index(next(one["method"] for one in methods if one["kind"] == "headline"))
    described = "; ".join(
        f"{place + 1}. {names.get(one['method'], one['method'])}, mean rank "
        f"{fixed(one['mean_rank'], 1)}"
        for place, one in enumerate(methods)
    )
    joined = "; ".join(
        " to ".join(names.get(one, one) for one in (run[0], run[-1])) for run in ranking["alike"]
    )
    drawing = figures.rendered(
        "ranks.svg.j2",
        rows=rows,
        bars=[
            {
                "x": width - room + COLUMN * column + 4,
                "top": y(first) - 6,
                "bottom": y(last) + 6,
                "ours": first <= headline <= last,
            }
            for first, last, column in bars
        ],
        ticks=[
            (x(value), label)
            for value, label in figures.ticks(1, high, 4 if narrow else 8)
            if value >= 1
        ],
        cd=None if difference is None or 1 + difference > high else (x(1), x(1 + difference)),
        difference=None if difference is None else fixed(difference, 1),
        left=left,
        right=right,
        width=width,
        bottom=top + len(methods) * lane + 4,
        narrow=narrow,
        name=f"{name}-{'narrow' if narrow else 'wide'}",
        title=title,
        desc=f"{described}. 1 is the best."
        + (f" Not told apart by pairwise tests: {joined}." if joined else ""),
    )
    return with_data(
        drawing,
        ("method", "kind", "mean rank"),
        [(names.get(m["method"], m["method"]), m["kind"], m["mean_rank"]) for m in methods],
    )


def columns(runs: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Runs of lines (first, last), each with the first column in which it meets no other."""
    ends: list[int] = []
    placed = []
    for first, last in sorted(runs):
        column = next((i for i, end in enumerate(ends) if end < first), len(ends))
        ends[column : column + 1] = [last]
        placed.append((first, last, column))
    return placed
