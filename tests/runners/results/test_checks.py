"""Checks of a headline: each one passed, noted and muted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from portfolio_synthetic import ACCURACY, benchmark, record, write

from benchmarks.definition import CHECKS
from portfolio.page.views.checks import check_lines
from runners.records.store import Runs
from runners.results.checks import noted
from runners.results.summary import collect, summarise

NAME = "uci/concrete"
DIGEST = "sha256:" + "ab" * 32


def results(
    root: Path,
    *,
    network: float = 5.0,
    boosting: float = 6.0,
    mean: float = 16.0,
    seconds: float = 2.5,
    **facts: Any,
) -> Any:
    """A network, a classical and a trivial baseline with these errors over five splits."""
    runs, about = Runs(root), benchmark(NAME, **facts)
    for repeat in range(5):
        off = 0.01 * repeat
        write(
            runs,
            record(about, "mlp", repeat, network + off, kind="keras", headline=True,
                   seconds=seconds),
            record(about, "boosting", repeat, boosting + 0.9 * off, seconds=0.1),
            record(about, "mean", repeat, mean + off, floor=True),
        )  # fmt: skip
    return summarise(runs, collect(runs))


def found(summary: Any) -> dict[str, str]:
    (one,) = summary["benchmarks"]
    headline = next(entry for entry in one["entries"] if entry["headline"])
    return {check["code"]: check["state"] for check in headline["checks"]}


def exhibit(root: Path, file: str, **content: Any) -> None:
    path = root / "exhibits" / NAME / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"schema": 1, "digest": DIGEST, **content}))


def network(root: Path, train_score: float) -> None:
    exhibit(
        root, "network.json", entry="mlp", recipe="recipe-1", repeat=0, bytes=1, ms_a_row=0.1,
        train_score=train_score,
    )  # fmt: skip


def data(root: Path, repeated: float | None = 0.0, score: float = 0.5) -> None:
    single = {"name": "age", "score": score}
    exhibit(root, "checks.json", protocol="REG20", repeated=repeated, single=single)


def test_a_sound_headline_passes_all_that_can_be_checked(tmp_path: Path) -> None:
    network(tmp_path, 4.9)
    data(tmp_path)
    summary = results(tmp_path)
    assert set(found(summary).values()) == {"passed"}
    assert set(found(summary)) == set(CHECKS) - {"imbalance"}
    assert noted(summary) == ""


@pytest.mark.parametrize(
    ("code", "values", "prepare"),
    [
        ("train-test-gap", {}, lambda root: network(root, 2.0)),
        ("trivial", {"mean": 5.0}, None),
        ("classical-score", {"boosting": 4.0}, None),
        ("classical-time", {"boosting": 5.0, "seconds": 30.0}, None),
        ("duplicates", {}, lambda root: data(root, repeated=0.2)),
        ("leak", {}, lambda root: data(root, score=0.995)),
    ],
)
def test_a_finding_is_noted_once_and_can_be_muted(
    tmp_path: Path, code: str, values: dict[str, float], prepare: Any
) -> None:
    if prepare:
        prepare(tmp_path)
    summary = results(tmp_path, **values)
    assert found(summary)[code] == "noted"
    assert f"{NAME} " in noted(summary)
    assert code in noted(summary)
    muted = results(tmp_path, **values, muted={code: "known & <accepted>"})
    assert found(muted)[code] == "muted"
    assert code not in noted(muted)
    (line,) = [line for line in check_lines(muted["benchmarks"][0]) if line.code == code]
    assert line.reason == "known & <accepted>"
    assert line.title == CHECKS[code]


def test_a_rare_class_is_noted(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    about = benchmark(NAME, metric=ACCURACY, task="classification")
    classes = {"class_names": ["no", "yes"], "classes": 2}
    write(runs, record(about, "mlp", 0, 0.9, kind="keras", headline=True, data=classes))
    exhibit(
        tmp_path, "data.json", balance=[{"name": "no", "rows": 90}, {"name": "yes", "rows": 10}]
    )
    assert found(summarise(runs, collect(runs)))["imbalance"] == "noted"


def test_exhibits_of_other_data_protocol_or_recipe_say_nothing(tmp_path: Path) -> None:
    exhibit(tmp_path, "checks.json", protocol="CV10", repeated=0.5, single=None)
    exhibit(
        tmp_path, "network.json", entry="mlp", recipe="another", repeat=0, bytes=1, ms_a_row=0.1,
        train_score=0.1,
    )  # fmt: skip
    states = found(results(tmp_path))
    assert not {"duplicates", "leak", "train-test-gap"} & set(states)
    exhibit(tmp_path, "network.json", entry=3)
    exhibit(tmp_path, "checks.json", digest="sha256:other")
    assert found(results(tmp_path)) == states
