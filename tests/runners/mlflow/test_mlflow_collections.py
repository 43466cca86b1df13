"""A collection in MLflow: an entry a run, a task a child run, and no flood of others."""

from __future__ import annotations

from pathlib import Path

import collection_synthetic as synthetic
import pytest
from mlflow_help import all_runs, client, tagged

from benchmarks.registry import Registry
from runners.mlflow import sync
from runners.records.store import Runs

NAME = f"collection:{synthetic.NAME}"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    joined = synthetic.collection()
    registry = Registry(collections={joined.name: joined})
    monkeypatch.setattr("runners.mlflow.sync.registry.load", lambda: registry)
    return synthetic.records(tmp_path / "runs", lead=0.02, without="iris")


def test_one_run_an_entry_and_one_below_it_a_task(runs: Runs) -> None:
    assert sync.sync(runs) > 0
    store = client(runs.root)
    parents = tagged(store, "kerasfolio.entry")
    assert set(parents) == {f"{NAME}:{entry}" for entry in ("headline", "selu", "svm")}
    headline = parents[f"{NAME}:headline"].data
    assert headline.metrics["tasks"] == 13
    assert headline.metrics["wins"] + headline.metrics["ties"] + headline.metrics["losses"] == 13
    assert "mean_rank" in headline.metrics
    assert headline.tags["score"].endswith("%")
    children = tagged(store, "kerasfolio.trial")
    assert len(children) == 2 * 13  # of the networks; a baseline keeps its tasks as steps
    ours = parents[f"{NAME}:headline"].info.run_id
    below = [r for r in children.values() if r.data.tags["mlflow.parentRunId"] == ours]
    assert {run.data.tags["kerasfolio.benchmark"] for run in below} == {
        f"{synthetic.NAME}-{task}" for task in synthetic.TASKS if task not in ("iris", "zoo")
    }
    steps = store.get_metric_history(parents[f"{NAME}:svm"].info.run_id, "accuracy/task")
    assert len(steps) == 13
    assert len(all_runs(store)) == 3 + 26

    assert sync.sync(runs) == 0
    assert sync.sync(runs, rebuild=True) == 0
