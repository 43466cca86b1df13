"""How rows are split: official parts, splits and folds drawn at random."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Protocol, Split

if TYPE_CHECKING:
    from benchmarks.dataset import Dataset


def official_split(
    id: str, *, title: str, source: str, split: str, repeats: int = 5, **other: Any
) -> Protocol:
    """Protocol of a data set that comes with its own training and test rows.

    Rows 0 … `dataset.train_rows`-1 train, the others test, in every repeat; repeats are
    `repeats` training seeds 0, 1, …, so the verdict is about the recipe on these rows. Windows
    with targets on both sides of the line do neither. `other` are further fields of `Protocol`
    (`selection=…`). Calling `splits` raises ValueError on a data set that does not say where its
    training rows end.
    """
    return Protocol(
        id=id,
        title=title,
        source=source,
        split=split,
        repeats=repeats,
        unit="seed",
        spread=f"standard deviation over {repeats} training seeds",
        splits=partial(_official_rows, repeats=repeats),
        **other,
    )


def chronological(id: str, *, title: str, source: str, split: str, repeats: int = 5) -> Protocol:
    """Protocol of one-step forecasts of a series: earlier targets train, later ones test.

    Every forecast starts from true values, never from forecasts.
    """
    return official_split(id, title=title, source=source, split=split, repeats=repeats)


def rolling_origins(id: str, *, title: str, source: str, split: str, repeats: int = 5) -> Protocol:
    """Protocol of forecasts over several steps from every origin: earlier ones train, later test.

    Rows whose targets lie on both sides of the split are not in the data (`data.own.panel`). Every
    forecast starts from true values, never from forecasts.
    """
    made = official_split(id, title=title, source=source, split=split, repeats=repeats)
    return replace(made, splits=partial(_rows_before, repeats=repeats))


def _rows_before(dataset: Dataset, *, repeats: int) -> list[Split]:
    rows, cut = len(dataset.y), dataset.train_rows
    if cut is None or not 0 < cut < rows:
        raise ValueError(
            f"expected origins that train and origins that test, received train_rows={cut} of "
            f"{rows}. The data source has to set it."
        )
    return [Split(np.arange(cut), np.arange(cut, rows), seed) for seed in range(repeats)]


def _official_rows(dataset: Dataset, *, repeats: int) -> list[Split]:
    rows, cut = len(dataset.y), dataset.train_rows
    if cut is None or not 0 < cut < rows:
        raise ValueError(
            f"expected a data set with an official split, train_rows between 1 and {rows - 1}; "
            f"received train_rows={cut}. The data source has to set it."
        )
    steps = dataset.y.shape[1] if dataset.y.ndim > 1 else 1
    test = np.arange(cut + steps - 1, rows)
    return [Split(np.arange(cut), test, seed) for seed in range(repeats)]


def published_folds(dataset: Dataset) -> list[Split]:
    """The folds published with the data; the training seed of a fold is its number, from 0."""
    if not dataset.folds:
        raise ValueError("expected a data set with published folds, received one without any")
    return [Split(train, test, seed) for seed, (train, test) in enumerate(dataset.folds)]


def random_splits(dataset: Dataset, *, repeats: int) -> list[Split]:
    """90/10 splits, permutations from NumPy's legacy generator with seed 1: see `REG20`."""
    rows = len(dataset.y)
    if rows < 10:
        raise ValueError(f"expected at least 10 rows for 90/10 splits, received {rows}")
    generator = np.random.RandomState(1)
    splits = []
    for repeat in range(repeats):
        order = generator.choice(range(rows), rows, replace=False)
        cut = round(0.9 * rows)
        splits.append(Split(train=order[:cut], test=order[cut:], seed=repeat))
    return splits


def unstratified_folds(dataset: Dataset) -> list[Split]:
    """Ten folds, three times: scikit-learn's `RepeatedKFold(10, 3, random_state=1)`."""
    from sklearn.model_selection import RepeatedKFold

    if len(dataset.y) < 10:
        raise ValueError(f"expected at least 10 rows for 10 folds, received {len(dataset.y)}")
    folds = RepeatedKFold(n_splits=10, n_repeats=3, random_state=1)
    pairs = folds.split(np.zeros((len(dataset.y), 1)))
    return [Split(train, test, seed) for seed, (train, test) in enumerate(pairs)]


def stratified_folds(dataset: Dataset) -> list[Split]:
    """The same with as many of each class in every fold, by `RepeatedStratifiedKFold`."""
    from sklearn.model_selection import RepeatedStratifiedKFold

    classes, counts = np.unique(dataset.y, return_counts=True)
    if dataset.y.dtype.kind not in "iu" or counts.min() < 10:
        raise ValueError(
            "expected integer classes with at least 10 rows each for 10 stratified folds; "
            f"received {dataset.y.dtype} with {len(classes)} values, the rarest "
            f"{counts.min()} times"
        )
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=1)
    pairs = folds.split(np.zeros((len(dataset.y), 1)), dataset.y)
    return [Split(train, test, seed) for seed, (train, test) in enumerate(pairs)]
