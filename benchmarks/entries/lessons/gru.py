"""A recurrent network of gated units (GRU) in NumPy. Lesson 3 of 4, after `scratch`.

A recurrent layer reads a series step by step and keeps a *state*, as many numbers as it has units.
The same weights are used at every step. A gated recurrent unit decides for each number of the
state how much of it to keep:

    1  one step           from the state before and what is read to the state after
    2  one step back      the chain rule through it
    3  network            all steps in order, then one dense layer on the last state

Loss, optimizer and loop are those of `scratch`. Shapes are written (rows, steps, channels), as in
Keras.

What to notice: back-propagation through time is nothing new. The network is a chain of as many
layers as there are steps, all with the same weights, so the gradients of all steps are added up.
The way back through one step multiplies by `keep` (and adds what the gates say): where the gate is
close to 1 the gradient arrives whole many steps earlier, which a plain recurrent layer, whose
every step multiplies by the same matrix, cannot do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.entries.lessons.scratch import Weights

# 1  One step


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˣ), between 0 and 1; written with tanh, which does not overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def step_forward(
    read: np.ndarray, state: np.ndarray, recurrent: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The next state (n, units), and what `step_backward` needs.

    Cho et al. (EMNLP 2014, arXiv:1406.1078), section 2.3, with the reset gate after the matrix
    product, as in Keras and cuDNN. `read` is (n, 3 units), the input multiplied by its kernel;
    `recurrent` is (units, 3 units) and `bias` (3 units,): for the gates `keep` and `reset` and for
    the proposal, in this order. With r the part of `read` and s that of state @ recurrent + bias:

        keep = sigmoid(r + s)   reset = sigmoid(r + s)   proposal = tanh(r + reset · s)
        next = keep · state + (1 - keep) · proposal
    """
    recalled = np.split(state @ recurrent + bias, 3, axis=1)
    parts = np.split(read, 3, axis=1)
    keep, reset = sigmoid(parts[0] + recalled[0]), sigmoid(parts[1] + recalled[1])
    proposal = np.tanh(parts[2] + reset * recalled[2])
    following = keep * state + (1 - keep) * proposal
    return following, (state, keep, reset, proposal, recalled[2])


# 2  One step back


def step_backward(
    memory: tuple[np.ndarray, ...], recurrent: np.ndarray, delta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From `delta`, the derivative of the loss by the next state, those by what went into it.

    Returns the derivative by `read` (n, 3 units), by state @ recurrent + bias (n, 3 units) and by
    the state before (n, units). sigmoid' = s (1 - s), tanh' = 1 - t².
    """
    state, keep, reset, proposal, recalled = memory
    by_keep = delta * (state - proposal) * keep * (1 - keep)
    by_proposal = delta * (1 - keep) * (1 - proposal**2)
    by_reset = by_proposal * recalled * reset * (1 - reset)
    by_read = np.concatenate([by_keep, by_reset, by_proposal], axis=1)
    by_recalled = np.concatenate([by_keep, by_reset, by_proposal * reset], axis=1)
    return by_read, by_recalled, delta * keep + by_recalled @ recurrent.T


# 3  Network


@dataclass(frozen=True)
class Gru:
    """One layer of gated recurrent units, read at its last step by a dense layer.

    `weights` are the kernel (channels, 3 units), the recurrent kernel (units, 3 units) and the
    biases (2, 3 units), of what is read and of what is recalled; then matrix and bias of the dense
    layer.
    """

    def forward(self, weights: Weights, x: np.ndarray, step: int | None) -> tuple[np.ndarray, Any]:
        """Outputs (n, outputs) of series (n, steps, channels), and what `backward` needs."""
        kernel, recurrent, bias, matrix, last_bias = weights
        state = np.zeros((len(x), len(recurrent)), x.dtype)
        steps = []
        for place in range(x.shape[1]):
            read = x[:, place] @ kernel + bias[0]
            state, memory = step_forward(read, state, recurrent, bias[1])
            steps.append(memory)
        return state @ matrix + last_bias, (x, steps, state)

    def backward(self, weights: Weights, memory: Any, slope: np.ndarray) -> Weights:
        """Back-propagation through time (Werbos, Proceedings of the IEEE 78, 1990).

        From `slope`, the derivative of the loss by the outputs (n, outputs), that by every weight.
        """
        kernel, recurrent, bias, matrix, _ = weights
        x, steps, state = memory
        by_kernel, by_recurrent, by_bias = map(np.zeros_like, (kernel, recurrent, bias))
        delta = slope @ matrix.T
        for place in reversed(range(len(steps))):
            by_read, by_recalled, before = step_backward(steps[place], recurrent, delta)
            by_kernel += x[:, place].T @ by_read
            by_recurrent += steps[place][0].T @ by_recalled
            by_bias += [by_read.sum(axis=0), by_recalled.sum(axis=0)]
            delta = before
        return [by_kernel, by_recurrent, by_bias, state.T @ slope, slope.sum(axis=0)]
