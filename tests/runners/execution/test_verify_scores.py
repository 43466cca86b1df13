"""Scores hold: recomputed from what is stored, and redone by hand with the libraries."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import (
    BENCHMARKS,
    EACH_BENCHMARK,
    keras_here,
    loaded_or_skip,
    shorter,
    smaller,
    store,
)

from benchmarks.data import Loaded, Store
from benchmarks.definition import Benchmark, Entry
from runners.execution import worker
from runners.execution.plan import make
from runners.execution.recording import record_group
from runners.records.store import Runs

__all__ = ["keras_here", "store"]  # fixtures

REPEATS = (0, 1)


def named(benchmark: str, entry: str) -> tuple[Benchmark, Entry]:
    found = next(b for b in BENCHMARKS if b.name == benchmark)
    return found, next(e for e in found.entries if e.name == entry)


def scores(benchmark: Benchmark, entry: Entry, loaded: Loaded, repeats: int) -> list[float]:
    outcome = worker.train(benchmark, entry, loaded, range(repeats))
    return [one[benchmark.metric.name] for one in outcome.scores]


@pytest.mark.parametrize("benchmark_", EACH_BENCHMARK)
def test_a_score_can_be_recomputed_from_the_stored_predictions(
    benchmark_: Benchmark, store: Store, keras_here: None, tmp_path: Path
) -> None:
    """To the last bit, with the definition's metric and independently of it."""
    loaded = smaller(loaded_or_skip(benchmark_, store))
    runs = Runs(tmp_path)
    plan = make(benchmark_, loaded, "full", runs, fresh=True)
    for entry in plan.entries:
        group = next(group for group in plan.groups if group.entry == entry.name)
        group = replace(group, repeats=REPEATS, seeds=(0, 1))
        outcome = worker.train(benchmark_, shorter(entry), loaded, REPEATS)
        record_group(runs, plan, entry, group, outcome)
    read = list(runs.read())
    assert len(read) == len(plan.entries) * len(REPEATS)
    assert runs.quarantined == []
    splits = benchmark_.protocol.splits(loaded.dataset)
    for record in read:
        path = runs.path(
            benchmark_.name, record["entry"]["name"], record["repeat"], record["fingerprint"]
        )
        with np.load(path.with_suffix(".npz")) as file:
            rows, prediction = file["rows"], file["prediction"]
        assert np.array_equal(rows, splits[record["repeat"]].test)
        truth = loaded.dataset.y[rows]
        name = benchmark_.metric.name
        assert record["scores"][name] == benchmark_.metric.score(truth, prediction)
        assert record["scores"][name] == pytest.approx(by_hand(name, truth, prediction), rel=1e-6)
        assert record["data"]["digest"] == loaded.dataset.digest
        assert (record["data"]["train"], record["data"]["test"]) == (
            len(splits[record["repeat"]].train),
            len(rows),
        )
        assert json.loads(json.dumps(record, allow_nan=False)) == record


def by_hand(metric: str, truth: np.ndarray, prediction: np.ndarray) -> float:
    from sklearn import metrics

    if metric == "accuracy":
        return float(metrics.accuracy_score(truth, prediction.argmax(axis=1)))
    known = {"rmse": metrics.root_mean_squared_error, "mae": metrics.mean_absolute_error}
    if metric not in known:
        pytest.skip(f"scikit-learn has no {metric} to compare with")
    return float(known[metric](truth, prediction))


@pytest.mark.parametrize(
    ("benchmark", "entry"),
    [
        ("uci/wine", "linear"),
        ("uci/wine", "5-nn"),
        ("uci/wine", "majority"),
        ("uci/breast-cancer", "linear"),
        ("uci/digits", "3-nn"),
    ],
)
def test_classifiers_are_those_of_scikit_learn(benchmark: str, entry: str, store: Store) -> None:
    """All 30 folds, against scikit-learn's own cross-validation."""
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

    definition, ours = named(benchmark, entry)
    loaded = loaded_or_skip(definition, store)
    x, y = loaded.dataset.x.reshape(len(loaded.dataset.y), -1), loaded.dataset.y
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=1)
    expected = cross_val_score(estimator(entry), x, y, cv=folds, scoring="accuracy")
    assert scores(definition, ours, loaded, 30) == pytest.approx(expected.tolist())


def estimator(entry: str) -> Any:
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import RidgeClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return {
        "linear": make_pipeline(StandardScaler(), RidgeClassifier()),
        "5-nn": KNeighborsClassifier(5),
        "3-nn": KNeighborsClassifier(3),
        "majority": DummyClassifier(),
    }[entry]


def test_least_squares_on_concrete_is_that_of_the_normal_equations(store: Store) -> None:
    """All 20 splits, drawn here anew."""
    definition, ours = named("uci/concrete", "linear")
    loaded = loaded_or_skip(definition, store)
    rows = np.c_[loaded.dataset.x, np.ones(1030)]
    random, expected = np.random.RandomState(1), []
    for _ in range(20):
        order = random.choice(range(1030), 1030, replace=False)
        train, test = order[:927], order[927:]
        found = np.linalg.lstsq(rows[train], loaded.dataset.y[train], rcond=None)[0]
        expected.append(float(np.sqrt(np.mean((rows[test] @ found - loaded.dataset.y[test]) ** 2))))
    assert scores(definition, ours, loaded, 20) == pytest.approx(expected, rel=1e-5)


def test_boosting_on_concrete_is_scikit_learns_default(store: Store) -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    definition, ours = named("uci/concrete", "boosting")
    loaded = loaded_or_skip(definition, store)
    x, y = loaded.dataset.x, loaded.dataset.y
    expected = []
    for split in definition.protocol.splits(loaded.dataset)[:2]:
        model = HistGradientBoostingRegressor().fit(x[split.train], y[split.train])
        error = model.predict(x[split.test]) - y[split.test]
        expected.append(float(np.sqrt(np.mean(error**2))))
    assert scores(definition, ours, loaded, 2) == pytest.approx(expected, rel=1e-5)


def test_persistence_on_sunspots_is_last_years_number(store: Store) -> None:
    """Against the series itself, not the windows cut from it."""
    from statsmodels.datasets import sunspots

    definition, ours = named("timeseries/sunspots-yearly", "persistence")
    loaded = loaded_or_skip(definition, store)
    series = sunspots.load_pandas().data.set_index("YEAR")["SUNACTIVITY"]
    errors = [series[year] - series[year - 1] for year in range(1921, 1956)]
    expected = float(np.sqrt(np.mean(np.square(errors))))
    assert scores(definition, ours, loaded, 1) == pytest.approx([expected], rel=1e-6)


def test_one_nearest_neighbour_has_the_archives_published_error(store: Store) -> None:
    """UCR archive 2018, ItalyPowerDemand, Euclidean distance: error 0.0447 (Dau et al. 2019)."""
    definition, ours = named("timeseries/italy-power-demand", "1-nn")
    loaded = loaded_or_skip(definition, store)
    (score,) = scores(definition, ours, loaded, 1)
    assert round(1 - score, 4) == 0.0447
