"""Results over time: nothing is lost by training again, and the page shows the line."""

from __future__ import annotations

import json
import re
import statistics
import time
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
from conftest import Place
from hypothesis import given
from hypothesis import strategies as st

from portfolio.page import history
from portfolio.page.build import build
from runners.records.store import Runs
from runners.results import history as results
from runners.results.summary import summarise

NAME = "uci/concrete"
WINE = "uci/wine"
KEYS = ["at", "entry", "score", "mean", "std", "n", "ci95", "metric", "name", "unit", "recipe"]
KEYS += ["versions", "keras", "device", "commit", "data", "protocol"]


def trained(
    runs: Runs,
    scores: list[float],
    recipe: str,
    finished: str,
    entry: str = "mlp",
    versions: dict[str, str] | None = None,
    **about: Any,
) -> None:
    """Records of one training of an entry, as the runner leaves them."""
    facts = synthetic.benchmark(
        NAME, protocol=synthetic.protocol("REG20", repeats=len(scores)), **about.pop("facts", {})
    )
    for repeat, score in enumerate(scores):
        one = synthetic.record(
            facts, entry, repeat, score, recipe=recipe, finished=finished,
            **(synthetic.HEADLINE | about),
        )  # fmt: skip
        one["environment"]["versions"] |= versions or {}
        synthetic.write(runs, one)


def past(runs: Runs) -> list[dict[str, Any]]:
    """The history on the page's summary."""
    (found,) = (b for b in summarise(runs)["benchmarks"] if b["name"] == NAME)
    return list(found["history"])


def means(runs: Runs) -> list[float]:
    return [result["score"]["mean"] for result in past(runs)]


def test_the_same_recipe_trained_again_keeps_its_past(tmp_path: Path) -> None:
    """Training the same recipe again replaces its records; what they said stays."""
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2, 5.1], "r1", "2026-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    trained(runs, [4.0, 4.2, 4.1], "r1", "2026-02-01T00:00:00+00:00")
    results.note(runs, NAME)
    assert means(runs) == pytest.approx([5.1, 4.1])
    first = past(runs)[0]
    assert first["score"]["std"] == pytest.approx(statistics.stdev([5.0, 5.2, 5.1]))
    assert first["score"]["n"] == 3
    assert first["at"] == "2026-01-01T00:00:00+00:00"
    assert first["versions"]["keras"] == "3.15.1"
    assert first["recipe"] == "r1"


def test_older_generations_on_disk_count_without_having_been_noted(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    trained(runs, [4.0, 4.2], "r2", "2026-02-01T00:00:00+00:00")
    assert means(runs) == pytest.approx([5.1, 4.1])
    results.note(runs, NAME)
    assert means(runs) == pytest.approx([5.1, 4.1])
    lines = (tmp_path / f"history/{NAME}.jsonl").read_text().splitlines()
    assert [json.loads(line)["recipe"] for line in lines] == ["r1", "r2"]


def test_noting_twice_or_training_to_the_same_bit_adds_nothing(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    for month in (1, 2, 3):
        trained(runs, [5.0, 5.2], "r1", f"2026-0{month}-01T00:00:00+00:00")
        results.note(runs, NAME)
    assert means(runs) == pytest.approx([5.1])
    assert history.section(summarise(runs)["benchmarks"][0]) == ""


def test_back_to_an_earlier_score_is_a_result_of_its_own(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    for month, score in ((1, 5.0), (2, 4.0), (3, 5.0)):
        trained(runs, [score, score + 0.2], "r1", f"2026-0{month}-01T00:00:00+00:00")
        results.note(runs, NAME)
    assert means(runs) == pytest.approx([5.1, 4.1, 5.1])


def test_a_clock_set_back_changes_no_order(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2027-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    trained(runs, [4.0, 4.2], "r2", "2026-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    results.note(runs, NAME)
    assert means(runs) == pytest.approx([5.1, 4.1])
    trained(runs, [3.0, 3.2], "r2", "2025-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    assert means(runs) == pytest.approx([5.1, 4.1, 3.1])


def test_a_result_is_whole_or_none(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    next((tmp_path / "records").rglob("01-*.json")).unlink()
    results.note(runs, NAME)
    assert past(runs) == []
    assert not (tmp_path / "history").exists()


def test_only_the_headline_has_a_history(tmp_path: Path) -> None:
    """Other entries have none; a former headline counts once it is no entry any more."""
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00", entry="small")
    trained(runs, [9.0, 9.2], "r0", "2026-01-01T00:00:00+00:00", entry="mean", headline=False)
    trained(runs, [4.0, 4.2], "r2", "2026-02-01T00:00:00+00:00", entry="large", suite="full")
    results.note(runs, NAME)
    assert [result["entry"] for result in past(runs)] == ["large"]
    for path in (tmp_path / "records").rglob("small/*.json"):
        path.unlink()
    assert [result["entry"] for result in past(runs)] == ["small", "large"]


def test_a_line_that_is_no_result_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    path = tmp_path / f"history/{NAME}.jsonl"
    path.write_text(path.read_text() + '{"half a line')
    trained(runs, [4.0, 4.2], "r2", "2026-02-01T00:00:00+00:00")
    results.note(runs, NAME)
    summary = summarise(runs)
    assert [r["recipe"] for r in summary["benchmarks"][0]["history"]] == ["r1", "r2"]
    assert [n for n in summary["notes"] if "line 2 is no result" in n]
    assert path.read_text().splitlines()[1] == '{"half a line'


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(KEYS), inner
        ),
        max_leaves=12,
    )
)  # fmt: skip
def test_whatever_a_line_holds_the_page_is_built(tmp_path_factory: Any, content: Any) -> None:
    root = tmp_path_factory.mktemp("line")
    runs = Runs(root)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    path = root / f"history/{NAME}.jsonl"
    line = json.loads(path.read_text())
    changed = content
    if isinstance(content, dict):  # a line nearly as it should be
        score, metric = line["score"] | content, line["metric"] | content
        changed = line | {"score": score, "metric": metric, "at": "2025"} | content
    path.write_text(path.read_text() + json.dumps(changed) + "\n")
    (benchmark,) = summarise(runs)["benchmarks"]
    history.section(benchmark)


@pytest.mark.parametrize(
    "wrong",
    [
        {"versions": [1]},
        {"versions": {"keras": [1]}},
        {"score": {"mean": 5.0, "n": 2, "std": "x", "ci95": None}},
        {"score": {"mean": 5.0, "n": 2, "std": 1.0, "ci95": [1, 2, 3]}},
        {"score": {"mean": 5.0, "n": 0, "std": None, "ci95": None}},
        {"score": {"mean": 1e308, "n": 2, "std": 1, "ci95": [-1e308, 1.7e308]}},
        {"metric": {"name": "rmse", "unit": {}, "direction": "min"}},
        {"metric": "rmse"},
        {"at": None},
    ],
)
def test_what_is_no_result_is_named(tmp_path: Path, wrong: dict[str, Any]) -> None:
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    path = tmp_path / f"history/{NAME}.jsonl"
    path.write_text(path.read_text() + json.dumps(json.loads(path.read_text()) | wrong) + "\n")
    summary = summarise(runs)
    assert [note for note in summary["notes"] if "line 2 is no result" in note]
    assert len(summary["benchmarks"][0]["history"]) == 1


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "a\0b", ""])
def test_a_name_leads_out_of_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.jsonl").write_text("{}\n")
    notes: list[str] = []
    assert results.read(tmp_path / "a" / "runs", name, notes) == []
    assert notes == []


def test_the_line_marks_what_changed(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    newer = {"keras": "3.16.0", "mlflow": "4.0"}
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    trained(runs, [4.0, 4.2], "r2", "2026-02-01T00:00:00+00:00", versions=newer)
    trained(runs, [4.4, 4.6], "r3", "2026-03-01T00:00:00+00:00", versions=newer)
    html = history.section(summarise(runs)["benchmarks"][0])
    assert "Keras 3.15.1 → 3.16.0" in html
    assert "mlflow" not in html
    assert "the recipe, or its code" in html
    assert html.count("<circle") == 3
    assert html.count('class="ci"') == 3
    marks = re.findall(r'text-anchor="middle">([a-z])</text>', html)
    assert marks == ["a", "b"]
    assert html.index("1 March 2026</td>") < html.index("1 January 2026</td>")
    places = [float(y) for y in re.findall(r'cy="([\d.]+)"', html)]
    assert places[0] < places[2] < places[1], "a higher score stands higher"


def test_another_metric_shares_no_axis(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    metre = {"metric": {"name": "rmse", "unit": "kPa", "direction": "min"}}
    trained(runs, [5000.0, 5200.0], "r1", "2026-01-01T00:00:00+00:00", facts=metre)
    trained(runs, [4.0, 4.2], "r2", "2026-02-01T00:00:00+00:00")
    html = history.section(summarise(runs)["benchmarks"][0])
    assert "<svg" not in html
    assert "another metric" in html
    trained(runs, [4.4, 4.6], "r3", "2026-03-01T00:00:00+00:00")
    html = history.section(summarise(runs)["benchmarks"][0])
    assert html.count("<circle") == 2
    assert "1 result is not drawn" in html


def test_hostile_texts_are_texts(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    hostile = {"keras": "<script>alert(1)</script>"}
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    trained(runs, [4.0, 4.2], "r2", "2026-02-01T00:00:00+00:00", versions=hostile)
    html = history.section(summarise(runs)["benchmarks"][0])
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_reading_the_past_is_cheap(tmp_path: Path) -> None:
    """A long history costs little beside reading the records."""
    runs = Runs(tmp_path)
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    results.note(runs, NAME)
    path = tmp_path / f"history/{NAME}.jsonl"
    line = json.loads(path.read_text())
    lines = [line | {"at": f"20{y:02d}-01-01T00:00:00+00:00", "recipe": f"q{y}"} for y in range(99)]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    begun = time.process_time()
    found = past(runs)
    assert len(found) == 100
    assert time.process_time() - begun < 1
    drawn = history.section(summarise(runs)["benchmarks"][0])
    assert drawn.count("<circle") == history.MOST


@pytest.mark.slow
def test_a_fresh_run_through_the_command_line(continued: Place) -> None:
    """What `--fresh` replaces is in the history, the page and results.json."""
    records = sorted(continued.runs.glob(f"records/{WINE}/*/[0-9]*.json"))
    for path in records:  # as another machine or version might have scored
        record = json.loads(path.read_bytes())
        record["scores"]["accuracy"] = 0.5
        record["environment"]["versions"]["keras"] = "3.0.0"
        path.write_text(json.dumps(record))
    (continued.runs / f"history/{WINE}.jsonl").unlink()
    done = continued.bench("--suite", "quick", "--only", WINE, "--fresh")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads((continued.site / "results.json").read_bytes())["benchmarks"]
    (wine,) = (b for b in shown if b["name"] == WINE)
    assert len(wine["history"]) == 2
    assert wine["history"][0]["score"]["mean"] == pytest.approx(0.5)
    assert "Keras 3.0.0 → " in (continued.site / f"{WINE}.html").read_text()
    noted = (continued.runs / f"history/{WINE}.jsonl").read_text().splitlines()
    assert len(noted) == 2
    again = continued.bench("--suite", "quick", "--only", WINE)
    assert again.returncode == 0
    assert (continued.runs / f"history/{WINE}.jsonl").read_text().splitlines() == noted


def test_the_page_of_a_benchmark_shows_it(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    trained(runs, [5.0, 5.2], "r1", "2026-01-01T00:00:00+00:00")
    trained(runs, [4.0, 4.2], "r2", "2026-02-01T00:00:00+00:00")
    build(runs.root, tmp_path / "site")
    assert "Over time" in (tmp_path / f"site/{NAME}.html").read_text()
