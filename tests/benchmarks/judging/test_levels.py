"""Levels: what lifts one, what decides it, and the correction for claims of several at once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from benchmarks.judging.levels import better_than_any, deciding, level
from benchmarks.judging.statistics import holm
from benchmarks.judging.verdict import PASSED, Verdict
from benchmarks.published.baselines import Baseline, load

LEVELS = ("none", "result", "good", "world-class")


def verdict(outcome, name="x") -> Verdict:
    return Verdict(name, outcome)


@pytest.mark.parametrize(
    ("floors", "good", "world_class", "expected"),
    [
        ([], "better", "better", "none"),
        (["not-comparable"], "better", "better", "none"),
        (["better", "inconclusive"], "better", "better", "none"),
        (["reproduced"], "better", "better", "none"),
        (["better", "worse"], "better", "better", "none"),
        (["better", "at-least-as-good"], "better", "better", "none"),
        (["better", "better"], None, None, "result"),
        (["better", "not-comparable"], "inconclusive", "worse", "result"),
        (["better"], "not-comparable", "not-comparable", "result"),
        # the summit implies good
        (["better", "better"], None, "better", "world-class"),
        (["better"], "inconclusive", "at-least-as-good", "world-class"),
        (["better"], "worse", "better", "world-class"),
        (["better"], "not-comparable", "reproduced", "world-class"),
        (["better"], "reproduced", None, "good"),
        (["better"], "at-least-as-good", "inconclusive", "good"),
        (["better"], "better", "inconclusive", "good"),
        (["better"], "reproduced", "worse", "good"),
        (["better"], "better", "reproduced", "world-class"),
        (["better"], "reproduced", "better", "world-class"),
    ],
)
def test_levels_are_monotone_and_never_lifted_by_doubt(floors, good, world_class, expected):
    found, why = level(
        [verdict(outcome) for outcome in floors],
        good and verdict(good, "paper-a"),
        world_class and verdict(world_class, "paper-b"),
    )
    assert found == expected
    assert why.endswith(".")


def test_a_level_says_what_stopped_it():
    assert "no comparable good score" in level([verdict("better", "mean")], None, None)[1]
    reached = level([verdict("better", "mean")], verdict("at-least-as-good", "paper-a"), None)[1]
    assert "; at least as good as paper-a (good); " in reached
    stopped = level([verdict("better", "mean")], verdict("inconclusive", "paper-a"), None)
    assert stopped == (
        "result",
        "Better than every trivial baseline (mean); inconclusive against paper-a (good); "
        "no comparable world-class score is known.",
    )


# --- which published score decides -------------------------------------------------------------

STRICT = ("worse", "inconclusive", "at-least-as-good", "reproduced", "better")
HELPED = ("not-comparable", "at-least-as-good", "reproduced", "better")
MARGIN = 0.005
Row = tuple[Baseline, Verdict]


def published(number: int, score: float, of_level: str) -> Baseline:
    base = next(row for row in load() if row.id == "cifar10-resnet-20")
    return replace(base, id=f"row-{number}", model=f"row {number}", score=score, level=of_level)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    made = []
    for number in range(draw(st.integers(0, 7))):
        score, of_level = draw(st.integers(1, 9)) / 10, draw(st.sampled_from(LEVELS[2:]))
        kinds = [*((None, one) for one in STRICT), *(("paper", one) for one in HELPED)]
        kinds += [("you", "worse"), ("you", "not-comparable"), (None, "not-comparable")]
        helped, outcome = draw(st.sampled_from(kinds))
        base = published(number, score, of_level)
        made.append((base, Verdict(base.id, outcome, helped=helped)))
    return made


def reached(made: list[Row], anchor: str = "") -> int:
    """Place of the level in LEVELS, every floor beaten."""
    known, verdicts = [base for base, _ in made], {found.baseline: found for _, found in made}
    picked = (deciding(known, verdicts, name, "max", MARGIN, anchor) for name in LEVELS[2:])
    good, world_class = (verdicts[base.id] if base else None for base in picked)
    return LEVELS.index(level([verdict("better", "mean")], good, world_class)[0])


ANCHORS = st.sampled_from(["", "row-0", "row-1"])


@given(rows(), ANCHORS, st.data())
def test_a_better_verdict_never_lowers_a_level(made, anchor, data):
    improvable = [i for i, (_, found) in enumerate(made) if found.helped != "you"]
    improvable = [i for i in improvable if made[i][1].helped or made[i][1].outcome in STRICT]
    if not improvable:
        return
    place = data.draw(st.sampled_from(improvable))
    base, found = made[place]
    ladder = HELPED if found.helped else STRICT
    higher = data.draw(st.sampled_from(ladder[ladder.index(found.outcome) :]))
    better = [*made[:place], (base, replace(found, outcome=higher)), *made[place + 1 :]]
    assert reached(better, anchor) >= reached(made, anchor)


@given(rows(), st.integers(1, 9), st.sampled_from(LEVELS[2:]), ANCHORS, st.data())
def test_a_score_we_do_not_reach_never_raises_a_level(made, score, of_level, anchor, data):
    lost = [(None, "worse"), (None, "inconclusive"), (None, "not-comparable")]
    lost += [("paper", "not-comparable"), ("you", "worse"), ("you", "not-comparable")]
    helped, outcome = data.draw(st.sampled_from(lost))
    base = published(99, score / 10, of_level)
    more = [*made, (base, Verdict(base.id, outcome, helped=helped))]
    assert reached(more, anchor) <= reached(made, anchor)


@given(rows())
def test_a_one_sided_verdict_never_takes_the_place_of_a_comparable_score(made):
    equal = [(base, found) for base, found in made if found.helped is None]
    equal = [(base, found) for base, found in equal if found.outcome != "not-comparable"]
    if {base.level for base, _ in equal} == set(LEVELS[2:]):
        assert reached(made) == reached(equal)


@given(rows(), st.sampled_from(LEVELS[2:]))
def test_what_decides_is_comparable_or_had_help_and_was_reached(made, of_level):
    verdicts = {found.baseline: found for _, found in made}
    found = deciding([base for base, _ in made], verdicts, of_level, "max", MARGIN)
    if found is not None:
        assert found.level == of_level
        decides = verdicts[found.id]
        assert decides.outcome != "not-comparable"
        assert decides.helped is None or (decides.helped == "paper" and decides.outcome in PASSED)


def test_beating_the_weakest_of_those_with_help_is_not_enough():
    made = [
        (published(1, 0.95, "good"), Verdict("row-1", "not-comparable", helped="paper")),
        (published(2, 0.60, "good"), Verdict("row-2", "better", helped="paper")),
    ]
    assert LEVELS[reached(made)] == "result"
    assert LEVELS[reached(made[1:])] == "good"
    verdicts = {found.baseline: found for _, found in made}
    said = level([verdict("better", "mean")], verdicts["row-2"], None)[1]
    assert "although it had an advantage" in said


def test_the_anchor_decides_good_where_it_can_be_compared():
    made = [
        (published(1, 0.9, "good"), Verdict("row-1", "worse")),
        (published(2, 0.8, "good"), Verdict("row-2", "reproduced")),
    ]
    assert LEVELS[reached(made)] == "result"
    assert LEVELS[reached(made, anchor="row-2")] == "good"
    assert LEVELS[reached(made, anchor="row-1")] == "result"
    unlike = [made[0], (made[1][0], Verdict("row-2", "not-comparable"))]
    assert LEVELS[reached(unlike, anchor="row-2")] == "result"
    # an anchor is of level good and decides nothing else
    summit = [(published(3, 0.7, "world-class"), Verdict("row-3", "better"))]
    summit += [(published(4, 0.9, "world-class"), Verdict("row-4", "worse"))]
    assert LEVELS[reached(summit, anchor="row-3")] == "result"


def test_a_score_rounded_by_the_margin_decides_nothing_unless_its_splits_are_at_hand():
    coarse = replace(published(1, 0.9, "good"), rounding=MARGIN)
    fine = published(2, 0.8, "good")
    made = [(coarse, Verdict("row-1", "inconclusive")), (fine, Verdict("row-2", "better"))]
    assert LEVELS[reached(made)] == "good"
    assert LEVELS[reached(made[:1])] == "result"
    paired = [(coarse, Verdict("row-1", "inconclusive", test="paired")), made[1]]
    assert LEVELS[reached(paired)] == "result"
    assert LEVELS[reached([(coarse, Verdict("row-1", "reproduced", test="paired"))])] == "good"


def test_a_floor_with_help_is_no_floor():
    helped = Verdict("floor", "better", 0.01, 0.1, "paper")
    assert level([helped], None, None)[0] == "none"


# --- several at once ---------------------------------------------------------------------------


def test_several_at_once_are_held_to_holms_p():
    found = [Verdict(f"row-{p}", "better", p, 0.1) for p in (0.04, 0.012, 0.001)]
    found += [Verdict("lost", "worse", 0.001, -0.1), Verdict("one", "inconclusive", 0.2, 0)]
    better = better_than_any(found)
    assert list(better) == ["row-0.001", "row-0.012"]
    assert list(better.values()) == sorted(holm([0.04, 0.012, 0.001, 1, 1]))[:2]
    assert better_than_any(found[:1]) == {"row-0.04": 0.04}
    assert better_than_any([]) == {}


def test_a_claim_of_several_is_wrong_no_more_often_than_alpha():
    generator = np.random.default_rng(16)
    wrong = 0
    for _ in range(2000):
        z = generator.standard_normal(8)
        p = 2 * np.minimum(norm.cdf(z), norm.sf(z))
        said = [
            Verdict(str(i), "better" if z[i] > 0 and p[i] < 0.05 else "inconclusive", p[i], 0)
            for i in range(8)
        ]
        wrong += bool(better_than_any(said))
    assert wrong / 2000 < 0.05
