"""The page as a reader gets it: parsed, escaped, complete in itself; on synthetic records."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest

from portfolio.__main__ import main
from portfolio.page import spreadsheet
from portfolio.page.build import build
from portfolio.share import screenshot
from runners.records.store import Runs
from runners.results import gain
from runners.results.types import EntryResult

VOID = {"meta", "link", "br", "wbr", "input", "img", "hr"}


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
        if tag == "wbr":
            self.texts.append("\u200b")
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
        said = " ".join(self.texts).replace(" \u200b ", "").replace("\u00a0", " ")
        return " ".join(said.split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portfolio")
    build(synthetic.showcase(folder / "runs").root, folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def index(site: Path) -> str:
    return (site / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, str]:
    """HTML of every page by its address."""
    return {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(site.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def shown(pages: dict[str, str]) -> dict[str, str]:
    """Text of every benchmark's page by its name."""
    return {
        address.removesuffix(".html"): Page(text).text
        for address, text in pages.items()
        if "/" in address
    }


NAMES = {
    "cifar/cifar10",
    "timeseries/italy-power-demand",
    "timeseries/sunspots-yearly",
    "uci/abalone",
    "uci/concrete",
    "uci/digits",
    "uci/wine",
}


def test_every_benchmark_has_a_page(pages: dict[str, str]) -> None:
    assert set(pages) == {f"{name}.html" for name in NAMES} | {"index.html", "method.html"}


def test_tags_are_balanced_and_ids_unique(pages: dict[str, str]) -> None:
    for address, text in pages.items():
        page = Page(text)
        assert page.problems == [], address
        ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
        assert [id for id, times in ids.items() if times > 1] == [], address


def dead_links(site: Path, pages: dict[str, str]) -> list[str]:
    """Links within the site that lead to no file or to no place in it."""
    ids = {
        address: {a["id"] for _, a in Page(text).tags if "id" in a}
        for address, text in pages.items()
    }
    dead = []
    for address, text in pages.items():
        for tag, attributes in Page(text).tags:
            link = str(attributes.get("href", ""))
            if tag != "a" or re.match("https?:|mailto:", link):
                continue
            file, _, place = link.partition("#")
            path = (site / address).parent / file if file else site / address
            target = Path(os.path.normpath(path)).relative_to(site).as_posix()
            if not path.is_file() or (place and place not in ids[target]):
                dead.append(f"{address}: {link}")
    return dead


def test_no_link_is_dead_and_all_are_relative(site: Path, pages: dict[str, str]) -> None:
    assert dead_links(site, pages) == []


def test_pages_hang_together(pages: dict[str, str], index: str) -> None:
    rows = Page(index[index.index('<section id="scoreboard"') :]).tags
    board = [str(a["href"]) for tag, a in rows if tag == "a" and "/" in str(a["href"])]
    board = [link for link in board if link.endswith(".html")]
    assert sorted(board) == sorted(f"{name}.html" for name in NAMES)
    turned = [board[0]]
    while True:
        tags = Page(pages[turned[-1]]).tags
        after = [str(a["href"]) for tag, a in tags if tag == "a" and a.get("rel") == "next"]
        if not after:
            break
        turned.append(after[0].removeprefix("../"))
    assert turned == board  # from one to the next through all of the scoreboard, in its order


def test_old_anchors_still_work(index: str) -> None:
    ids = {a.get("id") for _, a in Page(index).tags}
    assert {name.replace("/", "-") for name in NAMES} <= ids
    assert "scoreboard" in ids


def test_nothing_is_loaded_from_anywhere(pages: dict[str, str]) -> None:
    for address, text in pages.items():
        page = Page(text)
        assert not {"iframe", "object", "embed", "video", "base"} & {t for t, _ in page.tags}
        (icon,) = [str(a["href"]) for tag, a in page.tags if tag == "link"]
        assert icon.startswith("data:image/svg+xml,")
        loaded = [a.get("src") for _, a in page.tags if "src" in a or "srcset" in a]
        assert all(str(source).startswith("data:image/") for source in loaded), address
        assert "url(" not in text
        assert "@import" not in text
        policy = [str(a["content"]) for _, a in page.tags if a.get("http-equiv")]
        assert len(policy) == 1
        assert "default-src 'none'" in policy[0]
        scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert len(scripts) == (address == "index.html") == text.count("<script")
        for script in scripts:
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"script-src 'sha256-{digest}';" in policy[0]
        assert ("script-src" in policy[0]) == bool(scripts)


def test_every_benchmark_has_its_command(shown: dict[str, str]) -> None:
    for name in ("uci/concrete", "uci/wine", "cifar/cifar10", "timeseries/sunspots-yearly"):
        assert f"make bench ONLY={name}" in shown[name]
    assert "loss became NaN in epoch 3" in shown["uci/digits"]
    assert "archive.ics.uci.edu did not answer" in shown["uci/abalone"]
    assert "make data FROM=DIR" in shown["uci/abalone"]
    assert "20 test images are near copies" in shown["cifar/cifar10"]
    assert "std over 20 splits" in shown["uci/concrete"]


def test_every_page_follows_the_five_steps(pages: dict[str, str]) -> None:
    steps = ["1 Problem", "2 Data", "3 Algorithms", "4 Improvement", "5 Results"]
    for name in ("uci/concrete", "uci/wine", "cifar/cifar10", "timeseries/sunspots-yearly"):
        headings = re.findall(r"<h2>(.*?)</h2>", pages[f"{name}.html"])
        texts = [" ".join(re.sub("<.*?>", " ", heading).split()) for heading in headings]
        assert [text for text in texts if text[0].isdigit()] == steps
        assert {"Model card", "Limits and next steps", "Run it again"} <= set(texts)
    assert "<h2>Model card" not in pages["uci/digits.html"]
    assert 'class="jump"' not in pages["uci/abalone.html"]


def test_the_index_says_who_when_and_where(index: str) -> None:
    text = Page(index).text
    assert "2 good 3 a result" in text
    assert "ours is 2nd of 9" in text
    assert "Synthetic CPU 3000, 2 cores" in text
    assert "TensorFlow 2.21.0, Keras 3.15.1" in text
    assert "Finished 21 November 2026" in text
    assert "archive.ics.uci.edu did not answer" in text


def test_shared_links_have_a_picture(site: Path, pages: dict[str, str]) -> None:
    for address, text in pages.items():
        found = {a["property"]: a["content"] for _, a in Page(text).tags if a.get("property")}
        assert {"og:title", "og:description", "og:image", "og:type"} <= set(found)
        name = address.removesuffix(".html")
        card = f"../cards/{name}.png" if "/" in address else "cards/portfolio.png"
        assert found["og:image"] == card
        assert ((site / address).parent / card).is_file()
        assert 'name="twitter:card" content="summary_large_image"' in text


def test_every_figure_has_a_title_and_unique_description(pages: dict[str, str]) -> None:
    strips = []
    for text in pages.values():
        for drawing in re.findall(r'<svg [^>]*role="img".*?</svg>', text, re.DOTALL):
            assert "<title" in drawing
        strips += re.findall(r'<svg class="strip wide".*?</svg>', text, re.DOTALL)
    assert len(strips) == 5
    assert all(re.search(r"is better\.(</desc>| \d+ published)", drawing) for drawing in strips)


def test_not_comparable_scores_say_what_differs(shown: dict[str, str]) -> None:
    text = shown["uci/concrete"]
    assert "not comparable, and why" in text
    assert "NGBoost" in text
    assert "random 90/10 splits of its own" in text


def test_the_interval_of_the_test_rows_stands_beside_that_of_the_seeds(
    shown: dict[str, str],
) -> None:
    italy = shown["timeseries/italy-power-demand"]
    assert re.search(r"test-set sampling, exact 95 %: 9\d\.\d+ – 9\d\.\d+", italy)
    assert "two kinds of uncertainty, never pooled" in italy
    for regression in ("uci/concrete", "timeseries/sunspots-yearly", "uci/wine"):
        assert "test-set sampling" not in shown[regression]


def test_log_likelihood_has_a_table_of_its_own(
    shown: dict[str, str], pages: dict[str, str]
) -> None:
    concrete = shown["uci/concrete"].replace("\u202f", " ")
    said = concrete[concrete.index("Also measured: log-likelihood in nats, higher is better") :]
    assert re.match(
        r".* deep-ensemble −2\.9\d+ ± 0\.0\d+ nats −2\.937 ± 0\.025 nats standard error, n = 20 "
        r"MC dropout, 1x50, grid search \(2018\)",
        said,
    )
    assert "log-likelihood" not in concrete[: concrete.index("Also measured")]
    assert not [name for name in shown if name != "uci/concrete" and "Also measured" in shown[name]]
    for text in pages.values():
        for drawing in re.findall(r'<svg class="strip.*?</svg>', text, re.DOTALL):
            assert "nats" not in drawing
    assert " MPa" in concrete
    assert not re.search(r"−2\.\d+( ± [\d.]+)? MPa", concrete)


def test_a_deprecated_benchmark_says_so_beside_its_title(
    shown: dict[str, str], pages: dict[str, str], index: str
) -> None:
    text = shown["timeseries/sunspots-yearly"]
    text = text[text.index("To the content") :]
    title = text.index("How many sunspots will there be next year?")
    notice = text.index("Deprecated. Synthetic reason why nobody should use this series any more.")
    assert title < notice < text.index("Problem")
    assert sum(page.count("Deprecated.") for page in pages.values()) == 1
    assert re.search(r"timeseries/sunspots-yearly deprecated", Page(index).text)


def test_the_gain_over_the_best_baseline_is_said_in_words(
    shown: dict[str, str], index: str
) -> None:
    spaced = {name: text.replace("\u202f", " ") for name, text in shown.items()}
    assert (
        "The network gains 34 points over linear, the best classical baseline."
        in spaced["cifar/cifar10"]
    )
    said = "The network gains 1.1 sunspots over linear, the best classical baseline."
    assert said in spaced["timeseries/sunspots-yearly"]
    said = "The network is at least as good as boosting, the best classical baseline."
    assert said in spaced["uci/concrete"]
    assert "p = 0.046 (paired t-test)" in spaced["uci/concrete"]
    assert "In general, on splits drawn anew: inconclusive, p = 0.88" in spaced["uci/concrete"]
    assert "best classical baseline" not in spaced["uci/digits"]
    assert (
        "Gain over the best classical baseline"
        in Page(index[index.index('<table class="board') :][:2000]).text
    )


BEST = "boosting, the best classical baseline"


def found(outcome: str, difference: float) -> dict[str, Any]:
    return {"reference": "boosting", "outcome": outcome, "difference": difference}


@pytest.mark.parametrize(
    ("one", "sentence", "cell"),
    [
        (found("better", -0.1234), f"The network gains 0.12 MPa over {BEST}.", "0.12 MPa"),
        (found("reproduced", 0.01), f"The network gains nothing measurable over {BEST}.",
         "nothing"),
        (found("worse", 0.5), f"The network is 0.50 MPa behind {BEST}.", "−0.50 MPa"),
        (found("inconclusive", 0.5), f"Whether the network gains anything over {BEST}, is "
         "open: it is 0.50 MPa behind, which may be chance.", "unclear"),
        (found("inconclusive", -0.5), f"Whether the network gains anything over {BEST}, is "
         "open: it is 0.50 MPa ahead, which may be chance.", "unclear"),
    ],
)  # fmt: skip
def test_every_outcome_has_its_words(one: dict[str, Any], sentence: str, cell: str) -> None:
    assert gain.sentence(one, synthetic.RMSE).replace("\u202f", " ") == sentence
    assert gain.brief(one, synthetic.RMSE).replace("\u202f", " ") == cell
    assert gain.brief(None, synthetic.RMSE) == "—"


def test_scores_obtained_with_help_stand_apart(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark("uci/concrete")
    good = {"kind": "keras", "headline": True}
    synthetic.entries(
        runs, facts, {"mean": (16.4, 0.5, {"floor": True}), "mlp": (2.5, 0.3, good)}, 20
    )
    build(runs.root, tmp_path / "site")
    page = (tmp_path / "site/uci/concrete.html").read_text(encoding="utf-8")
    text = Page(page).text
    assert "3 published scores obtained with an advantage on one side" in text
    assert "Better although the paper tuned on test rows, which can only have helped it." in text
    assert "Better than 5 of the 5 comparable scores of level good after Holm" in text
    strip = re.findall(r'<svg class="strip wide".*?</svg>', page, re.DOTALL)[0]
    assert "MC dropout, 1x50, grid search (2018)" in strip
    labels = re.findall(r'<text class="label[^>]*>([^<]*)', strip)
    assert not any("(2016)" in label for label in labels), "no mark among the comparable ones"
    assert re.search(r'class="other"[^>]*><title>[^<]*\(2016\)', strip), "a tick below them"


def test_foreign_text_is_escaped_everywhere(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'><b>&amp;\x00\x1b[31m\u202e"
    runs = Runs(tmp_path / "runs")
    facts = synthetic.benchmark(
        "uci/concrete", question=evil, margin_why=evil, lessons=f"{evil}\n\n{evil}"
    ) | {"deprecated": evil, "also": [{"name": evil, "unit": evil, "direction": "min"}]}
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
            path.write_text(json.dumps(one))
    failure = {"benchmark": "uci/concrete", "entry": evil, "repeats": [0], "reason": evil}
    (runs.root / "records/uci/concrete/bad").mkdir()
    (runs.root / "records/uci/concrete/bad/failed.json").write_text(json.dumps(failure))
    # ASCII: a lone surrogate passes, as in foreign files.
    skipped = {f"{evil}\ud800": {"reason": f"{evil}\ud800", "remedy": evil}}
    (runs.root / "skipped.json").write_text(json.dumps(skipped))
    build(runs.root, tmp_path / "site")
    found = {
        path.relative_to(tmp_path / "site").as_posix(): path.read_text(encoding="utf-8")
        for path in (tmp_path / "site").rglob("*.html")
    }
    assert {"index.html", "method.html", "uci/concrete.html"} < found.keys()
    assert len(found) == 4  # the skipped one has a page too
    for address, html in found.items():
        page = Page(html)
        assert page.problems == [], address
        assert html.count("<script") == (address == "index.html")
        assert not [a for _, a in page.tags if any(key.startswith("on") for key in a)]
        links = [str(a["href"]) for tag, a in page.tags if tag == "a"]
        assert not [link for link in links if ":" in link and not re.match("https?://", link)]
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html)
        assert "<script>alert(1)</script>" in page.text, address
    assert dead_links(tmp_path / "site", found) == []
    page = Page(found["uci/concrete.html"])
    results = (tmp_path / "site/results.json").read_text(encoding="utf-8")
    assert len(json.loads(results)["benchmarks"]) == 2
    assert json.loads(results)["benchmarks"][0]["deep_learning"]["reference"] == "mean"
    assert "Also measured: <script>alert(1)</script>" in page.text


def test_same_records_same_bytes(tmp_path: Path) -> None:
    runs = synthetic.showcase(tmp_path / "runs")
    sites = []
    for name in ("a", "b"):
        build(runs.root, tmp_path / name)
        results = json.loads((tmp_path / name / "results.json").read_text(encoding="utf-8"))
        del results["generated_at"]
        (tmp_path / name / "results.json").unlink()
        files = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        content = {path.relative_to(tmp_path / name): path.read_bytes() for path in files}
        sites.append((content, results))
    assert sites[0] == sites[1]


def test_the_spreadsheet_has_a_line_an_entry(site: Path) -> None:
    text = (site / "results.csv").read_bytes().decode("utf-8-sig")
    lines = list(csv.DictReader(text.splitlines()))
    results = json.loads((site / "results.json").read_text(encoding="utf-8"))
    wanted = [
        (b["name"], e["name"], e["score"]["mean"])
        for b in results["benchmarks"]
        for e in b["entries"]
        if e["score"]
    ]
    found = [(one["benchmark"], one["entry"], one["mean"]) for one in lines if one["mean"]]
    assert [(b, e, float(mean)) for b, e, mean in found] == wanted
    (mlp,) = (
        one for one in lines if (one["benchmark"], one["entry"]) == ("uci/concrete", "mlp-50")
    )
    assert (mlp["headline"], mlp["floor"], mlp["n"], mlp["unit"]) == ("yes", "no", "20", "MPa")
    assert mlp["outcome"] == "inconclusive"
    assert float(mlp["ci95_low"]) < float(mlp["mean"]) < float(mlp["ci95_high"])
    assert [one["status"] for one in lines if one["benchmark"] == "uci/abalone"] == ["skipped"]


def test_a_spreadsheet_runs_nothing() -> None:
    entry = dict.fromkeys(EntryResult.__annotations__) | {"name": "=1+1", "verdicts": []}
    one = dict.fromkeys(("metric", "data", "protocol", "strongest", "level", "task"))
    one |= {"name": "@SUM(A1)", "family": "+x", "status": "-1", "baselines": [], "entries": [entry]}
    text = spreadsheet.text({"benchmarks": [one]})
    (line,) = csv.DictReader(text.splitlines())
    shown = [line[key] for key in ("benchmark", "family", "status", "entry")]
    assert shown == ["'@SUM(A1)", "'+x", "'-1", "'=1+1"]


def test_pages_of_benchmarks_that_are_gone_are_removed(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    for name in ("uci/concrete", "uci/wine"):
        facts = synthetic.benchmark(name)
        synthetic.write(runs, synthetic.record(facts, "mean", 0, 16.0, floor=True))
    build(runs.root, tmp_path / "site")
    own = tmp_path / "site/uci/notes.html"
    own.write_text("<p>A page of somebody else</p>")
    shutil.rmtree(tmp_path / "runs/records/uci/wine")
    build(runs.root, tmp_path / "site")
    assert not (tmp_path / "site/uci/wine.html").exists()
    assert (tmp_path / "site/uci/concrete.html").is_file()
    assert own.is_file()


def test_no_records_still_makes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--runs", str(tmp_path / "none"), "--site", str(tmp_path / "site")])
    page = Page((tmp_path / "site/index.html").read_text(encoding="utf-8"))
    assert code == 0
    assert "Nothing has been run yet" in page.text
    assert "make bench SUITE=quick" in page.text
    assert page.problems == []
    found = {
        path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "site").glob("*.html")
    }
    assert set(found) == {"index.html", "method.html"}
    assert dead_links(tmp_path / "site", found) == []
    assert not [text for text in found.values() if "<script" in text]
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
    for address in ("index.html", "uci/concrete.html"):
        page = Page((tmp_path / "site" / address).read_text(encoding="utf-8"))
        assert "diverged" in page.text
        assert ("No benchmark has a score yet." in page.text) == (address == "index.html")


def test_an_unwritable_site_is_a_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site").write_text("a file where a folder should be")
    code = main(["--runs", str(tmp_path / "none"), "--site", str(tmp_path / "site")])
    assert code == 2
    assert "could not be written" in capsys.readouterr().err


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
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr
    imported, _, seconds = done.stdout.splitlines()[-1].rpartition(" ")
    assert imported == "[]"
    assert float(seconds) < 10  # 0.5 s on a quiet machine


@pytest.mark.slow
@pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")
@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_in_a_browser(
    site: Path, pages: dict[str, str], width: int, scheme: Any, script: bool
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
        )
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for address in pages:
            page.goto((site / address).as_uri())
            for summary in page.locator("summary:visible").all():
                summary.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 300) == (scheme == "dark")
        page.goto((site / "uci/concrete.html").as_uri())
        drawn = "[...document.querySelectorAll('.strip')].filter(e => e.clientWidth).length"
        assert page.evaluate(drawn) == 1
        page.goto((site / "index.html").as_uri())
        assert page.locator(".controls").is_visible() == script
        assert page.locator(".one:visible").count() == len(NAMES)
        chromium.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.slow
@pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")
def test_the_scoreboard_can_be_searched_and_ordered(site: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    names = "[...document.querySelectorAll('.one:not([hidden])')].map(e => e.id)"
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.goto((site / "index.html").as_uri())
        whole = page.evaluate(names)
        page.locator("[name=find]").fill("wine cultivars")
        assert page.evaluate(names) == ["uci-wine"]
        assert page.locator("output").inner_text() == f"1 of {len(whole)}"
        page.locator("[name=find]").fill("")
        page.locator("[name=order]").select_option("name")
        assert page.evaluate(names) == sorted(whole)
        page.locator("[name=order]").select_option("")
        assert page.evaluate(names) == whole
        page.locator("[name=verdict]").select_option("inconclusive")
        assert "uci-concrete" in page.evaluate(names)
        assert len(page.evaluate(names)) < len(whole)
        page.locator("[name=verdict]").select_option("")

        header = page.locator("th[data-order=name]")
        header.locator("button").click()
        assert (page.evaluate(names), header.get_attribute("aria-sort")) == (
            sorted(whole),
            "ascending",
        )
        header.locator("button").click()
        assert page.evaluate(names) == sorted(whole, reverse=True)
        page.locator("[name=find]").fill("no such words")
        assert "None of" in page.locator("output").inner_text()
        page.locator("[name=find]").fill("uci")
        shown = page.evaluate(names)
        page.goto("about:blank")
        page.go_back()  # the address keeps order, direction and words
        assert page.evaluate(names) == shown
        page.locator("[name=find]").fill("")
        header.locator("button").click()
        assert page.evaluate(names) == whole
        chromium.close()


@pytest.mark.slow
def test_many_benchmarks_stay_light_and_quick(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    for number in range(200):
        facts = synthetic.benchmark(f"family-{number % 7}/benchmark-{number}")
        drawn = {
            "mean": (16.4, 0.8, dict(synthetic.FLOOR)),
            "linear": (10.3, 0.6, {}),
            "boosting": (4.55, 0.55, {}),
            "mlp-50": (4.78, 0.6, synthetic.HEADLINE | {"epochs": 40}),
        }
        synthetic.entries(runs, facts, drawn, 5)
    started = time.perf_counter()
    build(runs.root, tmp_path / "site")
    assert time.perf_counter() - started < 60  # below 15 s on two quiet cores
    assert (tmp_path / "site/index.html").stat().st_size < 1_000_000
    sizes = [path.stat().st_size for path in (tmp_path / "site").glob("*/*.html")]
    assert len(sizes) == 200
    assert max(sizes) < 1_500_000


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
