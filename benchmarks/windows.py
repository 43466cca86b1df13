"""Sliding windows as views: every value of a series is kept once, however long its windows."""

from __future__ import annotations

import numpy as np


def windows(series: np.ndarray, length: int) -> np.ndarray:
    """All windows of `length` steps of a series (steps, ...), oldest first, as a read-only view.

    Shape (steps - length + 1, length, ...). Raises ValueError for a series shorter than one.
    """
    if not 1 <= length <= len(series):
        raise ValueError(
            f"expected a series of at least one window of {length} steps, received {len(series)} "
            "steps; shorten the window"
        )
    view = np.lib.stride_tricks.sliding_window_view(series, length, axis=0)
    return np.moveaxis(view, -1, 1)


def overlapping(array: np.ndarray) -> bool:
    """Whether an array is such a view: the step to the next row is the step to the next time."""
    return (
        array.ndim >= 2
        and len(array) > 1
        and array.shape[1] > 1
        and array.strides[0] == array.strides[1] != 0
    )


def spanned(array: np.ndarray) -> np.ndarray:
    """The values an array is made of: of overlapping windows the series they span, else itself."""
    return np.concatenate([array[:, 0], array[-1, 1:]]) if overlapping(array) else array


def taken(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Copy of the rows, from which nothing leads back to the others.

    Consecutive windows stay windows, of a copy of the steps these rows span and no further.
    """
    if overlapping(array) and len(rows) > 1 and (np.diff(rows) == 1).all():
        return windows(spanned(array[rows[0] : rows[-1] + 1]), array.shape[1])
    return array[rows]
