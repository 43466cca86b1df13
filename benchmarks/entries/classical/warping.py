"""The nearest neighbour under dynamic time warping, the reference of time-series classification."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.memoize import memoized

WINDOWS = (0.0, 0.02, 0.05, 0.1, 0.2)
"""Shares of the length two aligned steps may lie apart; the archive's own search tries 0 to 1 in
hundredths."""


def warped_neighbour(windows: Sequence[float] = WINDOWS) -> Entry:
    """1-NN by dynamic time warping, its window chosen by leaving out each training series once.

    Sakoe and Chiba, *Dynamic programming algorithm optimization for spoken word recognition*, IEEE
    Trans. Acoust. Speech Signal Process. 26 (1978); several channels are warped together. Trailing
    steps that are 0 in every channel are padding and are not compared. Of windows with as few
    errors the narrowest is taken.
    """

    def fit(train: Training) -> Fitted:
        errors = [_left_out_errors(train, window) for window in windows] if windows[1:] else [0]
        best = windows[int(np.argmin(errors))]

        def predict(x: np.ndarray) -> np.ndarray:
            nearest = warped_distances(x, train.x, best).argmin(axis=1)
            one_hot: np.ndarray = np.eye(train.classes)[train.y[nearest]]
            return one_hot

        return Fitted(predict, notes={"window": best, "errors_left_out": errors})

    about = "1 nearest neighbour by dynamic time warping, its window chosen on training series."
    return Entry("1-nn-dtw", "reference", memoized(fit), about, {"windows": list(windows)}, stack=0)


def _left_out_errors(train: Training, window: float) -> int:
    distances = warped_distances(train.x, train.x, window)
    np.fill_diagonal(distances, np.inf)
    return int((train.y[distances.argmin(axis=1)] != train.y).sum())


def warped_distances(
    some: np.ndarray, others: np.ndarray, window: float, block: int = 64
) -> np.ndarray:
    """Squared warping distances (len(some), len(others)) between series (n, steps, channels).

    Sums of squared differences along the cheapest alignment in which aligned steps lie at most
    `window` of the longest series' length apart; infinite where the lengths differ by more.
    """
    reach = int(window * some.shape[1])
    parts = [
        _distances(some[start : start + block], others, reach)
        for start in range(0, len(some), block)
    ]
    return np.concatenate(parts)


def _distances(some: np.ndarray, others: np.ndarray, reach: int) -> np.ndarray:
    steps = some.shape[1]
    ends, other_ends = _lengths(some) - 1, _lengths(others) - 1
    a = np.moveaxis(some, 0, -1)[..., None].astype(np.float32)
    b = np.moveaxis(others, 0, -1)[:, :, None].astype(np.float32)
    shape = (len(some), len(others))
    found = np.full(shape, np.inf, np.float32)
    cost = np.full((steps, *shape), np.inf, np.float32)
    """Cheapest alignment of the steps so far of one series with those up to j of the other."""
    columns = np.arange(len(others))
    for i in range(steps):
        low, high = max(0, i - reach), min(steps, i + reach + 1)
        diagonal = cost[low - 1].copy() if low else np.full(shape, np.inf, np.float32)
        if low:
            cost[low - 1] = np.inf
        for j in range(low, high):
            gap = a[i] - b[j]
            here = np.einsum("cmn,cmn->mn", gap, gap)
            if i or j:
                cheapest = np.minimum(cost[j], diagonal)
                if j > low:
                    np.minimum(cheapest, cost[j - 1], out=cheapest)
                here += cheapest
            diagonal, cost[j] = cost[j].copy(), here
        ended = np.flatnonzero(ends == i)
        found[ended] = cost[other_ends[None, :], ended[:, None], columns[None, :]]
    return found


def _lengths(x: np.ndarray) -> np.ndarray:
    """Steps of each series before its padding; at least 1."""
    there = np.asarray(x.any(axis=2))
    last = x.shape[1] - there[:, ::-1].argmax(axis=1)
    return np.where(np.asarray(there.any(axis=1)), last, 1)
