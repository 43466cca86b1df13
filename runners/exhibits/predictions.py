"""Stored predictions of an entry, repeat by repeat and joined by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.content import EntryFigures
from runners.records.record import Record
from runners.records.store import Runs


@dataclass(frozen=True)
class EntryPredictions:
    """Every prediction of an entry: N of them, over all repeats whose predictions are readable."""

    name: str
    repeats: int
    rows: np.ndarray
    """(N,) row numbers in the data set; a row occurs once for every repeat that tested it."""
    truth: np.ndarray
    """(N,) targets, or (N, steps, series) of them."""
    values: np.ndarray
    """(N,) predicted values, (N, classes) probabilities, or (N, steps, series) forecasts."""
    std: np.ndarray | None = None
    """(N,) predicted standard deviations, where a distribution was predicted."""

    @property
    def facts(self) -> EntryFigures:
        """Its name, and how many predictions of how many rows there are."""
        return {
            "name": self.name,
            "repeats": self.repeats,
            "predictions": len(self.rows),
            "rows": len(self.distinct),
        }

    @cached_property
    def _grouped(self) -> tuple[np.ndarray, np.ndarray]:
        return np.unique(self.rows, return_inverse=True)

    @property
    def distinct(self) -> np.ndarray:
        """(n,) the rows that were tested, each once, in ascending order."""
        return self._grouped[0]

    @property
    def place(self) -> np.ndarray:
        """(N,) of every prediction, the place of its row in `distinct`."""
        return self._grouped[1]

    @cached_property
    def times(self) -> np.ndarray:
        """(n,) how many repeats tested each row."""
        return np.bincount(self.place, minlength=len(self.distinct))

    @cached_property
    def mean(self) -> np.ndarray:
        """(n,) or (n, classes): the mean prediction over the repeats that tested the row."""
        total = np.zeros((len(self.distinct), *self.values.shape[1:]))
        np.add.at(total, self.place, self.values.astype(np.float64))
        return total / self.times.reshape(-1, *[1] * (self.values.ndim - 1))

    def summed(self, one_each: np.ndarray) -> np.ndarray:
        """(n,) sums over the repeats that tested a row, of (N,) numbers."""
        return np.bincount(self.place, weights=one_each, minlength=len(self.distinct))


def predictions_of(
    runs: Runs, records: Sequence[Record], dataset: Dataset, task: str
) -> EntryPredictions | None:
    """The predictions beside an entry's records; None where none can be read.

    A repeat whose predictions are missing, damaged or of another shape is left out.
    """
    rows: list[np.ndarray] = []
    values: list[np.ndarray] = []
    classes = len(dataset.class_names)
    forms: list[tuple[int, ...]] = [(), (2,)] if dataset.y.ndim == 1 else [dataset.y.shape[1:]]
    for record in records:
        predicted = runs.predictions(record)
        if predicted is None or not 0 < len(predicted.rows) == len(predicted.values):
            continue
        shape = predicted.values.shape[1:]
        expected = shape == (classes,) if task == "classification" else shape in forms
        if not expected or not np.isfinite(predicted.values).all():
            continue
        if predicted.rows.min() < 0 or predicted.rows.max() >= len(dataset.y):
            continue
        if values and values[0].shape[1:] != shape:
            continue
        rows.append(predicted.rows)
        values.append(predicted.values)
    if not rows:
        return None
    row, value = np.concatenate(rows).astype(np.int64), np.concatenate(values)
    spread = task == "regression" and dataset.y.ndim == 1 and value.ndim == 2
    return EntryPredictions(
        name=records[-1]["entry"]["name"],
        repeats=len(rows),
        rows=row,
        truth=dataset.y[row],
        values=value[:, 0] if spread else value,
        std=value[:, 1] if spread else None,
    )
