"""Forecasts with a distribution: its quantiles at declared levels, and how they are scored.

A predicted distribution is an array (..., levels) in ascending order along its last axis. Its
point forecast is the median, so that metrics of points score it beside entries that predict none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from benchmarks.definition import Benchmark, Entry, Metric

LEVELS = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
"""The levels of every entry here: the ends of the 80 and 95 % intervals, the median, and between
them every tenth."""
INTERVALS = (0.8, 0.95)
"""Central intervals whose coverage and width are scored."""
CRPS = "crps"


def weights(levels: Sequence[float]) -> np.ndarray:
    """What each level (K,) counts for in the CRPS: the share of (0, 1) that is nearest to it."""
    middles = (np.asarray(levels[1:]) + np.asarray(levels[:-1])) / 2
    return np.diff(np.concatenate([[0.0], middles, [1.0]]))


def crps(y_true: np.ndarray, quantiles: np.ndarray, levels: Sequence[float]) -> float:
    """Mean continuous ranked probability score of predicted quantiles, in the target's unit.

    CRPS = 2 ∫ ρ_τ(y - q_τ) dτ with the pinball loss ρ_τ(e) = max(τ e, (τ - 1) e), here the sum
    over the levels with `weights` of a quadrature: Gneiting and Raftery, *Strictly Proper Scoring
    Rules, Prediction, and Estimation*, JASA 102 (2007). Quantiles that are all the same value have
    its absolute error.
    Targets (n, ...), quantiles (n, ..., levels). Raises ValueError for other shapes, values that
    are not finite and quantiles that cross.
    """
    total = 0.0
    at = weights(levels)
    for truth, predicted in _blocks(y_true, quantiles, levels):
        error = truth[..., None] - predicted
        pinball = np.maximum(np.multiply(error, levels), np.multiply(error, np.subtract(levels, 1)))
        total += float((2 * pinball @ at).sum())
    return total / y_true.size


def coverage(
    y_true: np.ndarray, quantiles: np.ndarray, levels: Sequence[float], interval: float
) -> float:
    """Share of targets within the central `interval` (0.8, 0.95), its ends included.

    Takes and raises what `crps` does.
    """
    low, high = ends(levels, interval)
    inside = sum(
        int(((predicted[..., low] <= truth) & (truth <= predicted[..., high])).sum())
        for truth, predicted in _blocks(y_true, quantiles, levels)
    )
    return inside / y_true.size


def width(
    y_true: np.ndarray, quantiles: np.ndarray, levels: Sequence[float], interval: float
) -> float:
    """Mean width of the central `interval`, in the target's unit.

    Takes and raises what `crps` does.
    """
    low, high = ends(levels, interval)
    total = sum(
        float((predicted[..., high] - predicted[..., low]).sum())
        for _, predicted in _blocks(y_true, quantiles, levels)
    )
    return total / y_true.size


def ends(levels: Sequence[float], interval: float) -> tuple[int, int]:
    """Places of the two levels that a central interval lies between. Raises ValueError."""
    wanted = ((1 - interval) / 2, (1 + interval) / 2)
    found = [int(np.argmin(np.abs(np.subtract(levels, one)))) for one in wanted]
    if any(abs(levels[at] - one) > 1e-9 for at, one in zip(found, wanted, strict=True)):
        raise ValueError(
            f"expected the levels {wanted[0]:g} and {wanted[1]:g} of a {interval:.0%} interval, "
            f"received {', '.join(f'{one:g}' for one in levels)}"
        )
    return found[0], found[1]


def median(quantiles: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """The point forecast (...,) of quantiles (..., levels)."""
    return quantiles[..., ends(levels, 0.0)[0]]


def metrics_of(benchmark: Benchmark, entry: Entry) -> list[Metric]:
    """The benchmark's further metrics, and those of the distribution that an entry predicts.

    The latter are `crps`, `coverage_80`, `coverage_95` (shares of the targets), `width_80` and
    `width_95`; they decide no level.
    """
    if not entry.quantiles:
        return list(benchmark.also)
    levels, unit = entry.quantiles, unit_of_targets(benchmark)
    made = [Metric(CRPS, unit, "min", partial(crps, levels=levels), True)]
    for one in INTERVALS:
        inside = partial(coverage, levels=levels, interval=one)
        wide = partial(width, levels=levels, interval=one)
        made += [
            Metric(f"coverage_{100 * one:.0f}", "fraction", "max", inside, True),
            Metric(f"width_{100 * one:.0f}", unit, "min", wide, True),
        ]
    return [*benchmark.also, *made]


def unit_of_targets(benchmark: Benchmark) -> str:
    """The unit of the targets, as far as a metric says it; "" where none does."""
    alike = (m.unit for m in (benchmark.metric, *benchmark.also) if m.name in ("rmse", "mae"))
    return next(alike, "")


def _blocks(
    y_true: np.ndarray, quantiles: np.ndarray, levels: Sequence[float], rows: int = 256
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Targets and quantiles, checked, so many rows at a time: long windows take gigabytes."""
    if len(y_true) == 0 or quantiles.shape != (*y_true.shape, len(levels)):
        raise ValueError(
            f"expected {len(levels)} quantiles for every target, shape "
            f"{(*y_true.shape, len(levels))} with at least one row; received {quantiles.shape}"
        )
    for start in range(0, len(y_true), rows):
        part = quantiles[start : start + rows]
        bad = int(np.count_nonzero(~np.isfinite(part)))
        if bad or not np.isfinite(y_true[start : start + rows]).all():
            raise ValueError(
                f"expected finite targets and quantiles, received {bad} of {part.size} quantiles "
                "that are NaN or infinite: training diverged or an input was missing"
            )
        crossed = int(np.count_nonzero(np.diff(part, axis=-1) < 0))
        if crossed:
            raise ValueError(
                f"expected quantiles in ascending order, received {crossed} that lie below the "
                "quantile of a lower level; sort them, or predict the steps between them"
            )
        yield y_true[start : start + rows].astype(np.float64), part.astype(np.float64)
