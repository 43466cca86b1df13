"""The page of a collection: its tasks, its figure, its row of the scoreboard."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import collection_synthetic as synthetic
import pytest

from portfolio.page.build import build
from portfolio.page.ranks import columns
from portfolio.share import screenshot

PAGE = "uci/archive-121.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("collection")
    joined = synthetic.collection()
    runs = synthetic.records(root / "runs", lead=0.02, without="iris")
    build(runs.root, root / "site", collections={joined.name: joined})
    return root / "site"


@pytest.fixture(scope="module")
def page(site: Path) -> str:
    return (site / PAGE).read_text(encoding="utf-8")


def text(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def rows(page: str, table: str) -> list[str]:
    """The rows of the bodies of all tables of a class."""
    bodies = re.findall(rf'(?s)<table class="[^"]*\b{table}".*?<tbody>(.*?)</tbody>', page)
    return [row for body in bodies for row in re.findall(r"(?s)<tr.*?</tr>", body)]


def test_one_page_one_row_and_one_badge_for_all_tasks(site: Path) -> None:
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert pages == {"index.html", "method.html", PAGE}
    assert [path.name for path in site.glob("badges/**/*.svg")] == ["archive-121.svg"]
    index = (site / "index.html").read_text(encoding="utf-8")
    (row,) = re.findall(r'(?s)<tr class="one".*?</tr>', index)
    assert "14 of 16 tasks" in text(row)
    assert f'<a href="{PAGE}">' in row


def test_every_task_has_a_line_without_javascript(page: str) -> None:
    lines = rows(page, "tasks")
    assert [text(line).split()[0] for line in lines] == list(synthetic.TASKS)
    by_task = dict(zip(synthetic.TASKS, lines, strict=True))
    assert text(by_task["iris"]) == "iris Not run"
    assert "not compared" in text(by_task["zoo"])
    scored = [line for task, line in by_task.items() if task != "iris"]
    assert all(re.search(r'data-score="0\.\d', line) for line in scored)


def test_what_is_left_out_or_missing_is_said(page: str) -> None:
    words = text(page)
    assert "adult: its rows are not at hand" in words
    assert "zoo: its two files are scaled unlike each other" in words
    assert "1 of 15 tasks have no score of the headline (iris)" in words
    assert "which rows a fold tests averages out over tasks" in words


def test_the_figure_says_in_words_what_it_shows(page: str) -> None:
    drawings = re.findall(r'(?s)<svg class="strip.*?</svg>', page)
    assert len(drawings) == 2
    for drawing in drawings:
        assert ">Mean ranks by accuracy</title>" in drawing
        (described,) = re.findall(r"<desc[^>]*>(.*?)</desc>", drawing)
        assert "headline of each task, mean rank" in described
        assert described.startswith("1. ")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_numbers_are_those_of_results_json(site: Path, page: str) -> None:
    (result,) = json.loads((site / "results.json").read_text(encoding="utf-8"))["collections"]
    assert " ".join(result["statement"].split()) in text(page)
    shown = rows(page, "pairwise")
    pairs = result["metrics"][0]["pairs"]
    assert len(shown) == len(pairs)
    assert all(any(pair["method"] in text(row) for row in shown) for pair in pairs)
    assert re.search(r"all \(13\) small \(\d+\) large \(\d+\) headline of each task", text(page))


@pytest.mark.slow
@pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")
def test_tasks_can_be_searched_and_sorted(site: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    names = """[...document.querySelectorAll('.tasks tbody tr:not([hidden])')]
        .map(row => row.dataset.title)"""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.goto((site / PAGE).as_uri())
        assert page.evaluate(names) == list(synthetic.TASKS)
        header = page.locator(".tasks th[data-sort=score]")
        header.locator("button").click()
        rising = page.evaluate(names)
        assert rising[-1] == "iris"  # without a score comes last, either way
        assert header.get_attribute("aria-sort") == "ascending"
        header.locator("button").click()
        assert page.evaluate(names) == [*rising[-2::-1], "iris"]
        page.locator("[name=find]").fill("breast")
        assert page.evaluate(names) == ["breast-tissue"]
        assert page.locator(".controls output").inner_text() == "1 of 15"
        chromium.close()


def test_bars_that_overlap_get_columns_of_their_own() -> None:
    assert columns([(0, 2), (1, 4), (3, 5), (5, 6)]) == [
        (0, 2, 0),
        (1, 4, 1),
        (3, 5, 0),
        (5, 6, 1),
    ]
    assert columns([]) == []
