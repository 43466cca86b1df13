"""Rows held back from training, and the epoch each repeat was best on them.

Everything here is per repeat: when one repeat stops, the others train on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from benchmarks.training.axes import choose


class Best(NamedTuple):
    """Where every repeat stands: all tensors whose first axis is the repeat."""

    running: Any
    """Whether it still trains."""
    trained: Any
    """Epochs it has trained."""
    lowest: Any
    """Lowest validation loss so far, and …"""
    waited: Any
    """… epochs since, and …"""
    weights: list[Any]
    """… all weights of then."""


def hold_back(
    xs: Sequence[np.ndarray], ys: Sequence[np.ndarray], seeds: Sequence[int], share: float
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Rows to train on and rows held back: (xs, ys, held xs, held ys), each row in one of them.

    Which rows are held back depends on a repeat's own seed and number of rows alone. At least one
    is; raises ValueError where none is left to train on.
    """
    parts: tuple[list[np.ndarray], ...] = ([], [], [], [])
    for x, y, seed in zip(xs, ys, seeds, strict=True):
        count = max(1, round(share * len(y)))
        if count >= len(y):
            raise ValueError(
                f"expected rows to train on beside a validation share of {share:g}, received "
                f"{len(y)} rows in all; lower the recipe's validation"
            )
        # No epoch's shuffle starts from this seed: those have two numbers.
        order = np.random.default_rng([seed, 0, 1]).permutation(len(y))
        held, own = np.sort(order[:count]), np.sort(order[count:])
        for part, rows in zip(parts, (x[own], y[own], x[held], y[held]), strict=True):
            part.append(rows)
    return parts[0], parts[1], parts[2], parts[3]


def beginning(repeats: int, weights: list[Any]) -> Best:
    """Before the first epoch."""
    none = tf.zeros(repeats, tf.int32)
    return Best(tf.fill([repeats], True), none, tf.fill([repeats], np.inf), none, weights)


def after_epoch(best: Best, loss: Any, weights: list[Any], patience: int) -> Best:
    """Take note of an epoch's validation losses (repeats,) and the weights it ended with.

    As Keras' `EarlyStopping` with `restore_best_weights`: an epoch counts as better when its loss
    is lower, and a repeat stops after `patience` epochs in a row that were not (0: never).
    """
    better = best.running & (loss < best.lowest)
    waited = tf.where(better, 0, best.waited + 1)
    return Best(
        best.running & (waited < patience) if patience else best.running,
        best.trained + tf.cast(best.running, tf.int32),
        tf.where(better, loss, best.lowest),
        waited,
        [choose(better, new, old) for new, old in zip(weights, best.weights, strict=True)],
    )
