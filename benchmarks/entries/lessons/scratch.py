"""A multilayer perceptron in nothing but NumPy, to be read from top to bottom. Lesson 1 of 4.

A network is a chain of layers. Each multiplies what it gets by a matrix of *weights*, adds a
*bias*, and bends the result, here by cutting off what is below zero. Training makes one number
small, the *loss*: how far the last layer's outputs are from the answers. It is five steps, again
and again:

    1  forward           rows in, outputs out, everything in between remembered
    2  loss              how wrong the outputs are, and which way each should move
    3  back-propagation  which way every weight should move, by the chain rule
    4  optimizer         move them a little
    5  loop              the next batch of rows

These are the sections of this file. Nothing here is fast or clever, and all of it is what Keras
does: trained on the same batches from the same first weights, the curves of both lie on each
other to the precision of their numbers. Shapes are written (rows, columns); `@` multiplies
matrices.

What to notice: forward keeps what backward needs, and backward uses it in reverse order. Only
sections 1 and 3 know what the network looks like. `convolution`, `gru` and `attention` in this
folder replace those two and keep the other three. Regularisation is three small changes: dropout
multiplies activations by random zeros, L2 adds to loss and gradient, weight decay shrinks the
weights in the loop.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from benchmarks.training.batches import orders
from benchmarks.training.recipe import Recipe

Weights = list[np.ndarray]
"""Matrix and bias of the first layer, matrix and bias of the second, and so on: W₁, b₁, W₂, b₂ …

Wₗ is (inputs, units), bₗ (units,)."""


# 1  Forward


def forward(weights: Weights, x: np.ndarray, masks: Sequence[np.ndarray] = ()) -> list[np.ndarray]:
    """Everything the network computes for rows `x`: [x, first layer, …, outputs].

    zₗ = aₗ₋₁ Wₗ + bₗ and aₗ = max(0, zₗ), the rectified linear unit; the last layer is not bent, so
    that its outputs can be any number. `masks` are those of dropout, (rows, units) for every layer
    but the last, see `dropout_masks`; there are none outside of training.
    """
    activations = [x]
    for layer, (matrix, bias) in enumerate(zip(weights[::2], weights[1::2], strict=True)):
        z = activations[-1] @ matrix + bias
        if layer < len(weights) // 2 - 1:
            z = np.maximum(z, 0)
            z = z * masks[layer] if masks else z
        activations.append(z)
    return activations


def dropout_masks(
    widths: Sequence[int], rows: int, rate: float, seed: int, step: int
) -> list[np.ndarray]:
    """What activations are multiplied by: (rows, width) for every width of `widths`.

    Srivastava et al. (JMLR 15, 2014): a unit is 0 with probability `rate`, so that no unit can rely
    on another one being there. Those left are divided by 1 - `rate`, so that the expected sum is
    the same as without dropout. A mask depends on `seed` and `step` alone: whoever draws it again,
    for Keras' network say, gets the same one.
    """
    random = np.random.default_rng([seed, step, 1])
    return [(random.random((rows, width)) >= rate) / (1 - rate) for width in widths]


# 2  Loss


def squared_error(outputs: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For regression: (output - y)² of every row, and its derivative by the output.

    `outputs` is (rows, 1), `y` (rows,); returns (rows,) and (rows, 1). d(o - y)²/do = 2 (o - y).
    """
    error = outputs - y[:, None]
    return error[:, 0] ** 2, 2 * error


def cross_entropy(
    logits: np.ndarray, y: np.ndarray, smoothing: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """For classes: minus the log of the probability given to the right one, and its derivative.

    `logits` is (rows, classes), `y` (rows,) class numbers. The softmax pₖ = exp(oₖ) / Σⱼ exp(oⱼ)
    makes probabilities of the outputs. Derived together, softmax and logarithm leave only p - t,
    where the target t is 1 for the right class and 0 elsewhere. `smoothing` spreads that share of
    the 1 evenly over all classes.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)  # exp of a large number overflows
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    classes = logits.shape[1]
    target = np.eye(classes, dtype=logits.dtype)[y] * (1 - smoothing) + smoothing / classes
    return -(target * log_p).sum(axis=1), np.exp(log_p) - target


# 3  Back-propagation


def backward(
    weights: Weights,
    activations: Sequence[np.ndarray],
    slope: np.ndarray,
    masks: Sequence[np.ndarray] = (),
) -> Weights:
    """Derivative of the loss by every weight, in the order of `weights`.

    Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors* (Nature
    323, 1986). `slope` is (rows, outputs), the derivative of the loss by the outputs δ. The chain
    rule carries it back, layer by layer:

        ∂loss/∂Wₗ = aₗ₋₁ᵀ δₗ     a weight matters as much as what came in through it
        ∂loss/∂bₗ = Σ rows δₗ    a bias as much as what went out
        δₗ₋₁ = δₗ Wₗᵀ, where aₗ₋₁ > 0, else 0     a unit that was cut off had no say

    A unit that was multiplied by its mask on the way forward is so on the way back.
    """
    delta = slope
    gradients: Weights = []
    for layer in reversed(range(len(weights) // 2)):
        before = activations[layer]
        gradients = [before.T @ delta, delta.sum(axis=0), *gradients]
        delta = (delta @ weights[2 * layer].T) * (before > 0)
        delta = delta * masks[layer - 1] if masks and layer else delta
    return gradients


def l2_penalty(weights: Weights, l2: float) -> tuple[float, Weights]:
    """L2 regularisation: `l2` times the sum of all squared kernels, and its derivative.

    Krogh and Hertz (NIPS 1991). The derivative of l2 w² is 2 l2 w: every weight is pulled to 0 in
    proportion to its size. Biases, which have one axis, are left alone, as is usual.
    """
    kernels = [weight if weight.ndim > 1 else np.zeros_like(weight) for weight in weights]
    return l2 * sum(float((w**2).sum()) for w in kernels), [2 * l2 * w for w in kernels]


# 4  Optimizer


def learning_rate(recipe: Recipe, done: float) -> float:
    """How far to step after the share `done` (0 to below 1) of all steps: the recipe's schedule."""
    if recipe.schedule == "constant":
        return recipe.learning_rate
    if recipe.schedule == "linear":
        return recipe.learning_rate * (1 - done)
    # Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5: half a cosine wave, down to nothing.
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def sgd(recipe: Recipe, weights: Weights, gradients: Weights, state: Weights, rate: float) -> None:
    """Step against the gradient, with momentum: keep going where the last steps went.

    Sutskever, Martens, Dahl and Hinton (ICML 2013). Nesterov's form steps on to where the momentum
    is about to lead. `state` holds the velocity of every weight; all are changed in place.
    """
    for weight, gradient, velocity in zip(weights, gradients, state, strict=True):
        velocity *= recipe.momentum
        velocity -= rate * gradient
        if recipe.momentum and recipe.nesterov:
            weight += recipe.momentum * velocity - rate * gradient
        else:
            weight += velocity


def adam(
    recipe: Recipe, weights: Weights, gradients: Weights, state: Weights, rate: float, step: int
) -> None:
    """Give every weight a step size of its own: Kingma and Ba (ICLR 2015), Algorithm 1.

    `m` is a running mean of the gradient, `v` of its square; m/√v is about 1 where gradients agree
    and small where they contradict each other. Both start at 0, too low, which the fraction before
    the loop makes up for (their section 2, last paragraph; ε as Keras places it). `step` counts
    from 1; `state` holds all m, then all v; all are changed in place.
    """
    beta1, beta2, epsilon = 0.9, 0.999, 1e-7
    size = rate * math.sqrt(1 - beta2**step) / (1 - beta1**step)
    means, squares = state[: len(weights)], state[len(weights) :]
    for weight, gradient, m, v in zip(weights, gradients, means, squares, strict=True):
        m += (1 - beta1) * (gradient - m)
        v += (1 - beta2) * (gradient**2 - v)
        weight -= size * m / (np.sqrt(v) + epsilon)


def clip(gradients: Weights, global_clipnorm: float) -> Weights:
    """Shorten the gradient, all weights together, to the length given if it is longer.

    Pascanu, Mikolov and Bengio (ICML 2013), Algorithm 1: one steep batch must not undo many.
    """
    length = math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients))
    return [gradient * (global_clipnorm / max(length, global_clipnorm)) for gradient in gradients]


# 5  Loop


class Network(Protocol):
    """What the loop asks of a network: sections 1 and 3, whatever its layers."""

    def forward(self, weights: Weights, x: np.ndarray, step: int | None) -> tuple[np.ndarray, Any]:
        """Outputs of rows `x`, and whatever `backward` needs; step None is outside of training."""
        ...

    def backward(self, weights: Weights, memory: Any, slope: np.ndarray) -> Weights:
        """Derivative of the loss by every weight, from that by the outputs."""
        ...


@dataclass(frozen=True)
class Perceptron:
    """The network of this file, with dropout after every hidden layer where there is a rate."""

    dropout: float = 0.0
    seed: int = 0

    def forward(self, weights: Weights, x: np.ndarray, step: int | None) -> tuple[np.ndarray, Any]:
        """See `Network`."""
        masks: list[np.ndarray] = []
        if self.dropout and step is not None:
            widths = [len(bias) for bias in weights[1:-1:2]]
            masks = dropout_masks(widths, len(x), self.dropout, self.seed, step)
        activations = forward(weights, x, masks)
        return activations[-1], (activations, masks)

    def backward(self, weights: Weights, memory: Any, slope: np.ndarray) -> Weights:
        """See `Network`."""
        activations, masks = memory
        return backward(weights, activations, slope, masks)


def train(
    weights: Weights,
    x: np.ndarray,
    y: np.ndarray,
    recipe: Recipe,
    loss: str,
    seed: int,
    network: Network = Perceptron(),
    l2: float = 0.0,
) -> Iterator[float]:
    """Change `weights` in place, epoch by epoch; yields each epoch's mean loss.

    `x` is (n, …), `y` (n,) values for the loss "mse", classes for "crossentropy"; everything is
    computed in the precision of the weights. An epoch takes every row once, shuffled,
    `recipe.batch_size` at a time; the last batch may be smaller. The loss of a row is the one
    before the step it takes part in, with the penalty `l2`.

    Weight decay: every weight shrinks by a share before each step (Loshchilov and Hutter 2019,
    Algorithm 2), so that only what keeps being needed stays large. Under plain gradient descent it
    is the same as L2; under Adam, which divides a penalty's gradient by its own size, it is not.
    FloatingPointError when a loss is no number any more.
    """
    precision = weights[0].dtype
    x, y = x.astype(precision), y if loss == "crossentropy" else y.astype(precision)
    slots = 2 if recipe.optimizer == "adam" else 1
    state = [np.zeros_like(weight) for _ in range(slots) for weight in weights]
    batches = math.ceil(len(y) / recipe.batch_size)
    for epoch in range(recipe.epochs):
        shuffled = orders([len(y)], [seed], epoch, 1, len(y))[0, 0]
        total = 0.0
        for batch in range(batches):
            rows = shuffled[batch * recipe.batch_size : (batch + 1) * recipe.batch_size]
            step = epoch * batches + batch
            outputs, memory = network.forward(weights, x[rows], step)
            if loss == "mse":
                losses, slope = squared_error(outputs, y[rows])
            else:
                losses, slope = cross_entropy(outputs, y[rows], recipe.label_smoothing)
            gradients = network.backward(weights, memory, slope / len(rows))
            if l2:
                penalty, pulls = l2_penalty(weights, l2)
                losses = losses + penalty
                gradients = [g + pull for g, pull in zip(gradients, pulls, strict=True)]
            if recipe.global_clipnorm:
                gradients = clip(gradients, recipe.global_clipnorm)
            rate = learning_rate(recipe, step / (batches * recipe.epochs))
            for weight in weights:
                weight *= 1 - rate * recipe.weight_decay
            if recipe.optimizer == "adam":
                adam(recipe, weights, gradients, state, rate, step + 1)
            else:
                sgd(recipe, weights, gradients, state, rate)
            total += float(losses.sum())
        if not math.isfinite(total):
            raise FloatingPointError(
                f"the training loss became infinite or NaN in epoch {epoch + 1} of "
                f"{recipe.epochs} (learning rate {recipe.learning_rate:g}); try a lower one"
            )
        yield total / len(y)
