"""The trick audit: shortcuts are scored apart and never reach the records."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import registry
from benchmarks.metrics import rmse
from runners.audit import leaks
from runners.audit.flow import findings, lines

NAME = "timeseries/sunspots-yearly"


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """One real audit of a carried benchmark through the command line."""
    folder = tmp_path_factory.mktemp("audit")
    command = [sys.executable, "-m", "runners", "audit", NAME, "--runs", str(folder / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "runs", done.stdout


@pytest.mark.slow
def test_an_audit_leaves_its_findings_and_no_record(audited):
    runs, printed = audited
    assert [p.name for p in runs.iterdir()] == ["audit"]
    content = json.loads((runs / "audit" / f"{NAME}.json").read_bytes())
    assert content["audit"] is True
    assert content["n"] == 5
    names = [trick["name"] for trick in content["tricks"]]
    assert names == [
        "best epoch on test",
        "scaler fitted on all rows",
        "learning rate tuned on test, 3 tried",
    ]  # 35 test years make no whole batch of 128, so nothing is dropped
    assert all(name in printed for name in names)


@pytest.mark.slow
def test_choosing_on_test_rows_never_looks_worse(audited):
    runs, _ = audited
    content = json.loads((runs / "audit" / f"{NAME}.json").read_bytes())
    by_name = {trick["name"]: trick for trick in content["tricks"]}
    assert by_name["best epoch on test"]["gain"] >= 0
    assert by_name["learning rate tuned on test, 3 tried"]["gain"] >= 0


@pytest.mark.slow
def test_the_best_epoch_can_be_scored_again_from_the_stored_predictions(audited):
    runs, _ = audited
    content = json.loads((runs / "audit" / f"{NAME}.json").read_bytes())
    benchmark = registry.load().benchmarks[NAME]
    truth = benchmark.data.obtain(None).dataset.y[-35:]
    stored = np.load(runs / "audit" / f"{NAME}.npz")
    score = rmse("sunspots").score
    for repeat, (last, best) in enumerate(
        zip(content["clean"]["values"], content["tricks"][0]["values"], strict=True)
    ):
        epochs = [score(truth, p) for p in stored[f"repeat_{repeat:02d}"]]
        assert len(epochs) == leaks.CHECKPOINTS
        assert (epochs[-1], min(epochs)) == pytest.approx((last, best))


def test_gains_flatter_in_the_direction_of_the_metric():
    benchmark = registry.load().benchmarks[NAME]
    scores = {"clean": [10.0, 12.0], "lower": [9.0, 11.0], "higher": [11.0, 13.0]}
    content = findings(benchmark, benchmark.headline, scores)
    assert [trick["gain"] for trick in content["tricks"]] == [1.0, -1.0]
    assert "flatters" in lines(content)[1]
    assert "does not help" in lines(content)[2]


def test_a_name_that_is_no_benchmark_is_a_wrong_request():
    command = [sys.executable, "-m", "runners", "audit", "uci/nothing"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "no benchmark matches" in done.stderr


def test_of_an_entry_that_chooses_in_every_repeat_the_first_candidate_is_audited():
    headline = registry.load().benchmarks["uci/wine"].headline
    plain = registry.load().benchmarks["uci/pima"].headline
    assert "recipe" not in headline.fit.keywords
    audited = leaks.first_candidate(headline)
    assert audited.name == headline.name
    assert audited.fit.keywords["recipe"].weight_decay == 0
    assert leaks.first_candidate(plain) is plain
