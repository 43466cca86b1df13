"""The scoreboard in groups: what the owner features, then family by family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.judging.verdict import Outcome
from portfolio.page.views import View
from runners import formatting
from runners.results.scoreboard import VERDICTS, Standing

FAMILIES = {
    "toy": "Getting started",
    "uci": "Tables",
    "cifar": "Images",
    "mnist": "Images in grey",
    "timeseries": "Time series",
}
"""Titles of families; any other by its own name."""
GROUPED_FROM = 8
"""Benchmarks from which families are told apart."""


@dataclass(frozen=True)
class BoardGroup:
    """Rows of the scoreboard under one title."""

    title: str
    """Empty for a single group."""
    views: Sequence[View]

    @property
    def note(self) -> str:
        """How many there are."""
        return formatting.some(len(self.views), "benchmark", "benchmarks")


def groups(views: Sequence[View], feature: Sequence[str]) -> list[BoardGroup]:
    """Views in groups: those named in `feature` first, in that order, then family by family."""
    by_name = {view.benchmark["name"]: view for view in views}
    first = [by_name[name] for name in feature if name in by_name]
    names = {view.benchmark["name"] for view in first}
    others = [view for view in views if view.benchmark["name"] not in names]
    board = [BoardGroup("Featured", first)] if first else []
    families: dict[str, list[View]] = {}
    for view in others:
        families.setdefault(view.benchmark["family"], []).append(view)
    if len(views) >= GROUPED_FROM and len(families) > 1:
        board += [BoardGroup(FAMILIES.get(key, key), of) for key, of in families.items()]
    elif others:
        board.append(BoardGroup("More" if first else "", others))
    return board


def outcomes(
    views: Sequence[View], across: Sequence[Outcome | None] = ()
) -> list[tuple[Standing, str, int]]:
    """Verdicts that occur, with their words and how often, for the filter.

    `across` are those of collections.
    """
    standings = [view.row.outcome for view in views if view.row.n] + [*across]
    return [(key, words, n) for key, words in VERDICTS.items() if (n := standings.count(key))]
