"""Several folders of runs on one MLflow, and stores in folders of unusual names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
from conftest import CHECKOUT
from filelock import Timeout
from mlflow_help import all_runs, client

from runners.execution import locking
from runners.mlflow import folder
from runners.mlflow.store import QUIET, StoreError, address_of, database, uri
from runners.mlflow.sync import sync
from runners.records.store import Runs

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database that every folder writes to."""
    address = f"sqlite:///{tmp_path / 'shared.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    return client(address)


def made(root: Path, score: float) -> Runs:
    """Two trials of a network and one of a baseline; their scores are the folder's own."""
    runs = Runs(root)
    facts = synthetic.benchmark("mine/yacht")
    for repeat in range(2):
        synthetic.write(
            runs,
            synthetic.record(
                facts, "mlp", repeat, score, kind="keras", headline=True,
                recipe=f"recipe-{score}", history={"loss": [3.0, 2.0, score]},
            ),
        )  # fmt: skip
    synthetic.write(runs, synthetic.record(facts, "mean", 0, 2 * score, floor=True))
    return runs


def shown(store: Any) -> dict[str, list[float]]:
    """Points of every curve and score of every run."""
    history = store.get_metric_history
    return {
        f"{run.info.run_id} {name}": [point.value for point in history(run.info.run_id, name)]
        for run in all_runs(store)
        for name in run.data.metrics
    }


def test_two_folders_keep_to_their_own_runs(tmp_path: Path, shared: Any) -> None:
    one, two = made(tmp_path / "one", 1.0), made(tmp_path / "two", 1.5)
    assert sync(one) == 4
    assert sync(two) == 4, "a run of its own for each entry and trial"
    settled = shown(shared)
    for runs in (one, two, one, two):
        assert sync(runs, rebuild=True) == 0
    assert shown(shared) == settled, "no point was written twice"
    (runs.root / "mlflow.json").unlink()
    assert sync(runs) == 0, "known by the folder, not by what it remembers"
    tags = {run.data.tags[folder.TAG] for run in all_runs(shared)}
    assert len(tags) == 2


def test_a_copied_folder_is_another_one_and_a_moved_one_the_same(
    tmp_path: Path, shared: Any
) -> None:
    original = made(tmp_path / "runs", 1.0)
    sync(original)
    tag = folder.tags(original.root)
    shutil.copytree(original.root, tmp_path / "copy")
    assert folder.tags(tmp_path / "copy") != tag
    assert folder.tags(original.root) == tag
    original.root.rename(tmp_path / "moved")
    assert folder.tags(tmp_path / "moved") == tag
    assert sync(Runs(tmp_path / "moved"), rebuild=True) == 0


def test_runs_from_before_folders_had_a_name_are_taken_over(
    tmp_path: Path, shared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = made(tmp_path / "one", 1.0)
    with monkeypatch.context() as former:
        former.setattr(folder, "tags", lambda runs: {})
        assert sync(runs) == 4
    (runs.root / "mlflow.json").unlink()
    assert sync(runs) == 2, "the runs of the two entries get the tag, those of trials stay"
    assert sync(made(tmp_path / "two", 1.0)) == 4
    assert len(all_runs(shared)) == 8


def test_a_database_of_another_mlflow_is_no_database_that_is_up_to_date(tmp_path: Path) -> None:
    runs = made(tmp_path / "runs", 1.0)
    assert sync(runs) == 4
    with closing(sqlite3.connect(runs.root / "mlflow.db")) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    with pytest.raises(StoreError, match="schema ffffffffffff of another MLflow"):
        sync(runs, rebuild=True)


@pytest.mark.parametrize("name", ["100%25", "a?b", "a b#c", "é%"])
def test_a_folder_of_an_unusual_name(name: str, tmp_path: Path) -> None:
    runs = made(tmp_path / name / "runs", 1.0)
    assert database(uri(runs.root)) == runs.root / "mlflow.db"
    if name != "a?b":  # making a database takes some seconds
        return
    assert sync(runs) == 4
    assert (runs.root / "mlflow.db").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {name}, "nothing lies outside"
    (headline,) = [r for r in all_runs(client(address_of(runs.root / "mlflow.db"))) if
                   r.data.tags.get("kerasfolio.entry") == "mine/yacht/mlp"]  # fmt: skip
    text = client(address_of(runs.root / "mlflow.db")).download_artifacts(
        headline.info.run_id, "scores.md", str(tmp_path)
    )
    assert "RMSE" in Path(text).read_text()


HELD = """
import sys
from runners.execution import locking
with locking.with_mlflow(print):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("where", ["sqlite:///{root}/shared.db", "http://u:p@127.0.0.1:9"])
def test_the_lock_of_a_store_is_the_same_for_every_tmpdir(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = where.format(root=tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    (tmp_path / "other").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HELD],
        cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(tmp_path / "other")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Timeout), locking.with_mlflow(print, wait=False):
            pass
        holder.communicate("end\n")
    with locking.with_mlflow(print, wait=False):
        pass
