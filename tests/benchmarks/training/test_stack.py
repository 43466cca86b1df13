"""A stack of repeats against training them apart, and against Keras' own layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here, slow
from training_help import (
    ADAM,
    FEATURES,
    RECIPES,
    SGD,
    apart_and_together,
    assert_same_weights,
    dense,
    keras_fit,
    rows,
    train,
)

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")

SHORT = replace(ADAM, epochs=3)


def obstacle(model: Any) -> str | None:
    from benchmarks.training import stack

    return stack.obstacle(model)


def chain(*middle: Any) -> Any:
    """Dense layers round the given ones; seeded by the caller.

    Without a bias, whose gradient before a batch normalisation is nothing but rounding.
    """
    import keras

    first, last = keras.layers.Dense(8, use_bias=False), keras.layers.Dense(1)
    return keras.Sequential([keras.Input((FEATURES,)), first, *middle, last])


def batch_normalised(seed: int) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    return chain(layers.BatchNormalization(momentum=0.8), layers.ReLU())


def layer_normalised(seed: int) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    gamma = keras.initializers.RandomUniform(0.5, 1.5)
    return chain(layers.LayerNormalization(gamma_initializer=gamma), layers.Activation("selu"))


def residual(seed: int) -> Any:
    """A functional graph with a sum, a concatenation, a model within, and a layer used twice."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    inputs = keras.Input((FEATURES,))
    x = layers.Dense(6, activation="tanh")(inputs)
    inner = keras.Sequential(
        [keras.Input((6,)), layers.Dense(6, use_bias=False), layers.BatchNormalization()]
    )
    twice = layers.Dense(6, activation="relu")
    x = layers.Add()([x, inner(x), twice(twice(x))])
    x = layers.Concatenate(axis=1)([x, inputs])
    return keras.Model(inputs, layers.Dense(1)(x))


def embedded(seed: int) -> Any:
    """A layer of one's own that declares how it stacks, between layers that change the shape."""
    import keras
    from keras import layers

    class Waves(layers.Layer):
        """Every feature as a few sines of learnt frequency: (batch, features, 3)."""

        def __init__(self, repeats: int | None = None):
            super().__init__()
            self.first = () if repeats is None else (repeats,)

        def build(self, shape: tuple[int | None, ...]) -> None:
            self.frequency = self.add_weight(
                shape=(*self.first, shape[-1], 3), initializer="random_normal"
            )

        def call(self, x: Any) -> Any:
            frequency = self.frequency[:, None] if self.first else self.frequency
            return keras.ops.sin(x[..., None] * frequency)

        def stacked(self, repeats: int) -> Any:
            return Waves(repeats)

    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [keras.Input((FEATURES,)), Waves(), layers.Flatten(), layers.Dense(4), layers.Dense(1)]
    )


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


@pytest.mark.parametrize(
    ("name", "batch"),
    [("sgd cosine", 8), ("nesterov cosine decay", 8), ("adam", 64), ("adamw cosine", 8)],
)
def test_a_stack_is_its_repeats_trained_apart(name: str, batch: int) -> None:
    """Of unequal sizes, so that some repeats take fewer steps an epoch than others."""
    recipe = replace(RECIPES[name], batch_size=batch)
    apart_and_together(dense, [22, 30, 17, 6], recipe)


@slow
def test_twenty_repeats_of_one_size_are_trained_apart() -> None:
    apart_and_together(dense, [24] * 20, SHORT)


@pytest.mark.parametrize("build", [batch_normalised, layer_normalised, residual, embedded])
def test_layers_with_a_twin_train_in_a_stack_as_under_keras(build: Callable[[int], Any]) -> None:
    """Also the last repeat, whose rows end before the others': no row counts twice."""
    assert obstacle(build(0)) is None
    sizes, seeds = [22, 30, 13], [10, 11, 12]
    xs, ys = rows(sizes)
    together = [build(seed) for seed in seeds]
    curves = train(together, xs, ys, seeds, SHORT, "mse")
    for place in (0, 2):
        theirs = build(seeds[place])
        expected = keras_fit(theirs, xs[place], ys[place], seeds[place], SHORT, "mse")
        assert_same_weights(together[place], theirs)
        np.testing.assert_allclose(curves[place]["loss"], expected, rtol=1e-3)
        np.testing.assert_allclose(together[place](xs[0]), theirs(xs[0]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("build", [convolution, recurrent])
def test_networks_that_do_not_stack_train_side_by_side(build: Callable[[int], Any]) -> None:
    assert obstacle(build(0)) is not None
    apart_and_together(build, [24, 30, 7], SHORT)


def test_what_does_not_stack_says_why() -> None:
    import keras
    from keras import layers

    class Own(layers.Layer):
        def call(self, x: Any) -> Any:
            return x - keras.ops.mean(x, axis=0)

    class Model(keras.Model):
        def call(self, x: Any) -> Any:
            return x

    inputs = keras.Input((FEATURES,))
    over_time = keras.Sequential([keras.Input((4, FEATURES)), layers.Dense(1, name="over_time")])
    for network, reason in (
        (chain(Own(name="own")), "layer 'own' (Own) has no stacked form"),
        (chain(layers.Dense(2, kernel_regularizer="l2", name="d")), "has a kernel_regularizer"),
        (chain(layers.Dense(2, kernel_constraint="non_neg", name="d")), "has a kernel_constraint"),
        (chain(layers.Dense(2, activation=layers.PReLU())), "has a layer for its activation"),
        (chain(layers.GaussianNoise(0.1, name="noise")), "'noise' (GaussianNoise) has no"),
        (chain(layers.Dropout(0.1, noise_shape=(None, 1))), "has a noise_shape"),
        (over_time, "'over_time' (Dense) works on rows of more than one axis"),
        (keras.Model(inputs, keras.ops.exp(inputs)), "is an operation and no layer"),
        (keras.Model([inputs, keras.Input((1,))], inputs), "exactly one input"),
        (Model(name="mine"), "'mine' is neither Sequential nor functional"),
    ):
        assert reason in str(obstacle(network))


def test_a_stacked_form_with_other_weights_is_an_error() -> None:
    import keras

    class Wrong(keras.layers.Dense):
        def stacked(self, repeats: int) -> Any:
            return keras.layers.Dense(self.units)

    xs, ys = rows([8, 8])
    with pytest.raises(ValueError, match="must keep the order of its weights"):
        train([chain(Wrong(3)), chain(Wrong(3))], xs, ys, [0, 1], SHORT, "mse")


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


def test_gradients_are_clipped_within_a_repeat_not_across() -> None:
    """A wild repeat must not shorten the steps of a tame one."""
    xs, ys = rows([22, 22])
    recipe = replace(SGD, global_clipnorm=1.0)
    together = [dense(1), dense(2)]
    train(together, xs, [ys[0], 100 * ys[1]], [5, 6], recipe, "mse")
    alone = dense(1)
    train([alone], xs[:1], ys[:1], [5], recipe, "mse")
    assert_same_weights(together[0], alone)


def test_however_many_epochs_the_program_is_compiled_once() -> None:
    """Its shapes and structures stay: every tracing calls every layer."""
    import keras

    class Counting(keras.layers.Layer):
        calls = 0

        def call(self, x: Any) -> Any:
            Counting.calls += 1
            return x

        def stacked(self, repeats: int) -> Any:
            return Counting()

    xs, ys = rows([12, 16])
    called = []
    for epochs in (2, 10, 25):
        models = [chain(Counting()), chain(Counting())]
        Counting.calls = 0
        train(models, xs, ys, [1, 2], replace(SHORT, epochs=epochs), "mse")
        called.append(Counting.calls)
    assert called[0] == called[1] == called[2] > 0


def test_words_are_mixed_as_by_murmurhash() -> None:
    """MurmurHash3 of nothing under seed 1 is its finaliser of 1."""
    from benchmarks.training.masks import mix

    assert mix(np.array([0, 1, 0xFFFFFFFF], np.uint32)).numpy().tolist() == [
        0,
        0x514E28B7,
        0x81F16F39,
    ]


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.9])
def test_masks_keep_their_share_and_do_not_resemble_each_other(rate: float) -> None:
    """Neighbouring seeds and counts, which differ in a bit or two, are where a bad hash shows."""
    from benchmarks.training.masks import dropout_mask

    seeds, counts = np.repeat(np.arange(16), 16), np.tile(np.arange(16), 16)
    masks = dropout_mask(seeds, counts, (40, 50), rate).numpy().reshape(256, -1).astype(float)
    error = np.sqrt(rate * (1 - rate) / masks.size)
    assert masks.mean() == pytest.approx(1 - rate, abs=4 * error)
    # Means over masks and over positions vary as those of independent draws do.
    for axis in (0, 1):
        spread = masks.mean(axis=axis).var() / (rate * (1 - rate) / masks.shape[axis])
        assert spread == pytest.approx(1, abs=6 * np.sqrt(2 / masks.shape[1 - axis]))
    alike = np.corrcoef(masks)[np.triu_indices(256, 1)]
    assert abs(alike).max() < 5.5 / np.sqrt(masks.shape[1])
    beside = np.corrcoef(masks[:, :-1].ravel(), masks[:, 1:].ravel())[0, 1]
    assert abs(beside) < 4 / np.sqrt(masks.size)


def test_a_mask_depends_on_its_own_seed_and_count_alone() -> None:
    from benchmarks.training.masks import dropout_mask

    together = dropout_mask([3, 8, 5], [0, 7, 2], (4, 6), 0.5).numpy()
    assert np.array_equal(together[1:2], dropout_mask([8], [7], (4, 6), 0.5).numpy())


def test_dropout_scales_what_it_keeps() -> None:
    import keras

    from benchmarks.training.stacked_layers import stacked_layer

    made = stacked_layer(keras.layers.Dropout(0.2), 3)
    x = np.ones((3, 40, 50), np.float32)
    one, other = made(x, training=True).numpy(), made(x, training=True).numpy()
    assert set(np.unique(one)) == {0.0, np.float32(1.25)}
    assert not np.array_equal(one, other)
    assert np.array_equal(made(x, training=False), x)
    assert made.non_trainable_variables[0].numpy()[:, 1].tolist() == [2, 2, 2]


def dropped(seed: int) -> Any:
    return dense(seed, dropout=0.3)


def test_dropout_in_a_stack_is_that_of_its_repeats_trained_apart() -> None:
    """To the mask: who shares the stack changes nothing, nor do repeats that take more steps."""
    apart_and_together(dropped, [22, 30, 13], SHORT)


def test_dropout_in_a_stack_draws_a_mask_for_every_repeat() -> None:
    """Equal rows, weights and order: what tells two repeats apart is their masks alone."""
    (x,), (y,) = rows([24])
    same, other = [dropped(1), dropped(1)], [dropped(1), dropped(2)]
    other[1].set_weights(other[0].get_weights())
    train(same, [x, x], [y, y], [5, 5], ADAM, "mse")
    train(other, [x, x], [y, y], [5, 5], ADAM, "mse")
    assert_same_weights(*same)
    with pytest.raises(AssertionError):
        assert_same_weights(*other)


@slow
def test_dropout_in_a_stack_is_as_strong_as_under_keras() -> None:
    xs, ys = rows([40] * 24)
    seeds = list(range(24))
    recipe = replace(ADAM, epochs=10)

    def stacked(dropout: float) -> np.ndarray:
        models = [dense(seed, dropout=dropout) for seed in seeds]
        return np.array([c["loss"][-1] for c in train(models, xs, ys, seeds, recipe, "mse")])

    none, ours = stacked(0.0), stacked(0.5)
    theirs = np.array(
        [
            keras_fit(dense(seed, dropout=0.5), x, y, seed, recipe, "mse")[-1]
            for x, y, seed in zip(xs, ys, seeds, strict=True)
        ]
    )
    difference = ours - theirs
    error = difference.std(ddof=1) / np.sqrt(len(seeds))
    assert abs(difference.mean()) < 3 * error
    assert (ours - none).mean() > 6 * error
