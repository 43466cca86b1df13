"""DLinear, NLinear, PatchTST and iTransformer, and the program that trains them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from benchmarks.definition import Fitted, Training
from benchmarks.entries.long_horizon.forecasters import compiled_forecaster
from benchmarks.entries.long_horizon.networks import dlinear, itransformer, nlinear, patchtst
from benchmarks.training import forecasting
from benchmarks.training.recipe import Recipe
from benchmarks.windows import windows

NETWORKS = {
    "nlinear": nlinear,
    "dlinear": partial(dlinear, moving_average=5),
    "patchtst": partial(patchtst, patch=8, stride=4, width=8, num_heads=2, hidden=12, blocks=2),
    "itransformer": partial(itransformer, width=8, num_heads=2, hidden=12),
}
RECIPE = Recipe(epochs=4, batch_size=8, learning_rate=0.01, jit_compile=False)


def numbers(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def training(seed: int = 0, steps: int = 90) -> Training:
    """Two waves and noise, as windows of 24 steps and the 6 after them."""
    time = np.arange(steps)
    series = np.stack([np.sin(time / 3), np.cos(time / 5)], axis=1)
    series += 0.1 * np.random.default_rng(3).normal(size=series.shape)
    return Training(windows(series[:-6], 24), windows(series[24:], 6), "regression", 0, seed)


def fitted(seeds: list[int], train: Training | None = None, **options: object) -> list[Fitted]:
    entry = compiled_forecaster(
        "n",
        options.pop("build", nlinear),  # type: ignore[arg-type]
        options.pop("recipe", RECIPE),  # type: ignore[arg-type]
        "A network.",
        validation_rows=10,
        **options,  # type: ignore[arg-type]
    )
    return entry.fit([replace(train or training(), seed=seed) for seed in seeds])


@pytest.mark.parametrize("name", NETWORKS)
def test_every_weight_learns_and_the_network_is_saved_as_stock_layers(
    name: str, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(0)
    model = NETWORKS[name]((24, 3), (6, 3))
    x = numbers(0, (5, 24, 3))
    before = [v.numpy() for v in model.trainable_variables]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for _ in range(3):
        model.train_on_batch(x, numbers(1, (5, 6, 3)))
    # A softmax takes away what a key's bias adds.
    moved = [
        bool(np.abs(v.numpy() - old).max() > 0)
        for v, old in zip(model.trainable_variables, before, strict=True)
    ]
    assert sum(moved) >= len(moved) - 2
    model.save(tmp_path / "n.keras")
    again = keras.models.load_model(tmp_path / "n.keras")
    np.testing.assert_allclose(again(x), model(x), atol=1e-6)


@pytest.mark.parametrize("name", ["nlinear", "patchtst", "itransformer"])
def test_a_forecast_moves_with_the_level_of_the_window(name: str) -> None:
    model = NETWORKS[name]((24, 3), (6, 3))
    x = numbers(0, (4, 24, 3))
    np.testing.assert_allclose(model(x + 5.0), model(x) + 5.0, atol=1e-4)


@pytest.mark.parametrize(("name", "alone"), [("patchtst", True), ("itransformer", False)])
def test_whether_a_forecast_depends_on_the_other_series(name: str, alone: bool) -> None:
    model = NETWORKS[name]((24, 3), (6, 3))
    x = numbers(0, (2, 24, 3))
    changed = x.copy()
    changed[:, :, 1] = numbers(1, (2, 24))
    same = np.isclose(model(x), model(changed), atol=1e-6).all(axis=(0, 1))
    assert same.tolist() == [alone, False, alone]


def test_dlinear_begins_as_the_mean_of_the_window() -> None:
    """Moving average and rest add up to the window, and both maps begin as means."""
    model = NETWORKS["dlinear"]((24, 3), (6, 3))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            layer.bias.assign(np.zeros(6))
    x = numbers(0, (2, 24, 3))
    mean = np.repeat(x.mean(axis=1, keepdims=True), 6, axis=1)
    np.testing.assert_allclose(model(x), mean, atol=1e-6)


def test_patches_are_as_many_as_the_paper_says() -> None:
    for steps, count in ((336, 42), (512, 64)):
        model = patchtst((steps, 2), (6, 2), patch=16, stride=8, blocks=1)
        (embedding,) = (one for one in model.layers if isinstance(one, keras.layers.Embedding))
        assert embedding.input_dim == count


def test_the_program_does_what_keras_does() -> None:
    """One epoch of one network, the same rows in the same order."""
    train, rows = training(), np.arange(40)
    keras.utils.set_random_seed(1)
    ours = nlinear((24, 2), (6, 2))
    plain = keras.models.clone_model(ours)
    plain.set_weights(ours.get_weights())
    recipe = replace(RECIPE, epochs=1)
    (curve,) = forecasting.train(
        [ours], train.x, train.y, rows, np.arange(50, 60), [7], recipe, loss="mae"
    )
    order = np.random.default_rng([7, 0]).permutation(rows)
    plain.compile(keras.optimizers.Adam(0.01), "mae")
    for start in range(0, 40, 8):
        chosen = order[start : start + 8]
        plain.train_on_batch(train.x[chosen].astype(np.float32), train.y[chosen].astype(np.float32))
    for one, other in zip(ours.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    error = np.abs(np.asarray(plain(train.x[50:60].astype(np.float32))) - train.y[50:60]).mean()
    assert curve["val_loss"] == [pytest.approx(error, rel=1e-4)]


def test_seeds_trained_together_are_those_trained_alone() -> None:
    build = partial(patchtst, patch=12, stride=12, width=4, num_heads=1, hidden=4, blocks=1)
    short = replace(RECIPE, epochs=2)
    together = fitted([3, 4], build=build, recipe=short)
    (alone,) = fitted([4], build=build, recipe=short)
    x = training().x[:5]
    np.testing.assert_allclose(together[1].predict(x), alone.predict(x), atol=1e-4)
    assert not np.allclose(together[0].predict(x), together[1].predict(x))


def test_the_weights_of_the_best_epoch_are_kept_and_patience_stops() -> None:
    train = training()
    (one,) = fitted([0], train, recipe=replace(RECIPE, epochs=40, learning_rate=0.3), patience=2)
    losses = one.history["val_loss"]
    assert len(losses) == int(np.argmin(losses)) + 3 < 40
    held = ((one.predict(train.x[-10:]) - train.y[-10:]) ** 2).mean()
    assert held == pytest.approx(min(losses), rel=1e-4)


def test_halving_begins_after_the_second_epoch() -> None:
    """The first two epochs are those of a constant rate, the third is not."""
    (constant,), (halved,) = fitted([0]), fitted([0], halve=True)
    assert halved.history["loss"][:2] == constant.history["loss"][:2]
    assert halved.history["val_loss"][2] != constant.history["val_loss"][2]


def test_rows_whose_targets_reach_into_the_validation_rows_are_not_fitted() -> None:
    """Other values in the validation targets change the epoch kept at most, never the curve."""
    train = training()
    series = np.concatenate([train.y[:, 0], train.y[-1, 1:]])
    series[len(train.y) - 10 :] += 100.0
    other = replace(train, y=windows(series, 6))
    (before,), (after,) = fitted([0], train), fitted([0], other)
    assert before.history["loss"] == after.history["loss"]
    assert before.history["val_loss"] != after.history["val_loss"]


def test_what_cannot_be_trained_is_refused() -> None:
    train = training()
    with pytest.raises(ValueError, match="at least a batch of 100 rows"):
        fitted([0], train, recipe=replace(RECIPE, batch_size=100))
    with pytest.raises(ValueError, match="validation rows"):
        compiled_forecaster("n", nlinear, RECIPE, "A network.", validation_rows=0)
    entry = compiled_forecaster("n", nlinear, RECIPE, "A network.", validation_rows=10)
    with pytest.raises(ValueError, match="same rows in every repeat"):
        entry.fit([train, replace(train, x=train.x + 1.0)])
    with pytest.raises(FloatingPointError, match="epoch 1 of 4"):
        fitted([0], replace(train, y=train.y * 1e30))
