"""The scoreboard in groups: what the owner features, then family by family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners import formatting
from runners.results.scoreboard import VERDICTS

FAMILIES = {
    "toy": "For the first hour",
    "uci": "Tables of numbers",
    "cifar": "Pictures",
    "timeseries": "Time series",
}
"""Families by the words of a reader; any other by its own name."""
GROUPED_FROM = 8
"""Benchmarks from which families are told apart."""

Views = Sequence[Mapping[str, Any]]


def groups(views: Views, feature: Sequence[str]) -> list[dict[str, Any]]:
    """Views in groups with a `title` (empty for a single group) and a `note`."""
    by_name = {view["benchmark"]["name"]: view for view in views}
    first = [by_name[name] for name in feature if name in by_name]
    rest = [view for view in views if view not in first]
    made = [_group("Featured", first)] if first else []
    families: dict[str, list[Mapping[str, Any]]] = {}
    for view in rest:
        families.setdefault(str(view["benchmark"]["family"]), []).append(view)
    if len(views) >= GROUPED_FROM and len(families) > 1:
        made += [_group(FAMILIES.get(key, key), found) for key, found in families.items()]
    elif rest:
        made.append(_group("More" if first else "", rest))
    return made


def _group(title: str, views: Views) -> dict[str, Any]:
    note = formatting.some(len(views), "benchmark", "benchmarks")
    return {"title": title, "note": note, "views": views}


def outcomes(views: Views) -> list[tuple[str, str, int]]:
    """Verdicts that occur, with their words and how often, for the filter."""
    found = [view["row"]["outcome"] for view in views if view["row"]["n"]]
    return [(key, words, n) for key, words in VERDICTS.items() if (n := found.count(key))]
