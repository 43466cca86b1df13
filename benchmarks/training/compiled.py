"""Train all repeats of a group in one compiled program, several epochs a call.

Most of a small network's training time is per-step overhead. Here the data stays resident, the
step loop runs inside one TensorFlow function and the weights travel through it as tensors (XLA
would copy variables at every step). Losses are summed over repeats, so gradients do not mix: this
*is* the independent training of every repeat, with its own rows, shuffles and initial weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.training.recipe import Recipe
from benchmarks.training.stack import stack, unstack
from benchmarks.training.updates import across, initial_state, learning_rate, update

EPOCHS_A_CALL = 10


def train(
    models: Sequence[keras.Model],
    xs: Sequence[np.ndarray],
    ys: Sequence[np.ndarray],
    seeds: Sequence[int],
    recipe: Recipe,
    loss: str,
    watch: Callable[[int], None] | None = None,
) -> list[dict[str, list[float]]]:
    """Fit every model to its own rows; returns each one's learning curve.

    `models` share an architecture; `xs[r]` is (n_r, …), `ys[r]` is (n_r,) targets or integer
    classes; `loss` is "mse" or "crossentropy" (the network ends in logits). Sizes may differ
    between repeats: the shorter ones' last batch is smaller, as under `fit`, but for what a layer
    computes over the batch (batch normalisation), which sees rows from its start again.
    `watch` is called after every epoch with its number, counted from 1, when the models hold
    that epoch's weights. Raises FloatingPointError, naming the epoch, when a loss stops being
    finite, and ValueError for a network with weight constraints.
    """
    sizes = [len(y) for y in ys]
    steps = -(-max(sizes) // recipe.batch)
    forward, trainable, others = stack(models)
    state = initial_state(recipe, trainable)
    data = tf.constant(_padded(xs, np.uint8 if xs[0].dtype == np.uint8 else np.float32))
    targets = tf.constant(_padded(ys, np.float32 if loss == "mse" else np.int32))
    weight = tf.constant(_row_weights(sizes, steps, recipe.batch))
    own_steps = tf.constant([-(-size // recipe.batch) for size in sizes])

    def one_step(epoch: Any, index: Any, rows: Any, trainable: Any, others: Any, state: Any) -> Any:
        x = tf.cast(tf.gather(data, rows, batch_dims=1), tf.float32)
        y = tf.gather(targets, rows, batch_dims=1)
        w = weight[index]
        count = tf.reduce_sum(w, axis=1)
        active = count > 0
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            output, others, penalties = forward(trainable, others, x, active)
            losses = tf.reduce_sum(w * row_losses(loss, output, y), axis=1)
            objective = tf.reduce_sum(losses / tf.maximum(count, 1.0) + penalties)
        gradients = tape.gradient(objective, trainable)
        # Counted by repeat: a schedule must not depend on who shares the stack.
        step = epoch * own_steps + index
        rate = learning_rate(recipe, step, own_steps * recipe.epochs)
        new, new_state = update(recipe, trainable, gradients, state, rate, step)
        # A repeat whose rows are used up in this epoch must not move, not even by momentum.
        trainable = [_where(active, a, b) for a, b in zip(new, trainable, strict=True)]
        state = [_where(active, a, b) for a, b in zip(new_state, state, strict=True)]
        return trainable, others, state, losses

    @tf.function(jit_compile=recipe.xla)
    def epochs(first: Any, order: Any, trainable: Any, others: Any, state: Any) -> Any:
        count = order.shape[0]

        def body(i: Any, sums: Any, trainable: Any, others: Any, state: Any) -> Any:
            epoch, index = i // steps, i % steps
            rows = tf.slice(order[epoch], [0, index * recipe.batch], [len(models), recipe.batch])
            trainable, others, state, losses = one_step(
                first + epoch, index, rows, trainable, others, state
            )
            # Chosen, not multiplied: zero times infinity would spoil the other epochs' sums.
            here = tf.one_hot(epoch, count)[:, None] > 0
            return i + 1, sums + tf.where(here, losses[None, :], 0.0), trainable, others, state

        return tf.while_loop(
            lambda i, *_: i < count * steps,
            body,
            (tf.constant(0), tf.zeros((count, len(models))), trainable, others, state),
        )[1:]

    curves = []
    a_call = 1 if watch else EPOCHS_A_CALL
    for start in range(0, recipe.epochs, a_call):
        count = min(a_call, recipe.epochs - start)
        order = _orders(sizes, seeds, start, count, steps * recipe.batch)
        sums, trainable, others, state = epochs(
            tf.constant(start), tf.constant(order), trainable, others, state
        )
        losses = sums.numpy() / np.asarray(sizes)
        if not np.isfinite(losses).all():
            epoch = start + int(np.argmin(np.isfinite(losses).all(axis=1))) + 1
            raise FloatingPointError(
                f"the training loss became infinite or NaN in epoch {epoch} of {recipe.epochs} "
                f"(learning rate {recipe.learning_rate:g}); try a lower learning rate"
            )
        curves.append(losses)
        if watch:
            unstack(models, trainable, others)
            watch(start + 1)
    unstack(models, trainable, others)
    by_epoch = np.concatenate(curves)
    return [{"loss": by_epoch[:, r].astype(float).tolist()} for r in range(len(models))]


def row_losses(loss: str, output: Any, y: Any) -> Any:
    """Loss of every row, (repeats, batch): squared error, or cross-entropy from logits."""
    if loss == "mse":
        return tf.square(output[..., 0] - y)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=output)


def _where(active: Any, new: Any, old: Any) -> Any:
    return tf.where(across(active, new), new, old)


def _padded(arrays: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    longest = max(len(array) for array in arrays)
    out = np.zeros((len(arrays), longest, *arrays[0].shape[1:]), dtype)
    for repeat, array in enumerate(arrays):
        out[repeat, : len(array)] = array
    return out


def _row_weights(sizes: Sequence[int], steps: int, batch: int) -> np.ndarray:
    """(steps, repeats, batch): 1 where a batch position holds a row, 0 past a repeat's end."""
    positions = np.arange(steps * batch)
    mask = (positions[None, :] < np.asarray(sizes)[:, None]).astype(np.float32)
    return np.ascontiguousarray(mask.reshape(len(sizes), steps, batch).transpose(1, 0, 2))


def _orders(
    sizes: Sequence[int], seeds: Sequence[int], start: int, count: int, width: int
) -> np.ndarray:
    """(epochs, repeats, width) row numbers: a fresh shuffle per repeat and epoch, wrapped round.

    A shuffle depends on its own seed and epoch alone, not on who shares the stack.
    """
    out = np.empty((count, len(sizes), width), np.int32)
    for epoch in range(count):
        for repeat, (size, seed) in enumerate(zip(sizes, seeds, strict=True)):
            order = np.random.default_rng([seed, start + epoch]).permutation(size)
            out[epoch, repeat] = np.resize(order, width)
    return out
