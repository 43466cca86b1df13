"""Optimizer update rules written on tensors.

Keras optimizers keep their state in variables, and a compiled loop has to copy variables at
every step; `stateless_apply` is refused on the TensorFlow backend. The rules here are those of
Keras' own optimizers, so a test can hold one against the other.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from benchmarks.training.axes import per_repeat
from benchmarks.training.muon import muon
from benchmarks.training.recipe import Recipe

WARMUP = 0.1
"""Share of the steps over which the learning rate of a one-cycle schedule rises."""


def initial_state(recipe: Recipe, weights: list[Any]) -> list[Any]:
    """Zero moments: two a weight for Adam, one for the others, none for SGD without momentum."""
    slots = {"adam": 2, "sgd": 1 if recipe.momentum else 0}.get(recipe.optimizer, 1)
    return [tf.zeros_like(weight) for weight in weights for _ in range(slots)]


def learning_rate(recipe: Recipe, step: Any, steps: Any) -> Any:
    """Learning rate of every repeat at its own step, counted from 0, of its own `steps`.

    Cosine annealing: Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5, without restarts; with a
    linear rise before it, as Keras' `CosineDecay` with a warm-up.
    """
    share = tf.cast(step, tf.float32) / tf.cast(steps, tf.float32)
    if recipe.schedule == "constant":
        return tf.fill(tf.shape(share), recipe.learning_rate)
    if recipe.schedule == "one-cycle":
        falling = 0.5 * (1.0 + tf.cos(math.pi * (share - WARMUP) / (1.0 - WARMUP)))
        return recipe.learning_rate * tf.where(share < WARMUP, share / WARMUP, falling)
    if recipe.schedule == "linear":
        return recipe.learning_rate * (1.0 - share)
    if recipe.schedule == "steps":
        tenths = tf.where(share < 0.5, 1.0, tf.where(share < 0.75, 0.1, 0.01))
        return recipe.learning_rate * tenths
    return recipe.learning_rate * 0.5 * (1.0 + tf.cos(math.pi * share))


def clip_by_global_norm(gradients: list[Any], global_clipnorm: float) -> list[Any]:
    """Scale every repeat's gradient, all its weights together, down to a norm; 0: never.

    Pascanu et al. 2013, arXiv:1211.5063, Algorithm 1, as Keras' `global_clipnorm`.
    """
    if not global_clipnorm:
        return gradients
    squares = [tf.reduce_sum(tf.square(g), axis=list(range(1, len(g.shape)))) for g in gradients]
    norm = tf.sqrt(tf.add_n(squares))
    return [
        g * per_repeat(global_clipnorm / tf.maximum(norm, global_clipnorm), g) for g in gradients
    ]


def update(
    recipe: Recipe, weights: list[Any], gradients: list[Any], state: list[Any], rate: Any, step: Any
) -> tuple[list[Any], list[Any]]:
    """One step: new weights and new optimizer state. `rate` and `step` are (repeats,).

    Adam: Kingma & Ba 2015, Algorithm 1, with Keras' placement of epsilon (1e-7) and, where
    `weight_decay` is set, decoupled decay (Loshchilov & Hutter 2019, Algorithm 2).
    SGD: Sutskever et al. 2013, Nesterov momentum as Keras writes it. RMSprop: Tieleman & Hinton
    2012 as Keras writes it (discount 0.9). Muon: see `muon`.
    """
    if recipe.weight_decay:
        weights = [w * (1.0 - per_repeat(rate, w) * recipe.weight_decay) for w in weights]
    if recipe.optimizer == "sgd":
        return _sgd(recipe, weights, gradients, state, rate)
    if recipe.optimizer == "muon":
        return muon(recipe, weights, gradients, state, rate)
    if recipe.optimizer == "rmsprop":
        squares = [0.9 * s + 0.1 * tf.square(g) for s, g in zip(state, gradients, strict=True)]
        return [
            w - per_repeat(rate, w) * g / tf.sqrt(s + 1e-7)
            for w, g, s in zip(weights, gradients, squares, strict=True)
        ], squares
    count = tf.cast(step + 1, tf.float32)
    scale = rate * tf.sqrt(1.0 - tf.pow(0.999, count)) / (1.0 - tf.pow(0.9, count))
    new_weights, new_state = [], []
    for weight, gradient, m, v in zip(weights, gradients, state[::2], state[1::2], strict=True):
        m = m + (gradient - m) * (1.0 - 0.9)
        v = v + (tf.square(gradient) - v) * (1.0 - 0.999)
        new_weights.append(weight - per_repeat(scale, weight) * m / (tf.sqrt(v) + 1e-7))
        new_state += [m, v]
    return new_weights, new_state


def _sgd(
    recipe: Recipe, weights: list[Any], gradients: list[Any], state: list[Any], rate: Any
) -> tuple[list[Any], list[Any]]:
    if not recipe.momentum:
        return [w - per_repeat(rate, w) * g for w, g in zip(weights, gradients, strict=True)], []
    pulls = [per_repeat(rate, g) * g for g in gradients]
    momenta = [recipe.momentum * m - p for m, p in zip(state, pulls, strict=True)]
    if not recipe.nesterov:
        return [weight + m for weight, m in zip(weights, momenta, strict=True)], momenta
    new = [
        weight + recipe.momentum * m - pull
        for weight, pull, m in zip(weights, pulls, momenta, strict=True)
    ]
    return new, momenta
