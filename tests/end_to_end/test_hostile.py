"""Names and texts from outside that try to be more: markup, paths, commands, terminal escapes."""

from __future__ import annotations

import io
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
from conftest import CHECKOUT, Place, workshop
from hypothesis import given
from hypothesis import strategies as st
from mlflow_help import all_runs, client, tagged
from rich.console import Console

from benchmarks.validation import ENTRY_NAME, NAME
from portfolio.page.build import build
from portfolio.share import screenshot
from runners.mlflow import limits
from runners.mlflow.store import QUIET
from runners.mlflow.sync import sync
from runners.records.store import Runs
from runners.report import Reporter
from runners.results.scoreboard import scoreboard_rows
from runners.safe_text import visible

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")

ESCAPES = "\x1b[31m\x1b]0;owned\x07\x9b2J\r\b\u202egnp.exe\u2066\u2028"
"""A colour, a window title, C1's clear screen, overwriting, a reversed ending, a line break."""
MARKUP = (
    '<script>alert(1)</script><img src=x onerror="alert(2)"><svg/onload=alert(3)>\'">'
    "<a href='javascript:alert(4)'>x</a></style></title></textarea><!-- {{ 7*7 }} [link=file:///]"
)
PLACES = "../../../outside/; touch outside; $(touch outside) `touch outside` | touch outside"
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal or a reader could be led by; of line ends only the program's own."""


def hostile(word: str) -> str:
    """A text with everything at once, and a word to find it by."""
    return f"{word}{MARKUP}{PLACES}{ESCAPES}"


LONG = "very long " * 1000


def record(entry: str, repeat: int, **other: Any) -> dict[str, Any]:
    """A record whose every free text is hostile."""
    facts = synthetic.benchmark(
        "toy/evil",
        question=hostile("question"),
        margin_why=hostile("margin"),
        lessons=f"{hostile('lessons')}\n\n{LONG}",
        deprecated=hostile("deprecated"),
        metric={"name": "rmse", "unit": hostile("unit"), "direction": "min"},
        also=[{"name": hostile("also"), "unit": hostile("unit"), "direction": "max"}],
    )
    facts["protocol"] |= {name: hostile(name) for name in ("title", "split", "source", "tuning")}
    one = synthetic.record(
        facts,
        entry,
        repeat,
        4.0 + repeat,
        data={
            "title": hostile("data"),
            "url": "javascript:alert(5)",
            "licence": hostile("licence"),
            "citation": hostile("citation"),
            "copy": hostile("copy"),
            "digest": hostile("digest"),
            "class_names": [hostile("class"), LONG],
            "deviations": [{"what": hostile("deviation"), "bound": 0.1}],
            "files": {PLACES: "ab" * 32},
            "facts": {hostile("fact"): [hostile("label")]},
        },
        about=f"{hostile('about')} {LONG}",
        values={hostile("key"): hostile("value"), "long": LONG, "a//../b": 1, "": 2},
        history={hostile("curve"): [3.0, 2.0, 1.0], "loss": [3.0, 2.0, 1.0]},
        also={hostile("also"): 1.0},
        **other,
    )
    one["environment"] |= {"cpu": hostile("cpu"), "platform": LONG, "device": hostile("device")}
    one["environment"]["versions"] |= {hostile("package"): hostile("version")}
    one["environment"]["git"] = {"commit": hostile("commit"), "dirty": False}
    one["notes"] = {hostile("note"): hostile("note")}
    return one


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """Records, a failure and a skipped benchmark made of hostile texts."""
    found = Runs(tmp_path / "runs")
    network = {"kind": "keras", "headline": True, "params": 501}
    for repeat in range(2):
        synthetic.write(found, record("mlp", repeat, **network))
        synthetic.write(found, record("mean", repeat, floor=True))
    failure = {
        "benchmark": "uci/digits",
        "entry": "cnn",
        "repeats": [0],
        "reason": f"{hostile('failure')} {LONG}",
        "at": "2026-11-21T09:00:00+00:00",
        "benchmark_facts": record("cnn", 0)["benchmark"] | {"name": "uci/digits"},
        "entry_facts": synthetic.entry_facts("cnn", headline=True),
    }
    found.write_failure("uci/digits", "cnn", failure)
    why = {"reason": hostile("reason"), "remedy": hostile("remedy")}
    skipped = {f"uci/{MARKUP}{PLACES}": why, LONG: why, "../../outside": why}
    (found.root / "skipped.json").write_text(json.dumps(skipped))
    return found


# The page


def test_the_page_stays_in_its_folder(runs: Runs, tmp_path: Path) -> None:
    build(runs.root, tmp_path / "site")
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "site"}
    for path in (tmp_path / "site").rglob("*"):
        assert re.fullmatch(r"[a-z0-9.-]{1,120}", path.name), path
        if path.suffix in (".html", ".svg", ".json"):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", path.read_text())


LOOK = """() => {
  const all = [...document.querySelectorAll("*")];
  return {
    ran: window.alerted || 0,
    handlers: all.filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length,
    scripts: [...document.scripts].filter(s => /alert/.test(s.textContent)).length,
    images: document.querySelectorAll("img[src=x]").length,
    links: [...document.links].map(a => a.protocol)
      .filter(p => !["http:", "https:", "file:"].includes(p)),
    tags: [...new Set(all.map(e => e.localName))],
    text: document.documentElement.textContent,
    };
}"""
FOREIGN = {"marquee", "iframe", "object", "embed", "textarea", "base"}


@pytest.mark.slow
@pytest.mark.skipif(screenshot.browser() is None, reason="no Chromium on the PATH")
def test_a_browser_shows_it_all_and_does_none_of_it(runs: Runs, tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    site = tmp_path / "site"
    build(runs.root, site)
    pages = sorted(site.rglob("*.html"))
    assert pages
    happened: list[str] = []
    shown: dict[str, dict[str, Any]] = {}
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screenshot.browser(), args=["--no-sandbox"]
        )
        tab = chromium.new_page(viewport={"width": 800, "height": 900})
        tab.add_init_script("window.alert = () => { window.alerted = (window.alerted || 0) + 1 }")

        def dialog(it: Any) -> None:
            happened.append(f"dialog {it.message}")
            it.dismiss()

        tab.on("dialog", dialog)
        tab.on("pageerror", lambda error: happened.append(f"error {error}"))
        tab.on("console", lambda message: happened.append(f"console {message.text[:200]}"))
        tab.on(
            "request",
            lambda one: (
                None
                if one.url.startswith(("data:", site.resolve().as_uri()))
                else happened.append(f"request {one.url}")
            ),
        )
        for path in pages:
            tab.goto(path.resolve().as_uri())
            for summary in tab.locator("summary:visible").all():
                summary.click()
            shown[path.relative_to(site).as_posix()] = tab.evaluate(LOOK)
        chromium.close()
    assert happened == []
    for address, seen in shown.items():
        for what in ("ran", "handlers", "scripts", "images"):
            assert seen[what] == 0, (address, what)
        assert seen["links"] == [], address
        assert not FOREIGN & set(seen["tags"]), address
    text = "".join(seen["text"] for seen in shown.values())
    for word in ("question", "data", "licence", "about", "class", "lessons", "failure", "reason"):
        assert f"{word}<script>alert(1)</script><img src=x onerror" in text, word
    assert "{{ 7*7 }}" in text
    assert "49" not in {found[:2] for found in re.findall(r"<!-- (.{9})", text)}


# The terminal


@given(st.text(max_size=60))
def test_what_is_shown_cannot_steer(text: str) -> None:
    shown = visible(text)
    assert not STEERS.search(shown)
    assert "\n" not in shown
    shown.encode()  # a terminal gets bytes


def test_control_characters_are_named() -> None:
    assert visible("a\x1b[31mb\x07\x9b\u202ec\nd\ud800") == (r"a\x1b[31mb\x07\x9b\u202ec\nd\ud800")
    assert visible("Größe 3 µm² ± 5\u202f% — ✓ 日本") == "Größe 3 µm² ± 5\u202f% — ✓ 日本"
    short = visible("x" * 10_000)
    assert len(short) < 2100
    assert "characters" in short


@pytest.mark.parametrize("terminal", [False, True], ids=["lines", "terminal"])
def test_the_terminal_is_not_steered(runs: Runs, tmp_path: Path, terminal: bool) -> None:
    summary = build(runs.root, tmp_path / "site")
    out = io.StringIO()
    console = Console(file=out, width=170, force_terminal=terminal, color_system=None)
    report = Reporter(console)
    report.say(hostile("said") + LONG)
    report.warn(hostile("warned"))
    # as a row from elsewhere might
    rows = [replace(row, benchmark=hostile("named")) for row in scoreboard_rows(summary)]
    report.scoreboard(rows)
    text = out.getvalue()
    assert f"said{MARKUP}" in text, "text was taken for markup"
    assert r"\x1b]0;owned\x07\x9b2J\r\x08\u202egnp.exe\u2066\u2028" in text
    # Bold is rich's own; everything else that steers would be the text's.
    assert not STEERS.search(re.sub("\x1b\\[[0-9;]*m", "", text) if terminal else text)
    assert "\x1b[31m" not in text
    assert len(text) < 40_000, "ten thousand characters flood the terminal"


DEFINITION = '''
from dataclasses import replace

from benchmarks import Entry, benchmark
from benchmarks.uci import wine

TEXT = {text!r}


def fails(trainings):
    raise ValueError(TEXT)


@benchmark("toy/evil")
def evil():
    """Hostile texts."""
    made = wine.wine()
    data = replace(made.data, title=TEXT, licence=TEXT, citation=TEXT, url=TEXT)
    floor = made.entries[0]
    entries = [floor, Entry("bad", "reference", fails, TEXT, headline=True)]
    return replace(made, question=TEXT, lessons=TEXT, deprecated=TEXT, data=data, entries=entries)
'''
NAMELESS = '''
from benchmarks import benchmark
from benchmarks.uci import wine


@benchmark({text!r})
def nameless():
    """A name that is none."""
    return wine.wine()
'''


@pytest.fixture
def toy(place: Place, tmp_path: Path) -> Place:
    """A checkout with hostile definitions in it."""
    place.code = workshop(tmp_path, "uci/wine")
    (place.code / "benchmarks/toy").mkdir()
    (place.code / "benchmarks/toy/evil.py").write_text(DEFINITION.format(text=hostile("text")))
    (place.code / "benchmarks/toy/nameless.py").write_text(NAMELESS.format(text=hostile("name")))
    return place


def harmless(done: subprocess.CompletedProcess[str], place: Place) -> str:
    """What a command printed, which steers nothing, after making sure that nothing else ran."""
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert not STEERS.search(said), repr(STEERS.search(said))
    assert not [path for path in place.root.rglob("*outside*") if "site-packages" not in str(path)]
    assert not (place.root.parent / "outside").exists()
    return said


@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("plan", "toy/evil")])
def test_commands_print_hostile_definitions_harmlessly(
    toy: Place, arguments: tuple[str, ...]
) -> None:
    done = toy.command(*arguments)
    said = harmless(done, toy)
    if arguments[0] == "list":
        assert done.returncode == 2  # the nameless one
        assert "text<script>alert(1)</script>" in said
    if arguments == ("list", "--json"):
        (row,) = [row for row in json.loads(done.stdout) if row["name"] == "toy/evil"]
        assert row["question"] == hostile("text")
    elif arguments == ("list",):
        assert "nameless.py: name: expected 'family/name' in lower case letters" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", hostile("asked")),
        ("bench", "--only", hostile("asked")),
        ("bench", "--suite", hostile("asked")),
        ("verify", hostile("asked")),
        ("compare", hostile("asked"), hostile("asked")),
        ("audit", hostile("asked")),
    ],
    ids=lambda arguments: " ".join(arguments)[:12],
)
def test_hostile_names_on_the_command_line_are_unknown(
    place: Place, arguments: tuple[str, ...]
) -> None:
    more = () if arguments[0] in ("compare",) else ("--runs", str(place.runs))
    done = place.command(*arguments, *more)
    assert done.returncode == 2, done.stdout + done.stderr
    harmless(done, place)


@pytest.mark.slow
def test_a_hostile_failure_is_recorded_and_shown_harmlessly(toy: Place) -> None:
    done = toy.bench("--suite", "quick", "--only", "toy/evil")
    assert done.returncode == 1
    said = harmless(done, toy)
    assert "failed: ValueError: text<script>alert(1)</script>" in said
    again = toy.command("compare", str(toy.runs), str(toy.runs))
    harmless(again, toy)
    found = [path.relative_to(toy.runs / "records") for path in toy.runs.glob("records/*/*/*")]
    assert {str(path) for path in found} == {"toy/evil/bad", "toy/evil/majority"}


def test_definitions_cannot_be_named_like_paths() -> None:
    for name in ("../x", "a/../b", "/a/b", "a/b/c", "a\\b/c", "a/.b", "a/b\n", "a/b ", "a/\x1b"):
        assert not NAME.fullmatch(name), name
    for name in ("..", ".", "a/b", "", "a\x00", "A", "$(x)", "a\n"):
        assert not ENTRY_NAME.fullmatch(name), name


# MLflow


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow in this process sends nothing anywhere and asks no other server."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


@given(st.text(max_size=400))
def test_names_are_legal_to_mlflow(text: str) -> None:
    from mlflow.utils.validation import _validate_metric_name, _validate_param, _validate_tag

    made = limits.name(text)
    _validate_metric_name(made)
    _validate_param(made, limits.value(text, limits.LONGEST_PARAM))
    _validate_tag(made, limits.value(text, limits.LONGEST_TAG))
    made.encode()
    if re.fullmatch(r"[a-z0-9_]{1,200}", text):
        assert made == text


def test_different_names_stay_different() -> None:
    names = ["loss", "lo<ss", "lo>ss", "lo/ss", "lo//ss", "/lo/ss", "x" * 250, "x" * 251, "x" * 252]
    assert len({limits.name(name) for name in names}) == len(names)


@pytest.mark.slow
def test_mlflow_takes_hostile_records(runs: Runs) -> None:
    """Into a real store: every trial once, also of those with more curves than fit a batch."""
    many = record("mlp", 2, kind="keras", headline=True, params=501)
    many["history"] |= {f"curve{n}": [1.0] * 333 for n in range(9)}
    many["entry"]["values"] |= {f"value{n}": n for n in range(250)}
    synthetic.write(runs, many)
    assert sync(runs) == 5
    store = client(runs.root)
    trials = tagged(store, "kerasfolio.trial")
    assert len(trials) == 3
    assert len(tagged(store, "kerasfolio.entry")) == 2
    assert {run.info.status for run in all_runs(store)} == {"FINISHED"}
    for run in trials.values():
        assert run.data.params["long"].startswith("very long ")
        assert run.data.metrics["rmse"] >= 4.0
        (given,) = run.inputs.dataset_inputs
        assert json.loads(given.dataset.source)["url"] == "javascript:alert(5)"
        assert json.loads(given.dataset.profile)["copy"].startswith("copy<script>")
        texts = [*run.data.tags.values(), *run.data.params.values(), *run.data.params]
        assert not any(re.search("[\x00-\x08\x1b\x9b\u202e]", text) for text in texts)
    (large,) = [run for run in trials.values() if run.data.params["repeat"] == "2"]
    assert large.data.params["value249"] == "249"
    shown = [one.step for one in store.get_metric_history(large.info.run_id, "curve8")]
    assert (min(shown), max(shown)) == (1, 333)
    assert len(shown) <= 101, "a curve is thinned to what a chart shows"
    assert {path.name for path in runs.root.parent.iterdir()} == {"runs"}
    assert sync(runs, rebuild=True) == 0


# Archives and shells


def test_no_command_goes_through_a_shell() -> None:
    """A name cannot be run where there is nothing that would."""
    for package in ("benchmarks", "runners", "portfolio"):
        for path in (CHECKOUT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"shell=True|os\.system|os\.popen|\beval\(|\bexec\(", text), path
