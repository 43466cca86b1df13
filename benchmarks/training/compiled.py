"""Train all repeats of a group in one compiled program, several epochs a call.

Most of a small network's training time is per-step overhead. Here the data stays resident, the
step loop runs inside one TensorFlow function and the weights travel through it as tensors (XLA
would copy variables at every step). Losses are summed over repeats, so gradients do not mix: this
*is* the independent training of every repeat, with its own rows, shuffles, initial weights and
early stopping.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.training import checkpoints
from benchmarks.training.augment import augment, first_mirrored
from benchmarks.training.axes import choose
from benchmarks.training.batches import orders, pad, row_weights
from benchmarks.training.early_stopping import Best, after_epoch, before_training, hold_back
from benchmarks.training.losses import row_losses, target_dtype
from benchmarks.training.recipe import Recipe
from benchmarks.training.stack import Forward, stack, unstack
from benchmarks.training.updates import (
    clip_by_global_norm,
    initial_state,
    learning_rate,
    update,
)

EPOCHS_PER_CALL = 10


def train(
    models: Sequence[keras.Model],
    xs: Sequence[np.ndarray],
    ys: Sequence[np.ndarray],
    seeds: Sequence[int],
    recipe: Recipe,
    loss: str,
    watch: Callable[[int], None] | None = None,
) -> list[dict[str, list[float]]]:
    """Fit every model to its own rows; returns each one's curves, one value per epoch it trained.

    "loss" is over the training rows while they are trained on, and, where the recipe holds rows
    back, "val_loss" is over those after the epoch.

    `models` share an architecture; `xs[r]` is (n_r, …), `ys[r]` is (n_r,) targets or integer
    classes; `loss` is "mse" or "crossentropy" (the network ends in logits), see
    `losses.row_losses`. Sizes may differ between repeats: the shorter ones' last batch is smaller,
    as under `fit`. (In networks that do not stack, see `stack.obstacle`, what a layer computes over
    the batch, such as batch normalisation, sees rows from its start again.)
    `watch` is called after every epoch with its number, counted from 1, when the models hold
    that epoch's weights. Raises FloatingPointError, naming epoch and step, when a loss stops being
    finite, and ValueError for an unknown loss, for a network with weight constraints and for a
    repeat with too few rows to hold any back.
    """
    dtype = target_dtype(loss)
    validation: tuple[Any, ...] | None = None
    if recipe.validation_split:
        xs, ys, held_xs, held_ys = hold_back(xs, ys, seeds, recipe.validation_split)
        counts = [len(y) for y in held_ys]
        present = row_weights(counts, 1, max(counts))[0]
        validation = (_resident(held_xs), pad(held_ys, dtype), present)
    sizes = [len(y) for y in ys]
    rows_per_epoch = -(-max(sizes) // recipe.batch_size) * recipe.batch_size
    forward, trainable, others = stack(models)
    run = _program(forward, _resident(xs), pad(ys, dtype), sizes, seeds, validation, recipe, loss)
    weights = [trainable, others, initial_state(recipe, trainable)]
    best = before_training(len(models), trainable + others) if validation else None

    curves: list[np.ndarray] = []
    # Convolutions run without XLA and take minutes: there an epoch is the unit to resume.
    per_call = 1 if watch or not recipe.jit_compile else min(EPOCHS_PER_CALL, recipe.epochs)
    checkpoint, first = checkpoints.begin(), 0
    state = None if watch else checkpoint.read()
    if state is not None:
        first, weights, best, curves = _restored(state, weights, best)
    for start in range(first, recipe.epochs, per_call):
        count = min(per_call, recipe.epochs - start)
        order = orders(sizes, seeds, start, count, rows_per_epoch)
        # One shape for every call: another would be compiled again.
        order = np.pad(order, ((0, per_call - count), (0, 0), (0, 0)))
        sums, broken, validation_losses, best, weights = run(
            tf.constant(start), tf.constant(count), tf.constant(order), best, weights
        )
        losses = [sums.numpy() / np.asarray(sizes)]
        losses += [validation_losses.numpy()] if best else []
        curves.append(np.stack(losses)[:, :count])
        trained = best.epochs.numpy() if best else np.full(len(models), start + count)
        _check_finite(curves[-1], broken.numpy(), start, trained, recipe)
        if watch:
            unstack(models, *weights[:2])
            watch(start + 1)
        elif checkpoint.due() and start + count < recipe.epochs:
            checkpoint.write(_state(start + count, weights, best, curves))
        if best and not best.running.numpy().any():
            break
    trainable, others = weights[:2]
    if best:
        trainable, others = best.weights[: len(trainable)], best.weights[len(trainable) :]
    unstack(models, trainable, others)
    by_epoch = np.concatenate(curves, axis=1).astype(float)
    names = ("loss", "val_loss")[: len(by_epoch)]
    return [
        {name: curve[: trained[r], r].tolist() for name, curve in zip(names, by_epoch, strict=True)}
        for r in range(len(models))
    ]


def _program(
    forward: Forward,
    xs: np.ndarray,
    ys: np.ndarray,
    sizes: Sequence[int],
    seeds: Sequence[int],
    validation: tuple[Any, ...] | None,
    recipe: Recipe,
    loss: str,
) -> Callable[..., Any]:
    """The compiled function that trains some epochs.

    It maps (first epoch, number of epochs, orders, best, [trainable, others, optimizer state]) to
    (loss sums, steps whose loss was the first that was not finite, validation losses, best,
    weights), the first three (epochs, repeats); steps count from 1, and 0 is none.
    """
    repeats, batch = len(sizes), recipe.batch_size
    steps = -(-max(sizes) // batch)
    data, answers = tf.constant(xs), tf.constant(ys)
    weight = tf.constant(row_weights(sizes, steps, batch))
    own_steps = tf.constant([-(-size // batch) for size in sizes])
    augments = recipe.flip != "none" or recipe.shift > 0
    mirrored = tf.constant(first_mirrored(list(sizes), list(seeds))) if augments else None
    draws = tf.constant([int(seed) % 2**31 for seed in seeds])

    def losses_of(output: Any, y: Any, w: Any) -> Any:
        rows = row_losses(loss, output, y, recipe.label_smoothing)
        return tf.reduce_sum(w * rows, axis=1)

    def one_step(epoch: Any, index: Any, rows: Any, running: Any, weights: Any) -> Any:
        trainable, others, state = weights
        x = tf.gather(data, rows, batch_dims=1)
        if augments:
            x = augment(recipe, x, rows, mirrored, draws, epoch, index)
        x = tf.cast(x, tf.float32)
        y = tf.gather(answers, rows, batch_dims=1)
        w = weight[index]
        count = tf.reduce_sum(w, axis=1)
        active = count > 0 if running is None else (count > 0) & running
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            output, new_others, penalties = forward(trainable, others, x, w, True)
            losses = losses_of(output, y, w)
            objective = tf.reduce_sum(losses / tf.maximum(count, 1.0) + penalties)
        gradients = tape.gradient(objective, trainable)
        gradients = clip_by_global_norm(gradients, recipe.global_clipnorm)
        # Counted by repeat: a schedule must not depend on who shares the stack.
        step = epoch * own_steps + index
        rate = learning_rate(recipe, step, own_steps * recipe.epochs)
        new, new_state = update(recipe, trainable, gradients, state, rate, step)
        # A repeat whose rows are used up in this epoch must not move, not even by momentum.
        return losses, [
            [choose(active, a, b) for a, b in zip(after, before, strict=True)]
            for after, before in zip((new, new_others, new_state), weights, strict=True)
        ]

    def epochs(first: Any, count: Any, order: Any, running: Any, weights: Any) -> Any:
        def body(i: Any, sums: Any, broken: Any, weights: Any) -> Any:
            epoch, index = i // steps, i % steps
            rows = tf.slice(order[epoch], [0, index * batch], [repeats, batch])
            losses, weights = one_step(first + epoch, index, rows, running, weights)
            first_here = ~tf.math.is_finite(losses) & (broken[epoch] == 0)
            broken = _in_row(broken, epoch, tf.where(first_here, index + 1, 0))
            return i + 1, _in_row(sums, epoch, losses), broken, weights

        sums = tf.zeros((order.shape[0], repeats))
        start = (tf.constant(0), sums, tf.zeros_like(sums, tf.int32), weights)
        return tf.while_loop(lambda i, *_: i < count * steps, body, start)[1:]

    @tf.function(jit_compile=recipe.jit_compile, autograph=False)
    def run(first: Any, count: Any, order: Any, best: Best | None, weights: Any) -> Any:
        if best is None or validation is None:
            sums, broken, weights = epochs(first, count, order, None, weights)
            return sums, broken, None, None, weights
        held_x, held_y, held_weight = validation

        def body(i: Any, sums: Any, broken: Any, held: Any, best: Best, weights: Any) -> Any:
            total, step, weights = epochs(first + i, 1, order[i][None], best.running, weights)
            x = tf.cast(held_x, tf.float32)
            output, _, _ = forward(weights[0], weights[1], x, held_weight, False)
            losses = losses_of(output, held_y, held_weight) / np.sum(held_weight, axis=1)
            best = after_epoch(best, losses, weights[0] + weights[1], recipe.patience)
            sums, broken = _in_row(sums, i, total[0]), _in_row(broken, i, step[0])
            return i + 1, sums, broken, _in_row(held, i, losses), best, weights

        none = tf.zeros((order.shape[0], repeats))
        return tf.while_loop(
            lambda i, sums, broken, held, best, weights: (i < count) & tf.reduce_any(best.running),
            body,
            (tf.constant(0), none, tf.zeros_like(none, tf.int32), none, best, weights),
        )[1:]

    return run


def _state(done: int, weights: list[Any], best: Best | None, curves: list[Any]) -> dict[str, Any]:
    """Everything the epochs still to come depend on, as arrays."""
    state = {"done": np.asarray(done), "curves": np.concatenate(curves, axis=1)}
    tensors = tf.nest.flatten([weights, best or []])
    return state | {f"tensor{i}": tensor.numpy() for i, tensor in enumerate(tensors)}


def _restored(
    state: dict[str, np.ndarray], weights: list[Any], best: Best | None
) -> tuple[int, list[Any], Best | None, list[np.ndarray]]:
    """Epochs done, weights, best and curves of a state; those given are of the right shapes."""
    like = [weights, best or []]
    tensors = [tf.constant(state[f"tensor{i}"]) for i in range(len(tf.nest.flatten(like)))]
    weights, best = tf.nest.pack_sequence_as(like, tensors)
    return int(state["done"]), weights, best or None, [state["curves"]]


def _in_row(sums: Any, epoch: Any, values: Any) -> Any:
    """`values` added to the row of their epoch."""
    # Chosen, not multiplied: zero times infinity would spoil the other epochs' sums.
    here = tf.one_hot(epoch, sums.shape[0])[:, None] > 0
    return sums + tf.where(here, values[None, :], tf.zeros_like(values))


def _resident(xs: Sequence[np.ndarray]) -> np.ndarray:
    return pad(xs, np.uint8 if xs[0].dtype == np.uint8 else np.float32)


def _check_finite(
    curves: np.ndarray, broken: np.ndarray, start: int, trained: np.ndarray, recipe: Recipe
) -> None:
    """Look at (curves, epochs, repeats) from epoch `start` on, as far as a repeat trained."""
    reached = start + np.arange(curves.shape[1])[:, None] < trained[None, :]
    bad = (~np.isfinite(curves) & reached).any(axis=2)
    if bad.any():
        which = "training" if bad[0].any() else "validation"
        epoch = int(np.argmax(bad.any(axis=0)))
        steps = broken[epoch][broken[epoch] > 0]
        step = f"step {steps.min()} of " if bad[0, epoch].any() and len(steps) else ""
        raise FloatingPointError(
            f"the {which} loss became infinite or NaN in {step}epoch {start + epoch + 1} of "
            f"{recipe.epochs} (learning rate {recipe.learning_rate:g}); try a lower learning rate"
        )
