"""Convolution, recurrence, attention and dropout written out in NumPy: gradients and training.

Gradients are held against central differences of the loss, in 64-bit floats good to about 1e-7;
training against Keras in 64-bit floats, where both stay together to the last digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here
from training_help import ADAM, SGD

from benchmarks.definition import Training
from benchmarks.entries.lessons import attention, convolution, gru, networks, scratch
from benchmarks.entries.lessons.by_keras import by_keras, float64
from benchmarks.entries.lessons.from_scratch import first_weights, from_scratch
from benchmarks.training.batches import orders
from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture

RANDOM = np.random.default_rng(5)
SERIES, IMAGES = (6, 2), (8, 4, 1)
LESSONS = {
    "convolution": (networks.convnet([3, 4]), IMAGES),
    "recurrence": (networks.recurrent(5), SERIES),
    "attention": (networks.self_attention(8, heads=2), SERIES),
    "dropout": (networks.perceptron([7, 6], dropout=0.4), (5,)),
    "L2": (networks.perceptron([7], l2=1e-2), (5,)),
}
EACH_LESSON = pytest.mark.parametrize(("lesson", "shape"), LESSONS.values(), ids=LESSONS)


def slopes(loss: Callable[[], float], array: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Central differences of a loss by every number of an array, which is put back."""
    result = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        before = array[place]
        array[place] = before + step
        up = loss()
        array[place] = before - step
        result[place] = (up - loss()) / (2 * step)
        array[place] = before
    return result


def assert_slopes(loss: Callable[[], float], pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """That the gradient of each pair is that of the loss by its array."""
    for array, gradient in pairs:
        np.testing.assert_allclose(gradient, slopes(loss, array), rtol=1e-5, atol=1e-7)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape)


def test_the_gradients_of_a_convolution() -> None:
    x, kernel, delta = normal(2, 4, 3, 2), normal(3, 3, 2, 4), normal(2, 4, 3, 4)
    by_x, by_kernel = convolution.convolve_backward(x, kernel, delta)
    assert_slopes(
        lambda: float((convolution.convolve(x, kernel) * delta).sum()),
        [(x, by_x), (kernel, by_kernel)],
    )


def test_a_convolution_sees_the_neighbours_and_zeros_outside() -> None:
    x = np.arange(1.0, 7.0).reshape(1, 2, 3, 1)
    left = np.zeros((3, 3, 1, 1))
    left[1, 0] = 1  # the pixel to the left
    assert convolution.convolve(x, left)[0, :, :, 0].tolist() == [[0, 1, 2], [0, 4, 5]]


def test_the_gradient_of_pooling_goes_to_the_first_of_the_largest() -> None:
    x = np.array([[1.0, 3.0, 2.0, 2.0], [0.0, 2.0, 2.0, 1.0]]).reshape(1, 2, 4, 1)
    assert convolution.max_pool(x).ravel().tolist() == [3, 2]
    back = convolution.max_pool_backward(x, np.array([5.0, 7.0]).reshape(1, 1, 2, 1))
    assert back[0, :, :, 0].tolist() == [[0, 5, 7, 0], [0, 0, 0, 0]]


def test_the_gradients_of_pooling() -> None:
    x, delta = normal(2, 4, 6, 3), normal(2, 2, 3, 3)
    assert_slopes(
        lambda: float((convolution.max_pool(x) * delta).sum()),
        [(x, convolution.max_pool_backward(x, delta))],
    )


def test_the_gradients_of_batch_normalisation() -> None:
    x, gamma, beta, delta = normal(3, 2, 2, 4), normal(4), normal(4), normal(3, 2, 2, 4)

    def normalised() -> tuple[np.ndarray, np.ndarray]:
        return convolution.normalise(x, gamma, beta, x.mean((0, 1, 2)), x.var((0, 1, 2)))

    gradients = convolution.normalise_backward(normalised()[1], gamma, x.var((0, 1, 2)), delta)
    assert_slopes(
        lambda: float((normalised()[0] * delta).sum()),
        list(zip((x, gamma, beta), gradients, strict=True)),
    )


def test_the_gradients_of_one_recurrent_step() -> None:
    read, state, recurrent, bias = normal(2, 9), normal(2, 3), normal(3, 9), normal(9)
    delta = normal(2, 3)
    following, memory = gru.step_forward(read, state, recurrent, bias)
    assert following.shape == (2, 3)
    by_read, by_recalled, by_state = gru.step_backward(memory, recurrent, delta)
    assert_slopes(
        lambda: float((gru.step_forward(read, state, recurrent, bias)[0] * delta).sum()),
        [
            (read, by_read),
            (state, by_state),
            (recurrent, state.T @ by_recalled),
            (bias, by_recalled.sum(axis=0)),
        ],
    )


def test_a_closed_gate_keeps_the_state_whatever_is_read() -> None:
    state, zero = normal(2, 3), np.zeros((3, 9))
    read = np.concatenate([np.full((2, 3), 1000.0), normal(2, 6)], axis=1)
    following, _ = gru.step_forward(read, state, zero, np.zeros(9))
    np.testing.assert_allclose(following, state)


def test_the_gradients_of_attention() -> None:
    query, key, value, delta = (normal(2, 4, 3, 2) for _ in range(4))
    _, shares = attention.attend(query, key, value)
    np.testing.assert_allclose(shares.sum(axis=-1), 1)
    gradients = attention.attend_backward(query, key, value, shares, delta)
    assert_slopes(
        lambda: float((attention.attend(query, key, value)[0] * delta).sum()),
        list(zip((query, key, value), gradients, strict=True)),
    )


def test_a_key_that_matches_best_hands_over_its_value() -> None:
    key, value = np.eye(3)[None, :, None, :], normal(1, 3, 1, 3)
    found, _ = attention.attend(1000 * key, key, value)
    np.testing.assert_allclose(found, value)


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("classes", [0, 3])
@EACH_LESSON
def test_the_gradients_of_a_whole_network(
    lesson: networks.Lesson, shape: tuple[int, ...], classes: int, seed: int
) -> None:
    weights, network, x = begun(lesson, shape, max(1, classes), seed)
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, len(x)) if classes else random.normal(size=len(x))
    of = scratch.cross_entropy if classes else scratch.squared_error
    for weight in weights:  # biases and γ begin at numbers that hide mistakes
        weight += random.normal(size=weight.shape) * 0.1

    def loss() -> float:
        outputs, _ = network.forward(weights, x, 4)
        return float(of(outputs, y)[0].mean()) + scratch.l2_penalty(weights, lesson.l2)[0]

    outputs, memory = network.forward(weights, x, 4)
    gradients = network.backward(weights, memory, of(outputs, y)[1] / len(y))
    pulls = scratch.l2_penalty(weights, lesson.l2)[1]
    pairs = [(w, g + pull) for w, g, pull in zip(weights, gradients, pulls, strict=True)]
    assert_slopes(loss, pairs)


def begun(
    lesson: networks.Lesson, shape: tuple[int, ...], outputs: int, seed: int
) -> tuple[scratch.Weights, scratch.Network, np.ndarray]:
    weights, fixed = first_weights(lesson.build, shape, outputs, seed, "float64")
    x = np.random.default_rng([seed, 1]).normal(size=(4, *shape))
    return weights, lesson.network(fixed, seed), x


@pytest.mark.usefixtures("keras_here")
@EACH_LESSON
def test_training_is_that_of_keras(lesson: networks.Lesson, shape: tuple[int, ...]) -> None:
    """Preparation, first weights, masks, every step, and what is predicted."""
    classes = 0 if shape == SERIES else 3
    recipe = replace(ADAM, epochs=4, schedule="cosine", weight_decay=0.1, global_clipnorm=1.0)
    numpy_one, keras_one = fitted(lesson, recipe, shape, classes)
    np.testing.assert_allclose(
        numpy_one.history["loss"], keras_one.history["loss"], rtol=1e-7, atol=1e-12
    )
    x = np.random.default_rng(8).normal(size=(9, *shape))
    # Keras' saved network takes rows in 32 bits.
    np.testing.assert_allclose(numpy_one.predict(x), keras_one.predict(x), rtol=1e-4, atol=1e-5)
    assert numpy_one.params == keras_one.params


@pytest.mark.usefixtures("keras_here")
def test_smoothed_labels_and_momentum_are_those_of_keras() -> None:
    recipe = replace(SGD, epochs=3, momentum=0.9, label_smoothing=0.1, schedule="linear")
    numpy_one, keras_one = fitted(*LESSONS["dropout"][:1], recipe, (5,), 3)
    np.testing.assert_allclose(
        numpy_one.history["loss"], keras_one.history["loss"], rtol=1e-7, atol=1e-12
    )


def fitted(lesson: networks.Lesson, recipe: Recipe, shape: tuple[int, ...], classes: int) -> Any:
    random = np.random.default_rng(7)
    x = random.normal(size=(21, *shape)) * 3 + 1  # the last batch has 5
    total = x.reshape(len(x), -1).sum(axis=1)
    y = np.digitize(total, np.quantile(total, [0.3, 0.6])) if classes else total * 2 + 5
    task: Any = "classification" if classes else "regression"
    one = [Training(x, y, task, classes, 3)]
    scratch_entry = from_scratch("a", lesson, recipe, beside="b", precision="float64")
    return scratch_entry.fit(one)[0], by_keras("b", lesson, recipe).fit(one)[0]


@pytest.mark.usefixtures("keras_here")
def test_masks_and_penalty_are_what_keras_itself_makes_of_them() -> None:
    """Keras alone: masks drawn here, multiplied in a network of its own, the penalty its own."""
    import keras
    from keras import layers

    rate = 0.3
    lesson, recipe = networks.perceptron([6], rate, 1e-2), replace(ADAM, epochs=3)
    x, y = normal(21, 5), normal(21)
    weights, fixed = first_weights(lesson.build, (5,), 1, 3, "float64")
    start = [weight.copy() for weight in weights]
    network = lesson.network(fixed, 3)
    curve = list(scratch.train(weights, x, y, recipe, "mse", 3, network, lesson.l2))
    with float64():
        rows, mask = keras.Input((5,)), keras.Input((6,))
        pull = keras.regularizers.L2(1e-2)
        hidden = layers.Dense(6, activation="relu", kernel_regularizer=pull)(rows)
        last = layers.Dense(1, kernel_regularizer=pull)(layers.Multiply()([hidden, mask]))
        model = keras.Model([rows, mask], last)
        model.set_weights(start)
        model.compile(keras.optimizers.Adam(recipe.learning_rate), "mse")
        theirs = []
        for epoch in range(3):
            order, losses = orders([21], [3], epoch, 1, 21)[0, 0], []
            for batch in range(3):
                taken = order[batch * 8 : batch * 8 + 8]
                (drawn,) = scratch.dropout_masks([6], len(taken), rate, 3, 3 * epoch + batch)
                model.reset_metrics()
                value = model.train_on_batch([x[taken], drawn], y[taken, None])
                losses.append(float(value) * len(taken))
            theirs.append(sum(losses) / 21)
    np.testing.assert_allclose(curve, theirs, rtol=1e-4)
    for ours, other in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, atol=1e-5)


def test_a_mask_keeps_its_share_and_the_expected_sum() -> None:
    one, other = scratch.dropout_masks([400, 300], 50, 0.25, seed=3, step=9)
    assert (one.shape, other.shape) == ((50, 400), (50, 300))
    assert set(np.unique(one)) == {0, 1 / 0.75}
    assert one.mean() == pytest.approx(1, abs=0.02)
    again = scratch.dropout_masks([400], 50, 0.25, seed=3, step=9)[0]
    assert (again == one).all()
    assert (scratch.dropout_masks([400], 50, 0.25, seed=3, step=10)[0] != one).any()


@pytest.mark.usefixtures("keras_here")
def test_nothing_is_dropped_and_no_average_moves_outside_of_training() -> None:
    weights, network, x = begun(*LESSONS["convolution"], 2, 0)
    network.forward(weights, x, 0)
    first, _ = network.forward(weights, x, None)
    np.testing.assert_array_equal(network.forward(weights, x, None)[0], first)
    np.testing.assert_allclose(network.forward(weights, x[:1], None)[0], first[:1])
    weights, network, x = begun(*LESSONS["dropout"], 2, 0)
    expected = scratch.forward(weights, x)[-1]
    np.testing.assert_array_equal(network.forward(weights, x, None)[0], expected)
    assert (network.forward(weights, x, 0)[0] != expected).any()


@pytest.mark.usefixtures("keras_here")
def test_keras_is_left_in_the_precision_it_had() -> None:
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy().name
    with float64():
        assert keras.config.floatx() == "float64"
    assert (keras.config.floatx(), keras.config.dtype_policy().name) == before


def test_every_lesson_is_named_in_the_reading_list() -> None:
    checkout = Path(scratch.__file__).parents[3]
    text = (checkout / "docs/lessons.md").read_text("utf-8")
    readme = (checkout / "README.md").read_text("utf-8")
    for lesson, _ in LESSONS.values():
        assert Path(scratch.__file__).with_name(lesson.file).is_file()
        assert f"lessons/{lesson.file}" in text
    assert "docs/lessons.md" in readme
