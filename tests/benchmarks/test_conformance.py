"""What every benchmark of the registry must keep; adding a benchmark adds no test."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import (
    BENCHMARKS,
    keras_here,
    loaded_or_skip,
    shorter,
    slow,
    smaller,
    store,
    with_own,
)

from benchmarks import registry, validation
from benchmarks.data import Dataset, Loaded, Store, load
from benchmarks.definition import Benchmark, Entry, Fitted, Split, Training
from benchmarks.judging import margins
from benchmarks.protocols import OTHER_REPEATS, PROTOCOLS, TUNINGS, facts
from benchmarks.published import baselines
from benchmarks.published.baselines import citation
from benchmarks.published.comparability import beneficiary, departures
from benchmarks.texts import holds_texts
from benchmarks.windows import overlapping, spanned, taken, windows
from runners.execution import worker
from runners.execution.plan import inputs_of
from runners.records.snapshot import benchmark_facts, entry_facts, source_facts

__all__ = ["keras_here", "store"]  # fixtures

ROOT = Path(registry.__file__).parent
EACH = pytest.mark.parametrize(
    "benchmark_", [pytest.param(benchmark, id=benchmark.name) for benchmark in BENCHMARKS]
)
EACH_DATA = pytest.mark.parametrize(
    "benchmark_",
    [
        pytest.param(benchmark, id=benchmark.name, marks=slow if benchmark.data.megabytes else ())
        for benchmark in BENCHMARKS
    ],
)
"""Large data takes longer to read than a quick test may."""
EACH_ENTRY = pytest.mark.parametrize(
    ("benchmark_", "entry"),
    [
        pytest.param(
            benchmark,
            entry,
            id=f"{benchmark.name} {entry.name}",
            marks=() if benchmark.suite == entry.suite == "quick" else slow,
        )
        for benchmark in BENCHMARKS
        for entry in benchmark.entries
    ],
)
WORDS = 3
"""A reason shorter than this is no reason."""
OWN_MARGINS = ("cifar/cifar10", "text/sms-spam", "toy/celsius")
"""With an anchor and yet a margin that the definition argues itself."""


def file_of(benchmark: Benchmark) -> Path:
    return registry.load().files[benchmark.name]


def is_own(benchmark: Benchmark) -> bool:
    """Whether its data is the owner's alone: no page, no paper, a protocol of its own."""
    return "own" in benchmark.data.values


# What a definition says


def test_every_file_is_a_definition() -> None:
    assert registry.load().problems == {}
    assert len(BENCHMARKS) >= 7


def test_reading_the_whole_registry_loads_no_framework() -> None:
    heavy = ("tensorflow", "keras", "mlflow", "sklearn", "pandas")
    program = (
        "import sys; from benchmarks import registry; assert not registry.load().problems;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT.parent,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@EACH
def test_a_name_is_in_its_file(benchmark_: Benchmark) -> None:
    file = file_of(benchmark_)
    assert file.parent == ROOT / benchmark_.family
    assert f'@benchmark("{benchmark_.name}"' in file.read_text("utf-8")
    validation.validate(benchmark_)


@EACH
def test_there_is_a_docstring_for_the_file_and_the_function(benchmark_: Benchmark) -> None:
    tree = ast.parse(file_of(benchmark_).read_text("utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@EACH
def test_what_the_reader_is_told_is_there(benchmark_: Benchmark) -> None:
    assert benchmark_.question.endswith("?")
    assert len(benchmark_.margin_why.split()) >= WORDS
    assert benchmark_.data.title
    assert benchmark_.data.licence
    assert benchmark_.data.url.startswith("https://") or is_own(benchmark_)
    assert benchmark_.seconds > 0
    for entry in benchmark_.entries:
        assert entry.about.endswith("."), f"{entry.name}: about is no sentence"


@EACH
def test_one_entry_speaks_for_the_benchmark_and_a_simple_rule_is_the_floor(
    benchmark_: Benchmark,
) -> None:
    assert all(entry.kind == "keras" for entry in benchmark_.entries if entry.headline)
    floors = [entry for entry in benchmark_.entries if entry.floor]
    assert floors
    for floor in floors:
        assert floor.kind == "reference"
        assert not floor.headline


@EACH
def test_the_protocol_is_known_and_its_departures_are_fields(benchmark_: Benchmark) -> None:
    protocol = benchmark_.protocol if is_own(benchmark_) else PROTOCOLS[benchmark_.protocol.id]
    for entry in benchmark_.entries:
        assert facts(benchmark_.protocol, entry.protocol)
    assert facts(protocol) == facts(benchmark_.protocol)


@EACH
def test_every_network_says_on_which_rows_it_was_tuned(benchmark_: Benchmark) -> None:
    """A recipe that all repeats share was not tuned on the training rows of each alone.

    An average is tuned as its members are.
    """
    said = {entry.name: entry.values.get("tuned", "") for entry in benchmark_.entries}
    for entry in (entry for entry in benchmark_.entries if entry.kind == "keras"):
        tuning, how = (
            facts(benchmark_.protocol, entry.protocol)["tuning"],
            said[entry.name]
            or next(filter(None, (said[one] for one in entry.values.get("average_of", ()))), ""),
        )
        chosen_inside = "candidates" in entry.values
        assert tuning in TUNINGS, entry.name
        assert (tuning == "none") == (not how and not chosen_inside), entry.name
        assert (tuning == TUNINGS[-1]) == ("test scores" in how), entry.name
        if how and benchmark_.protocol.unit != "seed":
            assert tuning in (OTHER_REPEATS, TUNINGS[-1]), entry.name


@EACH
def test_every_source_is_cited(benchmark_: Benchmark) -> None:
    assert is_own(benchmark_) or citation(benchmark_.data.citation)
    assert citation(benchmark_.protocol.source)


@EACH
def test_published_scores_are_in_order(benchmark_: Benchmark) -> None:
    rows = baselines.load(benchmark_.name)
    assert baselines.problems(rows) == []
    if any(row.metric == benchmark_.metric.name for row in rows):
        assert benchmark_.metric.direction == baselines.DIRECTIONS[benchmark_.metric.name]


@EACH
def test_the_anchor_is_a_good_score_that_the_headline_can_be_compared_with(
    benchmark_: Benchmark,
) -> None:
    """And one is declared wherever there is such a score."""
    headline = benchmark_.headline
    scores = baselines.load(benchmark_.name)
    unlike = {
        row.id: departures(benchmark_.protocol, headline.protocol, row, benchmark_.metric.name)
        for row in scores
        if row.level == "good" and row.metric == benchmark_.metric.name
    }
    equal = [id for id, differing in unlike.items() if not differing]
    if not benchmark_.anchor:
        assert not equal, f"declare an anchor: one of {', '.join(equal)}"
        return
    assert benchmark_.anchor in unlike, "no good score of this benchmark by its metric"
    assert len(benchmark_.anchor_why.split()) >= WORDS
    differing = unlike[benchmark_.anchor]
    assert not differing or (beneficiary(differing) and not equal)


@EACH
def test_the_margin_is_the_anchors_or_is_argued(benchmark_: Benchmark) -> None:
    if not benchmark_.anchor or benchmark_.name in OWN_MARGINS:
        assert "of the anchor's error" not in benchmark_.margin_why
        return
    assert (benchmark_.margin, benchmark_.margin_why) == margins.of(benchmark_)


@EACH
def test_what_goes_into_a_record_is_plain_json(benchmark_: Benchmark) -> None:
    assert as_read_back(benchmark_.data.values) == dict(benchmark_.data.values)
    assert benchmark_facts(benchmark_) == as_read_back(benchmark_facts(benchmark_))
    for entry in benchmark_.entries:
        assert entry_facts(entry) == as_read_back(entry_facts(entry))


def as_read_back(value: Any) -> Any:
    return json.loads(json.dumps(value, allow_nan=False))


# What the data and the protocol make of it


@EACH_DATA
def test_the_data_is_as_declared(benchmark_: Benchmark, store: Store) -> None:
    loaded = loaded_or_skip(benchmark_, store)
    assert loaded.dataset.x.shape == benchmark_.data.shape
    assert bool(loaded.dataset.class_names) == (benchmark_.task == "classification")
    about = source_facts(benchmark_, loaded)
    assert about == as_read_back(about)
    again = load(benchmark_.data, with_own(benchmark_, store))
    assert again.dataset.digest == loaded.dataset.digest


@EACH_DATA
def test_no_row_trains_and_tests(benchmark_: Benchmark, store: Store) -> None:
    dataset = loaded_or_skip(benchmark_, store).dataset
    splits = benchmark_.protocol.splits(dataset)
    assert len(splits) == benchmark_.protocol.repeats
    assert len({split.seed for split in splits}) == len(splits)
    for split in splits:
        rows = np.concatenate([split.train, split.test])
        assert len(np.unique(rows)) == len(rows)
        assert rows.min() >= 0
        assert rows.max() < len(dataset.y)
        assert len(split.train) > len(split.test) or dataset.train_rows is not None
    for first, again in zip(splits, benchmark_.protocol.splits(dataset), strict=True):
        assert np.array_equal(first.train, again.train)
        assert np.array_equal(first.test, again.test)
        assert first.seed == again.seed


@EACH_DATA
def test_fingerprints_are_stable_and_tell_entries_apart(
    benchmark_: Benchmark, store: Store
) -> None:
    loaded = loaded_or_skip(benchmark_, store)
    inputs = [inputs_of(benchmark_, entry, loaded) for entry in benchmark_.entries]
    assert inputs == [inputs_of(benchmark_, entry, loaded) for entry in benchmark_.entries]
    assert len({json.dumps(one, sort_keys=True) for one in inputs}) == len(inputs)


@EACH_DATA
def test_a_floor_is_a_simple_rule(benchmark_: Benchmark, store: Store) -> None:
    loaded = loaded_or_skip(benchmark_, store)
    for floor in (entry for entry in benchmark_.entries if entry.floor):
        (fitted,), _ = fit(benchmark_, floor, loaded, [0])
        assert fitted.params in (0, 1, len(loaded.dataset.class_names)), floor.name


# Leak-proof: test rows cannot reach a predictor


def test_an_entry_is_handed_copies() -> None:
    dataset = small()
    benchmark = like_wine(dataset)
    before = dataset.digest
    split = benchmark.protocol.splits(dataset)[0]
    training = worker.training_rows(benchmark, dataset, split)
    assert np.array_equal(training.x, dataset.x[split.train])
    assert training.x.base is None
    assert training.y.base is None
    training.x[:] = 0
    training.y[:] = 0
    assert dataset.digest == before


@EACH_ENTRY
def test_test_rows_do_not_reach_the_predictor(
    benchmark_: Benchmark, entry: Entry, store: Store, keras_here: None
) -> None:
    """Nor do they reach one another: a prediction is the same whatever rows stand beside it.

    Of an entry that chooses among candidates a repeat alone is held to the bit: which repeats train
    together depends on what the others choose, and the last bits on how many do.
    """
    loaded = loaded_or_skip(benchmark_, store)
    loaded = loaded if overlapping(loaded.dataset.y) else smaller(loaded)
    entry = shorter(entry)
    repeats = [0] if entry.stack == 1 else [0, 1]
    fitted, splits = fit(benchmark_, entry, loaded, repeats)
    chooses = "candidates" in entry.values and len(repeats) > 1
    tolerance = 1e-5 if chooses else 0.0
    assert leaks(benchmark_, loaded, fitted, splits, lambda data: entry, tolerance) == []
    if chooses:
        alone, _ = fit(benchmark_, entry, loaded, [0])
        assert leaks(benchmark_, loaded, alone, splits[:1], lambda data: entry) == []
    rows = loaded.dataset.x[splits[0].test[:20]]
    together = fitted[0].predict(rows)
    apart = [fitted[0].predict(rows[place : place + 1]) for place in range(len(rows))]
    np.testing.assert_allclose(together, np.concatenate(apart), rtol=1e-4, atol=1e-5)


def test_the_check_sees_an_entry_that_reads_the_data_itself() -> None:
    """Scaling with the moments of all rows, the commonest leak: the check must fail on it."""
    dataset = small()

    def leaky(loaded: Loaded) -> Entry:
        def fit(trainings: Sequence[Training]) -> list[Fitted]:
            middle = loaded.dataset.x.mean(axis=0)
            return [Fitted(functools.partial(distances, middle)) for _ in trainings]

        return Entry("leaky", "reference", fit, "Scales with the moments of all rows.")

    assert caught(dataset, leaky) == [0, 1]


def test_the_check_sees_targets_that_leak() -> None:
    dataset = small()

    def leaky(loaded: Loaded) -> Entry:
        def fit(trainings: Sequence[Training]) -> list[Fitted]:
            shares = np.bincount(loaded.dataset.y, minlength=2) / len(loaded.dataset.y)
            return [Fitted(lambda x: np.tile(shares, (len(x), 1))) for _ in trainings]

        return Entry("leaky", "reference", fit, "Counts the classes of all rows.")

    assert caught(dataset, leaky) == [0, 1]


def test_the_check_sees_a_repeat_that_learns_from_another() -> None:
    """The test rows of one fold are training rows of the next, which shares its group."""
    dataset = small()

    def fit(trainings: Sequence[Training]) -> list[Fitted]:
        middle = np.mean([training.x.mean(axis=0) for training in trainings], axis=0)
        return [Fitted(functools.partial(distances, middle)) for _ in trainings]

    mixing = Entry("mixing", "reference", fit, "Scales with the moments of the group.", stack=0)
    assert caught(dataset, lambda data: mixing) == [0, 1]


def distances(middle: np.ndarray, x: np.ndarray) -> np.ndarray:
    near = np.abs(x - middle).sum(axis=1)
    return np.stack([near, 1 - near], axis=1)


def caught(dataset: Dataset, entry_for: Callable[[Loaded], Entry]) -> list[int]:
    benchmark, loaded = like_wine(dataset), wrapped(dataset)
    fitted, splits = fit(benchmark, entry_for(loaded), loaded, [0, 1])
    return leaks(benchmark, loaded, fitted, splits, entry_for)


def leaks(
    benchmark: Benchmark,
    loaded: Loaded,
    fitted: Sequence[Fitted],
    splits: Sequence[Split],
    entry_for: Callable[[Loaded], Entry],
    tolerance: float = 0.0,
) -> list[int]:
    """Repeats whose predictor changes by more than `tolerance`, or in any bit, on other test rows.

    `entry_for` makes the entry; it gets the data at hand, as code that reads it by itself would.
    """
    changed, others = set(), {}
    for repeat, (predictor, split) in enumerate(zip(fitted, splits, strict=True)):
        key = split.test.tobytes()  # repeats over seeds share their test rows
        if key not in others:
            other = scrambled(loaded, split)
            numbers = list(range(len(splits)))
            try:
                others[key], _ = fit(benchmark, entry_for(other), other, numbers, splits)
            except np.linalg.LinAlgError:  # another repeat trains on rows that admit no solution
                alone, _ = fit(benchmark, entry_for(other), other, [0], [split])
                others[key] = [alone[0] if number == repeat else None for number in numbers]
        probe = taken(loaded.dataset.x, split.test)
        before, after = (one.predict(probe) for one in (predictor, others[key][repeat]))
        if not np.allclose(before, after, rtol=tolerance, atol=tolerance):
            changed.add(repeat)
    return sorted(changed)


def fit(
    benchmark: Benchmark,
    entry: Entry,
    loaded: Loaded,
    repeats: list[int],
    splits: Sequence[Split] | None = None,
) -> tuple[list[Fitted], list[Split]]:
    """Train on the worker's own path; returns the predictors it made, and their splits.

    With `splits` the protocol's rule is passed over: folds are stratified by the very targets
    that are scrambled.
    """
    kept: list[Fitted] = []

    def keep(trainings: Sequence[Training]) -> list[Fitted]:
        kept.extend(entry.fit(trainings))
        return kept

    protocol = benchmark.protocol
    rows = list(protocol.splits(loaded.dataset) if splits is None else splits)
    fixed = replace(benchmark, protocol=replace(protocol, splits=lambda dataset: rows))
    worker.train(fixed, replace(entry, fit=keep), loaded, repeats)
    return kept, [rows[repeat] for repeat in repeats]


def scrambled(loaded: Loaded, split: Split) -> Loaded:
    """A copy of the data with other values in the test rows, features and targets alike."""
    dataset, random = loaded.dataset, np.random.default_rng(7)
    rows, classes = split.test, len(dataset.class_names)
    if overlapping(dataset.x):
        # From the first step that a test row has for a target: what comes before is history,
        # which test windows share with training windows.
        x = windows(
            noise(spanned(dataset.x), rows[0] + dataset.x.shape[1], random), dataset.x.shape[1]
        )
    elif holds_texts(dataset.x):
        x = dataset.x.copy()
        x[rows] = [f"zq{number} {text[::-1]}" for number, text in enumerate(x[rows])]
    elif dataset.x.dtype == np.uint8:
        x = dataset.x.copy()
        x[rows] = 255 - x[rows]
    else:
        x = dataset.x.copy()
        x[rows] = random.normal(3.0, 5.0, x[rows].shape) * (1 + np.abs(x[rows]))
    if overlapping(dataset.y):
        y = windows(noise(spanned(dataset.y), rows[0], random), dataset.y.shape[1])
    else:
        y = dataset.y.copy()
        # All of one class, so that class counts change too.
        y[rows] = (y[rows[0]] + 1) % classes if classes else 100 + 2 * random.permutation(y[rows])
    assert not np.array_equal(x[rows], dataset.x[rows])
    assert not np.array_equal(y[rows], dataset.y[rows])
    assert np.array_equal(x[split.train], dataset.x[split.train], equal_nan=dataset.gaps)
    return replace(loaded, dataset=replace(dataset, x=x, y=y))


def noise(series: np.ndarray, first: int, random: np.random.Generator) -> np.ndarray:
    """A series with other values from step `first` on; above 0 where it is, for logarithms."""
    other = series.copy()
    later = other[first:]
    other[first:] = random.normal(3.0, 5.0, later.shape) * (1 + np.abs(later))
    if series.min() > 0:
        other[first:] = np.abs(other[first:]) + 1e-3
    return other


def small() -> Dataset:
    """Forty rows of two classes, for tests of the checks themselves."""
    random = np.random.default_rng(0)
    return Dataset(x=random.normal(size=(40, 3)), y=np.arange(40) % 2, class_names=("no", "yes"))


def wrapped(dataset: Dataset) -> Loaded:
    return Loaded(dataset, "forty rows made for a test", {}, official=False)


def like_wine(dataset: Dataset) -> Benchmark:
    """A real definition put on other data."""
    wine = next(benchmark for benchmark in BENCHMARKS if benchmark.name == "uci/wine")
    return replace(wine, data=replace(wine.data, obtain=lambda store: wrapped(dataset)))
