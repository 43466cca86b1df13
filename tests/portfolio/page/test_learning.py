"""Learning curves trained apart: what the sentence says, and whose curves a page shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portfolio.page import exhibits
from portfolio.page.exhibits.learning import claim
from portfolio.page.views.results import learned
from runners.records.store import Runs
from runners.results.summary import collect, summarise
from tests.support import portfolio_synthetic as synthetic

ERROR = {"name": "rmse", "unit": "MPa", "direction": "min"}


def content(train: list[float], validation: list[float], **other: Any) -> dict[str, Any]:
    """A file of curves over three epochs of one repeat; scores are the losses."""
    curve = {"train": [train], "validation": [validation]}
    return {
        "entry": "mlp",
        "candidate": "",
        "member": False,
        "in_time": False,
        "share": 0.2,
        "rows": [80, 20],
        "repeats": [0],
        "epochs": [1, 5, 10],
        "loss": curve,
        "score": curve,
        **other,
    }


@pytest.mark.parametrize(
    ("train", "validation", "expected"),
    [
        ([1, 0.5, 0.1], [1, 0.8, 1.0], "mlp overfits: the validation loss is lowest after epoch 5"),
        ([1, 0.5, 0.1], [1, 0.4, 1.0], "2.5 times as high at the end"),
        ([1, 0.5, 0.1], [1, 0.8, 0.81], "training on does no harm"),
        ([1, 0.5, 0.0], [1, 0.8, 0.81], "far above the training loss"),
        ([1, 0.5, 0.4], [1, 0.6, 0.5], "No overfitting of mlp is seen"),
        ([1, 0.5, 0.4], [0, 0.6, 0.5], "No overfitting of mlp is seen"),
    ],
)
def test_the_sentence_says_whether_training_on_does_harm(
    train: list[float], validation: list[float], expected: str
) -> None:
    said = claim(content(train, validation), ERROR)  # type: ignore[arg-type]
    assert expected in said.replace("\u202f", " ")
    assert said.endswith(" after epoch 5." if "overfits" in said else "on the others.")


def test_a_page_shows_the_curves_of_its_headlines_recipe_alone(tmp_path: Path) -> None:
    runs, facts = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete")
    record = synthetic.record(facts, "mlp", 0, 4.0, **synthetic.HEADLINE)
    synthetic.write(runs, record)
    (found,) = summarise(runs, collect(runs))["benchmarks"]
    key = {"schema": 1, "digest": record["data"]["digest"], "recipe": record["recipe"][:16]}
    path = runs.root / "exhibits" / "uci" / "concrete" / "curves.json"
    path.parent.mkdir(parents=True)
    curves = content([1, 0.5, 0.1], [1, 0.8, 1.0])
    path.write_text(json.dumps({**key, **curves}))
    shown = exhibits.learning(found, runs.root)
    assert shown.count("<svg") == 4, "two drawings and the two samples of the legend"
    assert "No test row took part" in shown
    assert "mlp overfits" in shown
    path.write_text(json.dumps({**key, **curves, "recipe": "0" * 16}))
    assert exhibits.learning(found, runs.root) == ""
    path.write_text(json.dumps({**key, **curves, "loss": "<b>"}))
    assert exhibits.learning(found, runs.root) == ""
    path.unlink()
    assert exhibits.learning(found, runs.root) == ""


@pytest.mark.parametrize("chosen", [True, False])
def test_recorded_validation_losses_are_put_into_words(tmp_path: Path, chosen: bool) -> None:
    runs, facts = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete")
    about = synthetic.HEADLINE | {"kind": "keras"}
    if chosen:
        about |= {"protocol": {"selection": "best validation epoch"}}
    history = {"loss": [1.0, 0.5, 0.2], "val_loss": [1.0, 0.6, 0.9]}
    record = synthetic.record(facts, "gru", 0, 4.0, history=history, **about)
    synthetic.write(runs, record)
    collected = collect(runs)
    (found,) = summarise(runs, collected)["benchmarks"]
    said = learned(found, collected["uci/concrete"])
    assert said is not None
    assert said.validated
    assert said.text.startswith("gru overfits: the validation loss is lowest after epoch 2 of 3")
    assert said.text.endswith("keeps the weights of its own best epoch.") == chosen


def test_without_a_validation_loss_the_page_says_so(tmp_path: Path) -> None:
    runs, facts = Runs(tmp_path / "runs"), synthetic.benchmark("uci/concrete")
    about = synthetic.HEADLINE | {"kind": "keras"}
    record = synthetic.record(facts, "gru", 0, 4.0, history={"loss": [1.0, 0.5]}, **about)
    synthetic.write(runs, record)
    collected = collect(runs)
    (found,) = summarise(runs, collected)["benchmarks"]
    said = learned(found, collected["uci/concrete"])
    assert said is not None
    assert not said.validated
    assert said.text == (
        "gru holds no training rows back, so that its records have no validation loss."
    )
    found["entries"][0]["train_score"] = 2.0
    said = learned(found, collected["uci/concrete"])
    assert said is not None
    assert "RMSE of the kept network is 2" in said.text
