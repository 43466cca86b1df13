"""A network that the page itself computes: the same numbers as `predict`, in a real browser."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import BENCHMARKS, keras_here

from benchmarks.data import Store, load
from portfolio.page.build import build
from portfolio.share import screenshot
from runners import exhibits
from runners.execution import worker
from runners.execution.plan import make
from runners.execution.recording import record_group
from runners.predict.flow import Request, predictions
from runners.predict.network import FittedNetwork, network_output
from runners.records.store import Runs
from runners.results.summary import collect

__all__ = ["keras_here"]  # a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH"),
]
NAMES = {"uci/wine": "mlp-64", "uci/digits": "convnet"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The first repeat of two real headlines, on data that scikit-learn carries."""
    kept = Runs(tmp_path_factory.mktemp("demo") / "runs")
    plans = []
    for benchmark in BENCHMARKS:
        if benchmark.name in NAMES:
            loaded = load(benchmark.data, Store(Path("nowhere"), offline=True))
            plan = make(benchmark, loaded, "full", kept, fresh=False)
            entry = benchmark.entry(NAMES[benchmark.name])
            group = next(one for one in plan.groups if one.entry == entry.name)
            group = replace(group, repeats=group.repeats[:1], seeds=group.seeds[:1])
            outcome = worker.train(benchmark, entry, loaded, group.repeats)
            record_group(kept, plan, entry, group, outcome)
            plans.append(plan)
    exhibits.update(kept, plans, collect(kept), pytest.fail)
    return kept


@pytest.fixture(scope="module")
def site(runs: Runs) -> Path:
    place = runs.root.parent / "site"
    build(runs.root, place, {one.name: one for one in BENCHMARKS})
    return place


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


class Tab:
    """A page open at its form, and what it said and asked for."""

    def __init__(self, chromium: Any, page: Path, **options: Any) -> None:
        self.tab = chromium.new_page(**options)
        self.problems: list[str] = []
        self.tab.on("console", lambda message: self.problems.append(message.text))
        self.tab.on("pageerror", lambda error: self.problems.append(str(error)))
        self.asked: list[str] = []
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.goto(page.as_uri())
        self.form = self.tab.locator("#try form")

    def outputs(self) -> list[float]:
        return list(json.loads(self.form.locator("output").get_attribute("data-outputs")))


def content(runs: Runs, name: str) -> Any:
    return json.loads((exhibits.folder(runs.root, name) / "demo.json").read_bytes())


def test_the_form_predicts_what_predict_does(runs: Runs, site: Path, chromium: Any) -> None:
    tab, made = Tab(chromium, site / "uci/wine.html"), content(runs, "uci/wine")
    shown = []
    for place in range(len(made["examples"])):
        tab.form.locator("[name=example]").select_option(str(place))
        shown.append(tab.outputs())
    tab.form.locator("[name=field]").first.fill("13.37")  # of the example chosen last
    shown.append(tab.outputs())

    table = runs.root / "rows.csv"
    rows = [one["values"] for one in made["examples"]]
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field["name"] for field in made["fields"]])
        writer.writerows([*rows, [13.37, *rows[-1][1:]]])
    request = Request("uci/wine", table, runs=runs.root, data=Path("nowhere"))
    said: list[str] = []
    expected = predictions(request, said.append)
    probabilities = expected.filter(like="P(").to_numpy()
    assert np.abs(np.array(shown) - probabilities).max() < 1e-6
    assert tab.form.locator("output b").inner_text() == expected["class"].iloc[-1]
    assert said == []
    assert tab.problems == []
    assert all(url.startswith("file:") for url in tab.asked)
    assert len(tab.asked) == 1


def test_the_form_says_what_the_network_has_not_seen(runs: Runs, site: Path, chromium: Any) -> None:
    tab = Tab(chromium, site / "uci/wine.html")
    field, note = tab.form.locator("[name=field]").first, tab.form.locator("[data-part=note]")
    field.fill("99")
    assert "outside 11.03 to 14.83" in note.inner_text()
    field.fill("")
    assert "missing" in note.inner_text()
    assert tab.outputs() == []
    tab.form.locator("[name=example]").select_option("1")
    assert note.inner_text() == ""
    tab.form.locator("[name=field]").last.press("Enter")
    assert tab.problems == []


def test_without_javascript_the_page_has_no_form(site: Path, chromium: Any) -> None:
    tab = Tab(chromium, site / "uci/wine.html", java_script_enabled=False)
    assert not tab.form.is_visible()
    assert not tab.tab.locator("a[href='#try']").is_visible()
    assert tab.tab.locator("#results").is_visible()


def test_digits_are_read_as_the_network_reads_them(runs: Runs, site: Path, chromium: Any) -> None:
    tab, made = Tab(chromium, site / "uci/digits.html"), content(runs, "uci/digits")
    shown = []
    for place in range(len(made["examples"])):
        tab.form.locator("[name=example]").select_option(str(place))
        shown.append(tab.outputs())
    x = np.array([one["values"] for one in made["examples"]]).reshape(-1, 8, 8, 1)
    schema: Any = {"benchmark": "uci/digits", "classes": made["classes"]}
    model = runs.model("uci/digits", made["entry"], made["recipe"])
    assert np.abs(np.array(shown) - network_output(FittedNetwork(model, schema), x)).max() < 1e-5


def test_a_drawing_is_shrunk_to_counts_of_ink(site: Path, chromium: Any) -> None:
    tab = Tab(chromium, site / "uci/digits.html", viewport={"width": 1000, "height": 900})
    pad = tab.form.locator("[data-part=pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    x, mouse = box["x"] + box["width"] / 2, tab.tab.mouse
    mouse.move(x, box["y"] + 40)
    mouse.down()
    mouse.move(x + 4, box["y"] + 210, steps=5)
    mouse.up()
    pixels = tab.tab.evaluate(
        "[...document.querySelector('[data-part=small]').getContext('2d')"
        ".getImageData(0, 0, 8, 8).data].filter((v, i) => i % 4 === 0)"
    )
    ink = 255 - np.array(pixels).reshape(8, 8)
    assert (ink[:, 3:5].sum(axis=1) > 0).all()  # a stroke from top to bottom
    assert ink[:, [0, 7]].sum() == 0
    assert tab.form.locator("output b").inner_text() == "1"
    assert tab.form.locator("[name=example]").input_value() == ""
    tab.form.locator("[data-part=clear]").click()
    assert tab.form.locator("[name=example]").input_value() == "0"
    assert tab.problems == []
