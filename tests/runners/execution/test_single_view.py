"""An entry that averages views of a test image is scored on the image alone as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks import registry
from benchmarks.data import Dataset, Loaded
from benchmarks.definition import Split
from benchmarks.entries import network
from benchmarks.training.recipe import Recipe
from runners.execution import worker

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")


def build(shape, outputs):
    import keras

    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    return keras.Sequential([keras.Input(shape), *layers, keras.layers.Dense(outputs)])


def test_both_scores_come_from_one_training() -> None:
    random = np.random.default_rng(0)
    x, y = random.integers(0, 128, (90, 6, 6, 1), np.uint8), np.arange(90) % 2
    for image, side in zip(x, y, strict=True):
        image[:, 3 * side : 3 * side + 3] += 100
    dataset = Dataset(x=x, y=y, class_names=("left", "right"))
    rows = np.arange(90)
    cifar = registry.load().benchmarks["cifar/cifar10"]
    recipe = Recipe(epochs=5, batch_size=30, learning_rate=0.05)
    plain = network("plain", build, recipe, "", inputs="raw")
    averaged = network("averaged", build, recipe, "", inputs="raw", test_time_augmentation="flip")
    one_split = lambda dataset: [Split(rows[:60], rows[60:], 3)]  # noqa: E731
    benchmark = replace(
        cifar,
        entries=[plain, averaged],
        protocol=replace(cifar.protocol, repeats=1, splits=one_split),
    )
    loaded = Loaded(dataset, "synthetic", {}, official=False)
    (alone,) = worker.train(benchmark, plain, loaded, [0]).scores
    (both,) = worker.train(benchmark, averaged, loaded, [0]).scores
    assert set(alone) == {"accuracy"}
    assert both["accuracy_single_view"] == alone["accuracy"]
    # Its mirror image is of the other class, so that the average knows neither.
    assert both["accuracy"] < 0.8 < alone["accuracy"]
