"""How the rows of a data set lie to its splits and its target, for the checks of a benchmark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.data import Dataset
from benchmarks.definition import Split
from benchmarks.texts import beside_numbers, canonical_bytes
from runners.exhibits.rows import columns, to_digits
from runners.exhibits.texts import parts
from runners.records.findings import SingleFeature

MOST_ROWS = 4000
"""Rows a tree is fitted on at most, evenly spaced."""
FOLDS = 5
LEAF = 5
"""Rows of a leaf at least: a tree must not learn single rows by heart."""


def repeated(dataset: Dataset, splits: Sequence[Split]) -> float | None:
    """Mean share of the test rows whose inputs occur among the training rows of their split.

    None for images (`duplicates.near_duplicates`) and for windows of a series.
    """
    x = dataset.x
    if (x.dtype == np.uint8 and x.ndim == 4) or (x.ndim == 3 and not dataset.class_names):
        return None
    if x.dtype == object:  # texts
        rows = [canonical_bytes(np.atleast_1d(row)) for row in x]
        _, kinds = np.unique(np.array(rows, object), return_inverse=True)
    else:
        flat = np.ascontiguousarray(x.reshape(len(x), -1)) + 0.0  # minus nought is nought
        _, kinds = np.unique(
            flat.view(np.void(flat.shape[1] * flat.itemsize).dtype), return_inverse=True
        )
    kinds = kinds.ravel()
    distinct = {id(split.test): split for split in splits}.values()
    shares = [np.isin(kinds[split.test], kinds[split.train]).mean() for split in distinct]
    return to_digits(np.mean(shares), 4)


def most_telling(dataset: Dataset) -> SingleFeature | None:
    """The feature of a table that alone predicts the target best; None for what is no table."""
    if beside_numbers(dataset.x):
        dataset, _ = parts(dataset)
        if not dataset.x.shape[1]:
            return None
    if dataset.x.ndim != 2 or dataset.y.ndim != 1 or len(dataset.y) < FOLDS * LEAF:
        return None
    from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    few = np.unique(
        np.linspace(0, len(dataset.y) - 1, min(MOST_ROWS, len(dataset.y))).round().astype(int)
    )
    y = dataset.y[few]
    if dataset.class_names:
        if np.bincount(y.astype(int))[np.unique(y.astype(int))].min() < FOLDS:
            return None
        tree, scoring = DecisionTreeClassifier(min_samples_leaf=LEAF), "balanced_accuracy"
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    else:
        tree, scoring = DecisionTreeRegressor(min_samples_leaf=LEAF), "r2"
        folds = KFold(FOLDS, shuffle=True, random_state=0)
    tree.set_params(random_state=0)
    best: SingleFeature | None = None
    for column in columns(dataset):
        values = column.values(dataset.x)[few].astype(np.float64)[:, None]
        score = to_digits(cross_val_score(tree, values, y, cv=folds, scoring=scoring).mean(), 4)
        if best is None or score > best["score"]:
            best = {"name": column.name, "score": score}
    return best
