"""Several training seeds a split: what is planned, what stays done, and which rows it trains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from data_folder import keras_here

from benchmarks import registry
from benchmarks.data import Loaded, Store, load
from benchmarks.definition import Benchmark
from benchmarks.protocols import with_seeds
from runners.execution import plan, worker
from runners.records.store import Runs

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Benchmark, Loaded]:
    """A benchmark whose data a definition computes, on five random splits."""
    benchmark = registry.load().benchmarks["toy/celsius"]
    return benchmark, load(benchmark.data, Store(tmp_path_factory.mktemp("data"), offline=True))


def test_more_seeds_are_planned_for_networks_alone(toy, tmp_path: Path) -> None:
    benchmark, loaded = toy
    more = replace(benchmark, protocol=with_seeds(benchmark.protocol, 3))
    made = plan.make(more, loaded, "quick", Runs(tmp_path), fresh=False)
    wanted = {entry.name: 15 if entry.kind == "keras" else 5 for entry in benchmark.entries}
    for name, count in wanted.items():
        groups = [group for group in made.groups if group.entry == name]
        repeats = [repeat for group in groups for repeat in group.repeats]
        assert repeats == list(range(count))
        assert [seed for group in groups for seed in group.seeds] == list(range(count))
    assert made.trials == sum(wanted.values())


def test_more_seeds_leave_what_is_done_valid(toy, tmp_path: Path) -> None:
    benchmark, loaded = toy
    more = replace(benchmark, protocol=with_seeds(benchmark.protocol, 3))
    for entry in benchmark.entries:
        assert plan.inputs_of(more, entry, loaded) == plan.inputs_of(benchmark, entry, loaded)


def test_another_seed_trains_and_tests_the_same_rows(toy) -> None:
    benchmark, loaded = toy
    more = replace(benchmark, protocol=with_seeds(benchmark.protocol, 3))
    floor = next(entry for entry in more.entries if entry.floor)
    outcome = worker.train(more, floor, loaded, [1, 6, 11])
    assert outcome.predictions[0] == outcome.predictions[1] == outcome.predictions[2]
    assert outcome.scores[0] == outcome.scores[2]
