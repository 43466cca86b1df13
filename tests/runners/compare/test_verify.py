"""Training a recorded group again: what is found, what is said, and what is left alone."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import portfolio_synthetic as synthetic
import pytest
from conftest import Finished, Place

from benchmarks import registry
from benchmarks.data import Loaded, Store, load
from benchmarks.definition import Benchmark
from benchmarks.registry import UnknownNameError
from runners.__main__ import main
from runners.compare.trials import Trial, find
from runners.compare.verify import Finding, causes, describe, judge, rebuilt
from runners.execution import worker
from runners.execution.worker import Outcome
from runners.records.provenance import differing, made_with
from runners.records.store import Runs

WINE = registry.load().benchmarks["uci/wine"]
SAME = Finding("same to the bit", 0.0, 0.0, 0.0, readable=2)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(WINE.data, Store(tmp_path_factory.mktemp("data"), offline=True))


def packed(rows: np.ndarray, values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, rows=rows, prediction=values.astype(np.float32))
    return buffer.getvalue()


def predicted(loaded: Loaded, wrong: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows and probabilities of the first two folds; the first `wrong` wines of each are missed."""
    found = []
    for split in WINE.protocol.splits(loaded.dataset)[:2]:
        truth = loaded.dataset.y[split.test]
        guess = np.where(np.arange(len(truth)) < wrong, (truth + 1) % 3, truth)
        found.append((split.test, 0.1 + 0.7 * np.eye(3)[guess]))
    return found


def recorded(runs: Runs, loaded: Loaded, wrong: int) -> list[Trial]:
    """Two trials that trained together, as the runner leaves them."""
    trials = []
    facts = synthetic.benchmark("uci/wine", metric=synthetic.ACCURACY)
    for repeat, (rows, values) in enumerate(predicted(loaded, wrong)):
        score = worker.score(WINE, loaded.dataset.y[rows], values)["accuracy"]
        record = synthetic.record(
            facts, "linear", repeat, score, group=[0, 1], data={"digest": loaded.dataset.digest}
        )
        trials.append(Trial(runs.write(record, packed(rows, values)), record))
    return trials


def outcome(loaded: Loaded, wrong: int, moved: float = 0.0) -> Outcome:
    """What training the two again gives, every probability off by `moved`."""
    made = [(rows, values + moved) for rows, values in predicted(loaded, wrong)]
    return Outcome(
        scores=[worker.score(WINE, loaded.dataset.y[rows], values) for rows, values in made],
        predictions=[packed(rows, values) for rows, values in made],
        history=[{}, {}],
        params=[None, None],
        sizes=[(160, 18)] * 2,
        archive=None,
        started_at="2026-11-21T08:00:00+00:00",
        finished_at="2026-11-21T08:00:01+00:00",
        train_seconds=1.0,
        predict_seconds=0.1,
        notes=[{}, {}],
    )


def judged(trials: list[Trial], made: Outcome, loaded: Loaded, by: Benchmark = WINE) -> Finding:
    entry = next(entry for entry in WINE.entries if entry.name == "linear")
    group = rebuilt(trials[0].record, WINE, entry, loaded)
    return judge(trials, group, made, by, loaded.dataset)


def test_only_equal_scores_and_predictions_are_the_same_to_the_bit(
    tmp_path: Path, loaded: Loaded
) -> None:
    trials = recorded(Runs(tmp_path), loaded, wrong=2)
    assert judged(trials, outcome(loaded, wrong=2), loaded) == SAME
    found = judged(trials, outcome(loaded, wrong=2, moved=1e-6), loaded)
    assert (found.word, found.mean, found.score) == ("within tolerance", 0.0, 0.0)
    assert found.prediction == pytest.approx(1e-6, rel=0.1)


def test_the_tolerance_is_the_margin_on_the_mean_of_the_group(
    tmp_path: Path, loaded: Loaded
) -> None:
    """One more wine missed in each of two folds of 18: 5.6 points, where the margin is one."""
    trials = recorded(Runs(tmp_path), loaded, wrong=2)
    found = judged(trials, outcome(loaded, wrong=3), loaded)
    assert (found.word, found.reasons) == ("different", ())
    assert found.mean == pytest.approx(1 / 18)
    assert judged(trials, outcome(loaded, wrong=3), loaded, replace(WINE, margin=0.06)).word == (
        "within tolerance"
    )


def test_gains_and_losses_within_a_group_cancel(tmp_path: Path, loaded: Loaded) -> None:
    trials = recorded(Runs(tmp_path), loaded, wrong=2)
    more, less = outcome(loaded, wrong=3), outcome(loaded, wrong=1)
    made = replace(
        more,
        scores=[more.scores[0], less.scores[1]],
        predictions=[more.predictions[0], less.predictions[1]],
    )
    found = judged(trials, made, loaded)
    assert (found.word, found.mean) == ("within tolerance", pytest.approx(0.0))
    assert found.score == pytest.approx(1 / 18)


@pytest.mark.parametrize(("moved", "digest"), [(0.0, None), (1e-6, None), (0.0, "sha256:false")])
def test_a_score_that_its_predictions_do_not_give_is_different_however_close(
    tmp_path: Path, loaded: Loaded, moved: float, digest: str | None
) -> None:
    trials = recorded(Runs(tmp_path), loaded, wrong=2)
    trials[1].record["data"]["digest"] = digest or loaded.dataset.digest
    trials[1].record["scores"]["accuracy"] += 0.001
    found = judged(trials, outcome(loaded, wrong=2, moved=moved), loaded)
    assert found.word == "different"
    assert "repeat 1: the record says 88.99 %, its own predictions give 88.89 %" in found.reasons[0]


def test_predictions_that_no_longer_fit_their_record_are_different(
    tmp_path: Path, loaded: Loaded
) -> None:
    trials = recorded(Runs(tmp_path), loaded, wrong=2)
    rows, values = predicted(loaded, wrong=2)[0]
    file = trials[0].path.with_suffix(".npz")
    for content, reason in (
        (packed(rows, values * np.nan), "its own predictions give nan"),
        (packed(rows, values[:, ::-1]), "its own predictions give"),
        (packed(rows[::-1], values), "repeat 0 was tested on other rows"),
    ):
        file.write_bytes(content)
        found = judged(trials, outcome(loaded, wrong=2), loaded)
        assert found.word == "different"
        assert reason in found.reasons[0]


def test_without_kept_predictions_scores_alone_are_compared(tmp_path: Path, loaded: Loaded) -> None:
    trials = recorded(Runs(tmp_path), loaded, wrong=2)
    for trial in trials:
        trial.path.with_suffix(".npz").unlink()
    found = judged(trials, outcome(loaded, wrong=2), loaded)
    assert found.word == "same to the bit"
    assert found.reasons[0].startswith("2 records have no readable predictions beside them")
    assert describe(found, WINE, 2)[0] == "same to the bit: scores of 2 trials"


def test_a_trial_without_kept_predictions_is_not_counted_among_them(
    tmp_path: Path, loaded: Loaded
) -> None:
    trials = recorded(Runs(tmp_path), loaded, wrong=2)
    trials[0].path.with_suffix(".npz").unlink()
    found = judged(trials, outcome(loaded, wrong=2), loaded)
    first, reason = describe(found, WINE, 2)
    assert first == "same to the bit: scores of 2 trials, predictions of 1"
    assert reason.strip().startswith("1 record has no readable predictions beside them")


def other(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        *path, last = key.split("/")
        for step in path:
            record = record[step]
        record[last] = value

    return change


INPUTS = {
    "data": "sha256:" + "ab" * 32,
    "protocol": {"selection": "last epoch", "splits": "11" * 32},
    "metric": ["rmse", "MPa", "22" * 32],
    "entry": ["mlp", "keras", "33" * 32, "44" * 32],
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (other("data/digest", "sha256:" + "cd" * 32), "data: sha256:abababababab then"),
        (other("inputs/entry", ["mlp", "keras", "55" * 32, "44" * 32]), "code of the entry"),
        (other("inputs/metric", ["rmse", "MPa", "55" * 32]), "code of the metric"),
        (other("inputs/protocol/splits", "55" * 32), "protocol: splits"),
        (other("entry/values", {"epochs": 9}), "value epochs: 8 then, 9 now"),
        (other("environment/versions/keras", "4.0"), "keras: 3.15.1 then, 4.0 now"),
        (other("environment/precision", "mixed_bfloat16"), "precision: float32 then"),
        (other("environment/threads", 8), "threads: 1 then, 8 now"),
        (other("environment/cpu", "Another"), "cpu: Synthetic CPU 3000 then, Another now"),
        (
            other("environment/git", {"commit": "f" * 40, "dirty": True}),
            "commit: 0123456789ab then, ffffffffffff with changes now",
        ),
    ],
)
def test_what_has_changed_is_named_as_the_likely_cause(
    change: Callable[[dict[str, Any]], None], named: str
) -> None:
    facts = synthetic.benchmark("uci/concrete")
    then = synthetic.record(facts, "mlp", 0, 5.0, values={"epochs": 8}) | {"inputs": INPUTS}
    now = json.loads(json.dumps(then))
    change(now)
    changes = differing(made_with(then), made_with(now))
    lines = causes(Finding("different", 1.0, 1.0, 1.0), changes, edited=False)
    assert lines[0] == "likely cause, in this order:"
    assert named in lines[1]
    assert len(lines) == 2
    assert causes(SAME, changes, edited=False)[0] == "although this has changed since:"


def test_an_unexplained_difference_is_not_explained_away() -> None:
    assert "no cause found" in causes(Finding("different", 1.0, 1.0, 1.0), [], edited=False)[0]
    assert causes(SAME, [], edited=False) == []


def state(folder: Path) -> dict[str, str]:
    """Hash of every file of a runs folder, MLflow's database included."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".db-wal", ".db-shm")
    }


def test_a_real_group_comes_out_the_same_to_the_bit_and_nothing_is_touched(
    finished: Finished,
) -> None:
    runs = finished.place.runs
    record, *_ = sorted((runs / "records/uci/wine/mlp-64").glob("03-*.json"))
    before = state(runs)
    done = finished.place.command("verify", str(record))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "repeats 0-29 together" in done.stdout
    assert "same to the bit: scores and predictions of 30 trials" in done.stdout
    assert "changed since" not in done.stdout
    assert state(runs) == before


def test_a_tampered_record_is_different_and_its_false_version_is_the_likely_cause(
    finished: Finished, place: Place
) -> None:
    entry = "records/timeseries/sunspots-yearly/linear"
    shutil.copytree(finished.place.runs / entry, place.runs / entry)
    for path in (place.runs / entry).glob("*.json"):
        record = json.loads(path.read_bytes())
        record["scores"]["rmse"] += 0.01  # within the margin of one sunspot
        record["environment"]["versions"]["tensorflow"] = "1.0.0"
        record["inputs"]["environment"]["versions"]["tensorflow"] = "1.0.0"
        path.write_text(json.dumps(record))
    name = "timeseries/sunspots-yearly/linear/2"
    done = place.command("verify", name, "--runs", str(place.runs))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "different: mean score off by 0.01 sunspots" in done.stdout
    assert "repeat 2: the record says" in done.stdout
    assert "likely cause" in done.stdout
    assert "tensorflow: 1.0.0 then" in done.stdout
    assert "inputs are not those its fingerprint was made from" in done.stdout


def named(groups: list[list[Trial]]) -> list[list[int]]:
    return [[trial.record["repeat"] for trial in group] for group in groups]


def test_a_run_is_found_by_file_tag_and_mlflow_id(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    runs = finished.place.runs
    client = MlflowClient(tracking_uri=f"sqlite:///{runs / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("kerasfolio/timeseries").experiment_id
    ids = {}
    for run in client.search_runs([experiment], max_results=100):
        for tag in ("kerasfolio.trial", "kerasfolio.entry"):
            if tag in run.data.tags:
                ids[run.data.tags[tag]] = run.info.run_id
    (path,) = (runs / "records/timeseries/sunspots-yearly/gru").glob("04-*.json")
    trial = f"timeseries/sunspots-yearly/gru/{path.stem}"
    for name in (str(path), trial, ids[trial], "timeseries/sunspots-yearly/gru/4"):
        assert named(find(name, runs)) == [[0, 1, 2, 3, 4]], name
    for name in ("timeseries/sunspots-yearly/gru", ids["timeseries/sunspots-yearly/gru"]):
        assert named(find(name, runs)) == [[0, 1, 2, 3, 4]], name
    with pytest.raises(UnknownNameError, match=r"MLflow at .*mlflow\.db"):
        find("0" * 32, runs)


def test_groups_are_those_of_the_newest_generation_only(tmp_path: Path) -> None:
    runs, facts = Runs(tmp_path), synthetic.benchmark("uci/wine", metric=synthetic.ACCURACY)
    for recipe, day, groups in (
        ("old", "20", [[0, 1, 2, 3]]),
        ("middle", "21", [[0, 1], [2]]),
        ("new", "22", [[0, 1], [2, 3]]),
    ):
        for group in groups:
            for repeat in group:
                finished = f"2026-11-{day}T08:00:00+00:00"
                record = synthetic.record(
                    facts, "mlp", repeat, 0.9, group=group, recipe=recipe, finished=finished
                )
                runs.write(record, b"")
    assert named(find("uci/wine/mlp", tmp_path)) == [[0, 1], [2, 3]]
    assert named(find("uci/wine/mlp/3", tmp_path)) == [[2, 3]]
    for path in (tmp_path / "records/uci/wine/mlp").glob("*.json"):
        ((recipe, *others),) = [
            [trial.record["recipe"] for trial in group] for group in find(str(path), tmp_path)
        ]
        assert recipe == json.loads(path.read_bytes())["recipe"]
        assert set(others) <= {recipe}
    old = find("uci/wine/mlp/3", tmp_path)[0][0].path.parent
    (path,) = [p for p in old.glob("03-*.json") if json.loads(p.read_bytes())["recipe"] == "old"]
    assert named(find(str(path), tmp_path)) == [[0, 1, 2, 3]]


def test_wrong_requests_say_what_was_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    runs = Runs(tmp_path)
    for name, entry in (("uci/gone", "mlp"), ("uci/wine", "gone"), ("uci/wine", "linear")):
        facts = synthetic.benchmark(name, metric=synthetic.ACCURACY)
        runs.write(synthetic.record(facts, entry, 0, 0.9, group=[0, 99]), b"")
    no_record = tmp_path / "no.json"
    no_record.write_text('{"schema": 1}')
    for name, said in (
        ("nonsense", "expected a record file (.json), an MLflow run id"),
        ("../../etc/passwd/0/1", "expected a record file (.json), an MLflow run id"),
        (str(tmp_path / "missing.json"), "could not read"),
        (str(no_record), "is not a record: field"),
        ("0123456789abcdef" * 2, "there is no"),
        ("uci/wine/nobody/0", "no record of uci/wine nobody"),
        ("uci/wine/linear/7", "there is no trial 7"),
        ("uci/gone/mlp/0", "uci/gone has no definition any more"),
        ("uci/wine/gone/0", "has no entry 'gone' any more; it has majority"),
        ("uci/wine/linear/0", "uci/wine now has 30 repeats"),
    ):
        assert main(["verify", name, "--runs", str(tmp_path)]) == 2, name
        assert said in capsys.readouterr().err, name
