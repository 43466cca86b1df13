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

from benchmarks.data.own.frames import read_frame
from benchmarks.quantiles import LEVELS
from portfolio.page.views import forecasts
from runners.predict import forecast, panel
from runners.predict.network import FittedNetwork, Refused
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
    (promise,) = first.made
    assert (promise["time"], promise["value"]) == ("2024-03-06T00:00:00.000000", 16.0)
    assert (promise["last"], promise["made_at"]) == (
        "2024-03-05T00:00:00.000000",
        "2024-03-05T20:00:00+00:00",
    )
    assert (first.scored, first.open) == ([], 1)
    later = call(6, EVENING + timedelta(days=1))
    (scored,) = later.scored
    assert (scored["value"], scored["actual"]) == (16.0, 15.0)
    assert scored["scored_at"] == "2024-03-06T20:00:00+00:00"
    assert scored["scored_from"] == later.made[0]["input"] != scored["input"]
    assert later.open == 1
    kept = records.read(tmp_path, "mine/sales")
    assert kept == [scored, *later.made]
    assert {name: value for name, value in scored.items() if name in promise} == promise
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


def test_a_measured_value_is_that_of_the_very_time_and_series() -> None:
    one: Forecast = {"time": "2024-03-02T00:00:00.000000"}  # type: ignore[typeddict-item]
    of_a: Forecast = {**one, "series": "a"}
    values = {("", one["time"]): 2.0, ("b", one["time"]): 3.0}
    assert forecast.measured([one, of_a], values) == [{**one, "actual": 2.0}]
    assert forecast.measured([one], {("", "2024-03-01T00:00:00.000000"): 1.0}) == []


# Several series, several steps ahead, with intervals

PANEL = {
    **SOURCE,
    "history": 3,
    "horizon": 2,
    "id": "store",
    "known": ["promo"],
}
STORES: Any = SimpleNamespace(name="mine/stores", data=SimpleNamespace(values=PANEL))


def stores(path: Path, days: int, ahead: int = 2, names: str = "ab") -> Path:
    """Sales of 10, 11, … of each store, then days with the promotion alone."""
    first = datetime(2024, 3, 1)
    lines = [
        f"{first + timedelta(days=day):%Y-%m-%d},{store},{day % 2},"
        f"{10 * (1 + place) + day if day < days else ''}"
        for place, store in enumerate(names)
        for day in range(days + ahead)
    ]
    path.write_text("day,store,promo,sales\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., forecast.Result]:
    """The network expects the last value, ± 2 in the 80 and ± 4 in the 95 % interval."""
    model = tmp_path / "records" / "global-network" / "model-1.keras"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"weights")
    off = np.array([-4, -2, -1, -1, -1, 0, 1, 1, 1, 2, 4])

    def output(network: FittedNetwork, x: np.ndarray) -> np.ndarray:
        assert x.shape[1:] == (3, 3)  # sales, promo moved by the horizon, which store
        assert x[:, 0, 2].tolist() == [0.0, 1.0]
        return np.repeat(x[:, -1:, :1], 2, axis=1)[..., None] + off

    monkeypatch.setattr(panel, "network_output", output)
    schema: Any = {"benchmark": "mine/stores", "series": ["a", "b"]}
    network = FittedNetwork(model, schema, None, LEVELS)

    def made(days: int, now: datetime, **other: Any) -> forecast.Result:
        file = stores(tmp_path / "stores.csv", days, **other)
        return forecast.of_file(STORES, file, network, tmp_path, now)

    return made


def test_every_step_of_every_series_is_promised_and_scored_as_it_arrives(
    promise: Callable[..., forecast.Result], tmp_path: Path
) -> None:
    first = promise(5, EVENING)
    said = [(one["series"], one["horizon"], one["time"][:10], one["value"]) for one in first.made]
    assert said == [
        ("a", 1, "2024-03-06", 14.0),
        ("a", 2, "2024-03-07", 14.0),
        ("b", 1, "2024-03-06", 24.0),
        ("b", 2, "2024-03-07", 24.0),
    ]
    assert first.made[0]["intervals"] == [[0.8, 12.0, 16.0], [0.95, 10.0, 18.0]]
    assert (len(first.scored), first.open) == (0, 4)
    day = promise(6, EVENING + timedelta(days=1))  # one of the two steps has come
    assert [(one["series"], one["horizon"]) for one in day.scored] == [("a", 1), ("b", 1)]
    assert (day.open, len(day.made)) == (6, 4)
    late = promise(10, EVENING + timedelta(days=5))
    assert len(late.scored) == 6
    kept = records.read(tmp_path, "mine/stores")
    assert [records.held(one, 0.8) for one in kept if "actual" in one] == [True] * 8
    assert records.held(kept[-1], 0.8) is None
    assert forecast.lines(day, PANEL) == [
        "a 2024-03-06: 14 expected on 2024-03-05, 15 measured, error -1",
        "b 2024-03-06: 24 expected on 2024-03-05, 25 measured, error -1",
        "2 forecasts scored: mean absolute error 1; the 80% interval held 2 of 2, the 95% interval "
        "held 2 of 2",
        "a 2024-03-07: sales 15 expected by global-network (80%: 13 to 17, 95%: 11 to 19); "
        "written down",
        "a 2024-03-08: sales 15 expected by global-network (80%: 13 to 17, 95%: 11 to 19); "
        "written down",
        "b 2024-03-07: sales 25 expected by global-network (80%: 23 to 27, 95%: 21 to 29); "
        "written down",
        "b 2024-03-08: sales 25 expected by global-network (80%: 23 to 27, 95%: 21 to 29); "
        "written down",
        "6 forecasts without a measured value",
    ]
    page = forecasts.made({"name": "mine/stores"}, tmp_path, ["mine/stores"])  # type: ignore[typeddict-item]
    assert page is not None
    assert page.sentence == (
        "12 forecasts of sales: 8 with a measured value, 8 of them made before their time, mean "
        "absolute error 1.5, the 80 % interval held 8 of 8, the 95 % interval held 8 of 8; 4 still "
        "open."
    )
    assert (page.lines[0].time, page.lines[0].interval) == ("a, 2024-03-06", "12 – 16")


def test_the_table_has_measured_and_open_forecasts() -> None:
    def one(day: int, **other: Any) -> Any:
        return {"time": f"2024-03-{day:02}", "made_at": f"2024-02-{day:02}", **other}

    measured, still = [one(day, actual=1.0) for day in range(1, 21)], [one(day) for day in (28, 29)]
    assert forecasts._listed([*measured, *still]) == [*measured, *still]
    more = [one(day) for day in range(21, 30)]
    listed = forecasts._listed([*measured, *more])
    assert listed == [*measured[-15:], *more]
    many = [one(1, number=number) for number in range(40)]
    listed = forecasts._listed([*measured, *many])
    assert listed == [*measured[-12:], *many[-12:]]


def test_an_interval_changed_afterwards_is_refused(
    promise: Callable[..., forecast.Result], tmp_path: Path
) -> None:
    promise(5, EVENING)
    place = next(tmp_path.glob("forecasts/mine/stores/*.json"))
    content = json.loads(place.read_bytes())
    content["intervals"][0][2] += 100
    place.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="was changed after it was made"):
        promise(6, EVENING)


def test_what_is_not_known_in_advance_or_was_not_learnt_is_refused(
    promise: Callable[..., forecast.Result],
) -> None:
    with pytest.raises(Refused, match=r"'promo' for the 2 steps after 2024-03-05 of series 'a'"):
        promise(5, EVENING, ahead=1)
    with pytest.raises(Refused, match=r"the network has learnt \('a', 'b'\), received 'c'"):
        promise(5, EVENING, names="abc")
    with pytest.raises(Refused, match=r"at least 3 steps of series 'a'.*received 2"):
        promise(2, EVENING)


def test_a_table_of_predictions_has_a_row_a_step_and_series(
    promise: Callable[..., forecast.Result], tmp_path: Path
) -> None:
    promise(5, EVENING)
    network = FittedNetwork(tmp_path / "m", {"series": ["a", "b"]}, None, LEVELS)  # type: ignore[typeddict-item]
    table_ = panel.table(read_frame(tmp_path / "stores.csv", header=True), PANEL, network)
    assert list(table_.columns) == [
        "store", "day", "sales",
        "sales 80% low", "sales 80% high", "sales 95% low", "sales 95% high",
    ]  # fmt: skip
    assert table_["day"].tolist() == ["2024-03-06", "2024-03-07"] * 2
    assert table_["sales 80% low"].tolist() == [12.0, 12.0, 22.0, 22.0]
