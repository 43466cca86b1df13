"""How a score stands against a published one, or against a floor: an outcome and its facts.

Outcomes: *better*, *worse* (two-sided test, alpha 0.05), *reproduced* (equivalent within the
benchmark's margin, two one-sided tests), *inconclusive*, *not-comparable* (the protocols differ).
A difference that is significant yet shown to lie within the margin is *reproduced*: the margin
says what is too small to matter. The tests are in `benchmarks.judging.statistics`.

Where all that differs can only have helped the paper, *better* and *reproduced* hold all the
more and are said; where it can only have helped us, *worse* is; all else stays *not-comparable*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.definition import Protocol
from benchmarks.judging.statistics import (
    ALPHA,
    Comparison,
    Summary,
    one_sample,
    paired,
    prediction,
    repeats_needed,
    summarise,
    welch,
)
from benchmarks.metrics import Scale
from benchmarks.published.baselines import Baseline, SpreadKind
from benchmarks.published.comparability import Difference, Side, beneficiary, departures

Outcome = Literal["better", "reproduced", "worse", "inconclusive", "not-comparable"]
PASSED: tuple[Outcome, ...] = ("better", "reproduced")
SAFE: Mapping[Side, tuple[Outcome, ...]] = {"paper": PASSED, "you": ("worse",)}
"""Outcomes that hold although one side had an advantage, by the side that had it."""


Test = Literal["welch", "one-sample", "prediction", "paired", "floor"]
"""Welch's where mean, spread and n are published; a one-sample t-test against an exact number; the
prediction interval of a mean of runs; a t-test paired with the published score of each repeat; or
one paired with our own floor's."""
Limit = Literal["single-repeat", "no-spread", "data-copy", "rounding"]
"""What keeps scores from showing more: one repeat has no spread; neither side has one; how far our
copy of the data, or the rounding of the printed score, can move the difference."""
Scope = Literal["on these rows", "in general"]
"""Of which rows a verdict holds: those the scores were taken over, or new ones drawn alike."""


@dataclass(frozen=True)
class Score:
    """One side of a comparison."""

    mean: float
    n: int | None
    """Repeats, or published runs; None where the source does not say."""
    spread: float | None = None
    spread_kind: SpreadKind = ""
    exact: bool = False
    """Whether it is known without error: a rule without chance on fixed rows."""
    statistic: str = ""
    """Of its runs, where it is not their mean: "median of 5 runs"."""


@dataclass(frozen=True)
class Verdict:
    """One entry against one published score or floor: the outcome and the facts it rests on.

    `judging.sentences` puts it into words.
    """

    baseline: str
    """Id of the published score, or name of the floor entry."""
    outcome: Outcome
    p: float | None = None
    """Of the test that decided: two-sided, or the equivalence test's for *reproduced*.

    Corrected for what random splits and folds share, not for the number of published scores:
    each verdict stands alone. What is said of several at once has Holm's correction
    (`levels.better_than_any`).
    """
    difference: float | None = None
    """Ours minus theirs in the metric's unit (accuracies: fractions)."""
    helped: Side | None = None
    """Whom every protocol difference can only have helped; None where there is no such side."""
    scope: Scope = "on these rows"
    differences: tuple[Difference, ...] = ()
    """Protocol fields in which the two scores were obtained otherwise."""
    test: Test | None = None
    """None where no test was made."""
    tested: Outcome | None = None
    """Outcome of the test alone; `limit` says what turned it into another."""
    corrected: bool = False
    """Whether the test allows for the rows that splits or folds share."""
    significant: bool = False
    """Whether the two-sided test alone shows a difference, also of a score *reproduced*."""
    unit: str = "seed"
    """What our repeats are: seed, split or fold."""
    ours: Score | None = None
    theirs: Score | None = None
    margin: float = 0.0
    """Equivalence margin: the largest difference that still counts as none."""
    copy_bound: float = 0.0
    """How far our copy of the data can move our mean from the official one's."""
    rounding: float = 0.0
    """Half a unit of the last digit printed; 0 where scores of every repeat are at hand."""
    limit: Limit | None = None
    repeats_needed: int | None = None
    """Repeats that would settle an inconclusive test, about; None where no number would."""


def judge(
    scores: Sequence[float],
    *,
    protocol: Protocol,
    overrides: Mapping[str, str],
    metric: Scale,
    margin: float,
    baseline: Baseline,
    train_rows: int,
    test_rows: int,
    deviation_bound: float = 0.0,
    their_scores: Sequence[float] | None = None,
) -> Verdict:
    """Compare our scores, one a repeat, with a published score.

    `margin` is the equivalence margin, the largest difference that counts as none;
    `deviation_bound` is how far a known difference between our copy of the data and the official
    one can move our mean: a verdict must hold with our mean moved by it either way, and by the
    rounding of the printed score. Both in the metric's unit, default 0. `train_rows` and
    `test_rows` of one repeat give the overlap of random splits and folds
    (`statistics.Summary`).

    Test: paired where `their_scores`, those of the very same splits in the order of ours, are
    at hand; Welch where mean, spread and n are published; a one-sample t-test against an exact
    number; else the prediction interval of a mean of n runs (1 where n is unknown, or for a
    median). A single score of ours is *inconclusive*: it has no spread. ValueError for scores,
    margin or bound that are not finite numbers.
    """
    _check(margin, "margin")
    _check(deviation_bound, "deviation_bound")
    overlap = _overlap(protocol, train_rows, test_rows)
    differing = tuple(departures(protocol, overrides, baseline, metric.name))
    helped = beneficiary(differing)
    if not differing or helped:
        verdict = _tested(
            scores,
            protocol.unit,
            overlap,
            metric.direction,
            margin,
            baseline,
            deviation_bound,
            their_scores,
        )
        if not helped:
            return verdict
        if verdict.outcome in SAFE[helped]:
            return replace(verdict, helped=helped, differences=differing)
    return Verdict(baseline.id, "not-comparable", helped=helped, differences=differing)


def _tested(
    scores: Sequence[float],
    unit: str,
    overlap: float,
    direction: str,
    margin: float,
    baseline: Baseline,
    deviation_bound: float,
    their_scores: Sequence[float] | None,
) -> Verdict:
    """The verdict of the test alone, protocols taken as equal."""
    ours = summarise(scores, overlap)
    verdict = Verdict(
        baseline.id,
        "inconclusive",
        difference=scores[0] - baseline.score,
        scope=_scope(overlap),
        unit=unit,
        ours=Score(ours.mean if ours else scores[0], len(scores)),
        theirs=Score(
            baseline.score,
            baseline.n,
            baseline.spread,
            baseline.spread_kind,
            baseline.exact,
            baseline.differs.get("metric", ""),
        ),
        margin=margin,
        copy_bound=deviation_bound,
    )
    if ours is None:
        return replace(verdict, limit="single-repeat")
    compared, test = _compare(ours, baseline)
    varying, rounding = ours, baseline.rounding
    if their_scores is not None:
        compared = paired(scores, their_scores, overlap) or compared
        gaps = [a - b for a, b in zip(scores, their_scores, strict=True)]
        varying, rounding, test = summarise(gaps, overlap) or ours, 0.0, "paired"
    spread_known = baseline.exact or baseline.deviation or their_scores is not None
    if ours.deviation == 0 and not spread_known:
        return replace(verdict, difference=compared.difference, limit="no-spread")
    outcome, p = decide(compared, margin, direction)
    limit: Limit | None = None
    if outcome != "inconclusive":
        if _undone(outcome, compared, margin, direction, deviation_bound):
            limit = "data-copy"
        elif _undone(outcome, compared, margin, direction, deviation_bound + rounding):
            limit = "rounding"
    undecided = outcome == "inconclusive"
    return replace(
        verdict,
        outcome="inconclusive" if limit else outcome,
        p=p,
        difference=compared.difference,
        test=test,
        tested=outcome,
        corrected=overlap > 0,
        significant=compared.p_two_sided() < ALPHA,
        rounding=rounding,
        limit=limit,
        repeats_needed=repeats_needed(varying, compared, margin) if undecided else None,
    )


def judge_floor(
    scores: Sequence[float],
    floor_scores: Sequence[float],
    *,
    floor: str,
    protocol: Protocol,
    metric: Scale,
    train_rows: int,
    test_rows: int,
) -> Verdict:
    """Compare our scores with those of our own floor entry, repeat by repeat.

    Paired t-test, over splits and folds corrected for their overlap (Nadeau and Bengio 2003).
    On fixed rows a floor without chance may give a single score or always the same: then it is
    a one-sample t-test. Never *reproduced*: nothing is gained by equalling a floor. ValueError
    when the two sides are not the same repeats.
    """
    overlap = _overlap(protocol, train_rows, test_rows)
    if protocol.unit == "seed" and len(set(floor_scores)) == 1:
        floor_scores = [floor_scores[0]] * len(scores)
    compared = paired(scores, floor_scores, overlap)
    ours, theirs = math.fsum(scores) / len(scores), math.fsum(floor_scores) / len(floor_scores)
    verdict = Verdict(
        floor,
        "inconclusive",
        difference=ours - theirs,
        scope=_scope(overlap),
        test="floor",
        unit=protocol.unit,
        ours=Score(ours, len(scores)),
        theirs=Score(theirs, len(floor_scores)),
    )
    if compared is None:
        return replace(verdict, limit="single-repeat")
    outcome, p = decide(compared, 0.0, metric.direction)
    return replace(
        verdict,
        outcome=outcome,
        p=p,
        difference=compared.difference,
        tested=outcome,
        corrected=overlap > 0,
        significant=compared.p_two_sided() < ALPHA,
    )


def _scope(overlap: float) -> Scope:
    """Corrected for the rows that repeats share, a test is about rows drawn anew."""
    return "in general" if overlap else "on these rows"


def _overlap(protocol: Protocol, train_rows: int, test_rows: int) -> float:
    """Nadeau and Bengio's n_test/n_train where rows are redrawn; 0 on fixed rows."""
    if min(train_rows, test_rows) < 1:
        raise ValueError(
            f"expected at least one training and one test row, received {train_rows} and "
            f"{test_rows}"
        )
    return 0.0 if protocol.unit == "seed" else test_rows / train_rows


def _compare(ours: Summary, baseline: Baseline) -> tuple[Comparison, Test]:
    """Pick the test for what was published, and name it."""
    if baseline.exact:
        return one_sample(ours, baseline.score), "one-sample"
    deviation, statistic = baseline.deviation, baseline.differs.get("metric")
    if deviation is not None and baseline.n is not None and not statistic:
        theirs = Summary(baseline.score, deviation, baseline.n, ours.overlap)
        return welch(ours, theirs), "welch"
    runs = 1 if statistic or baseline.n is None else baseline.n
    return prediction(ours, baseline.score, runs), "prediction"


def decide(compared: Comparison, margin: float, direction: str) -> tuple[Outcome, float]:
    """Outcome of a comparison and the p-value that decided it.

    `margin` is the equivalence margin, the largest difference that counts as none; with 0
    nothing is ever *reproduced*.
    """
    equivalent = compared.p_equivalent(margin)
    if equivalent < ALPHA:
        return "reproduced", equivalent
    p = compared.p_two_sided()
    if p >= ALPHA:
        return "inconclusive", p
    return ("better" if (compared.difference > 0) == (direction == "max") else "worse"), p


def _undone(
    outcome: Outcome, compared: Comparison, margin: float, direction: str, bound: float
) -> bool:
    """Whether moving our mean by `bound` either way changes the outcome.

    Each outcome but *inconclusive* holds on an interval of differences, so one that holds at
    both ends holds in between.
    """
    return any(
        decide(compared.moved(by), margin, direction)[0] != outcome for by in (-bound, bound)
    )


def _check(value: float, name: str) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"expected {name} to be a finite number >= 0, received {value}")
