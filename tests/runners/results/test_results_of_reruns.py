"""Published recipes trained again: do they give the published score, what the headline adds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import portfolio_synthetic as synthetic
import pytest
from scipy import stats

from portfolio.page.build import build
from portfolio.page.views.reruns import rerun_lines
from runners.mlflow.payloads import parent_content
from runners.records.store import Runs
from runners.results.summary import summarise

ROW = "concrete-mc-dropout-2018"
PUBLISHED = 4.826460
NOISE = np.random.default_rng(2).standard_normal(20)


def concrete(
    tmp_path: Path, ours: np.ndarray, headline: np.ndarray, reruns: str = ROW, **facts: Any
) -> Any:
    """Twenty-split concrete with a headline and a re-run of the anchor."""
    runs, about = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete", **facts)
    for name, values, other in (
        ("mc-dropout", ours, {"reruns": reruns}),
        ("mlp", headline, {"headline": True}),
    ):
        for repeat, value in enumerate(values):
            one = synthetic.record(about, name, repeat, float(value), kind="keras", **other)
            synthetic.write(runs, one)
    (found,) = summarise(runs)["benchmarks"]
    return found


@pytest.mark.parametrize(
    ("moved", "margin", "reproduced", "words"),
    [
        (0.0, 0.8, True, "reproduced within 0.8 MPa"),
        (2.0, 0.2, False, "not reproduced, the same recipe is worse here"),
        (-2.0, 0.2, False, "not reproduced, the same recipe is better here"),
        (0.1, 0.05, None, "+0.100 MPa, beyond the margin of 0.05 MPa; the scatter is too large"),
        (0.1, 0.15, None, "+0.100 MPa, within the margin of 0.15 MPa; the scatter is too large"),
        (-0.3, 0.1, None, "shown not to be worse by 0.1 MPa or more, difference −0.300 MPa"),
    ],
)
def test_a_re_run_says_whether_it_gives_the_published_score(
    tmp_path: Path, moved: float, margin: float, reproduced: bool | None, words: str
) -> None:
    scores = PUBLISHED + moved + 0.3 * (NOISE - NOISE.mean())
    benchmark = concrete(tmp_path, scores, scores - 1, margin=margin)
    (found,) = benchmark["reruns"]
    assert (found["entry"], found["baseline"]) == ("mc-dropout", ROW)
    assert found["reproduced"] is reproduced
    assert found["difference"] == pytest.approx(moved)
    why = found["why"].replace("\u202f", " ").replace("\xa0", " ")
    assert why.startswith("Published 4.83 ± 0.16 MPa (standard error, n = 20)")
    assert f"our re-run {PUBLISHED + moved:.2f} ± " in why
    assert words in why
    (line,) = rerun_lines(benchmark)
    assert line.missed == (reproduced is False)


def test_what_the_headline_adds_is_paired_split_by_split_on_these_rows(tmp_path: Path) -> None:
    theirs = PUBLISHED + 0.6 * NOISE
    ours = theirs - 0.5 + 0.1 * NOISE[::-1]
    benchmark = concrete(tmp_path, theirs, ours)
    over = benchmark["reruns"][0]["headline"]
    gaps = ours - theirs
    interval = stats.t.interval(0.95, 19, loc=gaps.mean(), scale=stats.sem(gaps))
    assert over["ci95"] == pytest.approx(interval)
    assert over["difference"] == pytest.approx(gaps.mean())
    assert (over["n"], over["outcome"], over["scope"]) == (20, "better", "on these rows")
    assert over["why"].startswith("mlp against the re-run on the same 20 splits: difference −0.5")
    assert "paired t-test" in over["why"]


def test_only_splits_that_both_have_are_paired(tmp_path: Path) -> None:
    theirs = PUBLISHED + 0.3 * NOISE
    over = concrete(tmp_path, theirs, theirs[:7] - 0.2 + 0.01 * NOISE[:7])["reruns"][0]["headline"]
    assert over["n"] == 7
    assert "on the same 7 splits" in over["why"]


def test_training_seeds_of_two_entries_are_not_paired(tmp_path: Path) -> None:
    facts = {"protocol": synthetic.protocol("REG20", unit="seed")}
    theirs = PUBLISHED + 0.3 * NOISE
    over = concrete(tmp_path, theirs, theirs - 1, **facts)["reruns"][0]["headline"]
    assert "Welch" in over["why"]
    assert "on these test rows" in over["why"]


def test_a_re_run_that_is_the_headline_adds_nothing_to_itself(tmp_path: Path) -> None:
    runs, about = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete")
    for repeat, value in enumerate(PUBLISHED + 0.3 * NOISE):
        about_entry = {"kind": "keras", "headline": True, "reruns": ROW}
        synthetic.write(runs, synthetic.record(about, "mc", repeat, float(value), **about_entry))
    (benchmark,) = summarise(runs)["benchmarks"]
    assert benchmark["reruns"][0]["headline"] is None
    assert rerun_lines(benchmark)[0].gain == ""


@pytest.mark.parametrize("reruns", ["", "a-score-of-an-older-version"])
def test_an_entry_without_a_known_published_score_is_no_re_run(tmp_path: Path, reruns: str) -> None:
    benchmark = concrete(tmp_path, PUBLISHED + NOISE, PUBLISHED + NOISE, reruns)
    assert benchmark["reruns"] == []


def test_mlflow_names_the_published_score_in_a_tag(tmp_path: Path) -> None:
    benchmark = concrete(tmp_path, PUBLISHED + NOISE, PUBLISHED + NOISE)
    tags = {e["name"]: parent_content(benchmark, e).tags for e in benchmark["entries"]}
    assert tags["mc-dropout"]["kerasfolio.reruns"] == ROW
    assert "kerasfolio.reruns" not in tags["mlp"]


def test_the_page_says_published_re_run_and_what_the_headline_adds(tmp_path: Path) -> None:
    concrete(tmp_path, PUBLISHED + 2 + 0.3 * NOISE, PUBLISHED + 0.3 * NOISE[::-1])
    build(tmp_path / "runs", tmp_path / "site")
    html = (tmp_path / "site/uci/concrete.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", html)).replace("\u202f", " ")
    assert (
        "Finding. mc-dropout trains MC dropout, 1x50, grid search (2018) again as published" in text
    )
    assert "not reproduced, the same recipe is worse here" in text
    assert "What the headline adds: better. mlp against the re-run on the same 20 splits" in text
