"""The scoreboard in groups: what the owner features, then family by family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.judging.verdict import Outcome
from portfolio.page.views import RowView
from runners import formatting
from runners.results.scoreboard import VERDICTS, Standing
from runners.results.types import BenchmarkResult

FAMILIES = {
    "uci": "Tables",
    "cifar": "Images",
    "mnist": "Images in grey",
    "timeseries": "Time series",
    "text": "Short texts",
    "toy": "Getting started",
}
"""Titles of families in their order on the scoreboard; any other by its own name, before "toy"."""
OWN = "Own problems"
OWNERS = "the owner's"
"""Licence of data of one's own."""
GROUPED_FROM = 8
"""Benchmarks from which families are told apart."""


@dataclass(frozen=True)
class BoardGroup:
    """Rows of the scoreboard under one title."""

    title: str
    """Empty for a single group."""
    views: Sequence[RowView]
    leads: bool = False
    """Whether it stands before the collections."""

    @property
    def note(self) -> str:
        """How many there are."""
        return formatting.some(len(self.views), "benchmark", "benchmarks")


def own(benchmark: BenchmarkResult) -> bool:
    """Whether a benchmark is on data of the owner's."""
    data = benchmark["data"]
    return data is not None and data["licence"] == OWNERS


def groups(views: Sequence[RowView], feature: Sequence[str]) -> list[BoardGroup]:
    """Views in groups: those named in `feature` first, in that order, then own problems, then
    family by family, the toy ones last.
    """
    by_name = {view.benchmark["name"]: view for view in views}
    first = [by_name[name] for name in feature if name in by_name]
    names = {view.benchmark["name"] for view in first}
    others = [view for view in views if view.benchmark["name"] not in names]
    board = [BoardGroup("Featured", first, leads=True)] if first else []
    families: dict[str, list[RowView]] = {}
    for view in others:
        family = OWN if own(view.benchmark) else view.benchmark["family"]
        families.setdefault(family, []).append(view)
    if len(families) > 1 and (len(views) >= GROUPED_FROM or OWN in families):
        known = list(FAMILIES)
        order = sorted(
            families,
            key=lambda key: (key != OWN, key == "toy", known.index(key) if key in known else 99),
        )
        board += [BoardGroup(FAMILIES.get(key, key), families[key], key == OWN) for key in order]
    elif others:
        board.append(BoardGroup("More" if first else "", others))
    return board


def outcomes(
    views: Sequence[RowView], across: Sequence[Outcome | None] = ()
) -> list[tuple[Standing, str, int]]:
    """Verdicts that occur, with their words and how often, for the filter.

    `across` are those of collections.
    """
    standings = [view.row.outcome for view in views if view.row.n] + [*across]
    return [(key, words, n) for key, words in VERDICTS.items() if (n := standings.count(key))]
