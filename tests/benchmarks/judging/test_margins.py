"""The margin that an anchor gives a benchmark: a share of its error, an item, a printed digit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import registry
from benchmarks.definition import Benchmark
from benchmarks.judging.margins import SHARE, anchor, margin, of, rows_tested
from benchmarks.metrics import accuracy, log_likelihood, rmse
from benchmarks.registry import DefinitionError, validate, with_margin

RULE, ROWS, DIGIT = "5 % of the anchor's error", "one of the 28 test rows", "one step of the anchor"


@pytest.fixture(scope="module")
def known() -> dict[str, Benchmark]:
    return registry.load().benchmarks


@pytest.mark.parametrize(
    ("score", "metric", "rounding", "test_rows", "size", "why"),
    [
        (4.82646, rmse("MPa"), 0.0000005, None, 0.241323, RULE),
        (4.82646, rmse("MPa"), 0.0000005, 28, 0.241323, RULE),
        (0.9125, accuracy(), 0.00005, 10_000, 0.004375, RULE),
        (0.992857, accuracy(), 0.0000005, 28, 1 / 28, ROWS),
        (1.0, accuracy(), 0.0, 28, 1 / 28, ROWS),
        (0.07, rmse(""), 0.005, None, 0.01, DIGIT),
        (0.99, accuracy(), 0.005, None, 0.01, DIGIT),
        (0.99, accuracy(), 0.005, 28, 1 / 28, ROWS),
    ],
)
def test_the_largest_of_share_item_and_digit(score, metric, rounding, test_rows, size, why):
    found = margin(score, metric, rounding, test_rows)
    assert found.size == pytest.approx(size)
    assert found.why.startswith(why)


def test_without_an_error_there_is_no_rule():
    with pytest.raises(ValueError, match="without error"):
        margin(0.0, rmse("°F"), 0.0)
    with pytest.raises(ValueError, match="log_likelihood has no error"):
        margin(-0.9, log_likelihood(), 0.0)


@given(st.floats(0, 1), st.floats(0, 0.05), st.integers(1, 100_000))
def test_no_difference_smaller_than_a_printed_digit_or_an_item_counts(score, rounding, rows):
    size = margin(score, accuracy(), rounding, rows).size
    assert size >= max(1 / rows, 2 * rounding, SHARE * (1 - score))
    assert size in (1 / rows, 2 * rounding, SHARE * (1 - score))


def test_a_test_item_is_a_row_of_fixed_files_or_of_a_cross_validation(known):
    assert rows_tested(known["timeseries/coffee"]) == 28
    assert rows_tested(known["uci/wine"]) == 178
    assert rows_tested(known["uci/concrete"]) is None
    assert rows_tested(known["timeseries/etth1-96"]) is None


def test_a_definition_takes_its_margin_from_its_anchor_or_argues_one_of_its_own(known):
    concrete = known["uci/concrete"]
    row = anchor(concrete)
    assert row is not None
    assert row.id == "concrete-mc-dropout-2018"
    assert of(concrete) == (concrete.margin, concrete.margin_why)
    own = with_margin(replace(concrete, margin=0.3, margin_why="three tenths of a MPa"))
    assert (own.margin, own.margin_why) == (0.3, "three tenths of a MPa")


def test_an_anchor_that_is_no_published_score_of_the_metric_is_refused(known):
    concrete = replace(known["uci/concrete"], margin=0.0, margin_why="")
    for id in ("concrete-mc-dropout-2016x", "concrete-mc-dropout-2018-log-likelihood", "wine-qda"):
        with pytest.raises(DefinitionError, match=r"anchor: expected .* rmse of uci/concrete") as e:
            with_margin(replace(concrete, anchor=id))
        assert f"received '{id}'" in str(e.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"anchor": "", "margin": 0.0}, "margin: expected a number above 0, or an anchor"),
        ({"anchor_why": ""}, "anchor_why: expected a sentence for anchor concrete-mc-dropout-2018"),
        ({"margin": 0.3, "margin_why": ""}, "margin_why: expected a sentence for margin 0.3"),
        ({"margin": float("nan")}, "margin: expected a number above 0"),
    ],
)
def test_what_is_declared_is_argued(known, changes, said):
    with pytest.raises(DefinitionError, match=said):
        validate(replace(known["uci/concrete"], **changes))
