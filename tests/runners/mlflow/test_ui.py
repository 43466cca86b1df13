"""MLflow's own pages, in a browser, of the store a real run has left."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import Finished, Place, copied, ended, until
from mlflow_help import answers

from portfolio.page.views.rerun import rerun
from portfolio.share import screenshot
from runners.mlflow import views
from runners.results.scoreboard import verdict_word

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH"),
]
WINE = "uci/wine"
WIDTH = 1440
SHARED = "https://mlflow.example.org"


@pytest.fixture(scope="module")
def place(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished run, its store brought up to date with all that lies beside the records."""
    return copied(finished, Place(tmp_path_factory.mktemp("ui")))


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[str]:
    """Address of `make ui`."""
    process = place.start("ui", "--runs", str(place.runs), "--port", "5701")
    assert process.stdout is not None
    address = process.stdout.readline().split()[2]
    until(lambda: answers(address), "the UI's start", process)
    yield address
    os.killpg(process.pid, signal.SIGINT)
    ended(process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox", "--no-proxy-server"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A page, photographed at the end."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 900})
    page.set_default_timeout(60_000)
    yield page
    page.screenshot(path=tmp_path / "mlflow.png")
    page.close()


@pytest.fixture(scope="module")
def wine(place: Place) -> dict[str, Any]:
    """Wine as the page shows it."""
    summary = json.loads((place.site / "results.json").read_bytes())
    (found,) = [b for b in summary["benchmarks"] if b["name"] == WINE]
    return dict(found)


def opened(tab: Any, address: str) -> None:
    """Open a page, without the panel of an assistant that MLflow shows at first."""
    tab.goto(address)
    tab.get_by_text("MLflow Assistant").first.wait_for()
    tab.get_by_role("button", name="Close").last.click()


def view(place: Place, server: str, name: str, more: str = "", tab: str = "runs") -> str:
    """Address of an experiment's view."""
    ids = json.loads((place.runs / "mlflow.json").read_bytes())["experiments"]
    shared = f"workflowType=machine_learning&viewStateShareKey={quote(name)}{more}"
    return f"{server}/#/experiments/{ids['uci']}/{tab}?{shared}"


def test_an_experiment_opens_with_its_headlines(place: Place, server: str, tab: Any) -> None:
    """What `make ui` prints: a row a headline, every column of it within 1,440 pixels."""
    opened(tab, view(place, server, views.HEADLINES))
    tab.get_by_text("uci/wine · mlp-64").first.wait_for()
    shown = tab.locator("body").inner_text()
    assert "1 matching run" in shown
    for column in views.COLUMNS:
        header = tab.get_by_role("columnheader", name=column.split("`")[1], exact=True).last
        header.wait_for()
        box = header.bounding_box()
        assert 0 < box["x"] < box["x"] + box["width"] <= WIDTH, column
    assert "Sort: kerasfolio.benchmark" in shown
    row = tab.locator(".ag-center-cols-container").inner_text()
    assert "mlp-64" in row
    assert "Wine (UCI 109)" in row
    said = tab.get_by_text("One run an entry: its score, its 95 % interval")
    assert said.count() >= 1


def test_other_views_list_entries_and_trials_below_them(
    place: Place, server: str, tab: Any
) -> None:
    opened(tab, view(place, server, views.ENTRIES))
    tab.get_by_text("uci/wine · mlp-64").first.wait_for()
    assert "4 matching runs" in tab.locator("body").inner_text()
    tags = tab.locator(".ag-center-cols-container").inner_text()
    assert " ± " in tags.replace("\u00a0", " ")
    assert " – " in tags
    tab.goto(view(place, server, views.TRIALS))
    tab.get_by_text("34 matching runs").wait_for()
    assert tab.get_by_text("mlp-64 00").count() == 0, "folded below its entry"
    tab.get_by_role("row").filter(has_text="uci/wine · mlp-64").get_by_role("button").last.click()
    tab.get_by_text("mlp-64 00").first.wait_for()


def test_charts_are_set_up(place: Place, server: str, tab: Any) -> None:
    opened(tab, view(place, server, views.HEADLINES, "&compareRunsMode=CHART"))
    for title in ("skill", "seconds", "seconds vs. skill", "curves/loss"):
        tab.get_by_text(title, exact=True).first.wait_for()
    assert "Headlines (4)" in " ".join(tab.locator("body").inner_text().split())


def test_headlines_are_models(place: Place, server: str, tab: Any) -> None:
    opened(tab, view(place, server, views.HEADLINES, tab="models"))
    tab.get_by_text("uci-wine-mlp-64").first.wait_for()
    shown = tab.locator("body").inner_text()
    for text in ("Ready", "wine.py", "uci/wine · mlp-64", "kerasfolio.uci.wine", "Wine (UCI 109)"):
        assert text in shown, text
    tab.get_by_text("uci-wine-mlp-64").first.click()
    tab.get_by_text("Which of three cultivars").first.wait_for()


def test_the_page_links_to_the_run(wine: dict[str, Any], server: str, tab: Any) -> None:
    (headline,) = [e for e in wine["entries"] if e["headline"]]
    (link,) = [one for one in rerun(wine, SHARED).runs if one.entry == headline["name"]]
    assert link.run == headline["run_id"]
    opened(tab, link.url.replace(SHARED, server))
    tab.get_by_text("About this run").wait_for()
    tab.get_by_role("heading", name=f"{WINE} · {headline['name']}").wait_for()
    tab.get_by_text("Child runs").wait_for()
    tab.get_by_text(wine["question"]).first.wait_for()
    shown = tab.locator("body").inner_text()
    assert "Evaluation runs" not in shown, "MLflow's view of trainings"
    for verdict in headline["verdicts"][:1]:
        assert verdict_word(verdict) in shown


def test_the_run_has_the_figures_of_the_page(wine: dict[str, Any], server: str, tab: Any) -> None:
    (headline,) = [e for e in wine["entries"] if e["headline"]]
    link = rerun(wine, SHARED).runs[0].url
    assert headline["run_id"] in link
    tab.goto(f"{link.replace(SHARED, server)}")
    tab.get_by_role("tab", name="Artifacts").click()
    tab.get_by_text("figures.html").first.click()
    frame = tab.frame_locator("iframe").first
    frame.get_by_role("heading", name=wine["question"]).wait_for()
    assert frame.locator("svg.strip").count() == 2
    assert frame.locator("svg.curves").count() >= 1
    strip = frame.locator("svg.strip").first.text_content()
    assert headline["name"] in strip
    assert "our headline" in strip


def test_curves_are_a_group_of_their_own(wine: dict[str, Any], server: str, tab: Any) -> None:
    link = rerun(wine, SHARED).runs[0].url
    tab.goto(link.replace(SHARED, server))
    tab.get_by_role("tab", name="Model metrics").click()
    tab.get_by_text("(curves/loss)").first.wait_for()
    shown = " ".join(tab.locator("body").inner_text().split())
    assert "curves (1)" in shown
    assert "Model metrics (" in shown
