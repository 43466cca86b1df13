"""The timing script of the cost outside training runs, and says so when there is no data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent / "overhead.py"


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "KERASFOLIO_DATA": str(folder), "HOME": str(folder)},
        check=False,
    )


@pytest.mark.slow
def test_it_ends_in_a_line_of_json(tmp_path: Path) -> None:
    """On data a library carries, so that it runs everywhere."""
    done = run(tmp_path, "timeseries/sunspots-yearly/gru", "--trials", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert next(iter(told)) == "overhead"
    assert [row["way"] for row in told["rows"]] == ["single", "stacked", "reference"]
    for row in told["rows"]:
        assert row["trials"] > 0
        assert min(row["training"], row["hand_over"], row["record"], row["mlflow"]) > 0
        assert row["outside"] == pytest.approx(
            row["hand_over"] + row["record"] + row["mlflow"], abs=0.01
        )
    single = told["rows"][0]
    assert told["overhead"] == pytest.approx(single["outside"] / single["training"], rel=0.02)
    assert told["seconds"]["training"] == pytest.approx(single["training"], abs=0.01)


def test_without_data_it_says_how_to_get_it(tmp_path: Path) -> None:
    done = run(tmp_path, "italy")
    assert done.returncode == 2
    assert "python -m runners data --only timeseries/italy-power-demand" in done.stderr


def test_an_unknown_workload_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "uci/wine/no-such-entry")
    assert done.returncode == 2
    assert "received 'uci/wine/no-such-entry'" in done.stderr
