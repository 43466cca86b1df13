"""The network written out in NumPy is the one Keras trains: same batches, same curve, same weights.

Tolerances: both sides compute in 32-bit floats, whose relative precision is 6e-8, but add in
another order. A training step carries the difference on, so after some tens of steps curves agree
to about 1e-5 and weights to about 1e-5; 1e-4 and 2e-5 leave room for other processors.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here, loaded_or_skip, store
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from training_help import ADAM, FEATURES, RECIPES, SGD, keras_optimizer, rows, train

from benchmarks import registry
from benchmarks.definition import Training
from benchmarks.entries import mlp
from benchmarks.entries.lessons import scratch
from benchmarks.entries.lessons.by_keras import by_keras as keras_entry
from benchmarks.entries.lessons.from_scratch import first_weights, from_scratch
from benchmarks.entries.lessons.networks import COVERED as LESSON
from benchmarks.entries.lessons.networks import perceptron
from benchmarks.training.batches import orders
from benchmarks.training.recipe import Recipe
from runners.execution import worker

__all__ = ["keras_here", "store"]  # fixtures

CURVE = {"rtol": 1e-4, "atol": 1e-7}
WEIGHTS = {"rtol": 1e-3, "atol": 2e-5}
HIDDEN, SIZE, SEED = (16, 12), 45, 3  # 45 rows by 8: the last batch has 5
COVERED = {
    name: recipe
    for name, recipe in RECIPES.items()
    if recipe.optimizer in ("adam", "sgd") and recipe.schedule in ("constant", "cosine", "linear")
}


def by_keras(x: np.ndarray, y: np.ndarray, recipe: Recipe, classes: int) -> tuple[Any, list[float]]:
    """Keras alone, without this project's trainer: `train_on_batch` on the same batches."""
    import keras

    model = network(classes)
    loss: Any = keras.losses.MeanSquaredError()
    if classes:
        loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing
        )
        y = np.eye(classes)[y]
    model.compile(keras_optimizer(recipe, -(-len(y) // recipe.batch_size) * recipe.epochs), loss)
    curve = []
    for epoch in range(recipe.epochs):
        order, losses = orders([len(y)], [SEED], epoch, 1, len(y))[0, 0], []
        for start in range(0, len(y), recipe.batch_size):
            batch = order[start : start + recipe.batch_size]
            model.reset_metrics()
            losses.append(float(model.train_on_batch(x[batch], y[batch])) * len(batch))
        curve.append(sum(losses) / len(y))
    return model, curve


def network(classes: int) -> Any:
    import keras

    keras.utils.set_random_seed(SEED)
    layers = [keras.layers.Dense(width, activation="relu") for width in HIDDEN]
    return keras.Sequential(
        [keras.Input((FEATURES,)), *layers, keras.layers.Dense(max(1, classes))]
    )


def by_hand(
    x: np.ndarray, y: np.ndarray, recipe: Recipe, classes: int
) -> tuple[scratch.Weights, list[float]]:
    build = perceptron(HIDDEN).build
    weights, _ = first_weights(build, (FEATURES,), max(1, classes), SEED)
    loss = "crossentropy" if classes else "mse"
    return weights, list(scratch.train(weights, x, y, recipe, loss, SEED))


def assert_alike(weights: scratch.Weights, model: Any) -> None:
    for ours, theirs in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, **WEIGHTS)


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("recipe", COVERED.values(), ids=COVERED)
def test_it_is_what_keras_itself_does(recipe: Recipe) -> None:
    (x,), (y,) = rows([SIZE])
    weights, curve = by_hand(x, y, recipe, 0)
    model, theirs = by_keras(x, y, recipe, 0)
    np.testing.assert_allclose(curve, theirs, **CURVE)
    assert_alike(weights, model)
    assert curve[-1] < curve[0]


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_classes_are_what_keras_itself_does(smoothing: float) -> None:
    recipe = replace(ADAM, label_smoothing=smoothing)
    (x,), (y,) = rows([SIZE], classes=4)
    weights, curve = by_hand(x, y, recipe, 4)
    model, theirs = by_keras(x, y, recipe, 4)
    np.testing.assert_allclose(curve, theirs, **CURVE)
    assert_alike(weights, model)


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("classes", [0, 4])
@pytest.mark.parametrize("recipe", [ADAM, replace(SGD, momentum=0.9, learning_rate=0.01)])
def test_it_is_what_the_trainer_of_this_project_does(recipe: Recipe, classes: int) -> None:
    (x,), (y,) = rows([SIZE], classes)
    weights, curve = by_hand(x, y, recipe, classes)
    model = network(classes)
    (told,) = train([model], [x], [y], [SEED], recipe, "crossentropy" if classes else "mse")
    np.testing.assert_allclose(curve, told["loss"], **CURVE)
    assert_alike(weights, model)


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("classes", [0, 3])
def test_the_two_entries_predict_the_same(classes: int) -> None:
    """Preparation, first weights, training and what is made of the outputs."""
    (x,), (y,) = rows([SIZE], classes)
    recipe = replace(ADAM, epochs=4)
    task: Any = "classification" if classes else "regression"
    one = [Training(x * 30 + 5, y if classes else y * 7 - 2, task, classes, SEED)]
    (keras_one,) = mlp("mlp", HIDDEN, recipe).fit(one)
    (ours,) = from_scratch("scratch", perceptron(HIDDEN), recipe, beside="mlp").fit(one)
    np.testing.assert_allclose(ours.history["loss"], keras_one.history["loss"], **CURVE)
    np.testing.assert_allclose(ours.predict(one[0].x), keras_one.predict(one[0].x), rtol=1e-3)
    assert ours.params == keras_one.params


BESIDE = [
    (name, entry.name)
    for name, benchmark in registry.load().benchmarks.items()
    for entry in benchmark.entries
    if "beside" in entry.values
]


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize(("name", "which"), BESIDE)
def test_an_entry_and_the_one_it_stands_beside_train_alike(
    name: str, which: str, store: Any
) -> None:
    """On the real data, for the first epochs: what the page shows side by side."""
    benchmark = registry.load().benchmarks[name]
    dataset = loaded_or_skip(benchmark, store).dataset
    entry = benchmark.entry(which)
    keras_one = benchmark.entry(entry.values["beside"])
    split = benchmark.protocol.splits(dataset)[0]
    training = worker.training_rows(benchmark, dataset, split)
    curves = [fit_short(one.fit, training) for one in (keras_one, entry)]
    np.testing.assert_allclose(
        *curves, rtol=1e-7 if entry.values.get("precision") == "float64" else 1e-3
    )
    differs = {"activation", "kernel_initializer", "library", "beside", "hidden"}
    if "precision" not in entry.values:
        differs |= {"precision", "dropout"}
    told = [{k: v for k, v in e.values.items() if k not in differs} for e in (keras_one, entry)]
    assert told[0] == told[1], "another recipe"
    assert f"lessons/{entry.fit.keywords['lesson'].file}." in entry.about, "found from its page"


def fit_short(fit: Any, training: Training) -> list[float]:
    keywords = fit.keywords
    if "fits" in keywords:
        (fit,) = keywords["fits"]
        keywords = fit.keywords
    (fitted,) = fit([training], recipe=replace(keywords["recipe"], epochs=3))
    return fitted.history["loss"]


# Without Keras: what the lesson says is so


@given(
    arrays(np.float64, (4, 3), elements=st.floats(-2, 2)),
    st.integers(0, 2**31),
    st.sampled_from(["mse", "crossentropy"]),
)
def test_back_propagation_is_the_slope_of_the_loss(x: np.ndarray, seed: int, loss: str) -> None:
    """Against central differences in 64-bit floats, where no unit is near its bend."""
    random = np.random.default_rng(seed)
    shapes = [(3, 5), (5,), (5, 4 if loss == "crossentropy" else 1)]
    weights = [random.normal(size=shape) for shape in (*shapes, shapes[-1][1:])]
    y = random.integers(0, 4, 4) if loss == "crossentropy" else random.normal(size=4)
    of = scratch.cross_entropy if loss == "crossentropy" else scratch.squared_error

    def mean_loss() -> float:
        return float(of(scratch.forward(weights, x)[-1], y)[0].mean())

    activations = scratch.forward(weights, x)
    if np.abs(x @ weights[0] + weights[1]).min() < 1e-3:
        return
    gradients = scratch.backward(weights, activations, of(activations[-1], y)[1] / len(y))
    for weight, gradient in zip(weights, gradients, strict=True):
        place = tuple(random.integers(0, size) for size in weight.shape)
        before, step = weight[place], 1e-5
        weight[place] = before + step
        up = mean_loss()
        weight[place] = before - step
        slope = (up - mean_loss()) / (2 * step)
        weight[place] = before
        assert gradient[place] == pytest.approx(slope, rel=1e-4, abs=1e-8)


def test_a_large_output_does_not_overflow() -> None:
    losses, slope = scratch.cross_entropy(np.array([[1e4, 0.0]], np.float32), np.array([1]))
    assert losses.tolist() == [1e4]
    np.testing.assert_allclose(slope, [[1.0, -1.0]])


def test_a_loss_that_is_no_number_stops_training() -> None:
    (x,), (y,) = rows([SIZE])
    weights = [np.ones((FEATURES, 1), np.float32), np.zeros(1, np.float32)]
    wild = replace(SGD, learning_rate=1e6)
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="try a lower one"):
        list(scratch.train(weights, x, y, wild, "mse", SEED))


@pytest.mark.parametrize(
    "change",
    [{"optimizer": "rmsprop"}, {"schedule": "steps"}, {"validation_split": 0.1}, {"shift": 2.0}],
)
def test_what_the_lesson_leaves_out_is_refused_by_name(change: dict[str, Any]) -> None:
    (field,) = change
    recipe = replace(ADAM, **change)
    with pytest.raises(ValueError, match=f"recipe: {field}: expected"):
        from_scratch("scratch", perceptron([8]), recipe, beside="mlp")
    with pytest.raises(ValueError, match=f"recipe: {field}: expected"):
        keras_entry("by-keras", perceptron([8]), recipe)


def test_every_field_of_a_recipe_is_done_or_refused() -> None:
    """A field added to `Recipe` must not be passed over in silence."""
    used = {
        "epochs",
        "batch_size",
        "learning_rate",
        "momentum",
        "nesterov",
        "weight_decay",
        "global_clipnorm",
    }
    used |= {"label_smoothing"}
    of_others = {
        "other_learning_rate",
        "fill_mode",
        "patience",
        "jit_compile",
    }  # mean nothing beside what is refused
    assert {field.name for field in fields(Recipe)} == used | of_others | set(LESSON)
