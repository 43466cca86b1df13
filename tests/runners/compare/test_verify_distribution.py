"""An entry that predicts a distribution: scored, stored, verified and shown; nothing else moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Place, workshop
from scipy import stats

from benchmarks import registry
from benchmarks.data import Loaded, Store, load
from benchmarks.definition import Benchmark, Entry, Fitted, Training
from benchmarks.metrics import log_likelihood, mae
from runners.audit.leaks import _best_scores
from runners.compare.trials import Trial, find
from runners.compare.verify import Finding, judge, rebuilt
from runners.execution import worker
from runners.execution.plan import make
from runners.execution.recording import record_group
from runners.records.store import Runs

SUNSPOTS = registry.load().benchmarks["timeseries/sunspots-yearly"]
Predict = Callable[[np.ndarray], np.ndarray]


def persistent(x: np.ndarray) -> np.ndarray:
    """Last year's number, with a standard deviation that grows with it."""
    last = x[:, -1, 0].astype(float)
    return np.stack([last, 5 + 0.3 * last], axis=1)


def entry(predict: Predict, name: str = "spread") -> Entry:
    def fit(trainings: Sequence[Training]) -> list[Fitted]:
        return [Fitted(predict) for _ in trainings]

    return Entry(name, "reference", fit, "For a test.", stack=0)


def defined(*entries: Entry) -> Benchmark:
    own = [one for one in SUNSPOTS.entries if one.name in ("mean", "gru")]
    also = (log_likelihood(), mae("sunspots"))
    return replace(SUNSPOTS, also=also, entries=[*own, *entries])


BENCHMARK = defined(entry(persistent))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(SUNSPOTS.data, Store(tmp_path_factory.mktemp("data"), offline=True))


@pytest.fixture
def runs(tmp_path: Path, loaded: Loaded) -> Runs:
    """Records of a floor and of the entry that predicts a distribution."""
    runs = Runs(tmp_path / "runs")
    plan = make(BENCHMARK, loaded, "quick", runs, fresh=True)
    for group in plan.groups:
        own = next(one for one in BENCHMARK.entries if one.name == group.entry)
        if own.kind == "reference":
            outcome = worker.train(BENCHMARK, own, loaded, group.repeats)
            record_group(runs, plan, own, group, outcome)
    return runs


def trials(runs: Runs, name: str = "spread") -> list[Trial]:
    ((*found,),) = find(f"{SUNSPOTS.name}/{name}", runs.root)
    return found


def test_the_mean_is_scored_as_a_value_and_the_distribution_as_one(
    runs: Runs, loaded: Loaded
) -> None:
    truth = loaded.dataset.y[-35:]
    for trial in trials(runs):
        scores = trial.record["scores"]
        predicted = persistent(loaded.dataset.x[-35:])
        assert scores["rmse"] == pytest.approx(np.sqrt(np.mean((truth - predicted[:, 0]) ** 2)))
        assert scores["mae"] == pytest.approx(np.mean(np.abs(truth - predicted[:, 0])))
        expected = np.mean(stats.norm.logpdf(truth, *predicted.T))
        assert scores["log_likelihood"] == pytest.approx(expected)
        assert [one["name"] for one in trial.record["benchmark"]["also"]] == [
            "log_likelihood",
            "mae",
        ]


def test_an_entry_that_predicts_values_has_no_such_score(runs: Runs) -> None:
    for trial in trials(runs, "mean"):
        assert trial.record["scores"].keys() == {"rmse", "mae"}
        with np.load(trial.path.with_suffix(".npz")) as kept:
            assert set(kept) == {"rows", "prediction"}


def test_means_and_deviations_are_kept_apart_and_give_the_scores(
    runs: Runs, loaded: Loaded
) -> None:
    for trial in trials(runs):
        with np.load(trial.path.with_suffix(".npz")) as kept:
            assert set(kept) == {"rows", "prediction", "std"}
            assert kept["prediction"].shape == kept["std"].shape == (35,)
            truth = loaded.dataset.y[kept["rows"]]
            pair = np.stack([kept["prediction"], kept["std"]], axis=1)
            scores = trial.record["scores"]
            assert scores["rmse"] == SUNSPOTS.metric.score(truth, kept["prediction"])
            assert scores["log_likelihood"] == log_likelihood().score(truth, pair)


def again(found: list[Trial], loaded: Loaded, predict: Predict = persistent) -> Finding:
    """Verify recorded trials against the entry as it predicts now."""
    own = entry(predict)
    group = rebuilt(found[0].record, BENCHMARK, own, loaded)
    outcome = worker.train(BENCHMARK, own, loaded, group.repeats)
    return judge(found, group, outcome, BENCHMARK, loaded.dataset)


def test_the_same_distribution_is_the_same_to_the_bit(runs: Runs, loaded: Loaded) -> None:
    assert again(trials(runs), loaded).word == "same to the bit"


def test_another_deviation_alone_is_not_the_same_to_the_bit(runs: Runs, loaded: Loaded) -> None:
    found = again(trials(runs), loaded, lambda x: np.add(persistent(x), [0, 0.5]))
    assert (found.word, found.mean, found.reasons) == ("within tolerance", 0.0, ())
    assert found.prediction == pytest.approx(0.5)


def test_a_changed_log_likelihood_is_found_out(runs: Runs, loaded: Loaded) -> None:
    found = trials(runs)
    found[1].record["scores"]["log_likelihood"] += 0.001
    for predict in (persistent, lambda x: np.add(persistent(x), [0, 1e-4])):
        judged = again(found, loaded, predict)
        assert judged.word == "different"
        assert "repeat 1: the record says" in judged.reasons[0]
        assert "nats" in judged.reasons[0]


def test_deviations_that_are_gone_are_another_prediction(runs: Runs, loaded: Loaded) -> None:
    judged = again(trials(runs), loaded, lambda x: persistent(x)[:, 0])
    assert judged.word == "different"
    assert judged.reasons[0] == "repeat 0 predicted other things"


@pytest.mark.parametrize(
    ("predict", "said"),
    [
        (lambda x: persistent(x) * [1, 0], "standard deviations above 0"),
        (lambda x: persistent(x) * [1, np.nan], "NaN or infinite"),
        (lambda x: persistent(x)[:, [0, 1, 1]], "one predicted value a row"),
        (lambda x: persistent(x)[:, :1], "one predicted value a row"),
    ],
)
def test_a_distribution_that_is_none_is_a_failure_and_no_score(
    loaded: Loaded, predict: Predict, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        worker.train(BENCHMARK, entry(predict), loaded, (0,))


def test_shortcuts_are_audited_on_the_headline_metric(loaded: Loaded) -> None:
    splits = SUNSPOTS.protocol.splits(loaded.dataset)[:1]
    predicted = persistent(loaded.dataset.x[splits[0].test])
    (audited,) = _best_scores(BENCHMARK, loaded.dataset, splits, [np.stack([predicted] * 2)])
    truth = loaded.dataset.y[splits[0].test]
    assert audited == SUNSPOTS.metric.score(truth, predicted[:, 0])


def test_what_training_decided_is_kept_and_never_keeps_a_record_from_being_written(
    loaded: Loaded, tmp_path: Path
) -> None:
    def fit(trainings: Sequence[Training]) -> list[Fitted]:
        notes = {"candidate": 2, "validation_losses": [0.5, float("nan"), 0.25]}
        return [Fitted(persistent, notes=notes) for _ in trainings]

    own = Entry("spread", "reference", fit, "For a test.", stack=0)
    benchmark, runs = defined(own), Runs(tmp_path)
    plan = make(benchmark, loaded, "quick", runs, fresh=True)
    group = next(group for group in plan.groups if group.entry == "spread")
    record_group(runs, plan, own, group, worker.train(benchmark, own, loaded, group.repeats))
    for record in runs.read():
        assert record["notes"] == {"candidate": 2, "validation_losses": [0.5, None, 0.25]}
    assert len(list(runs.read())) == 5


def test_old_records_without_other_metrics_are_still_verified(runs: Runs, loaded: Loaded) -> None:
    found = trials(runs)
    for trial in found:
        del trial.record["benchmark"]["also"], trial.record["scores"]["log_likelihood"]
    assert again(found, loaded).word == "same to the bit"


DEFINITION = """

def spread():
    def fit(trainings):
        def predict(x):
            last = x[:, -1, 0].astype(float)
            return np.stack([last, 5 + 0.3 * last], axis=1)
        return [Fitted(predict, history={"loss": [2.0, 1.0]}) for _ in trainings]
    return Entry("spread", "keras", fit, "For a test.", headline=True, stack=0)


@benchmark("timeseries/spread", suite="quick")
def spread_benchmark():
    from benchmarks.timeseries import sunspots_yearly
    base = sunspots_yearly.sunspots_yearly()
    return dataclasses.replace(
        base,
        entries=[mean(), spread()],
        also=[log_likelihood()],
        deprecated="For a test, so nobody should use it.",
    )
"""
IMPORTS = '''"""A benchmark whose headline predicts a distribution."""
import dataclasses
import numpy as np
from benchmarks import benchmark
from benchmarks.definition import Entry, Fitted
from benchmarks.entries import mean
from benchmarks.metrics import log_likelihood
'''


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
def test_a_definition_with_a_distribution_runs_from_training_to_page_and_mlflow(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.code = workshop(tmp_path, SUNSPOTS.name)
    (place.code / "benchmarks/timeseries/spread.py").write_text(IMPORTS + DEFINITION)
    done = place.bench("--suite", "quick", "--only", "timeseries/spread")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "timeseries/spread is deprecated: For a test" in done.stdout
    page = json.loads((place.site / "results.json").read_bytes())
    (shown,) = page["benchmarks"]
    entries: dict[str, Any] = {one["name"]: one for one in shown["entries"]}
    assert entries["mean"]["metrics"] == {}
    assert entries["spread"]["metrics"]["log_likelihood"]["n"] == 5
    assert "Deprecated." in (place.site / "index.html").read_text(encoding="utf-8")

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{place.runs / 'mlflow.db'}")
    parent = client.get_run(entries["spread"]["run_id"]).data
    mean = entries["spread"]["metrics"]["log_likelihood"]["mean"]
    assert parent.metrics["log_likelihood"] == pytest.approx(mean)
    assert "log_likelihood" in parent.tags["mlflow.note.content"]

    verified = place.command("verify", "timeseries/spread/spread", "--runs", str(place.runs))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "same to the bit: scores and predictions of 5 trials" in verified.stdout
