"""How a score stands against a published one, or against a floor: an outcome and its facts.

Outcomes: *reproduced* (equivalent within the benchmark's margin, two one-sided tests), *better* and
*worse* (two-sided test, alpha 0.05), *at-least-as-good* (not worse by the margin or more, one
one-sided test), *inconclusive*, *not-comparable* (the protocols differ). A difference that is
significant yet shown to lie within the margin is *reproduced*: the margin says what is too small to
matter. The tests are in `benchmarks.judging.statistics`.

Two questions are kept apart. *On these rows*: is the recipe as good on the very rows the published
score was taken over? Only training varies there, so nothing is allowed for the rows that splits and
folds share; scores of the same splits are paired where the paper's are at hand. Where they are not,
the scatter of our training seeds on the same split is the test's, theirs taken to scatter as ours
do. With one seed a split the scatter over splits stands for that of training, which it contains:
the test is then wider than needed, never too narrow. *In general*: would it hold on rows drawn
anew? Splits and folds are corrected for the rows they share (Nadeau and Bengio 2003), accuracies on
fixed rows have the chance of the test items added. The first decides, the second stands beside it.

Where all that differs can only have helped the paper, *better*, *reproduced* and *at-least-as-good*
hold all the more and are said; where it can only have helped us, *worse* is; all else stays
*not-comparable*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.definition import Protocol
from benchmarks.judging.seed_scatter import SeedScatter, same_splits, seed_scatter
from benchmarks.judging.statistics import (
    ALPHA,
    Comparison,
    Pooled,
    Probabilities,
    Summary,
    gaps,
    items,
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

Outcome = Literal[
    "better", "reproduced", "at-least-as-good", "worse", "inconclusive", "not-comparable"
]
PASSED: tuple[Outcome, ...] = ("better", "reproduced", "at-least-as-good")
SAFE: Mapping[Side, tuple[Outcome, ...]] = {"paper": PASSED, "you": ("worse",)}
"""Outcomes that hold although one side had an advantage, by the side that had it."""


Test = Literal["welch", "one-sample", "prediction", "paired", "seeds", "items", "floor"]
"""Welch's where mean, spread and n are published; a one-sample t-test against an exact number; the
prediction interval of a mean of runs; a t-test paired with the published score of each repeat; a
t-test with the scatter of our training seeds on the same splits; two
proportions of the same test items, where neither side has a spread; or a t-test paired with our own
floor's."""
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
    """Splits, folds or seeds, or published runs; None where the source does not say."""
    spread: float | None = None
    spread_kind: SpreadKind = ""
    exact: bool = False
    """Whether it is known without error: a rule without chance on fixed rows."""
    seeds: int = 1
    """Training seeds on each split or fold, the most where they differ."""
    seeded: int = 0
    """Splits or folds with several of them."""
    statistic: str = ""
    """Of its runs, where it is not their mean: "median of 5 runs"."""


@dataclass(frozen=True)
class Generalisation:
    """Whether a comparison on the very rows that were published holds on rows drawn anew."""

    outcome: Outcome
    p: float
    """Of the test that decided."""
    repeats_needed: int | None
    """Splits, folds or seeds that would settle an inconclusive test, about; None where no number
    would."""


@dataclass(frozen=True)
class Verdict:
    """One entry against one published score or floor: the outcome and the facts it rests on.

    `judging.sentences` puts it into words.
    """

    baseline: str
    """Id of the published score, or name of the floor entry."""
    outcome: Outcome
    p: float | None = None
    """Of the test that decided: two-sided, the equivalence test's for *reproduced*, the one-sided
    one's for *at-least-as-good*.

    Not corrected for the number of published scores: each verdict stands alone. What is said of
    several at once has Holm's correction (`levels.better_than_any`).
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
    """Repeats that would settle an inconclusive test, about, seeds on each split where the test is
    by seeds; None where no number would."""
    probabilities: Probabilities | None = None
    """Of worse, the same within the margin, better; None where no test was made."""
    pooled: float | None = None
    """Standard deviation of the published runs with their seed, where it is not taken to be
    ours."""
    test_rows: int | None = None
    """How many rows are tested, where they are fixed."""
    in_general: Generalisation | None = None
    """The other scope; None where nothing says how the difference would move with the rows."""


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
    pooled: Pooled | None = None,
    by_seed: Sequence[Sequence[float]] = (),
) -> Verdict:
    """Compare our scores, one a split, fold or seed, with a published score.

    Of splits and folds each is the mean over its training seeds, and `by_seed` holds them one by
    one, in the same order.

    `margin` is the equivalence margin, the largest difference that counts as none;
    `deviation_bound` is how far a known difference between our copy of the data and the official
    one can move our mean: a verdict must hold with our mean moved by it either way, and by the
    rounding of the printed score. Both in the metric's unit, default 0. `train_rows` and
    `test_rows` of one repeat give the overlap of random splits and folds
    (`statistics.Summary`), which the other scope is corrected for.

    Test: paired where `their_scores`, those of the very same splits in the order of ours, are
    at hand; else over splits and folds the scatter of several seeds on the same split, where there
    are any (`seed_scatter.same_splits`); Welch where mean, spread and n are published; a one-sample
    t-test against an exact number; else the prediction interval of a mean of n runs (1 where n is
    unknown, or for a median), theirs taken to scatter as ours do or as `pooled` says, the scatter
    of published runs of the same benchmark, whichever is larger. Where neither side varies,
    accuracies on fixed rows are compared by their test items. A single score of ours is
    *inconclusive*: it has no spread. ValueError for scores, margin or bound that are not finite
    numbers.
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
            pooled,
            test_rows,
            metric.name == "accuracy",
            seed_scatter(by_seed) if overlap and by_seed else None,
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
    pooled: Pooled | None,
    test_rows: int,
    accuracy: bool,
    seeds: SeedScatter | None,
) -> Verdict:
    """The verdict of the test alone, protocols taken as equal."""
    ours = summarise(scores)
    verdict = Verdict(
        baseline.id,
        "inconclusive",
        difference=scores[0] - baseline.score,
        unit=unit,
        ours=Score(
            ours.mean if ours else scores[0],
            len(scores),
            seeds=seeds.seeds if seeds else 1,
            seeded=seeds.seeded if seeds else 0,
        ),
        theirs=Score(
            baseline.score,
            baseline.n,
            baseline.spread,
            baseline.spread_kind,
            baseline.exact,
            statistic=baseline.differs.get("metric", ""),
        ),
        margin=margin,
        copy_bound=deviation_bound,
        test_rows=None if overlap else test_rows,
    )
    if ours is None:
        return replace(verdict, limit="single-repeat")
    compared, test = _compare(ours, baseline, pooled)
    varying, rounding, general = ours, baseline.rounding, None
    scattering = pooled.deviation if pooled and pooled.deviation > ours.deviation else None
    if their_scores is not None:
        varying, rounding, test = summarise(gaps(scores, their_scores)) or ours, 0.0, "paired"
        compared = one_sample(varying, 0.0)
        general = one_sample(varying._replace(overlap=overlap), 0.0) if overlap else None
    elif overlap:
        general, _ = _compare(ours._replace(overlap=overlap), baseline, pooled)
        if seeds:
            compared, given = same_splits(
                seeds, baseline.score, baseline.deviation, exact=baseline.exact
            )
            test, scattering = "seeds", given if given > seeds.deviation else None
            # as a mean of seeds: what another seed on every split would take away
            single = seeds.deviation * math.sqrt(seeds.share * seeds.seeds)
            varying = Summary(seeds.mean, single, seeds.seeds)
    elif accuracy:
        general = items(ours.mean, baseline.score, test_rows)
    if compared.error == 0 and not (baseline.exact or test == "paired"):
        if overlap or general is None:
            return replace(verdict, difference=compared.difference, limit="no-spread")
        compared, general, test = general, None, "items"
    elif general and not overlap:
        general = general.widened(compared)
    bounds = (deviation_bound, rounding)
    outcome, p = decide(compared, margin, direction)
    held, limit = _held(outcome, compared, margin, direction, bounds)
    needed = None
    if outcome == "inconclusive" and test != "items":
        needed = repeats_needed(varying, compared, margin)
    in_general = None
    if general:
        spread = (ours if test == "seeds" else varying)._replace(overlap=overlap)
        in_general = _generalised(general, spread, margin, direction, bounds)
    return replace(
        verdict,
        outcome=held,
        p=p,
        difference=compared.difference,
        scope="in general" if test == "items" else "on these rows",
        test=test,
        tested=outcome,
        significant=compared.p_two_sided() < ALPHA,
        rounding=rounding,
        limit=limit,
        repeats_needed=needed,
        probabilities=compared.probabilities(margin, direction),
        pooled=scattering if test in ("prediction", "seeds") else None,
        in_general=in_general,
    )


def _generalised(
    compared: Comparison,
    varying: Summary,
    margin: float,
    direction: str,
    bounds: tuple[float, float],
) -> Generalisation:
    """The verdict on rows drawn anew, by a comparison that allows for them."""
    outcome, p = decide(compared, margin, direction)
    held, _ = _held(outcome, compared, margin, direction, bounds)
    undecided = held == "inconclusive"
    needed = repeats_needed(varying, compared, margin) if undecided else None
    return Generalisation(held, p, needed)


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

    Scores are one a split, fold or seed, each the mean over its training seeds. Paired t-test; for
    what holds in general over splits and folds, corrected for their overlap (Nadeau and Bengio
    2003). On these splits the scatter of the differences over splits stands for that of training,
    which it contains. On fixed rows a floor without chance may give a single score or always the
    same: then it is a one-sample t-test. Never *reproduced*: nothing is gained by equalling a
    floor. ValueError when the two sides are not the same repeats.
    """
    overlap = _overlap(protocol, train_rows, test_rows)
    if protocol.unit == "seed" and len(set(floor_scores)) == 1:
        floor_scores = [floor_scores[0]] * len(scores)
    compared = paired(scores, floor_scores)
    ours, theirs = math.fsum(scores) / len(scores), math.fsum(floor_scores) / len(floor_scores)
    verdict = Verdict(
        floor,
        "inconclusive",
        difference=ours - theirs,
        test="floor",
        unit=protocol.unit,
        ours=Score(ours, len(scores)),
        theirs=Score(theirs, len(floor_scores)),
    )
    if compared is None:
        return replace(verdict, limit="single-repeat")
    outcome, p = decide(compared, 0.0, metric.direction)
    general = paired(scores, floor_scores, overlap) if overlap else None
    return replace(
        verdict,
        outcome=outcome,
        p=p,
        difference=compared.difference,
        tested=outcome,
        significant=compared.p_two_sided() < ALPHA,
        in_general=Generalisation(*decide(general, 0.0, metric.direction), None)
        if general
        else None,
    )


def _overlap(protocol: Protocol, train_rows: int, test_rows: int) -> float:
    """Nadeau and Bengio's n_test/n_train where rows are redrawn; 0 on fixed rows."""
    if min(train_rows, test_rows) < 1:
        raise ValueError(
            f"expected at least one training and one test row, received {train_rows} and "
            f"{test_rows}"
        )
    return 0.0 if protocol.unit == "seed" else test_rows / train_rows


def _compare(ours: Summary, baseline: Baseline, pooled: Pooled | None) -> tuple[Comparison, Test]:
    """Pick the test for what was published, and name it."""
    if baseline.exact:
        return one_sample(ours, baseline.score), "one-sample"
    deviation, statistic = baseline.deviation, baseline.differs.get("metric")
    if deviation is not None and baseline.n is not None and not statistic:
        theirs = Summary(baseline.score, deviation, baseline.n, ours.overlap)
        return welch(ours, theirs), "welch"
    runs = 1 if statistic or baseline.n is None else baseline.n
    return prediction(ours, baseline.score, runs, pooled), "prediction"


def decide(compared: Comparison, margin: float, direction: str) -> tuple[Outcome, float]:
    """Outcome of a comparison and the p-value that decided it.

    `margin` is the equivalence margin, the largest difference that counts as none; with 0
    nothing is ever *reproduced* or *at-least-as-good*.
    """
    equivalent = compared.p_equivalent(margin)
    if equivalent < ALPHA:
        return "reproduced", equivalent
    p = compared.p_two_sided()
    if p < ALPHA:
        return ("better" if (compared.difference > 0) == (direction == "max") else "worse"), p
    not_worse = compared.p_not_worse(margin, direction)
    if margin and not_worse < ALPHA:
        return "at-least-as-good", not_worse
    return "inconclusive", p


def _held(
    outcome: Outcome,
    compared: Comparison,
    margin: float,
    direction: str,
    bounds: tuple[float, float],
) -> tuple[Outcome, Limit | None]:
    """What is left of an outcome with our mean moved either way, and what took the rest.

    `bounds` are how far our copy of the data and the rounding of the published score can move it.
    Each outcome but *inconclusive* holds on an interval of differences, so one that holds at both
    ends holds in between; where the ends show different ways of being no worse, that is what holds.
    """
    if outcome == "inconclusive":
        return outcome, None
    copy, rounding = bounds
    limits: tuple[tuple[Limit, float], ...] = (("data-copy", copy), ("rounding", copy + rounding))
    for limit, bound in limits:
        moved = {decide(compared.moved(by), margin, direction)[0] for by in (-bound, bound)}
        if moved == {outcome}:
            continue
        if not moved | {outcome} <= set(PASSED):
            return "inconclusive", limit
        if outcome != "at-least-as-good":
            return "at-least-as-good", limit
    return outcome, None


def _check(value: float, name: str) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"expected {name} to be a finite number >= 0, received {value}")
