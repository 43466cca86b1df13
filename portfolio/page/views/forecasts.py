"""Step 5: forecasts that were written down before their time, and what was measured."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from benchmarks.quantiles import INTERVALS
from runners.records import forecast as records
from runners.records.forecast import Forecast
from runners.results.types import BenchmarkResult

SHOWN = 0.8
"""Share of the interval that is listed."""
LISTED = 24
"""Forecasts the table has at most: half of them the last that were measured, then open ones."""


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    time: str
    made: str
    expected: str
    interval: str
    """The 80 % interval; "" where none was promised."""
    measured: str
    error: str


@dataclass(frozen=True)
class Forecasts:
    """What a page says of a benchmark's forecasts."""

    sentence: str
    lines: list[Line]
    """Empty where single rows of the owner's data are not shown."""

    @property
    def with_intervals(self) -> bool:
        """Whether an interval was promised in one of the lines."""
        return any(line.interval for line in self.lines)


def made(benchmark: BenchmarkResult, runs: Path, allowed: Collection[str]) -> Forecasts | None:
    """A benchmark's forecasts; None without any.

    The values are single rows of the owner's data: shown of the benchmarks `allowed` alone.
    """
    try:
        found = records.read(runs, benchmark["name"])
    except ValueError:
        return Forecasts("A forecast is not as it was made, so none is shown.", [])
    if not found:
        return None
    scored = [(one, one["value"] - one["actual"]) for one in found if "actual" in one]
    early = sum(before(one) for one, _ in scored)
    open_ = len(found) - len(scored)
    sentence = f"{len(found)} forecast{'s' if len(found) > 1 else ''} of {found[0]['target']}"
    if scored:
        sentence += (
            f": {len(scored)} with a measured value, {early} of them made before their time, mean "
            f"absolute error {fmean(abs(error) for _, error in scored):.4g}"
            + _held([one for one, _ in scored])
        )
    sentence += f"; {open_} still open." if open_ else "."
    shown = _listed(found) if benchmark["name"] in allowed else []
    return Forecasts(sentence, [_line(one) for one in shown])


def _listed(found: list[Forecast]) -> list[Forecast]:
    """The forecasts of the table, in the order of their times."""
    measured = [one for one in found if "actual" in one]
    still = sorted((one for one in found if "actual" not in one), key=lambda one: one["made_at"])
    room = max(LISTED // 2, LISTED - len(still))
    chosen = measured[-room:]
    chosen += still[len(chosen) - LISTED :]
    return [one for one in found if one in chosen]


def _held(scored: list[Forecast]) -> str:
    """How many of the intervals that were promised hold what was measured."""
    parts = []
    for share in INTERVALS:
        found = [inside for one in scored if (inside := records.held(one, share)) is not None]
        if found:
            parts.append(f", the {100 * share:.0f} % interval held {sum(found)} of {len(found)}")
    return "".join(parts)


def _intervals(one: Forecast) -> list[list[float]]:
    return one.get("intervals", [])


def before(forecast: Forecast) -> bool:
    """Whether it was made before the time it is for, taken as UTC."""
    time = datetime.fromisoformat(forecast["time"]).replace(tzinfo=UTC)
    return datetime.fromisoformat(forecast["made_at"]) < time


def _line(one: Forecast) -> Line:
    actual = one.get("actual")
    series = f"{one['series']}, " if "series" in one else ""
    return Line(
        series + one["time"].partition(".")[0].removesuffix("T00:00:00").replace("T", " "),
        one["made_at"][:16].replace("T", " ") + ("" if before(one) else " (after)"),
        f"{one['value']:.6g}",
        next((f"{low:.6g} – {high:.6g}" for s, low, high in _intervals(one) if s == SHOWN), ""),
        "" if actual is None else f"{actual:.6g}",
        "" if actual is None else f"{one['value'] - actual:+.3g}".replace("-", "−"),
    )
