"""The networks of the lessons trained by Keras alone, in 64-bit floats: what NumPy is held against.

In 32-bit floats two ways of adding the same numbers differ in the seventh digit, and training
carries the difference on: after 50 epochs of a perceptron on 3,823 digits it had reached the fourth
digit of the loss. In 64-bit floats both stay together for the whole training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.fitted_network import keras_file
from benchmarks.entries.fitting import begin_repeat, complete_network, predict
from benchmarks.entries.inputs import Kind, prepare
from benchmarks.entries.lessons.networks import Lesson, check_recipe
from benchmarks.entries.lessons.scratch import dropout_masks
from benchmarks.entries.portable import optimizer
from benchmarks.training.batches import orders
from benchmarks.training.recipe import Recipe, recipe_values

if TYPE_CHECKING:
    import keras


def by_keras(
    name: str,
    lesson: Lesson,
    recipe: Recipe,
    *,
    inputs: Kind = "standardised",
    suite: str = "quick",
    repeats: int = 0,
    tuned: str = "",
    seconds: float = 0.0,
) -> Entry:
    """The network of a lesson in Keras, trained step by step by `train_on_batch`.

    The masks of its dropout layers are those of `scratch.dropout_masks`, handed to it. `tuned`
    says how the recipe was chosen on training rows. ValueError names a field of the recipe that the
    lessons do not know.
    """
    check_recipe(recipe)
    return Entry(
        name=name,
        kind="keras",
        fit=partial(fit, lesson=lesson, recipe=recipe, inputs=inputs),
        about=f"{lesson.words}: Keras in 64-bit floats, a step at a time.",
        values={
            **recipe_values(recipe),
            **lesson.values,
            "inputs": inputs,
            "precision": "float64",
            **({"tuned": tuned} if tuned else {}),
        },
        suite=suite,
        repeats=repeats,
        protocol={"tuning": "on training rows"} if tuned else {},
        seconds=seconds,
    )


def fit(
    trainings: Sequence[Training], *, lesson: Lesson, recipe: Recipe, inputs: Kind
) -> list[Fitted]:
    """Train a network a repeat, one after the other."""
    return [_one(training, lesson, recipe, inputs) for training in trainings]


def _one(training: Training, lesson: Lesson, recipe: Recipe, inputs: Kind) -> Fitted:
    with float64():
        repeat = begin_repeat(training, lesson.build, prepare(inputs, training.x, 0), 0.0, 1)
        (network,) = repeat.networks
        loss = "mse" if training.task == "regression" else "crossentropy"
        curve = train(network, repeat.x, repeat.y, training.seed, recipe, loss)
        whole = complete_network(repeat)
    params = int(sum(np.prod(v.shape) for v in network.trainable_variables))
    return Fitted(partial(predict, whole), {"loss": curve}, params, partial(keras_file, whole))


@contextmanager
def float64() -> Iterator[None]:
    """Keras in 64-bit floats: weights, losses, learning rates."""
    import keras

    floats, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(floats)
        keras.config.set_dtype_policy(policy)


def train(
    model: keras.Model, x: np.ndarray, y: np.ndarray, seed: int, recipe: Recipe, loss: str
) -> list[float]:
    """Fit one model on the batches of `scratch.train`; returns the mean loss of every epoch.

    `x` is (n, …), `y` (n,) targets or classes. The loss is what is minimised: with the penalties of
    the layers.
    """
    import keras

    if loss == "mse":
        targets, objective = y[:, None], keras.losses.MeanSquaredError()
    else:
        targets = np.eye(model.output_shape[-1])[y]
        objective = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing
        )
    trained, rates, widths = with_masks(model)
    batches = -(-len(y) // recipe.batch_size)
    trained.compile(exact_optimizer(recipe, batches * recipe.epochs), objective)
    curve = []
    for epoch in range(recipe.epochs):
        order, total = orders([len(y)], [seed], epoch, 1, len(y))[0, 0], 0.0
        for batch in range(batches):
            rows = order[batch * recipe.batch_size : (batch + 1) * recipe.batch_size]
            step = epoch * batches + batch
            masks = dropout_masks(widths, len(rows), rates[0], seed, step) if rates else []
            trained.reset_metrics()
            inputs = [x[rows], *masks] if masks else x[rows]
            total += float(trained.train_on_batch(inputs, targets[rows])) * len(rows)
        curve.append(total / len(y))
    return curve


def exact_optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """Keras' optimizer of a recipe, its numbers in 64 bits: of a plain float Keras makes 32.

    Adam's 1 - β₂ would be off by 1e-5, which the curves would show.
    """
    exact = replace(recipe, learning_rate=np.float64(recipe.learning_rate))
    made: keras.optimizers.Optimizer = optimizer(exact, steps)
    for name in ("beta_1", "beta_2", "epsilon", "momentum", "weight_decay"):
        if getattr(made, name, None):
            setattr(made, name, np.float64(getattr(made, name)))
    return made


def with_masks(model: keras.Model) -> tuple[keras.Model, list[float], list[int]]:
    """The network with an input for the mask of every dropout layer, in place of its own.

    The layers, and so the weights, are the same. Returns their rates and widths beside it.
    """
    import keras

    dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    if not dropouts:
        return model, [], []
    tensor: Any = model.inputs[0]
    masks = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            masks.append(keras.Input(tensor.shape[1:]))
            tensor = keras.layers.Multiply()([tensor, masks[-1]])
        else:
            tensor = layer(tensor)
    rates, widths = zip(*((one.rate, one.output.shape[-1]) for one in dropouts), strict=True)
    return keras.Model([*model.inputs, *masks], tensor), list(rates), list(widths)
