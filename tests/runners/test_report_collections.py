"""Lines about the own tasks of a collection: few, and what went wrong by name."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

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


def test_a_long_remedy_is_said_in_short() -> None:
    error = DataError("the host cannot be reached", "put a.csv and b.csv below DIR")
    error.short = "connect (`make doctor` says more)"
    skipped = {"uci/wine": error}
    assert report.skip_lines(skipped) == [
        "uci/wine is skipped: no data; connect (`make doctor` says more)"
    ]
    assert report.skip_lines(skipped, brief=False) == [f"uci/wine is skipped: {error}"]


def test_progress_is_done_of_all_and_the_time_left() -> None:
    out = io.StringIO()
    reporter = report.Reporter(Console(file=out, width=170))
    groups: Any = [SimpleNamespace(benchmark="uci/wine", label="uci/wine mlp", repeats=[0, 1, 2])]
    reporter.estimated = 600.0
    reporter.start(groups * 4)
    reporter.finished(groups[0], "accuracy 98 %", 450.0, 9)
    reporter.finished(groups[0], "accuracy 98 %", 0.0, 0)
    lines = out.getvalue().splitlines()
    assert re.search(r"3 / 12, about [^,]+ left$", lines[0])
    assert lines[1].endswith("12 / 12")


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
