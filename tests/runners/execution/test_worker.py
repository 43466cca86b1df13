"""What a worker does with one group after another."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from benchmarks import registry
from benchmarks.data import Store, load
from runners.execution import worker
from runners.execution.plan import make
from runners.records.store import Runs


def test_the_data_of_a_group_is_read_once_for_those_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    benchmark = registry.load().benchmarks["toy/celsius"]
    loaded = load(benchmark.data, Store(tmp_path, offline=True))
    groups = make(benchmark, loaded, "quick", Runs(tmp_path / "runs"), True).groups
    (group,) = [one for one in groups if one.entry == "mean"]
    reads: list[object] = []
    read = worker.load
    monkeypatch.setattr(worker, "load", lambda *of: (reads.append(of), read(*of))[1])
    monkeypatch.setattr(worker, "_at_hand", {})
    first, again = worker.run(group, tmp_path), worker.run(group, tmp_path)
    assert len(reads) == 1
    assert first.scores == again.scores
    assert first.predictions == again.predictions
    other = dataclasses.replace(group, digest="sha256:" + "0" * 64)
    with pytest.raises(RuntimeError, match="data of toy/celsius changed while running"):
        worker.run(other, tmp_path)
    assert not worker._at_hand
    worker.run(group, tmp_path)
    assert len(reads) == 3
