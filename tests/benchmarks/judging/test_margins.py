"""The margin that an anchor gives a benchmark: a share of its error, an item, a printed digit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import registry
from benchmarks.definition import Benchmark
from benchmarks.judging import margins
from benchmarks.judging.margins import (
    POWER,
    SHARE,
    anchor,
    margin,
    of,
    planned_power,
    power,
    repeats_for,
    rows_tested,
    shortfall,
)
from benchmarks.judging.statistics import ALPHA, Comparison, Summary, summarise, welch
from benchmarks.metrics import accuracy, log_likelihood, rmse
from benchmarks.validation import DefinitionError, validate, with_margin

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


@pytest.mark.parametrize("margin_", [0.005, 0.01, 0.02])
def test_power_is_how_often_an_equal_method_is_shown_at_least_as_good(margin_):
    random = np.random.default_rng(0)
    ours, theirs = random.normal(0.9, 0.01, (2, 4000, 8))
    shown = [
        welch(summarise(a), summarise(b)).p_not_worse(margin_, "max") < ALPHA
        for a, b in zip(ours, theirs, strict=True)
    ]
    planned = welch(Summary(0.9, 0.01, 8), Summary(0.9, 0.01, 8))
    assert np.mean(shown) == pytest.approx(power(margin_, planned), abs=0.02)


def test_power_grows_with_the_margin_and_is_certain_without_scatter():
    compared = welch(Summary(0.9, 0.01, 5), Summary(0.9, 0.01, 5))
    assert power(0.0, compared) == pytest.approx(ALPHA)
    assert power(0.005, compared) < power(0.01, compared) < power(0.1, compared)
    assert power(0.001, Comparison(0.0, 0.0, math.inf)) == 1.0


def test_planned_power_is_known_where_the_anchor_was_run_on_the_same_rows(known):
    adult, italy = known["uci/adult"], known["timeseries/italy-power-demand"]
    assert planned_power(adult, adult.headline) == pytest.approx(1.0, abs=1e-3)
    short = planned_power(italy, italy.headline)
    needed = repeats_for(italy)
    assert short is not None
    assert short < POWER
    assert needed is not None
    for repeats, reached in ((needed - 1, False), (needed, True)):
        entry = replace(italy.headline, repeats=repeats)
        found = planned_power(italy, entry)
        assert found is not None
        assert (found >= POWER) == reached
    assert repeats_for(known["timeseries/ecg200"]) is None  # five published runs scatter too much
    for name in ("uci/wine-red", "uci/wine", "cifar/cifar10", "uci/optdigits", "uci/letter"):
        assert planned_power(known[name], known[name].headline) is None, name


def test_over_splits_power_is_that_of_the_declared_scatter(known):
    concrete = known["uci/concrete"]
    found = planned_power(concrete, concrete.headline)
    assert found is not None
    assert found > POWER
    more = replace(concrete, scatter=2 * concrete.scatter)
    assert (planned_power(more, more.headline) or 0) < POWER
    few = planned_power(concrete, replace(concrete.headline, seeded=3))
    assert few is not None
    assert few < found
    assert planned_power(replace(concrete, scatter=0.0), concrete.headline) is None
    one = replace(concrete, protocol=replace(concrete.protocol, seeds=1))
    assert planned_power(one, one.headline) is None  # a single seed shows no scatter of training


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"margin": 0.08}, "20 splits with which an equal of MC dropout, .* 80% is out of reach"),
        ({"margin": 0.16, "anchor": "concrete-pbp"}, "80% takes [0-9]+ seeds on each split"),
        (
            {"scatter_why": ""},
            "scatter: expected a standard deviation over seeds, with scatter_why",
        ),
        ({"scatter": 0.0}, "scatter: expected a standard deviation over seeds, with scatter_why"),
        ({"protocol": 0}, "protocol: expected seeds of at least 1"),
    ],
)
def test_repeats_that_cannot_show_the_margin_are_refused(known, changes, said):
    concrete = known["uci/concrete"]
    if "protocol" in changes:
        changes = {"protocol": replace(concrete.protocol, seeds=changes["protocol"])}
    elif "margin" in changes:
        changes = {**changes, "margin_why": "tried"}
        changes |= {"protocol": replace(concrete.protocol, seeds=2)}
    with pytest.raises(DefinitionError, match=said):
        validate(replace(concrete, **changes))
    if "margin" in changes:
        validate(replace(concrete, **changes, power_why="argued"))


def test_nothing_is_planned_short_of_the_margin_without_an_argument(known):
    argued = {name for name, one in known.items() if one.power_why}
    short = {name for name, one in known.items() if shortfall(one)}
    assert argued == short


def test_a_margin_that_is_enough_without_scipy_has_the_power() -> None:
    """At every degree of freedom between those of the table, where it is met by a hair."""
    for df in [*margins.ENOUGH, 1.4, 2.5, 3.9, 5.0, 7.3, 9.0, 15.0, 40.0, 99.0, 1000.0]:
        compared = Comparison(0.0, 1.0, df)
        least = min(size for of, size in margins.ENOUGH.items() if of <= df)
        assert margins.powerful(least, compared)
        assert margins.power(least, compared) >= margins.POWER
        assert not margins.powerful(least - 0.01, compared)
    assert not margins.powerful(100.0, Comparison(0.0, 1.0, 0.5))
    assert margins.powerful(0.1, Comparison(0.0, 0.0, 3.0))
