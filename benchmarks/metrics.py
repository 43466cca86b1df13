"""How predictions are scored: each function returns a `Metric` that refuses malformed input.

A prediction of shape (n, 1) against targets of shape (n,) would broadcast to (n, n) and give a
plausible, wrong score; a NaN would give a NaN mean. Both are errors here, never a score.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Literal, NamedTuple, Protocol

import numpy as np

from benchmarks.definition import Metric


def rmse(unit: str) -> Metric:
    """Root of the mean squared error, in the target's unit; smaller is better.

    Its `score(y_true, prediction)` takes (n,) targets and (n,) predictions in the target's unit
    and raises ValueError for any other shape, for no rows and for values that are not finite.
    """
    return Metric(name="rmse", unit=unit, direction="min", score=_rmse)


def mae(unit: str) -> Metric:
    """Mean absolute error, in the target's unit; smaller is better.

    Its `score(y_true, prediction)` takes what `rmse`'s takes and raises what it raises.
    """
    return Metric(name="mae", unit=unit, direction="min", score=_mae)


def mse(unit: str) -> Metric:
    """Mean squared error of forecasts, in the target's unit squared; smaller is better.

    For windows of several steps and series: `score(y_true, prediction)` takes targets and
    predictions of one shape (n, ...) and averages over all axes, in float64 and a few hundred
    rows at a time. Raises as `rmse`'s does.
    """
    return Metric(name="mse", unit=unit, direction="min", score=_window_mse)


def window_mae(unit: str) -> Metric:
    """`mae` for windows of several steps and series, as `mse` takes them."""
    return Metric(name="mae", unit=unit, direction="min", score=_window_mae)


def mase(scale: float) -> Metric:
    """Mean absolute scaled error; below 1 is better than the seasonal naive rule was in training.

    `scale` is the mean absolute difference of training values one season apart, in the target's
    unit, so that the score has none: Hyndman and Koehler, *Another Look at Measures of
    Forecast Accuracy*, Int. J. Forecasting 22 (2006), section 2. Takes and raises what `mae`'s
    `score` does.
    """
    return Metric(
        name="mase",
        unit="× naive",
        direction="min",
        score=partial(_mase, scale=scale),
    )


def accuracy() -> Metric:
    """Fraction of rows whose most probable class is the right one; larger is better.

    Its `score(y_true, prediction)` takes (n,) integer classes 0 … k-1 and (n, k) probabilities
    (any scores that rank the classes will do; the first of equal ones wins, as in
    `numpy.argmax`). It raises ValueError for other shapes, no rows, classes outside 0 … k-1
    and values that are not finite.
    """
    return Metric(name="accuracy", unit="fraction", direction="max", score=_accuracy)


LOG_LIKELIHOOD_MARGIN = 0.05
"""Largest difference in nats that still counts as the same log-likelihood.

Whatever the target's unit, it is a predicted density a twentieth higher or lower, and about what
errors and standard deviations that are all a twentieth smaller gain (-ln 0.95 = 0.051).
"""


def log_likelihood() -> Metric:
    """Mean log-density of the test targets under the predicted normals, in nats; larger is better.

    Its `score(y_true, prediction)` takes (n,) targets and (n, 2) means and standard deviations,
    all in the target's unit, and raises ValueError for any other shape, for no rows, for values
    that are not finite and for standard deviations of 0 or less. The number depends on the unit
    of the target; differences do not. It is the test log-likelihood of Hernández-Lobato and Adams
    (ICML 2015, arXiv:1502.05336) and, with the sign turned, the NLL of Lakshminarayanan et al.
    (NIPS 2017, arXiv:1612.01474).
    """
    return Metric(
        name="log_likelihood",
        unit="nats",
        direction="max",
        score=_log_likelihood,
        distribution=True,
    )


class Scale(Protocol):
    """What a metric says about its numbers: a `Metric`, or anything with these three."""

    @property
    def name(self) -> str:
        """`rmse`, `accuracy`, …."""

    @property
    def unit(self) -> str:
        """`MPa`, `fraction`, …."""

    @property
    def direction(self) -> Literal["min", "max"]:
        """Whether smaller or larger is better."""


class Unit(NamedTuple):
    """A metric as a record names it: enough to speak of its scores, not to compute them."""

    name: str
    unit: str
    direction: Literal["min", "max"]


def in_words(score: float, metric: Scale) -> str:
    """Score with its unit for a reader: "4.826 MPa", "73.43 %"."""
    if metric.unit == "fraction":
        return _minus(f"{100 * score:.2f} %")
    return _minus(f"{score:.4g} {metric.unit}".strip())


def as_size(size: float, metric: Scale) -> str:
    """Spread, margin or bound with its unit: "0.16 MPa", "0.2 points"."""
    if metric.unit == "fraction":
        return f"{100 * size:.2g} points"
    return f"{size:.2g} {metric.unit}".strip()


def as_difference(difference: float, metric: Scale, score: float) -> str:
    """Signed difference to the decimals a score like `score` is shown with: "−0.207 MPa"."""
    if metric.unit == "fraction":
        return _minus(f"{100 * difference:+.2f} points")
    decimals = max(0, 3 - math.floor(math.log10(abs(score)))) if score else 3
    return _minus(f"{difference:+.{decimals}f} {metric.unit}".strip())


def _minus(text: str) -> str:
    """With a minus sign where a number begins with a hyphen."""
    return f"−{text[1:]}" if text.startswith("-") else text


def _rmse(y_true: np.ndarray, prediction: np.ndarray) -> float:
    error = _values(y_true, prediction)
    return float(np.sqrt(np.mean(error**2)))


def _mae(y_true: np.ndarray, prediction: np.ndarray) -> float:
    return float(np.mean(np.abs(_values(y_true, prediction))))


def _mase(y_true: np.ndarray, prediction: np.ndarray, *, scale: float) -> float:
    return _mae(y_true, prediction) / scale


def _window_mse(y_true: np.ndarray, prediction: np.ndarray) -> float:
    return sum(float(np.sum(error**2)) for error in _blocks(y_true, prediction)) / y_true.size


def _window_mae(y_true: np.ndarray, prediction: np.ndarray) -> float:
    errors = _blocks(y_true, prediction)
    return sum(float(np.sum(np.abs(error))) for error in errors) / y_true.size


def _blocks(y_true: np.ndarray, prediction: np.ndarray, rows: int = 256) -> Iterator[np.ndarray]:
    """Prediction minus target, checked, so many rows at a time: long windows take gigabytes."""
    if len(y_true) == 0 or prediction.shape != y_true.shape:
        raise ValueError(
            f"expected a forecast for every target, shape {y_true.shape} with at least one row; "
            f"received shape {prediction.shape}"
        )
    for start in range(0, len(y_true), rows):
        truth, forecast = y_true[start : start + rows], prediction[start : start + rows]
        _check_finite(truth, "targets")
        _check_finite(forecast, "predictions")
        yield forecast.astype(np.float64) - truth.astype(np.float64)


def _values(y_true: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Prediction minus target, both checked."""
    y_true, prediction = np.asarray(y_true), np.asarray(prediction)
    _check_targets(y_true)
    if prediction.shape != y_true.shape:
        raise ValueError(
            f"expected one predicted value a row, shape {y_true.shape}; received shape "
            f"{prediction.shape}. A network's (n, 1) output needs [:, 0]."
        )
    _check_finite(y_true, "targets")
    _check_finite(prediction, "predictions")
    return prediction.astype(np.float64) - y_true.astype(np.float64)


def _log_likelihood(y_true: np.ndarray, prediction: np.ndarray) -> float:
    y_true, prediction = np.asarray(y_true), np.asarray(prediction)
    _check_targets(y_true)
    if prediction.shape != (len(y_true), 2):
        raise ValueError(
            f"expected a mean and a standard deviation a row, shape ({len(y_true)}, 2); received "
            f"shape {prediction.shape}. Only an entry that predicts a distribution has this score."
        )
    _check_finite(y_true, "targets")
    _check_finite(prediction, "means and standard deviations")
    mean, deviation = prediction.astype(np.float64).T
    bad = int(np.count_nonzero(deviation <= 0))
    if bad:
        raise ValueError(
            f"expected standard deviations above 0, received {bad} of {len(deviation)} that are "
            f"not, the smallest {deviation.min():g}; pass the network's output through softplus "
            "or exp, or add a constant"
        )
    standardised = (y_true.astype(np.float64) - mean) / deviation
    return float(np.mean(-0.5 * standardised**2 - np.log(deviation) - 0.5 * math.log(2 * math.pi)))


def _accuracy(y_true: np.ndarray, prediction: np.ndarray) -> float:
    y_true, prediction = np.asarray(y_true), np.asarray(prediction)
    _check_targets(y_true)
    if y_true.dtype.kind not in "iu":
        raise ValueError(f"expected integer classes as targets, received {y_true.dtype}")
    if prediction.ndim != 2 or len(prediction) != len(y_true) or prediction.shape[1] < 2:
        raise ValueError(
            f"expected probabilities of shape ({len(y_true)}, classes) with at least two "
            f"classes; received shape {prediction.shape}. A predictor returns one column a "
            "class, also for two classes."
        )
    _check_finite(prediction, "probabilities")
    classes = prediction.shape[1]
    if y_true.min() < 0 or y_true.max() >= classes:
        raise ValueError(
            f"expected classes 0 … {classes - 1} (one a column of the prediction); received "
            f"{y_true.min()} … {y_true.max()}"
        )
    return float(np.mean(prediction.argmax(axis=1) == y_true))


def _check_targets(y_true: np.ndarray) -> None:
    if y_true.ndim != 1 or len(y_true) == 0:
        raise ValueError(f"expected targets of shape (n,) with n > 0, received {y_true.shape}")


def _check_finite(values: np.ndarray, what: str) -> None:
    if values.dtype.kind not in "fiu":
        raise ValueError(f"expected {what} that are numbers, received {values.dtype}")
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise ValueError(
            f"expected finite {what}, received {bad} of {values.size} that are NaN or infinite: "
            "training diverged or an input was missing, which is a failure and not a score"
        )
