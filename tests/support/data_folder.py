"""What tests of training share: a data folder filled from the mirror, and Keras on one thread."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, at_hand, default_folder, import_folder, load
from benchmarks.definition import Benchmark, Entry
from benchmarks.training.recipe import Recipe
from runners.execution import worker
from runners.execution.worker import variables

MIRROR = Path(
    os.environ.get("KERASFOLIO_TEST_MIRROR")
    or Path(__file__).resolve().parents[3] / "shared" / "data"
)
BENCHMARKS = [one for one in registry.load().benchmarks.values() if not one.collection]
"""Those that stand alone: a collection's own tasks share one definition, and one test."""

slow = pytest.mark.slow
EACH_BENCHMARK = [
    pytest.param(benchmark, id=benchmark.name, marks=() if benchmark.suite == "quick" else slow)
    for benchmark in BENCHMARKS
]
"""Every benchmark of the registry; those outside the quick suite are slow to train."""


@cache
def filled(folder: Path) -> Store:
    """A data folder holding what the mirror has for the registry; empty without a mirror."""
    store = Store(folder, offline=True)
    if MIRROR.is_dir():
        import_folder(MIRROR, store, {b.name: b.data for b in BENCHMARKS})
    return store


@cache
def with_cifar(store: Store, home: Path) -> None:
    """Add CIFAR-10, from KERASFOLIO_TEST_CIFAR or unpacked from the mirror (12 seconds)."""
    home = Path(os.environ.get("KERASFOLIO_TEST_CIFAR") or home)
    if not home.is_dir():
        unpack = [sys.executable, str(MIRROR / "unpack.py"), "cifar10", "--quiet", "--dest"]
        subprocess.run([*unpack, str(home)], check=True)
    import_folder(home, store, {b.name: b.data for b in BENCHMARKS if "cifar" in b.name})


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The data folder of this test session, made once whichever test file asks first."""
    return filled(tmp_path_factory.getbasetemp() / "data")


def with_own(benchmark: Benchmark, store: Store) -> Store:
    """The store that has a benchmark's data: of one's own it is in one's own data folder alone."""
    own = "own" in benchmark.data.values and not at_hand(benchmark.data, store)
    return Store(default_folder(), offline=True) if own else store


def loaded_or_skip(benchmark: Benchmark, store: Store) -> Loaded:
    """A benchmark's data, or a skipped test that says why it cannot be had here."""
    if benchmark.family == "cifar" and (MIRROR / "unpack.py").is_file():
        with_cifar(store, store.folder.parent / "cifar-home")
    try:
        return load(benchmark.data, with_own(benchmark, store))
    except DataError as error:
        pytest.skip(f"no data for {benchmark.name}: {error}")


def shorter(entry: Entry) -> Entry:
    """The entry with its networks trained for two epochs: enough for a leak to show.

    Without XLA, which compiles for longer than it then trains; but for texts, whose stacked layers
    give each repeat the same bits whatever stands beside it when they are compiled, as they train.
    """
    return replace(entry, fit=_shorter(entry.fit, "tokens" in entry.values))


def _shorter(fit: Any, jit_compile: bool = False) -> Any:
    """A fit, or each of those it chooses among, with a recipe of two epochs."""
    keywords = getattr(fit, "keywords", {})
    if isinstance(keywords.get("recipe"), Recipe):
        recipe = replace(keywords["recipe"], epochs=2, jit_compile=jit_compile)
        return partial(fit, recipe=recipe)
    if "inner" in keywords:
        return partial(fit, inner=_shorter(keywords["inner"], jit_compile))
    if "fits" in keywords:
        return partial(fit, fits=tuple(_shorter(one, jit_compile) for one in keywords["fits"]))
    return fit


def smaller(loaded: Loaded, train: int = 500, test: int = 200) -> Loaded:
    """The first training and test rows of a large official split; other data as it is."""
    dataset, cut = loaded.dataset, loaded.dataset.train_rows
    if cut is None or len(dataset.y) < 10_000:
        return loaded
    rows = np.r_[:train, cut : cut + test]
    part = replace(dataset, x=dataset.x[rows], y=dataset.y[rows], train_rows=train)
    return replace(loaded, dataset=part)


@pytest.fixture(scope="session")
def keras_here() -> None:
    """Make this process what a worker is: one thread, no graphics card, quiet libraries."""
    on_one_thread()


@cache
def on_one_thread() -> None:
    os.environ.update(variables())
    worker.start(1)
