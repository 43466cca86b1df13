"""Baselines without randomness, on protocols that repeat training seeds on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.definition import Fitted, Training


def memoized(fit: Callable[[Training], Fitted]) -> Callable[[Sequence[Training]], list[Fitted]]:
    """A fit for all repeats of a group that works, and predicts, once where rows are the same."""

    def each(trainings: Sequence[Training]) -> list[Fitted]:
        first = _remembering(fit(trainings[0]))
        return [first] + [
            first if _same_rows(training, trainings[0]) else fit(training)
            for training in trainings[1:]
        ]

    return each


def _same_rows(one: Training, other: Training) -> bool:
    return (
        one.x.shape == other.x.shape
        and np.array_equal(one.x, other.x)
        and np.array_equal(one.y, other.y)
    )


def _remembering(fitted: Fitted) -> Fitted:
    """The same predictor, which returns its last answer when asked the same again."""
    last: list[tuple[np.ndarray, np.ndarray]] = []

    def predict(x: np.ndarray) -> np.ndarray:
        if not last or last[0][0].shape != x.shape or not np.array_equal(last[0][0], x):
            last[:] = [(x.copy(), fitted.predict(x))]
        return last[0][1].copy()

    return replace(fitted, predict=predict)
