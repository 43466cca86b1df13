"""The Muon optimizer: momentum whose update of a weight matrix is made orthogonal.

Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; for convolutions as in the second
edition of the CIFAR-10 speed runs (Jordan 2024, arXiv:2404.00498): every filter bank is rescaled
to norm √filters before its step. Convolution kernels are updated this way, all other weights by
Nesterov's SGD at a rate of their own.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from benchmarks.training.axes import per_repeat
from benchmarks.training.recipe import Recipe

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that pulls all singular values towards 1 (Jordan et al. 2024)."""
ROUNDS = 3
"""Enough for this use; five are usual for transformers."""
OTHER_MOMENTUM = 0.85


def muon(
    recipe: Recipe, weights: list[Any], gradients: list[Any], state: list[Any], rate: Any
) -> tuple[list[Any], list[Any]]:
    """One step: new weights and momenta. Weights have the repeat as their first axis.

    `rate` (repeats,) is that of the convolution kernels; the other weights' rate stands to it as
    `other_learning_rate` to `learning_rate` of the recipe.
    """
    new_weights, new_state = [], []
    for weight, gradient, momentum in zip(weights, gradients, state, strict=True):
        kernel = len(weight.shape) == 5
        inertia = recipe.momentum if kernel else OTHER_MOMENTUM
        momentum = inertia * momentum + gradient
        pull = gradient + inertia * momentum
        if kernel:
            repeats, *_, filters = weight.shape
            norm = tf.sqrt(tf.reduce_sum(tf.square(weight), axis=(1, 2, 3, 4), keepdims=True))
            weight = weight * (math.sqrt(filters) / norm)
            matrix = tf.reshape(pull, (repeats, -1, filters))
            step = per_repeat(rate, weight) * tf.reshape(orthogonal(matrix), tf.shape(weight))
        else:
            share = recipe.other_learning_rate / recipe.learning_rate
            step = per_repeat(rate * share, weight) * pull
        new_weights.append(weight - step)
        new_state.append(momentum)
    return new_weights, new_state


def orthogonal(matrix: Any) -> Any:
    """About U Vᵀ of every matrix (repeats, m, n) = U S Vᵀ: singular values end near 1."""
    wide = matrix.shape[1] > matrix.shape[2]
    x = tf.transpose(matrix, (0, 2, 1)) if wide else matrix
    x = x / (tf.norm(x, axis=(1, 2), keepdims=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ROUNDS):
        square = tf.matmul(x, x, transpose_b=True)
        x = a * x + tf.matmul(b * square + c * tf.matmul(square, square), x)
    return tf.transpose(x, (0, 2, 1)) if wide else x
