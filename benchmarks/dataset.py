"""What a data source yields: arrays in a fixed row order, and where they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.texts import canonical_bytes
from benchmarks.windows import spanned


@dataclass(frozen=True)
class Dataset:
    """Inputs and targets in the row order the protocol's splits count in.

    Classes are integers 0 … k-1 in the order of `class_names`, whatever the source calls them,
    so that two copies of the same data have the same digest.
    """

    x: np.ndarray
    """(n, ...) float64 or uint8; sliding windows of a series as a view of it (`windows`); (n,)
    strings of texts (`texts`)."""
    y: np.ndarray
    """(n,) float64 targets, or int64 classes; of forecasts over several steps (n, steps, series)
    windows."""
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    """Empty for regression."""
    train_rows: int | None = None
    """Where the official files draw the line: rows before it train, the rest test."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the reader of the source noticed, such as first and last year of a series."""
    gaps: bool = False
    """Whether NaN in x stands for a missing value; elsewhere it is an error."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of features that are codes: what the codes 0, 1, … stand for, by name of the feature."""
    groups: np.ndarray | None = None
    """(n,) numbers; rows with the same one belong together, for splits that keep them so."""
    folds: Sequence[tuple[np.ndarray, np.ndarray]] = ()
    """Row numbers that train and that test, of every fold published with the data."""

    @property
    def digest(self) -> str:
        """`sha256:…` over shapes, types and every value of X, y and published folds in row order.

        Of overlapping windows each step counts once.
        """
        sha = hashlib.sha256()
        for array in (self.x, self.y, *(rows for fold in self.folds for rows in fold)):
            if array.dtype == object:
                sha.update(f"texts{array.shape}".encode() + canonical_bytes(array))
                continue
            canonical = np.ascontiguousarray(spanned(array))
            if canonical.dtype.kind == "f":
                canonical = canonical.astype("<f8") + 0.0  # -0.0 and 0.0 are one value
            elif canonical.dtype != np.uint8:
                canonical = canonical.astype("<i8")
            sha.update(f"{canonical.dtype.str}{array.shape}".encode())
            sha.update(np.ascontiguousarray(canonical).tobytes())
        return f"sha256:{sha.hexdigest()}"


@dataclass(frozen=True)
class Deviation:
    """A known difference between the copy at hand and the official data, with its bound."""

    what: str
    bound: float
    """The most it can move the headline metric, in the metric's unit, either way."""


@dataclass(frozen=True)
class Loaded:
    """A data set together with the copy it was read from."""

    dataset: Dataset
    copy: str
    """Which copy, in words: "UCI's Concrete_Data.xls", "scikit-learn's copy"."""
    files: Mapping[str, str]
    """sha256 of every file read, by official name."""
    official: bool
    """Whether every file has the hash its publisher's copy has."""
    deviations: tuple[Deviation, ...] = ()
