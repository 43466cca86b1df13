"""The trainer against Keras' own `fit`, and a stack of repeats against training them apart."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here, slow

from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")

ROOT = Path(__file__).resolve().parents[1]
FEATURES = 5
EPOCHS = 12
"""More than the trainer runs in one call."""
SGD = Recipe(EPOCHS, batch=8, optimizer="sgd", learning_rate=0.05, xla=False)
ADAM = Recipe(EPOCHS, batch=8, learning_rate=0.01, xla=False)
RECIPES = {
    "sgd": SGD,
    "sgd cosine": replace(SGD, schedule="cosine"),
    "nesterov": replace(SGD, momentum=0.9, learning_rate=0.01),
    "nesterov cosine decay": replace(SGD, momentum=0.9, schedule="cosine", weight_decay=0.1),
    "adam": ADAM,
    "adam cosine": replace(ADAM, schedule="cosine"),
    "adamw": replace(ADAM, weight_decay=0.5),
    "adamw cosine": replace(ADAM, weight_decay=0.5, schedule="cosine"),
    "adam xla": replace(ADAM, xla=True),
}
Curves = list[dict[str, list[float]]]


def train(*arguments: Any) -> Curves:
    from benchmarks.training import compiled

    return compiled.train(*arguments)


def dense(seed: int, outputs: int = 1, dropout: float = 0.0) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    layers = [keras.Input((FEATURES,)), keras.layers.Dense(16, activation="tanh")]
    layers += [keras.layers.Dropout(dropout)] if dropout else []
    return keras.Sequential([*layers, keras.layers.Dense(outputs)])


def convolution(seed: int) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    net = [keras.Input((FEATURES,)), layers.Reshape((FEATURES, 1)), layers.Conv1D(4, 3)]
    return keras.Sequential([*net, layers.Flatten(), layers.Dense(1)])


def recurrent(seed: int) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    net = [keras.Input((FEATURES,)), layers.Reshape((FEATURES, 1)), layers.GRU(4)]
    return keras.Sequential([*net, layers.Dense(1)])


def normalised(seed: int) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    net = [keras.Input((FEATURES,)), layers.Dense(8), layers.BatchNormalization(momentum=0.8)]
    return keras.Sequential([*net, layers.ReLU(), layers.Dense(1)])


def rows(sizes: Sequence[int], classes: int = 0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    random = np.random.default_rng(3)
    xs = [random.normal(size=(size, FEATURES)) for size in sizes]
    ys = [np.sin(x[:, 0]) + x[:, 1] * x[:, 2] for x in xs]
    return xs, [np.digitize(y, np.linspace(-1, 1, classes - 1)) if classes else y for y in ys]


def assert_same_weights(ours: Any, theirs: Any, tolerance: float = 2e-5) -> None:
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=tolerance)


def keras_optimizer(recipe: Recipe, steps: int) -> Any:
    import keras

    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    decay = recipe.weight_decay or None
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, recipe.momentum, nesterov=True, weight_decay=decay)
    return keras.optimizers.AdamW(rate, decay) if decay else keras.optimizers.Adam(rate)


def keras_fit(
    model: Any, x: np.ndarray, y: np.ndarray, seed: int, recipe: Recipe, loss: str
) -> list[float]:
    """Keras' own training on the batches the trainer draws; returns the loss of each epoch."""
    import keras

    from benchmarks.training.compiled import _orders

    steps = -(-len(y) // recipe.batch) * recipe.epochs
    losses = {
        "mse": keras.losses.MeanSquaredError(),
        "crossentropy": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    }
    model.compile(keras_optimizer(recipe, steps), losses[loss])
    curve = []
    for epoch in range(recipe.epochs):
        order = _orders([len(y)], [seed], epoch, 1, len(y))[0, 0]
        told = model.fit(x[order], y[order], batch_size=recipe.batch, shuffle=False, verbose=0)
        curve += told.history["loss"]
    return curve


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_training_is_that_of_keras(recipe: Recipe) -> None:
    (x,), (y,) = rows([22])
    ours, theirs = dense(1), dense(1)
    (curve,) = train([ours], [x], [y], [5], recipe, "mse")
    expected = keras_fit(theirs, x, y, 5, recipe, "mse")
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(curve["loss"], expected, rtol=1e-3)
    assert expected[-1] < 0.9 * expected[0]


def test_classification_is_that_of_keras() -> None:
    (x,), (y,) = rows([22], classes=3)
    ours, theirs = dense(1, outputs=3), dense(1, outputs=3)
    (curve,) = train([ours], [x], [y], [5], ADAM, "crossentropy")
    expected = keras_fit(theirs, x, y, 5, ADAM, "crossentropy")
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(curve["loss"], expected, rtol=1e-3)


def test_weight_penalties_of_layers_count_as_under_keras() -> None:
    import keras

    def penalised() -> Any:
        keras.utils.set_random_seed(4)
        layer = keras.layers.Dense(8, activation="relu", kernel_regularizer="l2")
        return keras.Sequential([keras.Input((FEATURES,)), layer, keras.layers.Dense(1)])

    xs, ys = rows([22, 30])
    pair = [penalised(), penalised()]
    train(pair, xs, ys, [5, 6], SGD, "mse")
    for ours, x, y, seed in zip(pair, xs, ys, (5, 6), strict=True):
        theirs = penalised()
        keras_fit(theirs, x, y, seed, SGD, "mse")
        assert_same_weights(ours, theirs)


def test_constraints_are_refused() -> None:
    import keras

    layer = keras.layers.Dense(1, kernel_constraint="non_neg")
    xs, ys = rows([22])
    with pytest.raises(ValueError, match="constraint"):
        train([keras.Sequential([keras.Input((FEATURES,)), layer])], xs, ys, [0], SGD, "mse")


@pytest.mark.parametrize("batch", [8, 64], ids=["several batches", "one batch"])
@pytest.mark.parametrize("name", ["sgd cosine", "nesterov cosine decay", "adam", "adamw cosine"])
def test_a_stack_is_its_repeats_trained_apart(name: str, batch: int) -> None:
    """Of unequal sizes, so that some repeats take fewer steps an epoch than others."""
    recipe = replace(RECIPES[name], batch=batch)
    apart_and_together(dense, [22, 30, 17, 6], recipe)


@slow
def test_twenty_repeats_of_one_size_are_trained_apart() -> None:
    apart_and_together(dense, [24] * 20, replace(ADAM, epochs=3))


@pytest.mark.parametrize("build", [convolution, recurrent, normalised])
def test_networks_that_do_not_stack_train_side_by_side(build: Callable[[int], Any]) -> None:
    from benchmarks.training.stack import stackable

    assert not stackable(build(0))
    sizes = [24, 32, 8]  # whole batches: those of a batch normalisation are its batches
    apart_and_together(build, sizes, replace(ADAM, epochs=3))


def apart_and_together(build: Callable[[int], Any], sizes: list[int], recipe: Recipe) -> None:
    xs, ys = rows(sizes)
    seeds = [10 + place for place in range(len(sizes))]
    together = [build(seed) for seed in seeds]
    curves = train(together, xs, ys, seeds, recipe, "mse")
    for model, x, y, seed, curve in zip(together, xs, ys, seeds, curves, strict=True):
        alone = build(seed)
        (own,) = train([alone], [x], [y], [seed], recipe, "mse")
        assert_same_weights(model, alone)
        np.testing.assert_allclose(curve["loss"], own["loss"], rtol=1e-3)


def test_dropout_in_a_stack_draws_a_mask_for_every_repeat() -> None:
    """Equal rows, weights and order: what tells two repeats apart is their masks alone."""
    (x,), (y,) = rows([24])
    same, dropped = [dense(1), dense(1)], [dense(1, dropout=0.3), dense(1, dropout=0.3)]
    train(same, [x, x], [y, y], [5, 5], ADAM, "mse")
    train(dropped, [x, x], [y, y], [5, 5], ADAM, "mse")
    assert_same_weights(*same)
    with pytest.raises(AssertionError):
        assert_same_weights(*dropped)


@slow
def test_dropout_in_a_stack_is_as_strong_as_apart() -> None:
    xs, ys = rows([40] * 12)
    seeds = list(range(12))
    recipe = replace(ADAM, epochs=10)

    def last(dropout: float, together: bool) -> float:
        models = [dense(seed, dropout=dropout) for seed in seeds]
        groups = [seeds] if together else [[seed] for seed in seeds]
        curves = [
            curve
            for group in groups
            for curve in train(
                *([kind[i] for i in group] for kind in (models, xs, ys)), group, recipe, "mse"
            )
        ]
        return float(np.mean([curve["loss"][-1] for curve in curves]))

    none, together, apart = last(0.0, True), last(0.5, True), last(0.5, False)
    assert together - none == pytest.approx(apart - none, rel=0.3)
    assert together > 1.2 * none


def test_dense_layers_over_time_are_not_stacked() -> None:
    """A batched product would take the batch for the repeats."""
    import keras

    from benchmarks.training.stack import stackable

    over_time = keras.Sequential([keras.Input((4, FEATURES)), keras.layers.Dense(1)])
    assert stackable(dense(0))
    assert not stackable(over_time)
    frozen = dense(0)
    frozen.layers[0].trainable = False
    assert not stackable(frozen)


def test_frozen_layers_stay_as_they_are() -> None:
    xs, ys = rows([16, 24])
    models = [dense(0), dense(1)]
    for model in models:
        model.layers[0].trainable = False
    before = [model.layers[0].kernel.numpy() for model in models]
    last = [model.layers[-1].kernel.numpy() for model in models]
    train(models, xs, ys, [0, 1], replace(ADAM, epochs=2), "mse")
    for place, model in enumerate(models):
        assert np.array_equal(model.layers[0].kernel.numpy(), before[place])
        assert not np.array_equal(model.layers[-1].kernel.numpy(), last[place])


def test_compilation_changes_rounding_only() -> None:
    xs, ys = rows([22, 30])
    compiled, plain = [dense(1), dense(2)], [dense(1), dense(2)]
    recipe = RECIPES["adamw cosine"]
    train(compiled, xs, ys, [1, 2], replace(recipe, xla=True), "mse")
    train(plain, xs, ys, [1, 2], recipe, "mse")
    for one, other in zip(compiled, plain, strict=True):
        assert_same_weights(one, other)


def test_images_of_bytes_are_trained_on_as_their_values() -> None:
    random = np.random.default_rng(0)
    x, y = random.integers(0, 255, (24, FEATURES), np.uint8), random.normal(size=24)
    recipe = replace(SGD, learning_rate=1e-6)
    one, other = dense(1), dense(1)
    train([one], [x], [y], [5], recipe, "mse")
    train([other], [x.astype(float)], [y], [5], recipe, "mse")
    assert_same_weights(one, other, tolerance=0.0)


@pytest.mark.parametrize("place", [0, 1])
def test_a_loss_that_explodes_is_an_error_that_names_its_epoch(place: int) -> None:
    """Squared loss on one weight grows 4·10¹²-fold a step: beyond float32 in the fifth."""
    import keras

    def weight() -> Any:
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        return keras.Sequential([keras.Input((1,)), layer])

    tame, wild = np.array([[1e-9]]), np.array([[1.0]])
    xs = [wild, tame] if place == 0 else [tame, wild]
    recipe = Recipe(8, batch=1, optimizer="sgd", learning_rate=1e6, xla=False)
    with pytest.raises(FloatingPointError, match="in epoch 5 of 8"):
        train([weight(), weight()], xs, [np.zeros(1)] * 2, [0, 1], recipe, "mse")


def test_the_same_group_gives_the_same_bits_in_any_process() -> None:
    """Also in a worker that has trained something else before."""
    program = """
import hashlib, sys
import numpy as np
from benchmarks.definition import Training
from benchmarks.entries import mlp
from benchmarks.training.recipe import Recipe
from runners import worker

worker.start(1)
random = np.random.default_rng(0)
x = random.normal(size=(60, 5))
def group(shift):
    return [Training(x[i:50 + i], x[i:50 + i].sum(axis=1), "regression", 0, i + shift)
            for i in range(3)]
entry = mlp("mlp", [8], Recipe(3, batch=16), dropout=0.2)
if sys.argv[1] == "used":
    entry.fit(group(7))
predictions = [fitted.predict(x) for fitted in entry.fit(group(0))]
print(hashlib.sha256(b"".join(p.tobytes() for p in predictions)).hexdigest())
"""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, state],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for state, seed in (("fresh", "1"), ("used", "2"))
    ]
    printed = [child.communicate()[0].strip() for child in children]
    assert printed[0] == printed[1]
    assert len(printed[0]) == 64
