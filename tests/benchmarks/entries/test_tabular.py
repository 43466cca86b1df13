"""Networks for tables that train by shared programs, and the tuned classical models beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks.definition import Entry, Training
from benchmarks.entries.classical.tuned import inner_folds, logistic, neighbours, tree_boosting
from benchmarks.entries.tabular.bagging import Budget, TabularRecipe, bagged, mixture
from benchmarks.entries.tabular.encoding import fit_encoder
from benchmarks.entries.tabular.grid import grid_of_networks

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")

RANDOM = np.random.default_rng(0)
FAST: dict[str, Any] = {"least_steps": 100, "learning_rate": 0.03}
RECIPES = (
    TabularRecipe("plain", "plain", (8,), **FAST),
    TabularRecipe("decayed", "plain", (8,), weight_decay=6.0, **FAST),
    TabularRecipe("fourier", "pieces", (8,), first="cos", dropout=0.2, **FAST),
)
BUDGETS = (Budget(100, 5, 1, 8, ("plain", "decayed", "fourier")), Budget(0, 2, 1, 8, ("plain",)))


def small(entry: str) -> Entry:
    if entry == "bagged":
        return bagged("bagged", RECIPES, BUDGETS, "")
    if entry == "selu":
        return grid_of_networks("selu", "selu", [(8,), (8, 8)], [1e-2])
    return {"logistic": logistic, "k-nn": neighbours, "boosting": tree_boosting}[entry]()


def training(rows: int, seed: int = 0, **changes: Any) -> Training:
    x = np.random.default_rng(5).normal(size=(rows, 4))
    x[:, 3] = 2.0  # constant
    y = (x[:, 0] > 0).astype(np.int64)
    return replace(Training(x, y, "classification", 2, seed), **changes)


@pytest.mark.parametrize("name", ["bagged", "selu", "logistic", "k-nn", "boosting"])
def test_ten_rows_a_constant_column_and_a_single_class_are_answered(name: str) -> None:
    alone = training(10, y=np.ones(10, np.int64))
    for given in ([training(10), training(10, 1)], [alone]):
        for fitted in small(name).fit(given):
            shares = fitted.predict(RANDOM.normal(size=(7, 4)))
            assert shares.shape == (7, 2)
            assert np.isfinite(shares).all()
            assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-5)
    assert (shares.argmax(axis=1) == 1).all()


@pytest.mark.parametrize(("name", "rows"), [("bagged", 90), ("bagged", 120), ("selu", 90)])
def test_a_network_learns_and_the_same_seed_gives_the_same_bits(name: str, rows: int) -> None:
    x = np.random.default_rng(6).normal(size=(200, 4))
    first, again = (small(name).fit([training(rows)])[0].predict(x) for _ in range(2))
    assert np.array_equal(first, again)
    assert (first.argmax(axis=1) == (x[:, 0] > 0)).mean() > 0.85


def test_a_repeat_does_not_depend_on_those_it_trains_with() -> None:
    x = RANDOM.normal(size=(20, 4))
    others = [training(60, 3), training(70, 4)]
    alone = small("bagged").fit([training(80)])[0].predict(x)
    among = small("bagged").fit([training(80), *others])[0].predict(x)
    assert np.allclose(alone, among, atol=1e-5)


def test_tables_of_like_shape_share_a_program() -> None:
    from benchmarks.training import shared

    entry = small("bagged")
    entry.fit([training(40)])
    before = shared._program.cache_info().currsize
    wider = np.random.default_rng(1).normal(size=(50, 7))
    entry.fit([training(50, x=wider, y=np.arange(50) % 5, classes=5)])
    assert shared._program.cache_info().currsize == before


def test_the_networks_are_those_of_keras() -> None:
    from benchmarks.training import shared

    shape = shared.Shape(5, (6, 4), 3, "selu", "cos")
    rows = RANDOM.normal(size=(9, 5)).astype(np.float32)
    (weights,) = shared._initial(shape, [shared.Job(rows, np.zeros(9, int), 0, 1, 0.1)])
    network = shared.model(shape)
    network.set_weights(weights)
    logits = np.asarray(network(rows))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(shared.probabilities(shape, weights, rows, 3), expected, atol=1e-5)


def test_training_steps_are_those_of_keras_adamw() -> None:
    import keras

    from benchmarks.training import shared

    shape = shared.Shape(5, (6,), 3, "relu")
    x, y = RANDOM.normal(size=(40, 5)).astype(np.float32), np.arange(40) % 3
    job = shared.Job(x, y, 0, 20, 0.01, weight_decay=0.5, label_smoothing=0.1)
    (ours,) = shared.train(shape, [job], 3, batch_size=8, networks=2, steps_per_call=10)
    network = shared.model(shape)
    network.set_weights(shared._initial(shape, [job])[0])
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    network.compile(optimizer, loss, jit_compile=False)
    rows = shared._stream(job, 160).reshape(-1, 8)
    for rate, batch in zip(shared._rates(job, 20), rows, strict=True):
        optimizer.learning_rate = rate
        network.train_on_batch(x[batch], np.eye(3, dtype=np.float32)[y[batch]])
    for mine, theirs in zip(ours.weights, network.get_weights(), strict=True):
        assert np.allclose(mine, theirs, atol=2e-4)


def test_early_stopping_keeps_the_weights_of_the_lowest_loss() -> None:
    from benchmarks.training import shared

    shape = shared.Shape(4, (8,), 8, "relu")
    given = training(60)
    x = shared.widened(given.x, 4)
    job = shared.Job(
        x[:40], given.y[:40], 0, 400, 0.05, held_x=x[40:], held_y=given.y[40:], patience=2
    )
    (network,) = shared.train(shape, [job], 2, batch_size=8, networks=1, steps_per_call=10)
    assert len(network.held_loss) - 1 - int(np.argmin(network.held_loss)) <= 2
    right = shared.probabilities(shape, network.weights, x[40:], 2)[np.arange(20), given.y[40:]]
    assert -np.log(right).mean() == pytest.approx(min(network.held_loss), abs=1e-4)


def test_an_encoding_is_learnt_on_training_rows_and_takes_any_other() -> None:
    x = np.column_stack([np.arange(40.0), np.arange(40) % 3, np.full(40, 7.0)])
    encoder = fit_encoder(x, "pieces")
    assert [column for column, _ in encoder.codes] == [1]
    assert [column for column, _ in encoder.pieces] == [0]
    coded = encoder(np.array([[1e9, 1.0, 8.0], [-1e9, 5.0, 7.0]]))
    assert coded.dtype == np.float32
    assert np.abs(coded).max() <= 3.0
    assert coded[:, 3:6].tolist() == [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


def test_the_mixture_leans_towards_what_is_right_and_shares_between_equals() -> None:
    y = np.arange(30) % 2
    good, bad = np.eye(2)[y] * 0.8 + 0.1, np.eye(2)[1 - y] * 0.8 + 0.1
    weights = mixture(np.stack([bad, good, bad]), y)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[1] > 0.95
    halves = [np.where((np.arange(30) < 15)[:, None], *pair) for pair in ((good, bad), (bad, good))]
    assert np.allclose(mixture(np.stack(halves), y), 0.5, atol=0.05)


def test_inner_folds_part_the_rows_and_spread_each_class() -> None:
    y = np.repeat([0, 1, 2], [50, 10, 2])
    folds = inner_folds(y, 0)
    assert np.sum(folds, axis=0).tolist() == [1] * 62
    assert [int((y[held] == 1).sum()) for held in folds] == [2] * 5
