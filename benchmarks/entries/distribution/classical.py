"""Prediction intervals of classical models, as quantiles of the next value of a window."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.memoize import memoized
from benchmarks.quantiles import LEVELS
from benchmarks.windows import overlapping, spanned

Normal = Callable[[np.ndarray], tuple[float, float]]
"""A window of one series (steps,) to mean and standard deviation of the next value, as modelled."""


def sarima_intervals(
    order: tuple[int, int, int],
    seasonal: tuple[int, int, int, int] = (0, 0, 0, 0),
    *,
    log: bool = False,
    levels: Sequence[float] = LEVELS,
    **options: Any,
) -> Entry:
    """`entries.sarima` with its prediction intervals: the same medians, and quantiles around them.

    The next value is normal, of the logarithm with `log`, with the mean and the variance that the
    Kalman filter of statsmodels' `SARIMAX` gives (`get_forecast`). Coefficients count as known: the
    intervals leave out that they were estimated. `options` are those of `Entry`.
    """
    there, back = (np.log, np.exp) if log else (np.asarray, np.asarray)

    def begin(series: np.ndarray) -> tuple[Normal, int]:
        from statsmodels.tsa.statespace.sarimax import SARIMAX

        def model(values: np.ndarray) -> Any:
            return SARIMAX(there(values), order=order, seasonal_order=seasonal)

        found = model(series).fit(disp=False, maxiter=200).params

        def forecast(window: np.ndarray) -> tuple[float, float]:
            ahead = model(window).filter(found).get_forecast(1)
            return float(ahead.predicted_mean[0]), float(ahead.se_mean[0])

        return forecast, len(found)

    name = f"SARIMA {order}" + (f"×{seasonal}" if any(seasonal) else "")
    return _entry(
        "sarima-intervals",
        _each_window(begin, back, levels),
        f"{name}{' of the logarithm' if log else ''} with its normal prediction intervals.",
        {"order": list(order), "seasonal": list(seasonal), "log": log},
        levels,
        options,
    )


def ets_intervals(
    period: int,
    trend: str | None = "add",
    seasonal: str | None = "mul",
    *,
    levels: Sequence[float] = LEVELS,
    **options: Any,
) -> Entry:
    """`entries.ets` with prediction intervals: the same medians, and quantiles around them.

    The next value is normal around the forecast. With a multiplicative season its standard
    deviation is a share of the forecast, else a number; either is the root mean square of the
    errors one step ahead in the training series, less one degree of freedom a smoothing weight:
    Hyndman, Koehler, Ord and Snyder, *Forecasting with Exponential Smoothing* (2008),
    which gives the variance one step ahead of models with additive and multiplicative errors.
    """

    def smoother(series: np.ndarray) -> Any:
        from statsmodels.tsa.holtwinters import ExponentialSmoothing

        seasons = {"seasonal": seasonal, "seasonal_periods": period} if seasonal else {}
        return ExponentialSmoothing(
            series, trend=trend, initialization_method="heuristic", **seasons
        )

    relative = seasonal == "mul"

    def begin(series: np.ndarray) -> tuple[Normal, int]:
        fitted = smoother(series).fit()
        names = {"smoothing_level": True, "smoothing_trend": trend, "smoothing_seasonal": seasonal}
        fixed = {name: float(fitted.params[name]) for name, there in names.items() if there}
        errors = (series - fitted.fittedvalues) / (fitted.fittedvalues if relative else 1.0)
        deviation = float(np.sqrt((errors**2).sum() / (len(series) - len(fixed))))

        def forecast(window: np.ndarray) -> tuple[float, float]:
            mean = float(smoother(window).fit(optimized=False, **fixed).forecast(1)[0])
            return mean, deviation * (abs(mean) if relative else 1.0)

        return forecast, len(fixed) + 1

    return _entry(
        "ets-intervals",
        _each_window(begin, np.asarray, levels),
        "Exponential smoothing by Holt and Winters with normal prediction intervals.",
        {"period": period, "trend": trend, "seasonal": seasonal},
        levels,
        options,
    )


def _entry(
    name: str,
    fit: Callable[[Training], Fitted],
    about: str,
    values: dict[str, Any],
    levels: Sequence[float],
    options: dict[str, Any],
) -> Entry:
    values = {**values, "quantiles": list(levels)}
    return Entry(
        name,
        "reference",
        memoized(fit),
        about,
        values,
        stack=0,
        quantiles=tuple(levels),
        **options,
    )


def _each_window(
    begin: Callable[[np.ndarray], tuple[Normal, int]],
    back: Callable[[Any], Any],
    levels: Sequence[float],
) -> Callable[[Training], Fitted]:
    """Fit to the series the training rows are made of; quantiles of the step after each window."""
    normal = np.array([NormalDist().inv_cdf(level) for level in levels])

    def fit(train: Training) -> Fitted:
        if not overlapping(train.x):
            raise ValueError(
                "expected windows that follow one another step by step, of which the series can "
                "be put together; received rows with gaps between them"
            )
        series = np.append(spanned(train.x[..., 0]), train.y[-1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of convergence: the forecasts are judged, not these
            forecast, params = begin(series)

        def predict(x: np.ndarray) -> np.ndarray:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pairs = np.array([forecast(window) for window in x[..., 0]])
            return np.asarray(back(pairs[:, :1] + pairs[:, 1:] * normal))

        return Fitted(predict, params=params)

    return fit
