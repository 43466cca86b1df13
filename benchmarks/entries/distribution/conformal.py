"""Split conformal calibration: intervals around point forecasts, from errors on held-out rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.quantiles import LEVELS, ends


def conformal(
    entry: Entry,
    calibration_rows: int,
    *,
    relative: bool = False,
    levels: Sequence[float] = LEVELS,
    **options: Any,
) -> Entry:
    """An entry of points with intervals calibrated on the last training rows, `name-conformal`.

    The point forecaster is trained without the last `calibration_rows` and without the rows before
    them whose targets reach into theirs. A central interval of share s is its forecast ± the
    ⌈(n + 1) s⌉-th smallest of the n absolute errors there, for every step ahead and series by
    itself; with `relative`, of the errors as a share of the forecast. On rows that are exchangeable
    with these it holds at least a share s: Vovk, Gammerman and Shafer, *Algorithmic Learning in a
    Random World* (2005), and Angelopoulos and Bates, arXiv:2107.07511. The months of a
    series are not exchangeable, so that what is promised has to be held against what is met.

    Raises ValueError for too few calibration rows for the widest interval. `options` are fields of
    `Entry` that differ from those of the point forecaster.
    """
    widest = 1 - 2 * min(levels)
    if math.ceil((calibration_rows + 1) * widest) > calibration_rows:
        raise ValueError(
            f"expected enough calibration rows for an interval of {widest:.0%}, at least "
            f"{math.ceil(widest / (1 - widest))}, received {calibration_rows}"
        )
    values = {
        **entry.values,
        "calibration_rows": calibration_rows,
        "relative": relative,
        "quantiles": list(levels),
    }
    return replace(
        entry,
        name=f"{entry.name}-conformal",
        fit=partial(
            _fit,
            inner=entry.fit,
            calibration_rows=calibration_rows,
            relative=relative,
            levels=tuple(levels),
        ),
        about=f"{entry.name}, trained without the last {calibration_rows:,} training rows, whose "
        "errors make its intervals (split conformal prediction).",
        values=values,
        headline=False,
        quantiles=tuple(levels),
        **options,
    )


def _fit(
    trainings: Sequence[Training],
    *,
    inner: Callable[[Sequence[Training]], list[Fitted]],
    calibration_rows: int,
    relative: bool,
    levels: tuple[float, ...],
) -> list[Fitted]:
    parts = []
    for training in trainings:
        ahead = training.y.shape[1] if training.y.ndim > 1 else 1
        count = len(training.y) - calibration_rows - (ahead - 1)
        if count < 1:
            raise ValueError(
                f"expected training rows beside the {calibration_rows} that calibrate, received "
                f"{len(training.y)} in all"
            )
        parts.append(replace(training, x=training.x[:count], y=training.y[:count]))
    return [
        _calibrated(one, training, calibration_rows, relative, levels)
        for one, training in zip(inner(parts), trainings, strict=True)
    ]


def _calibrated(
    point: Fitted, training: Training, rows: int, relative: bool, levels: tuple[float, ...]
) -> Fitted:
    truth = training.y[-rows:]
    forecast = np.asarray(point.predict(training.x[-rows:]), np.float64)
    errors = np.abs(truth - forecast) / (np.abs(forecast) if relative else 1.0)
    errors = np.sort(errors, axis=0)
    middle = ends(levels, 0.0)[0]
    reach = np.zeros((*truth.shape[1:], len(levels)))
    for place, level in enumerate(levels):
        if place != middle:
            share = abs(2 * level - 1)
            rank = math.ceil(round((rows + 1) * share, 9))
            reach[..., place] = math.copysign(1, level - 0.5) * errors[rank - 1]

    def predict(x: np.ndarray) -> np.ndarray:
        values = np.asarray(point.predict(x), np.float64)[..., None]
        quantiles = values + reach * (np.abs(values) if relative else 1.0)
        return quantiles.astype(np.float32)

    return Fitted(predict, point.history, point.params, None, point.notes)
