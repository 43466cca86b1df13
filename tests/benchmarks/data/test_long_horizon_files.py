"""Files of the long-horizon table: their formats on few lines, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.data import Corrupt, DataError, Dataset, Source, Store, load
from benchmarks.data.core.store import identify
from benchmarks.data.ett import COLUMNS, DAYS, ett
from benchmarks.data.ett import _read as read_ett
from benchmarks.data.long_horizon import FILES, long_horizon
from benchmarks.data.long_horizon import _read as read_long_horizon
from benchmarks.data.readers.series import check_order
from benchmarks.windows import spanned

TEN_MINUTES = np.timedelta64(10, "m")
WEATHER = FILES["weather"]
HEADER = [
    f"{name} (W/m\ufffd)" if name in ("SWDR", "PAR", "max. PAR") else name
    for name in WEATHER.columns
]


def weather(folder: Path, clock: list[str], header: list[str] = HEADER) -> Path:
    """A file with the lines 0, 1, 2 … in its first column, ten times that in the second, …"""
    path = folder / "weather.csv"
    lines = [
        ",".join([time, *(str(row * 10**place % 977) for place in range(len(header)))])
        for row, time in enumerate(clock)
    ]
    path.write_text("\n".join([",".join(["date", *header]), *lines]), encoding="utf-8")
    return path


def clock(count: int) -> list[str]:
    times = np.datetime64("2020-01-01T00:10") + np.arange(count) * TEN_MINUTES
    return [str(time).replace("T", " ") + ":00" for time in times]


def read(path: Path) -> Dataset:
    return read_long_horizon(path, series=WEATHER, horizon=4, history=6, batch=0)


def test_the_weather_file_is_read_whatever_became_of_its_units(tmp_path: Path) -> None:
    found = read(weather(tmp_path, clock(100)))
    assert found.feature_names[0] == "air pressure"
    assert found.feature_names[-1] == "carbon dioxide"
    assert found.x.shape == (91, 6, 21)
    assert found.y.shape == (91, 4, 21)
    assert found.train_rows == 80 - 6 - 4 + 1
    first = spanned(found.x)[:70, 0]
    np.testing.assert_allclose((first.mean(), first.std()), (0, 1), atol=1e-9)


def test_a_gap_in_the_weather_passes_and_a_time_twice_does_not(tmp_path: Path) -> None:
    times = clock(101)
    assert len(read(weather(tmp_path, times[:50] + times[51:])).x) == 91
    with pytest.raises(Corrupt, match=r"'2020-01-01T08:10' in line 51 is not \(1 such lines\)"):
        read(weather(tmp_path, times[:49] + times[48:]))


@pytest.mark.parametrize(
    ("stamps", "said"),
    [
        (["2020-01-01T00:00", "2020-01-01T00:05"], "in line 3 is not"),
        (["2020-01-01T00:10", "2020-01-01T00:00"], "times in order"),
        (["noon", "evening"], "ISO 8601 timestamps"),
    ],
)
def test_times_between_the_steps_are_refused(stamps: list[str], said: str) -> None:
    with pytest.raises(Corrupt, match=said):
        check_order(stamps, TEN_MINUTES, "weather.csv")


def test_a_weather_file_without_a_reading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match=r"expected a column 'OT' in weather.csv"):
        read(weather(tmp_path, clock(100), HEADER[:-1]))


def test_ettm2_is_read_like_ettm1(tmp_path: Path) -> None:
    quarter = np.timedelta64(15, "m")
    times = np.datetime64("2016-07-01T00:00") + np.arange(DAYS[-1] * 96 + 5) * quarter
    path = tmp_path / "ETTm2.csv"
    lines = [
        f"{str(time).replace('T', ' ')}:00" + f",{row % 83}" * 7 for row, time in enumerate(times)
    ]
    path.write_text("\n".join([",".join(["date", *COLUMNS]), *lines]), encoding="utf-8")
    found = read_ett({"ETTm2": path}, name="ETTm2", daily=96, horizon=96, history=96)
    assert len(found.x) == 57600 - 96 - 96 + 1
    assert found.train_rows == 46080 - 96 - 96 + 1


@pytest.mark.parametrize(
    ("source", "name", "stated"),
    [
        (ett("ETTm2", horizon=96), "ETTm2.csv", "md5 7687e47825335860bf58bccb31be0c56"),
        (
            long_horizon("weather", horizon=96, history=96),
            "weather.csv",
            "sha256 34ee981d07313e51da2a50bb600072c8ae4a69cb4b0651f4cb93a069d7a2ba63",
        ),
    ],
)
def test_another_file_of_the_name_is_refused(
    source: Source, name: str, stated: str, tmp_path: Path
) -> None:
    (file,) = source.copies[0].files
    path = tmp_path / name
    path.write_text("date,OT\n2020-01-01,1\n", encoding="utf-8")
    with pytest.raises(Corrupt, match=f"expected {name} with {stated}, received a file"):
        identify(file, path)


def test_without_file_and_network_they_are_not_at_hand(tmp_path: Path) -> None:
    for source in (
        ett("ETTm2", horizon=96),
        long_horizon("weather", horizon=96, history=96),
    ):
        with pytest.raises(DataError):
            load(source, Store(tmp_path, offline=True))
