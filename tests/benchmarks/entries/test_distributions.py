"""Entries that predict quantiles: heads that do not cross, classical intervals, calibration."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries import (
    Rule,
    conformal,
    ets,
    ets_intervals,
    last_value,
    quantile_forecaster,
    quantile_network,
    sarima,
    sarima_intervals,
)
from benchmarks.entries.distribution.global_network import calibration
from benchmarks.entries.recurrent import recurrent
from benchmarks.quantiles import LEVELS, coverage, crps, median
from benchmarks.training.recipe import Recipe
from benchmarks.windows import windows

__all__ = ["keras_here"]  # a fixture
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=700)


def walk(steps: int = 400, history: int = 8) -> tuple[Training, np.ndarray, np.ndarray]:
    """A random walk with steps of deviation 2, its last quarter to be forecast."""
    series = np.cumsum(2 * NOISE[:steps])[:, None]
    x, y = windows(series[:-1], history), series[history:, 0]
    cut = round(0.75 * len(y))
    return Training(x[:cut], y[:cut], "regression", 0, 1), x[cut:], y[cut:]


def test_a_network_of_quantiles_finds_the_spread_of_a_random_walk(keras_here: None) -> None:
    training, x, y = walk(700)
    recipe = Recipe(epochs=25, batch_size=32, learning_rate=0.01, schedule="cosine")
    entry = quantile_network(
        "q", partial(recurrent, units=4), recipe, "about", rule=Rule(last_value)
    )
    (fitted,) = entry.fit([training])
    quantiles = fitted.predict(x)
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert crps(y, quantiles, LEVELS) < 1.05 * 2 * 0.5642  # σ/√π of the true distribution
    assert 0.7 < coverage(y, quantiles, LEVELS, 0.8) < 0.9
    assert entry.quantiles == LEVELS
    assert entry.values["quantiles"] == list(LEVELS)
    (again,) = entry.fit([training])
    assert np.array_equal(again.predict(x), quantiles)


def test_a_forecaster_of_quantiles_keeps_their_order_and_can_be_saved(
    keras_here: None, tmp_path: Path
) -> None:
    import keras

    from benchmarks.entries.long_horizon.networks import nlinear

    series = np.stack([np.cumsum(NOISE[:300]), NOISE[300:600]], axis=1)
    training = Training(windows(series[:-4], 10), windows(series[10:], 4), "regression", 0, 3)
    entry = quantile_forecaster(
        "q", nlinear, Recipe(epochs=3, batch_size=32, learning_rate=0.01), "a", validation_rows=40
    )
    (fitted,) = entry.fit([training])
    x = training.x[-20:]
    quantiles = fitted.predict(x)
    assert quantiles.shape == (20, 4, 2, len(LEVELS))
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    assert set(fitted.history) == {"loss", "val_loss"}
    assert fitted.archive is not None
    (tmp_path / "model.keras").write_bytes(fitted.archive())
    network = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert np.allclose(network(x.astype(np.float32)), quantiles, atol=1e-5)


def test_a_fresh_head_is_a_normal_distribution(keras_here: None) -> None:
    from benchmarks.entries.distribution.head import ordered, pinball_loss

    quantiles = np.asarray(ordered(np.zeros((1, len(LEVELS)), np.float32), LEVELS, 2.0))
    assert quantiles[0, [0, 1, 5, 9, 10]] == pytest.approx(
        [-3.92, -2.5631, 0, 2.5631, 3.92], abs=1e-3
    )
    truth = np.array([0.7])
    loss = pinball_loss(LEVELS)(truth[:, None].astype(np.float32), quantiles)
    assert float(np.mean(loss)) == pytest.approx(crps(truth, quantiles, LEVELS), rel=1e-5)


@pytest.mark.parametrize(
    ("plain", "spread"),
    [
        (ets(4, seasonal="mul"), ets_intervals(4, seasonal="mul")),
        (ets(4, trend=None, seasonal=None), ets_intervals(4, trend=None, seasonal=None)),
        (sarima((1, 0, 0), log=True), sarima_intervals((1, 0, 0), log=True)),
        (sarima((0, 1, 1)), sarima_intervals((0, 1, 1))),
    ],
)
def test_classical_medians_are_those_of_the_entry_of_points(plain: Entry, spread: Entry) -> None:
    level = 100 + np.arange(120) / 2
    series = level * (1 + 0.1 * np.sin(np.arange(120) * np.pi / 2)) * np.exp(0.02 * NOISE[:120])
    x, y = windows(series[:-1, None], 24), series[24:]
    training = Training(x[:70], y[:70], "regression", 0, 0)
    (points,), (quantiles,) = plain.fit([training]), spread.fit([training])
    found = quantiles.predict(x[70:])
    assert median(found, LEVELS) == pytest.approx(points.predict(x[70:]))
    assert (np.diff(found, axis=1) > 0).all()
    # n = 26: by chance an 80 % interval holds at least 60 % of them in 98 of 100 cases
    assert coverage(y[70:], found, LEVELS, 0.8) > 0.6


def test_sarima_promises_the_noise_of_an_autoregression() -> None:
    """Coefficient 0.6 and noise of deviation 3: the 95 % interval is 2 · 1.96 · 3 wide."""
    series = np.zeros(600)
    for step in range(1, 600):
        series[step] = 0.6 * series[step - 1] + 3 * NOISE[step]
    x, y = windows(series[:-1, None], 50), series[50:]
    (fitted,) = sarima_intervals((1, 0, 0)).fit([Training(x, y, "regression", 0, 0)])
    quantiles = fitted.predict(x[-1:])
    assert quantiles[0, -1] - quantiles[0, 0] == pytest.approx(11.76, rel=0.1)


# Split conformal


def point_entry(**other: Any) -> Entry:
    """Repeats the last value of a window; says how many rows it was given."""

    def fit(trainings: Any) -> list[Fitted]:
        def predict(x: np.ndarray) -> np.ndarray:
            return x[:, -1, 0] if not ahead else np.repeat(x[:, -1:, :1], ahead, axis=1)

        ahead = trainings[0].y.shape[1] if trainings[0].y.ndim > 1 else 0
        return [Fitted(predict, notes={"rows": len(one.y)}) for one in trainings]

    return Entry("last", "reference", fit, "Repeats.", **other)


def test_intervals_are_order_statistics_of_the_errors_held_out() -> None:
    """Of 39 errors 1 … 39 the 32nd and the 38th are the ends: ⌈40 · 0.8⌉ and ⌈40 · 0.95⌉."""
    y = np.concatenate([np.zeros(10), np.arange(1.0, 40)])
    training = Training(np.zeros((49, 3, 1)), y, "regression", 0, 0)
    entry = conformal(point_entry(), 39)
    (fitted,) = entry.fit([training])
    (quantiles,) = fitted.predict(np.full((1, 3, 1), 7.0))
    assert quantiles[[0, 1, 5, 9, 10]].tolist() == [7 - 38, 7 - 32, 7, 7 + 32, 7 + 38]
    assert fitted.notes["rows"] == 10
    assert (entry.name, entry.headline, entry.quantiles) == ("last-conformal", False, LEVELS)


def test_relative_intervals_grow_with_the_forecast() -> None:
    y = np.concatenate([np.full(5, 10.0), np.full(40, 11.0)])
    training = Training(np.full((45, 3, 1), 10.0), y, "regression", 0, 0)
    (fitted,) = conformal(point_entry(), 40, relative=True).fit([training])
    found = fitted.predict(np.full((1, 3, 1), 50.0))
    assert found[0, [1, 9]] == pytest.approx([45.0, 55.0])


def test_every_step_ahead_has_its_own_interval_and_no_target_reaches_into_calibration() -> None:
    series = np.concatenate([np.zeros(20), np.arange(60.0)])[:, None]
    training = Training(windows(series[:-3], 5), windows(series[5:], 3), "regression", 0, 0)
    (fitted,) = conformal(point_entry(), 30).fit([training])
    assert fitted.notes["rows"] == len(training.y) - 30 - 2
    found = fitted.predict(training.x[:1])
    assert found.shape == (1, 3, 1, len(LEVELS))
    assert found[0, :, 0, -1] == pytest.approx([1, 2, 3])


def test_on_exchangeable_rows_the_promise_is_met() -> None:
    random = np.random.default_rng(5)
    x = np.zeros((4000, 3, 1))
    y = random.standard_t(3, size=4000)
    (fitted,) = conformal(point_entry(), 1000).fit([Training(x, y, "regression", 0, 0)])
    fresh = random.standard_t(3, size=20_000)
    found = fitted.predict(np.zeros((20_000, 3, 1)))
    assert coverage(fresh, found, LEVELS, 0.8) == pytest.approx(0.8, abs=0.04)
    assert coverage(fresh, found, LEVELS, 0.95) == pytest.approx(0.95, abs=0.02)


def test_too_few_rows_to_calibrate_on_are_refused() -> None:
    with pytest.raises(ValueError, match=r"interval of 95%, at least 19, received 18"):
        conformal(point_entry(), 18)
    few = Training(np.zeros((20, 3, 1)), np.zeros(20), "regression", 0, 0)
    with pytest.raises(ValueError, match="received 20 in all"):
        conformal(point_entry(), 20).fit([few])


def test_one_factor_makes_the_80_per_cent_interval_hold() -> None:
    """Half-widths of 2 below and 1 above: of 9 ratios the 8th smallest is the factor."""
    quantiles = np.tile([-2.0, -2.0, -1, -1, -1, 0, 0.5, 0.5, 0.5, 1, 1], (9, 1))
    truth = np.array([-2.0, -4, -6, -8, 1, 1.5, 2.5, 3, 5])  # ratios 1 2 3 4 and 1 1.5 2.5 3 5
    assert calibration(truth, quantiles, LEVELS) == 4
    assert calibration(np.zeros(9), quantiles, LEVELS) == 0
