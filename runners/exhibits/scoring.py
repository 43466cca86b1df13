"""Errors of an entry in numbers: every prediction of every repeat counts once."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.content import (
    Calibration,
    EntryFigures,
    Forecast,
    PrecisionRecall,
    Roc,
    Threshold,
)
from runners.exhibits.predictions import EntryPredictions
from runners.exhibits.rows import to_digits

MATRIX = 12
"""Classes up to which a confusion matrix is kept whole."""
PAIRS = 20
"""Confused pairs kept where there are more."""
BINS = 15
"""Of equal width, for the calibration error: Guo et al. (ICML 2017, arXiv:1706.04599)."""
POINTS = 400
"""Rows a scatter plot is drawn with at most."""
CURVE = 100
"""Points of a precision-recall or ROC curve at most."""
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Probabilities at which predictions are cut in the table of thresholds."""
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Central intervals of the predicted normals whose coverage is counted."""
LONGEST_FORECAST = 600
"""Points of a forecast drawn at most."""


def of_classes(entry: EntryPredictions, dataset: Dataset) -> EntryFigures:
    """Confusion, recall and precision by class, and calibration of a classifier."""
    k = len(dataset.class_names)
    answer = entry.values.argmax(axis=1)  # the first of equal ones, as in the metric
    matrix = np.bincount(entry.truth * k + answer, minlength=k * k).reshape(k, k)
    correct, predicted, actual = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    tested_rows = np.bincount(dataset.y[entry.distinct], minlength=k)
    figures: EntryFigures = {
        **entry.facts,
        "accuracy": to_digits(correct.sum() / matrix.sum()),
        "classes": [
            {
                "name": name,
                "rows": int(tested_rows[i]),
                "asked": int(actual[i]),
                "given": int(predicted[i]),
                "right": int(correct[i]),
            }
            for i, name in enumerate(dataset.class_names)
        ],
        "calibration": calibration(entry.values, answer == entry.truth),
    }
    if k == 2 and actual.min():
        figures["precision_recall"] = precision_recall(
            entry.truth, entry.values, dataset.class_names
        )
        figures["roc"] = roc(entry.truth, entry.values)
    if k <= MATRIX:
        return {**figures, "matrix": matrix.tolist()}
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:PAIRS]
    pairs = [(int(i) // k, int(i) % k) for i in order]
    return {**figures, "pairs": [(t, a, int(wrong[t, a])) for t, a in pairs if wrong[t, a]]}


def calibration(values: np.ndarray, right: np.ndarray) -> Calibration | None:
    """Confidence against accuracy in bins, and the expected calibration error.

    None for predictions that are no probabilities, and for those that are only ever 0 or 1,
    which state no confidence.
    """
    values = values.astype(np.float64)
    if values.min() < -1e-6 or np.abs(values.sum(axis=1) - 1).max() > 1e-3:
        return None
    confidence = values.max(axis=1)
    if (confidence > 1 - 1e-9).all():
        return None
    which = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    n = np.bincount(which, minlength=BINS)
    sure = np.bincount(which, weights=confidence, minlength=BINS)
    hits = np.bincount(which, weights=right.astype(float), minlength=BINS)
    used = np.flatnonzero(n)
    return {
        "error": to_digits(np.abs(sure - hits).sum() / n.sum()),
        "bins": [
            (int(i), int(n[i]), to_digits(sure[i] / n[i]), to_digits(hits[i] / n[i])) for i in used
        ],
        "of": BINS,
    }


def precision_recall(
    truth: np.ndarray, values: np.ndarray, names: Sequence[str]
) -> PrecisionRecall:
    """Precision and recall of the rarer of two classes at every threshold (n, 2), and the best one.

    The threshold has the largest F1 on these predictions themselves, so that on new rows it does a
    little worse.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    rare = int(np.bincount(truth, minlength=2).argmin())
    found, score = truth == rare, values[:, rare].astype(np.float64)
    precision, recall, thresholds = precision_recall_curve(found, score)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(f1[:-1].argmax())
    few = np.unique(np.linspace(0, len(recall) - 1, min(CURVE, len(recall))).round().astype(int))
    return {
        "name": names[rare],
        "share": to_digits(found.mean()),
        "average": to_digits(average_precision_score(found, score)),
        "points": [(to_digits(recall[i]), to_digits(precision[i])) for i in few[::-1]],
        "threshold": to_digits(thresholds[best]),
        "recall": to_digits(recall[best]),
        "precision": to_digits(precision[best]),
    }


def roc(truth: np.ndarray, values: np.ndarray) -> Roc:
    """ROC curve of the rarer of two classes (n, 2), and what single thresholds come to."""
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score, roc_curve

    rare = int(np.bincount(truth, minlength=2).argmin())
    found, score = truth == rare, values[:, rare].astype(np.float64)
    false, true, _ = roc_curve(found, score)
    few = np.unique(np.linspace(0, len(true) - 1, min(CURVE, len(true))).round().astype(int))
    thresholds: list[Threshold] = []
    for at in THRESHOLDS:
        taken = score >= at
        precision, recall, f1, _ = precision_recall_fscore_support(
            found, taken, average="binary", zero_division=0.0
        )
        thresholds.append(
            {
                "at": at,
                "recall": to_digits(recall),
                "precision": to_digits(precision) if taken.any() else None,
                "specificity": to_digits((~taken[~found]).mean()),
                "f1": to_digits(f1),
                "predicted": to_digits(taken.mean()),
            }
        )
    return {
        "auc": to_digits(roc_auc_score(found, score)),
        "points": [(to_digits(false[i]), to_digits(true[i])) for i in few],
        "thresholds": thresholds,
    }


def bins_of(entries: Sequence[EntryPredictions]) -> np.ndarray:
    """Edges of a histogram of the residuals of all these entries.

    From their 0.5 % to their 99.5 % quantiles, with a bar at 0; what lies beyond belongs to the
    outermost bars. More bins where more rows were tested.
    """
    ends = [np.quantile(_residual(entry), (0.005, 0.995)) for entry in entries]
    reach = max(float(np.abs(end).max()) for end in ends) or 1.0
    bins = int(np.clip(1.5 * np.sqrt(len(entries[0].distinct)), 9, 39)) // 2 * 2 + 1
    return np.linspace(-reach, reach, bins + 1)


def _residual(entry: EntryPredictions) -> np.ndarray:
    return entry.values.astype(np.float64) - entry.truth


def of_values(entry: EntryPredictions, dataset: Dataset, edges: np.ndarray) -> EntryFigures:
    """Residuals, predicted against true, coverage, and the forecast of a series."""
    residual = _residual(entry)
    figures: EntryFigures = {
        **entry.facts,
        "rmse": to_digits(np.sqrt(np.mean(residual**2))),
        "mae": to_digits(np.abs(residual).mean()),
        "bias": to_digits(residual.mean()),
        "quantiles": [to_digits(q) for q in np.quantile(residual, (0.05, 0.25, 0.5, 0.75, 0.95))],
        "residuals": {
            "edges": [to_digits(edges[0]), to_digits(edges[-1])],
            "counts": np.histogram(np.clip(residual, edges[0], edges[-1]), edges)[0].tolist(),
        },
        "points": _points(entry, dataset.y[entry.distinct]),
        "coverage": None,
    }
    if entry.std is not None and (entry.std > 0).all():
        off = np.abs(residual) / entry.std
        figures["coverage"] = [
            (level, to_digits((off <= NormalDist().inv_cdf(0.5 + level / 2)).mean()))
            for level in LEVELS
        ]
    if dataset.x.ndim == 3 and len(entry.distinct) <= LONGEST_FORECAST:
        figures["forecast"] = _forecast(entry, dataset)
    return figures


def _points(entry: EntryPredictions, truth: np.ndarray) -> list[tuple[float, float]]:
    """(truth, mean prediction) of at most `POINTS` rows, evenly spaced in the order of truth."""
    order = np.lexsort((entry.distinct, truth))
    if len(order) > POINTS:
        order = order[np.linspace(0, len(order) - 1, POINTS).round().astype(int)]
    return [(to_digits(truth[i]), to_digits(entry.mean[i])) for i in order]


def _forecast(entry: EntryPredictions, dataset: Dataset) -> Forecast:
    """Truth, and min, mean and max prediction of the repeats, in the order of time."""
    n = len(entry.distinct)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, entry.place, entry.values)
    np.maximum.at(high, entry.place, entry.values)
    first = dataset.facts.get("first target year")
    start = int(first) if isinstance(first, int) else 1
    return {
        "at": "year" if isinstance(first, int) else "row",
        "first": start,
        "x": [int(row) + start for row in entry.distinct],
        "truth": [to_digits(v) for v in dataset.y[entry.distinct]],
        "mean": [to_digits(v) for v in entry.mean],
        "low": [to_digits(v) for v in low],
        "high": [to_digits(v) for v in high],
    }
