"""What tests of the trainer share: small networks, rows, and Keras' own training of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.training.recipe import Recipe

FEATURES = 5
EPOCHS = 12
"""More than the trainer runs in one call."""
SGD = Recipe(EPOCHS, batch_size=8, optimizer="sgd", learning_rate=0.05, jit_compile=False)
ADAM = Recipe(EPOCHS, batch_size=8, learning_rate=0.01, jit_compile=False)
RECIPES = {
    "sgd": SGD,
    "sgd cosine": replace(SGD, schedule="cosine"),
    "nesterov": replace(SGD, momentum=0.9, learning_rate=0.01),
    "momentum in steps": replace(
        SGD, momentum=0.9, learning_rate=0.01, nesterov=False, schedule="steps"
    ),
    "rmsprop linear": replace(SGD, optimizer="rmsprop", learning_rate=0.01, schedule="linear"),
    "nesterov cosine decay": replace(SGD, momentum=0.9, schedule="cosine", weight_decay=0.1),
    "adam": ADAM,
    "adam cosine": replace(ADAM, schedule="cosine"),
    "adamw": replace(ADAM, weight_decay=0.5),
    "adamw cosine": replace(ADAM, weight_decay=0.5, schedule="cosine"),
    "adam one-cycle": replace(ADAM, schedule="one-cycle"),
    "adam clipped": replace(ADAM, global_clipnorm=0.5),
    "adam xla": replace(ADAM, jit_compile=True),
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
    if recipe.schedule == "one-cycle":
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, 0.9 * steps, warmup_target=rate, warmup_steps=0.1 * steps
        )
    if recipe.schedule == "linear":
        rate = keras.optimizers.schedules.PolynomialDecay(rate, steps, 0.0)
    if recipe.schedule == "steps":
        # Keras' boundary still belongs to the rate before it.
        ends = [steps // 2 - 1, steps * 3 // 4 - 1]
        rate = keras.optimizers.schedules.PiecewiseConstantDecay(
            ends, [rate, rate / 10, rate / 100]
        )
    decay, clip = recipe.weight_decay or None, recipe.global_clipnorm or None
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(
            rate, recipe.momentum, nesterov=recipe.nesterov, weight_decay=decay
        )
    if recipe.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate)
    if decay:
        return keras.optimizers.AdamW(rate, decay)
    return keras.optimizers.Adam(rate, global_clipnorm=clip)


def keras_fit(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    seed: int,
    recipe: Recipe,
    loss: str,
    jit_compile: bool | str = "auto",
    class_weight: dict[int, float] | None = None,
    sample_weight: np.ndarray | None = None,
) -> list[float]:
    """Keras' own training on the batches the trainer draws; returns the loss of each epoch.

    Weights are those of Keras' `fit`.
    """
    import keras

    from benchmarks.training.batches import orders

    steps = -(-len(y) // recipe.batch_size) * recipe.epochs

    losses = {
        "mse": keras.losses.MeanSquaredError(),
        "crossentropy": keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing
        ),
    }
    model.compile(keras_optimizer(recipe, steps), losses[loss], jit_compile=jit_compile)
    y = keras.utils.to_categorical(y) if loss == "crossentropy" else y[:, None]
    curve = []
    for epoch in range(recipe.epochs):
        order = orders([len(y)], [seed], epoch, 1, len(y))[0, 0]
        history = model.fit(
            x[order],
            y[order],
            batch_size=recipe.batch_size,
            shuffle=False,
            verbose=0,
            class_weight=class_weight,
            sample_weight=None if sample_weight is None else sample_weight[order],
        ).history
        curve += history["loss"]
    return curve


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
