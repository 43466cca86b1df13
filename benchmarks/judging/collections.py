"""Methods compared across tasks: ranks, signed-rank tests, and the Bayesian signed-rank test.

A table holds the scores of methods on the same tasks, in one order, and larger is better (change
the sign of errors before). One task counts as one observation, however many rows it has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.judging.statistics import ALPHA, Probabilities, holm, t_interval
from benchmarks.judging.verdict import Outcome

if TYPE_CHECKING:
    import numpy as np

Table = Mapping[str, Sequence[float]]
"""Scores by method, one a task in the same order; larger is better."""

FEWEST = 6
"""Tasks from which a two-sided signed-rank test can reach p < 0.05, with 2 / 2⁶ = 0.031."""
SAMPLES = 10_000
"""Posterior samples of the Bayesian test: a probability is then known within 1 point."""


def ranks(table: Table, steps: Sequence[float] | None = None) -> dict[str, list[float]]:
    """Rank of every method on every task: 1 for the best, ties share the mean of their places.

    `steps` are the distances, by task, of the digits that the coarsest score was printed to:
    scores are rounded to them first, so that no rank rests on another's rounding.
    """
    import numpy as np
    from scipy.stats import rankdata

    scores = np.array([table[name] for name in table], float)
    if steps is not None:
        for column, step in enumerate(steps):
            if step > 0:
                scores[:, column] = (scores[:, column] / step).round() * step
    placed = rankdata(-scores.round(12), axis=0)
    return {name: row.tolist() for name, row in zip(table, placed, strict=True)}


def mean_ranks(table: Table, steps: Sequence[float] | None = None) -> dict[str, float]:
    """Mean rank of every method over the tasks (see `ranks`)."""
    return {name: math.fsum(row) / len(row) for name, row in ranks(table, steps).items()}


class Record(NamedTuple):
    """Tasks won, tied and lost against another method."""

    wins: int
    ties: int
    losses: int


def wins(differences: Sequence[float], steps: Sequence[float]) -> Record:
    """Count differences (ours minus theirs); those within half a printed step are ties."""
    signs = [0 if tied(d, step) else d for d, step in zip(differences, steps, strict=True)]
    won, lost = sum(sign > 0 for sign in signs), sum(sign < 0 for sign in signs)
    return Record(won, len(signs) - won - lost, lost)


def tied(difference: float, step: float) -> bool:
    """Whether a difference is no larger than half a printed step."""
    return abs(difference) <= step / 2 + 1e-12


def signed_rank(differences: Sequence[float]) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test over tasks; 1 where all are equal.

    Ranks of zero differences are split evenly: Demšar, *Statistical comparisons of classifiers over
    multiple data sets* (JMLR 7, 2006). Exact for ties too: the distribution of the sum of ranks
    over all signs of the differences that are not 0.
    """
    import numpy as np
    from scipy.stats import rankdata

    values = np.asarray(differences, float)
    doubled = np.rint(2 * rankdata(abs(values))).astype(int)[values != 0]  # whole numbers
    if not len(doubled):
        return 1.0
    chances = np.zeros(doubled.sum() + 1)
    chances[0] = 1.0
    for rank in doubled:  # each rank is added with probability 1/2
        chances[rank:] = (chances[rank:] + chances[: len(chances) - rank]) / 2
        chances[:rank] /= 2
    seen = doubled[values[values != 0] > 0].sum()
    tail = min(chances[: seen + 1].sum(), chances[seen:].sum())
    return min(1.0, 2 * float(tail))


def all_pairs(table: Table) -> dict[tuple[str, str], float]:
    """Holm's adjusted p-values of the signed-rank tests between every two methods."""
    pairs = list(combinations(table, 2))
    p = [signed_rank([a - b for a, b in zip(table[x], table[y], strict=True)]) for x, y in pairs]
    return dict(zip(pairs, holm(p), strict=True))


def cliques(order: Sequence[str], adjusted: Mapping[tuple[str, str], float]) -> list[list[str]]:
    """Longest runs of methods next to each other in `order` in which no two are told apart.

    `adjusted` are p-values of every pair, in either order of the names. Runs of one are left out.
    Pairwise signed-rank tests take the place of Nemenyi's, whose verdict on two methods depends on
    which others are in the table: Benavoli, Corani and Mangili, *Should we really use post-hoc
    tests based on mean-ranks?* (JMLR 17, 2016).
    """

    def alike(a: str, b: str) -> bool:
        return adjusted.get((a, b), adjusted.get((b, a), 1.0)) >= ALPHA

    runs: list[tuple[int, int]] = []
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and all(alike(order[end], one) for one in order[start:end]):
            end += 1
        if end - start > 1 and (not runs or end > runs[-1][1]):
            runs.append((start, end))
    return [list(order[start:end]) for start, end in runs]


def friedman(table: Table, steps: Sequence[float] | None = None) -> float | None:
    """p-value against "all methods rank alike", by Iman and Davenport's F; None for fewer than 3.

    Iman and Davenport, *Approximations of the critical region of the Friedman statistic*
    (Communications in Statistics, 1980); Demšar (2006), section 3.2.2.
    """
    methods, tasks = len(table), len(next(iter(table.values()), ()))
    if methods < 3 or tasks < 2:
        return None
    from scipy.special import fdtrc

    means = mean_ranks(table, steps).values()
    squares = math.fsum(mean**2 for mean in means) - methods * (methods + 1) ** 2 / 4
    statistic = 12 * tasks / (methods * (methods + 1)) * squares
    room = tasks * (methods - 1) - statistic
    if room <= 0:
        return 0.0
    f = (tasks - 1) * statistic / room
    return float(fdtrc(methods - 1, (methods - 1) * (tasks - 1), f))


def critical_difference(methods: int, tasks: int) -> float:
    """Smallest difference of two mean ranks that Nemenyi's test tells apart at 5 %.

    Demšar (2006), section 3.2.2: q·√(k(k+1)/6N), with q the studentized range over √2.
    """
    from scipy.stats import studentized_range

    q = float(studentized_range.ppf(1 - ALPHA, methods, math.inf)) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * tasks))


def bayesian_signed_rank(differences: Sequence[float], rope: float) -> Probabilities:
    """Probabilities that on another task of this kind ours is worse, the same, or better.

    The same means within ± `rope`, the region of practical equivalence. A Dirichlet process with
    weight 0.5 on a difference of 0 is the prior; each is the share of posterior samples in which
    that region holds more of the pairwise means than either other. Benavoli, Corani, Demšar and
    Zaffalon, *Time for a change: a tutorial for comparing multiple classifiers through Bayesian
    analysis* (JMLR 18, 2017), section 4.2. The samples are the same at every call.
    """
    import numpy as np

    z = np.array([0.0, *differences])
    means = (z[:, None] + z[None, :]) / 2
    weights = _weights(len(differences))
    better, worse = (
        ((weights @ region) * weights).sum(axis=1)
        for region in ((means > rope).astype("f4"), (means < -rope).astype("f4"))
    )
    mass = np.stack([worse, 1 - worse - better, better], axis=1)
    largest = np.bincount(mass.argmax(axis=1), minlength=3) / len(mass)
    return Probabilities(*(float(share) for share in largest))


@cache
def _weights(tasks: int) -> np.ndarray:
    """Samples of the posterior's weights, (SAMPLES, tasks + 1)."""
    import numpy as np

    drawn = np.random.default_rng(0).dirichlet([0.5, *[1.0] * tasks], size=SAMPLES)
    return drawn.astype("f4")


class Pair(NamedTuple):
    """Ours against one other method over the tasks both have."""

    tasks: int
    record: Record
    difference: float
    """Mean over the tasks, ours minus theirs; positive is better."""
    interval: tuple[float, float] | None
    """95 % interval of that mean by Student's t over tasks."""
    p: float | None
    """Of the signed-rank test; None below `FEWEST` tasks."""
    probabilities: Probabilities | None
    """By the Bayesian signed-rank test; None below `FEWEST` tasks."""


def compare(differences: Sequence[float], steps: Sequence[float], rope: float) -> Pair:
    """Compare two methods by their differences task by task (positive is better).

    `steps` are the printed steps of the scores by task; differences within half of one count as 0.
    """
    exact = [0.0 if tied(d, step) else d for d, step in zip(differences, steps, strict=True)]
    enough = len(exact) >= FEWEST
    return Pair(
        tasks=len(exact),
        record=wins(differences, steps),
        difference=math.fsum(differences) / len(differences),
        interval=t_interval(differences),
        p=signed_rank(exact) if enough else None,
        probabilities=bayesian_signed_rank(exact, rope) if enough else None,
    )


def outcome(pair: Pair, adjusted: float | None) -> Outcome:
    """How ours stands across tasks; `adjusted` is the p-value after Holm's correction.

    *Reproduced* and *at least as good* by the Bayesian test, with 95 % in the region; *better* and
    *worse* by the signed-rank test, unless the two are practically the same.
    """
    if pair.probabilities is None or adjusted is None:
        return "inconclusive"
    worse, same, _ = pair.probabilities
    if same > 1 - ALPHA:
        return "reproduced"
    if adjusted < ALPHA:
        wins_more = pair.record.wins - pair.record.losses or pair.difference
        return "better" if wins_more > 0 else "worse"
    return "at-least-as-good" if worse < ALPHA else "inconclusive"
