"""MLflow is a view of the records: complete, true, rebuildable, and never in the way."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import portfolio_synthetic as synthetic
import pytest
from conftest import CARRIED, NOBODY_LISTENS, Finished, Place, ended, until
from mlflow_help import all_runs, answers, client, of_networks, picture, records, tagged

from benchmarks import registry
from benchmarks.data import Store, load
from runners.formatting import published_text, score_text
from runners.mlflow import unchanged, views
from runners.mlflow.payloads import (
    CURVE_POINTS,
    CURVES,
    child_content,
    curve_points,
    shown_epochs,
)
from runners.mlflow.reading import of_experiment
from runners.mlflow.store import QUIET
from runners.mlflow.sync import sync
from runners.mlflow.ui import free_port
from runners.records.store import Runs
from runners.results.scoreboard import verdict_word
from runners.results.summary import summarise
from runners.results.types import BenchmarkResult

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")

SUNSPOTS = "timeseries/sunspots-yearly"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow in this process sends nothing anywhere and asks no other server."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def store(finished: Finished) -> Any:
    return client(finished.place.runs)


@pytest.fixture
def few(finished: Finished, place: Place) -> Place:
    """Sunspots alone: a store of 4 entries and 5 trials of a network is quickly written."""
    shutil.copytree(finished.place.runs / "records" / SUNSPOTS, place.runs / "records" / SUNSPOTS)
    return place


def test_there_is_one_experiment_a_family(store: Any) -> None:
    names = {experiment.name for experiment in store.search_experiments()}
    assert names - {"Default"} == {"kerasfolio/uci", "kerasfolio/timeseries"}
    for run in all_runs(store):
        family = run.data.tags["kerasfolio.benchmark"].split("/")[0]
        assert store.get_experiment(run.info.experiment_id).name == f"kerasfolio/{family}"
        assert run.info.status == "FINISHED"


def test_a_parent_shows_what_the_page_shows(finished: Finished, store: Any) -> None:
    parents = tagged(store, "kerasfolio.entry")
    page = json.loads((finished.place.site / "results.json").read_bytes())
    shown = {f"{b['name']}/{e['name']}": (b, e) for b in page["benchmarks"] for e in b["entries"]}
    assert parents.keys() == shown.keys()
    assert len(parents) == 8
    for name, (benchmark, entry) in shown.items():
        run, score, metric = parents[name], entry["score"], benchmark["metric"]["name"]
        metrics, tags = run.data.metrics, run.data.tags
        assert run.info.run_id == entry["run_id"]
        assert metrics[metric] == pytest.approx(score["mean"])
        assert metrics["n"] == score["n"]
        assert metrics[f"{metric}_ci95_low"] == pytest.approx(score["ci95"][0])
        assert metrics[f"{metric}_ci95_high"] == pytest.approx(score["ci95"][1])
        assert metrics["seconds"] == pytest.approx(entry["seconds"])
        assert tags["level"] == (benchmark["level"] if entry["headline"] else "-")
        outcomes = {verdict_word(verdict) for verdict in entry["verdicts"]}
        assert tags["verdict"] in {*outcomes, "not comparable", "none published"}
        assert metrics["score"] == pytest.approx(score["mean"], rel=1e-3)
        assert tags["mlflow.user"] == "kerasfolio"
        assert tags["mlflow.source.name"] == f"benchmarks/{benchmark['name'].replace('-', '_')}.py"
        assert tags["kerasfolio.benchmark"] == benchmark["name"]
        assert tags["kerasfolio.recipe"] == entry["recipe"]
        assert tags["version.python"] == benchmark["environment"]["versions"]["python"]
        for value in entry["values"]:
            assert tags[f"value.{value}"] == str(entry["values"][value])
        assert (entry["run_id"], entry["experiment_id"]) == (
            run.info.run_id,
            run.info.experiment_id,
        )
        assert benchmark["question"] in tags["mlflow.note.content"]
        for verdict in entry["verdicts"]:
            assert verdict_word(verdict) in tags["mlflow.note.content"]


@pytest.fixture
def compared(tmp_path: Path) -> tuple[BenchmarkResult, Any]:
    """Made-up scores of concrete, which has comparable published ones: their summary, their run."""
    runs = Runs(tmp_path / "runs")
    scores = {
        "mean": (16.4, 0.8, dict(synthetic.FLOOR)),
        "mlp-50": (4.78, 0.6, dict(synthetic.HEADLINE)),
    }
    synthetic.entries(runs, synthetic.benchmark("uci/concrete"), scores, 20)
    sync(runs)
    (concrete,) = summarise(runs, definitions=registry.load().benchmarks)["benchmarks"]
    return concrete, tagged(client(runs.root), "kerasfolio.entry")["uci/concrete/mlp-50"]


def test_a_parent_says_its_score_in_words(compared: tuple[BenchmarkResult, Any]) -> None:
    """Tags that MLflow's table has as columns, with the digits of the page."""
    concrete, run = compared
    entry, tags = concrete["entries"][0], run.data.tags
    data, metric = concrete["data"], concrete["metric"]
    assert data is not None
    assert metric is not None
    assert tags["score"] == score_text(entry["score"], metric, data["test"])
    assert tags["interval"].count("–") == 1
    (best,) = [b for b in concrete["baselines"] if b["id"] == concrete["strongest"]]
    assert tags["published"] == published_text(best, metric)
    (said,) = [line for line in tags["mlflow.note.content"].splitlines() if "std over" in line]
    assert f"**{tags['verdict']}** against {best['model']}" in said


def test_an_experiment_says_what_is_in_it(store: Any) -> None:
    tags = store.get_experiment_by_name("kerasfolio/uci").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert "| uci/wine | mlp-64 | accuracy " in tags["mlflow.note.content"]
    experiment = store.get_experiment_by_name("kerasfolio/uci").experiment_id
    counts = {}
    for name in (views.HEADLINES, views.ENTRIES, views.TRIALS):
        view = json.loads(tags[f"mlflow.sharedViewState.{name}"])
        order = f"{view['orderByKey']} {'ASC' if view['orderByAsc'] else 'DESC'}"
        found = store.search_runs([experiment], view["searchFilter"], order_by=[order])
        counts[name] = len(found)
    assert counts == {views.HEADLINES: 1, views.ENTRIES: 4, views.TRIALS: 34}


def test_the_headline_has_the_figures_of_its_page_and_no_other(
    finished: Finished, store: Any, tmp_path: Path
) -> None:
    for name, run in tagged(store, "kerasfolio.entry").items():
        files = {file.path for file in store.list_artifacts(run.info.run_id)}
        assert "scores.md" in files
        assert ("figures.html" in files) == (run.data.tags["kerasfolio.headline"] == "true")
        if "figures.html" in files:
            path = store.download_artifacts(run.info.run_id, "figures.html", str(tmp_path))
            text = Path(path).read_text(encoding="utf-8")
            address = f"{run.data.tags['kerasfolio.benchmark']}.html"
            page = (finished.place.site / address).read_text(encoding="utf-8")
            for kind in ("strip wide", "curves wide"):
                (drawing,) = re.findall(rf'<svg class="{kind}".*?</svg>', text, re.DOTALL)
                assert drawing in page, name
            assert "<script" not in text
            assert "url(" not in text


def test_an_entry_has_the_medians_of_its_curves(finished: Finished, store: Any) -> None:
    run = tagged(store, "kerasfolio.entry")[f"{SUNSPOTS}/gru"]
    own = [one for name, one in records(finished.place).items() if f"{SUNSPOTS}/gru/" in name]
    curves = [one["history"]["loss"] for one in own]
    points = store.get_metric_history(run.info.run_id, "curves/loss")
    by_step = {point.step: point.value for point in points}
    assert len(points) == len(by_step)
    assert min(by_step) == 1
    assert max(by_step) == max(map(len, curves))
    for step, value in by_step.items():
        assert value == np.median([curve[step - 1] for curve in curves])


def test_long_curves_are_thinned_and_ragged_ones_end_with_half() -> None:
    def trial(curve: list[float]) -> dict[str, Any]:
        return {"history": {"loss": curve}, "finished_at": "2026-11-21T08:00:00+00:00"}

    points = curve_points([trial([float(k) for k in range(1, 1001)])])
    steps = [step for _, _, _, step in points]
    assert (len(steps), steps[0], steps[-1]) == (CURVE_POINTS + 1, 1, 1000)
    assert all(value == step for _, value, _, step in points)
    ragged = curve_points([trial([1.0] * 3), trial([2.0] * 2), trial([3.0])])
    assert [(value, step) for _, value, _, step in ragged] == [(2.0, 1), (1.5, 2)]


def test_the_strongest_published_score_and_the_gap_are_metrics(
    compared: tuple[BenchmarkResult, Any],
) -> None:
    concrete, run = compared
    (strongest,) = [b for b in concrete["baselines"] if b["id"] == concrete["strongest"]]
    assert run.data.metrics["baseline"] == pytest.approx(strongest["score"])
    gap = run.data.metrics["rmse"] - strongest["score"]
    assert run.data.metrics["gap_to_baseline"] == pytest.approx(gap)
    assert strongest["id"] in run.data.tags["baseline"]


def test_a_trial_is_a_child_with_its_record_in_it(finished: Finished, store: Any) -> None:
    children, parents = tagged(store, "kerasfolio.trial"), tagged(store, "kerasfolio.entry")
    expected = of_networks(records(finished.place))
    assert len(expected) == 30 + 5
    assert children.keys() == expected.keys()
    for name, record in expected.items():
        run, parent = children[name], parents[name.rsplit("/", 1)[0]]
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.info.experiment_id == parent.info.experiment_id
        metric = record["benchmark"]["metric"]["name"]
        assert run.data.metrics[metric] == record["scores"][metric]
        assert run.data.tags["version.keras"] == record["environment"]["versions"]["keras"]
        assert run.data.tags["hardware.cpu"] == record["environment"]["cpu"]
        assert run.data.params["seed"] == str(record["seed"])
        started = int(time.time() * 1000) - run.info.start_time
        assert 0 < run.info.end_time - run.info.start_time + 1000 < started + 10_000


def test_the_repeats_of_a_reference_are_steps_of_its_own_run(
    finished: Finished, store: Any
) -> None:
    parents, found = tagged(store, "kerasfolio.entry"), records(finished.place)
    references = {
        name.rsplit("/", 1)[0] for name, one in found.items() if one["entry"]["kind"] != "keras"
    }
    assert len(references) == 6
    for entry in references:
        own = [one for name, one in found.items() if name.rsplit("/", 1)[0] == entry]
        run, metric = parents[entry], own[0]["benchmark"]["metric"]["name"]
        points = store.get_metric_history(run.info.run_id, f"{metric}/repeat")
        assert {p.step: p.value for p in points} == {
            one["repeat"]: one["scores"][metric] for one in own
        }
        assert len(points) == len(own)
        tags = run.data.tags
        assert tags["kerasfolio.repeats"] == ",".join(str(p.step) for p in points)
        assert tags["kerasfolio.recipe"] == own[0]["recipe"]
        assert tags["version.scikit-learn"] == own[0]["environment"]["versions"]["scikit-learn"]
        (given,) = run.inputs.dataset_inputs
        assert own[0]["data"]["digest"].removeprefix("sha256:").startswith(given.dataset.digest)
    assert parents["uci/wine/5-nn"].data.tags["value.k"] == "5"


def changed_generation(place: Place, entry: str, moved: float, repeats: int) -> None:
    """Add a newer generation of a reference, with other scores, values and fewer repeats."""
    folder = place.runs / "records" / entry
    for path in sorted(folder.glob("0[0-9]-*.json"))[:repeats]:
        record = json.loads(path.read_bytes())
        record["recipe"], record["entry"]["values"] = "f" * 64, {"added": 1}
        record["fingerprint"] = "f" * 62 + f"{record['repeat']:02d}"
        record["scores"] = {name: value + moved for name, value in record["scores"].items()}
        record["started_at"] = record["finished_at"] = "2100-01-01T00:00:00+00:00"
        new = path.with_name(f"{record['repeat']:02d}-{record['fingerprint'][:16]}.json")
        new.write_text(json.dumps(record))


def test_a_newer_generation_of_a_reference_adds_steps_and_says_which_are_its_own(
    few: Place,
) -> None:
    entry = f"{SUNSPOTS}/linear"
    sync(Runs(few.runs))
    old = of_experiment("kerasfolio/timeseries", few.runs)
    assert old is not None
    before = old.entries[SUNSPOTS, "linear"]
    assert (len(before.by_repeat), before.made_with["value ridge_alpha"]) == (5, "1.0")
    changed_generation(few, entry, 1.0, repeats=3)
    assert sync(Runs(few.runs)) == 4  # the benchmark is partly done now, which all entries say
    new = of_experiment("kerasfolio/timeseries", few.runs)
    assert new is not None
    after = new.entries[SUNSPOTS, "linear"]
    assert after.by_repeat == {k: before.by_repeat[k] + 1 for k in range(3)}
    assert after.made_with["value added"] == "1"
    assert "value ridge_alpha" not in after.made_with
    run = tagged(client(few.runs), "kerasfolio.entry")[entry]
    points = client(few.runs).get_metric_history(run.info.run_id, "rmse/repeat")
    assert Counter(point.step for point in points) == {0: 2, 1: 2, 2: 2, 3: 1, 4: 1}


def test_child_runs_of_references_from_before_are_left_alone(few: Place) -> None:
    sync(Runs(few.runs))
    own = client(few.runs)
    parent = tagged(own, "kerasfolio.entry")[f"{SUNSPOTS}/linear"]
    tags = {"kerasfolio.trial": f"{SUNSPOTS}/linear/00-0123456789abcdef"}
    tags |= {"mlflow.parentRunId": parent.info.run_id, "kerasfolio.recipe": "older"}
    child = own.create_run(parent.info.experiment_id, tags=tags).info.run_id
    own.log_metric(child, "rmse", 99.0)
    own.set_terminated(child, "FINISHED")
    before = own.get_run(child)
    changed_generation(few, f"{SUNSPOTS}/linear", 1.0, repeats=5)
    sync(Runs(few.runs))
    after = client(few.runs).get_run(child)
    assert (after.data.tags, after.data.metrics, after.info.status) == (
        before.data.tags,
        before.data.metrics,
        "FINISHED",
    )
    side = of_experiment("kerasfolio/timeseries", few.runs)
    assert side is not None
    assert 99.0 not in side.entries[SUNSPOTS, "linear"].by_repeat.values()


def test_all_of_a_trial_is_read_back_as_it_was_recorded(finished: Finished, store: Any) -> None:
    children = tagged(store, "kerasfolio.trial")
    for name, record in of_networks(records(finished.place)).items():
        content, run = child_content(record), children[name]
        assert (run.info.start_time, run.info.end_time) == (content.start, content.end)
        assert run.data.params == content.params
        assert run.data.tags.items() >= content.tags.items()
        read = {
            (metric, point.value, point.timestamp, point.step)
            for metric in run.data.metrics
            for point in store.get_metric_history(run.info.run_id, metric)
        }
        assert read == set(content.metrics)
        assert {value for metric, value, _, _ in read if metric in record["scores"]} == set(
            record["scores"].values()
        )


def test_curves_are_thinned_and_the_whole_ones_are_an_artifact(
    finished: Finished, store: Any, tmp_path: Path
) -> None:
    children, parents = tagged(store, "kerasfolio.trial"), tagged(store, "kerasfolio.entry")
    for entry in ("uci/wine/mlp-64", f"{SUNSPOTS}/gru"):
        own = {n: one for n, one in records(finished.place).items() if n.startswith(f"{entry}/")}
        folder = tmp_path / entry
        folder.mkdir(parents=True)
        run_id = parents[entry].info.run_id
        whole = json.loads(Path(store.download_artifacts(run_id, CURVES, folder)).read_bytes())
        assert whole == {
            "loss": {name.rsplit("/", 1)[1]: one["history"]["loss"] for name, one in own.items()}
        }
        for name in list(own)[::4]:
            curve = own[name]["history"]["loss"]
            points = store.get_metric_history(children[name].info.run_id, "loss")
            assert {p.step: p.value for p in points} == {
                epoch: curve[epoch - 1] for epoch in shown_epochs(len(curve))
            }
            assert len(points) <= CURVE_POINTS + 1


def test_the_digest_is_that_of_all_the_data(finished: Finished, store: Any) -> None:
    references = {
        name: run
        for name, run in tagged(store, "kerasfolio.entry").items()
        if run.data.tags["kerasfolio.kind"] == "reference"
    }
    for name, run in (tagged(store, "kerasfolio.trial") | references).items():
        benchmark = registry.load().benchmarks["/".join(name.split("/")[:2])]
        dataset = load(benchmark.data, Store(finished.place.data, offline=True)).dataset
        (given,) = run.inputs.dataset_inputs
        assert run.data.tags["kerasfolio.data"] == dataset.digest
        assert len(given.dataset.digest) >= 32
        assert dataset.digest.removeprefix("sha256:").startswith(given.dataset.digest)
        assert given.dataset.name == benchmark.data.title
        assert json.loads(given.dataset.source)["url"] == benchmark.data.url


PREDICT = """
import json
import sys
import keras
import mlflow
import numpy as np
import pandas
mlflow.set_tracking_uri(sys.argv[2])
for model, served, inputs, outputs in json.loads(sys.argv[1]):
    model, x = keras.models.load_model(model), np.load(inputs).astype("float32")
    np.save(outputs, np.asarray(model(x)))
    served = mlflow.pyfunc.load_model(served)
    if x.ndim == 2:
        names = served.metadata.get_input_schema().input_names()
        rows = pandas.DataFrame(x.astype("float64"), columns=names)
        answered = served.predict(rows)
        answered = answered[[name for name in answered if name.startswith("P(")]]
    else:
        answered = served.predict(x)
    np.save(outputs + ".served.npy", np.asarray(answered))
"""


def test_the_kept_networks_make_the_kept_predictions(
    finished: Finished, store: Any, place: Place
) -> None:
    tasks, predictions = [], []
    for name, entry in (("uci/wine", "mlp-64"), (SUNSPOTS, "gru")):
        parent = tagged(store, "kerasfolio.entry")[f"{name}/{entry}"]
        (artifact,) = [
            file.path
            for file in store.list_artifacts(parent.info.run_id, "model")
            if file.path.endswith(".keras")
        ]
        folder = place.root / entry
        folder.mkdir()
        model = store.download_artifacts(parent.info.run_id, artifact, str(folder))
        benchmark = registry.load().benchmarks[name]
        dataset = load(benchmark.data, Store(finished.place.data, offline=True)).dataset
        (stored,) = finished.place.runs.glob(f"records/{name}/{entry}/00-*.npz")
        with np.load(io.BytesIO(stored.read_bytes())) as kept:
            np.save(folder / "inputs.npy", dataset.x[kept["rows"]])
            predictions.append(kept["prediction"])
        served = f"models:/kerasfolio.{name.replace('/', '.')}@headline"
        tasks.append([model, served, str(folder / "inputs.npy"), str(folder / "outputs.npy")])
    where = f"sqlite:///{finished.place.runs / 'mlflow.db'}"
    done = place.python("-c", PREDICT, json.dumps(tasks), where, TF_CPP_MIN_LOG_LEVEL="3", **QUIET)
    assert done.returncode == 0, done.stderr
    for (_, _, _, outputs), expected in zip(tasks, predictions, strict=True):
        for made in (outputs, f"{outputs}.served.npy"):
            predicted = np.load(made).reshape(expected.shape)
            np.testing.assert_allclose(predicted, expected, rtol=1e-4, atol=1e-5)


def test_syncing_again_changes_nothing(continued: Place) -> None:
    before = picture(client(continued.runs))
    done = continued.command("sync", "--runs", str(continued.runs))
    assert done.returncode == 0, done.stderr
    assert ": 0 runs written" in done.stdout
    assert picture(client(continued.runs)) == before


def test_nothing_to_do_is_told_without_a_record_being_read(
    few: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(few.runs)
    sync(runs)
    with monkeypatch.context() as blind:
        blind.setattr("runners.mlflow.sync.collect", None)  # not called
        assert sync(runs) == sync(runs, rebuild=True) == 0
    assert not unchanged.unchanged(few.runs, "another owner", rebuild=False)
    path = next(few.runs.glob(f"records/{SUNSPOTS}/gru/00-*.json"))
    os.utime(path)
    assert not unchanged.unchanged(few.runs, "kerasfolio", rebuild=False)
    assert sync(runs) == 0, "the same record"
    assert unchanged.unchanged(few.runs, "kerasfolio", rebuild=True)
    own = client(few.runs)
    own.delete_run(next(iter(tagged(own, "kerasfolio.trial").values())).info.run_id)
    assert not unchanged.unchanged(few.runs, "kerasfolio", rebuild=True)
    assert sync(runs, rebuild=True) == 1


def test_a_deleted_store_is_rebuilt_from_the_records_alone(
    finished: Finished, store: Any, few: Place
) -> None:
    done = few.command("sync", "--runs", str(few.runs))
    assert done.returncode == 0, done.stderr
    assert ": 9 runs written" in done.stdout
    rebuilt = picture(client(few.runs))
    assert rebuilt == {k: v for k, v in picture(store).items() if k.startswith(SUNSPOTS)}
    parent = tagged(client(few.runs), "kerasfolio.entry")[f"{SUNSPOTS}/gru"]
    artifacts = client(few.runs).list_artifacts(parent.info.run_id, "model")
    assert [file.path.rsplit(".")[-1] for file in artifacts] == ["keras"]


def test_what_a_killed_sync_left_is_closed_and_written_whole(
    finished: Finished, place: Place
) -> None:
    """A sync killed in the middle is repeated by the next run, without a second run of a trial."""
    shutil.copytree(finished.place.runs / "records/uci/wine", place.runs / "records/uci/wine")
    process = place.start("sync", "--runs", str(place.runs))
    database = place.runs / "mlflow.db"

    def begun() -> bool:
        address = f"file:{database}?mode=ro"
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(address, uri=True)) as db,
        ):
            return bool(db.execute("SELECT COUNT(*) FROM runs").fetchone()[0])
        return False

    until(begun, "the first run", process)
    os.kill(process.pid, signal.SIGKILL)
    ended(process)
    left = client(place.runs)
    assert 0 < len(all_runs(left)) < 34
    assert json.loads((place.runs / "mlflow.json").read_bytes())["state"] == "syncing"
    by_hand = left.create_run("0", run_name="somebody else's").info.run_id
    done = place.bench("--suite", "quick", "--only", "uci/wine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing to run" in done.stdout
    whole = client(place.runs)
    assert tagged(whole, "kerasfolio.trial").keys() == of_networks(records(place)).keys()
    assert {run.info.status for run in all_runs(whole) if run.info.run_id != by_hand} == {
        "FINISHED"
    }
    assert whole.get_run(by_hand).info.status == "RUNNING", "a run that is not ours was closed"
    assert json.loads((place.runs / "mlflow.json").read_bytes())["state"] != "syncing"


def test_a_run_left_running_is_closed(continued: Place) -> None:
    before = picture(client(continued.runs))
    name, run = next(iter(tagged(client(continued.runs), "kerasfolio.trial").items()))
    client(continued.runs).update_run(run.info.run_id, status="RUNNING")
    tags = {"kerasfolio.trial": name}
    second = client(continued.runs).create_run(run.info.experiment_id, tags=tags).info.run_id
    done = continued.command("sync", "--runs", str(continued.runs))
    assert done.returncode == 0, done.stderr
    statuses = Counter(run.info.status for run in all_runs(client(continued.runs)))
    assert statuses == {"FINISHED": len(before), "KILLED": 1}
    last = client(continued.runs)
    killed = next(run.info.run_id for run in all_runs(last) if run.info.status == "KILLED")
    assert killed in (run.info.run_id, second)


def test_two_syncs_at_once_write_every_trial_once(few: Place) -> None:
    """Several processes starting on a fresh database destroy it: the second has to wait."""
    both = [few.start("sync", "--runs", str(few.runs)) for _ in range(2)]
    outputs = [ended(process, 120) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    written = sorted(out.split(": ")[-1].strip() for out, _ in outputs)
    assert written == ["0 runs written", "9 runs written"]
    assert tagged(client(few.runs), "kerasfolio.trial").keys() == of_networks(records(few)).keys()


def test_a_server_that_is_down_costs_a_warning_and_sync_makes_up(continued: Place) -> None:
    (continued.runs / "mlflow.db").unlink()
    begun = time.monotonic()
    down = {"MLFLOW_TRACKING_URI": NOBODY_LISTENS}
    done = continued.bench("--suite", "quick", "--only", CARRIED, **down)
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - begun < 30
    (warning,) = [line for line in done.stdout.splitlines() if "MLflow was not updated" in line]
    assert "`make sync` writes what it missed" in warning
    assert NOBODY_LISTENS in warning
    page = json.loads((continued.site / "results.json").read_bytes())
    assert {b["status"] for b in page["benchmarks"]} == {"done"}
    down["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    tried = continued.command("sync", "--runs", str(continued.runs), **down)
    assert tried.returncode == 1
    assert tried.stderr.startswith(f"error: MLflow at {NOBODY_LISTENS} could not be updated")
    assert "Traceback" not in tried.stderr
    shutil.rmtree(continued.runs / "records" / "uci")
    made_up = continued.command("sync", "--runs", str(continued.runs))
    assert made_up.returncode == 0, made_up.stderr
    assert ": 9 runs written" in made_up.stdout


@pytest.fixture
def server(place: Place) -> Iterator[str]:
    """A real MLflow server on loopback: one worker, no job runner, artifacts through HTTP."""
    folder = place.root / "server"
    folder.mkdir()
    port = free_port(5600)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder / 'server.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    process = subprocess.Popen(
        command,
        env=place.environment(**QUIET),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    place.started.append(process)
    until(lambda: answers(f"http://127.0.0.1:{port}"), "the server's start", process)
    yield f"http://127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGTERM)
    ended(process)


def test_a_server_gets_the_same_as_the_local_store(
    few: Place, store: Any, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    done = few.command("sync", "--runs", str(few.runs), MLFLOW_TRACKING_URI=server)
    assert done.returncode == 0, done.stderr
    assert f"MLflow at {server}: 9 runs written" in done.stdout
    assert not (few.runs / "mlflow.db").exists()
    there = client(server)
    expected = {k: v for k, v in picture(store).items() if k.startswith(SUNSPOTS)}
    assert picture(there) == expected
    parent = tagged(there, "kerasfolio.entry")[f"{SUNSPOTS}/gru"]
    (artifact,) = there.list_artifacts(parent.info.run_id, "model")
    path = there.download_artifacts(parent.info.run_id, artifact.path, str(few.root))
    (kept,) = few.runs.glob(f"records/{SUNSPOTS}/gru/*.keras")
    assert Path(path).read_bytes() == kept.read_bytes()
    again = few.command("sync", "--runs", str(few.runs), MLFLOW_TRACKING_URI=server)
    assert ": 0 runs written" in again.stdout


def test_the_ui_takes_a_free_port_answers_here_alone_and_stops(continued: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        process = continued.start("ui", "--runs", str(continued.runs), "--port", str(busy))
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.split()[2]
        assert line.startswith("MLflow UI: http://127.0.0.1:")
        assert int(address.rsplit(":", 1)[1]) > busy
        until(lambda: answers(address), "the UI's start", process)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address) as reply:
        assert b"<title>MLflow</title>" in reply.read()
    ours = socket.gethostbyname(socket.gethostname())
    if ours != "127.0.0.1":
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((ours, int(address.rsplit(":", 1)[1])), 5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = ended(process)
    assert process.returncode in (0, 130), out + err
    assert "Traceback" not in out + err
    assert not answers(address)


def test_the_first_port_is_5001() -> None:
    from runners.__main__ import parser

    assert parser(["ui"]).parse_args(["ui"]).port == 5001


def test_the_ui_of_nothing_says_what_to_do(place: Place) -> None:
    done = place.command("ui", "--runs", str(place.runs))
    assert done.returncode == 1
    assert "run `make bench` first" in done.stderr
    pointed = place.command(
        "ui", "--runs", str(place.runs), MLFLOW_TRACKING_URI="http://example.org"
    )
    assert pointed.returncode == 0
    assert "open http://example.org" in pointed.stdout
