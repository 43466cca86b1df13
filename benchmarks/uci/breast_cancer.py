"""Breast cancer Wisconsin, diagnostic (UCI 17), on 10 stratified folds, three times.

The often quoted 97.3 % is for the *original* set of 699 rows (UCI 15), which is other data.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.number_tables import class_numbers, columns
from benchmarks.dataset import Dataset
from benchmarks.entries import boosting, linear, majority, small_mlp
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV

if TYPE_CHECKING:
    from pandas import DataFrame

MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
)
"""Measured on every nucleus; the data has their mean (1), standard error (2) and worst (3)."""
COLUMNS = tuple(f"{measure}{part}" for part in (1, 2, 3) for measure in MEASURES)
FEATURES = tuple(
    f"{part} {measure}".replace("_", " ")
    for part in ("mean", "standard error of", "worst")
    for measure in MEASURES
)
CLASSES = {"M": "malignant", "B": "benign"}


@benchmark("uci/breast-cancer", suite="quick")
def breast_cancer() -> Benchmark:
    """569 tumours, 30 measurements of their cell nuclei."""
    return Benchmark(
        question="Is a breast tumour malignant, judging by its cell nuclei under the microscope?",
        task="classification",
        data=uci(
            17,
            read_api,
            title="Breast Cancer Wisconsin, diagnostic (UCI 17)",
            url="https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
            licence="CC BY 4.0",
            citation="wolberg1993wdbc",
            rows=569,
            features=30,
            originals={
                "wdbc.data": (
                    "d606af411f3e5be8a317a5a8b652b425aaf0ff38ca683d5327ffff94c3695f4a",
                    read_file,
                )
            },
            digest="sha256:bad1f701395a84df5424ae2f8e08bdfa835c36aeb29d785dc2fb5c863f299450",
            bundled=("scikit-learn's copy", read_bundled),
        ),
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[
            majority(),
            linear(),
            boosting(),
            small_mlp(32, epochs=50),
        ],
        margin=0.01,
        margin_why="one point: six tumours in 569",
        lessons=(
            "Accuracy treats a missed cancer like a false alarm; a clinic would not. The published "
            "scores for this set are for one fixed split, so none is comparable with folds."
        ),
        seconds=10,
    )


def read_api(features: DataFrame, targets: DataFrame) -> Dataset:
    """UCI 17 from what ucimlrepo returns."""
    return _dataset(columns(features, COLUMNS), targets.iloc[:, 0].tolist())


def read_file(path: Path) -> Dataset:
    """UCI 17 from the original wdbc.data: id, diagnosis, then the measurements."""
    rows = [line.split(",") for line in path.read_text(encoding="ascii").split()]
    x = np.array([[float(value) for value in row[2:]] for row in rows])
    return _dataset(x, [row[1] for row in rows])


def read_bundled() -> Dataset:
    """UCI 17 from scikit-learn's package, which numbers malignant 0 and benign 1."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return _dataset(bunch.data, ["MB"[target] for target in bunch.target])


def _dataset(x: np.ndarray, labels: Iterable[str]) -> Dataset:
    """Canonical form of UCI 17: malignant is class 0, benign class 1."""
    y = class_numbers(labels, tuple(CLASSES))
    return Dataset(np.ascontiguousarray(x), y, FEATURES, tuple(CLASSES.values()))
