"""Classical models whose settings are chosen in every repeat, on its training rows alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.estimators import flat, probabilities

FOLDS = 5
SEVERAL = 1000
"""Most training rows with which all inner folds judge a setting; with more, the first alone."""
MOST = 3000
"""Most training rows, a random sample, that settings are chosen on."""


def tuned_estimator(
    name: str,
    make: Callable[[], Any],
    grid: Mapping[str, Sequence[Any]],
    about: str,
    *,
    repeats: int = 0,
    suite: str = "full",
) -> Entry:
    """An entry that fits a classifier of scikit-learn with the best setting of a grid.

    Settings are judged by accuracy on inner folds of at most `MOST` training rows (`FOLDS`,
    stratified), the best is fitted on all training rows. An empty grid leaves nothing to choose.
    """
    values = {"grid": {key: list(choices) for key, choices in grid.items()}}
    return Entry(
        name,
        "reference",
        partial(_fit, make=make, grid=grid),
        about,
        values,
        suite=suite,
        stack=1,
        repeats=repeats,
        protocol={"tuning": "on training rows"} if grid else {},
    )


def _fit(
    trainings: Sequence[Training], *, make: Callable[[], Any], grid: Mapping[str, Sequence[Any]]
) -> list[Fitted]:
    return [_one(training, make, grid) for training in trainings]


def _one(training: Training, make: Callable[[], Any], grid: Mapping[str, Sequence[Any]]) -> Fitted:
    x, y, classes = flat(training.x), training.y, training.classes
    present = np.unique(y)
    if len(present) == 1:  # nothing to learn, and most classifiers refuse it
        certain = np.eye(classes)[present[0]]
        return Fitted(lambda rows: np.tile(certain, (len(rows), 1)), notes={"one_class": True})
    model = make()
    if "random_state" in model.get_params():
        model.set_params(random_state=training.seed)
    chosen = _best(training, model, grid) if grid else {}
    model.set_params(**chosen).fit(x, y)
    return Fitted(lambda rows: probabilities(model, flat(rows), classes), notes={"chosen": chosen})


def _best(training: Training, model: Any, grid: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    from sklearn.base import clone
    from sklearn.model_selection import ParameterGrid

    x, y = flat(training.x), training.y
    rows = np.random.default_rng([training.seed, len(y)]).permutation(len(y))[:MOST]
    folds = inner_folds(y[rows], training.seed)[: FOLDS if len(y) <= SEVERAL else 1]
    best, most = {}, -1.0
    for settings in ParameterGrid({key: list(choices) for key, choices in grid.items()}):
        right = []
        for held in folds:
            learnt, judged = rows[~held], rows[held]
            if len(np.unique(y[learnt])) < 2 or settings.get("n_neighbors", 0) > len(learnt):
                continue
            fitted = clone(model).set_params(**settings).fit(x[learnt], y[learnt])
            right += list(fitted.predict(x[judged]) == y[judged])
        if right and float(np.mean(right)) > most:
            best, most = dict(settings), float(np.mean(right))
    return best


def inner_folds(y: np.ndarray, seed: int, folds: int = FOLDS) -> list[np.ndarray]:
    """Masks (n,) of the rows that each fold holds out, at most `folds`; stratified by class.

    Unlike scikit-learn's `StratifiedKFold` it takes classes of fewer rows than folds.
    """
    random = np.random.default_rng([seed, len(y), folds])
    order = random.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    place = np.empty(len(y), np.int64)
    place[order] = np.arange(len(y)) % folds
    return [place == fold for fold in range(folds) if (place == fold).any()]


def svm(*, repeats: int = 0) -> Entry:
    """A support vector machine with a Gaussian kernel, C and gamma chosen."""

    def make() -> Any:
        from sklearn.svm import SVC

        return SVC(cache_size=500)

    return tuned_estimator(
        "svm",
        make,
        {"C": [0.5, 2.0, 8.0, 32.0, 128.0], "gamma": [0.001, 0.004, 0.016, 0.06, 0.25, 1.0]},
        "Support vector machine with a Gaussian kernel, cost and width chosen in every fold.",
        repeats=repeats,
    )


def random_forest(*, repeats: int = 0) -> Entry:
    """Three hundred trees on bootstrap samples, with scikit-learn's defaults."""

    def make() -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(300)

    about = "Random forest of 300 trees, scikit-learn's defaults."
    return tuned_estimator("random-forest", make, {}, about, repeats=repeats)


def logistic(*, repeats: int = 0) -> Entry:
    """Multinomial logistic regression, C chosen."""

    def make() -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=300)

    about = "Multinomial logistic regression, the penalty chosen in every fold."
    grid = {"C": [0.01, 0.1, 1.0, 10.0, 100.0]}
    return tuned_estimator("logistic", make, grid, about, repeats=repeats, suite="standard")


def neighbours(*, repeats: int = 0) -> Entry:
    """K nearest neighbours by Euclidean distance, k chosen."""

    def make() -> Any:
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier()

    about = "Nearest neighbours by Euclidean distance, their number chosen in every fold."
    grid = {"n_neighbors": [1, 3, 5, 9, 15, 25]}
    return tuned_estimator("k-nn", make, grid, about, repeats=repeats, suite="standard")


def tree_boosting(*, repeats: int = 0, iterations: int = 100) -> Entry:
    """Histogram gradient boosting, `iterations` rounds of a tree for every class."""

    def make() -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(max_iter=iterations)

    about = f"Histogram gradient boosting, {iterations} rounds, else scikit-learn's defaults."
    return tuned_estimator("boosting", make, {}, about, repeats=repeats)
