"""Every formula against scipy.stats, and every design's calibration by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.judging.statistics import (
    Comparison,
    Summary,
    exact_interval,
    holm,
    item_interval,
    items,
    one_sample,
    paired,
    pooled_deviation,
    prediction,
    repeats_needed,
    summarise,
    t_interval,
    welch,
)

numbers = st.floats(-100, 100).map(lambda value: round(value, 3))
samples = st.lists(numbers, min_size=3, max_size=12).filter(lambda values: np.std(values) > 0.01)


def summary(values, overlap=0.0) -> Summary:
    found = summarise(values, overlap)
    assert found is not None
    return found


@given(samples)
def test_summary_and_interval_are_scipys(values):
    found = summary(values)
    assert found.mean == pytest.approx(np.mean(values), abs=1e-9)
    assert found.deviation == pytest.approx(np.std(values, ddof=1))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert t_interval(values) == pytest.approx(tuple(expected), abs=1e-9)


@given(
    *[st.lists(numbers, min_size=5, max_size=12).filter(lambda v: np.std(v) > 0.01)] * 2,
)
def test_welch_from_summaries_is_scipys_on_the_scores(a, b):
    found, expected = welch(summary(a), summary(b)), stats.ttest_ind(a, b, equal_var=False)
    assert found.df == pytest.approx(expected.df)
    assert found.p_two_sided() == pytest.approx(expected.pvalue)
    greater = stats.ttest_ind(a, b, equal_var=False, alternative="greater")
    assert found.p_greater() == pytest.approx(greater.pvalue)
    assert found.p_less() == pytest.approx(1 - greater.pvalue)


def test_welch_counts_the_smaller_of_two_tiny_samples():
    assert welch(Summary(1.0, 1.0, 3), Summary(0.0, 2.0, 20)).df == 2


@given(samples, numbers)
def test_one_sample_is_scipys(values, exact):
    found = one_sample(summary(values), exact)
    assert found.p_two_sided() == pytest.approx(stats.ttest_1samp(values, exact).pvalue)


@given(samples, st.floats(0.1, 50))
def test_equivalence_is_two_one_sided_t_tests(values, margin):
    lower = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    upper = stats.ttest_1samp(values, margin, alternative="less").pvalue
    found = one_sample(summary(values), 0.0).p_equivalent(margin)
    assert found == pytest.approx(max(lower, upper), abs=1e-12)


@given(samples, st.floats(0.1, 50), st.sampled_from(["min", "max"]))
def test_no_worse_is_a_one_sided_t_test_at_the_margin(values, margin, direction):
    sign = 1 if direction == "max" else -1
    expected = stats.ttest_1samp([sign * v for v in values], -margin, alternative="greater").pvalue
    found = one_sample(summary(values), 0.0)
    assert found.p_not_worse(margin, direction) == pytest.approx(expected, abs=1e-12)
    assert found.p_not_worse(margin, direction) <= found.p_equivalent(margin)


@given(samples, st.floats(0, 50), st.sampled_from(["min", "max"]))
def test_the_three_probabilities_add_up_and_agree_with_the_tests(values, margin, direction):
    found = one_sample(summary(values), 0.0)
    chances = found.probabilities(margin, direction)
    assert math.fsum(chances) == pytest.approx(1)
    assert min(chances) >= 0
    assert chances.worse == pytest.approx(found.p_not_worse(margin, direction))
    assert chances.same >= 1 - 2 * found.p_equivalent(margin) - 1e-9
    tails = (found.p_less(), found.p_greater())  # p of "less" is the chance that it is more
    more, less = tails if direction == "max" else tails[::-1]
    if margin == 0:
        assert (chances.better, chances.worse) == pytest.approx((more, less))
    turned = found.probabilities(margin, "min" if direction == "max" else "max")
    assert (turned.worse, turned.better) == pytest.approx((chances.better, chances.worse))


@pytest.mark.parametrize(
    ("difference", "margin", "expected"),
    [(0, 0, "same"), (0, 1, "same"), (1, 1, "same"), (2, 1, "better"), (-2, 1, "worse")],
)
def test_probabilities_of_what_is_known_are_0_and_1(difference, margin, expected):
    chances = Comparison(difference, 0.0, math.inf).probabilities(margin, "max")
    assert chances._asdict() == {"worse": 0, "same": 0, "better": 0} | {expected: 1}


@given(samples, st.floats(-5, 5))
def test_paired_is_scipys_and_the_correction_widens_it(a, shift):
    b = [value + shift + 0.1 * i**2 for i, value in enumerate(a)]
    plain, corrected = paired(a, b), paired(a, b, overlap=1 / 9)
    assert plain is not None
    assert corrected is not None
    assert plain.p_two_sided() == pytest.approx(stats.ttest_rel(a, b).pvalue, rel=1e-6)
    # Nadeau and Bengio (2003): 1/n becomes 1/n + n_test/n_train
    n = len(a)
    assert corrected.error / plain.error == pytest.approx(math.sqrt((1 / n + 1 / 9) * n))


def test_prediction_interval_of_one_more_run():
    ours = summary([1.0, 2.0, 3.0])
    found = prediction(ours, 5.0)
    assert found.error == pytest.approx(1.0 * math.sqrt(1 / 3 + 1))
    assert found.df == 2
    assert prediction(ours, 5.0, runs=4).error == pytest.approx(math.sqrt(1 / 3 + 1 / 4))
    with pytest.raises(ValueError, match="at least 1 run"):
        prediction(ours, 5.0, runs=0)


def test_published_scatter_counts_where_it_is_larger_than_ours():
    ours, pooled = summary([1.0, 2.0, 3.0, 1.0, 3.0]), pooled_deviation([(3.0, 5)] * 3)
    assert ours.deviation == 1.0
    assert pooled == (3.0, 4)
    found = prediction(ours, 5.0, runs=1, pooled=pooled)
    assert found.error == pytest.approx(math.sqrt(1 / 5 + 9))
    assert found.df == pytest.approx((1 / 5 + 9) ** 2 / ((1 / 5) ** 2 / 4 + 9**2 / 4))
    assert prediction(ours, 5.0, pooled=pooled_deviation([(0.5, 5)])) == prediction(ours, 5.0)
    # as in Welch's test, few scores count as few
    assert prediction(summary([1.0, 2.0]), 5.0, runs=9, pooled=pooled).df == 1
    alike = prediction(summary([2.0, 2.0]), 5.0, pooled=pooled)
    assert (alike.error, alike.df) == (3, 4)


def test_one_recipe_that_collapses_does_not_make_all_scatter():
    assert pooled_deviation([(0.2, 5), (0.3, 5), (30.0, 5)]) == (0.3, 4)
    assert pooled_deviation([(0.2, 10), (0.4, 3)]) == (pytest.approx(0.3), 2)
    assert pooled_deviation([(0.2, 1)]) is None
    assert pooled_deviation([]) is None


@given(st.integers(1, 2000), st.data())
def test_test_items_are_two_proportions(count, data):
    a, b = (data.draw(st.integers(0, count)) for _ in range(2))
    found = items(a / count, b / count, count)
    assert found.difference == pytest.approx((a - b) / count)
    p, q = (a + 1) / (count + 2), (b + 1) / (count + 2)  # Agresti and Caffo
    assert found.error == pytest.approx(math.sqrt((p * (1 - p) + q * (1 - q)) / (count + 2)))
    assert found.error > 0
    assert found.df == math.inf


def test_items_need_accuracies():
    with pytest.raises(ValueError, match="from 0 to 1"):
        items(1.2, 0.5, 10)


def test_a_further_source_of_chance_adds_its_variance():
    training, rows = one_sample(Summary(0.1, 3.0, 9), 0.0), Comparison(0.0, 2.0, math.inf)
    both = rows.widened(training)
    assert both.error == pytest.approx(math.sqrt(1 + 4))
    assert both.df == pytest.approx((1 + 4) ** 2 / (1**2 / 8))
    assert rows.widened(Comparison(0.0, 0.0, 3)) == rows
    assert Comparison(1.0, 0.0, 3).widened(Comparison(0.0, 0.0, 3)) == (1.0, 0.0, 3)


def test_holm_is_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p_values = [0.04, 0.001, 0.03, 0.5, 0.03]
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert holm([]) == []


@given(st.integers(1, 2000), st.data())
def test_exact_interval_is_scipys(trials, data):
    successes = data.draw(st.integers(0, trials))
    expected = stats.binomtest(successes, trials).proportion_ci(0.95, method="exact")
    assert exact_interval(successes, trials) == pytest.approx((expected.low, expected.high))


@given(st.integers(1, 2000), st.data())
def test_the_interval_of_the_items_is_exact_for_whole_counts(items, data):
    right = data.draw(st.integers(0, items))
    assert item_interval(right / items, items) == exact_interval(right, items)
    between = item_interval(min(1.0, (right + 0.4) / items), items)
    assert between[0] == exact_interval(right, items)[0]
    assert between[1] == exact_interval(min(items, right + 1), items)[1]


def test_the_interval_of_the_items_covers():
    """Networks of accuracy 0.9 on 200 items: one, and the mean of five that err alike or not."""
    generator = np.random.default_rng(17)
    one = generator.binomial(200, 0.9, 4000) / 200
    alike = generator.random((4000, 200, 1)) < 0.75  # right whatever the seed
    five = (alike | (generator.random((4000, 200, 5)) < 0.6)).mean(axis=(1, 2))
    for scores in (one, five):
        covered = [low <= 0.9 <= high for low, high in (item_interval(s, 200) for s in scores)]
        assert np.mean(covered) >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / 4000)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="successes"):
        exact_interval(5, 4)


def test_single_scores_have_no_spread_and_bad_ones_are_refused():
    assert summarise([0.9]) is None
    assert t_interval([0.9]) is None
    assert paired([0.9], [0.8]) is None
    for bad in ([], [math.nan, 1.0], [math.inf, 1.0]):
        with pytest.raises(ValueError, match="expected"):
            summarise(bad)
    with pytest.raises(ValueError, match="same repeats"):
        paired([1.0, 2.0], [1.0])


def test_without_any_spread_the_difference_itself_decides():
    equal = Comparison(0.0, 0.0, math.inf)
    assert (equal.p_two_sided(), equal.p_equivalent(0.1), equal.p_equivalent(0.0)) == (1, 0, 1)
    above = welch(Summary(2.0, 0.0, 5), Summary(1.0, 0.0, 5))
    assert (above.p_greater(), above.p_less(), above.p_equivalent(0.5)) == (0, 1, 1)
    half_known = welch(Summary(2.0, 0.0, 5), Summary(1.0, 1.0, 4))
    assert (half_known.error, half_known.df) == (0.5, 3)
    assert summary([0.1 + 0.2, 0.3, 0.3]).deviation == 0


@pytest.mark.parametrize("difference", [0.0, 0.2, 1.0, 3.0])
def test_the_number_of_repeats_asked_for_settles_four_of_five(difference):
    """Run the experiment at the size that was advised and count how often it decides."""
    ours, margin = Summary(difference, 1.0, 5), 0.8
    needed = repeats_needed(ours, one_sample(ours, 0.0), margin)
    assert needed is not None
    generator = np.random.default_rng(3)
    draws = difference + generator.standard_normal((600, needed))
    means, deviations = draws.mean(axis=1), draws.std(axis=1, ddof=1)
    decided = 0
    for mean, deviation in zip(means, deviations, strict=True):
        found = one_sample(Summary(mean, deviation, needed), 0.0)
        decided += found.p_two_sided() < 0.05 or found.p_equivalent(margin) < 0.05
    assert decided / 600 > 0.75  # a normal approximation


def test_no_number_of_repeats_outweighs_an_uncertain_other_side():
    ours = Summary(1.0, 1.0, 5)
    assert repeats_needed(ours, prediction(ours, 0.0), margin=0.1) is None
    assert repeats_needed(ours, one_sample(ours, 0.0), margin=0.1) is not None


DRAWS = 4000
ALLOWED = 0.05 + 3 * math.sqrt(0.05 * 0.95 / DRAWS)


def correlated(generator, n: int, overlap: float) -> np.ndarray:
    """Scores of n overlapping splits: equal correlation, the model behind the correction."""
    correlation = overlap / (1 + overlap)
    common = generator.standard_normal((DRAWS, 1))
    own = generator.standard_normal((DRAWS, n))
    return math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own


def rate(comparisons) -> float:
    return float(np.mean([found.p_two_sided() < 0.05 for found in comparisons]))


def test_corrected_paired_test_keeps_its_level_and_the_plain_one_does_not():
    differences = correlated(np.random.default_rng(0), 20, 1 / 9)
    zero = [0.0] * 20
    corrected = rate(paired(list(row), zero, 1 / 9) for row in differences)
    plain = rate(paired(list(row), zero) for row in differences)
    assert 0.03 < corrected < ALLOWED
    assert plain > 0.15


@pytest.mark.parametrize(("n", "m", "ratio"), [(2, 5, 0.2), (3, 10, 0.2), (3, 5, 1), (5, 10, 0.2)])
def test_welch_keeps_its_level_for_small_samples(n, m, ratio):
    generator = np.random.default_rng(4)
    a, b = generator.standard_normal((DRAWS, n)), ratio * generator.standard_normal((DRAWS, m))
    assert rate(welch(summary(x), summary(y)) for x, y in zip(a, b, strict=True)) < ALLOWED


def test_welch_with_overlap_keeps_its_level():
    generator = np.random.default_rng(1)
    a, b = correlated(generator, 20, 1 / 9), 3 * correlated(generator, 20, 1 / 9)
    found = [
        welch(summary(list(x), 1 / 9), summary(list(y), 1 / 9)) for x, y in zip(a, b, strict=True)
    ]
    assert 0.03 < rate(found) < ALLOWED


def test_equivalence_is_claimed_at_the_margin_no_more_often_than_alpha():
    draws = 0.5 + 0.3 * np.random.default_rng(2).standard_normal((DRAWS, 8))
    found = [one_sample(summary(list(row)), 0.0).p_equivalent(0.5) < 0.05 for row in draws]
    assert 0.03 < np.mean(found) < ALLOWED
