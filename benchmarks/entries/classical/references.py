"""Trivial baselines, which a network must beat, and classical ones beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.estimators import flat, probabilities


def mean() -> Entry:
    """Trivial baseline for regression: the mean of the training targets."""

    def fit(train: Training) -> Fitted:
        value = float(np.mean(train.y))
        return Fitted(lambda x: np.full(len(x), value), params=1)

    return _reference("mean", fit, "Always predicts the mean of the training targets.", floor=True)


def majority() -> Entry:
    """Trivial baseline for classification: how often each class occurs in the training rows."""

    def fit(train: Training) -> Fitted:
        share = np.bincount(train.y, minlength=train.classes) / len(train.y)
        return Fitted(lambda x: np.tile(share, (len(x), 1)), params=train.classes)

    about = "Always predicts the most frequent class of the training rows."
    return _reference("majority", fit, about, floor=True)


def persistence() -> Entry:
    """Trivial baseline for forecasts of one step: the last value of the window."""

    def fit(train: Training) -> Fitted:
        return Fitted(lambda x: np.asarray(x, float)[:, -1, 0], params=0)

    about = "Repeats the last observed value of the window."
    return _reference("persistence", fit, about, floor=True)


def linear() -> Entry:
    """Least squares for regression, a least-squares (ridge) classifier for classes."""

    def fit(train: Training) -> Fitted:
        from sklearn.linear_model import LinearRegression, RidgeClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        x = flat(train.x)
        if train.task == "regression":
            model = make_pipeline(StandardScaler(), LinearRegression()).fit(x, train.y)
            return Fitted(lambda x: model.predict(flat(x)), params=x.shape[1] + 1)
        model = make_pipeline(StandardScaler(), RidgeClassifier(alpha=1.0)).fit(x, train.y)
        params = (x.shape[1] + 1) * train.classes
        return Fitted(lambda x: _one_hot(model.predict(flat(x)), train.classes), params=params)

    about = "Linear model on standardised inputs, by least squares."
    return _reference("linear", fit, about, values={"ridge_alpha": 1.0})


def nearest(k: int = 1) -> Entry:
    """K nearest neighbours by Euclidean distance on the raw inputs."""

    def fit(train: Training) -> Fitted:
        from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

        x = flat(train.x)
        if train.task == "regression":
            regressor = KNeighborsRegressor(k).fit(x, train.y)
            return Fitted(lambda x: regressor.predict(flat(x)))
        classifier = KNeighborsClassifier(k).fit(x, train.y)
        return Fitted(lambda x: probabilities(classifier, flat(x), train.classes))

    about = f"{k} nearest neighbour{'s' * (k > 1)} by Euclidean distance on the raw inputs."
    return _reference(f"{k}-nn", fit, about, values={"k": k})


def boosting() -> Entry:
    """Histogram gradient boosting with scikit-learn's defaults."""

    def fit(train: Training) -> Fitted:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        x = flat(train.x)
        if train.task == "regression":
            regressor = HistGradientBoostingRegressor(random_state=train.seed).fit(x, train.y)
            return Fitted(lambda x: regressor.predict(flat(x)))
        classifier = HistGradientBoostingClassifier(random_state=train.seed).fit(x, train.y)
        return Fitted(lambda x: probabilities(classifier, flat(x), train.classes))

    about = "Histogram gradient boosting, scikit-learn's defaults."
    return _reference("boosting", fit, about)


def _reference(
    name: str,
    fit: Callable[[Training], Fitted],
    about: str,
    *,
    floor: bool = False,
    values: dict[str, Any] | None = None,
) -> Entry:
    def each(trainings: Sequence[Training]) -> list[Fitted]:
        return [fit(training) for training in trainings]

    # All repeats in one group: handing a task to a worker costs more than most references do.
    return Entry(name, "reference", each, about, values or {}, floor=floor, stack=0)


def _one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    return np.eye(classes)[labels]
