"""How `make new` reads times: counted, finely cut, written as periods, or with zones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from new_help import data_of, defined, draft, in_house_style, write

from benchmarks.data.own.frames import read_frame
from benchmarks.data.own.times import PERIODS, first_day, read_times, standard_time
from runners.new.request import Draft, Unclear
from runners.predict.series import latest

START = datetime(2021, 3, 1, tzinfo=UTC)
COUNT = 96


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Draft]:
    """Times as the first of two columns, looked at as `make new TASK=forecast` does."""

    def drafted(times: list[str], name: str = "time") -> Draft:
        rows = [[name, "load"], *([t, 100 + n % 7 + n / 9] for n, t in enumerate(times))]
        path = write(tmp_path / "series.csv", rows)
        return draft(path, tmp_path, task="forecast")

    return drafted


def every(step: timedelta, written: Callable[[datetime], str]) -> list[str]:
    return [written(START + n * step) for n in range(COUNT)]


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("times", "name", "step", "first"),
    [
        (every(HOUR, lambda t: f"{t.timestamp():.0f}"), "Timestamp", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: f"{t.timestamp():.0f}"), "x", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: f"{t.timestamp():.1f}"), "ts", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: f"{1e3 * t.timestamp():.0f}"), "t", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: f"{1e6 * t.timestamp():.0f}"), "epoch", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: f"{t.timestamp():.0f}000000000"), "t", "1 hour", "2021-03-01"),
        (
            every(timedelta(milliseconds=40), lambda t: f"{1e3 * t.timestamp():.0f}"),
            "time",
            "40 milliseconds",
            "2021-03-01",
        ),
        (
            every(timedelta(milliseconds=10), lambda t: f"{t.timestamp():.2f}"),
            "time",
            "10 milliseconds",
            "2021-03-01",
        ),
        (
            every(timedelta(microseconds=125), lambda t: t.strftime("%d.%m.%Y %H:%M:%S.%f")),
            "time",
            "125 microseconds",
            "2021-03-01",
        ),
        (
            every(timedelta(milliseconds=5), lambda t: f'"{t:%F %T},{t.microsecond // 1000:03}"'),
            "time",
            "5 milliseconds",
            "2021-03-01",
        ),
        (every(HOUR, lambda t: t.strftime("%Y%m%d%H")), "date", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: t.strftime("%Y%m%d%H%M")), "date", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: t.strftime("%F %H:%M UTC")), "date", "1 hour", "2021-03-01"),
        (every(HOUR, lambda t: t.strftime("%F %H:%M CET")), "date", "1 hour", "2021-02-28"),
        ([f"{1980 + n // 4}Q{n % 4 + 1}" for n in range(COUNT)], "q", "3 months", "1980-01-01"),
        ([f"Q{n % 4 + 1} {1980 + n // 4}" for n in range(COUNT)], "q", "3 months", "1980-01-01"),
        ([f"{1980 + n // 4}-q{n % 4 + 1}" for n in range(COUNT)], "q", "3 months", "1980-01-01"),
        ([f"{1980 + n // 12}M{n % 12 + 1:02}" for n in range(COUNT)], "m", "1 month", "1980-01-01"),
        ([f"{1980 + n // 12}{n % 12 + 1:02}" for n in range(COUNT)], "month", "1 month", "1980-01"),
        ([f"{1950 + n // 2}H{n % 2 + 1}" for n in range(COUNT)], "h", "6 months", "1950-01-01"),
        (every(timedelta(weeks=1), lambda t: t.strftime("%G-W%V")), "w", "1 week", "2021-03-01"),
        (every(timedelta(weeks=1), lambda t: t.strftime("%GW%V")), "w", "1 week", "2021-03-01"),
        (every(timedelta(weeks=1), lambda t: t.strftime("%G/%V")), "week", "1 week", "2021-03-01"),
        (every(timedelta(weeks=1), lambda t: t.strftime("%G%V")), "week", "1 week", "2021-03-01"),
        ([f"{44_256 + n}" for n in range(COUNT)], "date", "1 day", "2021-03-01"),
        ([f"{44_256 + n / 24:.6f}" for n in range(COUNT)], "date", "1 hour", "2021-03-01"),
        (
            [f"{1980 + n // 12} {datetime(1980, n % 12 + 1, 1):%b}".upper() for n in range(COUNT)],
            "m",
            "1 month",
            "1980-01-01",
        ),
        (
            [f"{datetime(1980, n % 12 + 1, 1):%b}-{60 + n // 12}" for n in range(COUNT)],
            "m",
            "1 month",
            "1960-01-01",
        ),
        (every(timedelta(days=1), lambda t: t.strftime("%Y-%j")), "day", "1 day", "2021-03-01"),
    ],
)
def test_ways_to_write_a_time(
    times: list[str], name: str, step: str, first: str, look: Callable[..., Draft], tmp_path: Path
) -> None:
    found = look(times, name)
    assert any(f"one line every {step.removeprefix('1 ')}" in line for line in found.remarks)
    assert any(f"steps from {first}" in line for line in found.remarks)
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    assert dataset.facts["steps"] == COUNT
    if step == "3 months":
        in_house_style({"times.py": found.text}, tmp_path)
    window, following = latest(read_frame(tmp_path / "series.csv"), benchmark.data.values)
    assert window.shape[1] == benchmark.data.values["history"]
    assert following > np.datetime64(benchmark.data.values["train_until"])


def test_offsets_that_some_times_lack_are_told(look: Callable[..., Draft]) -> None:
    times = every(HOUR, lambda t: f"{t:%FT%T}{'Z' if t < START + 40 * HOUR else ''}")
    assert any(line.startswith("! 56 times have no offset") for line in look(times).remarks)


@pytest.mark.parametrize("seconds", ["", ":00"])
def test_24_oclock_is_midnight_of_the_next_day(
    seconds: str, look: Callable[..., Draft], tmp_path: Path
) -> None:
    times = every(HOUR, lambda t: f"{t - HOUR:%d.%m.%Y} {t.hour or 24:02}:00{seconds}")
    found = look(times)
    assert "  24:00 is midnight of the next day (4 times)" in found.remarks
    assert any("96 steps from 2021-03-01T00:00" in line for line in found.remarks)
    assert data_of(found, tmp_path / "data").facts["steps"] == COUNT


def test_counts_that_are_no_times_stay_numbers(look: Callable[..., Draft]) -> None:
    """Populations have the size of times, and do not rise from line to line."""
    people = [str(1_400_000_000 + (n * 7919) % 1000) for n in range(COUNT)]
    with pytest.raises(Unclear, match="expected a column of times"):
        look(people, "population")
    with pytest.raises(Unclear, match="expected a column of times"):
        look([str(1_577_836_800 + n) for n in range(COUNT)], "customer_id")


@pytest.mark.parametrize("minutes", [10, 60])
def test_an_hour_that_a_change_of_clocks_repeats_is_read_in_standard_time(
    minutes: int, look: Callable[..., Draft], tmp_path: Path
) -> None:
    begin = datetime(2021, 10, 30, 20)
    real = [begin + n * timedelta(minutes=minutes) for n in range(COUNT)]
    back = datetime(2021, 10, 31, 2)
    found = look([f"{one + HOUR * (one < back):%F %H:%M}" for one in real])
    assert any("an hour stands twice where clocks are set back" in line for line in found.remarks)
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    assert dataset.facts["steps"] == COUNT
    assert benchmark.data.values["clock"] == "summer time"
    _, following = latest(read_frame(tmp_path / "series.csv"), benchmark.data.values)
    assert following == np.datetime64(real[-1] + timedelta(minutes=minutes))
    in_house_style({"clock.py": found.text}, tmp_path)


def test_both_changes_of_a_year() -> None:
    """Summer begins on 28 March and ends on 31 October 2021."""
    real = np.arange("2021-01-01", "2021-12-31", dtype="datetime64[h]").astype("datetime64[us]")
    summer = (real >= np.datetime64("2021-03-28T02")) & (real < np.datetime64("2021-10-31T02"))
    local = real + summer.astype("timedelta64[h]")
    assert np.array_equal(standard_time(local), real)
    assert standard_time(real) is None
    assert standard_time(local[::-1]) is None


def test_a_doubled_line_is_no_change_of_clocks(look: Callable[..., Draft]) -> None:
    times = every(HOUR, lambda t: f"{t:%F %H:%M}")
    with pytest.raises(Unclear, match="keep one line of each, or their mean"):
        look([*times[:40], times[39], *times[40:]])


def test_offsets_tell_a_repeated_hour_apart(look: Callable[..., Draft], tmp_path: Path) -> None:
    night = datetime(2021, 10, 30, tzinfo=UTC)
    zones = [2 if n < 25 else 1 for n in range(COUNT)]
    local = [
        f"{night + (n + ahead) * HOUR:%FT%H:%M}+0{ahead}:00[Europe/Berlin]"
        for n, ahead in enumerate(zones)
    ]
    found = look(local)
    assert data_of(found, tmp_path / "data").facts["steps"] == COUNT


def test_a_preamble_with_cells_of_its_own(look: Callable[..., Draft], tmp_path: Path) -> None:
    times = every(HOUR, lambda t: f"{t:%F %H:%M}")
    rows = "".join(f"{time},{100 + n % 7}\n" for n, time in enumerate(times))
    path = write(tmp_path / "s.csv", f"Weather station\nlatitude,48.1\n\ntime,load\n{rows}")
    found = draft(path, tmp_path, task="forecast")
    assert "2 lines above the header passed over" in found.remarks, "a blank one aside"
    assert data_of(found, tmp_path / "data").facts["steps"] == COUNT


def test_cells_that_are_no_times_are_none() -> None:
    cells = pd.Series(["2000Q5", "2000W54", "2000M13", "2000Q1-1", "Q1", "2000", ""])
    assert np.isnat(read_times(cells, PERIODS)).all()
    assert first_day("2020W53-7") == np.datetime64("2021-01-03")
    bad = pd.Series(["2021-01-01 24:01", "2021-01-01 25:00", "2021-13-01 24:00"])
    assert np.isnat(read_times(bad, "ISO8601")).all()
    counts = pd.Series(["1577836800", "nan", "", "1e30"])
    assert np.isnat(read_times(counts, "seconds since 1970")).tolist() == [False, True, True, True]


def test_december_24_is_no_midnight() -> None:
    assert read_times(pd.Series(["Dec 24"]), "%b %y")[0] == np.datetime64("2024-12-01")


def test_a_preamble_signs_and_sentinels_are_read_as_in_tables(
    tmp_path: Path,
) -> None:
    """Lines above the header, a decimal comma, -200 for what was not measured."""
    days = every(timedelta(days=1), lambda t: f"{t:%d.%m.%Y}")
    cells = [f"{100 + n % 7 + n / 9:.2f}".replace(".", ",") for n in range(COUNT)]
    cells[40] = cells[41] = "-200"
    rows = "".join(f"{day};{cell}\n" for day, cell in zip(days, cells, strict=True))
    path = write(
        tmp_path / "s.csv", f"Load of the town hall\nSource: the town, 2021\n\nday;load\n{rows}"
    )
    found = draft(path, tmp_path, task="forecast")
    told = "\n".join(found.remarks)
    assert "above the table" in told
    assert "-200 (2 cells) taken for no value" in told
    assert [row.read_as for row in found.table] == ["times", "TARGET, number"]
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    assert dataset.facts["steps"] == COUNT
    assert 100 <= dataset.y.min() <= dataset.y.max() < 120
    in_house_style({"signs.py": found.text}, tmp_path)
    window, _ = latest(read_frame(path), benchmark.data.values)
    assert window[0, -1, 0] == float(cells[-1].replace(",", "."))
