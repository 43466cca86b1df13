"""Tables of numbers and coded categories, read alike from UCI's API and from UCI's own files.

A `Table` says once what the columns and labels of a data set are, so that every published form
of it becomes the same arrays. Categories are closed lists out of the data set's documentation,
one indicator (0 or 1) for each value in the order listed there: nothing is fitted, and a value
nobody documented is an error. A column that never varies is kept; scaling it is the entries'
business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.dataset import Dataset

if TYPE_CHECKING:
    from pandas import DataFrame

Codes = Mapping[str, str]
"""What stands in the file to the word shown for it, in the documentation's order."""

UNKNOWN = "?"
"""UCI's sign for a missing value; a category of its own where the documentation lists it."""


@dataclass(frozen=True)
class Table:
    """What a table holds, as its documentation says."""

    columns: Mapping[str, Codes | None]
    """Name of every feature, in order, to its categories, or None for a number."""
    classes: Mapping[str, str]
    """Label as written to class name, class 0 first; several spellings may share a class."""
    label: Literal["first", "last"] = "last"
    """Place of the label in the original file."""
    separator: str | None = ","
    """Of the original file; None is any white space."""
    train_rows: int | None = None
    """Where the official training part ends."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name for each column of x: "age", "workclass=Private"."""
        return tuple(
            name if codes is None else f"{name}={word}"
            for name, codes in self.columns.items()
            for word in ([name] if codes is None else codes.values())
        )


def numbers(*names: str) -> dict[str, None]:
    """Columns that hold numbers."""
    return dict.fromkeys(names)


def codes(text: str) -> dict[str, str]:
    """Categories as UCI's documentation writes them: "bell=b, conical=c", or "low, med, high"."""
    pairs = [part.strip().rpartition("=") for part in text.split(",")]
    return {code: word or code for word, _, code in pairs}


def from_api(table: Table) -> Callable[[DataFrame, DataFrame], Dataset]:
    """Reader of the features and targets ucimlrepo gives; missing values are NaN there.

    Columns are found by name. Where the service uses other names than the documentation, their
    order counts, and `Source.digest` tells whether it was the published one. The reader raises
    Corrupt for duplicated names, another number of columns, and what `dataset` refuses.
    """

    def read(features: DataFrame, targets: DataFrame) -> Dataset:
        names, wanted = [str(name) for name in features.columns], list(table.columns)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Corrupt(f"expected every column once, received {', '.join(twice)} twice")
        if len(names) != len(wanted):
            raise Corrupt(
                f"expected {len(wanted)} feature columns ({listing(wanted)}), "
                f"received {len(names)} ({listing(names)})"
            )
        if targets.shape[1] != 1:
            raise Corrupt(f"expected one target column, received {list(targets.columns)}")
        order = wanted if set(names) == set(wanted) else names
        cells = [features[name].tolist() for name in order]
        return dataset(table, cells, targets.iloc[:, 0].tolist())

    return read


def from_file(table: Table) -> Callable[[Path], Dataset]:
    """Reader of an original text file: one row a line, the label first or last.

    Empty lines and lines that start with `|`, UCI's sign for a comment, are passed over. The
    reader raises Corrupt for a row with another number of cells, and what `dataset` refuses.
    """
    return lambda path: from_files(table)([path])


def from_files(table: Table) -> Callable[[Sequence[Path]], Dataset]:
    """As `from_file`, for a table that is split over several files: their rows in that order."""

    def read(paths: Sequence[Path]) -> Dataset:
        width = len(table.columns) + 1
        rows: list[list[str]] = []
        for path in paths:
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                if not line.strip() or line.startswith("|"):
                    continue
                row = [cell.strip() for cell in line.split(table.separator)]
                if len(row) != width:
                    raise Corrupt(
                        f"expected {width} cells in line {number} of {path.name}, "
                        f"received {len(row)}"
                    )
                rows.append(row)
        return by_row(table, rows)

    return read


def from_workbook(table: Table) -> Callable[[Path], Dataset]:
    """Reader of the first sheet of an `.xlsx` file with a header line, as `from_file` otherwise."""

    def read(path: Path) -> Dataset:
        from openpyxl import load_workbook

        book = load_workbook(path, read_only=True, data_only=True)
        try:
            rows = [list(row) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
        finally:
            book.close()
        width = len(table.columns) + 1
        if any(len(row) != width for row in rows):
            raise Corrupt(f"expected {width} columns in {path.name}, received another number")
        return by_row(table, rows)

    return read


def by_row(table: Table, rows: Sequence[Sequence[Any]]) -> Dataset:
    """Arrays of a table given row by row, label included; the rows have its width."""
    columns = list(zip(*rows, strict=True)) or [()] * (len(table.columns) + 1)
    labels = columns.pop(0 if table.label == "first" else -1)
    return dataset(table, columns, labels)


def dataset(table: Table, columns: Sequence[Sequence[Any]], labels: Iterable[Any]) -> Dataset:
    """Arrays of a table: (n, features) float64 and (n,) classes, rows in the order given.

    Cells are numbers or text; None, NaN and empty text are unknown. Raises Corrupt naming column,
    value and row (the first data row is 1) for a number that is missing, not finite or no
    number, a value outside a column's categories, and a label that is no class.
    """
    parts = [
        finite(name, cells)[:, None] if known is None else indicators(name, cells, known)
        for (name, known), cells in zip(table.columns.items(), columns, strict=True)
    ]
    names = tuple(dict.fromkeys(table.classes.values()))
    found = places("the label", labels, table.classes)
    ordered = [names.index(name) for name in table.classes.values()]
    return Dataset(
        x=np.ascontiguousarray(np.concatenate(parts, axis=1)),
        y=np.array(ordered, dtype=np.int64)[found],
        feature_names=table.feature_names,
        class_names=names,
        train_rows=table.train_rows,
    )


def finite(name: str, cells: Sequence[Any]) -> np.ndarray:
    """Cells as float64 (n,). Raises Corrupt for the first that is not a finite number."""
    try:
        values = np.array(cells, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.array([number(cell) for cell in cells])
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        cell = cell_text(cells[bad[0]])
        received = "a missing value" if cell in (UNKNOWN, "nan") else repr(cell)
        more = f" ({len(bad)} such rows)" if len(bad) > 1 else ""
        raise Corrupt(
            f"expected a number in column {name!r}, received {received} in row {bad[0] + 1}{more}"
        )
    return values


def number(cell: Any) -> float:
    """A cell as a number, NaN for what is none."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def indicators(name: str, cells: Sequence[Any], known: Codes) -> np.ndarray:
    """Cells as indicators (n, categories). Raises Corrupt for a value that is not listed."""
    return np.eye(len(known))[places(f"column {name!r}", cells, known)]


def places(where: str, cells: Iterable[Any], known: Codes) -> np.ndarray:
    """Every cell's place among the known values, int64. Raises Corrupt for another value."""
    index = {value: place for place, value in enumerate(known)}
    texts = [cell_text(cell) for cell in cells]
    try:
        return np.array([index[text] for text in texts], dtype=np.int64)
    except KeyError as error:
        value = error.args[0]
        raise Corrupt(
            f"expected one of {listing(list(known))} in {where}, received {value!r} in row "
            f"{texts.index(value) + 1}"
        ) from error


def cell_text(cell: Any) -> str:
    """A cell as the original file has it: pandas turns `2` into 2, and `?` or nothing into NaN."""
    if cell is None or cell != cell:  # NaN alone differs from itself
        return UNKNOWN
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or UNKNOWN


def listing(names: Sequence[str], most: int = 12) -> str:
    """Names in a message, the last ones left out where there are many."""
    more = f", … {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
