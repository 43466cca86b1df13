"""Leakage: columns that alone predict the target, and rows that stand twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.own.dates import as_dates
from benchmarks.data.own.frames import Frame, as_numbers
from runners.new.columns import Column
from runners.new.targets import Target, normalised, target_rows

if TYPE_CHECKING:
    import pandas as pd

TOO_GOOD = 0.99
"""Area under the curve, or share of variance explained, from which a column is a leak."""
SAMPLE = 2_000
"""Rows a column is tried on."""


@dataclass(frozen=True)
class LeakingColumn:
    """A column that predicts the target alone."""

    name: str
    score: float
    measure: str
    same_as_target: bool = False
    """Whether it is the target in other words, value for value."""


@dataclass(frozen=True)
class DuplicateRows:
    """Rows whose used columns are equal, cell for cell."""

    copies: int = 0
    """Rows that another, earlier one equals in all inputs and in the target."""
    conflicting: int = 0
    """Rows with an equal one of another target."""
    across: int = 0
    """Rows that are tested while an equal one trains, in the folds as they are drawn."""


def leaks(frame: Frame, columns: Sequence[Column], target: Target) -> list[LeakingColumn]:
    """Columns that alone predict the target, best first.

    A small decision tree on the column, by cross-validation in three folds of at most 2,000 rows:
    above 0.99 of area under the ROC curve (classes) or of explained variance (numbers) it is a
    suspect. A column that is the target in other words is said to be.
    """
    known = target_rows(frame, target)
    y = targets(frame, target, known)
    order = np.random.default_rng(1).permutation(len(y))[:SAMPLE]
    sample = frame.table.iloc[np.flatnonzero(known)[order]].reset_index(drop=True)
    part = replace(frame, table=sample, lines=None)
    leaking = []
    for column in columns:
        x = as_codes(part, column)
        if same_as_target(frame, column, target, known):
            leaking.append(
                LeakingColumn(column.name, 1.0, "the target in other words", same_as_target=True)
            )
            continue
        score, measure = score_alone(x, y[order], target)
        if score >= TOO_GOOD:
            leaking.append(LeakingColumn(column.name, score, measure))
    return sorted(leaking, key=lambda one: (-one.score, one.name))


def named_like_target(columns: Sequence[Column], target: Target) -> list[str]:
    """Columns whose name says that they were made from the target, such as `churn_score`."""
    wanted = normalised(target.name)
    return [
        column.name
        for column in columns
        if (len(wanted) >= 4 and wanted in normalised(column.name))
        or re.search(r"target|label|outcome", column.name.lower())
    ]


def targets(frame: Frame, target: Target, known: np.ndarray) -> np.ndarray:
    """Targets of the rows that have one: places among the classes, or numbers."""
    if target.values is not None:
        return target.values
    places = {name: place for place, name in enumerate(target.classes)}
    return frame.table[target.name][known].map(places).to_numpy(np.int64)


def as_codes(frame: Frame, column: Column) -> np.ndarray:
    """A column as one number a row, for a tree: categories in the order of their alphabet."""
    if column.kind == "date":
        dates = as_dates(frame, column.name)
        return np.where(np.isnat(dates), np.nan, dates.astype(np.int64).astype(np.float64))
    if column.numeric:
        return as_numbers(frame, column.name)
    import pandas as pd

    codes = pd.factorize(frame.table[column.name], sort=True)[0]
    return np.asarray(codes, np.float64)


def same_as_target(frame: Frame, column: Column, target: Target, known: np.ndarray) -> bool:
    """Whether every value of a column stands for one value of the target and the reverse.

    Numbers of a regression have to be equal: among amounts that all differ, any two columns pair.
    """
    if column.missing or (target.values is not None and not column.numeric):
        return False
    if target.values is not None:
        if column.values != len(np.unique(target.values)):
            return False
        return bool(np.array_equal(as_numbers(frame, column.name)[known], target.values))
    if column.values != len(target.classes):
        return False
    pairs = frame.table.loc[known, [column.name, target.name]]
    return len(pairs.drop_duplicates()) == column.values == pairs[column.name].nunique()


def score_alone(x: np.ndarray, y: np.ndarray, target: Target) -> tuple[float, str]:
    """How well one column (n,) predicts the target, and by which measure; 0.0 where not at all."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows, measure = x[:, None], "R²" if target.values is not None else "AUC"
    folds: Any
    score: Callable[[Any, np.ndarray, np.ndarray], float]
    if target.values is not None:
        tree = DecisionTreeRegressor(max_leaf_nodes=64, min_samples_leaf=2, random_state=1)
        folds = KFold(3, shuffle=True, random_state=1)

        def score(fitted: Any, x: np.ndarray, y: np.ndarray) -> float:
            return float(fitted.score(x, y))
    else:
        leaves = max(8, 2 * len(target.classes))
        tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=2, random_state=1)
        folds = StratifiedKFold(3, shuffle=True, random_state=1)
        if np.bincount(y)[np.unique(y)].min() < 3 or len(np.unique(y)) < 2:
            return 0.0, measure  # a class the sample has hardly any rows of

        def score(fitted: Any, x: np.ndarray, y: np.ndarray) -> float:
            likely = fitted.predict_proba(x)
            if likely.shape[1] == 2:
                return float(roc_auc_score(y, likely[:, 1]))
            return float(roc_auc_score(y, likely, multi_class="ovr", labels=fitted.classes_))

    if score(tree.fit(rows, y), rows, y) < TOO_GOOD:
        return 0.0, measure  # not even on the rows it was made from
    scores = [
        score(tree.fit(rows[train], y[train]), rows[test], y[test])
        for train, test in folds.split(rows, y)
    ]
    return float(np.mean(scores)), measure


def duplicate_rows(
    inputs: pd.DataFrame, y: np.ndarray, folds: Sequence[tuple[np.ndarray, np.ndarray]]
) -> DuplicateRows:
    """Equal rows among (n,) rows of used columns: copies, contradictions, and what folds part."""
    same = inputs.groupby(list(inputs.columns), sort=False, dropna=False).ngroup().to_numpy()
    sizes = np.bincount(same)
    if sizes.max(initial=1) < 2:
        return DuplicateRows()
    answers = np.unique(y, return_inverse=True)[1]
    pairs = same.astype(np.int64) * (answers.max() + 1) + answers
    copies = len(pairs) - len(np.unique(pairs))
    different = np.bincount(np.unique(pairs) // (answers.max() + 1), minlength=len(sizes))
    across = [np.isin(same[test], same[train]).sum() for train, test in folds]
    tested = sum(len(test) for _, test in folds)
    share = sum(across) / tested if tested else 0.0
    return DuplicateRows(copies, int((different[same] > 1).sum()), round(share * len(y)))
