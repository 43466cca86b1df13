"""The rows of all repeats as arrays with a leading repeat axis, and the order they are taken in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def pad(arrays: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    """(repeats, rows of the longest, …), zero where a repeat has no more rows."""
    longest = max(len(array) for array in arrays)
    out = np.zeros((len(arrays), longest, *arrays[0].shape[1:]), dtype)
    for repeat, array in enumerate(arrays):
        out[repeat, : len(array)] = array
    return out


def row_weights(sizes: Sequence[int], steps: int, batch: int) -> np.ndarray:
    """(steps, repeats, batch): 1 where a batch position holds a row, 0 past a repeat's end."""
    positions = np.arange(steps * batch)
    mask = (positions[None, :] < np.asarray(sizes)[:, None]).astype(np.float32)
    return np.ascontiguousarray(mask.reshape(len(sizes), steps, batch).transpose(1, 0, 2))


def orders(
    sizes: Sequence[int], seeds: Sequence[int], start: int, count: int, width: int
) -> np.ndarray:
    """(epochs, repeats, width) row numbers: a fresh shuffle per repeat and epoch, wrapped round.

    A shuffle depends on its own seed and epoch alone, not on who shares the stack.
    """
    out = np.empty((count, len(sizes), width), np.int32)
    for repeat, (size, seed) in enumerate(zip(sizes, seeds, strict=True)):
        around = np.arange(size, width) % size
        for epoch in range(count):
            order = np.random.default_rng([seed, start + epoch]).permutation(size)
            out[epoch, repeat, :size] = order
            out[epoch, repeat, size:] = order[around]
    return out
