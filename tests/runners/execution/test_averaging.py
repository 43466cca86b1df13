"""Averages of other entries: from stored predictions what training them anew would give."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Place, workshop
from data_folder import keras_here

from benchmarks import registry
from benchmarks.data import Dataset, Loaded
from benchmarks.definition import Benchmark, Entry, Fitted, Training
from benchmarks.entries import average, boosting, linear, mlp, nearest
from benchmarks.entries.averages import mean_prediction, with_members
from benchmarks.metrics import rmse
from benchmarks.protocols import official_split
from benchmarks.training.recipe import Recipe
from runners.execution import averaging, worker
from runners.execution.engine import Failure
from runners.execution.group import Group
from runners.execution.plan import Plan, inputs_of, make
from runners.execution.recording import record_group
from runners.records.provenance import predictions
from runners.records.store import Runs

__all__ = ["keras_here"]  # a fixture

WINE = "uci/wine"


def defined(*entries: Entry, **fields: Any) -> Benchmark:
    """Wine with other entries, as its definition would be read."""
    wine = registry.load().benchmarks[WINE]
    loaded = fields.pop("loaded", None) or carried()
    data = replace(wine.data, obtain=lambda store: loaded)
    own = [wine.entries[0], wine.headline]
    return with_members(replace(wine, entries=[*own, *entries], data=data, **fields))


def carried() -> Loaded:
    from benchmarks.data import Store

    source = registry.load().benchmarks[WINE].data
    return source.obtain(Store(Path("nowhere"), offline=True))


def trained(plan: Plan, group: Group) -> worker.Outcome:
    """What a worker makes of a group."""
    entry = plan.benchmark.entry(group.entry)
    return worker.train(plan.benchmark, entry, plan.loaded, group.repeats)


def recorded(plan: Plan, runs: Runs, *names: str) -> None:
    """Train entries as a run does and keep their records."""
    for group in plan.groups:
        if group.entry in names:
            entry = plan.benchmark.entry(group.entry)
            record_group(runs, plan, entry, group, trained(plan, group))


def planned(benchmark: Benchmark, runs: Runs) -> Plan:
    loaded = benchmark.data.obtain(None)  # type: ignore[arg-type]
    return make(benchmark, loaded, "standard", runs, fresh=False)


def same(one: worker.Outcome | Failure | None, other: worker.Outcome) -> bool:
    """Whether scores, predictions, parameters and sizes are the same to the bit."""
    assert isinstance(one, worker.Outcome), one
    pairs = zip(one.predictions, other.predictions, strict=True)
    kept = [(predictions(a), predictions(b)) for a, b in pairs]
    for a, b in kept:
        assert a is not None
        assert b is not None
        assert a.values.dtype == b.values.dtype
        np.testing.assert_array_equal(a.rows, b.rows)
        np.testing.assert_array_equal(a.values, b.values)
    return (one.scores, one.params, one.sizes) == (other.scores, other.params, other.sizes)


def group_of(plan: Plan, name: str) -> Group:
    return next(group for group in plan.groups if group.entry == name)


# From stored predictions


def test_the_average_of_stored_predictions_is_what_training_gives(tmp_path: Path) -> None:
    benchmark = defined(linear(), nearest(5), average("both", ["linear", "5-nn"]))
    runs = Runs(tmp_path)
    plan = planned(benchmark, runs)
    recorded(plan, runs, "linear", "5-nn")
    group = replace(group_of(plan, "both"), repeats=tuple(range(30)))
    assert same(averaging.outcome(plan, group, runs), trained(plan, group))


@pytest.mark.slow
def test_so_is_that_of_networks_trained_in_stacks(tmp_path: Path, keras_here: None) -> None:
    recipe = Recipe(epochs=3, batch_size=16)
    nets = [mlp("one", [8], recipe), mlp("two", [8, 8], recipe, stack=15)]
    benchmark = defined(*nets, linear(), average("all", ["two", "linear", "one"]))
    runs = Runs(tmp_path)
    plan = planned(benchmark, runs)
    recorded(plan, runs, "one", "two", "linear")
    group = group_of(plan, "all")
    assert group.repeats == tuple(range(30))
    found = averaging.outcome(plan, group, runs)
    assert same(found, trained(plan, group))
    assert isinstance(found, worker.Outcome)
    assert found.train_seconds > 0  # what its members took
    assert found.params[0] == sum(
        runs.load(runs.paths(WINE, name)[0])["params"] for name in ("one", "two", "linear")
    )


def noisy(name: str, **more: Any) -> Entry:
    """An entry whose predictions depend on the training seed."""
    return Entry(name, "reference", partial(_noisy, **more), "The mean and some noise.")


def _noisy(trainings: Sequence[Training], spread: float = 1.0) -> list[Fitted]:
    return [
        Fitted(
            lambda x, t=t: t.y.mean() + spread * np.random.default_rng(t.seed).normal(size=len(x)),
            params=1,
        )
        for t in trainings
    ]


def official(*entries: Entry, repeats: int = 5) -> Benchmark:
    """Sixty rows with official training and test rows, repeated over seeds."""
    random = np.random.default_rng(0)
    dataset = Dataset(x=random.normal(size=(60, 13)), y=random.normal(size=60), train_rows=40)
    protocol = official_split(
        "TEST", title="t", source="s", split="first 40 train", repeats=repeats
    )
    return defined(
        *entries,
        loaded=Loaded(dataset, "made for a test", {}, official=False),
        protocol=protocol,
        task="regression",
        metric=rmse("m"),
    )


def test_seeds_of_one_entry_are_averaged_into_a_single_repeat(tmp_path: Path) -> None:
    benchmark = official(noisy("noisy"), average("4-seeds", ["noisy"], seeds=4))
    runs = Runs(tmp_path)
    plan = planned(benchmark, runs)
    recorded(plan, runs, "noisy")
    group = group_of(plan, "4-seeds")
    assert group.repeats == (0,)
    found = averaging.outcome(plan, group, runs)
    assert same(found, trained(plan, group))
    assert isinstance(found, worker.Outcome)
    assert found.params == [4]
    kept = predictions(found.predictions[0])
    assert kept is not None
    own = [predictions(p.with_suffix(".npz")) for p in runs.paths(WINE, "noisy")][:4]
    mean = np.mean([one.values.astype(float) for one in own if one], axis=0)
    np.testing.assert_array_equal(kept.values, mean.astype(np.float32))


def test_the_mean_of_a_distribution_is_what_is_averaged() -> None:
    both = np.array([[1.0, 9.0], [3.0, 9.0], [5.0, 9.0]])
    values = np.array([3.0, 5.0, 7.0])
    np.testing.assert_array_equal(mean_prediction([both, values], "regression"), [2, 4, 6])
    assert mean_prediction([both, both], "classification").shape == (3, 2)


def test_a_missing_record_fails_it_and_missing_predictions_are_made_again(tmp_path: Path) -> None:
    benchmark = official(noisy("a"), noisy("b"), average("both", ["a", "b"]))
    runs = Runs(tmp_path)
    plan = planned(benchmark, runs)
    group = replace(group_of(plan, "both"), repeats=(2,))
    missing = averaging.outcome(plan, group, runs)
    assert isinstance(missing, Failure)
    assert missing.reason == "repeat 2 of a, which it averages, is missing"
    recorded(plan, runs, "a", "b")
    assert isinstance(averaging.outcome(plan, group, runs), worker.Outcome)
    path = runs.paths(WINE, "a")[2].with_suffix(".npz")
    kept = predictions(path)
    assert kept is not None
    np.savez(path, rows=kept.rows[::2], prediction=kept.values[::2])
    assert averaging.outcome(plan, group, runs) is None
    path.unlink()
    assert averaging.outcome(plan, group, runs) is None


def test_it_is_renewed_when_a_member_is_and_only_then() -> None:
    def recipe(*entries: Entry) -> str:
        benchmark = official(*entries)
        data = benchmark.data.obtain(None)  # type: ignore[arg-type]
        return json.dumps(inputs_of(benchmark, benchmark.entry("both"), data))

    both = average("both", ["a", "b"])
    first = recipe(noisy("a"), noisy("b"), both)
    assert first == recipe(noisy("a"), noisy("b"), noisy("c"), both)
    assert first != recipe(noisy("a"), noisy("b", spread=2.0), both)
    assert first != recipe(noisy("a"), noisy("b"), average("both", ["b", "a"]))


def test_other_members_than_the_entries_of_their_names_are_not_taken_for_them() -> None:
    """As on another Keras backend, where an average trains companions of its members."""
    benchmark = official(noisy("a"), noisy("b"), average("both", ["a", "b"]))
    assert [one.name for one in averaging.members(benchmark, "both")] == ["a", "b"]
    assert averaging.members(benchmark, "a") == []
    own = benchmark.entry("both")
    fits = {**own.fit.keywords, "fits": (noisy("a").fit, noisy("b", spread=2.0).fit)}  # type: ignore
    changed = replace(own, fit=partial(own.fit.func, **fits))  # type: ignore[attr-defined]
    entries = [e for e in benchmark.entries if e.name != "both"]
    assert averaging.members(replace(benchmark, entries=[*entries, changed]), "both") == []


# What a definition may say


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: average("x", []), "two different names"),
        (lambda: average("x", ["a"]), "two different names"),
        (lambda: average("x", ["a", "a"]), "two different names"),
        (lambda: average("x", "ab"), "two different names"),
        (lambda: average("x", ["a"], seeds=0), "two different names"),
        (lambda: official(average("x", ["a", "b"])), "received 'a'"),
        (
            lambda: official(noisy("a"), average("x", ["a", "y"]), average("y", ["a", "x"])),
            "received 'y'",
        ),
        (lambda: official(noisy("a"), average("x", ["a"], seeds=6)), "at least 6 seeds"),
        (lambda: defined(linear(), average("x", ["linear"], seeds=2)), "its 30 folds is not"),
        (
            lambda: official(
                noisy("a"),
                replace(noisy("b"), suite="full"),
                average("x", ["a", "b"], suite="quick"),
            ),
            "suite: expected full",
        ),
        (
            lambda: official(
                replace(noisy("a"), protocol={"extra_data": "some"}),
                replace(noisy("b"), protocol={"extra_data": "other"}),
                average("x", ["a", "b"]),
            ),
            "members differ in extra_data",
        ),
        (
            lambda: official(
                mlp("a", [8], Recipe(1, 8)),
                mlp("b", [8], Recipe(1, 8), precision="fastest"),
                average("x", ["a", "b"]),
            ),
            "members of one precision",
        ),
    ],
)
def test_an_average_that_cannot_be_is_said(make: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as told:
        make()
    assert str(told.value).startswith("x: ")


def test_it_takes_over_what_its_members_need() -> None:
    net = mlp("net", [8], Recipe(1, 8), tuned="some", threads=2)
    few = replace(noisy("few"), repeats=3, suite="full")
    made = official(net, few, average("x", ["net", "few"])).entry("x")
    assert (made.kind, made.threads, made.stack, made.repeats) == ("keras", 2, 0, 3)
    assert (made.suite, made.protocol) == ("full", {"tuning": "on training rows"})
    assert made.about == "Average of net and few, from their predictions."
    trees = official(linear(), boosting(), average("y", ["linear", "boosting"])).entry("y")
    assert (trees.kind, trees.stack, trees.suite) == ("reference", boosting().stack, "quick")


def test_definitions_without_averages_are_left_as_they_are() -> None:
    wine = registry.load().benchmarks[WINE]
    assert with_members(wine) is wine


# The command line

ADDED = """            linear(),
            average("two", ["mlp-64", "linear"]),
"""


@pytest.mark.slow
def test_a_run_builds_it_without_training_and_verify_trains_it(tmp_path: Path) -> None:
    code = workshop(tmp_path, WINE)
    file = code / "benchmarks" / f"{WINE}.py"
    source = file.read_text().replace("epochs=200", "epochs=3")
    source = source.replace("import linear,", "import average, linear,")
    source = source.replace("            linear(),\n", ADDED)
    file.write_text(source)
    here = Place(tmp_path / "place", code)
    done = here.bench("--only", WINE, "--suite", "quick", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "150 trials done, 0 failed" in done.stdout
    last = [line for line in done.stdout.splitlines() if line.startswith("  uci/wine ")][-1]
    assert last.split()[1] == "two"
    records = [json.loads(text) for text in here.records(f"{WINE}/two").values()]
    assert len(records) == 30
    assert {record["notes"]["from_stored_predictions"] for record in records} == {2}
    told = here.command("verify", f"{WINE}/two", "--runs", str(here.runs))
    assert told.returncode == 0, told.stdout + told.stderr
    assert "same to the bit: scores and predictions of 30 trials" in told.stdout
    file.write_text(source.replace("epochs=3", "epochs=4"))
    done = here.bench("--only", WINE, "--suite", "quick", "--jobs", "2")
    assert "60 of 150 trials to run" in done.stdout
    assert len(here.records(f"{WINE}/two")) == 60
    page = (here.site / f"{WINE}.html").read_text()
    assert "Average of mlp-64 and linear, from their predictions." in page
