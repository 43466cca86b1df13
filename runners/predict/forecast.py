"""Forecast series now, and score the forecasts when a later file holds what was measured.

What was expected is written down with its date before the data exists (`records.forecast`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks import registry
from benchmarks.data import Store, default_folder
from benchmarks.data.own.frames import Frame
from benchmarks.definition import Benchmark
from benchmarks.quantiles import INTERVALS
from runners.predict import panel
from runners.predict.flow import newest, read_rows
from runners.predict.network import FittedNetwork, Refused, network_output
from runners.predict.panel import Ahead
from runners.predict.series import last_window, steps_of, written
from runners.records import forecast as records
from runners.records.forecast import Forecast
from runners.records.store import Runs

Clock = Callable[[], datetime]
LISTED = 14
"""Forecasts made or scored that the terminal is told one by one."""


@dataclass(frozen=True)
class Result:
    """What a call did."""

    made: list[Forecast]
    """One for every series and step ahead."""
    again: bool
    """Whether the same network had made them before, of the same file."""
    scored: list[Forecast]
    """Earlier forecasts whose time this file holds."""
    open: int
    """Forecasts still without a measured value, `made` among them."""


def forecast(
    name: str,
    file: Path | None,
    runs: Path,
    *,
    data: Path | None = None,
    clock: Clock = lambda: datetime.now(UTC),
) -> Result:
    """Score what series of one's own now tell of earlier forecasts, and forecast what is next.

    `file` is the series up to now; without, the one in the data folder. Raises Refused, DataError,
    UnknownNameError, and ValueError for a forecast that was changed after it was made.
    """
    found = registry.select(registry.load(), name, "full")
    if len(found) != 1:
        raise Refused(f"expected the name of one benchmark, received {name!r}")
    benchmark, store = found[0], Store(data or default_folder(), offline=True)
    if "history" not in benchmark.data.values or "own" not in benchmark.data.values:
        raise Refused(
            f"expected a series of one's own, which grows; {benchmark.name} is none. "
            "make new FILE=series.csv makes one of a file"
        )
    network = newest(benchmark, Runs(runs), store)
    place = file or store.folder / benchmark.data.copies[0].files[0].keep
    return of_file(benchmark, place, network, runs, clock().astimezone(UTC))


def of_file(
    benchmark: Benchmark, file: Path, network: FittedNetwork, runs: Path, now: datetime
) -> Result:
    """The same with everything at hand; `now` is in UTC."""
    source = benchmark.data.values
    frame = read_rows(file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    moment = now.isoformat(timespec="seconds")
    earlier = records.read(runs, benchmark.name)
    scored: list[Forecast] = [
        {**one, "scored_at": moment, "scored_from": sha256}
        for one in measured(earlier, values_of(frame, source))
    ]
    for one in scored:
        records.write(runs, one)
    model = hashlib.sha256(network.model.read_bytes()).hexdigest()
    made = [one for one in earlier if (one["model"], one["input"]) == (model, sha256)]
    again = bool(made)
    if not again:
        made = [
            promised(one, benchmark.name, source, network, model, moment, sha256)
            for one in expected(frame, source, network)
        ]
        for one in made:
            records.write(runs, one)
    pending = [one for one in earlier if "actual" not in one]
    still = len(pending) - len(scored) + (0 if again else len(made))
    return Result(made, again, scored, still)


def promised(
    ahead: Ahead,
    benchmark: str,
    source: Mapping[str, Any],
    network: FittedNetwork,
    model: str,
    moment: str,
    sha256: str,
) -> Forecast:
    """A forecast as it is written down."""
    made: Forecast = {
        "schema": records.SCHEMA,
        "benchmark": benchmark,
        "entry": network.model.parent.name,
        "model": model,
        "made_at": moment,
        "input": sha256,
        "last": str(ahead.last.astype("datetime64[us]")),
        "horizon": ahead.horizon,
        "time": str(ahead.time.astype("datetime64[us]")),
        "target": source["target"],
        "value": ahead.value,
        "digest": "",
    }
    if ahead.series:
        made["series"] = ahead.series
    if ahead.intervals:
        made["intervals"] = [list(one) for one in ahead.intervals]
    made["digest"] = records.digest_of(made)
    return made


def expected(frame: Frame, source: Mapping[str, Any], network: FittedNetwork) -> list[Ahead]:
    """What the network expects after the last line of every series."""
    if "horizon" in source:
        return panel.expected(frame, source, network)
    window, last, time = last_window(frame, source)
    (value,) = network_output(network, window)
    return [Ahead("", last, 1, time, float(value))]


def values_of(frame: Frame, source: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """What was measured, by series and time."""
    if "horizon" in source:
        series = [
            (one.name, one.values, one.measured, one.stamps)
            for one in panel.steps_of_series(frame, source)
        ]
    else:
        series = [("", *steps_of(frame, source))]
    return {
        (name, str(time)): float(value)
        for name, values, known, stamps in series
        for time, value in zip(
            stamps[known].astype("datetime64[us]"), values[known, 0], strict=True
        )
    }


def measured(
    forecasts: Sequence[Forecast], values: Mapping[tuple[str, str], float]
) -> list[Forecast]:
    """Those without a measured value whose series and time have one (`values_of`), with it."""
    return [
        {**one, "actual": values[one.get("series", ""), one["time"]]}
        for one in forecasts
        if "actual" not in one and (one.get("series", ""), one["time"]) in values
    ]


def lines(result: Result, source: Mapping[str, Any]) -> list[str]:
    """What the terminal is told."""
    made, scored = result.made, result.scored
    said = [
        f"{_when(one, source)}: {one['value']:.6g} expected on {one['made_at'][:10]}, "
        f"{one['actual']:.6g} measured, error {one['value'] - one['actual']:+.3g}"
        for one in scored[:LISTED]
    ]
    if len(scored) > 1:
        off = fmean(abs(one["value"] - one["actual"]) for one in scored)
        said.append(f"{len(scored)} forecasts scored: mean absolute error {off:.4g}{_held(scored)}")
    how = f"forecast before, on {made[0]['made_at'][:10]}" if result.again else "written down"
    said += [
        f"{_when(one, source)}: {one['target']} {one['value']:.6g} expected by {one['entry']}"
        f"{_intervals(one)}; {how}"
        for one in made[:LISTED]
    ]
    if len(made) > LISTED:
        said.append(f"… and {len(made) - LISTED} more, to {_when(made[-1], source)}; {how}")
    plural = "" if result.open == 1 else "s"
    return [*said, f"{result.open} forecast{plural} without a measured value"]


def _when(one: Forecast, source: Mapping[str, Any]) -> str:
    series = f"{one['series']} " if "series" in one else ""
    return f"{series}{written(np.datetime64(one['time']), source['step'])}"


def _intervals(one: Forecast) -> str:
    parts = [f"{s:.0%}: {low:.6g} to {high:.6g}" for s, low, high in one.get("intervals", ())]
    return f" ({', '.join(parts)})" if parts else ""


def _held(scored: Sequence[Forecast]) -> str:
    """How many of the intervals hold what was measured."""
    parts = []
    for share in INTERVALS:
        found = [inside for one in scored if (inside := records.held(one, share)) is not None]
        if found:
            parts.append(f"the {share:.0%} interval held {sum(found)} of {len(found)}")
    return f"; {', '.join(parts)}" if parts else ""
