"""How rows of numbers reach a network: tamed, and beside it codes one-hot and values in pieces."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from benchmarks.entries.inputs import CLOSEST, moments

Encoding = Literal["plain", "pieces"]

CODES = 12
"""Most different values of a column that is taken for a code."""
PIECES = 8
"""Most pieces of a column."""
WIDEST = 128
"""Most columns that an encoding of pieces comes to, where the plain rows have not more already."""
TAME = 3.0
"""Standard deviations that no standardised value passes."""


@dataclass(frozen=True)
class Encoder:
    """What is learnt from training rows to encode any row."""

    mean: np.ndarray
    deviation: np.ndarray
    codes: tuple[tuple[int, np.ndarray], ...]
    """Columns that are codes, with their standardised values."""
    pieces: tuple[tuple[int, tuple[tuple[float, float], ...]], ...]
    """Other columns, with the ends of their pieces."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(n, features) rows to (n, columns) float32."""
        z = (x - self.mean) / self.deviation
        parts = [z / np.sqrt(1.0 + (z / TAME) ** 2)]
        parts += [np.abs(z[:, [column]] - values) < CLOSEST for column, values in self.codes]
        for column, ends in self.pieces:
            low, high = np.array(ends).T
            parts.append(np.clip((z[:, [column]] - low) / (high - low), 0.0, 1.0) - 0.5)
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")


def fit_encoder(x: np.ndarray, encoding: Encoding) -> Encoder:
    """Learn an encoding from training rows (n, features).

    `plain`: standardised, large values drawn in smoothly (Holzmüller et al., NeurIPS 2024,
    arXiv:2407.04491, section 3). `pieces`: beside them columns of few values one-hot, and
    others in pieces between quantiles (Gorishniy et al., NeurIPS 2022, arXiv:2203.05556).
    """
    mean, variance = moments(x)
    deviation = np.sqrt(variance)
    if encoding == "plain":
        return Encoder(mean, deviation, (), ())
    z = (x - mean) / deviation
    values = [np.unique(column) for column in z.T]
    few = [place for place, found in enumerate(values) if 2 < len(found) <= CODES]
    many = [place for place, found in enumerate(values) if len(found) > CODES]
    room = WIDEST - z.shape[1]
    codes = few if sum(len(values[place]) for place in few) <= room else []
    room -= sum(len(values[place]) for place in codes)
    count = min(PIECES, room // len(many)) if many else 0
    pieces = [(place, _pieces(z[:, place], count)) for place in many] if count > 1 else []
    return Encoder(
        mean,
        deviation,
        tuple((place, values[place]) for place in codes),
        tuple((place, ends) for place, ends in pieces if ends),
    )


def _pieces(column: np.ndarray, count: int) -> tuple[tuple[float, float], ...]:
    """Ends of at most `count` pieces with as many rows in each."""
    ends = np.unique(np.quantile(column, np.linspace(0.0, 1.0, count + 1)))
    return tuple((low, high) for low, high in pairwise(ends.tolist()) if high - low > CLOSEST)
