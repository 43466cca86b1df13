"""Fan charts, and what the page says of intervals: the numbers are those of the records."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import registry
from benchmarks.data import Dataset, Store, load
from benchmarks.definition import Training
from benchmarks.entries import conformal, linear, persistence, repeat_last
from benchmarks.metrics import mae
from benchmarks.quantiles import LEVELS, coverage, crps
from benchmarks.windows import windows
from portfolio.page import exhibits as page
from runners import exhibits
from runners.compare import verify
from runners.execution import worker
from runners.execution.plan import make
from runners.execution.recording import record_group
from runners.exhibits import distributions
from runners.records.own_data import without_rows
from runners.records.provenance import Predictions
from runners.records.store import Runs
from runners.results.summary import collect, summarise

SUNSPOTS = registry.load().benchmarks["timeseries/sunspots-yearly"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Records of a linear model, with and without intervals, on data a library carries."""
    spread = conformal(linear(), 35)
    benchmark = replace(
        SUNSPOTS,
        entries=[linear(), persistence(), spread, SUNSPOTS.headline],
        also=[mae("sunspots")],
    )
    runs = Runs(tmp_path_factory.mktemp("runs"))
    loaded = load(benchmark.data, Store(Path("nowhere"), offline=True))
    plan = make(benchmark, loaded, "full", runs, fresh=False)
    for group in plan.groups:
        if group.entry != "gru":
            entry = benchmark.entry(group.entry)
            outcome = worker.train(benchmark, entry, loaded, group.repeats)
            record_group(runs, plan, entry, group, outcome)
    generations = collect(runs)
    exhibits.update(runs, [plan], generations, pytest.fail)
    return runs, plan, generations


def content_of(trained: Any) -> Any:
    runs, plan, _ = trained
    place = exhibits.folder(runs.root, plan.benchmark.name) / "distributions.json"
    return json.loads(place.read_text("utf-8"))


def shown(trained: Any, **other: Any) -> tuple[Any, str]:
    runs, plan, generations = trained
    (result,) = summarise(runs, generations)["benchmarks"]
    records = generations[plan.benchmark.name]
    return result, str(page.distributions(result, records, runs.root, **other))


def test_scores_of_a_distribution_are_in_the_results_and_no_fingerprint_of_points_moves(
    trained: Any,
) -> None:
    runs, plan, generations = trained
    result, _ = shown(trained)
    entries = {one["name"]: one for one in result["entries"]}
    metrics = entries["linear-conformal"]["metrics"]
    (record, *_) = generations[plan.benchmark.name]["linear-conformal"]
    stored = runs.predictions(record)
    truth = plan.loaded.dataset.y[stored.rows]
    assert metrics["crps"]["mean"] == pytest.approx(crps(truth, stored.quantiles, LEVELS))
    assert metrics["coverage_80"]["mean"] == coverage(truth, stored.quantiles, LEVELS, 0.8)
    assert set(metrics) == {"mae", "crps", "coverage_80", "coverage_95", "width_80", "width_95"}
    assert set(entries["linear"]["metrics"]) == {"mae"}
    (of_points, *_) = generations[plan.benchmark.name]["linear"]
    assert [one[0] for one in of_points["inputs"]["also"]] == ["mae"]
    assert [one[0] for one in record["inputs"]["also"]][:2] == ["mae", "crps"]
    assert [one["name"] for one in result["also"]] == ["mae"]


def test_a_course_is_the_last_forecasts_of_the_first_repeat(trained: Any) -> None:
    runs, plan, generations = trained
    content = content_of(trained)
    (entry,) = content["entries"]
    (fan,) = entry["fans"]
    stored = runs.predictions(generations[plan.benchmark.name]["linear-conformal"][0])
    assert (entry["name"], content["at"], content["ahead"]) == ("linear-conformal", "year", 1)
    assert fan["at"] == list(range(1921, 1956))
    assert fan["truth"] == pytest.approx(plan.loaded.dataset.y[stored.rows], rel=1e-4)
    for place, level in enumerate(content["levels"]):
        expected = stored.quantiles[:, LEVELS.index(level)]
        assert fan["quantiles"][place] == pytest.approx(expected, rel=1e-3)


def test_the_page_says_what_was_promised_and_what_was_held(trained: Any) -> None:
    result, html = shown(trained)
    (entry,) = [one for one in result["entries"] if one["name"] == "linear-conformal"]
    held = 100 * entry["metrics"]["coverage_80"]["mean"]
    sentence = re.search(r"The 80.% interval of linear-conformal holds ([\d.]+).% of the 35", html)
    assert sentence is not None
    assert float(sentence[1]) == pytest.approx(held, abs=0.06)
    assert html.count('class="x-fan95"') == html.count('class="x-fan80"') == 2  # wide and narrow
    assert html.count("values only: the MAE") == 1
    assert f"{entry['metrics']['crps']['mean']:.4g}" in html


def test_charts_of_other_records_are_left_out_and_the_numbers_stay(trained: Any) -> None:
    runs, plan, _ = trained
    place = exhibits.folder(runs.root, plan.benchmark.name) / "distributions.json"
    before = place.read_bytes()
    content = json.loads(before)
    content["fingerprints"]["linear-conformal"] = ["0" * 16]
    place.write_text(json.dumps(content))
    _, html = shown(trained)
    place.write_bytes(before)
    assert "x-fan95" not in html
    assert "interval of linear-conformal holds" in html


def test_fans_are_single_rows_of_the_owners_data(trained: Any) -> None:
    (entry,) = without_rows(content_of(trained))["entries"]
    assert entry["fans"] == []


def test_verify_scores_all_quantiles_again(trained: Any) -> None:
    runs, plan, generations = trained
    (record, *_) = generations[plan.benchmark.name]["linear-conformal"]
    stored, entry = runs.predictions(record), plan.benchmark.entry("linear-conformal")
    trial: Any = type("Trial", (), {"record": record})()
    again = verify._rescored(trial, stored, plan.benchmark, plan.loaded.dataset, entry)
    assert again == pytest.approx(record["scores"])


def test_windows_are_drawn_by_their_crps() -> None:
    series = np.random.default_rng(0).normal(size=(60, 2)).cumsum(axis=0)
    x, y = windows(series[:-4], 10), windows(series[10:], 4)
    dataset = Dataset(x, y, ("a", "b"), train_rows=20)
    entry = conformal(repeat_last(), 19)
    (fitted,) = entry.fit([Training(x[:40], y[:40], "regression", 0, 0)])
    rows = np.arange(40, len(y))
    quantiles = fitted.predict(x[rows])
    fans = distributions.ahead(Predictions(rows, quantiles[..., 5], quantiles, LEVELS), dataset)
    assert [one["what"] for one in fans] == ["smallest CRPS", "median CRPS", "largest CRPS"]
    assert fans[0]["crps"] <= fans[1]["crps"] <= fans[2]["crps"]
    assert fans[0]["series"] == "b"
    assert fans[2]["history"] == pytest.approx(x[fans[2]["row"], :, 1], rel=1e-3)
    assert [len(one) for one in fans[0]["quantiles"]] == [4] * 5


def test_quantiles_of_other_rows_are_not_drawn() -> None:
    dataset = Dataset(np.zeros((5, 3, 1)), np.zeros(5))
    good = Predictions(np.array([3, 4]), np.zeros(2), np.zeros((2, len(LEVELS))), LEVELS)
    assert distributions.readable(good, dataset)
    assert not distributions.readable(good._replace(rows=np.array([3, 5])), dataset)
    assert not distributions.readable(good._replace(quantiles=np.zeros((2, 3))), dataset)
    assert not distributions.readable(Predictions(good.rows, good.values), dataset)
