"""The toy benchmark: exact data, and a neuron that finds 1.8 and 32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Place
from data_folder import keras_here

from benchmarks import registry
from benchmarks.data import Store, load
from benchmarks.data.toy import fahrenheit, temperature_scales
from benchmarks.definition import Training
from benchmarks.entries import neuron
from benchmarks.published import baselines
from benchmarks.training.recipe import Recipe
from portfolio.page.views.results import lines, panels

__all__ = ["keras_here"]  # fixture

CELSIUS = registry.load().benchmarks["toy/celsius"]


def test_the_data_is_the_definition_of_the_scales_and_says_so(tmp_path: Path) -> None:
    loaded = load(CELSIUS.data, Store(tmp_path, offline=True))
    assert loaded.dataset.x[[0, 40, 140], 0].tolist() == [-40, 0, 100]
    assert loaded.dataset.y[[0, 40, 140]].tolist() == [-40, 32, 212]
    assert "computed" in loaded.copy
    assert "computed" in CELSIUS.data.title
    assert "not measured" in CELSIUS.lessons
    assert not list(tmp_path.iterdir()), "nothing is fetched or kept"


def test_body_temperature_and_absolute_zero() -> None:
    np.testing.assert_allclose(fahrenheit(np.array([37.0, -273.15])), [98.6, -459.67])


def test_scales_without_a_degree_are_refused() -> None:
    with pytest.raises(ValueError, match="below the highest, received 5 and 5"):
        temperature_scales(5, 5)


def test_the_published_score_is_the_definition() -> None:
    (row,) = baselines.load("toy/celsius")
    assert (row.score, row.exact, row.provenance) == (0.0, True, "computed")
    assert row.citation == CELSIUS.data.citation


@pytest.mark.usefixtures("keras_here")
def test_the_neuron_finds_both_numbers_and_notes_them(tmp_path: Path) -> None:
    dataset = load(CELSIUS.data, Store(tmp_path, offline=True)).dataset
    split = CELSIUS.protocol.splits(dataset)[0]
    training = Training(dataset.x[split.train], dataset.y[split.train], "regression", 0, split.seed)
    (fitted,) = CELSIUS.headline.fit([training])
    assert fitted.notes["slope"] == pytest.approx(1.8, abs=1e-4)
    assert fitted.notes["intercept"] == pytest.approx(32, abs=1e-3)
    assert fitted.params == 2


def test_a_line_needs_a_single_feature() -> None:
    entry = neuron("neuron", Recipe(epochs=1, batch_size=8))
    training = Training(np.zeros((20, 2)), np.zeros(20), "regression", 0, 0)
    with pytest.raises(ValueError, match=r"expected one feature a row, received .*\(2,\)"):
        entry.fit([training])


def records(curves: list[list[float]], notes: dict[str, float] | None = None) -> Any:
    return [
        {"repeat": repeat, "history": {"loss": curve}, "notes": notes or {}}
        for repeat, curve in enumerate(curves)
    ]


FACTS = {
    "protocol": {"unit": "split"},
    "entries": [
        {"name": "neuron", "values": {}, "headline": True},
        {"name": "by-hand", "values": {"beside": "neuron"}, "headline": False},
    ],
}


def test_two_networks_of_one_recipe_are_drawn_together_with_their_largest_difference() -> None:
    both = {
        "neuron": records([[8.0, 2.0, 1.0], [6.0, 2.0, 1.0]]),
        "by-hand": records([[8.0, 2.0, 1.0], [6.0, 2.25, 1.0]]),
    }
    alone, together = panels(FACTS, both, "toy-celsius")
    assert (alone.entry, alone.apart) == ("neuron", "")
    assert together.keys == ["neuron", "by-hand"]
    assert "by-hand dashed" in together.what
    assert together.svg.count('class="strong dashed"') == 2, "one in the wide, one in the narrow"
    assert together.first, "what stands beside another network is shown at once"
    assert together.apart == (
        "Largest difference between the two in any epoch of 2 repeats: 0.2, at a loss of 2 "
        "(epoch 2)."
    )
    same = panels(FACTS, {**both, "by-hand": both["neuron"]}, "toy-celsius")[1]
    assert same.apart == "The two are the same in every epoch of 2 repeats."
    (single,) = panels(FACTS, {"by-hand": both["by-hand"]}, "toy-celsius")
    assert (single.keys, single.apart) == (["loss"], ""), "its twin has not run"


def test_the_line_a_neuron_has_found_is_told() -> None:
    found = records([[1.0, 0.5]], {"slope": 1.8, "intercept": 32.0})
    found += records([[1.0, 0.5]], {"slope": 1.7999, "intercept": 32.0})
    (told,) = lines(FACTS, {"neuron": found, "by-hand": records([[1.0]])})
    assert told == (
        "neuron found the slope 1.79990 to 1.80000 and the intercept 32.0000 over 2 splits."
    )


@pytest.mark.slow
def test_its_page_says_what_was_found_and_shows_both_curves_together(place: Place) -> None:
    done = place.bench("--only", "toy/celsius")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (place.site / "toy/celsius.html").read_text("utf-8")
    assert "neuron found the slope 1.8000" in page
    assert "<b>neuron-from-scratch</b>" in page
    assert "Largest difference between the two in any epoch of 5 repeats" in page
    assert "reproduced" in done.stdout
