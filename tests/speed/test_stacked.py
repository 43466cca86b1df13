"""The timing script of the stacked trainer runs, and says so when there is no data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from data_folder import loaded_or_skip, slow, store

from benchmarks import registry
from benchmarks.data import Store

__all__ = ["store"]  # a fixture

SCRIPT = Path(__file__).resolve().parent / "stacked.py"


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "KERASFOLIO_DATA": str(folder)},
        check=False,
    )


@slow
def test_it_ends_in_a_line_of_json(store: Store) -> None:
    loaded_or_skip(registry.load().benchmarks["uci/concrete"], store)
    done = run(store.folder, "--epochs", "2", "--splits", "2", "--plain-splits", "1")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert next(iter(told)) == "ratio"
    ways = ("plain", "tuned", "stacked")
    assert all(told["seconds"][way] > 0 for way in ways)
    rounded = told["seconds"]["plain"] / told["seconds"]["stacked"]
    assert told["ratio"] == pytest.approx(rounded, rel=0.05, abs=0.1)
    assert 0 < told["floor"]["seconds"] < told["seconds"]["stacked"]
    assert (told["epochs"], told["splits"], told["threads"]) == (2, 2, 1)


def test_without_data_it_says_how_to_get_it(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 2
    assert "python -m runners data --only uci/concrete" in done.stderr
