"""Scores over the same splits, of which only the training seed varies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.judging.statistics import Comparison, summarise


class SeedScatter(NamedTuple):
    """Our mean over splits, and how trainings with other seeds scatter on the rows of one split."""

    mean: float
    """Of the means over the seeds of every split."""
    deviation: float
    """Of a single training (ddof 1), pooled over the splits trained with several seeds."""
    df: float
    """Satterthwaite's, since some splits scatter more than others."""
    splits: int
    seeded: int
    """Splits trained with several seeds; the others are taken to scatter as these do."""
    seeds: int
    """Trainings of each of those, the most where they differ."""
    share: float
    """Variance of the mean as a share of a single training's."""
    over_splits: float
    """Standard deviation of the means over the splits; it holds training and splits alike."""


def seed_scatter(splits: Sequence[Sequence[float]]) -> SeedScatter | None:
    """Mean and scatter of scores by split, of each one a training seed.

    None where no split was trained with several seeds. Degrees of freedom are those of
    Satterthwaite (Biometrics Bulletin 2, 1946) for the sum of the splits' variances, estimated
    from the variances themselves, which makes them too few rather than too many.
    """
    several = [one for scores in splits if (one := summarise(scores))]
    if not several:
        return None
    over = summarise([math.fsum(scores) / len(scores) for scores in splits])
    freedom = sum(one.n - 1 for one in several)
    squares = math.fsum((one.n - 1) * one.deviation**2 for one in several)
    fourth = math.fsum((one.n - 1) * one.deviation**4 for one in several)
    return SeedScatter(
        mean=over.mean if over else several[0].mean,
        deviation=math.sqrt(squares / freedom),
        df=squares**2 / fourth if fourth else math.inf,
        splits=len(splits),
        seeded=len(several),
        seeds=max(one.n for one in several),
        share=math.fsum(1 / len(scores) for scores in splits) / len(splits) ** 2,
        over_splits=over.deviation if over else 0.0,
    )


def same_splits(
    ours: SeedScatter, published: float, deviation: float | None, *, exact: bool = False
) -> tuple[Comparison, float]:
    """Our mean against a published one over the same splits, and the scatter theirs was given.

    Only training varies on the same splits. The published method is taken to have been trained once
    on each (not at all where it is `exact`) and to scatter with its seed as ours does; or, where
    its `deviation` over the splits is larger than ours, by all that exceeds ours: the splits are
    the same, so they add the same to both, and what is more is training.
    """
    one = ours.deviation**2
    mine = one * ours.share
    difference = ours.mean - published
    if exact:
        return Comparison(difference, math.sqrt(mine), ours.df), 0.0
    excess = 0.0
    if deviation is not None:
        excess = deviation**2 - ours.over_splits**2 + mine * ours.splits
    if excess <= one:
        error = math.sqrt(mine + one / ours.splits)
        return Comparison(difference, error, ours.df), ours.deviation
    theirs = excess / ours.splits
    freedom = mine**2 / ours.df + theirs**2 / max(1, ours.splits - 1)
    df = (mine + theirs) ** 2 / freedom
    return Comparison(difference, math.sqrt(mine + theirs), df), math.sqrt(excess)
