"""Test images that training images nearly repeat."""

from __future__ import annotations

import numpy as np
import pytest
from data_folder import BENCHMARKS, loaded_or_skip, store

from benchmarks.data import Dataset, Store
from runners.exhibits.duplicates import near_duplicates, unit_vectors, without
from runners.exhibits.predictions import EntryPredictions

__all__ = ["store"]  # a fixture


def pictures() -> Dataset:
    """Twenty training pictures; of four test pictures three are made of the first ones."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 200, (21, 8, 8, 3))
    train = np.kron(coarse, np.ones((1, 4, 4, 1))).astype(np.uint8)
    mirrored = train[1, :, ::-1]
    brighter = np.clip(train[2].astype(int) + 40, 0, 255).astype(np.uint8)
    noisy = np.clip(train[3] + random.normal(0, 12, train[3].shape), 0, 255).astype(np.uint8)
    x = np.concatenate([train[:20], [mirrored, brighter, noisy, train[20]]])
    names = ("a", "b")
    return Dataset(x=x, y=np.arange(24) % 2, class_names=names, train_rows=20)


def test_mirrored_brighter_and_noisy_copies_are_found_and_no_others() -> None:
    assert near_duplicates(pictures()).tolist() == [20, 21, 22]


def test_only_images_with_an_official_test_part_are_searched() -> None:
    data = pictures()
    for other in (
        Dataset(x=data.x, y=data.y, class_names=("a", "b")),
        Dataset(x=data.x.astype(np.float64), y=data.y, class_names=("a", "b"), train_rows=20),
    ):
        assert len(near_duplicates(other)) == 0


@pytest.mark.parametrize("shape", [(32, 32, 3), (33, 47, 3), (8, 8, 1), (16, 64, 3)])
def test_images_of_any_size_become_unit_vectors(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(1).integers(0, 255, (5, *shape), dtype=np.uint8)
    images[0] = 7  # of one colour: no direction
    vectors = unit_vectors(images)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [0, 1, 1, 1, 1], atol=1e-4)


def test_scores_with_and_without_them() -> None:
    values = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    one = EntryPredictions("net", 1, np.array([20, 21, 22, 23]), np.array([0, 1, 1, 0]), values)
    assert without(one, np.array([21])) == {"name": one.name, "all": 0.75, "others": 1.0}


@pytest.mark.slow
def test_cifar10_has_some_as_its_literature_says(store: Store) -> None:
    """Fewer than the 3.3 % that Barz and Denzler found, whose search sees shifts and crops too."""
    cifar = next(benchmark for benchmark in BENCHMARKS if benchmark.name == "cifar/cifar10")
    dataset = loaded_or_skip(cifar, store).dataset
    assert 100 <= len(near_duplicates(dataset)) <= 330
