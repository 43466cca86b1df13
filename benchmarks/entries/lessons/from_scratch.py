"""The perceptron of `scratch` as an entry, beside the Keras network it is the same as."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.inputs import Kind, prepare
from benchmarks.entries.lessons import scratch
from benchmarks.training.recipe import Recipe, recipe_values

COVERED = {
    "optimizer": ("adam", "sgd"),
    "schedule": ("constant", "cosine", "linear"),
    "flip": ("none",),
    "shift": (0.0,),
    "validation_split": (0.0,),
    "class_weight": (None,),
    "sample_weight": (None,),
}
"""What the lesson covers of a recipe; the rest would make it longer, not clearer."""


def from_scratch(
    name: str,
    hidden: Sequence[int],
    recipe: Recipe,
    *,
    beside: str,
    inputs: Kind = "standardised",
    suite: str = "quick",
    seconds: float = 0.0,
) -> Entry:
    """A multilayer perceptron in NumPy that trains as the Keras entry named `beside` does.

    Same layers, recipe, first weights and batches in the same order: `mlp` with these `hidden`
    widths and this recipe, or `neuron` without any. It counts as a network, not as a cheap
    reference, but never speaks for a benchmark. Dropout is left out: its random numbers could not
    be the same. ValueError names a field of the recipe that `scratch` does not know.
    """
    for field, known in COVERED.items():
        if getattr(recipe, field) not in known:
            raise ValueError(
                f"recipe: {field}: expected {' or '.join(map(repr, known))} for a network from "
                f"scratch, received {getattr(recipe, field)!r}"
            )
    layers = "One neuron" if not hidden else f"{'×'.join(map(str, hidden))} relu units"
    return Entry(
        name=name,
        kind="keras",
        fit=partial(fit, hidden=tuple(hidden), recipe=recipe, inputs=inputs),
        about=f"{layers} in NumPy: the steps of {beside}, written out.",
        values={
            **recipe_values(recipe),
            "hidden": list(hidden),
            "inputs": inputs,
            "library": "numpy",
            "beside": beside,
        },
        suite=suite,
        seconds=seconds,
    )


def fit(
    trainings: Sequence[Training], *, hidden: tuple[int, ...], recipe: Recipe, inputs: Kind
) -> list[Fitted]:
    """Train a network a repeat, one after the other."""
    return [_one(training, hidden, recipe, inputs) for training in trainings]


def _one(training: Training, hidden: tuple[int, ...], recipe: Recipe, inputs: Kind) -> Fitted:
    prepared, y = prepare(inputs, training.x, 0), training.y
    regression = training.task == "regression"
    centre, scale = (float(y.mean()), float(y.std()) or 1.0) if regression else (0.0, 1.0)
    x = prepared.apply(training.x)
    widths = (x.shape[1], *hidden, max(1, training.classes))
    weights = first_weights(widths, training.seed)
    target, loss = ((y - centre) / scale, "mse") if regression else (y, "crossentropy")
    curve = list(scratch.train(weights, x, target, recipe, loss, training.seed))

    def predict(rows: np.ndarray) -> np.ndarray:
        outputs = scratch.forward(weights, prepared.apply(rows).astype(np.float32))[-1]
        if regression:
            return outputs[:, 0] * scale + centre
        shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    return Fitted(predict, {"loss": curve}, sum(weight.size for weight in weights))


def first_weights(widths: Sequence[int], seed: int) -> scratch.Weights:
    """The weights a Keras network of these widths starts from, as float32 arrays.

    Drawn by Keras itself: uniform within ±√(6 / (inputs + outputs)) of a layer (Glorot and Bengio,
    AISTATS 2010, eq. 16), biases 0. NumPy's generator would draw other numbers.
    """
    import keras

    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(width) for width in widths[1:]]
    model = keras.Sequential([keras.Input((widths[0],)), *layers])
    return [np.array(weight, np.float32) for weight in model.get_weights()]
