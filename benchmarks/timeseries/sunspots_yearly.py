"""Yearly sunspot numbers: train to 1920, forecast each year of 1921-1955 from the 12 before."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import bundled_source
from benchmarks.data.core.source import Corrupt
from benchmarks.dataset import Dataset
from benchmarks.entries import (
    by_keras,
    conformal,
    from_scratch,
    linear,
    mean,
    network,
    persistence,
    quantile_network,
)
from benchmarks.entries.lessons.networks import recurrent, self_attention
from benchmarks.metrics import rmse
from benchmarks.protocols import SUNSPOT_1921
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


RECIPE = Recipe(epochs=100, batch_size=16, learning_rate=3e-3, schedule="cosine", weight_decay=0.1)
"""Of the GRU, chosen for it, and of the attention beside it."""
TUNED = "16 recipes of the GRU on the last 35 training years, held out"
GRU, ATTENTION = recurrent(32), self_attention(16, heads=4)
"""Networks of the lessons: once in Keras, once in NumPy."""


def gru(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """One GRU layer read at its last step."""
    import keras
    from keras import layers

    return keras.Sequential([keras.Input(shape), layers.GRU(32), layers.Dense(outputs)])


@benchmark("timeseries/sunspots-yearly", suite="quick")
def sunspots_yearly() -> Benchmark:
    """Three centuries of counting, carried by statsmodels."""
    headline = network(
        "gru",
        gru,
        RECIPE,
        "One GRU layer of 32 units, read at its last step.",
        tuned=TUNED,
        headline=True,
        from_logits=True,
    )
    return Benchmark(
        question="How many sunspots will there be next year?",
        task="regression",
        data=bundled_source(
            "statsmodels' copy",
            read_bundled,
            title="Yearly mean sunspot numbers, 1700-1955 used",
            url="https://www.statsmodels.org/stable/datasets/generated/sunspots.html",
            licence="public domain",
            citation="statsmodels_sunspots",
            rows=244,
            features=(12, 1),
            digest="sha256:b3496cc47ebf77737b8b10e8b483f6248049ca3c48495fc17ffdcf4e739f080b",
        ),
        protocol=SUNSPOT_1921,
        metric=rmse("sunspots"),
        entries=[
            mean(),
            persistence(),
            linear(),
            headline,
            quantile_network(
                "gru-quantiles",
                gru,
                RECIPE,
                "The GRU with eleven quantiles for its output.",
                tuned=TUNED,
                suite="full",
                seconds=60,
            ),
            conformal(headline, 35, suite="standard", seconds=10),
            by_keras(
                "gru-float64", GRU, RECIPE, suite="standard", repeats=3, tuned=TUNED, seconds=20
            ),
            from_scratch(
                "gru-from-scratch",
                GRU,
                RECIPE,
                beside="gru-float64",
                precision="float64",
                suite="standard",
                repeats=3,
                tuned=TUNED,
                seconds=6,
            ),
            by_keras(
                "attention", ATTENTION, RECIPE, suite="standard", repeats=3, tuned=TUNED, seconds=15
            ),
            from_scratch(
                "attention-from-scratch",
                ATTENTION,
                RECIPE,
                beside="attention",
                precision="float64",
                suite="standard",
                repeats=3,
                tuned=TUNED,
                seconds=6,
            ),
        ],
        margin=1.0,
        margin_why="one sunspot, a twentieth of what a linear model misses by",
        lessons=(
            "An autoregression on twelve years is already a good forecast; 209 training years "
            "leave a recurrent network little room."
        ),
        seconds=12,
    )


def read_bundled(window: int = 12, last_train: int = 1920, last: int = 1955) -> Dataset:
    """Yearly sunspot numbers from statsmodels' package (1700 to 2008), as windows.

    Row: the numbers of `window` years, oldest first; target: the year after. Targets up to
    `last_train` train, later ones up to `last` test, and what comes after is left out: the
    classic split of Weigend, Huberman and Rumelhart (1990), Int. J. Neural Systems 1(3).
    """
    # statsmodels takes seconds to import; the file inside it does not.
    spec = find_spec("statsmodels")
    if spec is None or not spec.submodule_search_locations:
        raise Corrupt("statsmodels is not installed")
    path = Path(spec.submodule_search_locations[0], "datasets", "sunspots", "sunspots.csv")
    years, numbers = np.loadtxt(path, delimiter=",", skiprows=1, unpack=True)
    if not (np.diff(years) == 1).all():
        raise Corrupt(f"expected one row for every year in {path.name}")
    targets = years[window:]
    x = np.lib.stride_tricks.sliding_window_view(numbers[:-1], window)
    used = targets <= last
    return Dataset(
        x=np.ascontiguousarray(x[used])[:, :, None],
        y=np.ascontiguousarray(numbers[window:][used]),
        feature_names=tuple(f"{window - place} years before" for place in range(window)),
        train_rows=int((targets <= last_train).sum()),
        facts={
            "first year": int(years[0]),
            "last year": int(years[-1]),
            "first target year": int(targets[0]),
            "last training year": last_train,
            "last test year": last,
        },
    )
