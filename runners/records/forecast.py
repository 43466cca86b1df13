"""Forecasts written down before their time, and what was measured afterwards.

    runs/forecasts/<family>/<benchmark>/<made at>-<digest>.json

What was forecast is never written again: a later file of the series adds what was measured beside
it. A digest over the forecast shows whether it was changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired

from typing_extensions import TypedDict

from runners.records import parsing
from runners.records.record import Number
from runners.records.store import as_json, write_atomically

SCHEMA = 1
FOLDER = "forecasts"
LATER = ("digest", "actual", "scored_at", "scored_from")
"""Fields that the digest does not cover."""


class Forecast(TypedDict):
    """One value that a network expected."""

    schema: int
    """Number of this layout: 1."""
    benchmark: str
    """`family/benchmark`."""
    entry: str
    model: str
    """sha256 of the network's file."""
    made_at: str
    """ISO 8601 time, UTC."""
    input: str
    """sha256 of the file of the series that was known."""
    last: str
    """Time of its last step, ISO 8601."""
    horizon: int
    """Steps from there to `time`."""
    time: str
    """What the forecast is for, ISO 8601, by the clock of the series."""
    target: str
    """The column that was forecast."""
    value: Number
    """What was expected; of a distribution its median."""
    series: NotRequired[str]
    """Which of several series; missing where there is one."""
    intervals: NotRequired[list[list[Number]]]
    """Share of a central interval and its two ends, where a distribution was predicted."""
    digest: str
    """sha256 of the fields above."""
    actual: NotRequired[Number]
    """The value that was measured."""
    scored_at: NotRequired[str]
    """ISO 8601 time, UTC."""
    scored_from: NotRequired[str]
    """sha256 of the file that holds it."""


def digest_of(forecast: Mapping[str, Any]) -> str:
    """sha256 of a forecast, without what was added later."""
    fields = {name: value for name, value in forecast.items() if name not in LATER}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def read(runs: Path, benchmark: str) -> list[Forecast]:
    """A benchmark's forecasts, the one for the earliest time first.

    Raises ValueError for a file that is no forecast, or was changed after it was made.
    """
    try:
        places = sorted((runs / FOLDER / benchmark).glob("*.json"))
    except OSError:  # a name that no file system takes: nothing can lie there
        return []
    found = []
    for place in places:
        try:
            forecast = parsing.parse(Forecast, place.read_bytes(), SCHEMA)
        except (OSError, ValueError) as error:
            raise ValueError(f"{place} is no forecast ({error}); move it away") from error
        if digest_of(forecast) != forecast["digest"]:
            raise ValueError(
                f"{place} was changed after it was made: expected a forecast with digest "
                f"{forecast['digest'][:12]}…, received {digest_of(forecast)[:12]}…; move it away"
            )
        found.append(forecast)
    return sorted(found, key=lambda one: (one["time"], one["made_at"], one.get("series", "")))


def held(forecast: Forecast, share: float) -> bool | None:
    """Whether the value that was measured lies in the interval of that share.

    None where there is no such interval, or no value yet.
    """
    if "actual" not in forecast:
        return None
    for one, low, high in forecast.get("intervals", ()):
        if one == share:
            return low <= forecast["actual"] <= high
    return None


def write(runs: Path, forecast: Forecast) -> None:
    """Keep a forecast, whole or not at all. Raises OSError where nothing can be written."""
    day = "".join(filter(str.isdigit, forecast["made_at"]))[:14]
    name = f"{day}-{forecast['digest'][:12]}.json"
    write_atomically(runs / FOLDER / forecast["benchmark"] / name, as_json(forecast))
