"""Score against time: who is on the Pareto front, and names that cover no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from portfolio.page.views.algorithms import entry_view
from portfolio.page.views.pareto import front, pareto
from runners.records.store import Runs
from runners.results.summary import collect, summarise
from tests.support import portfolio_synthetic as synthetic


@pytest.mark.parametrize(
    ("better", "expected"), [("min", [2, 0, 3]), ("max", [2, 1])], ids=["errors", "rates"]
)
def test_the_front_is_what_none_beats_in_as_little_time(better: str, expected: list[int]) -> None:
    points = [(2.0, 3.0), (2.0, 9.0), (1.0, 5.0), (8.0, 1.0), (9.0, 1.0)]
    assert front(points, better) == expected


def result(tmp_path: Path, scores: dict[str, float]) -> dict[str, Any]:
    """A summary's benchmark with an entry of each score, all of them as fast."""
    runs, facts = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete")
    for name, score in scores.items():
        synthetic.write(runs, synthetic.record(facts, name, 0, score, floor=name == "mean"))
    (found,) = summarise(runs, collect(runs))["benchmarks"]
    return found


def test_trivial_baselines_are_left_out_and_names_are_apart(tmp_path: Path) -> None:
    names = {f"network-{i}": 4.0 + i / 1000 for i in range(6)} | {"mean": 16.0}
    found = result(tmp_path, names)
    figures = pareto(found, [entry_view(entry, found) for entry in found["entries"]], "x")
    assert figures, "both times are in the records"
    for figure in figures:
        assert "mean" not in figure.claim
        assert ">mean<" not in figure.svg
        places = re.findall(r'x="([\d.]+)" y="([\d.]+)" text-anchor="\w+">network', figure.svg)
        assert len(set(places)) == 6
        assert all(26 < float(y) < 222 for _, y in places)
    assert "network-0" in figures[0].claim


def test_one_entry_makes_no_figure(tmp_path: Path) -> None:
    found = result(tmp_path, {"network": 4.0, "mean": 16.0})
    assert pareto(found, [entry_view(entry, found) for entry in found["entries"]], "x") == []
