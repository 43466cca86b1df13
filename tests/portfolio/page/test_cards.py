"""Badges and cards as `python -m portfolio` writes them: read back, measured, counted."""

from __future__ import annotations

import json
import math
import re
import shutil
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
from conftest import Place
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from portfolio.page import addresses, badges, cards
from runners import formatting
from runners.records.store import Runs
from runners.results.summary import summarise

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return summarise(synthetic.showcase(tmp_path_factory.mktemp("show") / "runs"))


@pytest.fixture(scope="module")
def site(summary: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    cards.write(summary, folder, "Ada Lovelace")
    return folder


def one(scores: list[float], metric: dict[str, str], test: int = 103) -> dict[str, Any]:
    """A benchmark of the summary with these scores of its headline."""
    mean = sum(scores) / len(scores)
    n = len(scores)
    std = math.sqrt(sum((x - mean) ** 2 for x in scores) / (n - 1)) if n > 1 else None
    score = {"mean": mean, "std": std, "ci95": None, "n": n}
    entry = {"headline": True, "score": score, "missing": 0, "verdicts": []}
    return {
        "name": "uci/concrete", "metric": metric, "entries": [entry], "data": {"test": test},
        "status": "done", "baselines": [], "strongest": None, "protocol": {},
    }  # fmt: skip


def test_every_benchmark_has_both_and_nothing_else(summary: dict[str, Any], site: Path) -> None:
    names = [benchmark["name"] for benchmark in summary["benchmarks"]]
    expected = {"cards/portfolio.png"}
    expected |= {of(name) for name in names for of in (addresses.badge, addresses.card)}
    found = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    assert found == expected


def test_cards_are_what_open_graph_asks_for(site: Path) -> None:
    for path in site.glob("cards/**/*.png"):
        with Image.open(path) as picture:
            picture.load()
            assert picture.format == "PNG"
            assert picture.size == (1200, 630)
            assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 8, f"{path} is empty"
        assert path.stat().st_size < 100_000


def test_nothing_of_a_card_touches_its_edge(site: Path) -> None:
    """Text that is too long is cut, never drawn over the margin."""
    for path in site.glob("cards/**/*.png"):
        with Image.open(path) as picture:
            rgb = picture.convert("RGB")
            for box in (
                (0, 0, 60, 630),
                (1145, 0, 1200, 630),
                (0, 0, 1200, 40),
                (0, 612, 1200, 630),
            ):
                assert len(rgb.crop(box).getcolors() or []) == 1, f"{path} {box}"


def test_the_same_records_give_the_same_bytes(
    summary: dict[str, Any], site: Path, tmp_path: Path
) -> None:
    cards.write(summary, tmp_path, "Ada Lovelace")
    for path in site.rglob("*.*"):
        assert (tmp_path / path.relative_to(site)).read_bytes() == path.read_bytes()


def test_only_what_changed_is_drawn_again(summary: dict[str, Any], tmp_path: Path) -> None:
    cards.write(summary, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    cards.write(summary, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before
    changed = json.loads(json.dumps(summary))
    (concrete,) = (b for b in changed["benchmarks"] if b["name"] == "uci/concrete")
    next(e for e in concrete["entries"] if e["headline"])["score"]["mean"] += 1
    cards.write(changed, tmp_path)
    moved = {
        path.relative_to(tmp_path).as_posix()
        for path, at in before.items()
        if path.stat().st_mtime_ns != at
    }
    assert {"cards/uci/concrete.png", "badges/uci/concrete.svg"} <= moved
    assert moved <= {"cards/uci/concrete.png", "badges/uci/concrete.svg", "cards/portfolio.png"}


def test_a_spoilt_card_is_drawn_again_and_a_stale_one_removed(
    summary: dict[str, Any], tmp_path: Path
) -> None:
    cards.write(summary, tmp_path)
    path = tmp_path / "cards/uci/concrete.png"
    good = path.read_bytes()
    path.write_bytes(b"not a picture")
    shutil.copy(tmp_path / "badges/uci/wine.svg", tmp_path / "badges/uci/gone.svg")
    cards.write(summary, tmp_path)
    assert path.read_bytes() == good
    assert not (tmp_path / "badges/uci/gone.svg").exists()


def test_thirty_benchmarks_take_two_seconds(summary: dict[str, Any], tmp_path: Path) -> None:
    (concrete,) = (b for b in summary["benchmarks"] if b["name"] == "uci/concrete")
    many = {**summary, "benchmarks": [{**concrete, "name": f"uci/b{i:02d}"} for i in range(30)]}
    cards.write(many, tmp_path / "warm")  # fonts are read once
    begun = time.process_time()
    cards.write(many, tmp_path / "site")
    assert time.process_time() - begun < 2
    begun = time.process_time()
    cards.write(many, tmp_path / "site")
    assert time.process_time() - begun < 0.2


@pytest.mark.parametrize(
    ("outcome", "limit", "words"),
    [
        ("better", None, "better than "),
        ("reproduced", None, "reproduces "),
        ("at-least-as-good", "rounding", "at least as good as "),
        ("inconclusive", "rounding", "inconclusive against "),
        ("inconclusive", "no-spread", "no spread to test against "),
        ("inconclusive", "single-repeat", "no spread to test against "),
    ],
)
def test_a_badge_has_words_for_every_outcome(
    summary: dict[str, Any], outcome: str, limit: str | None, words: str
) -> None:
    (benchmark,) = (b for b in summary["benchmarks"] if b["name"] == "uci/concrete")
    headline, *others = benchmark["entries"]
    verdicts = [{**one, "outcome": outcome, "limit": limit} for one in headline["verdicts"]]
    changed = {**benchmark, "entries": [{**headline, "verdicts": verdicts}, *others]}
    found, said = badges.against(changed)
    assert (found, said.startswith(words)) == (outcome, True)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("timeseries/italy-power-demand", "inconclusive against "),
        ("cifar/cifar10", "worse than "),
        ("uci/concrete", "inconclusive against "),
        ("timeseries/sunspots-yearly", "no comparable published score"),
    ],
)
def test_a_badge_says_score_repeats_and_verdict(
    summary: dict[str, Any], site: Path, name: str, outcome: str
) -> None:
    (benchmark,) = (b for b in summary["benchmarks"] if b["name"] == name)
    score, repeats, words = badges.text(benchmark).split(" · ", 2)
    assert score.startswith(formatting.metric_label(benchmark["metric"]))
    assert words.startswith(outcome)
    entry = next(e for e in benchmark["entries"] if e["headline"])
    assert repeats.startswith(f"n = {entry['score']['n']}")
    assert (" of " in repeats) == bool(entry["missing"])
    root = ET.fromstring((site / addresses.badge(name)).read_text())
    title = root.find(f"{SVG}title")
    assert title is not None
    assert name in str(title.text)
    assert str(title.text).startswith(f"{name}: {score} · {repeats}")
    shown = [text.text for text in root.iter(f"{SVG}text")]
    assert shown == [name.split("/")[1], badges.text(benchmark)]


def test_what_was_not_scored_says_so(summary: dict[str, Any]) -> None:
    texts = {b["name"]: badges.text(b) for b in summary["benchmarks"]}
    assert texts["uci/digits"] == "failed"
    assert texts["uci/abalone"] == "not run"


def test_the_texts_fit_their_boxes(site: Path) -> None:
    """Against the font's own widths, and the letters' scale is hardly ever changed."""
    path = badges.font("DejaVuSans.ttf", badges.SIZE).path
    font = ImageFont.truetype(path, 100)
    for badge in site.glob("badges/**/*.svg"):
        root = ET.fromstring(badge.read_text())
        total = float(root.attrib["width"])
        boxes = [r for r in root.iter(f"{SVG}rect") if "fill" in r.attrib]
        assert sum(float(box.attrib["width"]) for box in boxes) == total
        for text, box in zip(root.iter(f"{SVG}text"), boxes, strict=True):
            natural = font.getlength(str(text.text)) * badges.SIZE / 100
            length, x = float(text.attrib["textLength"]), float(text.attrib["x"])
            left = float(box.attrib.get("x", 0))
            assert left + badges.PADDING <= x
            assert x + length <= left + float(box.attrib["width"]) - badges.PADDING + 0.1
            assert length == pytest.approx(natural, rel=0.06)


@pytest.mark.parametrize("outcome", ["better", "worse", "inconclusive"])
def test_white_reads_on_every_ground(outcome: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lin = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]

    for ground in (badges.COLOURS.get(outcome, badges.OTHER), badges.LABEL):
        assert 1.05 / (light(ground) + 0.05) > 6


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.sampled_from(["min", "max"]),
    st.integers(1, 100_000),
)
def test_a_badge_never_rounds_in_our_favour(scores: list[float], direction: str, test: int) -> None:
    metric = {"name": "accuracy", "unit": "fraction", "direction": direction}
    benchmark = one(scores, metric, test)
    shown = float(re.findall(r"[\d.]+", badges.score(benchmark))[0])
    mean = 100 * benchmark["entries"][0]["score"]["mean"]
    if direction == "max":
        assert shown <= mean + 1e-9
    else:
        assert shown >= mean - 1e-9
    decimals = formatting.score_decimals(benchmark["entries"][0]["score"], metric, test)
    assert abs(shown - mean) <= 10.0**-decimals + 1e-9


def test_nearly_perfect_is_not_perfect() -> None:
    accuracy = {"name": "accuracy", "unit": "fraction", "direction": "max"}
    assert badges.score(one([0.9996, 0.9998], accuracy, 178)) == "accuracy 99.9 %"
    assert badges.score(one([1.0, 1.0], accuracy, 178)) == "accuracy 100.0 %"
    assert badges.score(one([4.541, 4.539], synthetic.RMSE)).startswith("RMSE 4.54")


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    facts = synthetic.benchmark("uci/concrete", question='"><script>alert(1)</script>\u202e' * 9)
    runs = Runs(tmp_path / "runs")
    synthetic.write(runs, synthetic.record(facts, "mlp", 0, 5.0, kind="keras", headline=True))
    summary = summarise(runs)
    (benchmark,) = summary["benchmarks"]
    benchmark["baselines"][0] |= {"id": "x", "model": "](javascript:x) <b>\ud800\x00`|" * 5}
    benchmark["strongest"] = "x"
    benchmark["entries"][0]["verdicts"] = [{"baseline": "x", "outcome": "better", "why": ""}]
    benchmark = {**benchmark, "name": 'uci/<svg onload="x">'}
    cards.write({**summary, "benchmarks": [benchmark]}, tmp_path / "site")
    (badge,) = (tmp_path / "site").glob("badges/**/*.svg")
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(badge.read_text()).iter()}
    assert tags == {"svg", "title", "clipPath", "rect", "g", "text"}
    snippet = badges.snippet(benchmark)
    assert "](javascript" not in snippet.replace("\\](javascript", "")
    assert snippet.count("](https://") == 2


def test_the_command_prints_snippets(place: Place) -> None:
    synthetic.showcase(place.runs)
    built = place.python("-m", "portfolio", *place.folders)
    assert built.returncode == 0, built.stderr
    address = "https://ada.example/folio"
    given = ("--site", str(place.site), "--address", address)
    done = place.python("-m", "portfolio", "badges", *given)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    summary = json.loads((place.site / "results.json").read_bytes())
    assert len(lines) == len(summary["benchmarks"])
    for line, benchmark in zip(lines, summary["benchmarks"], strict=True):
        found = re.fullmatch(r"\[!\[(.+)\]\((.+)\)\]\((.+)\)", line)
        assert found, line
        for target in (found[2], found[3]):
            assert target.startswith(f"{address}/")
            assert (place.site / target.removeprefix(f"{address}/")).is_file()
        assert benchmark["name"] in found[1]
    wrong = place.python("-m", "portfolio", "badges", *given, "--only", "uci/nothing")
    assert wrong.returncode == 2
    assert "no benchmark 'uci/nothing'" in wrong.stderr
    none = place.python("-m", "portfolio", "badges", "--site", str(place.root / "nowhere"))
    assert none.returncode == 2
    assert "make portfolio" in none.stderr
