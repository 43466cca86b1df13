"""Time series from files: clocks that jump, silent sensors, archives of several channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_folder import MIRROR
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data import Corrupt, ucr
from benchmarks.data.readers.series import (
    carried_forward,
    check_clock,
    on_clock,
    one_step,
    read_series,
    read_table,
    univariate,
)
from benchmarks.data.ucr import pad_series, parse_channels
from benchmarks.timeseries import (
    air_quality,
    appliances_energy,
    beijing_pm25,
    minimum_temperatures,
)

HOUR = np.timedelta64(1, "h")
MONTH = np.timedelta64(1, "M")


def csv(folder: Path, *lines: str) -> Path:
    path = folder / "series.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_months_may_count_from_year_one(tmp_path: Path) -> None:
    path = csv(tmp_path, '"Month","Sales"', '"1-11",3', '"1-12",4.5', '"2-01",5')
    assert read_series(path, ("Sales",), step=MONTH)[:, 0].tolist() == [3, 4.5, 5]


@pytest.mark.parametrize(
    ("stamps", "said"),
    [
        (["2020-03-29T01", "2020-03-29T03"], "'2020-03-29T03' in line 3 comes after a gap"),
        (["2020-10-25T02", "2020-10-25T02"], "stands twice"),
        (["2020-01-01T05", "2020-01-01T04"], "is out of order"),
        (["yesterday", "today"], "ISO 8601 timestamps"),
    ],
)
def test_a_clock_that_jumps_is_refused(stamps: list[str], said: str) -> None:
    """Summer time begins with the gap and ends with the double."""
    with pytest.raises(Corrupt, match=said):
        check_clock(stamps, HOUR, "series.csv")


def test_gaps_can_be_filled_with_nothing_but_never_sorted_away() -> None:
    stamps = ["2020-01-01", "2020-01-02", "2020-01-04"]
    day = np.timedelta64(1, "D")
    found = on_clock(stamps, np.array([1.0, 2.0, 4.0]), day, "series.csv")
    np.testing.assert_array_equal(found, [1, 2, np.nan, 4])
    with pytest.raises(Corrupt, match="out of order"):
        on_clock(stamps[::-1], np.zeros(3), day, "series.csv")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("time,a", "2020-01,1", "2020-02"), "2 cells in every line of series.csv, received 1"),
        (("time,b", "2020-01,1"), "a column 'a' in series.csv"),
        (("time,a", "2020-01,NA"), "numbers in column 'a'"),
        (("time,a", "2020-01,nan"), "finite numbers in column 'a'"),
        (("time,a",), "at least one line"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(Corrupt, match=said):
        read_series(csv(tmp_path, *lines), ("a",), step=MONTH)


@given(st.lists(st.one_of(st.none(), st.floats(-10, 10)), min_size=1, max_size=40))
def test_what_is_carried_forward_is_the_last_measured(values: list[float | None]) -> None:
    series = np.array([1.0, *(np.nan if v is None else v for v in values)])
    expected, last = [], np.nan
    for value in series:
        last = last if np.isnan(value) else value
        expected.append(last)
    assert carried_forward(series).tolist() == expected
    shortened = carried_forward(series[:-1])
    assert carried_forward(series)[:-1].tolist() == shortened.tolist(), "looks ahead"


def test_nothing_can_be_carried_to_the_beginning() -> None:
    with pytest.raises(Corrupt, match="in the first step"):
        carried_forward(np.array([np.nan, 1.0]))


def test_targets_nobody_measured_are_left_out() -> None:
    series = np.arange(10.0)[:, None]
    scored = np.ones(10, bool)
    scored[[4, 8]] = False
    found = one_step(series, 3, 7, ("a",), scored=scored)
    assert found.y.tolist() == [3, 5, 6, 7, 9]
    assert found.x[:, -1, 0].tolist() == [2, 4, 5, 6, 8]
    assert found.train_rows == 3


def test_a_series_shorter_than_its_window_is_refused(tmp_path: Path) -> None:
    path = csv(tmp_path, "time,a", "2020-01,1", "2020-02,2")
    with pytest.raises(Corrupt, match="more than 2 steps for a window and its target, received 2"):
        univariate("a", "a", step="M", history=2, train_until=1)(path)


def test_series_of_several_channels() -> None:
    series, labels = parse_channels("@data\n1,2,3:4,5,6:walk\n7,8:9,10:run\n")
    assert [one.tolist() for one in series] == [[[1, 4], [2, 5], [3, 6]], [[7, 9], [8, 10]]]
    assert labels == ["walk", "run"]
    x = pad_series(series, 4)
    assert x.shape == (2, 4, 2)
    assert not x[1, 2:].any()
    with pytest.raises(ValueError, match="channels of one length"):
        parse_channels("@data\n1,2:3:walk\n")
    with pytest.raises(ValueError, match="'@data'"):
        parse_channels("1:walk")
    with pytest.raises(Corrupt, match="no step of zeros alone, found one in series 1"):
        pad_series([np.zeros((2, 2))], 3)


def test_series_of_the_wrong_length_are_refused(tmp_path: Path) -> None:
    names = {"A_TRAIN.ts": "@data\n1,2:3,4:x\n", "A_TEST.ts": "@data\n1,2,3,4:1,2,3,4:y\n"}
    for name, text in names.items():
        (tmp_path / name).write_text(text)
    source = ucr(
        "A",
        train=1,
        test=1,
        length=3,
        shortest=2,
        channels=2,
        classes=("x", "y"),
        title="A",
        licence="none",
        citation="dau2019ucr",
    )
    with pytest.raises(Corrupt, match=r"length 2 to 3 in A_TEST.ts, received 1 of length \[4\]"):
        source.copies[0].read({name: tmp_path / name for name in names})


def published(name: str) -> Path:
    found = sorted(MIRROR.rglob(name))
    if not found:
        pytest.skip(f"no {name} in the data mirror beside the checkout")
    return found[0]


def test_melbourne_lacks_two_days() -> None:
    path = published("daily-min-temperatures.csv")
    assert len(read_table(path)["Date"]) == 3650
    dataset = minimum_temperatures.read_file(path)
    assert len(dataset.y) == 3650 - 365
    assert len(dataset.y) - dataset.train_rows == 730


def test_beijing_is_scored_where_it_was_measured() -> None:
    path = published("PRSA_data_2010.1.1-2014.12.31.csv")
    cells = read_table(path)["pm2.5"]
    dataset = beijing_pm25.read_file(path)
    measured = np.array([float(cell) for cell in cells[48:] if cell != "NA"])
    np.testing.assert_array_equal(dataset.y, measured)
    first_year = sum(cell != "NA" for cell in cells[48:8760])
    assert dataset.train_rows == first_year


def test_the_street_is_scored_where_it_was_measured() -> None:
    path = published("AirQualityUCI.csv")
    dataset = air_quality.read_file(path)
    assert dataset.y.min() > 0
    assert dataset.x[..., 0].min() > 0, "-200 is no concentration"
    cells = read_table(path, separator=";")["CO(GT)"][24:]
    assert len(dataset.y) == sum(cell.split(",")[0] != "-200" for cell in cells)


def test_a_window_ends_ten_minutes_before_its_target(tmp_path: Path) -> None:
    header = "date,Appliances,lights,T_out,RH_out"
    lines = [
        f"2016-01-01 {minutes // 60:02}:{minutes % 60:02}:00,{minutes},0,5,80"
        for minutes in range(0, 100, 10)
    ]
    dataset = appliances_energy.read_file(csv(tmp_path, header, *lines), history=3, train_until=8)
    assert dataset.y.tolist() == [30, 40, 50, 60, 70, 80, 90]
    np.testing.assert_array_equal(dataset.x[:, -1, 0], dataset.y - 10)
    assert dataset.train_rows == 5
