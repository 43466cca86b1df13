"""Tables somebody else wrote, read as text: how they are written found out, damage named by line.

Cells stay text until a definition says what its columns hold, so that nothing is guessed twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.core.container import free_memory
from benchmarks.data.core.source import Corrupt
from benchmarks.data.core.store import is_page
from benchmarks.data.own import files, numerals
from benchmarks.data.own.cells import read_cells
from benchmarks.data.own.dialect import (
    check_width,
    column_names,
    looks_like_row,
    unique_names,
)
from benchmarks.data.own.reading import MISSING, Reading

if TYPE_CHECKING:
    import pandas as pd

GROWTH = 6
"""Bytes of memory a byte of text takes as a table while it is read, about."""
SAMPLE = 2_000
"""Different cells of a column that its unit and kind are judged by."""
SIGNS = 500
"""Different cells of a column that its decimal sign is judged by."""


@dataclass(frozen=True)
class Frame:
    """A table of text: every cell stripped, "" where it is empty."""

    table: pd.DataFrame
    name: str
    separator: str = ","
    """"" for files other than text."""
    encoding: str = "utf-8"
    """"" for files other than text."""
    lines: np.ndarray | None = None
    """Line of the file every row ends in, the first is 1; None for files other than text."""
    reading: Reading = field(default_factory=Reading)
    """How its cells are read."""
    remarks: tuple[str, ...] = ()
    """What there is to tell about how it was read; those that begin with `! ` are warnings."""
    types: Mapping[str, str] = field(default_factory=dict)
    """What the file itself says of a column: number, category, date, text."""

    def where(self, row: int) -> str:
        """Place of a row, counted from 0, in the words of somebody with the file open."""
        return f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"

    decided: numerals.Decision | None = None
    """The decimal sign, where it was looked for already."""

    @cached_property
    def signs(self) -> numerals.Decision:
        """The decimal sign of the file, and whether it could be another."""
        if self.reading.decimal:
            return numerals.Decision(self.reading.decimal, "as asked")
        if self.decided is not None:
            return self.decided
        found: dict[str, numerals.Evidence] = {}
        for name in self.table.columns:
            if plain_points(self.table[name]):
                found[name] = numerals.Evidence(frozenset("."))
                continue
            cells = distinct(self, name, SIGNS)
            if any("." in cell or "," in cell for cell in cells):
                found[name] = numerals.evidence(cells)
        return numerals.decide(found, self.separator)

    @cached_property
    def _missing(self) -> dict[str, np.ndarray]:
        return {}

    def missing(self, column: str) -> np.ndarray:
        """Whether each cell of a column (n,) stands for a missing value."""
        if column not in self._missing:
            self._missing[column] = self._without_value(column)
        return self._missing[column]

    def _without_value(self, column: str) -> np.ndarray:
        extra = (*self.reading.missing.get("", ()), *self.reading.missing.get(column, ()))
        cells = self.table[column]
        words = MISSING | {word.lower() for word in extra}
        short = cells.where(cells.str.len() <= max(map(len, words)), "x")
        return short.str.lower().isin(list(words)).to_numpy(bool)


def read_frame(path: Path, **choices: Any) -> Frame:
    """Read a table from a file: text, Parquet, a workbook, JSON, ARFF and others, packed or not.

    `choices` are fields of `Reading`; those not given are found out. Raises Corrupt, naming line
    or column, for a file that is empty, has a header only, has lines of another number of cells,
    cannot be decoded, is of another kind, has more than 5,000 columns or would not fit into memory.
    """
    reading, name = Reading(**choices), path.name
    size = path.stat().st_size
    if not size:
        raise Corrupt(f"{name} is empty", "expected a header line and rows below it")
    _fits(size * GROWTH, name)
    if is_page(path):
        raise Corrupt(f"expected a table in {name}, received a web page; download the file")
    content, inner, remarks = files.unpack_table(
        path.read_bytes(), name, reading.member, lambda size: _fits(size * GROWTH, name)
    )
    found = files.read_typed(content, inner, reading.member)
    if found is not None:
        return _typed_frame(found, reading, name, remarks)
    encoding = _encoding(content, reading.encoding, name)
    cells = read_cells(content, replace(reading, encoding=encoding), inner)
    more = list[str]()
    cells.table.columns = unique_names(list(cells.table.columns), more)
    return Frame(
        cells.table,
        name,
        cells.reading.separator,
        encoding,
        cells.lines,
        cells.reading,
        (*remarks, *cells.remarks, *more),
    )


def _typed_frame(
    found: files.TypedTable, reading: Reading, name: str, remarks: Sequence[str]
) -> Frame:
    """The frame of a file that is no text: names in the first row, where it has none."""
    import pandas as pd

    table, notes = found.rows, [*remarks, *found.remarks]
    reading = replace(reading, member=found.member or reading.member)
    if not found.named:
        rows = table.to_numpy().tolist()
        at = files.header_row(rows) if reading.skip is None else reading.skip
        if at:
            notes.append(f"{at} row{'s' * (at > 1)} above the table passed over")
        above, header = rows[at], reading.header
        if header is None:
            is_row, why = looks_like_row(above, rows[at + 1 : at + 300], name)
            header, notes = not is_row, [*notes, *([why] if why else [])]
        names = column_names(above if header else [], len(above), len(above), rows[at + 1 :], notes)
        body = [row[: len(names)] for row in rows[at + header :] if any(row)]
        table = pd.DataFrame(body, columns=list(names), dtype=str)
        reading = replace(reading, header=header, skip=at)
    check_width(table.shape[1], name)
    table.columns = pd.Index(unique_names([str(one) for one in table.columns], notes))
    if not len(table):
        raise Corrupt(f"{name} has columns and no rows", "expected at least one row")
    return Frame(table, name, "", "", None, reading, tuple(notes), found.types)


def plain_numbers(cells: pd.Series) -> bool:
    """Whether every cell of a sample is a number with a decimal point, or without one."""
    some = cells.iloc[:: max(1, len(cells) // SAMPLE)]
    return bool(some.str.fullmatch(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?").all())


def plain_points(cells: pd.Series) -> bool:
    """Whether cells are plain numbers, and some of them have a point that ends no thousands."""
    some = cells.iloc[:: max(1, len(cells) // SIGNS)]
    if not plain_numbers(some):
        return False
    pointed = some[some.str.contains(".", regex=False)]
    return bool(len(pointed)) and not pointed.str.fullmatch(r"[-+]?[1-9]\d{0,2}\.\d{3}").all()


def distinct(frame: Frame, column: str, most: int = SAMPLE) -> list[str]:
    """Different cells of a column that have a value, at most so many, drawn evenly."""
    cells = frame.table[column]
    some = cells.iloc[:: max(1, len(cells) // (4 * most))].drop_duplicates()
    part = replace(frame, table=some.to_frame(column))
    known = some[~part.missing(column)]
    return list(map(str, known.iloc[:: max(1, len(known) // most)]))


def as_numbers(frame: Frame, column: str) -> np.ndarray:
    """A column as float64 (n,), NaN where it is missing.

    Signs are those of the file (`Frame.signs`), the unit that of its reading. Raises Corrupt for
    the first cell that is no finite number, by its line.
    """
    import pandas as pd

    cells, missing = frame.table[column], frame.missing(column)
    unit = frame.reading.units.get(column, "")
    decimal = "." if unit == numerals.CLOCK else decimal_of(frame, cells)
    if decimal == "." and not unit:
        values = pd.to_numeric(cells.mask(missing, "nan"), errors="coerce").to_numpy(
            np.float64, na_value=np.nan, copy=True
        )
        rest = np.flatnonzero((np.isnan(values) & ~missing) | np.isinf(values))
    else:
        values, rest = np.full(len(cells), np.nan), np.flatnonzero(~missing)
    if len(rest):
        codes, words = pd.factorize(cells.iloc[rest])
        read = [numerals.number(str(word), decimal, unit) for word in words]
        values[rest] = np.array([np.nan if one is None else one for one in read])[codes]
    bad = np.flatnonzero((np.isnan(values) & ~missing) | np.isinf(values))
    if len(bad):
        more = f" ({len(bad)} such cells)" if len(bad) > 1 else ""
        raise Corrupt(
            f"expected a number in column {column!r} of {frame.name}, received "
            f"{shortened(cells.iloc[bad[0]])} in {frame.where(int(bad[0]))}{more}",
            "correct the file, or list the column among the categories",
        )
    return values


def decimal_of(frame: Frame, cells: pd.Series) -> str:
    """The decimal sign for a column: where no cell has a point or comma, any will do."""
    if frame.reading.decimal:
        return frame.reading.decimal
    if cells.str.contains(r"[.,]", regex=True).any():
        return frame.signs.decimal
    return "."


def some(names: Sequence[str], most: int = 6) -> str:
    """The first names in a message, `shortened`, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shortened(name) for name in names[:most]) + more


def shortened(cell: str, most: int = 40) -> str:
    """A cell in a message: quoted, control characters escaped, cut where it is long."""
    return repr(cell if len(cell) <= most else cell[: most - 1] + "…")


def decode_text(content: bytes, name: str) -> str:
    """The text of a file that is no table; its encoding found out. Raises Corrupt by line."""
    return content.decode(_encoding(content, "", name))


def _fits(needed: int, name: str) -> None:
    free = free_memory()
    if needed > free:
        raise Corrupt(
            f"{name} would take about {needed / 1e9:.1f} GB of memory as a table, and "
            f"{free / 1e9:.1f} GB are free",
            "draw a sample of its rows, or leave out columns, and give that file",
        )


def _encoding(content: bytes, encoding: str, name: str) -> str:
    """The encoding of a text file; UTF-8 unless it says, or looks, otherwise."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = encoding or "utf-16"
    elif b"\x00" in content and not encoding:
        line = content[: content.index(b"\x00")].count(b"\n") + 1
        raise Corrupt(
            f"expected text in {name}, received a NUL byte in line {line}",
            "the file is damaged or no table; export it anew as CSV in UTF-8",
        )
    asked = encoding or "utf-8-sig"
    try:
        content.decode(asked)
        return "utf-8" if asked == "utf-8-sig" else asked
    except LookupError:
        raise Corrupt(
            f"expected the name of an encoding, received {encoding!r}",
            "use a name Python knows, such as utf-8 or cp1252",
        ) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        if not encoding:
            from charset_normalizer import from_bytes

            best = from_bytes(content[: 1 << 18], cp_isolation=["cp1252", "latin_1", "cp1250"])
            guess = best.best()
            if guess is not None:
                try:
                    content.decode(guess.encoding)
                    return guess.encoding
                except UnicodeDecodeError:
                    pass
            try:
                content.decode("cp1252")
                return "cp1252"
            except UnicodeDecodeError:
                pass
        raise Corrupt(
            f"line {line} of {name} is not written in {encoding or 'UTF-8'} "
            f"(byte {error.object[error.start]:#04x})",
            "save the file as UTF-8, or name its encoding",
        ) from None
