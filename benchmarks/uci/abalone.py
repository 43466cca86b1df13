"""Age of abalone (UCI 1) on 10 folds, three times.

The rows are in the order of UCI's abalone.data; ucimlrepo serves the same rows, order and values.
The sex is coded as three indicators: male, female, infant.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.core.source import Corrupt
from benchmarks.data.readers.number_tables import (
    class_numbers,
    columns,
    finite_table,
    last_column,
    lines,
    numbers,
)
from benchmarks.dataset import Dataset
from benchmarks.entries import boosting, ensemble, linear, mean, mlp, nearest
from benchmarks.metrics import mae
from benchmarks.protocols import MLM_CV_REGRESSION, with_seeds
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    from pandas import DataFrame

SEXES = ("M", "F", "I")
"""Male, female, infant: the order in which UCI's documentation names them, and ours."""
COLUMNS = (
    "Length",
    "Diameter",
    "Height",
    "Whole_weight",
    "Shucked_weight",
    "Viscera_weight",
    "Shell_weight",
)
"""Lengths in units of 200 mm, weights in units of 200 g: UCI divided both."""
FEATURES = (
    "male",
    "female",
    "infant",
    *(name.lower().replace("_", " ") for name in COLUMNS),
)


@benchmark("uci/abalone", suite="standard")
def abalone() -> Benchmark:
    """4,177 sea snails, their age counted in rings of the shell."""
    return Benchmark(
        question="How old is a sea snail, judging by its size and weight?",
        task="regression",
        data=uci(
            1,
            read_api,
            title="Abalone (UCI 1)",
            url="https://archive.ics.uci.edu/dataset/1/abalone",
            licence="CC BY 4.0",
            citation="nash1994abalone",
            rows=4177,
            features=10,
            originals={
                "abalone.data": (
                    "de37cdcdcaaa50c309d514f248f7c2302a5f1f88c168905eba23fe2fbc78449f",
                    read_file,
                )
            },
            digest="sha256:402dbe07b2d2bb081edbdade8aeafad78f76bb50ab50bb2eab24d0ec684a5985",
        ),
        protocol=with_seeds(MLM_CV_REGRESSION, 3),
        metric=mae("rings"),
        entries=[
            mean(),
            linear(),
            nearest(5),
            boosting(),
            mlp(
                "mlp-50",
                [50],
                Recipe(epochs=100, batch_size=32, schedule="cosine"),
                headline=True,
            ),
            ensemble(epochs=60, batch_size=32),
        ],
        anchor="abalone-svr",
        anchor_why=(
            "the strongest score published under these folds: a few lines of scikit-learn, which "
            "anyone can run again"
        ),
        scatter=0.0074,
        scatter_why="mlp-50, three seeds on each of 30 folds",
        lessons=(
            "Size says only so much about age: the linear model, the trees and the network end "
            "about a tenth of a ring apart."
        ),
        seconds=8,
    )


def read_api(features: DataFrame, targets: DataFrame) -> Dataset:
    """UCI 1 from what ucimlrepo returns."""
    received = [*features.columns, *targets.columns]
    expected = ["Sex", *COLUMNS, "Rings"]
    if sorted(received) != sorted(expected):
        raise Corrupt(f"expected the columns {expected} of data set 1, received {received}")
    try:
        measures = columns(features, COLUMNS)
        rings = columns(targets, ("Rings",))
    except ValueError as error:
        raise Corrupt(
            f"expected only numbers in data set 1 beside Sex, received: {error}"
        ) from error
    table = finite_table(np.hstack([measures, rings]), 8, "data set 1")
    return _dataset(features["Sex"].tolist(), table)


def read_file(path: Path) -> Dataset:
    """UCI 1 from the original abalone.data: the sex, seven measures, the rings."""
    sexes, _, measures = zip(*(line.partition(",") for line in lines(path)), strict=True)
    return _dataset(sexes, numbers(measures, 8, ",", path.name))


def _dataset(sexes: Sequence[str], table: np.ndarray) -> Dataset:
    """Canonical form of UCI 1: three indicators of the sex, seven measures, the rings."""
    one_hot = np.eye(len(SEXES))[class_numbers(sexes, SEXES)]
    return last_column(np.hstack([one_hot, table]), FEATURES)
