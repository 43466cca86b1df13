"""Forecasts with a distribution: their scores against closed forms and by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from benchmarks.quantiles import (
    LEVELS,
    coverage,
    crps,
    ends,
    median,
    metrics_of,
    weights,
    width,
)
from benchmarks.registry import load
from benchmarks.validation import DefinitionError, validate
from runners.execution import worker
from runners.records.provenance import predictions

NORMAL = np.array([NormalDist().inv_cdf(level) for level in LEVELS])


def test_levels_share_the_unit_interval_and_no_side_weighs_more() -> None:
    assert weights(LEVELS).sum() == pytest.approx(1)
    assert (weights(LEVELS) * LEVELS).sum() == pytest.approx(0.5)
    assert weights((0.25, 0.75)).tolist() == [0.5, 0.5]


def test_the_crps_of_two_quantiles_by_hand() -> None:
    """ρ_¼(2 - 1) = 0.25 and ρ_¾(2 - 4) = 0.5, each counting a half, twice their sum."""
    levels = (0.25, 0.75)
    assert crps(np.array([2.0]), np.array([[1.0, 4.0]]), levels) == pytest.approx(0.75)


def test_quantiles_that_are_one_value_have_its_absolute_error() -> None:
    truth, forecast = np.array([1.0, -2.0, 5.0]), np.array([0.5, 0.0, 9.0])
    flat = np.repeat(forecast[:, None], len(LEVELS), axis=1)
    assert crps(truth, flat, LEVELS) == pytest.approx(np.abs(truth - forecast).mean())


@pytest.mark.parametrize("deviation", [0.5, 1.0, 3.0])
def test_the_crps_of_a_normal_is_near_its_closed_form(deviation: float) -> None:
    """σ (z (2 Φ(z) - 1) + 2 φ(z) - 1/√π): Gneiting and Raftery (2007)."""
    truth = np.random.default_rng(0).normal(size=4000)
    z, unit = truth / deviation, NormalDist()
    exact = deviation * np.mean(
        [a * (2 * unit.cdf(a) - 1) + 2 * unit.pdf(a) - 1 / math.sqrt(math.pi) for a in z]
    )
    quantiles = np.tile(deviation * NORMAL, (len(truth), 1))
    assert crps(truth, quantiles, LEVELS) == pytest.approx(exact, rel=0.03)


def test_the_true_distribution_has_the_lowest_score_and_the_promised_coverage() -> None:
    truth = np.random.default_rng(1).normal(size=20_000)
    scores = {s: crps(truth, np.tile(s * NORMAL, (len(truth), 1)), LEVELS) for s in (0.7, 1, 1.4)}
    assert min(scores, key=lambda one: scores[one]) == 1
    right = np.tile(NORMAL, (len(truth), 1))
    assert coverage(truth, right, LEVELS, 0.8) == pytest.approx(0.8, abs=0.01)
    assert coverage(truth, right, LEVELS, 0.95) == pytest.approx(0.95, abs=0.005)
    assert width(truth, right, LEVELS, 0.8) == pytest.approx(2 * 1.2816, abs=0.001)


def test_windows_count_every_step_and_series() -> None:
    truth = np.arange(12.0).reshape(2, 3, 2)
    quantiles = truth[..., None] + NORMAL
    quantiles[1] += 100
    assert coverage(truth, quantiles, LEVELS, 0.8) == 0.5
    assert median(quantiles, LEVELS).shape == truth.shape
    assert ends(LEVELS, 0.95) == (0, len(LEVELS) - 1)


@pytest.mark.parametrize(
    ("quantiles", "message"),
    [
        (np.array([[1.0, 0.0]]), "expected quantiles in ascending order, received 1"),
        (np.array([[1.0, np.nan]]), "expected finite targets and quantiles, received 1 of 2"),
        (np.array([[1.0]]), "expected 2 quantiles for every target"),
        (np.zeros((0, 2)), "expected 2 quantiles for every target"),
    ],
)
def test_quantiles_that_are_none_are_refused(quantiles: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        crps(np.array([1.0]), quantiles, (0.1, 0.9))


def test_an_interval_without_its_levels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected the levels 0\.1 and 0\.9 of a 80%"):
        ends((0.25, 0.5, 0.75), 0.8)


def test_the_worker_scores_the_median_and_keeps_all_quantiles() -> None:
    benchmark = load().benchmarks["timeseries/airline-passengers"]
    entry = benchmark.entry("sarima-intervals")
    truth = np.array([100.0, 110.0, 120.0])
    quantiles = (truth[:, None] + 5 + 10 * NORMAL).astype(np.float32)
    scores = worker.score(benchmark, truth, quantiles, entry)
    assert scores["rmse"] == pytest.approx(5)
    assert scores["crps"] == pytest.approx(crps(truth, quantiles, LEVELS))
    assert list(scores)[3:] == ["crps", "coverage_80", "width_80", "coverage_95", "width_95"]
    split = benchmark.protocol.splits(_dataset())[0]
    kept = predictions(worker.pack(benchmark, split, quantiles[: len(split.test)], LEVELS))
    assert kept is not None
    assert kept.levels == LEVELS
    assert np.array_equal(kept.predicted, quantiles[: len(split.test)])
    assert np.array_equal(kept.values, kept.predicted[:, 5])


def test_metrics_of_an_entry_of_values_are_those_of_its_benchmark() -> None:
    benchmark = load().benchmarks["timeseries/airline-passengers"]
    assert metrics_of(benchmark, benchmark.headline) == list(benchmark.also)


def _dataset() -> object:
    from benchmarks.dataset import Dataset

    return Dataset(np.zeros((5, 36, 1)), np.zeros(5), train_rows=2)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ((0.1, 0.5, 0.9), r"quantiles: expected the levels 0\.025 and 0\.975 of a 95% interval"),
        ((0.9, 0.025, 0.5, 0.1, 0.975), "quantiles: expected ascending levels between 0 and 1"),
    ],
)
def test_a_definition_with_other_levels_is_refused(levels: tuple[float, ...], message: str) -> None:
    benchmark = load().benchmarks["timeseries/airline-passengers"]
    entries = [replace(one, quantiles=levels) for one in benchmark.entries]
    with pytest.raises(DefinitionError, match=message):
        validate(replace(benchmark, entries=entries))
