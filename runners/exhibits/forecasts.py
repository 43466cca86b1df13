"""Errors of forecasts over several steps and series, and some forecasts as examples."""

from __future__ import annotations

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.content import EntryFigures, WindowExample
from runners.exhibits.predictions import EntryPredictions
from runners.exhibits.rows import to_digits

HISTORY = 48
"""Steps before a forecast that are drawn."""
STEPS = 120
"""Points of a forecast kept at most."""
RANKS = (("smallest error", 0.0), ("median error", 0.5), ("largest error", 1.0))
"""Windows drawn: by the rank of their mean squared error."""


def errors(entry: EntryPredictions, dataset: Dataset) -> EntryFigures:
    """MSE and MAE by series, and MSE by step ahead, over every prediction.

    `entry.values` and `entry.truth` are (N, steps, series).
    """
    _, steps, count = entry.values.shape
    squares = np.zeros((steps, count))
    absolute = np.zeros_like(squares)
    for start in range(0, len(entry.rows), 256):  # long windows take gigabytes otherwise
        off = entry.values[start : start + 256] - entry.truth[start : start + 256]
        squares += (off.astype(np.float64) ** 2).sum(axis=0)
        absolute += np.abs(off).sum(axis=0)
    squares, absolute = squares / len(entry.rows), absolute / len(entry.rows)
    names = list(dataset.feature_names)
    names = names if len(names) == count else [f"series {i + 1}" for i in range(count)]
    points = np.unique(np.linspace(0, steps - 1, min(steps, STEPS)).round().astype(int))
    return {
        **entry.facts,
        "mse": to_digits(squares.mean()),
        "mae": to_digits(absolute.mean()),
        "by_series": [
            (name, to_digits(squares[:, i].mean()), to_digits(absolute[:, i].mean()))
            for i, name in enumerate(names)
        ],
        "by_step": {
            "steps": [int(i) + 1 for i in points],
            "mse": [to_digits(v, 4) for v in squares.mean(axis=1)[points]],
        },
    }


def examples(entry: EntryPredictions, dataset: Dataset) -> list[WindowExample]:
    """The forecasts of the last series with the smallest, the median and the largest error."""
    of_windows = np.array(
        [
            float(np.mean((v.astype(np.float64) - t) ** 2))
            for v, t in zip(entry.values[..., -1], entry.truth[..., -1], strict=True)
        ]
    )
    error = entry.summed(of_windows) / entry.times
    order = np.lexsort((entry.distinct, error))
    names = dataset.feature_names
    windows: list[WindowExample] = []
    for what, rank in RANKS:
        place = order[round(rank * (len(order) - 1))]
        row = int(entry.distinct[place])
        mean = entry.values[entry.rows == row][..., -1].mean(axis=0)
        truth = dataset.y[row][..., -1]
        points = np.unique(
            np.linspace(0, len(truth) - 1, min(len(truth), STEPS)).round().astype(int)
        )
        history = dataset.x[row][-HISTORY:, -1]
        windows.append(
            {
                "what": what,
                "row": row,
                "series": names[-1] if names else "",
                "mse": to_digits(error[place]),
                "history": [to_digits(v, 4) for v in history],
                "at": [int(i) + 1 for i in points],
                "truth": [to_digits(v, 4) for v in truth[points]],
                "mean": [to_digits(v, 4) for v in mean[points]],
            }
        )
    return windows
