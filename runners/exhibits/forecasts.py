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
    names = list(dataset.feature_names[:count])
    names = names if len(names) == count else [f"series {i + 1}" for i in range(count)]
    points = np.unique(np.linspace(0, steps - 1, min(steps, STEPS)).round().astype(int))
    return {
        **entry.facts,
        "mse": to_digits(squares.mean()),
        "mae": to_digits(absolute.mean()),
        "by_series": by_id(entry, dataset)
        or [
            (name, to_digits(squares[:, i].mean()), to_digits(absolute[:, i].mean()))
            for i, name in enumerate(names)
        ],
        "by_step": {
            "steps": [int(i) + 1 for i in points],
            "mse": [to_digits(v, 4) for v in squares.mean(axis=1)[points]],
        },
    }


def by_id(entry: EntryPredictions, dataset: Dataset) -> list[tuple[str, float, float]]:
    """Name, MSE and MAE of every series that the last channel of a window numbers; [] for none."""
    found = []
    for name, rows in of_ids(entry.rows, dataset):
        off = entry.values[rows].astype(np.float64) - entry.truth[rows]
        if len(off):
            found.append((name, to_digits((off**2).mean()), to_digits(np.abs(off).mean())))
    return found


def of_ids(rows: np.ndarray, dataset: Dataset) -> list[tuple[str, np.ndarray]]:
    """Which of these rows are of each series, where the data tells several apart (`own_panel`)."""
    (names, *_) = (*dataset.words.values(), ())
    codes = dataset.x[rows, 0, -1] if names else np.array([])
    return [(name, np.flatnonzero(codes == code)) for code, name in enumerate(names)]


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
    channel = entry.truth.shape[-1] - 1
    names, windows = dataset.feature_names, list[WindowExample]()
    for what, rank in RANKS:
        place = order[round(rank * (len(order) - 1))]
        row = int(entry.distinct[place])
        mean = entry.values[entry.rows == row][..., -1].mean(axis=0)
        truth = dataset.y[row][..., -1]
        points = np.unique(
            np.linspace(0, len(truth) - 1, min(len(truth), STEPS)).round().astype(int)
        )
        history = dataset.x[row][-HISTORY:, channel]
        windows.append(
            {
                "what": what,
                "row": row,
                "series": names[channel] if names else "",
                "mse": to_digits(error[place]),
                "history": [to_digits(v, 4) for v in history],
                "at": [int(i) + 1 for i in points],
                "truth": [to_digits(v, 4) for v in truth[points]],
                "mean": [to_digits(v, 4) for v in mean[points]],
            }
        )
    return windows
