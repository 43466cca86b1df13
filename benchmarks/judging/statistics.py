"""The tests behind the verdicts, each on plain numbers; `judging.verdict` picks among them.

A `Comparison` is a difference with its standard error and degrees of freedom; its methods give
the one-sided p-values and the equivalence test, so that every design shares one set of formulas.
Inputs that are not finite raise ValueError; a single score has no spread and gives None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median, median_low
from typing import NamedTuple

ALPHA = 0.05


class Summary(NamedTuple):
    """Mean and sample standard deviation (ddof 1) of n scores.

    `overlap` is 0 for independent scores (seeds on fixed rows). Random splits and folds share
    training rows, so their scores are correlated and s²/n is too small: Nadeau and Bengio,
    *Inference for the Generalization Error* (Machine Learning 52, 2003), put
    s²·(1/n + n_test/n_train) in its place; Bouckaert and Frank (PAKDD 2004) use the same factor
    for repeated cross-validation. `overlap` is that n_test/n_train.
    """

    mean: float
    deviation: float
    n: int
    overlap: float = 0.0

    @property
    def variance_of_mean(self) -> float:
        """s²·(1/n + overlap)."""
        return self.deviation**2 * (1 / self.n + self.overlap)


class Probabilities(NamedTuple):
    """Of three exclusive possibilities; they add up to 1."""

    worse: float
    same: float
    better: float


class Comparison(NamedTuple):
    """A difference (ours minus theirs), its standard error and its degrees of freedom."""

    difference: float
    error: float
    df: float

    def p_greater(self) -> float:
        """One-sided p-value against "the true difference is not above 0" (t distribution)."""
        return _upper_tail(self.difference, self.error, self.df)

    def p_less(self) -> float:
        """One-sided p-value against "the true difference is not below 0" (t distribution)."""
        return _upper_tail(-self.difference, self.error, self.df)

    def p_two_sided(self) -> float:
        """Two-sided p-value against "the true difference is 0"."""
        return min(1.0, 2 * min(self.p_greater(), self.p_less()))

    def p_equivalent(self, margin: float) -> float:
        """p-value against "the true difference is at least `margin`, either way" (TOST).

        Schuirmann, *A comparison of the two one-sided tests procedure and the power approach*
        (J. Pharmacokinetics and Biopharmaceutics 15, 1987): the larger of two one-sided tests.
        """
        above_lower = _upper_tail(self.difference + margin, self.error, self.df)
        below_upper = _upper_tail(margin - self.difference, self.error, self.df)
        return max(above_lower, below_upper)

    def p_not_worse(self, margin: float, direction: str) -> float:
        """p-value against "ours is worse by at least `margin`", one-sided (non-inferiority).

        `direction` is "max" where larger scores are better, else "min". Piaggio et al., *Reporting
        of noninferiority and equivalence randomized trials* (JAMA 308, 2012).
        """
        gain = self.difference if direction == "max" else -self.difference
        return _upper_tail(gain + margin, self.error, self.df)

    def probabilities(self, margin: float, direction: str) -> Probabilities:
        """How probable it is that ours is worse, practically the same, or better.

        The difference is taken to follow the test's own t distribution around what was seen, with
        ± `margin` as the region of practical equivalence: Benavoli, Corani, Demšar and Zaffalon,
        *Time for a change: a tutorial for comparing multiple classifiers through Bayesian
        analysis* (JMLR 18, 2017), section 3, with a flat prior.
        """
        if self.error == 0:  # known: beyond the margin or not
            above, below = float(self.difference > margin), float(-self.difference > margin)
        else:
            above = _upper_tail(margin - self.difference, self.error, self.df)
            below = _upper_tail(margin + self.difference, self.error, self.df)
        better, worse = (above, below) if direction == "max" else (below, above)
        return Probabilities(worse, max(0.0, 1 - above - below), better)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Confidence interval of the true difference by Student's t."""
        from scipy.special import stdtrit

        half = float(stdtrit(self.df, 0.5 + confidence / 2)) * self.error if self.error else 0.0
        return self.difference - half, self.difference + half

    def moved(self, by: float) -> Comparison:
        """Return the same comparison with our side moved by a constant."""
        return self._replace(difference=self.difference + by)

    def widened(self, by: Comparison) -> Comparison:
        """The same difference with an independent source of chance more, that of `by`.

        Variances add up; degrees of freedom by Satterthwaite.
        """
        mine, other = self.error**2, by.error**2
        parts = [(v, df) for v, df in ((mine, self.df), (other, by.df)) if v > 0]
        if not parts:
            return self
        freedom = math.fsum(variance**2 / df for variance, df in parts)
        df = (mine + other) ** 2 / freedom if freedom else math.inf
        return self._replace(error=math.sqrt(mine + other), df=df)


def _upper_tail(difference: float, error: float, df: float) -> float:
    if error == 0:  # exact numbers on both sides: no chance involved
        return 0.0 if difference > 0 else 1.0
    from scipy.special import stdtr

    return float(stdtr(df, -difference / error))


def summarise(scores: Sequence[float], overlap: float = 0.0) -> Summary | None:
    """Mean, standard deviation (ddof 1) and n of scores; None for a single one.

    Scores that agree but for rounding errors of the arithmetic have deviation 0.
    """
    values = _checked(scores)
    if overlap < 0 or not math.isfinite(overlap):
        raise ValueError(f"expected overlap = test rows / training rows >= 0, received {overlap}")
    if len(values) == 1:
        return None
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))
    if deviation <= 1e-12 * abs(mean):
        deviation = 0.0
    return Summary(mean, deviation, len(values), overlap)


def t_interval(scores: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Confidence interval of the mean by Student's t, scores taken as independent; None at n = 1.

    Over random splits or folds it describes the scores at hand and is narrower than what the
    overlap of the splits allows to conclude; verdicts use `Summary.overlap`.
    """
    summary = summarise(scores)
    if summary is None:
        return None
    from scipy.special import stdtrit

    half = float(stdtrit(summary.n - 1, 0.5 + confidence / 2)) * math.sqrt(summary.variance_of_mean)
    return summary.mean - half, summary.mean + half


def welch(ours: Summary, theirs: Summary) -> Comparison:
    """Difference of two independent means with unequal variances, from summaries.

    Welch, *The generalization of "Student's" problem…* (Biometrika 34, 1947), degrees of freedom
    by Welch and Satterthwaite. They are too many for tiny samples (10 % false alarms for 2
    scores against 5), so with fewer than 5 scores on a side the smaller n-1 is used, which
    never exceeds alpha: Mickey and Brown, *Bounds on the distribution functions of the
    Behrens-Fisher statistic* (Annals of Mathematical Statistics 37, 1966).

    With `overlap` the variances of the means are Nadeau and Bengio's. Two sets of scores on the
    same splits are positively correlated, which only makes this wider than needed.
    """
    total = ours.variance_of_mean + theirs.variance_of_mean
    difference = ours.mean - theirs.mean
    varying = [side for side in (ours, theirs) if side.variance_of_mean > 0]
    if not varying:
        return Comparison(difference, 0.0, math.inf)
    df = total**2 / math.fsum(side.variance_of_mean**2 / (side.n - 1) for side in varying)
    smallest = min(side.n for side in varying)
    return Comparison(difference, math.sqrt(total), smallest - 1 if smallest < 5 else df)


def one_sample(ours: Summary, exact: float) -> Comparison:
    """Our mean against a number known without error: the score of a deterministic rule."""
    if not math.isfinite(exact):
        raise ValueError(f"expected a finite number to compare with, received {exact}")
    return Comparison(ours.mean - exact, math.sqrt(ours.variance_of_mean), ours.n - 1)


def paired(
    ours: Sequence[float], theirs: Sequence[float], overlap: float = 0.0
) -> Comparison | None:
    """Mean of the differences repeat by repeat; None for a single pair.

    With `overlap` = test rows / training rows it is the corrected resampled t-test of Nadeau and
    Bengio (2003); with 0, on fixed rows, Student's paired t-test. ValueError when the two sides
    have not as many scores.
    """
    summary = summarise(gaps(ours, theirs), overlap)
    return None if summary is None else one_sample(summary, 0.0)


def gaps(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours minus theirs, repeat by repeat; ValueError when one side has more scores."""
    if len(ours) != len(theirs):
        raise ValueError(
            f"expected scores of the same repeats on both sides, received {len(ours)} and "
            f"{len(theirs)}; keep the repeats both have"
        )
    return [a - b for a, b in zip(_checked(ours), _checked(theirs), strict=True)]


def prediction(
    ours: Summary, bare: float, runs: int = 1, pooled: Pooled | None = None
) -> Comparison:
    """Our mean against a published number without spread: the mean of `runs` runs.

    A single published score is a draw, not the truth. If their runs scatter as ours do, the
    difference has standard error s·√(1/n + 1/runs) with n-1 degrees of freedom: the prediction
    interval of a future mean (Hahn and Meeker, *Statistical Intervals*, 1991). Where published
    scores of the same benchmark are known to scatter more (`pooled`), theirs is taken to scatter
    like those: half their scatter would give 13 to 27 % false alarms. Degrees of freedom are then
    Welch and Satterthwaite's, or the smaller ones where fewer than 5 of ours meet a mean of runs
    (see `welch`); against a single run its scatter is nearly all there is.
    """
    if runs < 1 or not math.isfinite(bare):
        raise ValueError(f"expected a finite score of at least 1 run, received {bare} of {runs}")
    if pooled is None or pooled.deviation <= ours.deviation:
        variance = ours.variance_of_mean + ours._replace(n=runs).variance_of_mean
        return Comparison(ours.mean - bare, math.sqrt(variance), ours.n - 1)
    mine, theirs = ours.variance_of_mean, pooled.deviation**2 * (1 / runs + ours.overlap)
    df = (mine + theirs) ** 2 / (mine**2 / (ours.n - 1) + theirs**2 / pooled.df)
    if ours.n < 5 and runs > 1:
        df = min(ours.n - 1, pooled.df)
    return Comparison(ours.mean - bare, math.sqrt(mine + theirs), df)


class Pooled(NamedTuple):
    """The typical scatter of runs, from published scores that each state their own."""

    deviation: float
    df: int


def pooled_deviation(spreads: Sequence[tuple[float, int]]) -> Pooled | None:
    """Median of standard deviations (ddof 1) with their numbers of runs; None without any.

    Recipes differ in how they scatter, and one that collapses now and then would outweigh all
    others in a mean of variances. The degrees of freedom are those of a single one of them, which
    are too few for a median and so make up for its bias.
    """
    known = [(deviation, n - 1) for deviation, n in spreads if n > 1]
    if not known:
        return None
    return Pooled(median(s for s, _ in known), median_low(df for _, df in known))


def items(ours: float, theirs: float, count: int) -> Comparison:
    """Two accuracies on the same `count` test items, neither with a spread over runs.

    Their difference has the standard error of two independent proportions (normal approximation,
    with the estimate of Agresti and Caffo, *Simple and effective confidence intervals for
    proportions*, The American Statistician 54, 2000: one success and one failure added on each
    side, so that 0 and 1 have an error too). The same items on both sides make it wider than it
    need be, since what is hard for one is mostly hard for the other.
    """
    if count < 1 or not 0 <= min(ours, theirs) <= max(ours, theirs) <= 1:
        raise ValueError(
            f"expected accuracies from 0 to 1 on at least one item, received {ours} and {theirs} "
            f"on {count}"
        )
    rates = [(rate * count + 1) / (count + 2) for rate in (ours, theirs)]
    variance = math.fsum(rate * (1 - rate) for rate in rates) / (count + 2)
    return Comparison(ours - theirs, math.sqrt(variance), math.inf)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values of a family of tests, in the order given.

    Holm, *A simple sequentially rejective multiple test procedure* (Scand. J. Statistics 6,
    1979): the k-th smallest of m is multiplied by m-k+1, kept monotone, capped at 1.
    """
    adjusted, running = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def exact_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact binomial interval of a proportion, such as the accuracy on a fixed test set.

    Clopper and Pearson, *The use of confidence or fiducial limits…* (Biometrika 26, 1934). It is
    about the test items drawn, a second fact beside the spread over seeds; never pool the two.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"expected 0 <= successes <= trials, received {successes} of {trials}")
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = betaincinv(successes, trials - successes + 1, tail) if successes else 0.0
    high = 1.0
    if successes < trials:
        high = betaincinv(successes + 1, trials - successes, 1 - tail)
    return float(low), float(high)


def item_interval(accuracy: float, items: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of an accuracy on a fixed test set of `items`, given as their fraction.

    `accuracy` may be the mean of several seeds, whose count of right items is then no whole
    number: it is rounded down for the lower end and up for the upper one, so that the interval
    holds for a single network of that accuracy, and is no narrower for the mean of several,
    which varies less from item to item (see `exact_interval`).
    """
    right = round(accuracy * items, 6)  # 989.0000000000001 is 989 right ones
    low = exact_interval(math.floor(right), items, confidence)[0]
    return low, exact_interval(math.ceil(right), items, confidence)[1]


def repeats_needed(
    ours: Summary, comparison: Comparison, margin: float, power: float = 0.8
) -> int | None:
    """About how many repeats of ours would settle it, if what was seen is the truth; or None.

    Normal approximation: the difference must be z(1-alpha/2) + z(power) standard errors large to
    be shown, or as far inside the margin as z(1-alpha) + z((1+power)/2) standard errors (both of
    the one-sided tests have to succeed: Chow, Shao and Wang, *Sample Size Calculations in
    Clinical Research*); the cheaper of the two counts. None when no number would do: what does
    not shrink with our repeats (their variance, the overlap of splits) is already too large.
    """
    fixed = max(0.0, comparison.error**2 - ours.deviation**2 / ours.n)
    distance = abs(comparison.difference)
    needed = []
    for effect, tail, reach in (
        (distance, ALPHA / 2, power),
        (margin - distance, ALPHA, (1 + power) / 2),
    ):
        critical = _normal_quantile(1 - tail)
        allowed = (effect / (critical + _normal_quantile(reach))) ** 2 if effect > 0 else 0.0
        if allowed > fixed:
            # + z²/2 for t in place of z: Guenther (The American Statistician 35, 1981)
            needed.append(math.ceil(ours.deviation**2 / (allowed - fixed) + critical**2 / 2))
    return max(min(needed), ours.n + 1) if needed else None


def smallest_difference(
    ours: Summary, their_variance: float = 0.0, power: float = 0.8
) -> float | None:
    """Smallest true difference that `ours.n` repeats would show with this power, two-sided.

    t(1-alpha/2, n-1) + z(power) standard errors of the difference (Cohen, *Statistical Power
    Analysis for the Behavioral Sciences*, 1988, with t in place of z for the critical value);
    `their_variance` is that of the other mean, 0 for an exact number. None for a single repeat.
    """
    if ours.n < 2:
        return None
    from scipy.special import stdtrit

    error = math.sqrt(ours.variance_of_mean + their_variance)
    critical = float(stdtrit(ours.n - 1, 1 - ALPHA / 2))
    return (critical + _normal_quantile(power)) * error


def _normal_quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))


def _checked(scores: Sequence[float]) -> list[float]:
    values = [float(score) for score in scores]
    if not values:
        raise ValueError("expected at least one score, received none")
    if not all(map(math.isfinite, values)):
        raise ValueError(f"expected finite scores, received {values}; a failed trial has no score")
    return values
