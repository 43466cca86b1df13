"""The program that trains one repeat for some epochs, and the same for all repeats of a stack.

Written for one repeat; `vmap` gives every value in it one more axis, so that any layer stacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from benchmarks.training.on_jax.augment import augment
from benchmarks.training.on_jax.early_stopping import Best, after_epoch, choose
from benchmarks.training.on_jax.losses import row_losses
from benchmarks.training.on_jax.network import Forward
from benchmarks.training.on_jax.updates import Update, learning_rate
from benchmarks.training.recipe import Recipe


class Rows(NamedTuple):
    """The rows of a repeat, resident on the device, and what they are trained with."""

    x: Any
    """(rows, …)"""
    y: Any
    """(rows,)"""
    factors: Any
    """(rows,) by which losses are multiplied, or None."""
    size: Any
    """How many of the rows there are; the others are padding."""
    first_mirrored: Any
    """(rows,) see `augment`, or None."""
    seed: Any
    held_x: Any
    """(held rows, …), or None where none are held back."""
    held_y: Any
    held_weights: Any
    """(held rows,) by which their losses are multiplied, 0 for padding; their sum over the number
    of rows is the mean of the factors."""
    held_size: Any


class State(NamedTuple):
    """All that a training changes."""

    trainable: Any
    others: Any
    optimizer: Any
    best: Best | None


Program = Callable[[Rows, Any, Any, Any, State], tuple[Any, Any, State]]
"""(rows, first epoch, number of epochs, order (epochs, batches · rows of a batch), state) to (the
summed losses of every step (epochs, steps), validation losses (epochs,), state); all but the two
numbers have the repeat as their first axis."""


def program(forward: Forward, update: Update, recipe: Recipe, loss: str, steps: int) -> Program:
    """The compiled program of a stack for epochs of `steps` steps."""
    augments = recipe.flip != "none" or recipe.shift > 0
    batch = recipe.batch_size

    def objective(trainable: Any, others: Any, x: Any, y: Any, factors: Any, rows: Any) -> Any:
        output, others, penalty = forward(trainable, others, x, rows, True)
        each = row_losses(loss, output, y, recipe.label_smoothing) * factors
        total = jnp.sum(jnp.where(rows, each, 0.0))
        return total / jnp.maximum(jnp.sum(rows), 1) + penalty, (total, others)

    def one_step(rows: Rows, epoch: Any, state: State, index: Any, numbers: Any) -> Any:
        counts = index * batch + jnp.arange(batch) < rows.size
        x = rows.x[numbers]
        if augments:
            first = rows.first_mirrored[numbers]
            x = augment(recipe, x, first, rows.seed, epoch, index)
        factors = 1.0 if rows.factors is None else rows.factors[numbers]
        inputs = x.astype(jnp.float32), rows.y[numbers], factors, counts
        gradient = jax.grad(objective, has_aux=True)
        gradients, (total, others) = gradient(state.trainable, state.others, *inputs)
        own_steps = (rows.size + batch - 1) // batch
        rate = learning_rate(recipe, epoch * own_steps + index, own_steps * recipe.epochs)
        trainable, optimizer = update(state.optimizer, gradients, state.trainable, rate)
        # A repeat whose rows are used up in this epoch must not move, not even by momentum.
        active = index < own_steps
        if state.best is not None:
            active &= state.best.running
        new, old = (trainable, others, optimizer), (state.trainable, state.others, state.optimizer)
        trainable, others, optimizer = choose(active, new, old)
        return State(trainable, others, optimizer, state.best), total

    def held_loss(rows: Rows, state: State) -> Any:
        output, _, _ = forward(
            state.trainable, state.others, rows.held_x.astype(jnp.float32), None, False
        )
        each = row_losses(loss, output, rows.held_y, recipe.label_smoothing)
        return (
            jnp.sum(jnp.where(rows.held_weights > 0, each * rows.held_weights, 0.0))
            / rows.held_size
        )

    def one_epoch(rows: Rows, epoch: Any, order: Any, state: State) -> Any:
        def step(state: State, given: Any) -> Any:
            return one_step(rows, epoch, state, *given)

        given = jnp.arange(steps), order.reshape(steps, batch)
        state, totals = jax.lax.scan(step, state, given)
        held = jnp.float32(0)
        if state.best is not None:
            held = held_loss(rows, state)
            weights = state.trainable, state.others
            state = state._replace(best=after_epoch(state.best, held, weights, recipe.patience))
        return state, totals, held

    def epochs(rows: Rows, first: Any, count: Any, order: Any, state: State) -> Any:
        def skip(state: State, epoch: Any, order: Any) -> Any:
            return state, jnp.zeros(steps), jnp.float32(0)

        def body(state: State, given: Any) -> Any:
            index, order = given
            # One shape for every call: another would be compiled again.
            state, totals, held = jax.lax.cond(
                index < count,
                lambda state: one_epoch(rows, first + index, order, state),
                lambda state: skip(state, index, order),
                state,
            )
            return state, (totals, held)

        state, (totals, held) = jax.lax.scan(body, state, (jnp.arange(order.shape[0]), order))
        return totals, held, state

    together = jax.vmap(epochs, in_axes=(0, None, None, 0, 0))
    compiled: Program = jax.jit(together, donate_argnums=4)
    return compiled
