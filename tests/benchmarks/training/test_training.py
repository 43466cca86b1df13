"""The trainer against Keras' own `fit`."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here
from training_help import (
    ADAM,
    FEATURES,
    RECIPES,
    SGD,
    assert_same_weights,
    dense,
    keras_fit,
    rows,
    train,
)

from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_training_is_that_of_keras(recipe: Recipe) -> None:
    (x,), (y,) = rows([22])
    ours, theirs = dense(1), dense(1)
    (curve,) = train([ours], [x], [y], [5], recipe, "mse")
    expected = keras_fit(theirs, x, y, 5, recipe, "mse")
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(curve["loss"], expected, rtol=1e-3)
    assert expected[-1] < 0.9 * expected[0]


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_classification_is_that_of_keras(smoothing: float) -> None:
    (x,), (y,) = rows([22], classes=3)
    recipe = replace(ADAM, label_smoothing=smoothing)
    ours, theirs = dense(1, outputs=3), dense(1, outputs=3)
    (curve,) = train([ours], [x], [y], [5], recipe, "crossentropy")
    expected = keras_fit(theirs, x, y, 5, recipe, "crossentropy")
    assert_same_weights(ours, theirs)
    np.testing.assert_allclose(curve["loss"], expected, rtol=1e-3)


def test_an_unknown_loss_is_refused() -> None:
    xs, ys = rows([22])
    with pytest.raises(ValueError, match="among mse, crossentropy; received 'mae'"):
        train([dense(1)], xs, ys, [5], SGD, "mae")


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


def test_compilation_changes_rounding_only() -> None:
    xs, ys = rows([22, 30])
    compiled, plain = [dense(1), dense(2)], [dense(1), dense(2)]
    recipe = RECIPES["adamw cosine"]
    train(compiled, xs, ys, [1, 2], replace(recipe, jit_compile=True), "mse")
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
@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize(
    ("rows", "validation", "said"),
    [
        (1, 0.0, "in step 1 of epoch 5 of 8 "),
        (3, 0.0, "in step 2 of epoch 2 of 8 "),
        (4, 0.25, "in step 2 of epoch 2 of 8 "),
    ],
)
def test_a_loss_that_explodes_is_an_error_that_names_step_and_epoch(
    rows: int, validation: float, said: str, xla: bool, place: int
) -> None:
    """Squared loss on one weight grows 4·10¹²-fold a step: beyond float32 in the fifth."""
    import keras

    def weight() -> Any:
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        return keras.Sequential([keras.Input((1,)), layer])

    tame, wild = np.full((rows, 1), 1e-9), np.ones((rows, 1))
    xs = [wild, tame] if place == 0 else [tame, wild]
    recipe = Recipe(
        8, 1, optimizer="sgd", learning_rate=1e6, validation_split=validation, jit_compile=xla
    )
    with pytest.raises(FloatingPointError, match=f"training loss became infinite or NaN {said}"):
        train([weight(), weight()], xs, [np.zeros(rows)] * 2, [0, 1], recipe, "mse")


GROUP = """
import hashlib
import numpy as np
from benchmarks.definition import Training
from benchmarks.entries import mlp
from benchmarks.training.recipe import Recipe

random = np.random.default_rng(0)
x = random.normal(size=(60, 5))
entry = mlp("mlp", [8], Recipe(3, batch_size=16), dropout=0.2)

def group(shift):
    return [Training(x[i:50 + i], x[i:50 + i].sum(axis=1), "regression", 0, i + shift)
            for i in range(3)]

def digest():
    predictions = [fitted.predict(x) for fitted in entry.fit(group(0))]
    return hashlib.sha256(b"".join(p.tobytes() for p in predictions)).hexdigest()
"""
FRESH = f"{GROUP}\nfrom runners.execution import worker\nworker.start(1)\nprint(digest())"


def test_the_same_group_gives_the_same_bits_in_any_process() -> None:
    """In a fresh one, and in this one, which has trained something else before."""
    here: dict[str, Any] = {}
    exec(GROUP, here)
    here["entry"].fit(here["group"](7))
    fresh = subprocess.run(
        [sys.executable, "-c", FRESH],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        check=True,
    )
    assert fresh.stdout.strip() == here["digest"]()
    assert len(fresh.stdout.strip()) == 64
