"""A run that is killed while it trains goes on where it was, and ends at the same bits."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
from conftest import Place, contents, ended, until, workshop
from test_interruption import whole

LONG = '''
"""Wine, with a network that trains for hundreds of epochs, one at a time."""

from dataclasses import replace

from benchmarks import benchmark
from benchmarks.entries import majority
from benchmarks.entries.networks import network
from benchmarks.training.recipe import Recipe
from benchmarks.uci import wine


def build(shape, outputs):
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(outputs),
        ]
    )


@benchmark("toy/long")
def long():
    """Long enough to be killed in the middle."""
    recipe = Recipe(800, 8, "sgd", learning_rate=0.01, momentum=0.9, jit_compile=False)
    net = network("net", build, recipe, "Trains.", headline=True, stack=30)
    return replace(wine.wine(), entries=[majority(), net])
'''
BENCH = ("bench", "--suite", "quick", "--only", "toy/long")


@pytest.mark.slow
def test_a_run_killed_while_training_ends_at_the_same_bits(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place.code = workshop(tmp_path_factory.mktemp("long"), "uci/wine")
    (place.code / "benchmarks/toy").mkdir()
    (place.code / "benchmarks/toy/long.py").write_text(LONG)
    checkpoints = place.code / "benchmarks/training/checkpoints.py"
    checkpoints.write_text(checkpoints.read_text().replace("EVERY = 30.0", "EVERY = 0.5"))

    def epochs_kept() -> int:
        found = list(place.data.glob("checkpoints/**/*.npz"))
        return int(np.load(found[0])["done"]) if found else 0

    process = place.start(*BENCH, *place.folders)
    until(lambda: epochs_kept() > 50, "a state on disk", process, 180)
    os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    begun = epochs_kept()
    assert 50 < begun < 800
    assert not [name for name in place.records() if "/net/" in name]

    resumed = place.bench(*BENCH[1:])
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert not list(place.data.glob("checkpoints/**/*.npz"))
    assert len([name for name in whole(place) if "/net/" in name]) == 30

    straight = Place(place.root / "straight", place.code)
    done = straight.bench(*BENCH[1:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(place) == contents(straight)
