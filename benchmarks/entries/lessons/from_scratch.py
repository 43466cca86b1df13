"""The networks in NumPy as entries, each beside the Keras network it is the same as."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import Literal

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.fitting import Build
from benchmarks.entries.inputs import Kind, prepare
from benchmarks.entries.lessons import scratch
from benchmarks.entries.lessons.by_keras import float64
from benchmarks.entries.lessons.networks import Lesson, check_recipe
from benchmarks.training.recipe import Recipe, recipe_values

Precision = Literal["float32", "float64"]


def from_scratch(
    name: str,
    lesson: Lesson,
    recipe: Recipe,
    *,
    beside: str,
    inputs: Kind = "standardised",
    precision: Precision = "float32",
    suite: str = "quick",
    repeats: int = 0,
    tuned: str = "",
    seconds: float = 0.0,
) -> Entry:
    """A network in NumPy that trains as the Keras entry named `beside` does.

    Same layers, recipe, first weights and batches in the same order: in 32-bit floats an entry of
    `network`, in 64-bit floats `by_keras`, which any dropout needs for its masks. It counts as a
    network, not as a cheap reference, but never speaks for a benchmark. `tuned`
    says how the recipe was chosen on training rows. ValueError names a field
    of the recipe that the lessons do not know.
    """
    check_recipe(recipe)
    return Entry(
        name=name,
        kind="keras",
        fit=partial(fit, lesson=lesson, recipe=recipe, inputs=inputs, precision=precision),
        about=(
            f"{lesson.words} in NumPy: the steps of {beside}, written out in "
            f"benchmarks/entries/lessons/{lesson.file}."
        ),
        values={
            **recipe_values(recipe),
            **lesson.values,
            "inputs": inputs,
            "library": "numpy",
            "beside": beside,
            **({"precision": precision} if precision != "float32" else {}),
            **({"tuned": tuned} if tuned else {}),
        },
        suite=suite,
        repeats=repeats,
        protocol={"tuning": "on training rows"} if tuned else {},
        seconds=seconds,
    )


def fit(
    trainings: Sequence[Training],
    *,
    lesson: Lesson,
    recipe: Recipe,
    inputs: Kind,
    precision: Precision,
) -> list[Fitted]:
    """Train a network a repeat, one after the other."""
    return [_one(training, lesson, recipe, inputs, precision) for training in trainings]


def _one(
    training: Training, lesson: Lesson, recipe: Recipe, inputs: Kind, precision: Precision
) -> Fitted:
    prepared, y = prepare(inputs, training.x, 0), training.y
    regression = training.task == "regression"
    centre, scale = (float(y.mean()), float(y.std()) or 1.0) if regression else (0.0, 1.0)
    x = prepared.apply(training.x)
    outputs = max(1, training.classes)
    weights, fixed = first_weights(lesson.build, x.shape[1:], outputs, training.seed, precision)
    network = lesson.network(fixed, training.seed)
    target, loss = ((y - centre) / scale, "mse") if regression else (y, "crossentropy")
    curve = list(scratch.train(weights, x, target, recipe, loss, training.seed, network, lesson.l2))

    def predict(rows: np.ndarray) -> np.ndarray:
        outputs, _ = network.forward(weights, prepared.apply(rows).astype(precision), None)
        if regression:
            return outputs[:, 0] * scale + centre
        shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    return Fitted(predict, {"loss": curve}, sum(weight.size for weight in weights))


def first_weights(
    build: Build, shape: tuple[int, ...], outputs: int, seed: int, precision: Precision = "float32"
) -> tuple[scratch.Weights, scratch.Weights]:
    """The weights a Keras network starts from: those that are trained, and those that are not.

    Drawn by Keras itself: uniform within ±√(6 / (inputs + outputs)) of a layer (Glorot and Bengio,
    AISTATS 2010, eq. 16), biases 0. NumPy's generator would draw other numbers.
    """
    import keras

    with float64() if precision == "float64" else nullcontext():
        keras.utils.set_random_seed(seed)
        model = build(shape, outputs)
        trained, fixed = (
            [np.array(keras.ops.convert_to_numpy(variable), precision) for variable in variables]
            for variables in (model.trainable_variables, model.non_trainable_variables)
        )
    return trained, fixed
