"""Which rows and which seed a repeat has, and scores by split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.definition import Entry, Split
from benchmarks.protocols import REG20, with_seeds
from benchmarks.repeats import by_split, means, numbers, planned, split_at

NETWORK = Entry("net", "keras", lambda trainings: [], "A network.")


def test_the_first_repeats_are_the_splits_and_no_two_have_one_seed():
    splits = [Split(np.arange(9), np.array([k]), k) for k in range(4)]
    repeats = [split_at(splits, repeat) for repeat in range(12)]
    assert repeats[:4] == splits
    assert [one.test[0] for one in repeats] == [0, 1, 2, 3] * 3
    assert len({one.seed for one in repeats}) == 12


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 60),
        ({"kind": "reference"}, 20),
        ({"seeded": 3}, 26),
        ({"seeded": 0}, 20),
        ({"repeats": 5}, 15),
        ({"repeats": 5, "seeded": 8}, 15),
    ],
)
def test_networks_train_every_seed_and_baselines_every_split_once(changes, count):
    found = planned(REG20, replace(NETWORK, **changes), 20)
    assert len(set(found)) == count
    assert found[: min(count, 5)] == [0, 1, 2, 3, 4]
    assert found == sorted(found)


def test_a_few_splits_with_several_seeds_are_the_first_ones():
    assert numbers(4, 3, seeded=2) == [0, 1, 2, 3, 4, 5, 8, 9]
    assert planned(with_seeds(REG20, 1), NETWORK, 20) == list(range(20))


def test_scores_of_a_split_are_those_of_its_seeds():
    scores = {0: 1.0, 1: 2.0, 2: 3.0, 3: 5.0, 4: 4.0}
    assert by_split(scores, 2, 3) == {0: [1.0, 3.0, 4.0], 1: [2.0, 5.0]}
    assert means(by_split(scores, 2, 3)) == {0: pytest.approx(8 / 3), 1: 3.5}
    assert by_split(scores, 2) == {repeat: [score] for repeat, score in scores.items()}
