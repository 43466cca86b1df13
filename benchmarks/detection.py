"""Metrics of finding the second of two classes, such as spam among messages."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.definition import Metric
from benchmarks.metrics import accuracy


def mcc() -> Metric:
    """Matthews' correlation of predicted and true classes, from -1 to 1; larger is better.

    Matthews, *Biochim. Biophys. Acta* 405 (1975): of two classes (TP·TN - FP·FN) over the root of
    the product of the four margins; 0 where one class alone is predicted. Takes and raises what
    `metrics.accuracy`'s `score` does, for two classes.
    """
    return Metric(name="mcc", unit="", direction="max", score=_mcc)


def caught(name: str) -> Metric:
    """Share of the second class that is found (recall); larger is better."""
    return Metric(name=name, unit="fraction", direction="max", score=partial(_share, of=1))


def blocked(name: str) -> Metric:
    """Share of the first class taken for the second (false positive rate); smaller is better."""
    return Metric(name=name, unit="fraction", direction="min", score=partial(_share, of=0))


def _mcc(y_true: np.ndarray, prediction: np.ndarray) -> float:
    found, y = _found(y_true, prediction)
    tp, fp = np.sum(found & (y == 1)), np.sum(found & (y == 0))
    fn, tn = np.sum(~found & (y == 1)), np.sum(~found & (y == 0))
    margins = [float(one) for one in (tp + fp, tp + fn, tn + fp, tn + fn)]
    whole = float(np.sqrt(np.prod(margins)))
    return float((float(tp) * float(tn) - float(fp) * float(fn)) / whole) if whole else 0.0


def _share(y_true: np.ndarray, prediction: np.ndarray, *, of: int) -> float:
    found, y = _found(y_true, prediction)
    rows = y == of
    if not rows.any():
        raise ValueError(f"expected test rows of class {of}, received none")
    return float(found[rows].mean())


def _found(y_true: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row is taken for the second class, and the true classes; both checked."""
    accuracy().score(y_true, prediction)
    if np.asarray(prediction).shape[1] != 2:
        raise ValueError(
            f"expected probabilities of two classes, received {np.asarray(prediction).shape[1]}"
        )
    return np.asarray(prediction).argmax(axis=1) == 1, np.asarray(y_true)
