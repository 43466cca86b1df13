"""Train forecasters of several steps in one compiled program, an epoch a call.

As `compiled.train`, with three differences. Windows are cut from their series inside the program,
so that only the series is in memory; the loss is over all steps and series ahead; and the
validation rows are given, the last in time, not drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from benchmarks.training.early_stopping import after_epoch, before_training
from benchmarks.training.recipe import Recipe
from benchmarks.training.stack import stack, unstack
from benchmarks.training.updates import initial_state, update
from benchmarks.windows import overlapping, spanned

Loss = Literal["mse", "mae"]


def train(
    models: Sequence[keras.Model],
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    held: np.ndarray,
    seeds: Sequence[int],
    recipe: Recipe,
    *,
    loss: Loss = "mse",
    halve: bool = False,
    patience: int = 0,
) -> list[dict[str, list[float]]]:
    """Fit models of one architecture to the same windows; returns each one's curves by epoch.

    x (n, steps, series), y (n, steps ahead, series). `rows` are fitted, in whole batches, each
    model's in an order of its own; the weights kept are those of the epoch with the lowest loss on
    the rows `held`, and a model stops after `patience` epochs without a lower one (0: never). With
    `halve` the learning rate is halved after every epoch but the first. Of the recipe count
    `epochs`, `batch_size`, `learning_rate`, the optimizer and `jit_compile`. Raises ValueError for
    fewer rows than a batch and FloatingPointError for a loss that stops being finite.
    """
    steps = len(rows) // recipe.batch_size
    if steps < 1:
        raise ValueError(
            f"expected at least a batch of {recipe.batch_size} rows to fit, received {len(rows)}"
        )
    forward, trainable, others = stack(models)
    run, validate = _programs(forward, (_cut(x), _cut(y)), recipe, loss)
    weights = [trainable, others, initial_state(recipe, trainable)]
    best = before_training(len(models), trainable + others)
    watched = tf.constant(np.tile(held, (len(models), 1)).astype(np.int32))
    curves: list[np.ndarray] = []
    for epoch in range(recipe.epochs):
        shuffled = [
            np.random.default_rng([seed, epoch]).permutation(rows)[: steps * recipe.batch_size]
            for seed in seeds
        ]
        order = np.stack(shuffled).astype(np.int32).reshape(len(models), steps, -1)
        rate = recipe.learning_rate * 0.5 ** (max(0, epoch - 1) if halve else 0)
        losses, weights = run(
            tf.constant(order), tf.constant(epoch * steps), tf.constant(rate, tf.float32), weights
        )
        checked = validate(watched, weights[:2])
        curves.append(np.stack([losses.numpy() / steps, checked.numpy()]))
        if not np.isfinite(curves[-1]).all():
            raise FloatingPointError(
                f"the loss became infinite or NaN in epoch {epoch + 1} of {recipe.epochs} "
                f"(learning rate {recipe.learning_rate:g}); try a lower learning rate"
            )
        best = after_epoch(best, checked, weights[0] + weights[1], patience)
        if not best.running.numpy().any():
            break
    unstack(models, best.weights[: len(trainable)], best.weights[len(trainable) :])
    trained = best.epochs.numpy()
    by_epoch = np.stack(curves, axis=-1).astype(float)
    return [
        {
            name: by_epoch[kind, place, : trained[place]].tolist()
            for kind, name in enumerate(("loss", "val_loss"))
        }
        for place in range(len(models))
    ]


def _cut(array: np.ndarray) -> Callable[[Any], Any]:
    """Row numbers of any shape to the rows, which overlapping windows are cut from their series."""
    values = tf.constant(spanned(array), tf.float32)
    if not overlapping(array):
        return lambda rows: tf.gather(values, rows)
    steps = tf.range(array.shape[1])
    return lambda rows: tf.gather(values, rows[..., None] + steps)


def _programs(
    forward: Any, cuts: tuple[Callable[[Any], Any], ...], recipe: Recipe, loss: Loss
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Two compiled functions: one epoch, and the losses (repeats,) on rows (repeats, n)."""
    distance = tf.square if loss == "mse" else tf.abs
    x, y = cuts

    def losses_of(output: Any, rows: Any) -> Any:
        return tf.reduce_mean(distance(output - y(rows)), axis=[1, 2, 3])

    @tf.function(jit_compile=recipe.jit_compile, autograph=False)
    def run(order: Any, first: Any, rate: Any, weights: Any) -> Any:
        repeats = order.shape[0]
        alike, rates = tf.ones((repeats, recipe.batch_size)), tf.fill([repeats], rate)

        def body(i: Any, sums: Any, weights: Any) -> Any:
            trainable, others, state = weights
            rows = order[:, i]
            with tf.GradientTape() as tape:
                tape.watch(trainable)
                output, others, penalties = forward(trainable, others, x(rows), alike, True)
                losses = losses_of(output, rows)
                objective = tf.reduce_sum(losses + penalties)
            gradients = tape.gradient(objective, trainable)
            step = tf.fill([repeats], first + i)
            trainable, state = update(recipe, trainable, gradients, state, rates, step)
            return i + 1, sums + losses, [trainable, others, state]

        start = (tf.constant(0), tf.zeros(repeats), weights)
        return tf.while_loop(lambda i, *_: i < order.shape[1], body, start)[1:]

    @tf.function(jit_compile=recipe.jit_compile, autograph=False)
    def validate(rows: Any, weights: Any) -> Any:
        output, _, _ = forward(*weights, x(rows), tf.ones_like(rows, tf.float32), False)
        return losses_of(output, rows)

    return run, validate
