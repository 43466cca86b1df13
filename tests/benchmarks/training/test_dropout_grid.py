"""Layers whose dropout rate and weight penalty differ from network to network of a stack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here
from training_help import FEATURES, SGD, assert_same_weights, keras_fit, rows, train

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")

RECIPE = replace(SGD, epochs=4)


def network(seed: int, rate: float, penalty: float) -> Any:
    import keras

    from benchmarks.training.dropout_grid import DropoutDense

    keras.utils.set_random_seed(seed)
    layers = [DropoutDense(6, "relu"), DropoutDense(1)]
    made = keras.Sequential([keras.Input((FEATURES,)), *layers])
    for place, layer in enumerate(layers):
        layer.settings.assign([rate, penalty])
        layer.state.assign([seed, place << 20])
    return made


def test_without_dropout_it_is_keras_dense_layer_with_its_l2_penalty() -> None:
    """Of each network its own: the first has none, the second a strong one."""
    import keras

    xs, ys = rows([20, 24])
    penalties = [0.0, 0.2]
    ours = [network(seed, 0.0, penalty) for seed, penalty in enumerate(penalties)]
    theirs = []
    for place, penalty in enumerate(penalties):
        l2 = keras.regularizers.L2(penalty)
        dense = [keras.layers.Dense(6, "relu", kernel_regularizer=l2)]
        dense += [keras.layers.Dense(1, kernel_regularizer=l2)]
        theirs.append(keras.Sequential([keras.Input((FEATURES,)), *dense]))
        theirs[-1].set_weights([v.numpy() for v in ours[place].trainable_variables])
    train(ours, xs, ys, [0, 1], RECIPE, "mse")
    for seed, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        keras_fit(other, xs[seed], ys[seed], seed, RECIPE, "mse")
        for a, b in zip(mine.trainable_variables, other.trainable_variables, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=2e-5)


def test_a_network_trains_the_same_whoever_shares_its_stack() -> None:
    xs, ys = rows([20, 24, 20])
    settings = [(0.1, 0.0), (0.5, 0.01), (0.3, 0.1)]
    together = [network(seed, *pair) for seed, pair in enumerate(settings)]
    train(together, xs, ys, [0, 1, 2], RECIPE, "mse")
    alone = network(1, *settings[1])
    train([alone], xs[1:2], ys[1:2], [1], RECIPE, "mse")
    assert_same_weights(together[1], alone)


def test_every_network_drops_by_its_own_rate_and_another_mask_each_time() -> None:
    import tensorflow as tf

    from benchmarks.training.dropout_grid import DropoutDense

    single = DropoutDense(1)
    single.build((None, 400))
    layer = single.stacked(3)
    layer.build((3, None, 400))
    rates = [0.0, 0.1, 0.5]
    weights = [tf.ones((3, 400, 1)), tf.zeros((3, 1))]
    fixed = [tf.constant([[rate, 0.0] for rate in rates]), tf.constant([[1, 0], [1, 0], [2, 0]])]
    fixed[1] = tf.cast(fixed[1], tf.int64)
    x = tf.ones((3, 50, 400))
    first, fixed = layer.stateless_call(weights, fixed, x)
    second, (_, state) = layer.stateless_call(weights, fixed, x)
    for place, rate in enumerate(rates):
        kept = first[place].numpy() * (1 - rate) / 400
        assert abs(kept.mean() - (1 - rate)) < 0.02, rate
        assert (rate == 0) == np.array_equal(first[place], second[place])
    assert state.numpy()[:, 1].tolist() == [2, 2, 2]
