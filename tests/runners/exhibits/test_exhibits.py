from __future__ import annotations

import base64
import html
import io
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from data_folder import BENCHMARKS, EACH_BENCHMARK, loaded_or_skip, store
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.data import Dataset, Loaded, Store, load
from benchmarks.definition import Benchmark
from benchmarks.windows import windows
from portfolio.page import exhibits as page
from portfolio.page.exhibits.plots import per_cent, value
from runners import exhibits
from runners.execution import worker
from runners.execution.plan import Plan, make
from runners.execution.recording import record_group
from runners.exhibits import forecasts
from runners.exhibits.errors import worst
from runners.exhibits.overview import overview
from runners.exhibits.predictions import EntryPredictions
from runners.exhibits.rows import class_means, columns, histogram, sample_rows, thumbnail
from runners.exhibits.scoring import bins_of, calibration, of_classes, of_values, precision_recall
from runners.records.generations import Generations
from runners.records.store import Runs
from runners.results.summary import collect, summarise

__all__ = ["store"]  # a fixture

LARGEST = 150_000
"""Bytes the exhibits of a benchmark may take."""
OFFLINE = Store(Path("nowhere"), offline=True)


def named(name: str) -> Benchmark:
    return next(benchmark for benchmark in BENCHMARKS if benchmark.name == name)


def trained(root: Path, name: str, entries: Sequence[str]) -> tuple[Runs, Plan, Generations]:
    """Real records of cheap entries on data a library carries."""
    benchmark, runs = named(name), Runs(root)
    loaded = load(benchmark.data, OFFLINE)
    plan = make(benchmark, loaded, "full", runs, fresh=False)
    for group in plan.groups:
        if group.entry in entries:
            entry = benchmark.entry(group.entry)
            outcome = worker.train(benchmark, entry, loaded, group.repeats)
            record_group(runs, plan, entry, group, outcome)
    return runs, plan, collect(runs)


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Runs, Plan, Generations]:
    found = trained(tmp_path_factory.mktemp("wine"), "uci/wine", ("linear", "5-nn", "majority"))
    exhibits.update(found[0], [found[1]], found[2], pytest.fail)
    return found


@pytest.fixture(scope="module")
def sunspots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Runs, Plan, Generations]:
    names = ("linear", "persistence", "mean")
    found = trained(tmp_path_factory.mktemp("sun"), "timeseries/sunspots-yearly", names)
    exhibits.update(found[0], [found[1]], found[2], pytest.fail)
    return found


def kept(found: tuple[Runs, Plan, Generations], file: str) -> Any:
    runs, plan, _ = found
    return json.loads((exhibits.folder(runs.root, plan.benchmark.name) / file).read_text("utf-8"))


def shown(found: tuple[Runs, Plan, Generations]) -> tuple[str, str]:
    """Both exhibits as the page has them."""
    runs, _, generations = found
    (benchmark,) = summarise(runs, generations)["benchmarks"]
    records = generations[benchmark["name"]]
    return (
        str(page.data(benchmark, runs.root)),
        str(page.results(benchmark, records, runs.root)),
    )


def files_of(found: tuple[Runs, Plan, Generations], entry: str) -> list[Any]:
    runs, plan, _ = found
    paths = sorted(runs.folder(plan.benchmark.name, entry).glob("*.npz"))
    return [np.load(path) for path in paths]


# The numbers are those of the records


def test_a_confusion_matrix_counts_every_stored_prediction(wine: Any) -> None:
    results, y = kept(wine, "results.json"), wine[1].loaded.dataset.y
    assert {entry["name"] for entry in results["entries"]} == {"linear", "5-nn"}
    for entry in results["entries"]:
        counted: Counter[tuple[int, int]] = Counter()
        for file in files_of(wine, entry["name"]):
            for row, probabilities in zip(file["rows"], file["prediction"], strict=True):
                counted[int(y[row]), max(range(3), key=lambda k: probabilities[k])] += 1
        assert entry["matrix"] == [[counted[t, a] for a in range(3)] for t in range(3)]
        assert entry["predictions"] == sum(counted.values()) == 3 * 178
        records = wine[2]["uci/wine"][entry["name"]]
        weights = [record["data"]["test"] for record in records]
        scores = [record["scores"]["accuracy"] for record in records]
        assert entry["accuracy"] == pytest.approx(np.average(scores, weights=weights), abs=1e-6)


def test_missed_rows_are_those_that_repeats_got_wrong(wine: Any) -> None:
    results, y = kept(wine, "results.json"), wine[1].loaded.dataset.y
    first = results["entries"][0]["name"]
    wrong: dict[int, list[bool]] = defaultdict(list)
    for file in files_of(wine, first):
        for row, probabilities in zip(file["rows"], file["prediction"], strict=True):
            wrong[int(row)].append(int(np.argmax(probabilities)) != y[row])
    errors = results["errors"]
    assert errors["tested"] == len(wrong) == 178
    assert errors["missed"] == sum(any(each) for each in wrong.values())
    assert errors["by_all"] == sum(all(each) for each in wrong.values())
    for item in errors["items"]:
        assert item["missed"] == sum(wrong[item["row"]])
        assert item["of"] == len(wrong[item["row"]])
        assert item["truth"] == y[item["row"]] != item["taken"]
    shares = [item["missed"] / item["of"] for item in errors["items"]]
    assert shares == sorted(shares, reverse=True)


def test_unusual_features_are_shares_of_the_class(wine: Any) -> None:
    dataset, errors = wine[1].loaded.dataset, kept(wine, "results.json")["errors"]
    assert errors["items"]
    for item in errors["items"]:
        for feature in item["features"]:
            place = dataset.feature_names.index(feature["name"])
            for which, share in (("truth", "own"), ("taken", "other")):
                same = dataset.x[dataset.y == item[which], place]
                mine = dataset.x[item["row"], place]
                hits = same <= mine if feature["side"] == "low" else same >= mine
                assert feature[share] == pytest.approx(hits.mean(), rel=1e-2)


def test_residuals_and_forecasts_are_those_of_the_records(sunspots: Any) -> None:
    results, dataset = kept(sunspots, "results.json"), sunspots[1].loaded.dataset
    for entry in results["entries"]:
        files = files_of(sunspots, entry["name"])
        off = np.concatenate([f["prediction"].astype(float) - dataset.y[f["rows"]] for f in files])
        assert entry["rmse"] == pytest.approx(math.sqrt((off**2).mean()), rel=1e-4)
        assert sum(entry["residuals"]["counts"]) == len(off) == entry["predictions"]
        forecast = entry["forecast"]
        assert forecast["x"] == list(range(1921, 1956))
        assert forecast["truth"] == pytest.approx(dataset.y[-35:])
        low = np.min([f["prediction"] for f in files], axis=0)
        assert forecast["low"] == pytest.approx(low, rel=1e-4)


# Joining repeats


def made(
    rows: Sequence[int], truth: np.ndarray, values: np.ndarray, **more: Any
) -> EntryPredictions:
    row = np.array(rows)
    return EntryPredictions("net", 2, row, truth[row], values, **more)


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-100, 100)), min_size=1, max_size=60))
def test_a_row_is_the_mean_of_the_repeats_that_tested_it(pairs: list[tuple[int, float]]) -> None:
    rows, values = zip(*pairs, strict=True)
    found = made(rows, np.zeros(10), np.array(values))
    by_row: dict[int, list[float]] = defaultdict(list)
    for row, number in pairs:
        by_row[row].append(number)
    assert found.distinct.tolist() == sorted(by_row)
    assert found.times.tolist() == [len(by_row[row]) for row in sorted(by_row)]
    expected = [sum(by_row[row]) / len(by_row[row]) for row in sorted(by_row)]
    assert found.mean == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(1, 80), st.integers(0, 2**16))
def test_the_calibration_error_is_the_textbook_one(classes: int, n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.dirichlet(np.full(classes, 0.5), n)
    right = random.random(n) < 0.6
    found = calibration(values, right)
    assert found is not None
    total = 0.0
    for place in range(15):
        inside = [
            i
            for i in range(n)
            if place / 15 < values[i].max() <= (place + 1) / 15
            or (place == 0 and values[i].max() == 0)
        ]
        if inside:
            sure = sum(values[i].max() for i in inside)
            total += abs(sure - sum(right[i] for i in inside))
    assert found["error"] == pytest.approx(total / n, abs=1e-5)
    assert sum(n for _, n, _, _ in found["bins"]) == n


def test_precision_and_recall_of_a_rare_class_are_the_textbook_ones() -> None:
    truth = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
    score = np.array([0.1, 0.2, 0.1, 0.3, 0.1, 0.2, 0.6, 0.1, 0.5, 0.9])
    found = precision_recall(truth, np.stack([1 - score, score], axis=1), ("no", "yes"))
    assert found["name"] == "yes"
    assert found["share"] == 0.2
    assert found["average"] == pytest.approx((1 / 1 + 2 / 3) / 2, abs=1e-3)
    assert (found["threshold"], found["recall"]) == (0.5, 1.0)
    assert found["precision"] == pytest.approx(2 / 3, abs=1e-3)
    turned = precision_recall(1 - truth, np.stack([score, 1 - score], axis=1), ("yes", "no"))
    assert turned == found


def test_what_states_no_probability_has_no_calibration() -> None:
    votes = np.eye(3)[[0, 1, 2, 1]]
    assert calibration(votes, np.ones(4, bool)) is None
    assert calibration(np.array([[3.0, -1.0], [0.2, 4.0]]), np.ones(2, bool)) is None


def test_coverage_of_right_normals_is_what_they_state() -> None:
    random = np.random.default_rng(0)
    y = random.normal(size=20_000)
    dataset = Dataset(x=np.zeros((len(y), 1)), y=y)
    std = np.full(len(y), 1.0)
    found = made(range(len(y)), y, np.zeros(len(y)), std=std)
    content = of_values(found, dataset, bins_of([found]))
    for level, inside in content["coverage"]:
        assert inside == pytest.approx(level, abs=0.012)
    half = of_values(replace(found, std=std / 2), dataset, bins_of([found]))
    assert dict(map(tuple, half["coverage"]))[0.9] == pytest.approx(0.589, abs=0.012)


def test_many_classes_keep_the_most_confused_pairs() -> None:
    y = np.arange(520) % 26
    dataset = Dataset(x=np.zeros((520, 2)), y=y, class_names=tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    answer = y.copy()
    answer[y == 3] = 4
    answer[np.flatnonzero(y == 7)[:5]] = 1
    content = of_classes(made(range(520), y, np.eye(26)[answer]), dataset)
    assert content["pairs"] == [(3, 4, 20), (7, 1, 5)]
    assert "matrix" not in content


# What is shown of a row


def test_indicators_become_one_category_and_units_leave_the_name() -> None:
    dataset = Dataset(
        x=np.array([[1.0, 1, 0, 0], [2, 0, 1, 1]]),
        y=np.zeros(2),
        feature_names=("water, kg/m³", "sex=male", "sex=female", "odd=1"),
    )
    found = columns(dataset)
    assert [(c.name, c.unit, c.words) for c in found] == [
        ("water", "kg/m³", ()),
        ("sex", "", ("male", "female")),
        ("odd=1", "", ()),
    ]
    assert found[1].values(dataset.x).tolist() == [0, 1]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.integers(1, 20))
def test_a_histogram_loses_no_value(values: list[float], bins: int) -> None:
    assert sum(histogram(np.array(values), bins)["counts"]) == len(values)


@given(st.integers(1, 40), st.integers(10, 300), st.integers(0, 2**16))
def test_samples_are_distinct_rows_of_every_class_in_turn(k: int, n: int, seed: int) -> None:
    y = np.random.default_rng(seed).integers(0, k, n)
    y = np.unique(y, return_inverse=True)[1]
    classes = int(y.max()) + 1
    rows = sample_rows(y, classes)
    assert len(set(rows)) == len(rows) <= 10
    assert len({int(y[row]) for row in rows}) == min(classes, 10)


@pytest.mark.parametrize("shape", [(8, 8, 1), (32, 32, 3), (200, 100, 3), (5, 9, 2)])
def test_a_picture_is_a_small_png(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    found = Image.open(io.BytesIO(base64.b64decode(thumbnail(image, 0, 255))))
    step = -(-max(shape[:2]) // 64)
    assert found.size == (len(range(0, shape[1], step)), len(range(0, shape[0], step)))
    if shape[2] == 3:
        assert np.array_equal(np.asarray(found), image[::step, ::step])


def test_padding_is_left_out_of_a_class_mean() -> None:
    x = np.zeros((2, 6, 2))
    x[0, :6], x[1, :3] = 1.0, 3.0
    dataset = Dataset(x=x, y=np.array([0, 0]), class_names=("a",))
    assert class_means(dataset) == [[2.0, 2.0, 2.0, 1.0, 1.0, 1.0]]


# Files and when they are made


def test_what_is_up_to_date_is_left_alone(wine: Any) -> None:
    runs, plan, generations = wine
    place = exhibits.folder(runs.root, "uci/wine")
    before = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    exhibits.update(runs, [plan], generations, pytest.fail)
    assert {path: path.stat().st_mtime_ns for path in place.iterdir()} == before
    entries = generations["uci/wine"].items()
    fewer = {"uci/wine": {name: records for name, records in entries if name != "5-nn"}}
    exhibits.update(runs, [plan], fewer, pytest.fail)
    assert [entry["name"] for entry in kept(wine, "results.json")["entries"]] == ["linear"]
    assert shown(wine)[1] != ""  # of the entry they are made from
    exhibits.update(runs, [plan], generations, pytest.fail)
    assert len(kept(wine, "results.json")["entries"]) == 2


def test_an_exhibit_that_cannot_be_made_is_a_warning(tmp_path: Path, wine: Any) -> None:
    _, plan, generations = wine
    blocked = Runs(tmp_path)
    (tmp_path / "exhibits").write_text("no folder")
    told: list[str] = []
    exhibits.update(blocked, [plan], generations, told.append)
    assert len(told) == 1
    assert "uci/wine: no exhibits" in told[0]


def test_records_of_other_data_are_not_mixed_with_it(tmp_path: Path, wine: Any) -> None:
    _, plan, generations = wine
    other = replace(plan.loaded.dataset, x=plan.loaded.dataset.x + 1)
    moved = replace(plan, loaded=replace(plan.loaded, dataset=other))
    fresh = Runs(tmp_path)
    exhibits.update(fresh, [moved], generations, pytest.fail)
    assert not (tmp_path / "exhibits").exists()


def test_a_floor_is_no_exhibit_and_the_headline_comes_first() -> None:
    def records(name: str, score: float, **facts: bool) -> list[dict[str, Any]]:
        metric = {"name": "rmse", "unit": "MPa", "direction": "min"}
        entry = {"name": name, "floor": False, "headline": False, **facts}
        return [{"entry": entry, "benchmark": {"metric": metric}, "scores": {"rmse": score}}]

    entries = {
        "mean": records("mean", 0.1, floor=True),
        "linear": records("linear", 3.0),
        "boosting": records("boosting", 2.0),
        "net": records("net", 4.0, headline=True),
    }
    chosen = [found[0]["entry"]["name"] for found in exhibits.chosen_entries(entries)]
    assert chosen == ["net", "boosting"]


# The page


def svgs(markup: str) -> list[ElementTree.Element]:
    found = re.findall(r"<svg.*?</svg>", markup, re.S)
    return [ElementTree.fromstring(html.unescape(svg).replace("&", "&amp;")) for svg in found]


def test_every_drawing_says_what_it_shows_and_ids_are_unique(wine: Any, sunspots: Any) -> None:
    for found in (wine, sunspots):
        both = "".join(shown(found))
        for svg in svgs(both):
            assert svg.get("aria-hidden") == "true" or all(
                (svg.find(tag) is not None and svg.find(tag).text)  # type: ignore[union-attr]
                for tag in ("title", "desc")
            )
        ids = re.findall(r'\bid="([^"]+)"', both)
        assert len(ids) == len(set(ids)) > 0
        for word in ("<script", "style=", "http://", "https://", "nan", "None", "Undefined"):
            assert word not in both
        assert re.search(r"[MVHLh]\S*(inf|e[+-])", "".join(re.findall(r' d="[^"]*"', both))) is None


def test_the_page_prints_the_counted_numbers(wine: Any) -> None:
    data, results = shown(wine)
    assert "cultivar 1" in data
    assert "malic acid" in data
    assert "No value is missing." in data
    content = kept(wine, "results.json")
    for row in content["entries"][0]["matrix"]:
        for n in row:
            assert not n or f">{n}<" in results
    assert "534 predictions, 30 folds" in results
    assert f"{content['errors']['missed']} of the 178 rows tested" in results


@pytest.mark.parametrize("file", ["data.json", "results.json"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: "{",
        lambda content: "[]",
        lambda content: json.dumps({**content, "digest": "sha256:other"}),
        lambda content: json.dumps({**content, "schema": 99}),
        lambda content: json.dumps({k: content[k] for k in ("schema", "digest")}),
        lambda content: json.dumps(
            {**content, "fingerprints": {"linear": ["other"]}, "total": "x", "shown": 3}
        ),
    ],
)
def test_what_is_stale_or_damaged_shows_nothing(
    wine: Any, tmp_path: Path, file: str, damage: Any
) -> None:
    runs, _, generations = wine
    (benchmark,) = summarise(runs, generations)["benchmarks"]
    path = exhibits.folder(tmp_path, "uci/wine") / file
    path.parent.mkdir(parents=True)
    path.write_text(damage(kept(wine, file)))
    records = generations["uci/wine"]
    assert page.data(benchmark, tmp_path) == page.results(benchmark, records, tmp_path) == ""


def test_without_exhibits_there_is_nothing_to_see(tmp_path: Path) -> None:
    for benchmark in ({"name": "uci/wine", "data": None}, {"name": "../x", "data": {}}):
        assert page.data(benchmark, tmp_path) == page.results(benchmark, {}, tmp_path) == ""


def test_words_from_outside_are_escaped(wine: Any, tmp_path: Path) -> None:
    runs, _, generations = wine
    (benchmark,) = summarise(runs, generations)["benchmarks"]
    hostile = '"><script>alert(1)</script>\u202e'
    for file in ("data.json", "results.json"):
        text = json.dumps(kept(wine, file), ensure_ascii=False)
        text = text.replace("cultivar 1", json.dumps(hostile)[1:-1])
        text = text.replace('"malic_acid"', json.dumps(hostile)).replace(
            '"name": "linear"', f'"name": {json.dumps(hostile)}'
        )
        path = exhibits.folder(tmp_path, "uci/wine") / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    both = page.data(benchmark, tmp_path) + page.results(
        benchmark, generations["uci/wine"], tmp_path
    )
    assert "&lt;script&gt;" in both
    assert "<script" not in both
    assert "\u202e" not in both


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_all_or_nothing(share: float) -> None:
    text = per_cent(share)
    assert ("100" in text) == (share >= 1)
    assert text.startswith("0\u202f") == (share <= 0)


@given(st.floats(-1e9, 1e9).filter(lambda v: v == 0 or abs(v) > 1e-9))
def test_a_value_keeps_its_digits(number: float) -> None:
    text = value(number).replace("\u202f", "").replace("\u2212", "-")
    assert float(text) == pytest.approx(number, rel=1e-3)


# Forecasts over several steps


def test_windows_are_scored_by_step_and_series_and_three_are_drawn() -> None:
    line = np.stack([np.sin(np.arange(300) / 9), np.cos(np.arange(300) / 9)], axis=1)
    x, y = windows(line[:-6], 24), windows(line[24:], 6)
    dataset = Dataset(x=x, y=y, feature_names=("one", "two"), train_rows=200)
    rows = np.tile(np.arange(205, len(y)), 2)
    values = y[rows] + np.linspace(0.1, 0.6, 6)[None, :, None] * np.array([1.0, 2.0])
    found = EntryPredictions("net", 2, rows, y[rows], values)
    content = forecasts.errors(found, dataset)
    off = values - y[rows]
    assert content["mse"] == pytest.approx((off**2).mean(), rel=1e-5)
    assert content["by_step"]["mse"] == pytest.approx((off**2).mean(axis=(0, 2)), rel=1e-3)
    assert [mse for _, mse, _ in content["by_series"]] == pytest.approx(
        (off**2).mean(axis=(0, 1)), rel=1e-5
    )
    chosen = forecasts.examples(found, dataset)
    assert [one["what"] for one in chosen] == ["smallest error", "median error", "largest error"]
    assert chosen[0]["truth"] == pytest.approx(y[chosen[0]["row"], :, 1], abs=1e-3)
    facts = overview(dataset, "")
    assert [name for name, _ in facts["course"]["lines"]] == ["one", "two"]
    benchmark = {
        "name": "timeseries/x",
        "protocol": {"unit": "seed", "seeds": 1},
        "data": {"digest": "d"},
    }
    entry = {"name": "net", "repeats": 2, "predictions": len(rows), "rows": len(rows) // 2}
    markup = page.answers.exhibit(
        benchmark,
        {"task": "forecast", "unit": "", "entries": [{**entry, **content}], "windows": chosen},
    )
    assert "Largest error" in markup
    assert "Error by step" in markup
    assert "one" in page.sample.exhibit(benchmark, facts)


# Every benchmark


def guesses(dataset: Dataset, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Predictions as a poor entry would make them."""
    if dataset.class_names:
        return random.dirichlet(np.ones(len(dataset.class_names)), len(rows)).astype(np.float32)
    truth = dataset.y[rows]
    return (truth + random.normal(0, dataset.y[:100].std() or 1, truth.shape)).astype(np.float32)


@pytest.mark.parametrize("benchmark_", EACH_BENCHMARK)
def test_every_benchmark_has_small_and_whole_exhibits(benchmark_: Benchmark, store: Store) -> None:
    loaded: Loaded = loaded_or_skip(benchmark_, store)
    dataset, random = loaded.dataset, np.random.default_rng(0)
    rows = np.concatenate([split.test for split in benchmark_.protocol.splits(dataset)[:2]])
    rows = rows[:4000]
    entries = [
        EntryPredictions(name, 2, rows, dataset.y[rows], guesses(dataset, rows, random))
        for name in ("net", "other")
    ]
    results: dict[str, Any] = {
        "task": benchmark_.task if dataset.y.ndim == 1 else "forecast",
        "unit": benchmark_.metric.unit,
    }
    if dataset.y.ndim > 1:
        looks = [forecasts.errors(one, dataset) for one in entries]
        results["windows"] = forecasts.examples(entries[0], dataset)
    elif benchmark_.task == "classification":
        looks = [of_classes(one, dataset) for one in entries]
        results["errors"] = worst(entries, dataset, benchmark_.task)
    else:
        looks = [of_values(one, dataset, bins_of(entries)) for one in entries]
        results["errors"] = worst(entries, dataset, benchmark_.task)
    results["entries"] = [{**e.facts, **look} for e, look in zip(entries, looks, strict=True)]
    facts = overview(dataset, benchmark_.metric.unit)
    sizes = [len(json.dumps(content, allow_nan=False)) for content in (facts, results)]
    assert sum(sizes) <= LARGEST
    summary = {
        "name": benchmark_.name,
        "protocol": {"unit": "seed", "seeds": 1},
        "metric": {"unit": "u"},
    }
    data, answers = page.sample.exhibit(summary, facts), page.answers.exhibit(summary, results)
    assert len(data) > 500
    assert len(answers) > 2000
    for svg in svgs(str(data + answers)):
        assert svg.tag == "svg"
    for name in dataset.class_names[:10]:
        assert html.escape(name, quote=True).replace("&#x27;", "&#39;") in str(data)


def test_an_entry_that_predicts_nothing_readable_has_no_exhibit(tmp_path: Path, wine: Any) -> None:
    runs, plan, generations = wine
    chosen = exhibits.chosen_entries(generations["uci/wine"])
    empty = Runs(tmp_path)
    assert exhibits.results(empty, plan.benchmark, plan.loaded.dataset, chosen) is None
    folder = empty.folder("uci/wine", "linear")
    folder.mkdir(parents=True)
    for path in runs.folder("uci/wine", "linear").glob("*.npz"):
        (folder / path.name).write_bytes(path.read_bytes())
    next(folder.glob("*.npz")).write_bytes(b"damaged")
    found = exhibits.results(empty, plan.benchmark, plan.loaded.dataset, chosen)
    assert found is not None
    assert [(one["name"], one["repeats"]) for one in found["entries"]] == [("linear", 29)]
