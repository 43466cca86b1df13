"""Series references against what they claim to be, computed another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.definition import Training
from benchmarks.entries import (
    ets,
    minirocket,
    repeat_last,
    sarima,
    seasonal_naive,
    seasonal_ratio,
    shared_linear,
    theta,
    warped_neighbour,
)
from benchmarks.entries.classical.minirocket import KERNELS, fit_dilations, transform
from benchmarks.entries.classical.warping import warped_distances
from benchmarks.metrics import mase, mse, window_mae
from benchmarks.windows import windows


def ahead(series: np.ndarray, history: int, steps: int) -> Training:
    return Training(
        windows(series[:-steps], history), windows(series[history:], steps), "regression", 0, 0
    )


def next_value(series: np.ndarray, history: int) -> Training:
    x = windows(series[:-1, None], history)
    return Training(x, series[history:], "regression", 0, 0)


def warped(a: np.ndarray, b: np.ndarray, reach: int) -> float:
    """The textbook recursion, one pair at a time."""
    cost = np.full((len(a) + 1, len(b) + 1), np.inf)
    cost[0, 0] = 0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if abs(i - j) <= reach:
                before = min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
                cost[i, j] = ((a[i - 1] - b[j - 1]) ** 2).sum() + before
    return float(cost[-1, -1])


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 3), st.sampled_from([0, 0.2, 0.5, 1])
)
def test_warping_is_the_textbook_recursion(
    seed: int, steps: int, channels: int, window: float
) -> None:
    random = np.random.default_rng(seed)
    lengths = random.integers(1, steps + 1, 5)
    series = [random.normal(size=(length, channels)) for length in lengths]
    x = np.zeros((5, steps, channels))
    for row, values in enumerate(series):
        x[row, : len(values)] = values
    found = warped_distances(x[:2], x[2:], window, block=1)
    expected = [[warped(a, b, int(window * steps)) for b in series[2:]] for a in series[:2]]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_no_window_is_the_euclidean_distance() -> None:
    x = np.random.default_rng(0).normal(size=(6, 20, 1))
    expected = ((x[:2, None] - x[None, 2:]) ** 2).sum(axis=(2, 3))
    np.testing.assert_allclose(warped_distances(x[:2], x[2:], 0.0), expected, rtol=1e-4)


def test_the_window_is_chosen_on_training_series() -> None:
    time, random = np.arange(60), np.random.default_rng(1)
    shift = random.integers(10, 40, 40)
    width = np.where(np.arange(40) % 2, 3.0, 8.0)
    x = np.exp(-(((time - shift[:, None]) / width[:, None]) ** 2))[:, :, None]
    training = Training(x[:20], np.arange(20) % 2, "classification", 2, 0)
    first, second = warped_neighbour((0.0, 0.5)).fit([training, training])
    assert first.notes["window"] == 0.5
    assert (first.predict(x[20:]).argmax(axis=1) == np.arange(20) % 2).mean() > 0.9
    assert first is second, "repeats over seeds have the same rows"


def test_minirocket_has_the_kernels_of_the_paper() -> None:
    assert KERNELS.shape == (84, 3)
    x = np.random.default_rng(0).normal(size=(12, 50, 3))
    dilations = fit_dilations(x, 9_996, np.random.default_rng(0))
    features = transform(x, dilations)
    assert features.shape == (12, 9_996)
    assert 0 <= features.min() <= features.max() <= 1
    assert max(8 * dilation.spacing for dilation in dilations) <= 49
    weights = np.full(9, -1.0)
    weights[KERNELS[0]] = 2
    one = dilations[0]
    chosen = x[..., one.channels[0]].sum(axis=2)
    expected = [np.convolve(row, weights[::-1], "same") for row in chosen]
    share = (np.array(expected, np.float32) > np.float32(one.biases[0, 0])).mean(axis=1)
    np.testing.assert_allclose(features[:, 0], share, atol=1 / 50)


def test_minirocket_refuses_series_shorter_than_a_kernel() -> None:
    with pytest.raises(ValueError, match="at least 9 steps, received 8"):
        fit_dilations(np.zeros((3, 8, 1)), 84, np.random.default_rng(0))


def test_minirocket_tells_shapes_apart_and_repeats_itself() -> None:
    random = np.random.default_rng(2)
    y = np.arange(60) % 2
    x = random.normal(size=(60, 64, 1))
    x[y == 1, :, 0] += 2 * np.sin(np.arange(64))
    training = Training(x[:30], y[:30], "classification", 2, 5)
    (fitted,), (again,) = (minirocket(840).fit([training]) for _ in range(2))
    assert (fitted.predict(x[30:]).argmax(axis=1) == y[30:]).mean() > 0.9
    np.testing.assert_array_equal(fitted.predict(x[30:]), again.predict(x[30:]))


def test_rules_of_thumb() -> None:
    series = np.stack([np.arange(40.0), 100 + np.arange(40.0)], axis=1)
    training = ahead(series, 6, 5)
    (last,) = repeat_last().fit([training])
    np.testing.assert_array_equal(last.predict(training.x)[0], np.tile([5.0, 105.0], (5, 1)))
    (season,) = seasonal_naive(3, "three steps before").fit([training])
    assert season.predict(training.x)[0, :, 0].tolist() == [3, 4, 5, 3, 4]
    (one,) = seasonal_naive(3, "three steps before").fit([next_value(series[:, 0], 6)])
    assert one.predict(training.x)[0] == 3
    growing = np.tile([2.0, 3.0, 5.0], 6) * 1.1 ** np.arange(18)
    (ratio,) = seasonal_ratio(3).fit([next_value(growing, 5)])
    np.testing.assert_allclose(ratio.predict(windows(growing[:-1, None], 5)), growing[5:])


def test_rules_of_thumb_need_a_season_in_the_window() -> None:
    training = next_value(np.arange(1.0, 20.0), 6)
    with pytest.raises(ValueError, match="within the window of 6 steps, received 7"):
        seasonal_naive(7, "a week before").fit([training])
    with pytest.raises(ValueError, match="above 0"):
        seasonal_ratio(3).fit([next_value(np.arange(-5.0, 20.0), 6)])


def test_the_shared_linear_model_is_ridge_regression() -> None:
    random = np.random.default_rng(3)
    series = random.normal(size=(400, 2)).cumsum(axis=0)
    training = ahead(series, 8, 3)
    (fitted,) = shared_linear(alphas=(5.0,)).fit([training])
    last = training.x[:, -1:]
    x = np.swapaxes(training.x - last, 1, 2).reshape(-1, 8)
    y = np.swapaxes(training.y - last, 1, 2).reshape(-1, 3)
    weights = np.linalg.solve(x.T @ x + 5 * np.eye(8), x.T @ y)
    expected = np.swapaxes((x @ weights).reshape(-1, 2, 3), 1, 2) + last
    np.testing.assert_allclose(fitted.predict(training.x), expected, rtol=1e-4, atol=1e-4)
    assert fitted.params == 24


def test_what_validates_is_not_fitted() -> None:
    """Neither the validation rows nor those whose targets reach into theirs change a weight."""
    series = np.random.default_rng(4).normal(size=(300, 1)).cumsum(axis=0)
    other = series.copy()
    other[250:] = 0
    found = []
    for values in (series, other):
        training = ahead(values, 6, 4)
        validation = len(training.y) - (250 - 6)
        (fitted,) = shared_linear(validation, alphas=(1.0,)).fit([training])
        found.append(fitted.predict(ahead(series, 6, 4).x))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("entry", [ets(12), theta(12), sarima((0, 1, 1), (0, 1, 1, 12), log=True)])
def test_classical_models_see_the_season(entry) -> None:  # type: ignore[no-untyped-def]
    months = np.arange(110)
    noise = np.random.default_rng(5).normal(0, 0.01, 110)
    series = np.exp(0.01 * months + 0.3 * np.sin(2 * np.pi * months / 12) + noise)
    train = next_value(series[:100], 36)
    (fitted,) = entry.fit([train])
    test = windows(series[:-1, None], 36)[-10:]
    error = np.abs(fitted.predict(test) - series[-10:]).mean()
    naive = np.abs(series[-11:-1] - series[-10:]).mean()
    assert error < naive / 2


def test_classical_models_refuse_rows_with_gaps() -> None:
    training = next_value(np.arange(60.0), 24)
    gaps = Training(training.x[::2].copy(), training.y[::2], "regression", 0, 0)
    with pytest.raises(ValueError, match="follow one another"):
        ets(12).fit([gaps])


def test_errors_of_windows_are_plain_means() -> None:
    random = np.random.default_rng(6)
    truth, forecast = random.normal(size=(2, 700, 3, 2))
    assert mse("σ²").score(truth, forecast) == pytest.approx(((truth - forecast) ** 2).mean())
    assert window_mae("σ").score(truth, forecast) == pytest.approx(abs(truth - forecast).mean())
    with pytest.raises(ValueError, match="a forecast for every target"):
        mse("σ²").score(truth, forecast[:, :2])
    forecast[-1, 0, 0] = np.nan
    with pytest.raises(ValueError, match="finite predictions"):
        mse("σ²").score(truth, forecast)
    assert mase(2.0).score(np.zeros(3), np.full(3, 4.0)) == 2.0
