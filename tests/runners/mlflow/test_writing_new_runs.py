"""Runs written straight to the database are those the client's calls would have made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
import sqlalchemy.exc
from mlflow_help import all_runs

from runners.mlflow import new_runs
from runners.mlflow.client import client_of
from runners.mlflow.new_runs import NewRun
from runners.mlflow.payloads import child_content
from runners.mlflow.runs import trial_run
from runners.mlflow.store import QUIET

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    return client_of(tmp_path)


def long_record(repeat: int) -> dict[str, Any]:
    """A trial with a curve that falls and rises, and what it took of the machine."""
    curve = [float((epoch - 300) ** 2) for epoch in range(777)]
    one = synthetic.record(
        synthetic.benchmark("uci/concrete"), "mlp-50", repeat, 4.5, kind="keras",
        history={"loss": curve, "validation loss": curve[::-1]},
        values={"units": [50], "rate": 0.1},
    )  # fmt: skip
    one["system"] = {
        "seconds": [10.0, 70.5],
        "process_cpu_percent": [99.0, 98.5],
        "process_memory_mb": [700.0, 712.5],
    }
    return one


def run_of(repeat: int) -> NewRun:
    return trial_run("0", "ab" * 16, long_record(repeat), f"uci/concrete/mlp-50/{repeat}")  # type: ignore[arg-type]


def all_of(client: Any, run_id: str) -> dict[str, Any]:
    """Everything that can be read of a run, but its id."""
    run = client.get_run(run_id)
    info = {
        key: value for key, value in dict(run.info).items() if key not in ("run_id", "run_uuid")
    }
    info["artifact_uri"] = info["artifact_uri"].replace(run_id, "ID")
    return {
        "info": info,
        "params": run.data.params,
        "tags": run.data.tags,
        "latest": run.data.metrics,
        "points": {
            name: sorted(
                (p.step, p.timestamp, p.value) for p in client.get_metric_history(run_id, name)
            )
            for name in run.data.metrics
        },
        "inputs": [one.to_dictionary() for one in run.inputs.dataset_inputs],
    }


def test_both_ways_write_the_same(client: Any) -> None:
    several = [run_of(repeat) for repeat in range(3)]
    ids = new_runs.create(client, several)
    for run_id, run in zip(ids, several, strict=True):
        assert all_of(client, run_id) == all_of(client, new_runs._by_client(client, run))
    content = child_content(long_record(0))  # type: ignore[arg-type]
    assert ("system/process_memory_mb", 712.5, content.start + 70_500, 1) in content.metrics
    assert len(client.search_experiments()) == 1
    with closing(sqlite3.connect(new_runs.database(client.tracking_uri))) as database:
        assert database.execute("SELECT COUNT(*) FROM datasets").fetchone() == (1,), "shared by all"


def test_of_a_transaction_that_fails_nothing_stays(client: Any) -> None:
    good = run_of(0)
    bad = replace(good, params={"seed": None})  # type: ignore[dict-item]
    with pytest.raises(sqlalchemy.exc.IntegrityError):
        new_runs.create(client, [good, bad])
    assert all_runs(client) == []


def test_a_run_left_open_is_finished_with_all_of_it(client: Any) -> None:
    run = run_of(0)
    (run_id,) = new_runs.create(client, [replace(run, end=None, tags={}, params={}, metrics=[])])
    assert client.get_run(run_id).info.status == "RUNNING"
    new_runs.finish(client, run_id, run)
    (whole,) = new_runs.create(client, [run])
    left, right = all_of(client, run_id), all_of(client, whole)
    left["info"].pop("user_id"), right["info"].pop("user_id")
    assert left == right
