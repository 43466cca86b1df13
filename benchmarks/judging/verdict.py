"""How a score stands against a published one, or against a floor: an outcome and its reason.

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
from typing import Literal, NamedTuple

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
from benchmarks.metrics import Scale, as_difference, as_size, in_words
from benchmarks.published.baselines import Baseline
from benchmarks.published.comparability import Difference, Side, beneficiary, departures

Outcome = Literal["better", "reproduced", "worse", "inconclusive", "not-comparable"]
PASSED: tuple[Outcome, ...] = ("better", "reproduced")
SAFE: Mapping[Side, tuple[Outcome, ...]] = {"paper": PASSED, "you": ("worse",)}
"""Outcomes that hold although one side had an advantage, by the side that had it."""


class Verdict(NamedTuple):
    """One entry against one published score or floor."""

    baseline: str
    """Id of the published score, or name of the floor entry."""
    outcome: Outcome
    why: str
    """Plain sentences with the numbers in them."""
    p: float | None
    """Of the test that decided: two-sided, or the equivalence test's for *reproduced*.

    Corrected for what random splits and folds share, not for the number of published scores:
    each verdict stands alone. What is said of several at once has Holm's correction
    (`levels.better_than_any`).
    """
    difference: float | None
    """Ours minus theirs in the metric's unit (accuracies: fractions)."""
    helped: Side | None = None
    """Whom every protocol difference can only have helped; None where there is no such side."""


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

    `margin` is the largest difference that still counts as the same score; `deviation_bound` is
    how far a known difference between our copy of the data and the official one can move our
    mean: a verdict must hold with our mean moved by it either way, and by the rounding of the
    printed score. Both in the metric's unit, default 0. `train_rows` and `test_rows` of one
    repeat give the overlap of random splits and folds (`statistics.Summary`).

    Test: paired where `their_scores`, those of the very same splits in the order of ours, are
    at hand; Welch where mean, spread and n are published; a one-sample t-test against an exact
    number; else the prediction interval of a mean of n runs (1 where n is unknown, or for a
    median). A single score of ours is *inconclusive*: it has no spread. ValueError for scores,
    margin or bound that are not finite numbers.
    """
    _check(margin, "margin")
    _check(deviation_bound, "deviation_bound")
    overlap = _overlap(protocol, train_rows, test_rows)
    found = departures(protocol, overrides, baseline, metric.name)
    helped = beneficiary(found)
    if not found or helped:
        tested = _tested(
            scores, protocol.unit, overlap, metric, margin, baseline, deviation_bound, their_scores
        )
        if not helped:
            return tested
        if tested.outcome in SAFE[helped]:
            why = f"{tested.why} {_although(tested.outcome, found, helped)}"
            return tested._replace(why=why, helped=helped)
    text = "; ".join(difference.words for difference in found)
    why = f"{text[0].upper()}{text[1:]}."
    return Verdict(baseline.id, "not-comparable", why, None, None, helped)


def _although(outcome: Outcome, found: Sequence[Difference], helped: Side) -> str:
    """Why a comparison of unlike scores shows something all the same."""
    said = " and ".join(one.paper if helped == "paper" else one.you for one in found)
    word = "Reproduced, or better," if outcome == "reproduced" else outcome.capitalize()
    who, whom = ("the paper", "it") if helped == "paper" else ("you", "you")
    return f"{word} although {who} {said}, which can only have helped {whom}."


def _tested(
    scores: Sequence[float],
    unit: str,
    overlap: float,
    metric: Scale,
    margin: float,
    baseline: Baseline,
    deviation_bound: float,
    their_scores: Sequence[float] | None,
) -> Verdict:
    """The verdict of the test alone, protocols taken as equal."""
    ours = summarise(scores, overlap)
    if ours is None:
        return Verdict(
            baseline.id,
            "inconclusive",
            f"One {unit} ({in_words(scores[0], metric)}) has no spread, so nothing can be "
            f"said about its difference from {in_words(baseline.score, metric)}; run at least two.",
            None,
            scores[0] - baseline.score,
        )
    compared, test = _compare(ours, baseline)
    varying, rounding = ours, baseline.rounding
    if their_scores is not None:
        compared = paired(scores, their_scores, overlap) or compared
        gaps = [a - b for a, b in zip(scores, their_scores, strict=True)]
        varying, rounding = summarise(gaps, overlap) or ours, 0.0
        test = f"paired with the published score of each {unit}, t-test{_corrected(overlap)}"
    opening = (
        f"Our mean {in_words(ours.mean, metric)} over {ours.n} {unit}s against "
        f"{in_words(baseline.score, metric)}{_published(baseline, metric)}: difference "
        f"{as_difference(compared.difference, metric, ours.mean)}"
    )
    spread_known = baseline.exact or baseline.deviation or their_scores is not None
    if ours.deviation == 0 and not spread_known:
        return Verdict(
            baseline.id,
            "inconclusive",
            f"{opening}. Our repeats do not vary and the paper gives no spread, so nothing says "
            "how much of it is chance; more repeats would not settle it.",
            None,
            compared.difference,
        )
    outcome, p = decide(compared, margin, metric.direction)
    why = f"{opening}, p = {p:.2g} ({test})."
    if outcome == "reproduced":
        why = f"{opening}: the same within {as_size(margin, metric)}, p = {p:.2g} ({test}, two "
        why += "one-sided tests)."
        if compared.p_two_sided() < ALPHA:
            why += " The difference is significant, but shown to be too small to matter."
    if outcome == "inconclusive":
        why += f" Neither a difference nor equality within {as_size(margin, metric)} is shown; "
        why += _advice(varying, compared, margin, unit)
    elif _undone(outcome, compared, margin, metric.direction, deviation_bound):
        why += f" Our copy of the data may move our score by ± {as_size(deviation_bound, metric)}"
        why += f", so *{outcome}* does not hold."
        outcome = "inconclusive"
    elif _undone(outcome, compared, margin, metric.direction, deviation_bound + rounding):
        why += f" The published score is rounded to ± {as_size(rounding, metric)}, so "
        why += f"*{outcome}* does not hold."
        outcome = "inconclusive"
    elif deviation_bound:
        why += f" Holds with our score moved by ± {as_size(deviation_bound, metric)}, the most our "
        why += "copy of the data can change it."
    return Verdict(baseline.id, outcome, why, p, compared.difference)


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
    opening = (
        f"Mean {in_words(ours, metric)} against {in_words(theirs, metric)} of the floor {floor}"
    )
    if compared is None:
        why = f"{opening}: one {protocol.unit} has no spread; run at least two."
        return Verdict(floor, "inconclusive", why, None, ours - theirs)
    outcome, p = decide(compared, 0.0, metric.direction)
    why = (
        f"{opening}: difference {as_difference(compared.difference, metric, ours)} over "
        f"{len(scores)} {protocol.unit}s, p = {p:.2g} (paired t-test{_corrected(overlap)})."
    )
    return Verdict(floor, outcome, why, p, compared.difference)


def _overlap(protocol: Protocol, train_rows: int, test_rows: int) -> float:
    """Nadeau and Bengio's n_test/n_train where rows are redrawn; 0 on fixed rows."""
    if min(train_rows, test_rows) < 1:
        raise ValueError(
            f"expected at least one training and one test row, received {train_rows} and "
            f"{test_rows}"
        )
    return 0.0 if protocol.unit == "seed" else test_rows / train_rows


def _corrected(overlap: float) -> str:
    return ", corrected for overlapping splits" if overlap else ""


def _compare(ours: Summary, baseline: Baseline) -> tuple[Comparison, str]:
    """Pick the test for what was published, and name it."""
    corrected = _corrected(ours.overlap)
    kind = baseline.differs.get("metric", "")
    chosen = "a median" if kind.startswith("median of ") else kind and f"the {kind}"
    if baseline.exact:
        return one_sample(ours, baseline.score), f"t-test against an exact score{corrected}"
    deviation = baseline.deviation
    if deviation is not None and baseline.n is not None and not chosen:
        theirs = Summary(baseline.score, deviation, baseline.n, ours.overlap)
        return welch(ours, theirs), f"Welch's t-test{corrected}"
    runs = 1 if chosen or baseline.n is None else baseline.n
    reason = f"a mean of {runs} runs" if runs > 1 else "one run"
    if baseline.n is None:
        reason = "assumed one run"
    elif chosen:
        reason = f"{chosen}, counted as one run"
    return prediction(ours, baseline.score, runs), (
        f"prediction interval{corrected}: the published score has no spread and is {reason}, "
        "taken to scatter as ours do"
    )


def decide(compared: Comparison, margin: float, direction: str) -> tuple[Outcome, float]:
    """Outcome of a comparison and the p-value that decided it.

    `margin` is the largest difference that still counts as the same score; with 0 nothing is
    ever *reproduced*.
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


def _advice(varying: Summary, compared: Comparison, margin: float, unit: str) -> str:
    """Say how many repeats would settle it; `varying` is ours, or our gaps where paired."""
    needed = repeats_needed(varying, compared, margin)
    if needed is None:
        return "no number of repeats would settle it."
    if unit == "seed":
        return f"about {needed} {unit}s would settle it."
    return f"it would take about {needed} {unit}s, and the protocol has {varying.n}."


def _published(baseline: Baseline, metric: Scale) -> str:
    parts = [f"n = {baseline.n}"] if baseline.n and baseline.n > 1 else []
    if baseline.exact:
        parts = ["exact"]
    elif baseline.spread is not None:
        parts.insert(0, f"{baseline.spread_kind} {as_size(baseline.spread, metric)}")
    return f" published ({', '.join(parts)})" if parts else " published"


def _check(value: float, name: str) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"expected {name} to be a finite number >= 0, received {value}")
