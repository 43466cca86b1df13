"""Several series in a file, known covariates, several steps ahead: what is made and refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here
from new_help import data_of, defined, draft, in_house_style, write

from benchmarks.data import Corrupt
from benchmarks.data.own.frames import read_frame
from benchmarks.data.own.panel import Columns, panel_dataset
from benchmarks.entries import repeat_last
from benchmarks.windows import taken
from runners.execution.worker import score, training_rows
from runners.new.overrules import Overrules
from runners.new.request import Draft, Unclear
from runners.new.series import panel
from runners.records.own_data import without_rows

__all__ = ["keras_here"]  # a fixture
FIRST = date(2023, 1, 2)
HEADER = ["day", "store", "promo", "price", "sales"]


def rows_of(days: dict[str, int], ahead: int = 7) -> list[list[Any]]:
    """Days of sales of each store, then days on which the promotion alone is known."""
    random = np.random.default_rng(0)
    lines: list[list[Any]] = []
    for place, (store, count) in enumerate(days.items()):
        promo = random.random(count + ahead) < 0.3
        for day in range(count + ahead):
            level = 10.0 ** (1 + place) * (1 + (day % 7 == 5) + 2 * promo[day])
            sales = f"{level * (1 + 0.02 * random.normal()):.4f}"
            stamp = (FIRST + timedelta(days=day)).isoformat()
            known = [stamp, store, int(promo[day])]
            lines.append(
                [*known, *([f"{5 + place}.{day % 10}", sales] if day < count else ["", ""])]
            )
    return [HEADER, *lines]


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Draft]:
    """Writes rows into a file and looks at it with ID=store HORIZON=3 KNOWN=promo."""

    def drafted(rows: list[list[Any]], **said: str) -> Draft:
        overrules = {"id": "store", "horizon": "3", "known": "promo"} | said
        path = write(tmp_path / "stores.csv", rows)
        request: dict[str, Any] = {"task": "forecast", "target": "sales"}
        return draft(path, tmp_path, overrules=Overrules(**overrules), **request)

    return drafted


def told(found: Draft, words: str) -> str:
    (line,) = [one for one in found.remarks if words in one]
    return line


def test_several_series_become_one_benchmark(look: Callable[..., Draft], tmp_path: Path) -> None:
    found = look(rows_of({"north": 140, "south": 140}))
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    in_house_style({"stores.py": found.text}, tmp_path)
    assert (
        benchmark.question == "What will sales be for each store, up to 3 steps ahead (every day)?"
    )
    names = [one.name for one in benchmark.entries]
    assert names == ["repeat-last", "seasonal-naive-7", "shared-linear", "global-network"]
    assert benchmark.metric.name == "mae"
    history = dataset.x.shape[1]
    assert dataset.x.shape[2] == 4  # sales, price, promo, which store
    assert dataset.y.shape == (benchmark.data.rows, 3, 1)
    assert dataset.words == {"store": ("north", "south")}
    assert len(dataset.y) == 2 * (140 - history - 3 + 1) - dataset.facts["origins across the split"]
    assert told(found, "told apart by 'store'") == "series: 2, told apart by 'store'"
    assert "'north': 140 steps from 2023-01-02 to 2023-05-21" in told(found, "'north'")
    assert "needs lines with it for 3 steps after the last value" in told(found, "known in advance")
    assert "with targets on both sides do neither" in told(found, "origins:")


def test_windows_end_with_what_is_known_of_the_last_step_ahead(
    look: Callable[..., Draft], tmp_path: Path
) -> None:
    rows = rows_of({"north": 140, "south": 140})
    dataset = data_of(look(rows), tmp_path / "data")
    by_store = [[float(r[4]) for r in rows[1:] if r[1] == s and r[4]] for s in ("north", "south")]
    promo = [[float(r[2]) for r in rows[1:] if r[1] == s] for s in ("north", "south")]
    history = dataset.x.shape[1]
    for row in (0, len(dataset.y) // 2, len(dataset.y) - 1):
        x, y = dataset.x[row], dataset.y[row, :, 0]
        store = int(x[0, -1])
        assert (x[:, -1] == store).all()
        origin = by_store[store].index(y[0])
        assert y.tolist() == by_store[store][origin : origin + 3]
        assert x[:, 0].tolist() == by_store[store][origin - history : origin]
        assert x[:, 2].tolist() == promo[store][origin - history + 3 : origin + 3]


def test_the_order_of_lines_does_not_matter(look: Callable[..., Draft], tmp_path: Path) -> None:
    header, *rows = rows_of({"2": 140, "10": 120})
    first = data_of(look([header, *rows]), tmp_path / "data")
    order = np.random.default_rng(1).permutation(len(rows))
    shuffled = look([header, *[rows[place] for place in order]])
    assert data_of(shuffled, tmp_path / "data").digest == first.digest
    assert first.words == {"store": ("10", "2")}


def test_no_target_of_the_test_time_trains(look: Callable[..., Draft], tmp_path: Path) -> None:
    found = look(rows_of({"north": 140, "south": 100}))
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    (split, *_) = benchmark.protocol.splits(dataset)
    until = benchmark.data.values["train_until"]
    days = (date.fromisoformat(until) - FIRST).days
    rows = rows_of({"north": 140, "south": 100})
    early = {
        float(r[4]) for r in rows[1:] if r[4] and (date.fromisoformat(r[0]) - FIRST).days < days
    }
    assert {float(v) for v in dataset.y[split.train].ravel()} <= early
    assert not {float(v) for v in dataset.y[split.test].ravel()} & early
    assert len(split.train) + len(split.test) == len(dataset.y)


def test_unequal_lengths_and_gaps_are_told(look: Callable[..., Draft], tmp_path: Path) -> None:
    rows = rows_of({"north": 140, "south": 100})
    rows[60][4] = ""  # the 60th day of the north
    found = look(rows)
    assert "have 100 to 140 steps" in told(found, "count for more")
    assert "1 series ends before the others" in told(found, "before the others")
    assert "1 step without a value of 'sales'" in told(found, "without a value")
    facts = data_of(found, tmp_path / "data").facts
    assert facts["origins without all targets"] == 3
    assert f"{facts['origins without all targets']} origins with one" in told(found, "left out")


def test_one_series_several_steps_ahead_needs_no_id(tmp_path: Path) -> None:
    rows = [[r[0], r[4]] for r in rows_of({"north": 200}, 0)]
    path = write(tmp_path / "one.csv", rows)
    found = draft(path, tmp_path, task="forecast", overrules=Overrules(horizon="5"))
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    in_house_style({"one.py": found.text}, tmp_path)
    assert dataset.x.shape[2] == 1
    assert dataset.y.shape[1] == 5
    assert "series" not in benchmark.headline.values or not benchmark.headline.values["series"]


def test_the_network_uses_what_is_known_in_advance(
    look: Callable[..., Draft], tmp_path: Path, keras_here: None
) -> None:
    found = look(rows_of({"north": 300, "south": 300}))
    benchmark, dataset = defined(found), data_of(found, tmp_path / "data")
    (split, *_) = benchmark.protocol.splits(dataset)
    scores = {}
    for entry in benchmark.entries:
        (fitted,) = entry.fit([training_rows(benchmark, dataset, split)])
        predicted = np.asarray(fitted.predict(taken(dataset.x, split.test)))
        scores[entry.name] = score(benchmark, dataset.y[split.test], predicted, entry)
    network = scores.pop("global-network")
    assert network["mae"] < 0.5 * min(one["mae"] for one in scores.values())
    assert 0.6 < network["coverage_80"] < 0.95


def refused(rows: list[list[Any]], words: str, look: Any, **said: str) -> None:
    with pytest.raises((Unclear, Corrupt)) as error:
        look(rows, **said)
    assert words in str(error.value)


def test_bad_input_is_told(look: Callable[..., Draft]) -> None:
    good = rows_of({"north": 140, "south": 140})
    refused(
        [*good, good[5]],
        "series 'north' of store: '2023-01-06' in column 'day' of stores.csv stands in line 6 and "
        "again in line 296",
        look,
    )
    refused(
        [*good[:-50], good[-51]],  # in the shorter one
        "(1 such pairs), series 'south' of store",
        look,
    )
    missing = [list(row) for row in good]
    missing[20][2] = ""
    refused(
        missing,
        "expected a value of 'promo' for every step in stores.csv, because it is known in advance; "
        "received none for 2023-01-21T00:00:00 of series 'north' (store) (1 such steps)",
        look,
    )
    refused(
        [row for place, row in enumerate(good) if place != 20],
        "received none for 2023-01-21T00:00:00 of series 'north' (store)",
        look,
    )
    nameless = [list(row) for row in good]
    nameless[7][1] = ""
    refused(nameless, "expected the name of a series in column 'store' of every line", look)
    refused(rows_of({"north": 140, "tiny": 5}), "received 5 of series 'tiny' (store)", look)
    words = [list(row) for row in good]
    for row in words[1:]:
        row[2] = "yes" if row[2] else "no"
    refused(words, "write it in numbers, such as 0 and 1", look)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"horizon": "0"}, "HORIZON: expected a number of steps from 1 to 1000, received '0'"),
        ({"horizon": "week"}, "received 'week'"),
        ({"id": "shop"}, "there is no column 'shop'"),
        ({"known": "sales"}, "TARGET: 'sales' is named in ID or KNOWN too"),
        ({"known": "day"}, "column 'day' holds times or names of series"),
        ({"known": "promo,discount"}, "there is no column 'discount'"),
    ],
)
def test_what_is_said_wrongly_is_refused(
    said: dict[str, str], words: str, look: Callable[..., Draft]
) -> None:
    refused(rows_of({"north": 140, "south": 140}), words, look, **said)


def test_a_table_takes_no_words_of_series(tmp_path: Path) -> None:
    path = write(tmp_path / "stores.csv", rows_of({"north": 140}, 0))
    with pytest.raises(Unclear, match=r"ID: can be said of series to be forecast; with TASK="):
        draft(path, tmp_path, target="sales", overrules=Overrules(id="store"))


def test_several_series_without_an_id_are_told_which_column_it_could_be(tmp_path: Path) -> None:
    path = write(tmp_path / "stores.csv", rows_of({"north": 140, "south": 140}, 0))
    with pytest.raises(Unclear, match=r"ID=store"):
        draft(path, tmp_path, task="forecast", target="sales")


def test_the_horizon_is_within_the_window(tmp_path: Path) -> None:
    from benchmarks.data import own_panel

    with pytest.raises(ValueError, match=r"horizon: expected 1 to 7 steps, the history, rec"):
        own_panel(
            "a.csv", "0" * 64, time="t", target="y", step="1 day", history=7, horizon=8,
            train_until="2024-01-01", rows=1,
        )  # fmt: skip


def test_a_floor_reads_the_target_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", rows_of({"north": 60, "south": 60}))
    columns = Columns("day", "sales", "1 day", "store", ("price",), ("promo",))
    dataset = panel_dataset(
        read_frame(path), columns=columns, history=10, horizon=3, train_until="2023-02-20"
    )
    (fitted,) = repeat_last().fit([asked_training(dataset)])
    forecast = fitted.predict(dataset.x)
    assert np.array_equal(forecast[:, 0, 0], dataset.x[:, -1, 0])


def asked_training(dataset: Any) -> Any:
    from benchmarks.definition import Training

    return Training(dataset.x, dataset.y, "regression", 0, 0)


def test_windows_that_would_not_fit_are_refused(
    look: Callable[..., Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "free_memory", lambda: 1000)
    refused(rows_of({"north": 140, "south": 140}), "would take about", look)


def test_names_of_series_stay_off_the_page_unless_allowed() -> None:
    content = {"entries": [{"by_series": [("north", 2.0, 1.0), ("south", 3.0, 1.5)]}]}
    (entry,) = without_rows(content)["entries"]
    assert entry["by_series"] == [("series 1", 2.0, 1.0), ("series 2", 3.0, 1.5)]
