"""Readers of the files behind the twenty published splits, and of UCI's abalone.

The splits number rows, so every reader keeps the rows of the file in the order they stand in. It
takes nothing on trust: the columns must be the documented ones and every cell a finite number.
What to do about a file that is refused is said by the source it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.data.readers import classification
from benchmarks.dataset import Dataset

if TYPE_CHECKING:
    from pandas import DataFrame

BOSTON = (
    "crimes per head",
    "land zoned for large lots, %",
    "land of large businesses, %",
    "bounds the Charles River",
    "nitric oxides, parts per 10 million",
    "rooms per dwelling",
    "built before 1940, %",
    "distance to employment centres",
    "access to radial highways",
    "property tax, $ per 10,000 $",
    "pupils per teacher",
    "B",
    "lower status, %",
)
ENERGY = (
    "relative compactness",
    "surface area, m²",
    "wall area, m²",
    "roof area, m²",
    "overall height, m",
    "orientation",
    "glazing area, share of the floor area",
    "glazing area distribution",
)
KIN8NM = tuple(f"theta{joint}" for joint in range(1, 9))
NAVAL = (
    "lever position",
    "ship speed, knots",
    "gas turbine shaft torque, kN m",
    "gas turbine speed, rpm",
    "gas generator speed, rpm",
    "starboard propeller torque, kN",
    "port propeller torque, kN",
    "turbine exit temperature, °C",
    "compressor inlet temperature, °C",
    "compressor outlet temperature, °C",
    "turbine exit pressure, bar",
    "compressor inlet pressure, bar",
    "compressor outlet pressure, bar",
    "exhaust gas pressure, bar",
    "turbine injection control, %",
    "fuel flow, kg/s",
)
POWER = (
    "ambient temperature, °C",
    "exhaust vacuum, cm Hg",
    "ambient pressure, mbar",
    "relative humidity, %",
)
PROTEIN = (
    "total surface area",
    "non-polar exposed area",
    "exposed non-polar share",
    "exposed share of the non-polar part",
    "exposed area weighted by molecular mass",
    "mean deviation from the standard exposed area",
    "Euclidean distance",
    "secondary structure penalty",
    "spatial distribution constraints",
)
WINE = (
    "fixed acidity",
    "volatile acidity",
    "citric acid",
    "residual sugar",
    "chlorides",
    "free sulfur dioxide",
    "total sulfur dioxide",
    "density",
    "pH",
    "sulphates",
    "alcohol",
)
YACHT = (
    "longitudinal position of the centre of buoyancy",
    "prismatic coefficient",
    "length-displacement ratio",
    "beam-draught ratio",
    "length-beam ratio",
    "Froude number",
)
ABALONE_SEXES = ("M", "F", "I")
"""Male, female, infant: the order in which UCI's documentation names them, and ours."""
ABALONE_COLUMNS = (
    "Length",
    "Diameter",
    "Height",
    "Whole_weight",
    "Shucked_weight",
    "Viscera_weight",
    "Shell_weight",
)
"""Lengths in units of 200 mm, weights in units of 200 g: UCI divided both."""
ABALONE = (
    "male",
    "female",
    "infant",
    *(name.lower().replace("_", " ") for name in ABALONE_COLUMNS),
)


def boston(path: Path) -> Dataset:
    """StatLib's Boston housing from UCI's housing.data: 13 inputs, then the value in 1000 $."""
    return last_column(text(path, 14), BOSTON)


def energy(path: Path) -> Dataset:
    """UCI 242 from ENB2012_data.xlsx: eight inputs and the heating load Y1, without Y2."""
    header = (*(f"X{number}" for number in range(1, 9)), "Y1", "Y2")
    return last_column(sheet(path, 0, header)[:, :9], ENERGY)


def kin8nm(path: Path) -> Dataset:
    """OpenML 189 (DELVE's kin-8nm): eight joint angles in radians, then the distance."""
    return last_column(text(path, 9, ",", (*KIN8NM, "y")), KIN8NM)


def naval(path: Path) -> Dataset:
    """UCI 316 from data.txt: 16 inputs and the compressor's decay, without the turbine's."""
    return last_column(text(path, 18)[:, :17], NAVAL)


def power(path: Path) -> Dataset:
    """UCI 294 from the fifth sheet of Folds5x2_pp.xlsx: four inputs, then the output in MW."""
    return last_column(sheet(path, "Sheet5", ("AT", "V", "AP", "RH", "PE")), POWER)


def protein(path: Path) -> Dataset:
    """UCI 265 from CASP.csv: the RMSD in Å, which is the target, then nine inputs."""
    header = ("RMSD", *(f"F{number}" for number in range(1, 10)))
    return last_column(np.roll(text(path, 10, ",", header), -1, axis=1), PROTEIN)


def wine_red(path: Path) -> Dataset:
    """UCI 186's winequality-red.csv: eleven measurements, then the tasters' grade."""
    return last_column(text(path, 12, ";", (*WINE, "quality")), WINE)


def yacht(path: Path) -> Dataset:
    """UCI 243 from yacht_hydrodynamics.data: six inputs, then the residuary resistance."""
    return last_column(text(path, 7), YACHT)


def abalone(features: DataFrame, targets: DataFrame) -> Dataset:
    """UCI 1 from what ucimlrepo returns."""
    received = [*features.columns, *targets.columns]
    expected = ["Sex", *ABALONE_COLUMNS, "Rings"]
    if sorted(received) != sorted(expected):
        raise Corrupt(f"expected the columns {expected} of data set 1, received {received}")
    try:
        measures = classification.columns(features, ABALONE_COLUMNS)
        rings = classification.columns(targets, ("Rings",))
    except ValueError as error:
        raise Corrupt(
            f"expected only numbers in data set 1 beside Sex, received: {error}"
        ) from error
    table = checked(np.hstack([measures, rings]), 8, "data set 1")
    return abalone_dataset(features["Sex"].tolist(), table)


def abalone_file(path: Path) -> Dataset:
    """UCI 1 from the original abalone.data: the sex, seven measures, the rings."""
    sexes, _, measures = zip(*(line.partition(",") for line in lines(path)), strict=True)
    return abalone_dataset(sexes, numbers(measures, 8, ",", path.name))


def abalone_dataset(sexes: Sequence[str], table: np.ndarray) -> Dataset:
    """Canonical form of UCI 1: three indicators of the sex, seven measures, the rings."""
    one_hot = np.eye(len(ABALONE_SEXES))[classification.numbered(sexes, ABALONE_SEXES)]
    return last_column(np.hstack([one_hot, table]), ABALONE)


def last_column(table: np.ndarray, names: tuple[str, ...]) -> Dataset:
    """A table whose last column is the target, as a data set."""
    return Dataset(
        x=np.ascontiguousarray(table[:, :-1]),
        y=np.ascontiguousarray(table[:, -1]),
        feature_names=names,
    )


def text(
    path: Path, columns: int, delimiter: str | None = None, header: tuple[str, ...] = ()
) -> np.ndarray:
    """A text file of numbers, (rows, columns) float64, below a header line where one is named.

    `delimiter` None is any run of blanks. Raises Corrupt for anything else than that header,
    that many columns in every row, and finite numbers.
    """
    rows = lines(path)
    if header:
        found = [name.strip('"') for name in rows[0].split(delimiter)]
        if found != list(header):
            raise Corrupt(f"expected the columns {list(header)} in {path.name}, received {found}")
        rows = rows[1:]
    return numbers(rows, columns, delimiter, path.name)


def lines(path: Path) -> list[str]:
    """The lines of a text file that are not blank. Raises Corrupt when there are none."""
    # What is no ASCII becomes a character no number has, and is then refused with its place.
    rows = path.read_text(encoding="ascii", errors="replace").splitlines()
    kept = [row for row in rows if row.strip()]
    if not kept:
        raise Corrupt(f"expected rows of numbers in {path.name}, received an empty file")
    return kept


def numbers(rows: Sequence[str], columns: int, delimiter: str | None, name: str) -> np.ndarray:
    """Lines of text as (rows, columns) float64. Raises Corrupt as `text` does."""
    if not rows or not all(row.strip() for row in rows):
        raise Corrupt(f"expected {columns} numbers on every line of {name}, received no number")
    try:
        table = np.loadtxt(rows, delimiter=delimiter, comments=None, ndmin=2)
    except ValueError as error:
        raise Corrupt(
            f"expected {columns} numbers on every line of {name}, received other text: {error}"
        ) from error
    return checked(table, columns, name)


def sheet(path: Path, which: int | str, header: tuple[str, ...]) -> np.ndarray:
    """One sheet of an .xlsx workbook, by number or name, as (rows, columns) float64.

    Empty rows and columns around the table are passed over. Raises Corrupt as `text` does, and
    for a workbook without that sheet.
    """
    import pandas as pd

    try:
        frame = pd.read_excel(path, sheet_name=which, header=None, engine="openpyxl")
    except (ValueError, BadZipFile) as error:
        raise Corrupt(f"expected a sheet {which!r} in {path.name}, received: {error}") from error
    cells = frame.dropna(how="all").dropna(how="all", axis="columns").to_numpy(dtype=object)
    found = cells[0].tolist() if len(cells) else []
    if found != list(header):
        raise Corrupt(f"expected the columns {list(header)} in {path.name}, received {found}")
    try:
        table = cells[1:].astype(np.float64)
    except (TypeError, ValueError) as error:
        raise Corrupt(
            f"expected only numbers below the header of {path.name}, received: {error}"
        ) from error
    return checked(table, len(header), path.name)


def checked(table: np.ndarray, columns: int, name: str) -> np.ndarray:
    """The table, or Corrupt when its width is another or a cell is missing or infinite."""
    if table.shape[1] != columns or not len(table):
        raise Corrupt(f"expected rows of {columns} numbers in {name}, received {table.shape}")
    bad = np.argwhere(~np.isfinite(table))
    if len(bad):
        row, column = bad[0] + 1
        raise Corrupt(
            f"expected a finite number in every cell of {name}, received {len(bad)} that are "
            f"missing or infinite, the first in row {row}, column {column}"
        )
    return table
