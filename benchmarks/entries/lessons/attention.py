"""A layer of multi-head attention in NumPy. Lesson 4 of 4, after `scratch`.

Attention lets every step of a series look at every other one directly, however far away. Each step
asks with a *query*, offers a *key* to be found by and a *value* to be handed over:

    1  softmax            scores to shares that sum to 1
    2  attention          every query's average of all values, weighted by how well keys match
    3  network            positions, attention beside what was there before, a dense layer

Loss, optimizer and loop are those of `scratch`. Shapes are written (rows, steps, width); `einsum`
names the axes of a product and sums over those that the result lacks: n rows, q and k steps that
ask and that are asked, w width, h heads, d size of a head.

What to notice: there is no loop over steps, and nothing in section 2 knows which step comes first.
Order enters through the positions alone: a bias of its own for every step. Attention itself has no
weights; the four kernels around it have them. The scores are divided by √d: else they would grow
with the size, the softmax would choose one step alone, and its gradient, share · (δ - mean), would
vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.entries.lessons.scratch import Weights

# 1  Softmax


def softmax(scores: np.ndarray) -> np.ndarray:
    """Positive shares that sum to 1 along the last axis: exp(s) / Σ exp(s)."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_backward(shares: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Derivative of the loss by the scores: share · (δ - Σ share δ).

    A score that rises takes its share from all others, so only what differs from the mean counts.
    """
    return shares * (delta - (shares * delta).sum(axis=-1, keepdims=True))


# 2  Attention


def attend(query: np.ndarray, key: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """softmax(Q Kᵀ / √d) V and the shares (n, h, q, k); all others are (n, steps, h, d).

    Vaswani et al. (NIPS 2017, arXiv:1706.03762), equation 1, for every head by itself.
    """
    scores = np.einsum("nqhd,nkhd->nhqk", query, key) / np.sqrt(query.shape[-1])
    shares = softmax(scores)
    return np.einsum("nhqk,nkhd->nqhd", shares, value), shares


def attend_backward(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, shares: np.ndarray, delta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Derivative of the loss by query, key and value, from `delta`, that by the result."""
    by_value = np.einsum("nhqk,nqhd->nkhd", shares, delta)
    by_shares = np.einsum("nqhd,nkhd->nhqk", delta, value)
    by_scores = softmax_backward(shares, by_shares) / np.sqrt(query.shape[-1])
    by_query = np.einsum("nhqk,nkhd->nqhd", by_scores, key)
    by_key = np.einsum("nhqk,nqhd->nkhd", by_scores, query)
    return by_query, by_key, by_value


# 3  Network


@dataclass(frozen=True)
class Attention:
    """Multi-head self-attention over a series, read at its last step by a dense layer.

    `weights` are kernel (channels, width) and positions (steps, width) of the first layer; the
    kernels (width, heads, d) of query, key and value and that of the heads together (heads, d,
    width), all without biases; then matrix and bias of the dense layer.
    """

    def forward(self, weights: Weights, x: np.ndarray, step: int | None) -> tuple[np.ndarray, Any]:
        """Outputs (n, outputs) of series (n, steps, channels), and what `backward` needs.

        What attention finds is added to what was there (He et al., CVPR 2016), so that the layer
        only has to learn what to add.
        """
        kernel, positions, *kernels, together, matrix, bias = weights
        wide = x @ kernel + positions
        query, key, value = (np.einsum("nsw,whd->nshd", wide, one) for one in kernels)
        found, shares = attend(query, key, value)
        whole = wide + np.einsum("nshd,hdw->nsw", found, together)
        last = whole[:, -1]
        return last @ matrix + bias, (x, wide, query, key, value, found, shares, last)

    def backward(self, weights: Weights, memory: Any, slope: np.ndarray) -> Weights:
        """Derivative of the loss by all weights, from that by the outputs, `slope` (n, outputs)."""
        _, _, *kernels, together, matrix, _ = weights
        x, wide, query, key, value, found, shares, last = memory
        delta = np.zeros_like(wide)
        delta[:, -1] = slope @ matrix.T  # only the last step is read
        by_together = np.einsum("nshd,nsw->hdw", found, delta)
        by_found = np.einsum("nsw,hdw->nshd", delta, together)
        by_roles = attend_backward(query, key, value, shares, by_found)
        by_kernels = [np.einsum("nsw,nshd->whd", wide, one) for one in by_roles]
        # The first layer has a say as itself, as query, as key and as value.
        for kernel, by_role in zip(kernels, by_roles, strict=True):
            delta = delta + np.einsum("nshd,whd->nsw", by_role, kernel)
        return [
            np.einsum("nsc,nsw->cw", x, delta),
            delta.sum(axis=0),
            *by_kernels,
            by_together,
            last.T @ slope,
            slope.sum(axis=0),
        ]
