"""What a network relies on: made-up networks whose answer is known."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from portfolio_synthetic import benchmark as facts
from portfolio_synthetic import record, write

from benchmarks import registry
from benchmarks.data import Dataset
from benchmarks.definition import Split
from portfolio.page import exhibits as page
from runners.exhibits import files, inspection
from runners.exhibits.occlusion import occlusion
from runners.exhibits.rows import columns
from runners.exhibits.scoring import roc
from runners.exhibits.suspects import most_telling, repeated
from runners.records.own_data import without_rows
from runners.records.provenance import Predictions
from runners.records.store import Runs
from runners.results.summary import collect, summarise

RANDOM = np.random.default_rng(0)


def table(words: bool = False) -> Dataset:
    """Sixty rows whose target is ten times the second feature, a number or a category."""
    x = RANDOM.normal(size=(60, 3)).round(3)
    names: tuple[str, ...] = ("idle", "telling, kg", "other")
    if words:
        kind = np.arange(60) % 3
        x = np.column_stack([x[:, 0], np.eye(3)[kind]])
        names = ("idle", "kind=a", "kind=b", "kind=c")
        return Dataset(x=x, y=10.0 * kind, feature_names=names)
    return Dataset(x=x, y=10 * x[:, 1], feature_names=names)


def exhibit(dataset: Dataset, predict: Any) -> Any:
    concrete = registry.load().benchmarks["uci/concrete"]
    split = Split(np.arange(40), np.arange(40, 60), 0)
    return inspection.of_split(concrete, dataset, split, predict, 0, 1234)


def test_the_only_feature_used_has_all_the_importance() -> None:
    found = exhibit(table(), lambda x: 10 * x[:, 1])
    first, *others = found["importance"]
    assert first["name"] == "telling"
    assert first["mean"] > 1
    assert [one["mean"] for one in others] == [0, 0]
    assert (found["train_score"], found["test_score"], found["features"]) == (0, 0, 3)
    (one,) = found["dependence"]
    ((_, line),) = one["lines"]
    assert one["unit"] == "kg"
    assert np.allclose(line, 10 * np.array(one["x"]), rtol=1e-2)


def test_a_category_is_permuted_as_a_whole_and_keeps_its_words() -> None:
    found = exhibit(table(words=True), lambda x: 10 * x[:, 2] + 20 * x[:, 3])
    assert [one["name"] for one in found["importance"]] == ["kind", "idle"]
    (one,) = found["dependence"]
    assert one["x"] == ["a", "b", "c"]
    assert one["lines"][0][1] == [0, 10, 20]


@pytest.mark.parametrize("words", [False, True])
def test_features_become_the_inputs_they_came_from(words: bool) -> None:
    dataset = table(words)
    features = columns(dataset)
    values = np.stack([one.values(dataset.x) for one in features], axis=1)
    again = inspection.encoded(values, features, dataset.x.shape[1])
    assert np.array_equal(again, dataset.x)


def test_a_network_is_known_by_its_predictions() -> None:
    dataset = table()
    rows = [np.arange(0, 20), np.arange(20, 40)]
    kept = {
        3: Predictions(rows[0], dataset.y[rows[0]] + RANDOM.normal(size=20)),
        7: Predictions(rows[1], dataset.y[rows[1]]),
    }
    assert inspection.trained_in(lambda x: 10 * x[:, 1], dataset, kept) == 7
    assert inspection.trained_in(lambda x: 5 * x[:, 1], dataset, kept) is None
    assert inspection.trained_in(lambda x: np.zeros((len(x), 2)), dataset, kept) is None


def test_covering_the_only_pixels_looked_at_loses_the_class() -> None:
    x = np.zeros((12, 8, 8, 1), np.uint8)
    x[6:, :2, 6:] = 200  # class 1 is bright in the upper right
    dataset = Dataset(x=x, y=np.repeat([0, 1], 6), class_names=("dark", "bright"))

    def predict(images: np.ndarray) -> np.ndarray:
        bright = images[:, :2, 6:].mean(axis=(1, 2, 3)) / 200
        return np.stack([1 - bright, bright], axis=1)

    patch, maps = occlusion(dataset, np.arange(12), np.arange(6, 12), predict)
    assert patch == [2, 2]
    losses = np.array(maps[0]["losses"])
    assert losses.shape == (8, 8)
    assert np.unravel_index(losses.argmax(), losses.shape) == (1, 7)
    assert (losses[4:, :4] == 0).all()


def test_rows_on_both_sides_of_a_split_are_counted() -> None:
    x = np.arange(20.0).reshape(10, 2)
    x[9] = x[0]
    dataset = Dataset(x=x, y=np.zeros(10))
    splits = [
        Split(np.arange(8), np.array([8, 9]), 0),
        Split(np.arange(2, 10), np.array([0, 1]), 0),
    ]
    assert repeated(dataset, splits) == 0.5
    assert repeated(dataset, [replace(splits[0], test=np.array([8]))]) == 0


def test_a_copy_of_the_target_is_a_suspect() -> None:
    dataset = table()
    leaking = replace(dataset, x=np.column_stack([dataset.x, dataset.y]), feature_names=())
    long = replace(leaking, x=np.tile(leaking.x, (5, 1)), y=np.tile(leaking.y, 5))
    found = most_telling(long)
    assert found is not None
    assert found["score"] > 0.99
    assert found["name"] in ("column 2", "column 4")


def test_an_roc_curve_of_a_perfect_classifier_and_its_thresholds() -> None:
    truth = np.array([0, 0, 0, 1])
    found = roc(truth, np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.3, 0.7]]))
    assert found["auc"] == 1
    assert found["points"][0] == (0, 0)
    assert found["points"][-1] == (1, 1)
    by_threshold = {one["at"]: one for one in found["thresholds"]}
    assert by_threshold[0.5]["precision"] == by_threshold[0.5]["recall"] == 1
    assert by_threshold[0.3]["specificity"] == pytest.approx(2 / 3)
    assert by_threshold[0.8]["precision"] is None


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Runs, dict[str, Any]]:
    """A runs folder with a headline and the exhibit of its network."""
    runs = Runs(tmp_path)
    trials = [record(facts("uci/concrete"), "mlp", n, 5.0 + n, kind="keras", headline=True)
              for n in range(3)]  # fmt: skip
    write(runs, *trials)
    content = {
        "schema": 1,
        "digest": trials[0]["data"]["digest"],
        "entry": "mlp",
        "recipe": "recipe-1",
        **exhibit(table(), lambda x: 10 * x[:, 1]),
    }
    files.write(files.folder(runs.root, "uci/concrete") / "network.json", content)
    return runs, content


def test_a_page_shows_the_network_of_its_headline_alone(recorded: Any) -> None:
    runs, content = recorded
    (benchmark,) = summarise(runs, collect(runs))["benchmarks"]
    text = str(page.network(benchmark, runs.root))
    assert "The score depends most on telling." in text
    assert "Partial dependence" in text
    path = files.folder(runs.root, "uci/concrete") / "network.json"
    for change in ({"recipe": "another"}, {"entry": "other"}, {"importance": 3}, {"schema": 9}):
        path.write_text(json.dumps({**content, **change}))
        assert str(page.network(benchmark, runs.root)) == ""
    path.write_text(json.dumps(content).replace('"telling"', '"<script>"'))
    assert "<script>" not in str(page.network(benchmark, runs.root))


def test_cost_and_training_score_reach_the_results(recorded: Any) -> None:
    runs, content = recorded
    (benchmark,) = summarise(runs, collect(runs))["benchmarks"]
    (headline,) = benchmark["entries"]
    assert headline["predict_ms_a_row"] == pytest.approx(1000 * 0.01 / 103, rel=0.01)
    assert headline["model_bytes"] == 1234
    assert headline["network_ms_a_row"] == content["ms_a_row"]
    assert headline["train_score"] == 0


def test_images_of_own_data_are_no_part_of_a_packed_exhibit() -> None:
    assert without_rows({"occlusion": [{"png": "…"}], "importance": []}) == {
        "occlusion": [],
        "importance": [],
    }


@pytest.mark.slow
def test_a_run_leaves_the_exhibit_of_the_network_it_trained(tmp_path: Path) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    command = [sys.executable, "-m", "runners", "bench", "--only", "toy/celsius"]
    command += ["--runs", str(runs), "--site", str(site)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    path = runs / "exhibits" / "toy" / "celsius" / "network.json"
    content = json.loads(path.read_bytes())
    assert content["entry"] == "neuron"
    assert content["train_score"] < 0.01
    assert content["importance"][0]["mean"] > 10
    assert "What neuron relies on" in (site / "toy" / "celsius.html").read_text("utf-8")
    path.unlink()  # made anew without training
    again = [sys.executable, "-m", "runners", "exhibits", "--runs", str(runs)]
    subprocess.run(again, check=True, capture_output=True, timeout=300)
    assert {**json.loads(path.read_bytes()), "ms_a_row": 0} == {**content, "ms_a_row": 0}
