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
    """The best epoch of every repeat so far: tensors whose first axis is the repeat."""

    running: Any
    """Whether the repeat still trains."""
    epochs: Any
    """Epochs it has trained."""
    loss: Any
    """Lowest validation loss so far."""
    wait: Any
    """Epochs since then."""
    weights: list[Any]
    """All weights of that epoch."""


def hold_back(
    xs: Sequence[np.ndarray],
    ys: Sequence[np.ndarray],
    seeds: Sequence[int],
    validation_split: float,
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Rows to train on and rows held back: (xs, ys, held xs, held ys), each row in one of them.

    Which rows are held back depends on a repeat's own seed and number of rows alone. At least one
    is; raises ValueError where none is left to train on.
    """
    parts: tuple[list[np.ndarray], ...] = ([], [], [], [])
    for x, y, seed in zip(xs, ys, seeds, strict=True):
        count = max(1, round(validation_split * len(y)))
        if count >= len(y):
            raise ValueError(
                f"expected rows to train on beside a validation share of {validation_split:g}, "
                f"received {len(y)} rows in all; lower the recipe's validation_split"
            )
        # No epoch's shuffle starts from this seed: those have two numbers.
        order = np.random.default_rng([seed, 0, 1]).permutation(len(y))
        held, own = np.sort(order[:count]), np.sort(order[count:])
        for part, rows in zip(parts, (x[own], y[own], x[held], y[held]), strict=True):
            part.append(rows)
    return parts[0], parts[1], parts[2], parts[3]


def before_training(repeats: int, weights: list[Any]) -> Best:
    """The state before the first epoch, with the weights the repeats start from."""
    none = tf.zeros(repeats, tf.int32)
    return Best(tf.fill([repeats], True), none, tf.fill([repeats], np.inf), none, weights)


def after_epoch(best: Best, loss: Any, weights: list[Any], patience: int) -> Best:
    """The state after an epoch with validation losses (repeats,), which ended with `weights`.

    As Keras' `EarlyStopping` with `restore_best_weights`: an epoch counts as better when its loss
    is lower, and a repeat stops after `patience` epochs in a row that were not (0: never).
    """
    better = best.running & (loss < best.loss)
    wait = tf.where(better, 0, best.wait + 1)
    return Best(
        best.running & (wait < patience) if patience else best.running,
        best.epochs + tf.cast(best.running, tf.int32),
        tf.where(better, loss, best.loss),
        wait,
        [choose(better, new, old) for new, old in zip(weights, best.weights, strict=True)],
    )
