"""Forecast the next step of a series now, and score it when a later file holds what was measured.

What was expected is written down with its date before the data exists (`records.forecast`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import registry
from benchmarks.data import Store, default_folder
from benchmarks.definition import Benchmark
from runners.predict.flow import newest, read_rows
from runners.predict.network import FittedNetwork, Refused, network_output
from runners.predict.series import last_window, steps_of, written
from runners.records import forecast as records
from runners.records.forecast import Forecast
from runners.records.store import Runs

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Result:
    """What a call did."""

    made: Forecast
    again: bool
    """Whether the same network had made it before, of the same file."""
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
    """Score what a series of one's own now tells of earlier forecasts, and forecast its next step.

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
        for one in measured(earlier, steps_of(frame, source))
    ]
    for one in scored:
        records.write(runs, one)
    window, last, ahead = last_window(frame, source)
    model = hashlib.sha256(network.model.read_bytes()).hexdigest()
    same = [one for one in earlier if (one["model"], one["input"]) == (model, sha256)]
    if not same:
        (value,) = network_output(network, window)
        made: Forecast = {
            "schema": records.SCHEMA,
            "benchmark": benchmark.name,
            "entry": network.model.parent.name,
            "model": model,
            "made_at": moment,
            "input": sha256,
            "last": str(last.astype("datetime64[us]")),
            "horizon": 1,
            "time": str(ahead.astype("datetime64[us]")),
            "target": source["target"],
            "value": float(value),
            "digest": "",
        }
        made["digest"] = records.digest_of(made)
        records.write(runs, made)
    pending = [one for one in earlier if "actual" not in one]
    still = len(pending) - len(scored) + (0 if same else 1)
    return Result(same[0] if same else made, bool(same), scored, still)


def measured(
    forecasts: Sequence[Forecast], steps: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> list[Forecast]:
    """Those without a measured value whose time has one among `steps` (`steps_of`), with it."""
    values, known, stamps = steps
    actual = dict(
        zip(stamps[known].astype("datetime64[us]").astype(str), values[known, 0], strict=True)
    )
    return [
        {**one, "actual": float(actual[one["time"]])}
        for one in forecasts
        if "actual" not in one and one["time"] in actual
    ]


def lines(result: Result, source: Mapping[str, Any]) -> list[str]:
    """What the terminal is told."""
    made = result.made
    said = [
        f"{written(np.datetime64(one['time']), source['step'])}: {one['value']:.6g} expected on "
        f"{one['made_at'][:10]}, {one['actual']:.6g} measured, error "
        f"{one['value'] - one['actual']:+.3g}"
        for one in result.scored
    ]
    when = written(np.datetime64(made["time"]), source["step"])
    how = f"forecast before, on {made['made_at'][:10]}" if result.again else "written down"
    return [
        *said,
        f"{when}: {made['target']} {made['value']:.6g} expected by {made['entry']}; {how}",
        f"{result.open} forecast{'' if result.open == 1 else 's'} without a measured value",
    ]
