"""The page as a reader gets it: parsed, escaped, complete in itself; on synthetic records."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest

from portfolio import gains, screenshot
from portfolio.__main__ import main
from portfolio.page import build, claim
from runners.records import Runs

VOID = {"meta", "link", "br", "input", "img", "hr"}


class Page(HTMLParser):
    """Tags, texts and attributes of a page; `problems` where tags do not close properly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.problems: list[str] = []
        self.feed(text)
        self.close()
        self.problems += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portfolio")
    build(synthetic.showcase(folder / "runs").root, folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def html(site: Path) -> str:
    return (site / "index.html").read_text(encoding="utf-8")


def test_tags_are_balanced_and_ids_unique(html: str) -> None:
    page = Page(html)
    assert page.problems == []
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert [id for id, times in ids.items() if times > 1] == []
    links = {a["href"] for tag, a in page.tags if tag == "a" and a["href"].startswith("#")}
    assert {link[1:] for link in links} <= ids.keys()


def test_nothing_is_loaded_from_anywhere(html: str) -> None:
    page = Page(html)
    assert not {"script", "iframe", "object", "embed", "img", "video"} & {t for t, _ in page.tags}
    assert [a["href"] for tag, a in page.tags if tag == "link"] == ["data:,"]
    assert not [a for _, a in page.tags if "src" in a or "srcset" in a]
    assert "url(" not in html
    assert "@import" not in html
    policy = [a["content"] for _, a in page.tags if a.get("http-equiv")]
    assert len(policy) == 1
    assert "default-src 'none'" in str(policy[0])


def test_every_benchmark_has_its_section_and_command(html: str) -> None:
    text = Page(html).text
    for name in ("uci/concrete", "uci/wine", "cifar/cifar10", "timeseries/sunspots-yearly"):
        assert f"make bench ONLY={name}" in text
    assert "loss became NaN in epoch 3" in text
    assert "archive.ics.uci.edu did not answer" in text
    assert "make data FROM=DIR" in text
    assert "20 test images are near copies" in text
    assert "std over 20 splits" in text


def test_every_figure_has_a_title_and_unique_description(html: str) -> None:
    for drawing in re.findall(r'<svg [^>]*role="img".*?</svg>', html, re.DOTALL):
        assert "<title" in drawing
    strips = re.findall(r'<svg class="strip wide".*?</svg>', html, re.DOTALL)
    assert len(strips) == 5
    assert all("is better.</desc>" in drawing for drawing in strips)


def test_not_comparable_scores_say_what_differs(html: str) -> None:
    concrete = html[html.index('id="uci-concrete"') : html.index('id="uci-wine"')]
    text = Page(f"<div {concrete}").text
    assert "not comparable, and why" in text
    assert "NGBoost" in text
    assert "random 90/10 splits of its own" in text


def test_the_interval_of_the_test_rows_stands_beside_that_of_the_seeds(html: str) -> None:
    sections = re.split(r'(?=<section class="benchmark")', html)
    shown = {s.split('id="')[1].split('"')[0]: Page(s).text for s in sections[1:]}
    italy = shown["timeseries-italy-power-demand"]
    assert re.search(r"test-set sampling, exact 95 %: 9\d\.\d+ – 9\d\.\d+", italy)
    assert "two kinds of uncertainty, never pooled" in italy
    for regression in ("uci-concrete", "timeseries-sunspots-yearly", "uci-wine"):
        assert "test-set sampling" not in shown[regression]


def sections(html: str) -> dict[str, str]:
    """Text of every benchmark's section by its id."""
    found = re.split(r'(?=<section class="benchmark")', html)
    return {part.split('id="')[1].split('"')[0]: Page(part).text for part in found[1:]}


def test_log_likelihood_has_a_table_of_its_own(html: str) -> None:
    shown = sections(html)
    concrete = shown["uci-concrete"].replace("\u202f", " ")
    said = concrete[concrete.index("Also measured: log-likelihood in nats, higher is better") :]
    assert re.match(
        r".* deep-ensemble −2\.9\d+ ± 0\.0\d+ nats −2\.937 ± 0\.025 nats standard error, n = 20 "
        r"MC dropout, 1x50, grid search \(2018\)",
        said,
    )
    assert "log-likelihood" not in concrete[: concrete.index("Also measured")]
    assert not [name for name in shown if name != "uci-concrete" and "Also measured" in shown[name]]
    for drawing in re.findall(r'<svg class="strip.*?</svg>', html, re.DOTALL):
        assert "nats" not in drawing
    assert " MPa" in concrete
    assert not re.search(r"−2\.\d+( ± [\d.]+)? MPa", concrete)


def test_a_deprecated_benchmark_says_so_beside_its_title(html: str) -> None:
    shown = sections(html)["timeseries-sunspots-yearly"]
    title = shown.index("How many sunspots will there be next year?")
    notice = shown.index("Deprecated. Synthetic reason why nobody should use this series any more.")
    assert title < notice < shown.index("Problem")
    assert html.count("Deprecated.") == 1
    board = Page(html[html.index('id="scoreboard"') - 9 : html.index('class="benchmark"')]).text
    assert re.search(r"timeseries/sunspots-yearly deprecated", board)


def test_what_deep_learning_bought_is_said_in_words(html: str) -> None:
    shown = {name: text.replace("\u202f", " ") for name, text in sections(html).items()}
    assert "Deep learning bought 34 points over linear." in shown["cifar-cifar10"]
    assert "Deep learning bought 1.1 sunspots over linear." in shown["timeseries-sunspots-yearly"]
    unclear = "Whether deep learning bought anything over boosting is open: it is 0.044 MPa ahead"
    assert unclear in shown["uci-concrete"]
    assert "paired t-test, corrected for overlapping splits" in shown["uci-concrete"]
    assert "eep learning bought" not in shown["uci-digits"]
    assert "What deep learning bought" in Page(html[html.index("<table") :][:2000]).text


def found(outcome: str, difference: float) -> dict[str, Any]:
    return {"reference": "boosting", "outcome": outcome, "difference": difference}


@pytest.mark.parametrize(
    ("one", "sentence", "cell"),
    [
        (found("better", -0.1234), "Deep learning bought 0.12 MPa over boosting.", "0.12 MPa"),
        (found("reproduced", 0.01), "Deep learning bought nothing measurable over boosting.",
         "nothing"),
        (found("worse", 0.5), "Deep learning lost 0.50 MPa to boosting.", "−0.50 MPa"),
        (found("inconclusive", 0.5), "Whether deep learning bought anything over boosting is "
         "open: it is 0.50 MPa behind, which may be chance.", "unclear"),
        (found("inconclusive", -0.5), "Whether deep learning bought anything over boosting is "
         "open: it is 0.50 MPa ahead, which may be chance.", "unclear"),
    ],
)  # fmt: skip
def test_every_outcome_has_its_words(one: dict[str, Any], sentence: str, cell: str) -> None:
    assert gains.sentence(one, synthetic.RMSE).replace("\u202f", " ") == sentence
    assert gains.brief(one, synthetic.RMSE).replace("\u202f", " ") == cell
    assert gains.brief(None, synthetic.RMSE) == "—"


def test_scores_obtained_with_help_stand_apart(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("uci/concrete")
    good = {"kind": "keras", "headline": True}
    synthetic.entries(
        runs, facts, {"mean": (16.4, 0.5, {"floor": True}), "mlp": (2.5, 0.3, good)}, 20
    )
    build(runs.root, tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    text = Page(page).text
    assert "3 published scores obtained with an advantage on one side" in text
    assert "Better although the paper tuned on test rows, which can only have helped it." in text
    assert "Better than 5 of the 5 comparable scores of level good after Holm" in text
    strip = re.findall(r'<svg class="strip wide".*?</svg>', page, re.DOTALL)[0]
    assert "MC dropout, 1x50, grid search (2018)" in strip
    assert "(2016)" not in strip


def test_foreign_text_is_escaped_everywhere(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'><b>&amp;\x00\x1b[31m\u202e\ud800"
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark(
        "uci/concrete", question=evil, task=evil, margin_why=evil, lessons=f"{evil}\n\n{evil}"
    ) | {"deprecated": evil, "also": [{"name": evil, "unit": evil, "direction": evil}]}
    facts["protocol"] |= {"title": evil, "split": evil, "source": evil, "unit": "split"}
    data = {
        "title": evil,
        "url": "javascript:alert(1)",
        "licence": evil,
        "citation": evil,
        "copy": evil,
        "digest": evil,
        "class_names": [evil, evil],
        "deviations": [{"what": evil, "bound": 0.1}],
    }
    network = {"kind": "keras", "headline": True, "also": {evil: 1.0}}
    for repeat in range(2):
        for entry, other in (("mlp", network), ("mean", {"floor": True})):
            one = synthetic.record(
                facts,
                entry,
                repeat,
                4.0 + repeat,
                data=data,
                about=evil,
                values={evil: [evil, 1]},
                protocol={},
                history={f"loss{evil}": [3.0, 2.0, 1.0]},
                **other,
            )
            one["environment"] |= {"cpu": evil, "platform": evil, "git": {"commit": evil}}
            path = runs.path("uci/concrete", entry, repeat, one["fingerprint"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(one))  # ASCII: a lone surrogate passes, as in foreign files
    failure = {"benchmark": "uci/concrete", "entry": evil, "repeats": [0], "reason": evil}
    (runs.root / "records/uci/concrete/bad").mkdir()
    (runs.root / "records/uci/concrete/bad/failed.json").write_text(json.dumps(failure))
    skipped = {evil: {"reason": evil, "remedy": evil}}
    (runs.root / "skipped.json").write_text(json.dumps(skipped))
    build(runs.root, tmp_path / "site")
    html = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    page = Page(html)
    assert page.problems == []
    assert not {"script"} & {tag for tag, _ in page.tags}
    assert not [a for _, a in page.tags if any(key.startswith("on") for key in a)]
    links = [str(a["href"]) for tag, a in page.tags if tag == "a"]
    assert all(link.startswith(("#", "https://", "http://", "results.json")) for link in links)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html)
    assert "<script>alert(1)</script>" in page.text
    results = (tmp_path / "site/results.json").read_text(encoding="utf-8")
    assert len(json.loads(results)["benchmarks"]) == 2
    assert json.loads(results)["benchmarks"][0]["deep_learning"]["reference"] == "mean"
    assert "Also measured: <script>alert(1)</script>" in page.text


def test_same_records_same_bytes(tmp_path: Path) -> None:
    runs = synthetic.showcase(tmp_path / "runs")
    pages = []
    for name in ("a", "b"):
        build(runs.root, tmp_path / name)
        results = json.loads((tmp_path / name / "results.json").read_text(encoding="utf-8"))
        del results["generated_at"]
        pages.append(((tmp_path / name / "index.html").read_text(encoding="utf-8"), results))
    assert pages[0] == pages[1]


def test_no_records_still_makes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--runs", str(tmp_path / "none"), "--site", str(tmp_path / "site")])
    page = Page((tmp_path / "site/index.html").read_text(encoding="utf-8"))
    assert code == 0
    assert "Nothing has been run yet" in page.text
    assert "make bench SUITE=quick" in page.text
    assert page.problems == []
    assert "index.html" in capsys.readouterr().out


def test_headline_without_a_score_does_not_break_the_page(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("uci/concrete")
    synthetic.write(
        runs, *(synthetic.record(facts, "mean", k, 16.0 + k, floor=True) for k in (0, 1))
    )
    failure = {"benchmark": "uci/concrete", "entry": "mlp", "reason": "diverged", "repeats": [0]}
    runs.write_failure("uci/concrete", "mlp", failure)
    summary = build(runs.root, tmp_path / "site")
    (found,) = summary["benchmarks"]
    assert (found["status"], found["level"], found["strongest"]) == ("partial", "none", None)
    page = Page((tmp_path / "site/index.html").read_text(encoding="utf-8"))
    assert "diverged" in page.text
    assert "No benchmark has a score yet." in page.text


def test_an_unwritable_site_is_a_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site").write_text("a file where a folder should be")
    code = main(["--runs", str(tmp_path / "none"), "--site", str(tmp_path / "site")])
    assert code == 2
    assert "could not be written" in capsys.readouterr().err


def row(
    outcome: str, n: int = 5, by: str | None = "someone", status: str = "done"
) -> dict[str, Any]:
    return {"outcome": outcome, "n": n, "published_by": by, "status": status}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row("better"), row("reproduced"), row("worse"), row("none", 0, None, "failed")],
         "2 of 4 benchmarks reproduced or beat the strongest comparable published score."),
        ([row("worse")],
         "No benchmark has reached the strongest comparable published score yet."),
        ([row("worse"), row("inconclusive")],
         "None of 2 benchmarks has reached the strongest comparable published score yet."),
        ([row("better"), row("reproduced")],
         "All 2 benchmarks reproduced or beat the strongest comparable published score."),
        ([row("none", 5, None)], "1 of 1 benchmark has a score; none has a comparable published"),
        ([row("none", 0, None, "skipped")], "No benchmark has a score yet."),
    ],
)  # fmt: skip
def test_the_claim_is_counted_and_never_rounded_up(
    rows: list[dict[str, Any]], sentence: str
) -> None:
    assert claim(rows).startswith(sentence)


def test_building_the_page_imports_no_framework(tmp_path: Path) -> None:
    runs = synthetic.showcase(tmp_path / "runs")
    program = (
        "import sys, time; start = time.perf_counter()\n"
        "from portfolio.__main__ import main\n"
        f"main(['--runs', {str(runs.root)!r}, '--site', {str(tmp_path / 'site')!r}])\n"
        "heavy = {'tensorflow', 'keras', 'mlflow', 'sklearn', 'pandas', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)), time.perf_counter() - start)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    imported, _, seconds = done.stdout.splitlines()[-1].rpartition(" ")
    assert imported == "[]"
    assert float(seconds) < 10  # 0.5 s on a quiet machine


@pytest.mark.slow
@pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")
@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(site: Path, width: int, scheme: Any) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        page = chromium.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True
        )
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "index.html").as_uri())
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        shown = page.evaluate(
            "[...document.querySelectorAll('#uci-concrete .strip')]"
            ".filter(e => e.getBoundingClientRect().width).length"
        )
        chromium.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 300) == (scheme == "dark")
    assert shown == 1


@pytest.mark.slow
@pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")
def test_screenshot_is_a_small_png(site: Path, tmp_path: Path) -> None:
    pytest.importorskip("playwright", reason="Playwright is not installed")
    out = tmp_path / "docs/page.png"
    assert screenshot.main(["--page", str(site / "index.html"), "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert out.stat().st_size < 400_000


def test_screenshot_without_a_page_or_browser_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert screenshot.main(["--page", str(tmp_path / "none.html")]) == 2
    assert "make portfolio" in capsys.readouterr().err
    page = tmp_path / "page.html"
    page.write_text("<p>page</p>")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert screenshot.main(["--page", str(page)]) == 2
    assert "install Chromium" in capsys.readouterr().err
