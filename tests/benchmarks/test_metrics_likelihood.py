"""Log-likelihood of predicted normal distributions, against SciPy; and what has no such score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.__main__ import table
from benchmarks.metrics import LOG_LIKELIHOOD_MARGIN, log_likelihood, mae, rmse

METRIC = log_likelihood()
numbers = st.floats(-1e6, 1e6)
rows = st.lists(st.tuples(numbers, numbers, st.floats(1e-6, 1e6)), min_size=1, max_size=20)


def test_it_is_a_score_of_distributions_and_larger_is_better() -> None:
    assert (METRIC.name, METRIC.unit, METRIC.direction) == ("log_likelihood", "nats", "max")
    assert METRIC.distribution
    assert not rmse("MPa").distribution
    assert METRIC.score(np.zeros(2), np.array([[0.0, 1.0]] * 2)) == pytest.approx(
        -0.5 * math.log(2 * math.pi)
    )


@given(rows)
def test_it_is_the_mean_log_density_of_scipy(drawn: list[tuple[float, float, float]]) -> None:
    y, mean, deviation = np.array(drawn).T
    expected = float(np.mean(stats.norm.logpdf(y, mean, deviation)))
    found = METRIC.score(y, np.stack([mean, deviation], axis=1))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(rows, st.floats(1e-3, 1e3))
def test_another_unit_of_the_target_moves_every_score_alike(
    drawn: list[tuple[float, float, float]], factor: float
) -> None:
    y, mean, deviation = np.array(drawn).T
    here = METRIC.score(y, np.stack([mean, deviation], axis=1))
    there = METRIC.score(factor * y, factor * np.stack([mean, deviation], axis=1))
    assert here - there == pytest.approx(math.log(factor), rel=1e-6, abs=1e-6 * max(1, abs(here)))


@given(rows)
def test_no_deviation_scores_better_than_the_error_itself(
    drawn: list[tuple[float, float, float]],
) -> None:
    y, mean, deviation = np.array(drawn).T
    own = np.maximum(np.abs(y - mean), 1e-6)
    best = METRIC.score(y, np.stack([mean, own], axis=1))
    kept = np.where(np.abs(y - mean) < 1e-6, own, deviation)  # an exact hit has no best deviation
    assert METRIC.score(y, np.stack([mean, kept], axis=1)) <= best + 1e-9 * abs(best)


def test_errors_and_deviations_a_twentieth_smaller_are_worth_about_the_margin() -> None:
    random = np.random.default_rng(1)
    error = random.standard_normal(1000)
    wide = METRIC.score(error, np.stack([np.zeros(1000), np.ones(1000)], axis=1))
    narrow = METRIC.score(0.95 * error, np.stack([np.zeros(1000), np.full(1000, 0.95)], axis=1))
    assert narrow - wide == pytest.approx(LOG_LIKELIHOOD_MARGIN, rel=0.03)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 3), (3, 2), (2, 4), (4, 2, 1), ()])
def test_what_is_not_a_mean_and_a_deviation_a_row_is_no_score(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected a mean and a standard deviation a row, shape"):
        METRIC.score(np.zeros(4), np.ones(shape))


@pytest.mark.parametrize("bad", [0.0, -1.0, -1e-12])
def test_a_deviation_that_is_not_above_0_is_no_score(bad: float) -> None:
    with pytest.raises(ValueError, match=r"standard deviations above 0, received 1 of 2 that"):
        METRIC.score(np.zeros(2), np.array([[0.0, 1.0], [0.0, bad]]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_no_score(bad: float) -> None:
    for column in (0, 1):
        prediction = np.ones((3, 2))
        prediction[1, column] = bad
        with pytest.raises(ValueError, match="1 of 6 that are NaN or infinite"):
            METRIC.score(np.zeros(3), prediction)
    with pytest.raises(ValueError, match="finite targets, received 1 of 3"):
        METRIC.score(np.array([0.0, bad, 0.0]), np.ones((3, 2)))
    with pytest.raises(ValueError, match="n > 0"):
        METRIC.score(np.zeros(0), np.ones((0, 2)))


def test_metrics_of_values_refuse_a_distribution() -> None:
    for metric in (rmse("MPa"), mae("MPa")):
        with pytest.raises(ValueError, match="expected one predicted value a row"):
            metric.score(np.zeros(4), np.ones((4, 2)))


def test_published_log_likelihoods_are_never_printed_in_the_unit_of_the_headline_metric() -> None:
    printed = table("uci/concrete")
    headline, *others = printed.split("uci/concrete: ")[1:]
    assert headline.startswith("rmse")
    assert "4.46 MPa" in headline
    assert "-2.937" not in headline
    assert not [part for part in others if "MPa" in part]
