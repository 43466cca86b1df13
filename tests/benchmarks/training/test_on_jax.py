"""The trainer on JAX, where that is installed: `on_jax_checks` in a process of its own.

Its scores are held against those of the TensorFlow trainer, which trains here.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import CHECKOUT
from data_folder import keras_here
from jax_help import NETWORKS, QUICK, RECIPE, SEEDS, built, rows, score
from training_help import train

__all__ = ["keras_here"]  # a fixture

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="the optional package jax is not installed"
)
CHECKS = "tests/benchmarks/training/on_jax_checks.py"


def checked(which: str, folder: Path) -> None:
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "SCORES": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-m", which, CHECKS],
        cwd=CHECKOUT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def within_seed_noise(name: str, folder: Path) -> None:
    """Means over seeds apart by no more than twice the standard error of their difference."""
    theirs = []
    for seed in SEEDS:
        model = built(name, seed)
        x, y = rows(model, 160)
        train([model], [x], [y], [seed], RECIPE, "crossentropy")
        theirs.append(score(model))
    ours = json.loads((folder / f"{name}.json").read_text())
    noise = np.sqrt((np.var(ours, ddof=1) + np.var(theirs, ddof=1)) / len(SEEDS))
    assert abs(np.mean(ours) - np.mean(theirs)) < 2 * noise, (ours, theirs)


@pytest.mark.usefixtures("keras_here")
def test_small_networks(tmp_path: Path) -> None:
    checked("not slow", tmp_path)
    for name in QUICK:
        within_seed_noise(name, tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("keras_here")
def test_convolutional_recurrent_and_attention_networks(tmp_path: Path) -> None:
    checked("slow", tmp_path)
    for name in set(NETWORKS) - set(QUICK):
        within_seed_noise(name, tmp_path)
