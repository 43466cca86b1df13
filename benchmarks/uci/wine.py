"""Wine cultivars (UCI 109) on 10 stratified folds, three times."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import Benchmark, Search, benchmark
from benchmarks.data import uci
from benchmarks.data.readers.number_tables import class_numbers, columns
from benchmarks.dataset import Dataset
from benchmarks.entries import linear, majority, nearest, small_mlp, tunable_mlp
from benchmarks.entries.reruns.classical import quadratic_discriminant
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = (
    "Alcohol",
    "Malicacid",
    "Ash",
    "Alcalinity_of_ash",
    "Magnesium",
    "Total_phenols",
    "Flavanoids",
    "Nonflavanoid_phenols",
    "Proanthocyanins",
    "Color_intensity",
    "Hue",
    "0D280_0D315_of_diluted_wines",
    "Proline",
)
"""UCI's names for its 13 measurements, in the order of wine.data."""
FEATURES = tuple(
    name.lower().replace("malicacid", "malic_acid").replace("0d280_0d315", "od280/od315")
    for name in COLUMNS
)
CLASSES = ("cultivar 1", "cultivar 2", "cultivar 3")


@benchmark("uci/wine", suite="quick")
def wine() -> Benchmark:
    """178 wines from one region; scikit-learn carries the same values."""
    return Benchmark(
        question="Which of three cultivars is a wine made from, judging by its chemistry?",
        task="classification",
        data=uci(
            109,
            read_api,
            title="Wine (UCI 109)",
            url="https://archive.ics.uci.edu/dataset/109/wine",
            licence="CC BY 4.0",
            citation="aeberhard1992comparison",
            rows=178,
            features=13,
            originals={
                "wine.data": (
                    "6be6b1203f3d51df0b553a70e57b8a723cd405683958204f96d23d7cd6aea659",
                    read_file,
                )
            },
            digest="sha256:56bb2e6fadbd20a1e7eac5848ff988c1843f2cadbdaaf295967c75e7b12dfe70",
            bundled=("scikit-learn's copy", read_bundled),
        ),
        protocol=MLM_CV,  # with one seed a fold: the suite quick has a minute
        metric=accuracy(),
        entries=[
            majority(),
            nearest(5),
            linear(),
            quadratic_discriminant("wine-qda"),
            small_mlp(64, epochs=200),
        ],
        search=Search(
            tunable_mlp,
            {
                "units": [16, 32, 64, 128],
                "layers": [1, 2],
                "dropout": (0.0, 0.5),
                "epochs": [50, 100, 200],
                "learning_rate": (1e-4, 1e-2, "log"),
                "weight_decay": (1e-4, 0.3, "log"),
            },
        ),
        anchor="wine-qda",
        anchor_why=(
            "the strongest score published under these folds: a few lines of scikit-learn, which "
            "anyone can run again"
        ),
        lessons="Chemistry separates the cultivars almost linearly; a network has little to add.",
        seconds=5,
    )


def read_api(features: DataFrame, targets: DataFrame) -> Dataset:
    """UCI 109 from what ucimlrepo returns."""
    return _dataset(columns(features, COLUMNS), targets.iloc[:, 0].tolist())


def read_file(path: Path) -> Dataset:
    """UCI 109 from the original wine.data: the class, then the measurements."""
    rows = np.loadtxt(path, delimiter=",")
    return _dataset(rows[:, 1:], rows[:, 0])


def read_bundled() -> Dataset:
    """UCI 109 from scikit-learn's package; its classes count from 0."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return _dataset(bunch.data, bunch.target + 1)


def _dataset(x: np.ndarray, labels: Iterable[Any]) -> Dataset:
    return Dataset(
        np.ascontiguousarray(x),
        class_numbers(labels, (1, 2, 3)),
        FEATURES,
        CLASSES,
    )
