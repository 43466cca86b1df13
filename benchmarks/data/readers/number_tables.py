"""Tables of numbers as publishers write them: text files, workbooks, and ucimlrepo's frames.

A reader takes nothing on trust: the columns must be the documented ones and every cell a finite
number, and rows keep the order they stand in, because published splits number them. What to do
about a file that is refused is said by the source it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.dataset import Dataset

if TYPE_CHECKING:
    from pandas import DataFrame


def columns(table: DataFrame, names: Sequence[str]) -> np.ndarray:
    """The named columns of a table as float64, in that order. Raises Corrupt if one is missing."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise Corrupt(f"expected the columns {missing}, found {list(table.columns)}")
    return np.ascontiguousarray(table[list(names)].to_numpy(dtype=np.float64))


def class_numbers(labels: Iterable[Any], known: Sequence[Any]) -> np.ndarray:
    """Labels as their places in `known`, int64. Raises Corrupt for a label that is not there."""
    places = {label: place for place, label in enumerate(known)}
    try:
        return np.array([places[label] for label in labels], dtype=np.int64)
    except KeyError as error:
        raise Corrupt(f"expected the classes {list(known)}, found {error.args[0]!r}") from error


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
    return finite_table(table, columns, name)


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
    return finite_table(table, len(header), path.name)


def finite_table(table: np.ndarray, columns: int, name: str) -> np.ndarray:
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
