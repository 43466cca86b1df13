"""Shares of the training rows: nested, with the shares of the classes, next to the test rows."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.data import Dataset
from benchmarks.definition import Split
from portfolio.page.views.rows_curve import rows_curve
from runners.audit.training_rows import SHARES, audit_rows, part_of
from runners.records.store import Runs
from runners.results import audit
from runners.results.summary import collect, summarise

SPLIT = Split(np.arange(100), np.arange(100, 120), 3)


def test_a_larger_share_contains_the_smaller_ones_and_the_test_rows_stay() -> None:
    y = (np.arange(120) % 10 == 0).astype(int)
    dataset = Dataset(x=np.zeros((120, 2)), y=y, class_names=("often", "rare"))
    parts = [part_of(dataset, SPLIT, share) for share in SHARES]
    for smaller, larger in itertools.pairwise(parts):
        assert set(smaller.train) < set(larger.train)
    assert all(np.array_equal(part.test, SPLIT.test) for part in parts)
    assert [y[part.train].sum() for part in parts] == [1, 2, 4, 7, 10]
    assert parts[-1] is SPLIT


def test_of_windows_of_a_series_the_last_ones_are_kept() -> None:
    dataset = Dataset(x=np.zeros((120, 4, 1)), y=np.zeros(120))
    assert part_of(dataset, SPLIT, 0.1).train.tolist() == list(range(90, 100))


def test_a_damaged_file_is_noted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "audit" / "uci" / "wine.rows.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    notes: list[str] = []
    assert audit.training_rows(tmp_path, "uci/wine", notes) is None
    assert audit.training_rows(tmp_path, "uci/iris", notes) is None
    assert audit.training_rows(tmp_path, "../wine", notes) is None
    assert len(notes) == 1


@pytest.mark.slow
def test_an_audit_of_rows_is_drawn_and_leaves_no_record(tmp_path: Path) -> None:
    assert audit_rows("toy/celsius", tmp_path) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["audit"]
    content = json.loads((tmp_path / "audit" / "toy" / "celsius.rows.json").read_bytes())
    assert [line["entry"] for line in content["lines"]] == ["neuron", "linear"]
    assert content["rows"] == sorted(content["rows"])
    assert summarise(Runs(tmp_path), collect(Runs(tmp_path)))["benchmarks"] == []


def test_the_curve_says_what_more_rows_bring() -> None:
    lines = [{"entry": "mlp", "means": [5.0, 4.0], "stds": [0.1, 0.1]}]
    curve = {"n": 5, "at": "2026-11-21T08:00:00+00:00", "rows": [100, 1000], "lines": lines}
    metric = {"name": "rmse", "unit": "MPa", "direction": "min"}
    found = rows_curve({"training_rows": curve, "metric": metric, "data": None}, "x")  # type: ignore[typeddict-item]
    assert found is not None
    assert found.claim.startswith("mlp gains 1.0")
    assert "more than one standard deviation" in found.claim
    assert [rows for rows, _ in found.lines] == ["100", "1\u202f000"]
