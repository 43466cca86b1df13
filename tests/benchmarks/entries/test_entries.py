"""Ready-made entries: what they predict, and rows that are odd but real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries import (
    boosting,
    linear,
    majority,
    mean,
    mlp,
    nearest,
    network,
    persistence,
)
from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(80, 4))
RECIPE = Recipe(epochs=5, batch_size=16, learning_rate=0.01, jit_compile=False)


def regression(x: np.ndarray = X, y: np.ndarray | None = None) -> Training:
    y = 50 + 10 * x[:, 0] if y is None else y
    return Training(x=x, y=y, task="regression", classes=0, seed=3)


def classes(y: np.ndarray, count: int = 3, x: np.ndarray = X) -> Training:
    return Training(x=x, y=y.astype(np.int64), task="classification", classes=count, seed=3)


def thirds() -> np.ndarray:
    return np.digitize(X[:, 0], [-0.5, 0.5])


def fitted(entry: Entry, training: Training) -> Fitted:
    (one,) = entry.fit([training])
    return one


@pytest.fixture
def small_gru() -> Callable[[tuple[int, ...], int], Any]:
    def build(shape: tuple[int, ...], outputs: int) -> Any:
        import keras

        layers = [keras.Input(shape), keras.layers.GRU(4), keras.layers.Dense(outputs)]
        return keras.Sequential(layers)

    return build


def test_the_mean_and_the_majority_are_those_of_the_training_rows() -> None:
    training = regression()
    assert fitted(mean(), training).predict(X[:3]) == pytest.approx([training.y.mean()] * 3)
    shares = fitted(majority(), classes(np.repeat([0, 2], [30, 50]))).predict(X[:2])
    assert shares.tolist() == [[0.375, 0.0, 0.625]] * 2


def test_persistence_is_the_last_value_of_the_window() -> None:
    windows = np.arange(24.0).reshape(2, 12, 1)
    predictor = fitted(persistence(), regression(windows, np.zeros(2)))
    assert predictor.predict(windows).tolist() == [11.0, 23.0]


def test_linear_finds_a_linear_rule() -> None:
    training = regression()
    np.testing.assert_allclose(fitted(linear(), training).predict(X), training.y, rtol=1e-6)


def test_one_nearest_neighbour_knows_its_training_rows() -> None:
    training = classes(thirds())
    assert fitted(nearest(1), training).predict(X).argmax(axis=1).tolist() == thirds().tolist()
    values = regression()
    np.testing.assert_allclose(fitted(nearest(1), values).predict(X), values.y)


def test_boosting_learns_a_step() -> None:
    training = classes(thirds())
    assert (fitted(boosting(), training).predict(X).argmax(axis=1) == thirds()).mean() > 0.9
    values = regression()
    assert np.corrcoef(fitted(boosting(), values).predict(X), values.y)[0, 1] > 0.9


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize(
    "entry",
    [majority(), linear(), nearest(3), boosting(), mlp("mlp", [8], RECIPE)],
    ids=lambda e: e.name,
)
def test_a_class_absent_from_the_training_rows_keeps_its_column(entry: Entry) -> None:
    predictions = fitted(entry, classes(thirds() % 2 * 2)).predict(X)
    assert predictions.shape == (80, 3)
    np.testing.assert_allclose(predictions.sum(axis=1), 1.0, rtol=1e-5)
    if entry.kind == "reference":
        assert predictions[:, 1].max() == 0.0


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize(
    "entry", [linear(), boosting(), mlp("mlp", [8], RECIPE)], ids=lambda e: e.name
)
def test_a_column_that_did_not_vary_in_training_does_no_harm(entry: Entry) -> None:
    """Divided by its deviation of next to nothing it would be millions in a test row."""
    x = X.copy()
    x[:, 1] = 0.1
    x[:, 2] = 1e6 + 0.1
    predictor = fitted(entry, regression(x))
    other = x.copy()
    other[:, 1:3] += 0.2
    changed = predictor.predict(other)
    assert np.isfinite(changed).all()
    assert np.abs(changed - predictor.predict(x)).max() < 20.0


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize(
    "entry", [mean(), linear(), boosting(), mlp("mlp", [8], RECIPE)], ids=lambda e: e.name
)
def test_targets_that_do_not_vary_are_predicted(entry: Entry) -> None:
    predictions = fitted(entry, regression(y=np.full(80, 7.3))).predict(X)
    np.testing.assert_allclose(predictions, 7.3, atol=1.0)


@pytest.mark.usefixtures("keras_here")
def test_a_network_predicts_in_the_unit_of_its_targets() -> None:
    training = regression(x=1000 + 5 * X, y=5e6 + 1e6 * X[:, 0])
    predictor = fitted(mlp("mlp", [8], replace(RECIPE, epochs=60)), training)
    predictions = predictor.predict(training.x)
    assert predictions.shape == (80,)
    assert np.corrcoef(predictions, training.y)[0, 1] > 0.9
    assert predictions.mean() == pytest.approx(5e6, rel=0.1)
    assert predictor.params == 4 * 8 + 8 + 8 + 1
    assert len(predictor.history["loss"]) == 60
    assert predictor.history["loss"][-1] < predictor.history["loss"][0]


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("inputs", ["standardised", "raw"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_saved_network_predicts_what_was_scored(
    inputs: str, task: str, tmp_path: Path, small_gru: Callable[..., Any]
) -> None:
    """From raw inputs to values or probabilities, preprocessing included."""
    import keras

    windows = RANDOM.normal(5.0, 3.0, size=(40, 6, 2))
    total = windows.sum(axis=(1, 2))
    training = (
        regression(windows, total)
        if task == "regression"
        else classes((total > 60).astype(int), 2, windows)
    )
    entry = network("gru", small_gru, RECIPE, "A GRU.", inputs=inputs)  # type: ignore[arg-type]
    predictor = fitted(entry, training)
    assert predictor.archive is not None
    (tmp_path / "model.keras").write_bytes(predictor.archive())
    opened = keras.models.load_model(tmp_path / "model.keras")
    expected = predictor.predict(windows)
    received = opened.predict(windows.astype(np.float32), verbose=0)
    np.testing.assert_allclose(received.reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("keras_here")
def test_a_stack_returns_its_repeats_in_order() -> None:
    trainings = [replace(regression(y=100.0 * place + X[:, 0]), seed=place) for place in range(3)]
    found = mlp("mlp", [4], RECIPE).fit(trainings)
    assert [round(one.predict(X).mean() / 100) for one in found] == [0, 1, 2]


def test_the_values_of_a_network_say_how_it_is_trained() -> None:
    entry = mlp("mlp", [8, 4], replace(RECIPE, weight_decay=0.1), dropout=0.2, tuned="by hand")
    assert entry.values["epochs"] == 5
    assert entry.values["weight_decay"] == 0.1
    assert entry.values["hidden"] == [8, 4]
    assert entry.values["dropout"] == 0.2
    assert entry.protocol == {"tuning": "on training rows"}
    assert mlp("mlp", [8], RECIPE).protocol == {}
    assert entry.about == "Multilayer perceptron with 8×4 relu units and dropout 0.2."
