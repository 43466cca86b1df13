"""The archive of 121 tasks as a definition: its rows, protocols, anchors and published scores."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import registry
from benchmarks.dataset import Dataset
from benchmarks.protocols import UCI121_FILE, UCI121_FOLDS
from benchmarks.published import baselines, comparability
from benchmarks.repeats import planned
from benchmarks.uci.archive_121 import ABSENT, CHOSEN_ON, NAME, NETWORKS, OUT, QUICK, TASKS

REGISTRY = registry.load()


def test_every_row_of_the_table_is_a_task_and_what_is_named_is_one() -> None:
    assert not [name for name in REGISTRY.problems if name.startswith(NAME)]
    slugs = {task.slug for task in TASKS.values()}
    assert len(slugs) == 117
    assert len(slugs | set(ABSENT)) == 121
    assert {*OUT, *QUICK, *CHOSEN_ON} <= slugs
    assert not set(QUICK) & set(OUT)
    assert len(REGISTRY.collections[NAME].compared) == 105


def test_tasks_with_a_test_file_repeat_seeds_and_others_folds() -> None:
    for name, task in TASKS.items():
        benchmark = REGISTRY.benchmarks[name]
        assert benchmark.protocol == (UCI121_FILE if task.train_rows else UCI121_FOLDS)
        assert benchmark.headline.name == "bagged"
        assert benchmark.margin >= 0.9 / task.rows


def test_a_repeat_is_a_published_fold_and_a_seed_of_its_own() -> None:
    folds = tuple((np.arange(fold, 8), np.arange(fold)) for fold in range(1, 5))
    data = Dataset(np.zeros((8, 1)), np.zeros(8, np.int64), folds=folds)
    splits = UCI121_FOLDS.splits(data)
    assert [(len(split.test), split.seed) for split in splits] == [(1, 0), (2, 1), (3, 2), (4, 3)]
    task = REGISTRY.benchmarks[f"{NAME}-iris"]
    counts = {entry.name: len(planned(task.protocol, entry, 4)) for entry in task.entries}
    assert (counts["bagged"], counts["selu"], counts["svm"]) == (12, 4, 4)
    with pytest.raises(ValueError, match="published folds"):
        UCI121_FOLDS.splits(Dataset(np.zeros((8, 1)), np.zeros(8, np.int64)))


def test_folds_count_in_the_digest() -> None:
    x, y = np.zeros((4, 1)), np.array([0, 1, 0, 1])
    one = Dataset(x, y, folds=((np.array([0, 1]), np.array([2, 3])),))
    other = Dataset(x, y, folds=((np.array([0, 2]), np.array([1, 3])),))
    assert len({Dataset(x, y).digest, one.digest, other.digest}) == 3


def test_published_networks_are_comparable_and_tuning_on_other_folds_helped_the_paper() -> None:
    seen = set()
    for name, task in TASKS.items():
        benchmark = REGISTRY.benchmarks[name]
        for row in baselines.load(name):
            fields = comparability.departures(
                benchmark.protocol, {"tuning": "on training rows"}, row, "accuracy"
            )
            names = {difference.field for difference in fields}
            if row.model in NETWORKS:
                assert not names, row.id
            if row.model.startswith("SVM") and not task.train_rows:
                assert names == {"tuning"}, row.id
                assert comparability.beneficiary(fields) == "paper"
            if row.model.startswith("random forest") and not task.train_rows:
                assert names == {"split", "tuning"}, row.id
            seen.add(row.model)
    assert len(seen) == 25
