"""What pages say of data of one's own, and of rare classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from portfolio.page import exhibits
from portfolio.page.board import OWNERS
from portfolio.page.exhibits.drawings import precision_recall as drawn
from portfolio.page.render import tagline
from runners.exhibits.scoring import precision_recall


def test_only_public_data_is_said_to_be_public() -> None:
    own: Any = {"data": {"licence": OWNERS}}
    public: Any = {"data": {"licence": "CC BY 4.0"}}
    skipped: Any = {"data": None}
    assert "published scores" in tagline([public, skipped])
    assert "one’s own" not in tagline([public])
    assert "public data" not in tagline([own, skipped])
    assert "published" not in tagline([own])
    assert "public data" in tagline([own, public])
    assert "one’s own" in tagline([own, public])


def test_a_rare_class_has_its_curve_with_a_threshold() -> None:
    random = np.random.default_rng(1)
    truth = (np.arange(400) % 20 == 0).astype(int)
    chance = np.clip(0.1 + 0.3 * truth + 0.1 * random.normal(size=400), 0, 1)
    figures = precision_recall(truth, np.stack([1 - chance, chance], axis=1), ("no", "<yes>"))
    made = drawn([{"name": "network", "precision_recall": figures}], "mine-x")
    assert made["share"].startswith("5")
    (line,) = made["lines"]
    assert line[0] == "network"
    assert "<yes>" not in str(made["svg"])
    assert "Precision-recall curve" in str(made["svg"])


def test_a_network_of_ones_own_data_is_tried_only_where_it_is_allowed(tmp_path: Path) -> None:
    content = {
        "schema": 1,
        "digest": "sha256:0",
        "entry": "mlp",
        "recipe": "recipe-1",
        "steps": [],
        "weights": "AAAA",
        "inputs": 1,
        "fields": [{"name": "<age>", "unit": "years", "at": 0, "range": [1, 9], "words": []}],
        "examples": [{"row": 0, "values": [4.5], "truth": 2.0}],
        "classes": [],
        "unit": "kr",
    }
    path = tmp_path / "exhibits/mine/churn/demo.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))
    benchmark: Any = {
        "name": "mine/churn",
        "entries": [{"name": "mlp", "headline": True, "recipe": "recipe-1", "repeats": [0]}],
        "data": {"url": None, "digest": "sha256:0", "train": 80},
        "protocol": None,
    }
    assert exhibits.demo(benchmark, tmp_path) == ""
    shown = exhibits.demo(benchmark, tmp_path, samples=True)
    assert '<section class="step" id="try" hidden>' in shown
    assert 'value="4.5"' in shown
    assert "<age>" not in shown
    assert exhibits.demo_scripts(shown) == ("demo.js", "demo_form.js")
    benchmark["entries"][0]["recipe"] = "recipe-2"  # the network of an earlier recipe
    assert exhibits.demo(benchmark, tmp_path, samples=True) == ""
