"""The A4 page: what it says, what it leaves out, and that it prints on one sheet."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest

from portfolio.owner.profile import Owner
from portfolio.page.build import build
from portfolio.share import cv, screenshot
from runners.results.types import Results

URL = "https://ada.example/bench/"
OWNER = Owner(name="Ada <Example>", headline="Engineer", url=URL, links={"Mail": "mailto:a@b.c"})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cv")
    build(synthetic.showcase(folder / "runs").root, folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def summary(site: Path) -> Results:
    results: Results = json.loads((site / "results.json").read_bytes())
    return results


def names(summary: Results, owner: Owner) -> list[str]:
    return [one["name"] for one in cv.featured(summary, owner)]


def test_the_page_says_who_what_and_where(summary: Results) -> None:
    text = cv.page(summary, OWNER)
    assert "Ada &lt;Example&gt;" in text
    assert summary["claim"] in text
    assert text.count("<section>") == cv.RESULTS
    assert 'class="code"' in text
    assert f'href="{URL}uci/' in text
    assert "<script" not in text


def test_the_code_is_that_of_the_address() -> None:
    assert cv.code(URL) != cv.code("https://ada.example/other/")
    assert re.match(r"<svg [^>]*viewBox", cv.code(URL))


def test_without_an_address_there_is_no_code(summary: Results) -> None:
    text = cv.page(summary, Owner(name="Ada"))
    assert 'class="code"' not in text
    assert "://" not in re.sub(r'xmlns="[^"]+"', "", text)
    assert "make bench ONLY=" in text


def test_the_owners_choice_comes_first_then_the_best_of_every_family(summary: Results) -> None:
    assert names(summary, Owner(feature=("uci/wine",)))[0] == "uci/wine"
    assert len(names(summary, Owner())) == cv.RESULTS
    order = ["none", "result", "good", "world-class"]
    levels = {one["name"]: order.index(one["level"]) for one in summary["benchmarks"]}
    best = [levels[name] for name in names(summary, Owner())]
    assert best[0] == max(levels.values())


def test_ones_own_data_and_toys_are_left_out(summary: Results) -> None:
    changed: Any = json.loads(json.dumps(summary))
    for one in changed["benchmarks"]:
        one["data"] = one["data"] and {**one["data"], "url": None}
    assert names(changed, Owner()) == []
    assert names(changed, Owner(publish=("uci/wine",))) == ["uci/wine"]
    with pytest.raises(ValueError, match="expected a benchmark with a score"):
        cv.page(changed, Owner())


def test_the_command_writes_the_page_without_a_browser(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cv, "browser", lambda: None)
    out = tmp_path / "cv.html"
    out.with_suffix(".pdf").write_bytes(b"of another day")
    assert cv.main(["--site", str(site), "--home", str(tmp_path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "No PDF: no Chromium" in said
    assert "No QR code" in said
    assert "<section>" in out.read_text(encoding="utf-8")
    assert not out.with_suffix(".pdf").exists()


def test_without_a_page_the_command_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cv.main(["--site", str(tmp_path / "none"), "--home", str(tmp_path)]) == 2
    assert "`make portfolio` builds it" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")
@pytest.mark.parametrize("claim", ["Short.", "A long claim of many words. " * 11])
def test_it_prints_on_one_sheet(summary: Results, tmp_path: Path, claim: str) -> None:
    page, printed = tmp_path / "cv.html", tmp_path / "cv.pdf"
    page.write_text(cv.page({**summary, "claim": claim}, OWNER), encoding="utf-8")
    assert cv.pdf(page, printed) == ""
    content = printed.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        tab = chromium.new_page(viewport={"width": 794, "height": 1122})
        tab.emulate_media(media="print")
        tab.goto(page.as_uri())
        main = "document.querySelector('main')"
        assert tab.evaluate(f"{main}.scrollHeight <= {main}.clientHeight")
        bottom = "Math.max(...[...document.querySelectorAll('main *')].map(e => "
        assert tab.evaluate(f"{bottom}e.getBoundingClientRect().bottom)) <= 1122")
        chromium.close()
