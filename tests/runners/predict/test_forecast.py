"""Forecasts written down before their time, by a clock, and scored from a later file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from portfolio.page.views import forecasts
from runners.predict import forecast
from runners.predict.network import FittedNetwork
from runners.records import forecast as records
from runners.records.forecast import Forecast

SOURCE = {
    "own": True,
    "time": "day",
    "target": "sales",
    "step": "1 day",
    "also": [],
    "dates": "ISO8601",
    "history": 3,
}
BENCHMARK: Any = SimpleNamespace(name="mine/sales", data=SimpleNamespace(values=SOURCE))


def table(path: Path, days: int, missing: int = -1) -> Path:
    """Sales of 10, 11, 12, … from the first of March 2024."""
    first = datetime(2024, 3, 1)
    lines = [
        f"{first + timedelta(days=day):%Y-%m-%d},{'' if day == missing else 10 + day}"
        for day in range(days)
    ]
    path.write_text("day,sales\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int, datetime], forecast.Result]:
    """Forecast from so many days at a time of the clock; the network adds 2 to the last value."""
    model = tmp_path / "records" / "gru" / "model-1.keras"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"weights")
    monkeypatch.setattr(forecast, "network_output", lambda network, x: x[:, -1, 0] + 2.0)
    network = FittedNetwork(model, {"benchmark": "mine/sales"})  # type: ignore[typeddict-item]

    def made(days: int, now: datetime, missing: int = -1) -> forecast.Result:
        file = table(tmp_path / "sales.csv", days, missing)
        return forecast.of_file(BENCHMARK, file, network, tmp_path, now)

    return made


EVENING = datetime(2024, 3, 5, 20, tzinfo=UTC)


def test_a_forecast_is_written_down_and_scored_when_its_day_is_in_the_file(
    call: Callable[..., forecast.Result], tmp_path: Path
) -> None:
    first = call(5, EVENING)
    assert (first.made["time"], first.made["value"]) == ("2024-03-06T00:00:00.000000", 16.0)
    assert (first.made["last"], first.made["made_at"]) == (
        "2024-03-05T00:00:00.000000",
        "2024-03-05T20:00:00+00:00",
    )
    assert (first.scored, first.open) == ([], 1)
    later = call(6, EVENING + timedelta(days=1))
    (scored,) = later.scored
    assert (scored["value"], scored["actual"]) == (16.0, 15.0)
    assert scored["scored_at"] == "2024-03-06T20:00:00+00:00"
    assert scored["scored_from"] == later.made["input"] != scored["input"]
    assert later.open == 1
    kept = records.read(tmp_path, "mine/sales")
    assert kept == [scored, later.made]
    promised = {name: value for name, value in scored.items() if name in first.made}
    assert promised == first.made
    assert forecast.lines(later, SOURCE) == [
        "2024-03-06: 16 expected on 2024-03-05, 15 measured, error +1",
        "2024-03-07: sales 17 expected by gru; written down",
        "1 forecast without a measured value",
    ]


def test_what_was_forecast_is_never_forecast_anew_of_the_same_file(
    call: Callable[..., forecast.Result], tmp_path: Path
) -> None:
    first, again = call(5, EVENING), call(5, EVENING + timedelta(hours=1))
    assert again.again
    assert again.made == first.made
    assert again.open == 1
    assert len(records.read(tmp_path, "mine/sales")) == 1


def test_a_day_without_a_value_leaves_a_forecast_open(
    call: Callable[..., forecast.Result],
) -> None:
    call(5, EVENING)
    later = call(7, EVENING + timedelta(days=2), missing=5)
    assert (later.scored, later.open) == ([], 2)


@pytest.mark.parametrize("field", ["value", "made_at", "time"])
def test_a_forecast_changed_afterwards_is_refused(
    field: str, call: Callable[..., forecast.Result], tmp_path: Path
) -> None:
    call(5, EVENING)
    (place,) = tmp_path.glob("forecasts/mine/sales/*.json")
    content = json.loads(place.read_bytes())
    content[field] = 15.0 if field == "value" else "2024-03-01T00:00:00"
    place.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="was changed after it was made"):
        call(6, EVENING)
    page = forecasts.made(result(), tmp_path, ["mine/sales"])
    assert page is not None
    assert (page.sentence, page.lines) == (
        "A forecast is not as it was made, so none is shown.",
        [],
    )


def result() -> Any:
    return {"name": "mine/sales"}


def test_the_page_says_what_was_promised_and_shows_values_where_allowed(
    call: Callable[..., forecast.Result], tmp_path: Path
) -> None:
    assert forecasts.made(result(), tmp_path, []) is None
    call(5, EVENING)
    call(6, EVENING + timedelta(days=9))
    there = forecasts.made(result(), tmp_path, ["mine/sales"])
    assert there is not None
    assert there.sentence == (
        "2 forecasts of sales: 1 with a measured value, 1 of them made before their time, mean "
        "absolute error 1; 1 still open."
    )
    first, second = there.lines
    assert (first.time, first.made) == ("2024-03-06", "2024-03-05 20:00")
    assert (first.expected, first.measured, first.error) == ("16", "15", "+1")
    assert second.made.endswith("(after)")
    hidden = forecasts.made(result(), tmp_path, [])
    assert hidden is not None
    assert hidden.lines == []


def test_a_measured_value_is_that_of_the_very_time() -> None:
    one: Forecast = {"time": "2024-03-02T00:00:00.000000"}  # type: ignore[typeddict-item]
    stamps = np.array(["2024-03-01", "2024-03-02", "NaT"], "datetime64[us]")
    values = np.array([[1.0], [2.0], [2.0]])
    steps = (values, np.array([True, True, False]), stamps)
    assert forecast.measured([one], steps) == [{**one, "actual": 2.0}]
    unknown = (values, np.array([True, False, False]), stamps)
    assert forecast.measured([one], unknown) == []
