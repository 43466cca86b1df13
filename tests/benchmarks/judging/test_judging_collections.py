"""Ranks and tests across tasks, on small numbers worked out by hand or by other means."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.judging import collections as judging


def differences(mean: float, spread: float, tasks: int) -> list[float]:
    return [float(value) for value in np.random.default_rng(1).normal(mean, spread, tasks)]


def test_the_best_has_rank_one_and_ties_share_their_places() -> None:
    table = {"a": [0.9, 0.8, 0.7], "b": [0.9, 0.7, 0.8], "c": [0.5, 0.7, 0.9]}
    placed = judging.ranks(table)
    assert placed == {"a": [1.5, 1.0, 3.0], "b": [1.5, 2.5, 2.0], "c": [3.0, 2.5, 1.0]}
    assert judging.mean_ranks(table)["a"] == pytest.approx(5.5 / 3)


def test_no_rank_rests_on_anothers_rounding() -> None:
    table = {"exact": [29 / 30], "printed": [0.967]}
    assert judging.mean_ranks(table) == {"exact": 2.0, "printed": 1.0}
    assert judging.mean_ranks(table, [0.001]) == {"exact": 1.5, "printed": 1.5}


@given(
    st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=2, max_size=9),
)
def test_ranks_of_a_task_add_up(tasks: list[list[float]]) -> None:
    table = {f"m{i}": [task[i] for task in tasks] for i in range(3)}
    placed = judging.ranks(table)
    for task in range(len(tasks)):
        assert sum(row[task] for row in placed.values()) == pytest.approx(6)


def test_a_difference_within_the_printed_step_is_a_tie() -> None:
    assert judging.wins([0.0004, -0.0004, 0.01, -0.02], [0.001] * 4) == (1, 2, 1)


def test_signed_rank_of_demsars_example() -> None:
    # JMLR 7 (2006), table 2: C4.5 and C4.5+m on 14 data sets; z = -2.54, so p = 0.011 by the normal
    # approximation, somewhat less exactly.
    plain = [
        *(0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661),
        *(0.583, 0.775, 1.0, 0.940, 0.619, 0.972, 0.957),
    ]
    tuned = [
        *(0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668),
        *(0.583, 0.838, 1.0, 0.962, 0.666, 0.981, 0.978),
    ]
    gained = [round(b - a, 6) for a, b in zip(plain, tuned, strict=True)]
    assert judging.signed_rank(gained) == pytest.approx(0.011, abs=0.004)
    assert judging.signed_rank([0.0] * 9) == 1.0


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=9))
def test_signed_rank_is_exact_with_ties(observed: list[int]) -> None:
    """Against all signs of the differences one by one."""
    rank = stats.rankdata([abs(d) for d in observed])
    moved = [r for r, d in zip(rank, observed, strict=True) if d]
    seen = sum(r for r, d in zip(rank, observed, strict=True) if d > 0)
    sums = [sum(chosen) for chosen in product(*((0.0, r) for r in moved))]
    tail = min(sum(s <= seen for s in sums), sum(s >= seen for s in sums)) / len(sums)
    assert judging.signed_rank(observed) == pytest.approx(min(1.0, 2 * tail))


def test_signed_rank_of_many_tasks_is_scipys() -> None:
    observed = differences(0.01, 0.05, 40)
    assert judging.signed_rank(observed) == pytest.approx(stats.wilcoxon(observed).pvalue)
    many = differences(0.002, 0.02, 110)
    assert judging.signed_rank(many) == pytest.approx(stats.wilcoxon(many).pvalue, rel=0.03)


def test_friedman_is_iman_and_davenports_f_of_the_chi_square() -> None:
    random = np.random.default_rng(5)
    table = {name: random.normal(i / 4, 1, 14).tolist() for i, name in enumerate("abcd")}
    chi = stats.friedmanchisquare(*table.values()).statistic
    f = 13 * chi / (14 * 3 - chi)
    assert judging.friedman(table) == pytest.approx(stats.f.sf(f, 3, 39), rel=1e-9)
    assert judging.friedman({"a": [1, 2], "b": [2, 1]}) is None
    apart = {name: [i + value for value in table["a"]] for i, name in enumerate("abcd")}
    assert judging.friedman(apart) == 0.0


def test_critical_difference_has_demsars_quantile() -> None:
    # JMLR 7 (2006), table 5: 2.569 for four methods at 5 %.
    assert judging.critical_difference(4, 14) == pytest.approx(2.569 * (20 / 84) ** 0.5, abs=2e-3)


def test_friedman_rejects_as_often_as_it_says() -> None:
    random, rejected = np.random.default_rng(5), 0
    for _ in range(400):
        table = {name: random.normal(0, 1, 12).tolist() for name in "abcde"}
        rejected += (judging.friedman(table) or 1) < 0.05
    assert 0.02 < rejected / 400 < 0.09


def test_cliques_are_runs_in_which_no_pair_is_told_apart() -> None:
    order = ["a", "b", "c", "d", "e"]
    p = {(x, y): 1.0 for i, x in enumerate(order) for y in order[i + 1 :]}
    p |= {("a", "c"): 0.01, ("a", "d"): 0.01, ("a", "e"): 0.01, ("b", "e"): 0.01}
    assert judging.cliques(order, p) == [["a", "b"], ["b", "c", "d"], ["c", "d", "e"]]
    assert judging.cliques(order, dict.fromkeys(p, 0.01)) == []
    assert judging.cliques(order, dict.fromkeys(p, 0.5)) == [order]


@pytest.mark.parametrize(
    ("mean", "spread", "largest"),
    [(0.03, 0.02, "better"), (-0.03, 0.02, "worse"), (0.0, 0.004, "same")],
)
def test_the_bayesian_test_finds_what_was_put_in(mean: float, spread: float, largest: str) -> None:
    chances = judging.bayesian_signed_rank(differences(mean, spread, 40), rope=0.01)
    assert sum(chances) == pytest.approx(1)
    assert getattr(chances, largest) > 0.95
    mirrored = judging.bayesian_signed_rank([-d for d in differences(mean, spread, 40)], rope=0.01)
    assert mirrored.worse == pytest.approx(chances.better, abs=0.02)


def test_the_bayesian_test_agrees_with_its_definition() -> None:
    """Against the definition of Benavoli et al., computed sample by sample."""
    observed = differences(0.008, 0.02, 11)
    z, winners = [0.0, *observed], [0, 0, 0]
    for weights in np.random.default_rng(0).dirichlet([0.5, *[1.0] * 11], size=1500):
        mass = [0.0, 0.0, 0.0]
        for i, a in enumerate(z):
            for j, b in enumerate(z):
                middle = (a + b) / 2
                region = 0 if middle < -0.01 else 2 if middle > 0.01 else 1
                mass[region] += weights[i] * weights[j]
        winners[mass.index(max(mass))] += 1
    chances = judging.bayesian_signed_rank(observed, rope=0.01)
    assert chances == pytest.approx([n / 1500 for n in winners], abs=0.04)


def test_few_tasks_are_not_tested() -> None:
    pair = judging.compare([0.1] * 5, [0.0] * 5, rope=0.01)
    assert (pair.p, pair.probabilities, pair.tasks) == (None, None, 5)
    assert judging.outcome(pair, None) == "inconclusive"
    enough = judging.compare([0.1, 0.11, 0.12, 0.13, 0.14, 0.15], [0.0] * 6, rope=0.01)
    assert enough.p == pytest.approx(2 / 2**6)


@pytest.mark.parametrize(
    ("mean", "spread", "expected"),
    [
        (0.03, 0.02, "better"),
        (-0.03, 0.02, "worse"),
        (0.0, 0.003, "reproduced"),
        (0.006, 0.03, "at-least-as-good"),
        (0.0, 0.2, "inconclusive"),
    ],
)
def test_outcomes(mean: float, spread: float, expected: str) -> None:
    pair = judging.compare(differences(mean, spread, 30), [0.0] * 30, rope=0.01)
    assert judging.outcome(pair, pair.p) == expected
