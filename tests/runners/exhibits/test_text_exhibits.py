"""What texts look like on a page, and that hostile or private ones do not get out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from benchmarks.dataset import Dataset
from benchmarks.texts import text_array
from portfolio.page import exhibits as pages
from runners.exhibits import errors, texts
from runners.exhibits.overview import overview
from runners.exhibits.predictions import EntryPredictions
from runners.exhibits.scoring import of_classes
from runners.redaction import values_for_others
from runners.safe_text import visible

HOSTILE = (
    "<script>alert(1)</script> win a prize",
    "=cmd|' /C calc'!A0 win a prize",
    "\x1b[31mred\x1b[0m win now \x1b]0;title\x07",
    "\u202eevil\u202c win \u2066isolated",
    '"><img src=x onerror=alert(1)> win {{ 7*7 }} {% raw %}',
    "lone \ud800 surrogate win \x00 nul",
)
RAW = ("<script", "<img", "\x1b", "\x07", "\u202e", "\u2066", "\ud800", "\x00")


def dataset() -> Dataset:
    fine = [f"see you at lunch number {row}" for row in range(30)]
    x = text_array([*HOSTILE * 5, *fine])
    y = np.array([1] * 30 + [0] * 30)
    return Dataset(x, y, feature_names=("text",), class_names=("ham", "<b>spam"))


def predictions(data: Dataset) -> EntryPredictions:
    """The first three rows are missed by both repeats."""
    rows = np.tile(np.arange(len(data.y)), 2)
    right = np.where(rows < 3, 1 - data.y[rows], data.y[rows])
    values = np.where(np.arange(2) == right[:, None], 0.9, 0.1)
    return EntryPredictions("net", 2, rows, data.y[rows], values)


def written(root: Path, name: str, data: Dataset) -> dict[str, Any]:
    """Both files as a run leaves them, and the benchmark as the page has it."""
    entry = predictions(data)
    content = {"schema": 1, "digest": data.digest}
    results = {
        **content,
        "fingerprints": {"net": []},
        "task": "classification",
        "unit": "",
        "entries": [of_classes(entry, data)],
        "errors": errors.worst([entry], data, "classification"),
        "lengths": texts.by_length(entry, data),
        "copies": {
            "tested": 120,
            "copied": 60,
            "entries": [{"name": "net", "all": 0.9, "others": 0.8}],
        },
    }
    place = root / "exhibits" / name
    place.mkdir(parents=True)
    for file, one in (("data.json", {**content, **overview(data, "")}), ("results.json", results)):
        text = json.dumps(values_for_others(one), ensure_ascii=True)
        (place / file).write_text(text, encoding="utf-8")
    return {
        "name": name,
        "data": {"digest": data.digest, "url": "https://archive.ics.uci.edu/x", "rows": 60},
        "metric": {"name": "mcc", "unit": "", "direction": "max"},
        "protocol": {"seeds": 1, "unit": "fold"},
    }


def shown(root: Path, benchmark: dict[str, Any], *, samples: bool = False) -> str:
    found = cast("Any", benchmark)
    one = pages.data(found, root, samples=samples)
    return f"{one}{pages.results(found, {'net': []}, root, samples=samples)}"


def test_hostile_texts_are_shown_escaped(tmp_path: Path) -> None:
    page = shown(tmp_path, written(tmp_path, "text/hostile", dataset()))
    assert "&lt;script&gt;" in page
    assert "Most telling" in page
    assert "Errors by length" in page
    assert "50" in page
    assert "Score without them" in page
    assert not [raw for raw in RAW if raw in page]
    page.encode("utf-8")


def test_texts_of_ones_own_are_shown_where_the_owner_allows_it_alone(tmp_path: Path) -> None:
    benchmark = written(tmp_path, "mine/mails", dataset())
    benchmark["data"]["url"] = ""
    closed, opened = shown(tmp_path, benchmark), shown(tmp_path, benchmark, samples=True)
    assert "lunch" in opened
    for private in ("lunch", "prize", "Most telling"):
        assert private not in closed, private
    assert "Errors by length" in closed


def test_a_terminal_gets_no_sign_that_steers_it() -> None:
    for text in HOSTILE:
        assert not [raw for raw in RAW[2:] if raw in visible(text)]


def test_the_most_telling_words_are_those_of_one_class() -> None:
    found = {one["name"]: one for one in texts.telling(dataset())}
    assert found["<b>spam"]["words"][0][0] == "win"
    assert "lunch" in [word for word, _ in found["ham"]["words"]]


def test_a_missed_text_has_its_words_marked() -> None:
    data = dataset()
    found = errors.worst([predictions(data)], data, "classification")
    assert found["by_all"] == 3
    item = next(item for item in found["items"] if item["row"] == 0)
    pieces = item["text"]
    assert ("win", "truth") in [tuple(piece) for piece in pieces]
    assert "".join(piece for piece, _ in pieces) == data.x[0]


def test_copies_differ_in_case_digits_and_signs_alone() -> None:
    assert texts.normalised("Call 0800-123 NOW!") == texts.normalised("call 0999 456 now")
    assert texts.normalised("call me") != texts.normalised("call you")


@pytest.mark.parametrize("text", ["", "...", "\ud800"])
def test_texts_without_words_have_an_exhibit(text: str) -> None:
    data = replace(dataset(), x=text_array([text] * 60))
    content = overview(data, "")
    assert content["text"]["telling"][0]["words"] == []
