"""Any scorer of scikit-learn as a metric, by the name `sklearn.metrics.get_scorer` knows."""

from __future__ import annotations

import difflib
from functools import partial
from typing import Any

import numpy as np

from benchmarks.definition import Metric

NEGATED = "neg_"
"""What scikit-learn calls errors turned around, so that larger is better."""


def scorer(name: str, unit: str = "") -> Metric:
    """Metric by scikit-learn's name: `scorer("roc_auc")`, `scorer("neg_mean_absolute_error")`.

    Errors keep their sign: the metric of the latter is `mean_absolute_error`, smaller is better.
    Of two classes the second counts as the positive one. Its `score` takes what `accuracy`'s or
    `rmse`'s takes; it raises ValueError for a name scikit-learn does not know, with near ones,
    and for what the scorer refuses.
    """
    return Metric(
        name=name.removeprefix(NEGATED),
        unit=unit,
        direction="min" if name.startswith(NEGATED) else "max",
        score=partial(_score, name=name),
    )


def check_name(name: str) -> None:
    """Raise ValueError for a name that scikit-learn does not know, with near ones."""
    from sklearn.metrics import get_scorer_names

    known = get_scorer_names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known
        raise ValueError(
            f"expected a scorer of scikit-learn, received {name!r}; perhaps {', '.join(near)}?"
        )


def _score(y_true: np.ndarray, prediction: np.ndarray, *, name: str) -> float:
    check_name(name)
    from sklearn.metrics import get_scorer

    if len(prediction) != len(y_true) or not len(y_true):
        raise ValueError(
            f"expected a prediction for each of {len(y_true)} rows, received {len(prediction)}"
        )
    if not np.isfinite(prediction).all():
        raise ValueError("expected finite predictions: training diverged or an input was missing")
    rows = np.arange(len(y_true))[:, None]
    value = float(get_scorer(name)(_known(prediction), rows, y_true))
    return -value if name.startswith(NEGATED) else value


def _known(prediction: np.ndarray) -> Any:
    """An estimator of scikit-learn whose answers are known already; its rows are row numbers."""
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    class Classifier(ClassifierMixin, BaseEstimator):
        classes_ = np.arange(prediction.shape[1] if prediction.ndim > 1 else 0)

        def predict_proba(self, rows: np.ndarray) -> np.ndarray:
            return prediction[rows[:, 0]]

        def predict(self, rows: np.ndarray) -> np.ndarray:
            return prediction[rows[:, 0]].argmax(axis=1)

    class Regressor(RegressorMixin, BaseEstimator):
        fitted_ = True

        def predict(self, rows: np.ndarray) -> np.ndarray:
            return prediction[rows[:, 0]]

    return Classifier() if prediction.ndim == 2 else Regressor()
