"""A series becomes a benchmark: its times, step, season, gaps, target, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Place, workshop
from data_folder import MIRROR
from hypothesis import given
from hypothesis import strategies as st
from new_help import asked, data_of, defined, in_house_style, write
from test_own_images import to_the_end

from benchmarks.data import Corrupt, Store, load, own_series
from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import read_frame
from benchmarks.data.own.series import series_dataset, step_after, steps_of
from benchmarks.entries.small import change_of_last_season, small_gru
from runners.new.request import Draft, Unclear
from runners.new.series import draft, seasons
from runners.new.series.steps import as_text, days_apart
from runners.predict.network import Refused
from runners.predict.series import latest

CLASSIC = MIRROR / "timeseries" / "classic"
mirrored = pytest.mark.skipif(
    not CLASSIC.is_dir(), reason=f"needs the data mirror beside the checkout: no {CLASSIC}"
)
START = datetime(2021, 1, 1)
DAYS = [(START + timedelta(days=n)).strftime("%Y-%m-%d") for n in range(120)]
SALES = [100 + n / 3 + 20 * (n % 7 == 5) + (n * 37 % 11) for n in range(120)]
"""A hundred and twenty days with Saturdays above the others."""


def rows_of(name: str) -> list[list[str]]:
    """Lines of a series of the mirror, header first."""
    lines = (CLASSIC / f"{name}.csv").read_text("utf-8").replace('"', "").splitlines()
    return [line.split(",") for line in lines]


def table(times: list[str], values: Any = SALES, name: str = "day") -> list[list[Any]]:
    return [[name, "sales"], *map(list, zip(times, values, strict=False))]


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Draft]:
    """Writes rows into a file and looks at it, as `make new TASK=forecast` does."""

    def drafted(rows: list[list[Any]] | str | Path, **other: Any) -> Draft:
        path = rows if isinstance(rows, Path) else write(tmp_path / "series.csv", rows)
        return draft.draft(path, asked(path, tmp_path, **other))

    return drafted


def said(found: Draft, words: str) -> str:
    (line,) = [one for one in found.remarks if words in one]
    return line


# Real series


@mirrored
def test_airline_passengers(look: Callable[..., Draft], tmp_path: Path) -> None:
    """A month a line, a season of twelve, and a network that starts from last year's change."""
    found = look(CLASSIC / "airline-passengers.csv")
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    assert "one line every month" in said(found, "time: 'Month'")
    assert benchmark.question == "What will Passengers be one step (month) ahead?"
    assert benchmark.data.shape == dataset.x.shape == (108, 36, 1)
    assert dataset.train_rows == 86
    assert dataset.y[-1] == 432
    names = [one.name for one in benchmark.entries]
    assert names == ["repeat-last", "seasonal-naive-12", "linear", "shared-linear", "gru"]
    assert benchmark.headline.values["season"] == 12
    assert benchmark.metric.unit == "Passengers"
    assert len(found.text.splitlines()) < 80
    in_house_style({"air.py": found.text}, tmp_path)


@mirrored
def test_daily_temperatures_have_a_year_and_two_gaps(
    look: Callable[..., Draft], tmp_path: Path
) -> None:
    found = look(CLASSIC / "daily-min-temperatures.csv")
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    assert "3,652 steps from 1981-01-01 to 1990-12-31, 2 of them" in said(found, "steps from")
    assert benchmark.data.features == (365, 1)
    assert len(dataset.y) == 3650 - 365
    assert "seasonal-naive-365" in [one.name for one in benchmark.entries]
    in_house_style({"temperatures.py": found.text}, tmp_path)


@mirrored
def test_monthly_sunspots_have_no_season_of_the_year(look: Callable[..., Draft]) -> None:
    found = look(CLASSIC / "monthly-sunspots.csv")
    assert "season: none found" in found.remarks
    assert "seasonal_naive" not in found.text


@mirrored
def test_order_does_not_matter(look: Callable[..., Draft], tmp_path: Path) -> None:
    header, *rows = rows_of("airline-passengers")
    first = data_of(look([header, *rows]), tmp_path / "data")
    backwards = look([header, *rows[::-1]])
    assert said(backwards, "the latest line comes first")
    assert data_of(backwards, tmp_path / "data").digest == first.digest
    order = np.random.default_rng(0).permutation(len(rows))
    shuffled = look([header, *[rows[place] for place in order]])
    assert "is earlier than the one before it" in said(shuffled, "not in the order of time")
    assert data_of(shuffled, tmp_path / "data").digest == first.digest


@mirrored
def test_missing_months_are_no_targets_and_carried_forward(
    look: Callable[..., Draft], tmp_path: Path
) -> None:
    header, *rows = rows_of("airline-passengers")
    values = [float(row[1]) for row in rows]
    gone = [row for place, row in enumerate(rows) if place not in (50, 51, 100)]
    gone[60][1] = "NA"  # the month 62
    dataset = data_of(found := look([header, *gone]), tmp_path / "data")
    assert "4 steps without a value" in said(found, "without a value")
    history = dataset.x.shape[1]
    targets = [n for n in range(history, 144) if n not in (50, 51, 62, 100)]
    assert dataset.y.tolist() == [values[n] for n in targets]
    window = dataset.x[targets.index(53), :, 0]
    assert window[-3:].tolist() == [values[49], values[49], values[52]]


@mirrored
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("%d/%m/%Y", "%d/%m/%Y"),
        ("%m/%d/%Y", "%m/%d/%Y"),
        ("%d.%m.%Y", "%d.%m.%Y"),
        ("%d.%m.%y", "%d.%m.%y"),
        ("%Y/%m/%d", "ISO8601"),
        ("%b %d, %Y", "%b %d, %Y"),
        ("%d-%b-%Y", "%d-%b-%Y"),
        ("%d %B %Y", "%d %B %Y"),
        ("%Y%m%d", "ISO8601"),
        ("%Y-%m-%dT00:00:00Z", "ISO8601"),
    ],
)
def test_ways_to_write_a_day(
    written: str, read: str, look: Callable[..., Draft], tmp_path: Path
) -> None:
    """Ambiguous days such as 03/04/1981 are told by the others."""
    _, *rows = rows_of("daily-min-temperatures")
    days = [f"{datetime.fromisoformat(day).strftime(written)};{v}\n" for day, v in rows[:120]]
    found = look("Date;Temp\n" + "".join(days))
    assert defined(found).data.values["dates"] == read
    assert data_of(found, tmp_path / "data").y[-1] == float(rows[119][1])
    in_house_style({"days.py": found.text}, tmp_path)


# Steps


@pytest.mark.parametrize(
    ("apart", "step"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=6), "6 hours"),
        (timedelta(seconds=10), "10 seconds"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=7), "1 week"),
        (timedelta(days=28), "4 weeks"),
    ],
)
def test_equal_steps(apart: timedelta, step: str, look: Callable[..., Draft]) -> None:
    times = [(START + n * apart).isoformat(sep=" ") for n in range(120)]
    assert defined(look(table(times))).data.values["step"] == step


@pytest.mark.parametrize(
    ("times", "step"),
    [
        ([f"{1990 + n // 12}-{n % 12 + 1:02}" for n in range(120)], "1 month"),
        ([f"{1990 + n // 4}-{n % 4 * 3 + 1:02}-01" for n in range(120)], "3 months"),
        ([f"{1900 + n}-07-01" for n in range(120)], "1 year"),
        ([str(1900 + n) for n in range(120)], "1 year"),
        ([str(d) for d in np.arange("1990-02", "2000-02", dtype="M8[M]").astype("M8[D]") - 1],
         "1 month"),
        ([str(np.busday_offset("2021-01-01", n)) for n in range(120)], "1 business day"),
    ],
)  # fmt: skip
def test_steps_of_the_calendar(times: list[str], step: str, look: Callable[..., Draft]) -> None:
    found = look(table(times, name="year" if times[0].isdigit() else "day"))
    assert defined(found).data.values["step"] == step
    assert "0 of them without a line" in said(found, "steps from")


@given(
    count=st.integers(1, 40),
    unit=st.sampled_from(["second", "minute", "hour", "day", "week", "month", "year"]),
    gone=st.sets(st.integers(1, 58)),
)
def test_places_count_steps_whatever_is_missing(count: int, unit: str, gone: set[int]) -> None:
    letters = {"second": "s", "minute": "m", "hour": "h", "day": "D", "week": "W", "month": "M"}
    letter = letters.get(unit, "Y")
    steps = np.array([n for n in range(60) if n not in gone])
    start = np.datetime64("2001-01-01", letter)
    stamps = (start + steps * np.timedelta64(count, letter)).astype("datetime64[s]")
    places, whole = steps_of(stamps, f"{count} {unit}s")
    assert places.tolist() == steps.tolist()
    assert whole.all()


@given(st.integers(0, 40_000), st.integers(1, 400))
def test_the_step_of_days_is_found(first: int, apart: int) -> None:
    days = first + apart * np.arange(40)
    places, whole = steps_of(days.astype("datetime64[D]").astype("datetime64[s]"), days_apart(days))
    assert whole.all()
    assert places.tolist() == list(range(40))


@pytest.mark.parametrize(
    "step", ["", "hour", "0 hours", "2 business days", "1 fortnight", "-1 day"]
)
def test_a_step_that_is_none(step: str) -> None:
    with pytest.raises(ValueError, match="step: expected a number and a unit"):
        steps_of(np.array(["2021-01-01"], "datetime64[s]"), step)


# Times that are in doubt


def test_days_or_months_first_is_asked_where_both_are_regular(look: Callable[..., Draft]) -> None:
    """The first of twelve months, or twelve days of January: nobody can tell."""
    cells = [f"01/{n % 12 + 1:02}/{2000 + n // 12}" for n in range(12)]
    hours = [f"{cell} 00:00" for cell in cells]
    with pytest.raises(Unclear, match=r"Is '01/01/2000 00:00'.*%d/%m/%Y.*or.*Write the times as"):
        look(table(hours))
    questions: list[list[str]] = []

    def choose(question: str, choices: Any) -> str:
        questions.append(list(choices))
        return choices[0]

    with pytest.raises(Unclear, match="expected at least 30 values"):
        look(table(hours), choose=choose)
    assert len(questions[0]) == 2


def test_the_way_with_equal_steps_is_taken(look: Callable[..., Draft]) -> None:
    cells = [f"01/{n % 12 + 1:02}/{2000 + n // 12}" for n in range(60)]
    found = look(table(cells))
    assert defined(found).data.values["dates"] == "%d/%m/%Y"
    assert "read as 2000-01-01" in said(found, "time:")


def test_times_with_offsets_are_read_in_utc(look: Callable[..., Draft], tmp_path: Path) -> None:
    """Two changes of the clock, at which local times would jump and stand twice."""
    from zoneinfo import ZoneInfo

    utc = np.arange("2021-03-27", "2021-03-30", dtype="M8[h]").astype("M8[s]").astype(object)
    zone = ZoneInfo("Europe/Berlin")
    local = [t.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).isoformat() for t in utc]
    found = look(table(local))
    assert said(found, "read in UTC")
    assert "0 of them without a line" in said(found, "steps from")
    bare = [cell[:19] for cell in local]
    assert "look like changes to summer time" in said(look(table(bare)), "Sunday night")


def test_an_hour_that_stands_twice(look: Callable[..., Draft]) -> None:
    hours = np.arange("2021-10-29", "2021-11-02", dtype="M8[h]").astype(str).tolist()
    again = hours.index("2021-10-31T02")
    cells = [f"{hour.replace('T', ' ')}:00" for hour in [*hours[: again + 1], *hours[again:]]]
    assert "read without the hour of summer time" in said(look(table(cells)), "stands twice")
    turned = [*cells[again + 2 :], *cells[: again + 2]]  # not in order: which comes first is open
    with pytest.raises(Unclear, match=r"and again in line.*change from summer time"):
        look(table(turned))


def test_a_day_that_stands_twice(look: Callable[..., Draft]) -> None:
    with pytest.raises(Unclear, match=r"'2021-01-11'.*line 12 and again in line 13.*keep one line"):
        look(table([*DAYS[:11], DAYS[10], *DAYS[11:-1]]))


def test_several_series_in_one_file(look: Callable[..., Draft]) -> None:
    rows = [[day, shop, n] for n, day in enumerate(DAYS) for shop in ("north", "south")]
    with pytest.raises(Unclear, match=r"each time stands 2 times.*told apart by 'shop'"):
        look([["day", "shop", "sales"], *rows])
    hours = [[f"2021-01-{n // 24 + 1:02}", n % 24, n] for n in range(96)]
    with pytest.raises(Unclear, match="join 'Date' and 'Hour' into one"):
        look([["Date", "Hour", "sales"], *hours])


def test_steps_that_are_not_equal(look: Callable[..., Draft]) -> None:
    stamps = [(START + timedelta(seconds=61 * n * n)).isoformat() for n in range(120)]
    with pytest.raises(Unclear, match=r"expected lines at equal steps.*resample"):
        look(table(stamps))
    hours = [(START + timedelta(hours=n, minutes=7 * (n == 50))).isoformat() for n in range(120)]
    with pytest.raises(Corrupt, match=r"line 52, which lies between two steps \(1 such lines\)"):
        look(table(hours))


def test_a_line_without_a_time(look: Callable[..., Draft]) -> None:
    rows = table(DAYS)
    rows[7][0] = ""
    with pytest.raises(Unclear, match=r"expected a time in every line.*no time in line 8"):
        look(rows)
    rows[7][0] = "total"
    with pytest.raises(Unclear, match="received 'total' in line 8"):
        look(rows)


def test_empty_lines_count_for_nothing(look: Callable[..., Draft], tmp_path: Path) -> None:
    blank = [["", ""], ["", ""]]
    found = look([*table(DAYS[:60]), *blank, *table(DAYS[60:], SALES[60:])[1:], *blank])
    assert "120 steps from 2021-01-01 to 2021-04-30, 0 of them" in said(found, "steps from")
    assert data_of(found, tmp_path / "data").y[-1] == SALES[-1]
    with pytest.raises(Corrupt, match="a header and empty lines"):
        look("day,sales\n,\n,\n")


def test_no_column_of_times(look: Callable[..., Draft]) -> None:
    with pytest.raises(Unclear, match=r"expected a column of times.*'a', 'b'; write them as 2024"):
        look([["a", "b"], *[[n, n * n] for n in range(50)]])
    rows = [[2020 + n // 12, n % 12 + 1, n] for n in range(50)]
    with pytest.raises(Unclear, match="join 'Year' and 'Month' into one"):
        look([["Year", "Month", "sales"], *rows])


def test_the_first_of_two_columns_of_times_counts(look: Callable[..., Draft]) -> None:
    ends = [*DAYS[1:], "2021-05-01"]
    rows = [["begin", "end", "sales"], *map(list, zip(DAYS, ends, SALES, strict=True))]
    found = look(rows)
    assert "not 'end', also times" in said(found, "also times")
    assert "left out: 'end'" in said(found, "left out")


# Target and other columns


def test_the_target_is_asked_for_where_several_would_do(look: Callable[..., Draft]) -> None:
    rows = [["day", "a", "b"], *[[day, v, v * v] for day, v in zip(DAYS, SALES, strict=True)]]
    with pytest.raises(Unclear, match=r"Which column .*Expected one of a, b; say TARGET="):
        look(rows)
    benchmark = defined(look(rows, target="b"))
    assert benchmark.data.values["target"] == "b"
    assert benchmark.data.values["also"] == ["a"]
    assert defined(look(rows, choose=lambda question, choices: choices[0])).metric.unit == "a"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("sale", "no column of series.csv is called 'sale'; perhaps 'sales'"),
        ("day", "holds the times"),
        ("shop", "a series to be forecast holds numbers"),
        ("flat", "has the value '7' in every line: there is nothing to forecast"),
        ("void", "has no value in any line"),
    ],
)
def test_a_target_that_cannot_be_one(target: str, message: str, look: Callable[..., Draft]) -> None:
    rows = [[d, v, "ab"[n % 2], 7, ""] for n, (d, v) in enumerate(zip(DAYS, SALES, strict=True))]
    with pytest.raises(Unclear, match=message):
        look([["day", "sales", "shop", "flat", "void"], *rows], target=target)


def test_other_columns_are_inputs_or_left_out_with_the_reason(
    look: Callable[..., Draft], tmp_path: Path
) -> None:
    extra = [
        [7, "" if n < 60 else n * 7 % 13, n % 5 if n % 2 else "", n % 9, "x"] for n in range(120)
    ]
    rows = [[d, v, *e] for d, v, e in zip(DAYS, SALES, extra, strict=True)]
    found = look([["day", "sales", "flat", "late", "seldom", "rain", "word"], *rows])
    assert defined(found).data.values["also"] == ["rain"]
    assert "'flat', 'word' (one value in every row)" in said(found, "one value")
    assert "'late', 'seldom' (fewer than 80%" in said(found, "fewer")
    dataset = data_of(found, tmp_path / "data")
    assert dataset.feature_names == ("sales", "rain")


def test_names_cannot_leave_their_quotes(look: Callable[..., Draft], tmp_path: Path) -> None:
    name = 'a"b\'c\\ {x} {{ 7 * 7 }} {% if x %} """ <b>\u202e' + "long " * 20
    rows = [f'day;"{name.replace(chr(34), chr(34) * 2)}"']
    rows += [f"{day};{value:.4f}".replace(".", ",") for day, value in zip(DAYS, SALES, strict=True)]
    found = look("\n".join(rows) + "\n")
    benchmark = defined(found)
    assert benchmark.data.values["target"] == name.strip()
    assert benchmark.data.values["separator"] == ";"
    assert data_of(found, tmp_path / "data").y[-1] == pytest.approx(SALES[-1], abs=1e-3)
    in_house_style({"odd.py": found.text}, tmp_path)


# Too little, or nothing to learn


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (table(DAYS[:2]), "2 lines, too few to see a step"),
        (table(DAYS[:29]), "expected at least 30 values of 'sales', received 29"),
        (table(DAYS, [5] * 120), "has the value '5' in every line"),
        (table(DAYS, [5] * 118 + [6, 7]), "hardly ever changes in its first four fifths"),
        (table(DAYS, [""] * 100 + SALES[100:]), "received 20"),
        (table(DAYS, [""] * 120), "has no value in any line"),
        (table(DAYS, ["a"] * 60 + ["b"] * 60), "a series to be forecast holds numbers"),
    ],
)
def test_series_to_learn_nothing_from(
    rows: list[list[Any]], message: str, look: Callable[..., Draft]
) -> None:
    with pytest.raises(Unclear, match=message):
        look(rows)


def test_few_tests_are_said(look: Callable[..., Draft]) -> None:
    assert "targets to test on are few" in said(look(table(DAYS[:40])), "uncertain")


def test_what_does_not_fit_a_series(look: Callable[..., Draft]) -> None:
    with pytest.raises(Unclear, match="expected TASK=forecast"):
        look(table(DAYS), task="classification")
    with pytest.raises(Unclear, match="METRIC"):
        look(table(DAYS), metric="accuracy")
    assert defined(look(table(DAYS), metric="mae")).metric.name == "mae"


def test_windows_that_would_not_fit_into_memory(
    look: Callable[..., Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "MEMORY", 1 << 50)
    with pytest.raises(Unclear, match=r"would take about .* average the series over longer steps"):
        look(table(DAYS))


# Reading


def test_a_file_that_has_changed_since(tmp_path: Path, look: Callable[..., Draft]) -> None:
    """Times, steps and values are held against the definition, by line."""
    options = {"time": "day", "target": "sales", "step": "1 day", "history": 7}

    def read(rows: list[list[Any]], **other: Any) -> Any:
        path = write(tmp_path / "changed.csv", rows)
        return series_dataset(read_frame(path), train_until="2021-04-01", **{**options, **other})

    assert read(table(DAYS)).train_rows == 83
    with pytest.raises(Corrupt, match=r"'31.01.2021' in line 5"):
        read(table([*DAYS[:3], "31.01.2021", *DAYS[4:]]))
    with pytest.raises(Corrupt, match="'2021-01-03' in line 4 and '2021-01-03' in line 5"):
        read(table([*DAYS[:3], DAYS[2], *DAYS[4:]]))
    with pytest.raises(Corrupt, match=r"120 lines for 3,4.. steps"):
        read(table([*DAYS[:-1], "2030-06-01"]))
    with pytest.raises(Corrupt, match=r"a number in column 'sales'.*'x' in line 3"):
        read(table(DAYS, [1, "x", *SALES[2:]]))
    with pytest.raises(Corrupt, match="expected the column 'price'"):
        read(table(DAYS), also=["price"])
    with pytest.raises(Corrupt, match="expected lines from 2021-04-01 on"):
        read(table(DAYS[:60]))
    path = write(tmp_path / "changed.csv", table(DAYS))
    source = own_series("changed.csv", digest(path), rows=113, train_until="2021-04-01", **options)
    with pytest.raises(Exception, match=r"changed.csv is not in the data folder"):
        load(source, Store(tmp_path / "data", offline=True))


def test_windows_begin_where_every_column_has_a_value(tmp_path: Path) -> None:
    rain = ["", "", "", *[n % 4 for n in range(3, 50)], "", *[n % 4 for n in range(51, 120)]]
    rows = [["day", "sales", "rain"], *map(list, zip(DAYS, SALES, rain, strict=True))]
    rows[1][1] = ""
    dataset = series_dataset(
        read_frame(write(tmp_path / "s.csv", rows)),
        time="day",
        target="sales",
        step="1 day",
        history=7,
        train_until="2021-04-01",
        also=["rain"],
    )
    assert dataset.y.tolist() == SALES[10:]
    assert dataset.x[0, :, 0].tolist() == SALES[3:10]
    assert dataset.x[41, -1, 1] == 49 % 4  # the day nobody measured rain


# Seasons


@given(st.integers(0, 2**32 - 1), st.floats(-5, 5))
def test_likeness_sees_a_season_and_no_trend(seed: int, slope: float) -> None:
    random = np.random.default_rng(seed)
    noise, steps = random.normal(size=400), np.arange(400)
    wave = 3 * np.sin(2 * np.pi * steps / 12)
    assert seasons.likeness(wave + noise + slope * steps, 12) > 0.5
    assert seasons.likeness(noise + slope * steps, 12) < 0.3
    assert seasons.likeness(np.cumsum(noise), 12) < 0.3


def test_seasons_that_a_step_suggests() -> None:
    assert seasons.candidates("1 hour") == {24: "the day before", 168: "the week before"}
    assert seasons.candidates("1 day") == {7: "the week before", 365: "the year before"}
    assert seasons.candidates("1 month") == {12: "the year before"}
    assert seasons.candidates("3 months") == {4: "the year before"}
    assert seasons.candidates("1 week") == {52: "the year before"}
    assert seasons.candidates("1 year") == {}
    assert list(seasons.candidates("10 minutes")) == [144, 1008]
    assert list(seasons.candidates("1 business day")) == [5, 261]


def test_a_season_needs_three_cycles_and_values() -> None:
    wave = np.tile([0.0, 0, 0, 0, 0, 5, 5], 10)
    found = seasons.strongest(wave, "1 day")
    assert found is not None
    assert found.period == 7
    assert seasons.strongest(wave[:20], "1 day") is None
    assert seasons.strongest(np.full(70, np.nan), "1 day") is None


# The network


def test_the_change_of_last_season() -> None:
    windows = np.arange(14.0).reshape(1, 14, 1) ** 2
    assert change_of_last_season(windows, 7) == [13**2 + 7**2 - 6**2]
    assert small_gru("gru").values["season"] == 0


@pytest.mark.slow
@mirrored
def test_a_series_runs_and_conforms(tmp_path: Path) -> None:
    """A year and a half of temperatures, days first, some left out, in no order."""
    _, *rows = rows_of("daily-min-temperatures")
    random = np.random.default_rng(0)
    kept = [rows[place] for place in random.permutation(550) if place % 50]
    text = io.StringIO()
    for day, value in [("Tag", "Temperatur"), *kept]:
        cell = datetime.fromisoformat(day).strftime("%d.%m.%Y") if day != "Tag" else day
        text.write(f"{cell};{value.replace('.', ',')}\n")
    path = write(tmp_path / "wetter.csv", text.getvalue(), "latin-1")
    place = Place(tmp_path, workshop(tmp_path, "uci/wine"))
    page = to_the_end(place, "mine/wetter", path, "--task", "forecast")
    assert "Temperatur" in page
    assert as_text(np.datetime64("1982-05-01T00:00:00"), "1 day") == "1982-05-01"


# The next step


def test_the_window_to_forecast_from_follows_the_last_one_of_the_data(tmp_path: Path) -> None:
    """It is the last window of the data moved by a step, whose target it ends in."""
    path = tmp_path / "sales.csv"
    days = [f"2024-01-{day:02},{day * 3 % 7}" for day in range(1, 31) if day != 12]
    path.write_text("\n".join(["day,sold", *days]) + "\n", encoding="utf-8")
    frame = read_frame(path)
    said = {"time": "day", "target": "sold", "step": "1 day", "also": [], "dates": "ISO8601"}
    data = series_dataset(frame, **said, history=5, train_until="2024-01-20")
    window, moment = latest(frame, {**said, "history": 5})
    np.testing.assert_array_equal(window[0, :-1], data.x[-1, 1:])
    assert window[0, -1, 0] == data.y[-1]
    assert moment == np.datetime64("2024-01-31")
    with pytest.raises(Refused, match=r"at least 40 steps in sales\.csv"):
        latest(frame, {**said, "history": 40})


@pytest.mark.parametrize(
    ("moment", "step", "after"),
    [
        ("2024-02-28T23:00", "1 hour", "2024-02-29T00:00"),
        ("2024-01-31", "1 month", "2024-02-29"),
        ("2023-03-01", "1 year", "2024-03-01"),
        ("2024-03-01", "1 business day", "2024-03-04"),
        ("2024-03-01", "2 weeks", "2024-03-15"),
        ("2024-03-01T10:50", "10 minutes", "2024-03-01T11:00"),
    ],
)
def test_the_time_of_the_next_step(moment: str, step: str, after: str) -> None:
    assert step_after(np.datetime64(moment), step) == np.datetime64(after)
