"""The equivalence margin that a benchmark takes from its anchor, and what repeats can show with it.

The anchor is the published score that a competent practitioner should match: what counts as no
difference is a share of its error, and never less than one test item or one printed digit.
"""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.definition import Benchmark, Entry
from benchmarks.judging.seed_scatter import SeedScatter, same_splits
from benchmarks.judging.statistics import (
    ALPHA,
    Comparison,
    Summary,
    welch,
)
from benchmarks.metrics import Scale, as_size
from benchmarks.published import baselines

SHARE = 0.05
"""Of the anchor's error: a twentieth less or more is the same for any use of a model."""
POWER = 0.8
"""What planned repeats should reach."""
ENOUGH = {1: 8.1923, 2: 3.9790, 3: 3.2995, 4: 3.0398, 6: 2.8222, 8: 2.7269, 20: 2.5752, 100: 2.5035}
"""Standard errors that a margin must have for `POWER`, by degrees of freedom; with more, fewer."""
MOST_REPEATS = 200
"""Where `repeats_for` stops to look: no training budget here has more."""


class Margin(NamedTuple):
    """Largest difference that still counts as the same score, and why it is this large."""

    size: float
    """In the metric's unit; accuracies are fractions."""
    why: str


def margin(
    anchor_score: float, metric: Scale, rounding: float, test_rows: int | None = None
) -> Margin:
    """The margin that belongs to an anchor of this score: 5 % of its error.

    The error is 1 - score for fractions of which more is better, and the score itself where less
    is better. One test item is the least, where accuracies of `test_rows` rows are compared (None
    where no number of rows is known), and one step of the printed digits, 2 × `rounding`. Raises
    ValueError where the metric has no such error, or the anchor none at all.
    """
    if metric.direction == "max" and metric.unit != "fraction":
        raise ValueError(
            f"expected a margin and margin_why, since {metric.name} has no error that 5 % could be "
            "taken of; received none"
        )
    error = 1 - anchor_score if metric.direction == "max" else anchor_score
    least = [
        Margin(SHARE * error, "5 % of the anchor's error"),
        Margin(2 * rounding, "one step of the anchor's last digit, more than 5 % of its error"),
    ]
    if test_rows and metric.unit == "fraction":
        why = f"one of the {test_rows:,} test rows, more than 5 % of the anchor's error"
        least.append(Margin(1 / test_rows, why))
    largest = max(least, key=lambda one: one.size)
    if not largest.size > 0:
        raise ValueError(
            f"expected a margin and margin_why beside an anchor without error, whose score is "
            f"{anchor_score:g}; received none"
        )
    return largest


def of(definition: Benchmark) -> Margin:
    """The margin that a definition's anchor gives it.

    Raises ValueError for an anchor that is no published score of the benchmark by its metric.
    """
    row = anchor(definition)
    if row is None:
        raise ValueError(
            f"expected the id of a published {definition.metric.name} of {definition.name}, "
            f"received {definition.anchor!r}; see `python -m benchmarks baselines "
            f"{definition.name}`"
        )
    return margin(row.score, definition.metric, row.rounding, rows_tested(definition))


def anchor(definition: Benchmark) -> baselines.Baseline | None:
    """The published score that a definition declares as its anchor; None without one."""
    rows = baselines.load(definition.name) if definition.anchor else []
    found = (row for row in rows if row.id == definition.anchor)
    return next((row for row in found if row.metric == definition.metric.name), None)


def rows_tested(definition: Benchmark) -> int | None:
    """Different rows that a pass over the protocol tests, for one test item's worth of accuracy.

    On fixed rows the test part; over folds all rows, each of which is tested once in a
    cross-validation. None for drawn splits, and where the number is not known.
    """
    if definition.protocol.unit == "fold":
        return definition.data.shape[0]
    fixed = definition.protocol.unit == "seed"
    return baselines.TEST_ROWS.get(definition.name) if fixed else None


def power(margin: float, comparison: Comparison) -> float:
    """Probability that a method exactly as good as the anchor is shown to be at least as good.

    Of the one-sided t-test against "worse by `margin` or more", whose standard error and degrees of
    freedom `comparison` gives; its difference is not looked at. By the noncentral t distribution
    (Chow, Shao and Wang, *Sample Size Calculations in Clinical Research*).
    """
    from scipy.special import nctdtr, stdtrit

    if comparison.error == 0:
        return 1.0
    critical = stdtrit(comparison.df, 1 - ALPHA)
    return 1 - float(nctdtr(comparison.df, margin / comparison.error, critical))


def powerful(margin: float, comparison: Comparison) -> bool:
    """Whether the power is `POWER`, as far as `ENOUGH` tells without loading SciPy."""
    known = [size for df, size in ENOUGH.items() if df <= comparison.df]
    return comparison.error == 0 or (bool(known) and margin / comparison.error >= min(known))


def planned_power(definition: Benchmark, entry: Entry) -> float | None:
    """Power of an entry's planned repeats against an anchor that it equals.

    On fixed rows ours are taken to scatter as the published runs of the anchor do; over splits and
    folds both as the `scatter` that the definition declares, since the published spread there is
    that of the rows. None where neither is known, and without an anchor.
    """
    compared = _as_planned(definition, entry)
    return None if compared is None else power(definition.margin, compared)


def _as_planned(definition: Benchmark, entry: Entry) -> Comparison | None:
    protocol = definition.protocol
    seeds = (entry.repeats or protocol.repeats) if protocol.unit == "seed" else protocol.seeds
    return _planned(definition, entry, seeds)


def repeats_for(definition: Benchmark) -> int | None:
    """The fewest seeds (on each split or fold) with which the power against the anchor is `POWER`.

    None where the power is not known (`planned_power`), and where `MOST_REPEATS` do not reach it,
    since the anchor itself rests on too few runs.
    """
    for seeds in range(2, MOST_REPEATS + 1):
        compared = _planned(definition, definition.headline, seeds)
        if compared is None:
            return None
        if power(definition.margin, compared) >= POWER:
            return seeds
    return None


def shortfall(definition: Benchmark) -> str | None:
    """Why the planned repeats cannot show the margin, and what could; None where they can.

    Also None where the power is not known. The definition may argue it in `power_why`.
    """
    compared = _as_planned(definition, definition.headline)
    if compared is None or powerful(definition.margin, compared):
        return None
    chance = power(definition.margin, compared)
    if chance >= POWER:
        return None
    row, needed = anchor(definition), repeats_for(definition)
    assert row is not None  # or the power were not known
    unit, size = definition.protocol.unit, as_size(definition.margin, definition.metric)
    each = "" if unit == "seed" else f" on each {unit}"
    could = f"{POWER:.0%} takes {needed} seeds{each}"
    if needed is None:
        runs = f"{row.n} times" if unit == "seed" else "once"
        could = f"{POWER:.0%} is out of reach of our seeds, since theirs was run {runs}{each} only"
    return (
        f"an equal of {row.model} is shown at least as good, within {size}, in {chance:.0%} only; "
        f"{could}"
    )


def _planned(definition: Benchmark, entry: Entry, seeds: int) -> Comparison | None:
    """The test of a method that equals the anchor, in mean and in scatter, with so many seeds."""
    row, protocol, scatter = anchor(definition), definition.protocol, definition.scatter
    if row is None:
        return None
    if protocol.unit != "seed":
        several = protocol.repeats if entry.seeded is None else entry.seeded
        if not scatter or seeds < 2 or not several:
            return None
        splits = protocol.repeats
        ours = SeedScatter(
            mean=row.score,
            deviation=scatter,
            df=several * (seeds - 1),
            splits=splits,
            seeded=several,
            seeds=seeds,
            share=(splits - several + several / seeds) / splits**2,
            over_splits=0.0,
        )
        compared, _ = same_splits(ours, row.score, None, exact=row.exact)
        return compared._replace(df=splits - 1) if row.per_split else compared
    if row.exact or row.deviation is None or row.n is None or seeds < 2:
        return None
    runs = Summary(row.score, row.deviation, seeds)
    return welch(runs, runs._replace(n=row.n))
