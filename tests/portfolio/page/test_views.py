"""What a benchmark page computes beside scores and verdicts: limits, model card, search, re-run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import portfolio_synthetic as synthetic
import pytest

from benchmarks.definition import Benchmark
from portfolio.page import board
from portfolio.page.views import recipes
from portfolio.page.views.card import model_card
from portfolio.page.views.improvement import searches
from portfolio.page.views.limits import limits, next_steps
from portfolio.page.views.rerun import rerun
from runners.records.store import Runs
from runners.results.summary import collect, summarise


@pytest.fixture(scope="module")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    runs = synthetic.showcase(tmp_path_factory.mktemp("views") / "runs")
    return {b["name"]: b for b in summarise(runs)["benchmarks"]}


def one(tmp_path: Path, name: str, facts: dict[str, Any], drawn: Any, n: int, **data: Any) -> Any:
    runs = Runs(tmp_path / "runs")
    synthetic.entries(runs, facts, drawn, n, **data)
    (found,) = (b for b in summarise(runs)["benchmarks"] if b["name"] == name)
    return found


def told(benchmark: dict[str, Any]) -> dict[str, str]:
    return {one.kind: one.texts[-1].replace("\u202f", " ") for one in limits(benchmark)}


def test_limits_come_from_the_verdicts(showcase: dict[str, dict[str, Any]]) -> None:
    concrete = told(showcase["uci/concrete"])
    headline = next(e for e in showcase["uci/concrete"]["entries"] if e["headline"])
    aside = [v for v in headline["verdicts"] if v["outcome"] == "not-comparable"]
    assert concrete["Not comparable"].startswith(f"{len(aside)} published scores are set aside")
    assert "splits of its own" in concrete["Not comparable"]
    assert "is shown: " in concrete["Inconclusive"]


@pytest.mark.parametrize(("mean", "chance"), [(4.7, True), (2.0, False)])
def test_a_classical_baseline_that_does_better_is_named(
    tmp_path: Path, mean: float, chance: bool
) -> None:
    drawn = {
        "linear": (10.3, 0.6, {}),
        "boosting": (mean, 0.6, {}),
        "mlp": (4.9, 0.6, dict(synthetic.HEADLINE)),
    }
    found = one(tmp_path, "uci/concrete", synthetic.benchmark("uci/concrete"), drawn, 20)
    said = told(found)["Classical baseline"]
    assert said.startswith("boosting (")
    assert "has a better mean than the network" in said
    assert said.endswith("may be chance.") == chance
    assert any("what boosting uses" in step for step in next_steps(found)) != chance


def test_a_small_fold_is_said_to_be_coarse(showcase: dict[str, dict[str, Any]]) -> None:
    wine = told(showcase["uci/wine"])
    assert wine["Test rows"] == "A fold tests 18 rows, so a single one moves it by 5.6 points."
    assert wine["Data"] == "This copy of the data is not identified by its publisher's hash."


def test_fixed_test_rows_give_their_interval(showcase: dict[str, dict[str, Any]]) -> None:
    italy = told(showcase["timeseries/italy-power-demand"])
    assert italy["Test rows"].startswith("On other 1 029 rows drawn alike the accuracy")


def test_nothing_is_said_of_what_has_no_score(showcase: dict[str, dict[str, Any]]) -> None:
    for name in ("uci/digits", "uci/abalone"):
        assert limits(showcase[name]) == []
        assert next_steps(showcase[name]) == []
        assert model_card(showcase[name]) is None


def test_a_floor_that_is_not_beaten_and_a_ceiling_come_first(tmp_path: Path) -> None:
    facts = synthetic.benchmark("uci/some", metric=synthetic.ACCURACY, task="classification")
    drawn = {
        "majority": (0.7, 0.05, dict(synthetic.FLOOR)),
        "trees": (1.0, 0.0, {}),
        "mlp": (0.7, 0.05, dict(synthetic.HEADLINE)),
    }
    found = one(tmp_path, "uci/some", facts, drawn, 5, test=103)
    lines = limits(found)
    assert lines[0].kind == "Trivial baseline"
    assert "Not shown better than the trivial baseline majority" in lines[0].texts[0]
    assert told(found)["Ceiling"] == "trees answers every test row: nothing is left to gain here."
    assert "nobody else confirms it" in told(found)["Published"]


def test_a_single_repeat_says_so(tmp_path: Path) -> None:
    drawn = {"mlp": (4.6, 0.1, dict(synthetic.HEADLINE))}
    found = one(tmp_path, "uci/concrete", synthetic.benchmark("uci/concrete"), drawn, 1)
    assert "A single repeat" in told(found)["Repeats"]
    assert next_steps(found)[0] == "Train what is missing; what is there is kept."


@pytest.mark.parametrize(("mean", "words"), [(6.5, "close a gap of"), (4.35, "ahead already")])
def test_the_next_level_is_named_with_its_distance(tmp_path: Path, mean: float, words: str) -> None:
    drawn = {
        "mean": (16.4, 0.8, dict(synthetic.FLOOR)),
        "mlp": (mean, 0.9, dict(synthetic.HEADLINE)),
    }
    found = one(tmp_path, "uci/concrete", synthetic.benchmark("uci/concrete"), drawn, 20)
    (step,) = (text for text in next_steps(found) if "next level" in text)
    assert words in step


def test_a_model_card_is_computed(showcase: dict[str, dict[str, Any]]) -> None:
    card = model_card(showcase["uci/concrete"])
    assert card is not None
    rows = {term: text.replace("\u202f", " ") for term, text in card.rows}
    assert rows["Model"] == "mlp-50. One hidden layer."
    assert rows["Input"] == "8 features a row"
    assert rows["Output"] == "one number, its error measured in MPa"
    assert rows["Parameters"] == "501"
    assert rows["Training time"] == "9.4 s for 20 splits, 0.5 s each"
    assert "Synthetic CPU 3000" in rows["Device"]
    assert ("Hidden layers", "50") in card.recipe.rows
    cifar = model_card(showcase["cifar/cifar10"])
    assert cifar is not None
    assert ("Input", "32 × 32 × 3 values a row") in cifar.rows
    assert ("Output", "one of 8 classes") in cifar.rows


def test_a_recipe_is_condensed() -> None:
    small = {"hidden": [50], "dropout": 0.0, "epochs": 40, "bins": None}
    large = {"hidden": [64, 64], "dropout": 0.0, "epochs": 40}
    table = recipes.table({"validation": 0.2, "candidates": {"small": small, "large": large}})
    assert table.candidates == ["small", "large"]
    assert table.differing == [("Hidden layers", ["50", "64 64"]), ("Bins", ["none", ""])]
    assert table.rows == [
        ("Rows held back to validate", "0.2"),
        ("Epochs", "40"),
        ("Not used", "dropout"),
    ]


CANDIDATES = {"small": {"epochs": 40}, "large": {"epochs": 90}, "all": {"epochs": 5}}


def searched(tmp_path: Path, picks: list[int]) -> tuple[dict[str, Any], Any]:
    """A summary's benchmark whose entry chose these candidates, and its records."""
    runs, facts = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete")
    for repeat, pick in enumerate(picks):
        values = {"candidates": CANDIDATES}
        record = synthetic.record(facts, "mlp", repeat, 4.0, values=values, **synthetic.HEADLINE)
        losses = [3.0, 2.0, 1.0]
        record["notes"] = {"candidate": pick, "validation_losses": losses}
        record["notes"]["not_stacked"] = f"layer 'conv2d_{repeat}' has no stacked form"
        synthetic.write(runs, record)
    generations = collect(runs)
    (found,) = summarise(runs, generations)["benchmarks"]
    return found, generations["uci/concrete"]


def definition(candidates: dict[str, Any]) -> Benchmark:
    from benchmarks import registry

    known = registry.load().benchmarks["uci/concrete"]
    entry = known.entries[0]
    from dataclasses import replace

    own = replace(entry, name="mlp", values={"candidates": candidates})
    return replace(known, entries=(own,))


def test_choices_are_counted_under_the_names_of_the_definition(tmp_path: Path) -> None:
    found, records = searched(tmp_path, [2, 2, 0])
    (said,) = searches(found, records, definition(CANDIDATES))
    assert [(one.name, one.chosen) for one in said.candidates] == [
        ("all", 2),
        ("small", 1),
        ("large", 0),
    ]
    assert [one.inner for one in said.candidates] == ["1", "3", "2"]
    assert [bool(one.test) for one in said.candidates] == [True, True, False]
    assert said.candidates[0].recipe == "epochs 5"
    assert said.inner == "validation loss", "of what kind, its values do not say"


def test_squared_errors_of_networks_are_printed_as_their_roots(tmp_path: Path) -> None:
    found, records = searched(tmp_path, [0])
    for entry in found["entries"]:
        entry["values"] = {"candidates": {k: {"batch_size": 8, **v} for k, v in CANDIDATES.items()}}
    (said,) = searches(found, records, definition(entry["values"]["candidates"]))
    assert said.inner == "RMSE"
    assert [one.inner for one in said.candidates] == ["1.73", "1.41", "1"]
    assert said.texts == ["Trained one split at a time: layer 'conv2d' has no stacked form."]


def test_choices_have_no_name_where_the_definition_has_changed(tmp_path: Path) -> None:
    found, records = searched(tmp_path, [2, 2, 0])
    other = {**CANDIDATES, "all": {"epochs": 6}}
    for known in (None, definition(other), definition({"small": {"epochs": 40}})):
        (said,) = searches(found, records, known)
        names = [(one.name, one.chosen, one.recipe) for one in said.candidates]
        assert names == [("candidate 3", 2, ""), ("candidate 1", 1, ""), ("candidate 2", 0, "")]


def test_what_it_takes_to_run_again(showcase: dict[str, dict[str, Any]]) -> None:
    again = rerun(showcase["uci/concrete"], "https://mlflow.example/")
    assert again.command == "make bench ONLY=uci/concrete"
    assert again.verify == "make verify RUN=uci/concrete/mlp-50/0"
    assert again.files == [("Concrete_Data.xls", "cd" * 32)]
    assert all(run.url is None for run in again.runs)
    entry = {**showcase["uci/concrete"]["entries"][0], "run_id": "ab12", "suite": "full"}
    again = rerun({**showcase["uci/concrete"], "entries": [entry]}, "https://mlflow.example/")
    assert again.command == "make bench ONLY=uci/concrete SUITE=full"
    assert again.runs[0].url == "https://mlflow.example/#/runs/ab12"
    entry["experiment_id"] = "4"
    again = rerun({**showcase["uci/concrete"], "entries": [entry]}, "https://mlflow.example/")
    place = "https://mlflow.example/#/experiments/4/runs/ab12?workflowType=machine_learning"
    assert again.runs[0].url == place


def a_view(name: str) -> Any:
    family = name.split("/")[0]
    row = SimpleNamespace(outcome="worse", n=1)
    data = {"licence": board.OWNERS} if family == "mine" else None
    return SimpleNamespace(benchmark={"name": name, "family": family, "data": data}, row=row)


def test_groups_are_made_when_there_are_many() -> None:
    few = [a_view(f"uci/{i}") for i in range(3)]
    assert [group.title for group in board.groups(few, ())] == [""]
    featured = board.groups(few, ("uci/2", "cifar/cifar10"))
    assert [group.title for group in featured] == ["Featured", "More"]
    assert featured[0].views == [few[2]]
    many = [a_view(f"{family}/{i}") for family in ("uci", "own") for i in range(5)]
    made = board.groups(many, ("own/3",))
    assert [group.title for group in made] == ["Featured", "Tables", "own"]
    assert sum(len(group.views) for group in made) == len(many)
    assert board.outcomes(many) == [("worse", "worse", 10)]


def test_own_problems_lead_and_toys_come_last() -> None:
    names = ("toy/celsius", "timeseries/a", "else/a", "mine/a", "uci/a")
    made = board.groups([a_view(name) for name in names], ())
    titles = ["Own problems", "Tables", "Time series", "else", "Getting started"]
    assert [group.title for group in made] == titles
    assert [group.leads for group in made] == [True, False, False, False, False]
