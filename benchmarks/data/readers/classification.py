"""From the published forms of a data set to one canonical form, whatever copy is at hand.

Every reader of a data set gives the same arrays, hence the same digest: columns in the order of
the original documentation, classes numbered in the order of the names given here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.dataset import Dataset

if TYPE_CHECKING:
    from pandas import DataFrame

WINE_COLUMNS = (
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
WINE_FEATURES = tuple(
    name.lower().replace("malicacid", "malic_acid").replace("0d280_0d315", "od280/od315")
    for name in WINE_COLUMNS
)
WINE_CLASSES = ("cultivar 1", "cultivar 2", "cultivar 3")

CELL_MEASURES = (
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
CELL_COLUMNS = tuple(f"{measure}{part}" for part in (1, 2, 3) for measure in CELL_MEASURES)
CELL_FEATURES = tuple(
    f"{part} {measure}".replace("_", " ")
    for part in ("mean", "standard error of", "worst")
    for measure in CELL_MEASURES
)
CELL_CLASSES = {"M": "malignant", "B": "benign"}


CONCRETE_COLUMNS = (
    "Cement",
    "Blast Furnace Slag",
    "Fly Ash",
    "Water",
    "Superplasticizer",
    "Coarse Aggregate",
    "Fine Aggregate",
    "Age",
)
CONCRETE_FEATURES = (
    "cement, kg/m³",
    "blast furnace slag, kg/m³",
    "fly ash, kg/m³",
    "water, kg/m³",
    "superplasticizer, kg/m³",
    "coarse aggregate, kg/m³",
    "fine aggregate, kg/m³",
    "age, days",
)


def columns(table: DataFrame, names: Sequence[str]) -> np.ndarray:
    """The named columns of a table as float64, in that order. Raises Corrupt if one is missing."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise Corrupt(f"expected the columns {missing}, found {list(table.columns)}")
    return np.ascontiguousarray(table[list(names)].to_numpy(dtype=np.float64))


def numbered(labels: Iterable[Any], known: Sequence[Any]) -> np.ndarray:
    """Labels as their places in `known`, int64. Raises Corrupt for a label that is not there."""
    places = {label: place for place, label in enumerate(known)}
    try:
        return np.array([places[label] for label in labels], dtype=np.int64)
    except KeyError as error:
        raise Corrupt(f"expected the classes {list(known)}, found {error.args[0]!r}") from error


def concrete(features: DataFrame, targets: DataFrame) -> Dataset:
    """UCI 165 from what ucimlrepo returns: eight inputs, and the strength in MPa."""
    return concrete_dataset(
        columns(features, CONCRETE_COLUMNS), targets.iloc[:, 0].to_numpy(np.float64)
    )


def concrete_workbook(path: Path) -> Dataset:
    """UCI 165 from the original Concrete_Data.xls, rounded as UCI's own data.csv is.

    Inputs half up to one decimal, the strength to two: that gives every number of data.csv.
    """
    import io
    from decimal import ROUND_HALF_UP, Decimal

    import xlrd

    # Straight through xlrd: pandas no longer wants to use it. It prints remarks on old files.
    sheet = xlrd.open_workbook(path, logfile=io.StringIO()).sheet_by_index(0)
    places = [Decimal("0.1")] * 8 + [Decimal("0.01")]
    rows = (sheet.row_values(row) for row in range(1, sheet.nrows))
    table = np.array(
        [
            [
                float(Decimal(repr(float(value))).quantize(place, ROUND_HALF_UP))
                for value, place in zip(row, places, strict=True)
            ]
            for row in rows
        ]
    )
    return concrete_dataset(np.ascontiguousarray(table[:, :8]), np.ascontiguousarray(table[:, 8]))


def concrete_dataset(x: np.ndarray, strength: np.ndarray) -> Dataset:
    """The canonical form of UCI 165."""
    return Dataset(x=x, y=strength, feature_names=CONCRETE_FEATURES)


def wine(features: DataFrame, targets: DataFrame) -> Dataset:
    """UCI 109 from what ucimlrepo returns."""
    return wine_dataset(columns(features, WINE_COLUMNS), targets.iloc[:, 0].tolist())


def wine_file(path: Path) -> Dataset:
    """UCI 109 from the original wine.data: the class, then the measurements."""
    rows = np.loadtxt(path, delimiter=",")
    return wine_dataset(rows[:, 1:], rows[:, 0])


def wine_carried() -> Dataset:
    """UCI 109 from scikit-learn's package; its classes count from 0."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return wine_dataset(bunch.data, bunch.target + 1)


def wine_dataset(x: np.ndarray, labels: Iterable[Any]) -> Dataset:
    """Canonical form of UCI 109."""
    return Dataset(
        np.ascontiguousarray(x),
        numbered(labels, (1, 2, 3)),
        WINE_FEATURES,
        WINE_CLASSES,
    )


def breast_cancer(features: DataFrame, targets: DataFrame) -> Dataset:
    """UCI 17 from what ucimlrepo returns."""
    return cell_dataset(columns(features, CELL_COLUMNS), targets.iloc[:, 0].tolist())


def breast_cancer_file(path: Path) -> Dataset:
    """UCI 17 from the original wdbc.data: id, diagnosis, then the measurements."""
    rows = [line.split(",") for line in path.read_text(encoding="ascii").split()]
    x = np.array([[float(value) for value in row[2:]] for row in rows])
    return cell_dataset(x, [row[1] for row in rows])


def breast_cancer_carried() -> Dataset:
    """UCI 17 from scikit-learn's package, which numbers malignant 0 and benign 1."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return cell_dataset(bunch.data, ["MB"[target] for target in bunch.target])


def cell_dataset(x: np.ndarray, labels: Iterable[str]) -> Dataset:
    """Canonical form of UCI 17: malignant is class 0, benign class 1."""
    y = numbered(labels, tuple(CELL_CLASSES))
    return Dataset(np.ascontiguousarray(x), y, CELL_FEATURES, tuple(CELL_CLASSES.values()))


def digits_carried() -> Dataset:
    """The 1,797 digits of scikit-learn, 8x8 grey levels 0 to 16: the test part of UCI 80."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return digits_dataset(bunch.data, bunch.target)


def digits_file(path: Path) -> Dataset:
    """The same from UCI's optdigits.tes: 64 grey levels, then the digit."""
    rows = np.loadtxt(path, delimiter=",")
    return digits_dataset(rows[:, :-1], rows[:, -1])


def digits_dataset(x: np.ndarray, labels: Iterable[Any]) -> Dataset:
    """Canonical form of the digits: one image a row, with a channel axis."""
    images = np.ascontiguousarray(x, dtype=np.float64).reshape(-1, 8, 8, 1)
    names = tuple(str(digit) for digit in range(10))
    return Dataset(images, numbered(labels, range(10)), class_names=names)


def sunspots_carried(window: int = 12, last_train: int = 1920, last: int = 1955) -> Dataset:
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
