"""Networks of a definition's own builder: what they end in, what is refused, and by which words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here  # noqa: F401
from training_help import ADAM, FEATURES, assert_same_weights, keras_fit, rows

from benchmarks.definition import Training
from benchmarks.entries import mlp, network
from benchmarks.entries.convolutional import vgg
from benchmarks.entries.own_networks import builder_of, with_logits

pytestmark = pytest.mark.usefixtures("keras_here")
RECIPE = replace(ADAM, epochs=3)
SHAPE = (FEATURES,)


def hidden(outputs: int, *more: Any, activation: Any = None, seed: int = 3) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    first = [keras.Input(SHAPE), keras.layers.Dense(8, "tanh")]
    return keras.Sequential([*first, keras.layers.Dense(outputs, activation), *more])


def last_layer(shape: Any, outputs: int) -> Any:
    return hidden(outputs, activation="softmax")


def layer_behind(shape: Any, outputs: int) -> Any:
    import keras

    return hidden(outputs, keras.layers.Softmax())


def activation_behind(shape: Any, outputs: int) -> Any:
    import keras

    return hidden(outputs, keras.layers.Activation("softmax"))


def operation(shape: Any, outputs: int) -> Any:
    import keras

    inner = hidden(outputs)
    return keras.Model([inner.inputs[0]], [keras.ops.softmax(inner.outputs[0])])


def nested(shape: Any, outputs: int) -> Any:
    import keras

    given = keras.Input(SHAPE)
    return keras.Model(given, hidden(outputs, activation="softmax")(given))


def passed_on(shape: Any, outputs: int) -> Any:
    import keras

    return hidden(outputs, keras.layers.Reshape((outputs,)), activation="softmax")


def by_a_function(shape: Any, outputs: int) -> Any:
    import keras

    return hidden(outputs, activation=lambda x: keras.ops.softmax(x))


def subclassed(shape: Any, outputs: int) -> Any:
    import keras

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = hidden(outputs)

        def call(self, rows: Any) -> Any:
            return keras.ops.softmax(self.inner(rows))

    return Own()


SOFTMAXES = [
    last_layer,
    layer_behind,
    activation_behind,
    operation,
    nested,
    passed_on,
    by_a_function,
    subclassed,
]


@pytest.mark.parametrize("build", SOFTMAXES)
def test_a_softmax_is_taken_away(build: Callable[..., Any]) -> None:
    """Whatever holds it: the probabilities are those of the network as it was written."""
    import keras

    x = np.random.default_rng(1).normal(size=(20, FEATURES)).astype(np.float32)
    shares = build(SHAPE, 3)(x).numpy()
    logits = with_logits(SHAPE, 3, build=build)(x)
    assert np.abs(logits.numpy().sum(axis=1) - 1.0).max() > 0.1
    np.testing.assert_allclose(keras.ops.softmax(logits), shares, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("build", [last_layer, subclassed])
def test_a_softmax_trains_as_by_fit(build: Callable[..., Any]) -> None:
    """The loss is that of `fit` on the logits, and so are the predictions."""
    (x,), (y,) = rows([45], 3)
    entry = network("own", build, RECIPE, "Own.", inputs="raw")
    (fitted,) = entry.fit([Training(x, y, "classification", 3, 3)])
    plain = hidden(3)
    curve = keras_fit(plain, x, y, 3, RECIPE, "crossentropy", jit_compile=False)
    np.testing.assert_allclose(fitted.history["loss"], curve, rtol=1e-3)
    expected = np.exp(plain(x.astype(np.float32)).numpy())
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.predict(x), expected, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_one_output_for_two_classes_is_the_second_ones(activation: str | None) -> None:
    """A sigmoid with binary cross-entropy is a softmax over 0 and the logit."""
    import keras

    (x,), (y,) = rows([45], 2)
    y = (y > 0).astype(int)
    own = partial(
        lambda shape, outputs, activation: hidden(1, activation=activation), activation=activation
    )
    entry = network("own", own, RECIPE, "Own.", inputs="raw")
    (fitted,) = entry.fit([Training(x, y, "classification", 2, 3)])
    plain = hidden(1, activation="sigmoid")
    plain.compile(
        keras.optimizers.Adam(RECIPE.learning_rate), "binary_crossentropy", jit_compile=False
    )
    from benchmarks.training.batches import orders

    for epoch in range(RECIPE.epochs):
        order = orders([len(y)], [3], epoch, 1, len(y))[0, 0]
        plain.fit(x[order], y[order], batch_size=8, shuffle=False, verbose=0)
    second = plain(x.astype(np.float32)).numpy()[:, 0]
    np.testing.assert_allclose(fitted.predict(x)[:, 1], second, rtol=1e-2, atol=1e-4)
    assert fitted.params == plain.count_params()


@pytest.mark.parametrize("opaque", [False, True])
def test_one_probability_of_two_classes_stays_what_it_is(opaque: bool) -> None:
    import keras

    made = hidden(1, activation=(lambda x: keras.ops.sigmoid(x)) if opaque else "sigmoid")
    x = np.random.default_rng(1).normal(size=(20, FEATURES)).astype(np.float32)
    second = made(x).numpy()[:, 0]
    logits = with_logits(SHAPE, 2, build=lambda shape, outputs: made)(x)
    np.testing.assert_allclose(keras.ops.softmax(logits)[:, 1], second, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("opaque", [False, True])
def test_sigmoids_of_several_classes_are_made_to_add_up(opaque: bool) -> None:
    """As Keras' cross-entropy does with probabilities."""
    import keras

    made = hidden(3, activation=(lambda x: keras.ops.sigmoid(x)) if opaque else "sigmoid")
    x = np.random.default_rng(1).normal(size=(20, FEATURES)).astype(np.float32)
    shares = made(x).numpy()
    logits = with_logits(SHAPE, 3, build=lambda shape, outputs: made)(x)
    expected = shares / shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(keras.ops.softmax(logits), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("activation", [None, "relu", "tanh"])
def test_what_ends_in_no_probabilities_is_left_as_it_is(activation: str | None) -> None:
    made = hidden(3, activation=activation)
    assert with_logits(SHAPE, 3, build=lambda shape, outputs: made) is made


def test_builders_of_this_package_are_not_looked_at() -> None:
    entry = network("vgg", partial(vgg, blocks=1), RECIPE, "Own.")
    assert entry.fit.keywords["build"].func is vgg  # type: ignore[attr-defined]
    assert builder_of(entry.fit) is None
    own = network("own", last_layer, RECIPE, "Own.")
    assert builder_of(own.fit) is last_layer
    assert (
        builder_of(network("own", last_layer, RECIPE, "Own.", from_logits=True).fit) is last_layer
    )


def test_a_function_handed_to_a_builder_of_this_package_is_looked_at() -> None:
    entry = mlp("mlp", [8], RECIPE, activation=lambda x: x * x)  # type: ignore[arg-type]
    assert builder_of(entry.fit) is not None
    assert builder_of(mlp("mlp", [8], RECIPE).fit) is None


def functional(make: Callable[[Any], Any], **given: Any) -> Callable[..., Any]:
    def build(shape: Any, outputs: int) -> Any:
        import keras

        rows_ = keras.Input(**{"shape": shape, **given})
        return keras.Model(rows_, make(rows_))

    return build


def dense(outputs: int, activation: Any = None) -> Callable[[Any], Any]:
    def layer(rows_: Any) -> Any:
        import keras

        return keras.layers.Dense(outputs, activation)(rows_)

    return layer


def stateful(shape: Any, outputs: int) -> Any:
    import keras

    given = keras.Input(batch_shape=(8, *shape))
    steps = keras.layers.Reshape((shape[0], 1))(given)
    return keras.Model(
        given, keras.layers.Dense(outputs)(keras.layers.LSTM(4, stateful=True)(steps))
    )


def stateful_inside(shape: Any, outputs: int) -> Any:
    import keras

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.read = keras.layers.GRU(4, stateful=True)
            self.dense = keras.layers.Dense(outputs)

        def call(self, rows_: Any) -> Any:
            return self.dense(self.read(rows_[:, :, None]))

    return Own()


def two_inputs(shape: Any, outputs: int) -> Any:
    import keras

    one, other = keras.Input(shape), keras.Input(shape)
    return keras.Model([one, other], keras.layers.Dense(outputs)(one + other))


def two_outputs(shape: Any, outputs: int) -> Any:
    import keras

    given = keras.Input(shape)
    return keras.Model(given, [keras.layers.Dense(outputs)(given) for _ in range(2)])


def takes_two(shape: Any, outputs: int) -> Any:
    import keras

    class Own(keras.Model):
        def call(self, given: Any) -> Any:
            one, other = given
            return one["age"] + other

    return Own()


def frozen(shape: Any, outputs: int) -> Any:
    made = hidden(outputs)
    made.trainable = False
    return made


REFUSED = {
    "no model": (lambda shape, outputs: None, "keras.Model from the builder, received NoneType"),
    "stateful": (stateful, "layer 'lstm' (LSTM) is stateful"),
    "batch size": (functional(dense(3), batch_size=8), "fixed batch size of 8"),
    "stateful inside": (stateful_inside, "layer 'gru' (GRU) is stateful"),
    "two inputs": (two_inputs, "one input, received 2"),
    "two outputs": (two_outputs, "one output, received 2"),
    "several arrays": (takes_two, "expected Own to take one array of rows of shape (None, 5)"),
    "ragged": (functional(dense(3), ragged=True), "is ragged or sparse"),
    "sparse": (functional(dense(3), sparse=True), "is ragged or sparse"),
    "other rows": (functional(dense(3), shape=(7,)), "rows of shape (5,), received one of (7,)"),
    "too many": (lambda shape, outputs: hidden(outputs + 1), "(rows, 3), received (rows, 4)"),
    "one of three": (lambda shape, outputs: hidden(1), "(rows, 3), received (rows, 1)"),
    "a window": (functional(lambda r: r[:, :, None], shape=(5,)), "received (rows, 5, 1)"),
    "nothing to train": (frozen, "weights to train, received none"),
}


@pytest.mark.parametrize(("build", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_train_is_refused_with_a_remedy(build: Any, words: str) -> None:
    import keras

    keras.backend.clear_session()  # names of layers count from the first
    with pytest.raises(ValueError, match=re.escape(words)) as refusal:
        with_logits(SHAPE, 3, build=build)
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize("activation", ["sigmoid", "softmax", "hard_sigmoid"])
def test_a_regression_that_stays_between_0_and_1_is_refused(activation: str) -> None:
    with pytest.raises(ValueError, match="linear outputs for standardised targets"):
        with_logits(SHAPE, 1, build=lambda shape, outputs: hidden(outputs, activation=activation))


def test_compile_is_undone() -> None:
    """The loss of the builder must not be needed to load the network."""
    import keras

    made = hidden(1)
    made.compile("sgd", loss=lambda y, out: keras.ops.mean(y - out))
    network_ = with_logits(SHAPE, 1, build=lambda shape, outputs: made)
    assert not network_.compiled


def shared(seed: int) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    given = keras.Input(SHAPE)
    twice = keras.layers.Dense(FEATURES, "tanh")
    return keras.Model(given, keras.layers.Dense(3)(twice(twice(given))))


def normalised(seed: int) -> Any:
    """Subclassed, with a layer that the trainer has a form of its own for in functional models."""
    import keras

    keras.utils.set_random_seed(seed)

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = keras.layers.Dense(8), keras.layers.Dense(3)
            self.gelu = keras.layers.Activation("gelu")

        def call(self, rows_: Any) -> Any:
            return self.last(self.gelu(self.first(rows_)))

    made = Own()
    made(keras.Input(SHAPE))
    return made


@pytest.mark.parametrize(("make", "repeats"), [(shared, 2), (normalised, 1)])
def test_shared_layers_and_subclassed_models_train_as_fit_trains_them(
    make: Callable[[int], Any], repeats: int
) -> None:
    xs, ys = rows([45, 30][:repeats], 3)
    entry = network("own", lambda shape, outputs: make(3), RECIPE, "Own.", inputs="raw")
    trainings = [Training(x, y, "classification", 3, 3) for x, y in zip(xs, ys, strict=True)]
    for one, x, y in zip(entry.fit(trainings), xs, ys, strict=True):
        plain = make(3)
        curve = keras_fit(plain, x, y, 3, RECIPE, "crossentropy", jit_compile=False)
        np.testing.assert_allclose(one.history["loss"], curve, rtol=1e-3)
        assert one.params == plain.count_params()


def padded(shape: Any, outputs: int, layer: str) -> Any:
    import keras

    keras.utils.set_random_seed(3)
    given = keras.Input((None, shape[1]))
    steps = keras.layers.Masking()(given)
    if layer == "averaged":
        steps = keras.layers.Dense(6, "tanh")(steps)
        read: Any = keras.layers.GlobalAveragePooling1D()(steps)
    else:
        read = keras.layers.GRU(4)(steps)
    return keras.Model(given, keras.layers.Dense(outputs)(read))


XLA = pytest.param("recurrent", True, marks=pytest.mark.slow)


@pytest.mark.parametrize(("layer", "xla"), [("recurrent", False), ("averaged", False), XLA])
def test_masked_rows_of_many_lengths_give_the_losses_of_fit(layer: str, xla: bool) -> None:
    """Series end after 1 to 9 steps; what is behind is 0 and must have no say."""
    random = np.random.default_rng(5)
    x = random.normal(size=(42, 9, 2))
    for row, length in enumerate(random.integers(1, 10, 42)):
        x[row, length:] = 0.0
    y = random.integers(0, 3, 42)
    recipe = replace(RECIPE, jit_compile=xla)
    entry = network("own", partial(padded, layer=layer), recipe, "Own.", inputs="raw", stack=1)
    (fitted,) = entry.fit([Training(x, y, "classification", 3, 3)])
    plain = padded(x.shape[1:], 3, layer)
    curve = keras_fit(plain, x, y, 3, recipe, "crossentropy", jit_compile=False)
    np.testing.assert_allclose(fitted.history["loss"], curve, rtol=1e-3)
    longer = np.concatenate([x, np.zeros((42, 4, 2))], axis=1)
    np.testing.assert_allclose(plain(longer), plain(x), atol=1e-5)


def test_weights_come_back_to_the_builders_own_layers() -> None:
    (x,), (y,) = rows([45], 3)
    made = shared(3)
    entry = network("own", lambda shape, outputs: made, RECIPE, "Own.", inputs="raw")
    entry.fit([Training(x, y, "classification", 3, 3)])
    plain = shared(3)
    keras_fit(plain, x, y, 3, RECIPE, "crossentropy", jit_compile=False)
    assert_same_weights(made, plain)
