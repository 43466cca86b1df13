"""What a dry run says of a network, beyond what the command line shows in one run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here  # noqa: F401
from training_help import ADAM, FEATURES, dense, rows

from benchmarks import registry
from benchmarks.data import Store, load
from benchmarks.definition import Entry, Training
from benchmarks.entries import average, forecaster, majority, mlp, network
from runners.execution import plan, worker
from runners.execution.dry_run import NOTHING, dry_run, needed
from runners.records.store import Runs

pytestmark = pytest.mark.usefixtures("keras_here")


def plain(shape: Any, outputs: int) -> Any:
    return dense(3, outputs)


def with_a_function(shape: Any, outputs: int) -> Any:
    import keras

    layers = [keras.Input(shape), keras.layers.Dense(4, activation=lambda x: x * x, name="square")]
    return keras.Sequential([*layers, keras.layers.Dense(outputs)])


def ends_in_relu(shape: Any, outputs: int) -> Any:
    import keras

    return keras.Sequential([keras.Input(shape), keras.layers.Dense(outputs, "relu")])


def own_step(shape: Any, outputs: int) -> Any:
    import keras

    class Stepping(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(outputs)

        def call(self, given: Any) -> Any:
            return self.dense(given)

        def train_step(self, data: Any) -> Any:
            raise AssertionError

    return Stepping()


def broken(shape: Any, outputs: int) -> Any:
    raise KeyError("no such layer")


def training(classes: int = 3) -> Training:
    (x,), (y,) = rows([30], classes)
    return Training(x, y, "classification" if classes else "regression", classes, 1)


def entry(build: Any, **more: Any) -> Entry:
    return network("own", build, replace(ADAM, epochs=1), "Own.", headline=True, **more)


def test_an_ordinary_network_has_nothing_to_say() -> None:
    before = dense(3).get_weights()
    assert dry_run(entry(plain), training()) == NOTHING
    for one, other in zip(before, dense(3).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_function_of_ones_own_is_named_by_its_layer() -> None:
    said = dry_run(entry(with_a_function), training()).unsaved
    assert said.startswith("layer 'square' (Dense) cannot be loaded: it holds a function of the")
    handed = mlp("mlp", [4], ADAM, activation=lambda x: x, headline=True)  # type: ignore[arg-type]
    assert "holds a function" in dry_run(handed, training()).unsaved
    assert not dry_run(replace(handed, headline=False), training()).unsaved  # nobody keeps it


@pytest.mark.parametrize(("classes", "taken"), [(0, "standardised targets"), (3, "logits")])
def test_an_activation_that_stays_is_said(classes: int, taken: str) -> None:
    (said,) = dry_run(entry(ends_in_relu), training(classes)).remarks
    assert said.startswith(f"its last layer has the activation relu: outputs are {taken}")


def test_a_training_step_of_ones_own_is_said() -> None:
    """A model without `get_config` whose `__init__` takes no name cannot be loaded either."""
    found = dry_run(entry(own_step), training())
    assert found.remarks[0].startswith("Stepping.train_step is not called")
    assert re.match(r"layer 'stepping\w*' \(Stepping\) cannot be loaded; decorate", found.unsaved)


def test_a_builder_that_fails_says_so_before_training() -> None:
    with pytest.raises(KeyError, match="no such layer"):
        dry_run(entry(broken), training())


def test_only_networks_of_a_definitions_own_builder_are_looked_at() -> None:
    assert needed(entry(plain))
    assert needed(forecaster("own", plain, ADAM, "Own."))
    assert not needed(mlp("mlp", [FEATURES], ADAM))
    assert not needed(majority())
    assert not needed(average("both", ["one", "other"]))


def test_the_rows_of_a_further_seed_are_those_of_its_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five splits with several seeds, repeat 6 trains the second split again."""
    benchmark = registry.load().benchmarks["toy/celsius"]
    loaded = load(benchmark.data, Store(tmp_path, offline=True))
    made = plan.make(benchmark, loaded, "quick", Runs(tmp_path), fresh=False)
    group = next(group for group in made.groups if group.entry == "neuron")
    trained = []
    monkeypatch.setattr(
        worker.dry_run, "dry_run", lambda entry, rows: trained.append(rows.x) or NOTHING
    )
    for repeat in (1, 6):
        worker._dry_run(benchmark, entry(plain), loaded, replace(group, repeats=(repeat,)))
    np.testing.assert_array_equal(*trained)
