"""Lines about the own tasks of a collection: few, and what went wrong by name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchmarks.data import DataError
from runners import report

TASKS = [f"uci/many-{number:03d}" for number in range(120)]


@pytest.fixture(autouse=True)
def a_collection_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "listed_as", lambda name: "uci/many" if name in TASKS else name)
    monkeypatch.setattr(report, "load", lambda: SimpleNamespace(collections={"uci/many": None}))


def test_tasks_that_lack_the_same_share_a_line() -> None:
    skipped = {"uci/wine": DataError("no network", "connect")}
    skipped |= {n: DataError("the file is missing", f"fetch {n}.arff") for n in TASKS[:2]}
    assert report.skip_lines(skipped) == [
        "uci/wine is skipped: no network; connect",
        "uci/many: 2 tasks (000, 001) are skipped: the file is missing; fetch uci/many-000.arff",
    ]


def test_many_reasons_are_cut_short() -> None:
    lines = report.skip_lines(
        {name: DataError(f"{name}.arff is missing", "get it") for name in TASKS}
    )
    assert len(lines) == report.MOST_LINES + 1
    assert lines[-1] == "uci/many: 114 more"
    assert "uci/many-000.arff is missing" in lines[0]


def test_benchmarks_alone_are_never_cut_short() -> None:
    lines = [("uci/wine", f"uci/wine entry-{number}: failed") for number in range(20)]
    assert len(report.not_too_many(lines)) == 20


def test_both_are_counted() -> None:
    assert report.counted(["uci/wine", *TASKS]) == "1 benchmarks, 120 tasks"
    assert report.counted(TASKS[:1]) == "1 task"
    assert report.counted([]) == "0 benchmarks"
