"""The index: the chart of skills, own problems as case studies, and the order of the scoreboard."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import portfolio_synthetic as synthetic
import pytest

from portfolio.page import board, skills
from portfolio.page.build import build
from runners.records.store import Runs

RMSE_DRAWN: dict[str, Any] = {
    "mean": (16.4, 0.8, synthetic.FLOOR),
    "boosting": (4.55, 0.55, {}),
    "mlp-50": (4.4, 0.6, synthetic.HEADLINE | {"about": "One hidden layer."}),
}


def drawn() -> dict[str, Any]:
    return {name: (mean, std, dict(other)) for name, (mean, std, other) in RMSE_DRAWN.items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public benchmark with published scores, a toy one, and one on data of the owner's."""
    root = tmp_path_factory.mktemp("index")
    runs = Runs(root / "runs")
    synthetic.entries(runs, synthetic.benchmark("uci/concrete"), drawn(), 20)
    synthetic.entries(runs, synthetic.benchmark("toy/celsius"), drawn(), 20)
    own = synthetic.benchmark(
        "mine/mixes",
        question="Which <mix> is strong enough?",
        matters="The plant rejects weak mixes.",
        decision="The network replaces the table of 1998.",
    )
    synthetic.entries(runs, own, drawn(), 20, licence=board.OWNERS)
    build(runs.root, root / "site")
    return root / "site"


def text(html: str) -> str:
    """Words of HTML, without tags and with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_chart_has_a_line_a_benchmark_with_its_interval(site: Path) -> None:
    html = (site / "index.html").read_text(encoding="utf-8")
    results = json.loads((site / "results.json").read_text(encoding="utf-8"))
    (chart,) = re.findall(r'<section class="skills".*?</section>', html, flags=re.S)
    lines = re.findall(r"<tr class=.*?</tr>", chart, flags=re.S)
    assert len(lines) == 1  # neither the toy nor what has no published score
    (concrete,) = (one for one in results["benchmarks"] if one["name"] == "uci/concrete")
    value = concrete["skill"]["value"]
    printed = float(re.search(r"([\d.]+)\s%", text(lines[0]))[1])  # type: ignore[index]
    assert printed <= 100 * value < printed + 0.1
    low, x, high = (
        float(re.search(rf'{key}="([\d.]+)%"', lines[0])[1])  # type: ignore[index]
        for key in (' class="range" x1', "<svg x", " x2")
    )
    assert low < x < high
    assert 'href="uci/concrete.html"' in lines[0]
    outcome = re.search(r'class="([a-z-]+)"', lines[0])[1]  # type: ignore[index]
    assert f'href="#d-{outcome}"' in lines[0]  # marked as well as coloured
    assert f'id="d-{outcome}"' in html
    assert "(trivial − ours) / (trivial − best published)" in text(chart)
    assert "1 further benchmark has no comparable published score" in text(chart)


def test_the_claim_is_that_of_the_results(site: Path) -> None:
    html = (site / "index.html").read_text(encoding="utf-8")
    results = json.loads((site / "results.json").read_text(encoding="utf-8"))
    assert text(re.search(r"<h1>.*?</h1>", html)[0]) == " ".join(results["claim"].split())  # type: ignore[index]
    assert f"{int(100 * results['achieved']['median_skill'])}\u202f% of the way" in results["claim"]


def test_own_problems_come_first_as_case_studies(site: Path) -> None:
    html = (site / "index.html").read_text(encoding="utf-8")
    (study,) = re.findall(r'<article class="case">.*?</article>', html, flags=re.S)
    assert html.index(study) < html.index('id="scoreboard"')
    terms = re.findall(r"<dt>(.*?)</dt>", study)
    assert terms == ["Why it matters", "Baseline", "What was changed", "Result", "Decision"]
    words = text(study)
    for part in (
        "Which <mix> is strong enough?",
        "The plant rejects weak mixes.",
        "boosting 4.",
        "mean, trivial, 16.",
        "mlp-50: One hidden layer.",
        "the best classical baseline",
        "The network replaces the table of 1998.",
    ):
        assert part in words
    groups = re.findall(r'<tr class="group">.*?</tr>', html, flags=re.S)
    assert [text(one).rsplit(" ", 2)[0] for one in groups] == [
        "Own problems", "Tables", "Getting started",
    ]  # fmt: skip


def a_view(name: str, value: float | None, ends: list[float] | None = None) -> Any:
    skill = None if value is None else {"value": value, "ci95": ends}
    row = SimpleNamespace(n=5, benchmark=name, outcome="worse", verdict="worse")
    return SimpleNamespace(
        benchmark={"name": name, "skill": skill}, row=row, address=f"{name}.html"
    )


def test_extreme_skills_stay_on_the_chart() -> None:
    views = [
        a_view("uci/far", -3.0, [-9.0, 3.0]),
        a_view("uci/near", 0.9),
        a_view("uci/more", 2.0),
        a_view("uci/none", None),
        a_view("toy/near", 0.99),
        a_view("mine/far", 0.95),
    ]
    chart = skills.chart(views)
    assert chart is not None
    assert [line.name for line in chart.lines] == ["more", "mine/far", "near", "uci/far"]
    assert [line.beyond for line in chart.lines] == [True, False, False, True]
    places = [line.x for line in chart.lines]
    assert places == sorted(places, reverse=True)
    assert all(0 <= x <= 100 for x in places)
    assert chart.lines[-1].low == 0
    assert chart.others == 1
    assert any(label == "100" and x == chart.best for x, label in chart.ticks)
    assert skills.chart(views[3:5]) is None


def test_one_skill_of_exactly_the_best_has_an_axis() -> None:
    chart = skills.chart([a_view("uci/same", 1.0, [1.0, 1.0])])
    assert chart is not None
    assert chart.lines[0].x == chart.best == 50


def test_no_page_addresses_its_reader(site: Path) -> None:
    pages = {page.name: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    words = {
        name: text(re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.S))
        for name, html in pages.items()
    }
    assert len(words) > 3
    assert {name for name, one in words.items() if re.search(r"\byou(rs?)?\b", one, re.I)} == set()
