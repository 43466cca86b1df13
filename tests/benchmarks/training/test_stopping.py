"""Early stopping of every repeat by itself, on rows that are never trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here
from hypothesis import given
from hypothesis import strategies as st
from training_help import ADAM, assert_same_weights, dense, rows, train

from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")

HELD = replace(ADAM, epochs=25, validation_split=0.25, patience=3, learning_rate=0.05)


@given(st.lists(st.integers(2, 60), min_size=1, max_size=4), st.floats(0.01, 0.5), st.integers(0))
def test_every_row_is_trained_on_or_held_back_and_never_both(
    sizes: list[int], share: float, seed: int
) -> None:
    from benchmarks.training.early_stopping import hold_back

    ys = [np.arange(size) for size in sizes]
    seeds = [seed + place for place in range(len(sizes))]
    _, own, _, held = hold_back(ys, ys, seeds, share)
    for y, mine, out in zip(ys, own, held, strict=True):
        assert sorted([*mine, *out]) == y.tolist()
        assert len(out) == max(1, round(share * len(y)))
    (_, _, _, (last,)) = hold_back(ys[-1:], ys[-1:], seeds[-1:], share)
    assert np.array_equal(last, held[-1])


def best_by_hand(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[Any, int, list[float]]:
    """Train epoch by epoch without early stopping, and apply the rule outside."""
    from benchmarks.training.early_stopping import hold_back

    (x,), (y,), (held_x,), (held_y,) = hold_back([x], [y], [seed], HELD.validation_split)
    model, seen, weights = dense(seed), [], []

    def look(epoch: int) -> None:
        seen.append(float(np.mean((model(held_x).numpy()[:, 0] - held_y) ** 2)))
        weights.append(model.get_weights())

    train([model], [x], [y], [seed], replace(HELD, validation_split=0.0, patience=0), "mse", look)
    best = 0
    for epoch, loss in enumerate(seen):
        best = epoch if loss < seen[best] else best
        if epoch - best == HELD.patience:
            break
    model.set_weights(weights[best])
    return model, epoch + 1, seen


@pytest.mark.parametrize("xla", [False, True])
def test_every_repeat_keeps_its_best_epoch_and_stops_by_itself(xla: bool) -> None:
    sizes, seeds = [30, 41, 24, 36], [1, 2, 3, 4]
    xs, ys = rows(sizes)
    models = [dense(seed) for seed in seeds]
    curves = train(models, xs, ys, seeds, replace(HELD, jit_compile=xla), "mse")
    lengths = []
    for model, x, y, seed, curve in zip(models, xs, ys, seeds, curves, strict=True):
        theirs, trained, seen = best_by_hand(x, y, seed)
        assert_same_weights(model, theirs)
        np.testing.assert_allclose(curve["val_loss"], seen[:trained], rtol=1e-3)
        assert len(curve["loss"]) == trained
        lengths.append(trained)
    assert len(set(lengths)) > 1
    assert min(lengths) < HELD.epochs


def test_without_patience_all_epochs_are_trained_and_the_best_is_kept() -> None:
    from benchmarks.training.early_stopping import hold_back

    xs, ys = rows([24, 30])
    models, seeds = [dense(1), dense(2)], [1, 2]
    seen: list[int] = []
    recipe = replace(HELD, patience=0, epochs=12)
    curves = train(models, xs, ys, seeds, recipe, "mse", seen.append)
    assert seen == list(range(1, 13))
    _, _, held_xs, held_ys = hold_back(xs, ys, seeds, recipe.validation_split)
    for model, x, y, curve in zip(models, held_xs, held_ys, curves, strict=True):
        assert len(curve["val_loss"]) == len(curve["loss"]) == 12
        loss = np.mean((model(x).numpy()[:, 0] - y) ** 2)
        assert loss == pytest.approx(min(curve["val_loss"]), rel=1e-4)


def test_rows_held_back_are_never_trained_on() -> None:
    """Nonsense in their targets leaves the curve of the training rows as it is."""
    from benchmarks.training.early_stopping import hold_back

    (x,), (y,) = rows([40])
    recipe = replace(HELD, patience=0, epochs=5)
    numbers = np.arange(len(y))
    held = hold_back([numbers], [numbers], [7], recipe.validation_split)[3][0]
    nonsense = y.copy()
    nonsense[held] = 1e6
    (plain,) = train([dense(1)], [x], [y], [7], recipe, "mse")
    (odd,) = train([dense(1)], [x], [nonsense], [7], recipe, "mse")
    assert plain["loss"] == odd["loss"]
    assert min(odd["val_loss"]) > 1e10
    nonsense[held] = np.nan
    with pytest.raises(FloatingPointError, match=r"validation loss .* in epoch 1 of 5"):
        train([dense(1)], [x], [nonsense], [7], recipe, "mse")


def test_too_few_rows_and_impossible_recipes_are_errors() -> None:
    xs, ys = rows([1])
    with pytest.raises(ValueError, match="received 1 rows in all"):
        train([dense(1)], xs, ys, [1], HELD, "mse")
    with pytest.raises(ValueError, match="expected a validation share beside a patience of 3"):
        Recipe(5, batch_size=8, patience=3)
    with pytest.raises(ValueError, match="from 0 to below 1"):
        Recipe(5, batch_size=8, validation_split=1.0)
