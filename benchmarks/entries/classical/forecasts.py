"""Baselines of forecasts: rules of thumb as trivial ones, classical and linear models.

All of them forecast from a window alone, every window by itself. A window holds the series to
forecast in its first channels, in the order of the target's; a target is one step (n,) or several
steps of several series (n, steps, series).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.memoize import memoized
from benchmarks.windows import overlapping, spanned

Forecast = Callable[[np.ndarray], np.ndarray]
"""A window of one series (steps,), oldest first, to the next values (1,)."""


def repeat_last(*, stack: int = 0) -> Entry:
    """Trivial baseline for forecasts of several steps: the last value of the window."""
    return _season("repeat-last", 1, "Repeats the last value of the window.", stack)


def seasonal_naive(period: int, season: str, *, stack: int = 0) -> Entry:
    """Trivial baseline: the value one `period` of steps before, `season` in words ("last year")."""
    return _season(f"seasonal-naive-{period}", period, f"Repeats the values of {season}.", stack)


def seasonal_ratio(period: int) -> Entry:
    """Trivial baseline for a growing seasonal series: last season's value, times the growth.

    y[t-period] · y[t-1] / y[t-period-1], for series above 0.
    """

    def fit(train: Training) -> Fitted:
        _check_period(train, period + 1)
        if (train.x[..., 0] <= 0).any():
            raise ValueError("expected a series above 0 for a ratio of two of its values")

        def predict(x: np.ndarray) -> np.ndarray:
            ratio: np.ndarray = x[:, -period, 0] * x[:, -1, 0] / x[:, -period - 1, 0]
            return ratio

        return Fitted(predict, params=0)

    about = "Last season's value, times the growth over the season up to now."
    return _reference("seasonal-ratio", fit, about, {"period": period}, floor=True)


def shared_linear(
    validation_rows: int = 0,
    alphas: Sequence[float] = (1.0, 100.0, 10_000.0),
    *,
    stack: int = 0,
) -> Entry:
    """One ridge regression from window to forecast, shared by all series.

    What is forecast is the difference from the window's last value, as NLinear does it (Zeng et
    al., *Are Transformers Effective for Time Series Forecasting?*, AAAI 2023, arXiv:2205.13504),
    by ridge regression in closed form, summed up over a few hundred windows at a time. The last
    `validation_rows` training rows choose among the penalties `alphas` and are not fitted; nor are
    the rows before them whose targets reach into theirs. Without, the last penalty is taken.
    """

    def fit(train: Training) -> Fitted:
        steps = _steps(train)
        count = len(train.y) - validation_rows - (steps - 1 if validation_rows else 0)
        if count < 1:
            raise ValueError(
                f"expected training rows beside the {validation_rows} that validate, received "
                f"{len(train.y)} with forecasts over {steps} steps"
            )
        gram, cross = _moments(train.x[:count], train.y[:count])
        weights = [np.linalg.solve(gram + a * np.eye(len(gram)), cross) for a in alphas]
        losses: list[float] = []
        best = len(alphas) - 1
        if validation_rows:
            x, y = train.x[-validation_rows:], train.y[-validation_rows:]
            losses = [_squared_error(w, x, y) for w in weights]
            best = int(np.argmin(losses))
        return Fitted(
            lambda x: _linear(weights[best], x, train.y.shape[1:]),
            params=int(weights[best].size),
            notes={"alpha": alphas[best], "validation_losses": losses},
        )

    about = "Ridge regression from window to forecast, the same for every series."
    values = {"alphas": list(alphas), "validation_rows": validation_rows}
    return _reference("shared-linear", fit, about, values, stack=stack)


def ets(period: int, trend: str | None = "add", seasonal: str | None = "mul") -> Entry:
    """Exponential smoothing (statsmodels): smoothing fitted in training, states in each window.

    Holt and Winters's method, `statsmodels.tsa.holtwinters.ExponentialSmoothing`; what training
    fixes are the smoothing weights, and a window starts from the heuristic level and season.
    """

    def smoother(series: np.ndarray) -> Any:
        from statsmodels.tsa.holtwinters import ExponentialSmoothing

        seasons = {"seasonal": seasonal, "seasonal_periods": period} if seasonal else {}
        return ExponentialSmoothing(
            series, trend=trend, initialization_method="heuristic", **seasons
        )

    def begin(series: np.ndarray) -> tuple[Forecast, int]:
        found = smoother(series).fit().params
        names = {"smoothing_level": True, "smoothing_trend": trend, "smoothing_seasonal": seasonal}
        fixed = {name: float(found[name]) for name, there in names.items() if there}

        def forecast(window: np.ndarray) -> np.ndarray:
            fitted = smoother(window).fit(optimized=False, **fixed)
            return np.asarray(fitted.forecast(1))

        return forecast, len(fixed)

    about = "Exponential smoothing by Holt and Winters, weights fitted to the training series."
    values = {"period": period, "trend": trend, "seasonal": seasonal}
    return _reference("ets", _each_window(begin), about, values)


def theta(period: int) -> Entry:
    """The theta method (statsmodels `ThetaModel`), fitted to every window anew.

    Assimakopoulos and Nikolopoulos, *The Theta Model*, Int. J. Forecasting 16 (2000). A window of
    at least two seasons is adjusted for season; `period` 1 leaves that out.
    """

    def begin(series: np.ndarray) -> tuple[Forecast, int]:
        from statsmodels.tsa.forecasting.theta import ThetaModel

        def forecast(window: np.ndarray) -> np.ndarray:
            seasons = period > 1 and len(window) >= 2 * period
            model = ThetaModel(window, period=period if seasons else 1, deseasonalize=seasons)
            return np.asarray(model.fit(disp=False).forecast(1))

        return forecast, 0

    about = "The theta method, fitted to every window anew."
    return _reference("theta", _each_window(begin), about, {"period": period})


def sarima(
    order: tuple[int, int, int],
    seasonal: tuple[int, int, int, int] = (0, 0, 0, 0),
    *,
    log: bool = False,
) -> Entry:
    """Seasonal ARIMA (statsmodels): coefficients from the training series, states in each window.

    `log` models the logarithm, for a series above 0 whose swings grow with its level; the forecast
    is the median.
    """
    there, back = (np.log, np.exp) if log else (np.asarray, np.asarray)

    def begin(series: np.ndarray) -> tuple[Forecast, int]:
        from statsmodels.tsa.statespace.sarimax import SARIMAX

        def model(values: np.ndarray) -> Any:
            return SARIMAX(there(values), order=order, seasonal_order=seasonal)

        found = model(series).fit(disp=False, maxiter=200).params

        def forecast(window: np.ndarray) -> np.ndarray:
            return np.asarray(back(model(window).filter(found).forecast(1)))

        return forecast, len(found)

    name = f"SARIMA {order}" + (f"×{seasonal}" if any(seasonal) else "")
    about = f"{name}{' of the logarithm' if log else ''}, fitted to the training series."
    values = {"order": list(order), "seasonal": list(seasonal), "log": log}
    return _reference("sarima", _each_window(begin), about, values)


def _season(name: str, period: int, about: str, stack: int) -> Entry:
    def fit(train: Training) -> Fitted:
        _check_period(train, period)
        ahead = np.arange(_steps(train)) % period - period
        shape = train.y.shape[1:]

        def predict(x: np.ndarray) -> np.ndarray:
            return x[:, ahead, : shape[1]] if shape else x[:, -period, 0]

        return Fitted(predict, params=0)

    return _reference(name, fit, about, {"period": period}, floor=True, stack=stack)


def _check_period(train: Training, period: int) -> None:
    if not 1 <= period <= train.x.shape[1]:
        raise ValueError(
            f"expected a period within the window of {train.x.shape[1]} steps, received {period}"
        )


def _steps(train: Training) -> int:
    return train.y.shape[1] if train.y.ndim > 1 else 1


def _each_window(
    begin: Callable[[np.ndarray], tuple[Forecast, int]],
) -> Callable[[Training], Fitted]:
    """Fit to the series the training rows are made of; forecast one step from each window."""

    def fit(train: Training) -> Fitted:
        import warnings

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
                return np.array([float(forecast(window)[0]) for window in x[..., 0]])

        return Fitted(predict, params=params)

    return fit


def _centred(x: np.ndarray, series: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows less their last value (rows·series, steps), and these values (rows, series)."""
    last = x[:, -1, :series]
    shifted = np.swapaxes(x[..., :series] - last[:, None], 1, 2)
    return shifted.reshape(-1, x.shape[1]), last


def _moments(x: np.ndarray, y: np.ndarray, rows: int = 512) -> tuple[np.ndarray, np.ndarray]:
    series = y.shape[2] if y.ndim > 1 else 1
    targets = y if y.ndim > 1 else y[:, None, None]
    gram = np.zeros((x.shape[1], x.shape[1]))
    cross = np.zeros((x.shape[1], targets.shape[1]))
    for start in range(0, len(x), rows):
        inputs, last = _centred(x[start : start + rows], series)
        ahead = np.swapaxes(targets[start : start + rows] - last[:, None], 1, 2)
        gram += inputs.T @ inputs
        cross += inputs.T @ ahead.reshape(len(inputs), -1)
    return gram, cross


def _linear(
    weights: np.ndarray, x: np.ndarray, shape: tuple[int, ...], rows: int = 512
) -> np.ndarray:
    series = shape[1] if shape else 1
    out = np.empty((len(x), weights.shape[1], series), np.float32)
    for start in range(0, len(x), rows):
        inputs, last = _centred(x[start : start + rows], series)
        ahead = (inputs @ weights).reshape(len(last), series, -1)
        out[start : start + rows] = np.swapaxes(ahead, 1, 2) + last[:, None]
    return out if shape else out[:, 0, 0]


def _squared_error(weights: np.ndarray, x: np.ndarray, y: np.ndarray, rows: int = 512) -> float:
    total = 0.0
    for start in range(0, len(x), rows):
        truth = y[start : start + rows]
        total += float(
            np.sum((_linear(weights, x[start : start + rows], y.shape[1:]) - truth) ** 2)
        )
    return total / y.size


def _reference(
    name: str,
    fit: Callable[[Training], Fitted],
    about: str,
    values: dict[str, Any],
    *,
    floor: bool = False,
    stack: int = 0,
) -> Entry:
    # A group of one repeat has nothing to do twice, and long windows are not to be kept.
    each = _one(fit) if stack == 1 else memoized(fit)
    return Entry(name, "reference", each, about, values, floor=floor, stack=stack)


def _one(fit: Callable[[Training], Fitted]) -> Callable[[Sequence[Training]], list[Fitted]]:
    def each(trainings: Sequence[Training]) -> list[Fitted]:
        return [fit(training) for training in trainings]

    return each
