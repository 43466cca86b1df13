"""Whether a series has a season, and which of those its step suggests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.data.own.series import MICROSECONDS, STEP

DAY_BEFORE, WEEK_BEFORE, YEAR_BEFORE = "the day before", "the week before", "the year before"
LONGEST = 2_000
"""Steps of a season at most: windows hold a whole one."""
CYCLES = 3
"""Whole seasons a series needs before one is looked for."""
WEAKEST = 0.2
"""Autocorrelation below which a season is not worth its name."""


@dataclass(frozen=True)
class Season:
    """A period after which a series resembles itself."""

    period: int
    """Steps."""
    name: str
    """When that was: "the week before"."""
    strength: float
    """Autocorrelation at the period, of the series less its moving average over one."""


def candidates(step: str) -> dict[int, str]:
    """Periods, in steps, of the day, the week and the year, for a step as `own_series` takes it."""
    parts = STEP.fullmatch(step)
    assert parts is not None, step
    count, unit = int(parts[1]), parts[2]
    if unit == "business day":
        return {5: WEEK_BEFORE, 261: YEAR_BEFORE}
    if unit == "year":
        return {}
    if unit == "month":
        return {12 // count: YEAR_BEFORE} if 12 % count == 0 and count < 12 else {}
    step_length = count * MICROSECONDS[unit]
    periods = {}
    day = MICROSECONDS["day"]
    for length, name in ((day, DAY_BEFORE), (7 * day, WEEK_BEFORE), (365 * day, YEAR_BEFORE)):
        whole = length % step_length == 0 or name == YEAR_BEFORE
        if whole and 2 <= round(length / step_length) <= LONGEST:
            periods[round(length / step_length)] = name
    return periods


def strongest(series: np.ndarray, step: str) -> Season | None:
    """The season of a series (steps,), NaN where it has no value; None where it has none."""
    seasons = [
        Season(period, name, likeness(series, period))
        for period, name in candidates(step).items()
        if len(series) >= CYCLES * period
    ]
    best = max(seasons, key=lambda one: one.strength, default=None)
    noise = 2 / np.sqrt(max(1, np.isfinite(series).sum()))
    return best if best and best.strength > max(WEAKEST, noise) else None


def likeness(series: np.ndarray, period: int) -> float:
    """Autocorrelation at `period` of a series (steps,) less its centred moving average over one.

    The average takes off trend and level, which resemble themselves at any distance; what is
    missing is passed over.
    """
    there = np.isfinite(series)
    total = np.concatenate([[0.0], np.cumsum(np.where(there, series, 0.0))])
    count = np.concatenate([[0], np.cumsum(there)])
    width = period + 1 - period % 2  # odd, to be centred
    ends = np.arange(width, len(total))
    many = count[ends] - count[ends - width]
    average = (total[ends] - total[ends - width]) / np.maximum(many, 1)
    half = width // 2
    left = np.where(many > width / 2, series[half : half + len(average)] - average, np.nan)
    now, before = left[period:], left[:-period]
    both = np.isfinite(now) & np.isfinite(before)
    if both.sum() < 3 or not now[both].std() or not before[both].std():
        return 0.0
    return float(np.corrcoef(now[both], before[both])[0, 1])
