"""The learning rate of a step, and what a step does to one repeat's weights.

Adam, SGD and RMSprop are Keras' own optimizers, called without state; their learning rate is part
of that state and is set before every step, so that each repeat of a stack has its own. Muon is
`training.muon`, written for one repeat.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import keras

from benchmarks.training.recipe import Recipe

WARMUP = 0.1
"""Share of the steps over which the learning rate of a one-cycle schedule rises."""
COEFFICIENTS, ROUNDS, OTHER_MOMENTUM = (3.4445, -4.7750, 2.0315), 3, 0.85
"""Of Muon; see `training.muon`."""

Update = Callable[[list[Any], list[Any], list[Any], Any], tuple[list[Any], list[Any]]]
"""(state, gradients, weights, rate) to (weights, state)."""


def learning_rate(recipe: Recipe, step: Any, steps: Any) -> Any:
    """Learning rate at a step, counted from 0, of `steps`; as `training.updates.learning_rate`."""
    share = step / steps
    if recipe.schedule == "constant":
        return jnp.full_like(share, recipe.learning_rate)
    if recipe.schedule == "one-cycle":
        falling = 0.5 * (1.0 + jnp.cos(math.pi * (share - WARMUP) / (1.0 - WARMUP)))
        return recipe.learning_rate * jnp.where(share < WARMUP, share / WARMUP, falling)
    if recipe.schedule == "linear":
        return recipe.learning_rate * (1.0 - share)
    if recipe.schedule == "steps":
        tenths = jnp.where(share < 0.5, 1.0, jnp.where(share < 0.75, 0.1, 0.01))
        return recipe.learning_rate * tenths
    return recipe.learning_rate * 0.5 * (1.0 + jnp.cos(math.pi * share))


def update_rule(recipe: Recipe, variables: Sequence[Any]) -> tuple[Update, list[Any]]:
    """The update of a recipe's optimizer, and its state before the first step."""
    if recipe.optimizer == "muon":
        return _muon(recipe), [jnp.zeros(v.shape, jnp.float32) for v in variables]
    shared: dict[str, Any] = {
        "learning_rate": recipe.learning_rate,
        "weight_decay": recipe.weight_decay or None,
        "global_clipnorm": recipe.global_clipnorm or None,
    }
    if recipe.optimizer == "sgd":
        shared |= {"momentum": recipe.momentum, "nesterov": recipe.nesterov}
    kinds = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    optimizer: Any = kinds.get(recipe.optimizer, keras.optimizers.SGD)(**shared)
    optimizer.build(list(variables))
    place = next(i for i, v in enumerate(optimizer.variables) if v is optimizer.learning_rate)

    def update(state: list[Any], gradients: list[Any], weights: list[Any], rate: Any) -> Any:
        state = [*state[:place], rate.astype(jnp.float32), *state[place + 1 :]]
        return optimizer.stateless_apply(state, gradients, weights)

    return update, [jnp.array(variable.value) for variable in optimizer.variables]


def _muon(recipe: Recipe) -> Update:
    share = recipe.other_learning_rate / recipe.learning_rate

    def update(state: list[Any], gradients: list[Any], weights: list[Any], rate: Any) -> Any:
        gradients = _clipped(gradients, recipe.global_clipnorm)
        new_weights, momenta = [], []
        for weight, gradient, momentum in zip(weights, gradients, state, strict=True):
            weight = weight * (1.0 - rate * recipe.weight_decay)
            inertia = recipe.momentum if weight.ndim == 4 else OTHER_MOMENTUM
            momentum = inertia * momentum + gradient
            pull = gradient + inertia * momentum
            if weight.ndim == 4:
                filters = weight.shape[-1]
                weight = weight * (math.sqrt(filters) / jnp.sqrt(jnp.sum(jnp.square(weight))))
                step = rate * orthogonal(pull.reshape(-1, filters)).reshape(weight.shape)
            else:
                step = rate * share * pull
            new_weights.append(weight - step)
            momenta.append(momentum)
        return new_weights, momenta

    return update


def orthogonal(matrix: Any) -> Any:
    """About U Vᵀ of a matrix U S Vᵀ, as `training.muon.orthogonal`."""
    wide = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if wide else matrix
    x = x / (jnp.linalg.norm(x) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.T if wide else x


def _clipped(gradients: list[Any], global_clipnorm: float) -> list[Any]:
    if not global_clipnorm:
        return gradients
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(gradient)) for gradient in gradients))
    return [
        gradient * (global_clipnorm / jnp.maximum(norm, global_clipnorm)) for gradient in gradients
    ]
