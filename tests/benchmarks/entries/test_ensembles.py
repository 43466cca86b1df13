"""Prepared inputs, and averages of several networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data_folder import keras_here
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks.definition import Training
from benchmarks.entries import chosen, ensemble, mlp
from benchmarks.entries.inputs import pieces, prepare
from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(90, 3))
RECIPE = Recipe(epochs=40, batch_size=16, learning_rate=0.01)
FIVE = mlp("five", [8], RECIPE, members=5, held_out=0.2, inputs="piecewise", bins=4)

regression = Training(X, 50 + 10 * np.abs(X[:, 0]), "regression", 0, seed=3)
classification = Training(X, (X[:, 0] > 0).astype(np.int64), "classification", 2, seed=3)
values = st.floats(-1e3, 1e3, width=16)


@given(arrays(np.float64, (12, 2), elements=values), st.integers(1, 6))
def test_pieces_rise_from_nought_to_one_in_the_order_of_the_values(
    x: np.ndarray, bins: int
) -> None:
    kernel, bias = pieces(x, bins, np.zeros(2, bool))
    encoded = np.clip(x @ kernel + bias, 0.0, 1.0).reshape(len(x), 2, bins)
    for feature in range(2):
        steps = encoded[np.argsort(x[:, feature], kind="stable"), feature]
        assert (np.diff(steps, axis=0) >= -1e-9).all()
        used = kernel[feature, feature * bins : (feature + 1) * bins] > 0
        np.testing.assert_allclose(steps[-1, used], 1.0, atol=1e-6)
        np.testing.assert_allclose(steps[0, used], 0.0, atol=1e-6)
        assert not kernel[feature, : feature * bins].any()


def test_yes_or_no_columns_are_not_cut_into_pieces() -> None:
    x = np.column_stack([X[:, 0], X[:, 1] > 0, X[:, 2]])
    assert prepare("piecewise", x, 4).apply(x).shape == (90, 3 + 2 * 4)


@pytest.mark.parametrize("kind", ["standardised", "piecewise"])
def test_preparation_is_fitted_on_the_rows_it_is_given_alone(kind: str) -> None:
    ready = prepare(kind, X[:60], 4)  # type: ignore[arg-type]
    np.testing.assert_array_equal(ready.apply(X[:60]), prepare(kind, X[:60], 4).apply(X)[:60])  # type: ignore[arg-type]
    assert abs(ready.apply(X[:60])[:, :3].mean()) < 1e-9
    assert np.isfinite(ready.apply(X * 1e6)).all()


@pytest.mark.usefixtures("keras_here")
def test_an_ensemble_predicts_means_and_deviations_as_its_file_does(tmp_path: Path) -> None:
    import keras

    (fitted,) = FIVE.fit([regression])
    predicted = fitted.predict(X)
    assert predicted.shape == (90, 2)
    assert np.corrcoef(predicted[:, 0], regression.y)[0, 1] > 0.9
    assert (predicted[:, 1] > 0.1).all()
    far = fitted.predict(X * 10)
    assert far[:, 1].mean() > predicted[:, 1].mean(), "members disagree where nobody has been"
    assert fitted.params == 5 * ((3 * 5 + 1) * 8 + 9)
    assert fitted.archive is not None
    (tmp_path / "model.keras").write_bytes(fitted.archive())
    opened = keras.models.load_model(tmp_path / "model.keras")
    received = opened.predict(X.astype(np.float32), verbose=0)
    np.testing.assert_allclose(received, predicted, rtol=1e-4)


@pytest.mark.usefixtures("keras_here")
def test_an_ensemble_of_classifiers_predicts_probabilities() -> None:
    (fitted,) = FIVE.fit([classification])
    predicted = fitted.predict(X)
    assert predicted.shape == (90, 2)
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-5)
    assert (predicted.argmax(axis=1) == classification.y).mean() > 0.9


@pytest.mark.usefixtures("keras_here")
def test_one_member_more_changes_nothing_for_those_before() -> None:
    """The average of two moves by the second's share alone: each has its own seed and rows."""
    one, two, three = (
        mlp("few", [8], RECIPE, members=members).fit([regression])[0].predict(X)
        for members in (1, 2, 3)
    )
    second = 2 * two - one
    third = 3 * three - one - second
    for a, b in ((one, second), (second, third)):
        assert np.corrcoef(a, b)[0, 1] > 0.8
        assert np.abs(a - b).max() > 0.01


@pytest.mark.usefixtures("keras_here")
def test_what_a_member_leaves_out_does_not_train_it() -> None:
    """With all of a class's labels wrong in the rows left out, the network stays the same."""
    from benchmarks.entries import fitting

    single = mlp("one", [8], RECIPE, members=1, held_out=0.3)
    build = single.fit.keywords["build"]  # type: ignore[attr-defined]
    started = fitting.begin_repeat(classification, build, prepare("raw", X, 0), 0.3, 1)
    wrong = classification.y.copy()
    wrong[started.left_out[0]] = 1 - wrong[started.left_out[0]]
    assert 0 < len(started.left_out[0]) < 30
    clean, spoilt = (
        single.fit([training])[0].predict(X)
        for training in (classification, replace(classification, y=wrong))
    )
    np.testing.assert_array_equal(clean, spoilt)


def test_an_entry_says_what_it_averages() -> None:
    assert FIVE.values["members"] == 5
    assert FIVE.values["held_out"] == 0.2
    assert FIVE.values["bins"] == 4
    assert FIVE.about == (
        "Average of 5 multilayer perceptrons with 8 relu units, inputs encoded piecewise linearly."
    )


@pytest.mark.usefixtures("keras_here")
def test_each_repeat_chooses_its_own_recipe_and_says_which() -> None:
    """A straight line in one repeat, noise in the other: one wants training, the other little."""
    line = Training(X, 3 * X[:, 0], "regression", 0, seed=1)
    noise = Training(X, RANDOM.normal(size=90), "regression", 0, seed=2)
    long = mlp("long", [32], replace(RECIPE, epochs=150), members=2, held_out=0.1)
    short = mlp("short", [32], replace(RECIPE, epochs=1), members=2, held_out=0.1)
    found = chosen("either", [short, long], "One of two.").fit([line, noise])
    assert [one.notes["candidate"] for one in found] == [1, 0]
    assert all(len(one.notes["validation_losses"]) == 2 for one in found)
    (alone,) = long.fit([line])
    np.testing.assert_allclose(found[0].predict(X), alone.predict(X), rtol=1e-4, atol=1e-4)


def test_the_values_of_a_choice_hold_every_candidate() -> None:
    entry = ensemble(epochs=10, batch_size=32)
    assert set(entry.values["candidates"]) == {"small", "smooth", "piecewise"}
    assert entry.protocol == {"tuning": "on training rows"}
    assert entry.headline
    assert entry.suite == "full"
