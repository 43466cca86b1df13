"""`python -m runners plan`: trials, time, and what the repeats could show."""

import math
import re

import pytest
from scipy import stats

from benchmarks import registry
from benchmarks.judging.statistics import Summary, smallest_difference
from runners.workflows.plan_report import equality


def test_the_smallest_difference_is_the_critical_value_and_the_power_in_standard_errors():
    ours = Summary(0.0, 2.0, 20, overlap=1 / 9)
    error = math.sqrt(4.0 * (1 / 20 + 1 / 9) + 0.3)
    expected = (stats.t.ppf(0.975, 19) + stats.norm.ppf(0.8)) * error
    assert smallest_difference(ours, 0.3) == pytest.approx(expected)


def test_one_repeat_can_show_nothing():
    assert smallest_difference(Summary(0.0, 0.0, 1)) is None


def test_a_plan_says_what_is_done_what_it_costs_and_what_it_can_show(finished):
    done = finished.place.command("plan", "uci/wine", "--runs", str(finished.place.runs))
    assert done.returncode == 0, done.stderr
    assert "5 entries × 30 folds = 150 trials, 120 done, 30 to run" in done.stdout
    assert "80 % power, from the headline's own spread" in done.stdout
    assert "against an exact number" in done.stdout


def test_a_plan_of_something_unknown_is_a_wrong_request(place):
    done = place.command("plan", "uci/wines")
    assert done.returncode == 2
    assert "uci/wine" in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("timeseries/beef", r"an equal of FCN is shown at least as good, within .*, in 8\d%$"),
        ("uci/concrete", r"an equal of MC dropout.* is shown at least as good, .*, in 97%$"),
        ("timeseries/italy-power-demand", r"in 6\d% only; 80% takes 12 seeds$"),
        (
            "timeseries/ecg200",
            r"in 5\d% only; 80% is out of reach .*, since theirs was run 5 times",
        ),
        ("uci/iris", r"in 3\d% only; 80% is out of reach .* run once on each fold only$"),
    ],
)
def test_the_plan_says_how_likely_equality_with_the_anchor_is_shown(name, said):
    definition = registry.load().benchmarks[name]
    line, *argued = equality(definition)
    assert re.search(said, line), line
    assert argued == [f"planned all the same: {definition.power_why}"] * bool(definition.power_why)


def test_where_the_scatter_of_training_is_not_published_nothing_is_said_of_equality():
    for name in ("uci/wine-red", "uci/letter", "cifar/cifar10"):
        assert equality(registry.load().benchmarks[name]) == []
