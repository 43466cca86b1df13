"""How far forecasts over several steps and series are off, and what they look like."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.collecting import EntryPredictions
from runners.exhibits.showing import to_digits

HISTORY = 48
"""Steps before a forecast that are drawn."""
STEPS = 120
"""Points of a forecast kept at most."""
RANKS = (("nearest", 0.0), ("typical", 0.5), ("furthest off", 1.0))
"""Windows drawn: by the rank of their mean squared error."""


def windows(found: EntryPredictions, dataset: Dataset) -> dict[str, Any]:
    """Errors by series and by step ahead, over every prediction, and three forecasts drawn.

    `found.values` and `found.truth` are (N, steps, series).
    """
    _, steps, count = found.values.shape
    squares = np.zeros((steps, count))
    sizes = np.zeros_like(squares)
    for start in range(0, len(found.rows), 256):  # long windows take gigabytes otherwise
        off = found.values[start : start + 256] - found.truth[start : start + 256]
        squares += (off.astype(np.float64) ** 2).sum(axis=0)
        sizes += np.abs(off).sum(axis=0)
    squares, sizes = squares / len(found.rows), sizes / len(found.rows)
    names = list(dataset.feature_names)
    names = names if len(names) == count else [f"series {i + 1}" for i in range(count)]
    shown = np.unique(np.linspace(0, steps - 1, min(steps, STEPS)).round().astype(int))
    return {
        "mse": to_digits(squares.mean()),
        "mae": to_digits(sizes.mean()),
        "by_series": [
            [name, to_digits(squares[:, i].mean()), to_digits(sizes[:, i].mean())]
            for i, name in enumerate(names)
        ],
        "by_step": {
            "steps": [int(i) + 1 for i in shown],
            "mse": [to_digits(v, 4) for v in squares.mean(axis=1)[shown]],
        },
    }


def drawn(found: EntryPredictions, dataset: Dataset) -> list[dict[str, Any]]:
    """The nearest, a typical and the furthest of the forecasts of the last series."""
    one = np.array(
        [
            float(np.mean((v.astype(np.float64) - t) ** 2))
            for v, t in zip(found.values[..., -1], found.truth[..., -1], strict=True)
        ]
    )
    error = found.summed(one) / found.times
    order = np.lexsort((found.distinct, error))
    names = dataset.feature_names
    chosen = []
    for what, rank in RANKS:
        place = order[round(rank * (len(order) - 1))]
        row = int(found.distinct[place])
        mean = found.values[found.rows == row][..., -1].mean(axis=0)
        truth = dataset.y[row][..., -1]
        kept = np.unique(np.linspace(0, len(truth) - 1, min(len(truth), STEPS)).round().astype(int))
        history = dataset.x[row][-HISTORY:, -1]
        chosen.append(
            {
                "what": what,
                "row": row,
                "series": names[-1] if names else "",
                "mse": to_digits(error[place]),
                "history": [to_digits(v, 4) for v in history],
                "at": [int(i) + 1 for i in kept],
                "truth": [to_digits(v, 4) for v in truth[kept]],
                "mean": [to_digits(v, 4) for v in mean[kept]],
            }
        )
    return chosen
