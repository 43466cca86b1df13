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
from benchmarks.data.own.dialect import (
    MOST_COLUMNS,
    cells_of,
    looks_like_row,
    named,
    unique_names,
)
from benchmarks.data.own.files import as_text
from benchmarks.data.own.reading import MISSING, Reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DATES", "MISSING", "Frame", "Reading", "as_text", "read_frame"]

GROWTH = 6
"""Bytes of memory a byte of text takes as a table while it is read, about."""
SAMPLE = 2_000
"""Different cells of a column that its unit and kind are judged by."""
SIGNS = 500
"""Different cells of a column that its decimal sign is judged by."""
DATES = (
    "ISO8601", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y",
    "%Y.%m.%d", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M",
    "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
    "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d",
    "%d-%m-%y", "%y-%m-%d",
    "%d.%m.%y %H:%M", "%d/%m/%y %H:%M", "%m/%d/%y %H:%M", "%b %Y", "%B %Y", "%Y-%m",
)  # fmt: skip
"""Ways to write a date that are looked for, the unmistakable one first."""
CENTURY = 1930
"""Years of two digits are the hundred that begin with this one."""


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
        """Whether each cell of a column (n,) stands for a value nobody knows."""
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
    content, inner, remarks = files.unpacked(
        path.read_bytes(), name, reading.member, lambda size: _fits(size * GROWTH, name)
    )
    found = files.typed(content, inner, reading.member)
    if found is not None:
        return _typed(found, reading, name, remarks)
    encoding = _encoding(content, reading.encoding, name)
    cells = cells_of(content, replace(reading, encoding=encoding), inner)
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


def _typed(found: files.Typed, reading: Reading, name: str, remarks: Sequence[str]) -> Frame:
    """The frame of a file that is no text: names in the first row, where it has none."""
    import pandas as pd

    table, notes = found.rows, [*remarks, *found.remarks]
    reading = replace(reading, member=found.member or reading.member)
    if not found.named:
        rows = table.to_numpy().tolist()
        at = files.names_of(rows) if reading.skip is None else reading.skip
        if at:
            notes.append(f"{at} row{'s' * (at > 1)} above the table passed over")
        above, header = rows[at], reading.header
        if header is None:
            is_row, why = looks_like_row(above, rows[at + 1 : at + 300], name)
            header, notes = not is_row, [*notes, *([why] if why else [])]
        names = named(above if header else [], len(above), len(above), rows[at + 1 :], notes)
        body = [row[: len(names)] for row in rows[at + header :] if any(row)]
        table = pd.DataFrame(body, columns=list(names), dtype=str)
        reading = replace(reading, header=header, skip=at)
    if table.shape[1] > MOST_COLUMNS:
        raise Corrupt(
            f"expected at most {MOST_COLUMNS:,} columns in {name}, received {table.shape[1]:,}"
        )
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


def as_dates(frame: Frame, column: str) -> np.ndarray:
    """A column as datetime64[s] (n,), NaT where it is missing.

    Raises Corrupt where no one way of writing dates fits every cell, or two ways do and differ.
    """
    cells = frame.table[column]
    ways = date_formats(frame, column)
    if not ways:
        import pandas as pd

        known = ~frame.missing(column)
        way = frame.reading.dates.get(column, "ISO8601")
        read = pd.to_datetime(cells.where(known), format=way, errors="coerce", utc=True)
        bad = np.flatnonzero(read.isna().to_numpy() & known)
        raise Corrupt(
            f"expected dates in column {column!r} of {frame.name}, all written alike; received "
            f"{shortened(cells.iloc[int(bad[0])])} in {frame.where(int(bad[0]))}"
            if len(bad)
            else f"expected dates in column {column!r} of {frame.name}, received none",
            "write them as 2024-12-31, or 2024-12-31 18:00",
        )
    if len(ways) > 1:
        raise Corrupt(
            f"the dates in column {column!r} of {frame.name} can be read in {len(ways)} ways "
            f"({', '.join(ways)}), the first is {shortened(cells.iloc[0])}",
            "write them as 2024-12-31",
        )
    return _dates(frame, column, ways[0])


def date_formats(frame: Frame, column: str) -> list[str]:
    """The ways of writing dates (pandas' formats) that fit every cell and say different things.

    Only the one that the frame's reading names, where it names one.
    """
    said = frame.reading.dates.get(column)
    found: dict[bytes, str] = {}
    for way in (said,) if said else DATES:
        try:
            read = _dates(frame, column, way)
        except (ValueError, OverflowError):
            continue
        if not np.isnat(read).all():
            found.setdefault(read.tobytes(), way)
        if way == "ISO8601" and found:
            break  # unmistakable
    return list(found.values())


def some(names: Sequence[str], most: int = 6) -> str:
    """The first names in a message, `shortened`, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shortened(name) for name in names[:most]) + more


def shortened(cell: str, most: int = 40) -> str:
    """A cell in a message: quoted, control characters escaped, cut where it is long."""
    return repr(cell if len(cell) <= most else cell[: most - 1] + "…")


def _dates(frame: Frame, column: str, way: str) -> np.ndarray:
    import pandas as pd

    cells, known = frame.table[column], ~frame.missing(column)
    if way == "ISO8601" and not cells[known].str.contains(r"^\d{4}-?\d{2}", regex=True).all():
        raise ValueError("a number is no date")
    read = pd.to_datetime(cells.where(known), format=way, utc=True)
    dates: np.ndarray = read.dt.tz_localize(None).to_numpy("datetime64[s]")
    if "%y" not in way:
        return dates
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    wanted = (years - CENTURY) % 100 + CENTURY  # pandas begins with 1969
    moved = (wanted - years).astype("timedelta64[Y]")
    months = dates.astype("datetime64[M]")
    shifted: np.ndarray = (months + moved.astype("timedelta64[M]")).astype("datetime64[s]") + (
        dates - months.astype("datetime64[s]")
    )
    return np.where(np.isnat(dates), dates, shifted)


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
        raise Corrupt(f"expected the name of an encoding, received {encoding!r}") from None
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
