"""Hyperparameter search: judged by inner validation alone, resumable, written back whole."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CHECKOUT, Place, ended, until, workshop
from data_folder import keras_here
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import registry, spaces
from benchmarks.data import Dataset, Loaded
from benchmarks.definition import Benchmark, Entry, Fitted, Search, Split, Training
from benchmarks.entries import mlp, tunable_mlp
from benchmarks.training.recipe import Recipe
from benchmarks.validation import DefinitionError, validate
from runners.records import study
from runners.search import candidates, writing
from runners.workflows.improve import Options, improve

__all__ = ["keras_here"]  # a fixture

WINE = "uci/wine"
SPACE: dict[str, Any] = {
    "units": [[8], [16, 16]],
    "epochs": (5, 50),
    "learning_rate": (1e-4, 1e-1, "log"),
    "dropout": (0.0, 0.5),
}


def searched(search: Search) -> Benchmark:
    return replace(registry.load().benchmarks[WINE], search=search)


# What a definition may declare


def test_the_ready_made_entry_is_the_network_of_its_settings() -> None:
    made = tunable_mlp("a", units=32, layers=2, dropout=0.1, weight_decay=0.01, headline=True)
    recipe = Recipe(
        epochs=100, batch_size=32, learning_rate=1e-3, schedule="cosine", weight_decay=0.01
    )
    alike = mlp("a", [32, 32], recipe, dropout=0.1, headline=True)
    assert made.values == alike.values
    assert made.about == alike.about
    assert made.headline


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (Search(tunable_mlp, {}), "expected a mapping of setting names"),
        (Search(tunable_mlp, {"units": []}), "units: expected a list"),
        (Search(tunable_mlp, {"units": [(8, 8)]}), "units: expected a list"),
        (Search(tunable_mlp, {"units": (64, 8)}), "low below high"),
        (Search(tunable_mlp, {"units": (8, 64, "linear")}), "low below high"),
        (Search(tunable_mlp, {"dropout": (0, 0.5, "log")}), 'above 0 for "log"'),
        (Search(tunable_mlp, {"units": (True, 3)}), "low below high"),
        (Search(tunable_mlp, {"unit": [8, 16]}), "make: TypeError for {'unit': 8}"),
        (Search(tunable_mlp, {"headline": [True, False]}), "headline is no setting"),
        (Search(tunable_mlp, {"units": [8, 16]}, folds=1), "folds: expected a whole number of 2"),
        (Search(lambda name, **_: None, {"a": [1, 2]}), "returns a Keras entry"),  # type: ignore
        (
            Search(lambda name, units, **_: tunable_mlp(name, units=units), {"units": [8]}),
            "to pass headline, suite, tuned and tuned_on",
        ),
    ],
)
def test_a_search_that_cannot_be_run_is_no_definition(search: Search, said: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(said)) as told:
        validate(searched(search))
    assert str(told.value).startswith("search: ")


def test_every_search_of_the_registry_is_plain_json() -> None:
    found = [b for b in registry.load().benchmarks.values() if b.search]
    assert WINE in [b.name for b in found]
    for benchmark in found:
        assert benchmark.search is not None
        plain = spaces.plain(benchmark.search)
        assert json.loads(json.dumps(plain, allow_nan=False)) == plain


# Which settings are tried


def as_read_back(trials: Sequence[study.Trial]) -> list[study.Trial]:
    return list(json.loads(json.dumps(trials, sort_keys=True)))


def trial(
    number: int, settings: dict[str, Any], scores: Sequence[float], state: study.State = "complete"
) -> study.Trial:
    now = "2026-11-21T08:00:00+00:00"
    return study.trial(number, settings, state, scores=scores, started_at=now, finished_at=now)


def pretended(search: Search, count: int, at_once: int) -> list[study.Trial]:
    """Trials of a search on a function with a known best, asked for in waves."""
    trials: list[study.Trial] = []
    while len(trials) < count:
        for one in study.ask(search, as_read_back(trials), "min", at_once):
            loss = abs(np.log10(one["learning_rate"]) + 2) + one["dropout"]
            scores = [loss, loss + 0.1]
            trials.append(trial(len(trials), one, scores))
    return trials


def layered(
    name: str,
    *,
    units: list[int],
    epochs: int = 20,
    learning_rate: float = 1e-2,
    dropout: float = 0.0,
    **options: Any,
) -> Entry:
    recipe = Recipe(epochs=epochs, batch_size=32, learning_rate=learning_rate)
    return mlp(name, units, recipe, dropout=dropout, **options)


def test_settings_lie_in_the_space_and_are_as_short_as_they_are_written() -> None:
    search = Search(layered, SPACE)
    validate(searched(search))
    trials = pretended(search, 24, 4)
    space = spaces.settings(search)
    for one in trials:
        assert list(one["settings"]) == list(SPACE)
        for name, value in one["settings"].items():
            assert value in space[name], (name, value)
        assert isinstance(one["settings"]["epochs"], int)
        assert float(f"{one['settings']['learning_rate']:.3g}") == one["settings"]["learning_rate"]
    assert trials[0]["settings"]["learning_rate"] == 1e-2  # make's own defaults come first
    assert trials[0]["settings"]["epochs"] == 20


@pytest.mark.slow
def test_the_sampler_learns_and_says_what_matters() -> None:
    trials = pretended(Search(layered, SPACE), 48, 4)
    random, learned = trials[1 : study.STARTUP], trials[24:]
    assert np.median([o["mean"] for o in learned]) < np.median([o["mean"] for o in random])
    shares = study.importance(Search(layered, SPACE), as_read_back(trials), "min")
    assert next(iter(shares)) == "learning_rate"
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert shares["epochs"] < 0.2


def test_the_same_trials_ask_for_the_same_settings_whenever() -> None:
    search = Search(layered, SPACE)
    trials = pretended(search, 16, 4)
    again = pretended(search, 16, 4)
    assert trials == again
    # Fewer at once begin with the same ones: a wave cut short is taken up where it was left.
    assert study.ask(search, trials[:12], "min", 2) == [t["settings"] for t in trials[12:14]]


def test_of_equal_settings_the_earlier_one_wins_and_failures_never() -> None:
    trials = [trial(0, {}, [0.9]), trial(1, {}, [0.95]), trial(2, {}, [0.95])]
    trials.append(trial(3, {}, [0.99], "pruned"))
    best = study.best(trials, "max")
    assert best is not None
    assert best["number"] == 1
    assert study.best([], "max") is None
    assert study.best([trial(0, {}, [], "failed")], "min") is None


@given(
    st.lists(
        st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3),
        min_size=study.ENOUGH,
        max_size=12,
    )
)
def test_a_setting_is_stopped_when_it_is_behind_the_median(scores: list[list[float]]) -> None:
    trials = [trial(i, {}, one) for i, one in enumerate(scores)]
    bounds = study.bounds(trials, 3)
    assert len(bounds) == 2  # after the last fold there is nothing left to save
    for fold, bound in enumerate(bounds):
        means = [np.mean(one[: fold + 1]) for one in scores]
        assert bound == pytest.approx(np.median(means))
    assert study.bounds(trials[: study.ENOUGH - 1], 3) == ()


# Who judges


def test_inner_folds_are_cut_from_the_first_repeats_training_rows_alone() -> None:
    benchmark = registry.load().benchmarks[WINE]
    dataset = carried(WINE).dataset
    first = benchmark.protocol.splits(dataset)[0]
    folds = candidates.folds(benchmark, dataset)
    assert len(folds) == 5
    for one in folds:
        assert not set(one.train) & set(one.test)
        assert set(one.train) | set(one.test) == set(first.train)
        counts = np.bincount(dataset.y[one.test]) / len(one.test)
        whole = np.bincount(dataset.y[first.train]) / len(first.train)
        assert np.abs(counts - whole).max() < 0.05
    validated = np.concatenate([one.test for one in folds])
    assert sorted(validated) == sorted(first.train)


def test_windows_of_a_series_validate_on_what_comes_later() -> None:
    benchmark = registry.load().benchmarks["timeseries/sunspots-yearly"]
    benchmark = replace(benchmark, search=Search(tunable_mlp, {"units": [8, 16]}, folds=4))
    dataset = carried(benchmark.name).dataset
    assert candidates.kind_of(benchmark, dataset) == candidates.TIME
    folds = candidates.folds(benchmark, dataset)
    assert len(folds) == 4
    for one in folds:
        assert one.train.max() < one.test.min()
        assert one.test.max() < dataset.train_rows
    assert folds[0].train.max() < folds[1].train.max()


def test_no_step_is_a_target_on_both_sides_of_an_inner_fold() -> None:
    """Windows of three steps ahead share targets with the two windows before them."""
    benchmark = registry.load().benchmarks["timeseries/sunspots-yearly"]
    search = Search(tunable_mlp, {"units": [8, 16]}, in_time=True)
    dataset = Dataset(x=np.zeros((60, 4)), y=np.zeros((60, 3)), train_rows=50)
    for one in candidates.folds(replace(benchmark, search=search), dataset):
        assert one.test.min() - one.train.max() == 3


def carried(name: str) -> Loaded:
    """The copy of a data set inside an installed library."""
    from benchmarks.data import Store

    return registry.load().benchmarks[name].data.obtain(Store(Path("nowhere"), offline=True))


# A whole study, with a network that is none: least squares train in no time


def least_squares(
    name: str,
    *,
    strength: float = 1.0,
    power: int = 1,
    broken: bool = False,
    headline: bool = False,
    suite: str = "quick",
    tuned: str = "",
    tuned_on: str = "on training rows",
) -> Entry:
    """Ridge regression on class indicators; powers of the inputs make it better or worse."""
    return Entry(
        name,
        "keras",
        partial(_least_squares, strength=strength, power=power, broken=broken),
        "Ridge regression on the classes.",
        values={"strength": strength, "power": power, "broken": broken, "tuned": tuned},
        headline=headline,
        suite=suite,
        protocol={"tuning": tuned_on} if tuned else {},
    )


def _least_squares(
    trainings: Sequence[Training], *, strength: float, power: int, broken: bool
) -> list[Fitted]:
    fitted = []
    for one in trainings:
        middle, scale = one.x.mean(axis=0), one.x.std(axis=0) + 1e-9

        def prepared(x: np.ndarray, middle: Any = middle, scale: Any = scale) -> np.ndarray:
            x = (x - middle) / scale
            return np.hstack([x**p for p in range(power + 1)])

        x, y = prepared(one.x), np.eye(one.classes)[one.y]
        weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)
        loss = float("nan") if broken else 1.0
        fitted.append(
            Fitted(lambda x, w=weights, p=prepared: p(x) @ w, history={"loss": [loss, loss]})
        )
    return fitted


RIDGE = Search(
    least_squares,
    {"strength": (1e-3, 1e4, "log"), "power": [1, 2, 3], "broken": [False, False, True]},
    folds=4,
)
DEFINITION = f'''
"""Wine, by least squares."""

from benchmarks import Search, benchmark
from benchmarks.entries import majority
from dataclasses import replace
from test_improve import RIDGE, least_squares
from benchmarks.registry import load


@benchmark("{WINE}")
def wine():
    """Wine."""
    return Benchmark(
        entries=[majority(), least_squares("weak", strength=1e4, headline=True)],
        search=Search(least_squares, RIDGE.space, folds=4),
    )


def Benchmark(**fields):
    """The rest of it."""
    return replace(load().benchmarks["{WINE}"], **fields)
'''


@pytest.fixture
def ridge(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keras_here: None
) -> tuple[Benchmark, Path]:
    """Wine as the registry's own, searched by least squares, and the file that defines it."""
    return pretend(monkeypatch, tmp_path, carried(WINE))


def pretend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, loaded: Loaded
) -> tuple[Benchmark, Path]:
    known = registry.load().benchmarks
    file = tmp_path / "benchmarks" / f"{WINE}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(DEFINITION)
    wine = known[WINE]
    original = carried(WINE).dataset
    rows = wine.protocol.splits(original)  # stratified by all targets, so kept as they were
    made = replace(
        wine,
        entries=[wine.entries[0], least_squares("weak", strength=1e4, headline=True)],
        search=RIDGE,
        data=replace(wine.data, obtain=lambda store: loaded, digest=""),
        protocol=replace(wine.protocol, splits=lambda dataset: rows),
    )
    monkeypatch.setitem(known, WINE, made)
    monkeypatch.setitem(registry.load().files, WINE, file)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return made, file


def options(tmp_path: Path, **more: Any) -> Options:
    """Folders of its own, with a store of MLflow's that is none: it must not cost a study."""
    here = {"runs": tmp_path / "runs", "site": tmp_path / "site", "data": tmp_path / "data"}
    here["runs"].mkdir(parents=True, exist_ok=True)
    (here["runs"] / "mlflow.db").write_text("no database")
    return Options(WINE, engine="serial", **{"trials": 8, **here, **more})


def the_study(runs: Path, name: str = WINE) -> dict[str, Any]:
    (place,) = (runs / "studies" / name).glob("*.json")
    return dict(json.loads(place.read_bytes()))


def tried(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(o["number"], o["settings"], o["state"], o["scores"]) for o in found["trials"]]


def test_a_study_is_tried_kept_told_and_written_back(
    ridge: tuple[Benchmark, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, file = ridge
    assert improve(options(tmp_path, trials=16)) == 0
    told = capsys.readouterr().out
    found = the_study(tmp_path / "runs")
    states = {one["state"] for one in found["trials"]}
    assert len(found["trials"]) == 16
    assert {"complete", "failed"} <= states  # a third of the settings has a loss that is no number
    for one in found["trials"]:
        broken = one["settings"]["broken"]
        assert (one["state"] == "failed") == broken
        assert len(one["scores"]) == 4 or one["state"] != "complete"
        assert not broken or "expected numbers in the curve 'loss'" in one["reason"]
    best = max((o for o in found["trials"] if o["state"] == "complete"), key=lambda o: o["mean"])
    assert found["headline"]["mean"] < found["trials"][found["winner"]]["mean"] == best["mean"]
    assert "no test row is read" in told
    assert "MLflow was not updated" in told  # which cost nothing
    written = writing.load_source(file.read_bytes(), file, WINE).entry("least-squares-tuned")
    winner = found["trials"][found["winner"]]["settings"]
    assert {k: written.values[k] for k in winner} == winner
    assert (written.headline, written.suite) == (True, "standard")
    assert written.protocol["tuning"] == "on training rows of other repeats"
    assert re.fullmatch(
        r"\d+ settings on 4 inner stratified folds of the training rows of the first fold",
        written.values["tuned"],
    )
    assert f"make bench ONLY={WINE}" in told


def test_test_rows_have_no_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keras_here: None
) -> None:
    """Other values in every test row of the first repeat: the study is the same to the bit."""
    loaded = carried(WINE)
    split = registry.load().benchmarks[WINE].protocol.splits(loaded.dataset)[0]
    random, dataset = np.random.default_rng(3), loaded.dataset
    x, y = dataset.x.copy(), dataset.y.copy()
    x[split.test] = random.normal(50, 900, x[split.test].shape)
    y[split.test] = (y[split.test] + 1) % 3
    other = replace(loaded, dataset=replace(dataset, x=x, y=y))
    found = []
    for place, data in (("one", loaded), ("other", other)):
        pretend(monkeypatch, tmp_path / place, data)
        assert improve(options(tmp_path / place, write=False)) == 0
        found.append(the_study(tmp_path / place / "runs"))
    assert found[0]["data"]["digest"] != found[1]["data"]["digest"]
    assert tried(found[0]) == tried(found[1])
    assert found[0]["headline"]["scores"] == found[1]["headline"]["scores"]


def test_training_rows_do_have_a_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keras_here: None
) -> None:
    """The check above sees a judge that reads the rows it changes."""
    loaded = carried(WINE)
    split = registry.load().benchmarks[WINE].protocol.splits(loaded.dataset)[0]
    y = loaded.dataset.y.copy()
    y[split.train[:30]] = (y[split.train[:30]] + 1) % 3
    other = replace(loaded, dataset=replace(loaded.dataset, y=y))
    found = []
    for place, data in (("one", loaded), ("other", other)):
        pretend(monkeypatch, tmp_path / place, data)
        assert improve(options(tmp_path / place, trials=2, write=False)) == 0
        found.append(the_study(tmp_path / place / "runs"))
    assert tried(found[0]) != tried(found[1])


def test_a_study_goes_on_where_it_was_left(ridge: tuple[Benchmark, Path], tmp_path: Path) -> None:
    """Whole, in parts, and with settings of a wave lost half-way: the same in the end."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert improve(options(whole, trials=18, write=False)) == 0
    for trials in (1, 6, 7):
        assert improve(options(parts, trials=trials, write=False)) == 0
    (place,) = (parts / "runs" / "studies" / WINE).glob("*.json")
    content = json.loads(place.read_bytes())
    content["trials"] = [o for o in content["trials"] if o["number"] not in (4, 5)]
    place.write_text(json.dumps(content))
    assert improve(options(parts, trials=18, write=False)) == 0
    assert tried(the_study(parts / "runs")) == tried(the_study(whole / "runs"))


def test_nothing_is_tried_twice(
    ridge: tuple[Benchmark, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    benchmark, _ = ridge
    few = Search(least_squares, {"power": [1, 2]}, folds=4)
    monkeypatch.setitem(registry.load().benchmarks, WINE, replace(benchmark, search=few))
    assert improve(options(tmp_path, trials=12, write=False)) == 0
    trials = the_study(tmp_path / "runs")["trials"]
    again = [one for one in trials if "same_as" in one]
    assert again
    for one in again:
        assert one["scores"] == trials[one["same_as"]]["scores"]
    capsys.readouterr()
    assert improve(options(tmp_path, trials=12, write=False)) == 0
    told = capsys.readouterr().out
    assert "Nothing to try: the study has 12 settings" in told
    assert f"{12 - len(again)} settings on 4 inner" in told


def test_a_definition_that_would_break_is_left_alone(
    ridge: tuple[Benchmark, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, file = ridge
    file.write_text(DEFINITION.replace("least_squares, RIDGE.space", "nothing, RIDGE.space"))
    before = file.read_bytes()
    assert improve(options(tmp_path)) == 1
    assert file.read_bytes() == before
    told = capsys.readouterr().out
    assert "NameError: name 'nothing' is not defined" in told
    assert 'To be added by hand: least_squares("least-squares-tuned", strength=' in told
    assert improve(options(tmp_path)) == 1  # the study is none the worse
    assert "Nothing to try" in capsys.readouterr().out


def test_a_headline_that_is_as_good_stays(
    ridge: tuple[Benchmark, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    benchmark, file = ridge
    strong = least_squares("strong", strength=1.0, headline=True)
    weak = Search(least_squares, {"strength": (9e3, 1e4)}, folds=4)
    entries = [benchmark.entries[0], strong]
    changed = replace(benchmark, entries=entries, search=weak)
    monkeypatch.setitem(registry.load().benchmarks, WINE, changed)
    before = file.read_bytes()
    assert improve(options(tmp_path, trials=3)) == 0
    assert file.read_bytes() == before
    assert "Nothing was written" in capsys.readouterr().out


def test_the_best_three_become_entries_with_their_average(
    ridge: tuple[Benchmark, Path], tmp_path: Path
) -> None:
    _, file = ridge
    assert improve(options(tmp_path, top=3)) == 0
    found = the_study(tmp_path / "runs")
    made = writing.load_source(file.read_bytes(), file, WINE)
    names = ["least-squares-tuned", "least-squares-tuned-2", "least-squares-tuned-3"]
    assert [e.name for e in made.entries][2:] == [*names, "least-squares-tuned-average"]
    assert made.entries[-1].values["average_of"] == names
    assert [e.name for e in made.entries if e.headline] == ["weak", names[0]]
    means = [
        next(
            o["mean"]
            for o in found["trials"]
            if all(made.entry(name).values[k] == v for k, v in o["settings"].items())
        )
        for name in names
    ]
    assert means == sorted(means, reverse=True)
    assert improve(options(tmp_path, top=3)) == 0  # again: the same entries, not more
    assert [e.name for e in writing.load_source(file.read_bytes(), file, WINE).entries] == [
        e.name for e in made.entries
    ]


def test_another_headline_of_the_suite_keeps_its_place(
    ridge: tuple[Benchmark, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    benchmark, file = ridge
    large = least_squares("large", strength=9e3, headline=True, suite="standard")
    source = DEFINITION.replace(
        "headline=True)]",
        'headline=True), least_squares("large", headline=True, suite="standard")]',
    )
    file.write_text(source)
    changed = replace(benchmark, entries=[*benchmark.entries, large])
    monkeypatch.setitem(registry.load().benchmarks, WINE, changed)
    assert improve(options(tmp_path)) == 0
    made = writing.load_source(file.read_bytes(), file, WINE).entry("least-squares-tuned")
    assert not made.headline
    assert "no headline, because large is that of the suite standard" in capsys.readouterr().out


def test_a_file_that_is_no_study_is_said(
    ridge: tuple[Benchmark, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert improve(options(tmp_path, trials=1, write=False)) == 0
    (place,) = (tmp_path / "runs" / "studies" / WINE).glob("*.json")
    place.write_text('{"schema": 1}')
    assert improve(options(tmp_path, trials=2, write=False)) == 1
    assert "is no study" in capsys.readouterr().out
    assert place.read_text() == '{"schema": 1}'


def test_a_benchmark_without_a_search_is_a_wrong_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert improve(replace(options(tmp_path), name="uci/iris")) == 2
    assert "declares nothing to search" in capsys.readouterr().out
    assert improve(replace(options(tmp_path), name="uci/*")) == 2
    with pytest.raises(registry.UnknownNameError, match="perhaps uci/wine"):
        improve(replace(options(tmp_path), name="uci/wien"))


def test_folds_of_one_setting_that_may_not_stack_stop_as_soon_as_it_is_hopeless() -> None:
    """A setting behind the bound after the second fold trains no third."""
    trained: list[int] = []

    def fit(trainings: Sequence[Training]) -> list[Fitted]:
        trained.extend(one.seed for one in trainings)
        right = len(trained) < 2
        wrong = np.array([[0.0, 0.0, 1.0]])
        truth = {row.tobytes(): one for t in trainings for row, one in zip(t.x, t.y, strict=True)}
        assert truth  # training rows alone are handed over
        return [Fitted(lambda x: np.eye(3)[[1] * len(x)] if right else wrong.repeat(len(x), 0))]

    benchmark = searched(Search(tunable_mlp, {"units": [8, 16]}))
    entry = Entry("one", "keras", fit, "Says the same always.", stack=1)
    dataset = carried(WINE).dataset
    whole = candidates.scores_of(benchmark, entry, dataset, ())
    assert len(whole) == 5
    trained.clear()
    scores = candidates.scores_of(benchmark, entry, dataset, (0.2, 0.39, 0.4, 0.4))
    assert trained == [0, 1]
    assert scores == whole[:2]


# The command line


@pytest.mark.slow
def test_interrupted_and_continued_the_study_is_the_same_and_mlflow_and_page_show_it(
    tmp_path: Path,
) -> None:
    code = workshop(tmp_path, WINE)
    file = code / "benchmarks" / f"{WINE}.py"
    source = file.read_text()
    file.write_text(source.replace("epochs=200", "epochs=1").replace("[50, 100, 200]", "[20, 40]"))
    whole, parts = Place(tmp_path / "whole", code), Place(tmp_path / "parts", code)
    asked = ("improve", WINE, "--trials", "7", "--jobs", "2")
    done = whole.command(*asked, *whole.folders, "--no-write")
    assert done.returncode == 0, done.stdout + done.stderr

    process = parts.start(*asked, *parts.folders, "--no-write")
    try:
        until(lambda: len(trials_of(parts.runs)) >= 2, "two settings", process, 180)
        process.send_signal(signal.SIGINT)
        out, err = ended(process, 60)
    finally:
        if process.poll() is None:
            process.kill()
    assert process.returncode == 130, out + err
    assert "interrupted" in out
    assert not err
    kept = trials_of(parts.runs)
    assert 2 <= len(kept) < 7
    done = parts.command(*asked, *parts.folders, "--top", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [t for t in trials_of(parts.runs) if t in kept] == kept
    assert tried(the_study(parts.runs)) == tried(the_study(whole.runs))

    assert "improve" not in done.stderr
    check_mlflow(parts)
    assert "tunable_mlp(" in file.read_text()
    bench = parts.bench("--only", WINE, "--suite", "standard")
    assert bench.returncode == 0, bench.stdout + bench.stderr
    assert re.search(r"uci/wine +│ mlp-tuned ", bench.stdout)
    assert len(parts.records(f"{WINE}/mlp-tuned-average")) == 30
    page = (parts.site / f"{WINE}.html").read_text()
    assert "Hyperparameter search" in page
    assert "7 settings of tunable_mlp" in page
    check_mlflow(parts)
    results = json.loads((parts.site / "results.json").read_bytes())
    (shown,) = results["benchmarks"]
    assert len(shown["study"]["trials"]) == 7


def trials_of(runs: Path) -> list[Any]:
    try:
        return list(the_study(runs)["trials"])
    except ValueError:  # not there yet
        return []


def check_mlflow(place: Place) -> None:
    """A run a setting below the study's own, each once, also after a rebuild from nothing."""
    database = place.runs / "mlflow.db"
    before = studied(database)
    children = [name for name, parent in before.items() if parent]
    (own,) = [name for name, parent in before.items() if not parent]
    assert len(children) == len(trials_of(place.runs))
    assert all(name.startswith(f"{own}/") and before[name] == own for name in children)
    assert place.command("sync", "--runs", str(place.runs)).stdout.endswith(" 0 runs written\n")
    shutil.move(database, place.root / "away.db")
    for more in place.runs.glob("mlflow.db-*"):
        more.unlink()
    done = place.command("sync", "--runs", str(place.runs))
    assert done.returncode == 0, done.stdout + done.stderr
    assert studied(database) == before


def studied(database: Path) -> dict[str, str]:
    """Names of a study's runs in MLflow, each with its parent's."""
    with closing(sqlite3.connect(database)) as store:
        rows = store.execute(
            "SELECT name.run_uuid, name.value, parent.value FROM tags name LEFT JOIN tags parent "
            "ON parent.run_uuid = name.run_uuid AND parent.key = 'mlflow.parentRunId' "
            "WHERE name.key IN ('kerasfolio.entry', 'kerasfolio.trial') "
            "AND name.value LIKE 'study:%'"
        ).fetchall()
    names = {run: name for run, name, _ in rows}
    assert len(set(names.values())) == len(rows)
    return {name: names.get(parent, "") for _, name, parent in rows}


def test_no_page_needs_what_searches() -> None:
    program = (
        "import sys; import portfolio.page.build, benchmarks; from benchmarks import registry;"
        "registry.load(); print([n for n in ('optuna', 'mlflow', 'tensorflow', 'sklearn') "
        "if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=CHECKOUT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_split_is_all_a_judge_is_given() -> None:
    """`folds` reads neither inputs nor targets of the test rows."""
    dataset = carried(WINE).dataset
    benchmark = registry.load().benchmarks[WINE]
    rows = benchmark.protocol.splits(dataset)
    fixed = replace(benchmark, protocol=replace(benchmark.protocol, splits=lambda data: rows))
    y = dataset.y.copy()
    y[rows[0].test] = 0
    before = candidates.folds(fixed, dataset)
    after = candidates.folds(fixed, replace(dataset, x=np.zeros_like(dataset.x), y=y))
    assert [same(a, b) for a, b in zip(before, after, strict=True)] == [True] * 5


def same(one: Split, other: Split) -> bool:
    return np.array_equal(one.train, other.train) and np.array_equal(one.test, other.test)
