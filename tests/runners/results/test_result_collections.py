"""Collections of `results.json`: what synthetic records and real published scores come to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import collection_synthetic as synthetic
import pytest

from benchmarks.published import baselines
from runners.results.collection_types import CollectionResult, PairResult
from runners.results.summary import summarise


def result(folder: Path, *, own: bool = True, lead: float = 0.03, **other: str) -> CollectionResult:
    runs = synthetic.records(folder, lead=lead, **other)
    joined = synthetic.collection(own)
    (found,) = summarise(runs, collections={joined.name: joined})["collections"]
    return found


@pytest.fixture(scope="module")
def better(tmp_path_factory: pytest.TempPathFactory) -> CollectionResult:
    return result(tmp_path_factory.mktemp("better"))


def pair(found: CollectionResult, method: str) -> PairResult:
    return next(one for one in found["metrics"][0]["pairs"] if one["method"] == method)


def test_a_lead_on_every_task_is_better_across_them(better: CollectionResult) -> None:
    against = pair(better, "SNN (SELU)")
    assert (against["outcome"], against["losses"]) == ("better", 0)
    assert against["tasks"] == against["wins"] + against["ties"] == 14
    assert against["p_holm"] is not None
    assert against["p_holm"] >= (against["p"] or 0)
    assert against["p_better"] == pytest.approx(1, abs=0.01)
    assert better["status"] == "done"
    assert better["statement"].startswith("Our headline is better than SNN (SELU)")
    assert "Over 14 tasks it has mean accuracy" in better["statement"]


def test_a_task_left_out_is_shown_and_in_no_comparison(better: CollectionResult) -> None:
    line = next(task for task in better["tasks"] if task["title"] == "zoo")
    assert line["excluded"]
    assert line["mean"]
    assert line["name"] not in better["metrics"][0]["tasks"]
    assert better["absent"] == {"adult": "its rows are not at hand"}


def test_a_missing_task_is_said(tmp_path: Path) -> None:
    found = result(tmp_path, without="iris")
    assert (found["status"], found["scored"], found["members"]) == ("partial", 14, 15)
    assert "1 of 15 tasks have no score of the headline (iris)" in (found["reason"] or "")
    assert found["metrics"][0]["tasks"] == [t["name"] for t in found["tasks"] if t["n"]][:-1]


def test_ranks_and_panel_follow_from_the_scores(better: CollectionResult) -> None:
    ranking = better["metrics"][0]["ranking"]
    assert ranking is not None
    by_name = {one["method"]: one for one in ranking["methods"]}
    assert by_name["headline"]["mean_rank"] < by_name["SNN (SELU)"]["mean_rank"]
    assert by_name["svm"]["kind"] == "baseline"
    assert "majority" not in by_name
    assert "ZeroR" not in by_name
    n = len(by_name)
    assert sum(one["mean_rank"] for one in ranking["methods"]) == pytest.approx(n * (n + 1) / 2)
    (panel,) = better["panels"]
    assert {group["title"]: group["tasks"] for group in panel["ranks"]} == {
        "all": 14,
        "small": 7,
        "large": 7,
    }
    assert set(panel["ranks"][0]["ranks"]) == {"headline", *synthetic.NETWORKS}
    assert next(iter(panel["ranks"][0]["ranks"])) == "headline"


def test_a_score_obtained_otherwise_counts_only_where_the_collection_says_so(
    tmp_path: Path,
) -> None:
    runs = synthetic.records(tmp_path)
    joined = synthetic.collection()
    otherwise = [
        row.model for row in baselines.load(f"{synthetic.NAME}-iris") if "split" in row.differs
    ]
    assert otherwise
    for despite, counted in ((joined.despite, True), ({}, False)):
        one = replace(joined, despite=despite)
        (found,) = summarise(runs, collections={one.name: one})["collections"]
        methods = {row["method"] for row in found["metrics"][0]["pairs"]}
        assert ("random forest (rf_caret)" in methods) == counted
        assert "SNN (SELU)" in methods


def test_own_tasks_are_no_benchmarks_and_others_stay_so(tmp_path: Path) -> None:
    runs, joined = synthetic.records(tmp_path), synthetic.collection()
    summary = summarise(runs, collections={joined.name: joined})
    assert summary["benchmarks"] == []
    other = synthetic.collection(own=False)
    summary = summarise(runs, collections={other.name: other})
    assert len(summary["benchmarks"]) == 15
    (found,) = summary["collections"]
    assert not any(task["own"] for task in found["tasks"])
    assert found["seconds"] == 0
    assert json.loads(json.dumps(summary["collections"])) == summary["collections"]


def test_another_entry_may_speak(tmp_path: Path) -> None:
    runs = synthetic.records(tmp_path, lead=0.02)
    joined = replace(synthetic.collection(), headline="selu")
    (found,) = summarise(runs, collections={joined.name: joined})["collections"]
    assert {task["entry"] for task in found["tasks"]} == {"selu"}
    bagged = pair(found, "bagged")
    assert (bagged["kind"], bagged["losses"]) == ("network", 14)
    assert pair(found, "SNN (SELU)")["tasks"] == 14


def test_one_task_of_other_files_is_no_collection_yet(tmp_path: Path) -> None:
    runs = synthetic.records(tmp_path)
    joined = synthetic.collection(own=False)
    few = replace(joined, members=[*joined.members[:1], "uci/nowhere"], excluded={})
    assert summarise(runs, collections={few.name: few})["collections"] == []
