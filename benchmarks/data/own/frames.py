"""Tables somebody else wrote, read as text: separator and encoding found, damage named by line.

Cells stay text until a definition says what its columns hold, so that nothing is guessed twice.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.data.core.store import is_page

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset({"", "na", "n/a", "nan", "nat", "null", "none", "?", "-", "#n/a"})
"""Words that stand for a value nobody knows, in lower case."""
MOST_COLUMNS = 5_000
GROWTH = 20
"""Bytes of memory a byte of text takes as a table, about."""
SEPARATORS = (",", ";", "\t", "|")
KINDS = {
    b"PK\x03\x04": "a zip archive or a workbook (.xlsx); save the sheet as CSV, or unpack it",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls); save the sheet as CSV",
    b"%PDF": "a PDF; export the table as CSV",
    b"SQLite format 3": "a SQLite database; export the table as CSV",
    b"\x89PNG": "a picture; for images give the folder that holds one folder a class",
    b"\xff\xd8\xff": "a picture; for images give the folder that holds one folder a class",
}
DATES = (
    "ISO8601",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%Y/%m/%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %Y",
    "%B %Y",
    "%Y-%m",
)
"""Ways to write a date that are looked for, the unmistakable one first."""


@dataclass(frozen=True)
class Frame:
    """A table of text: every cell stripped, "" where it is empty."""

    table: pd.DataFrame
    name: str
    separator: str = ","
    """"" for Parquet."""
    encoding: str = "utf-8"
    """"" for Parquet."""
    lines: np.ndarray | None = None
    """Line of the file every row ends in, the first is 1; None for Parquet."""

    def where(self, row: int) -> str:
        """Place of a row, counted from 0, in the words of somebody with the file open."""
        return f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"


def read_frame(path: Path, *, separator: str = "", encoding: str = "") -> Frame:
    """Read a CSV file (`.gz` too) or a Parquet file as text.

    Separator (comma, semicolon, tab, bar) and encoding are found where they are not given.
    Raises Corrupt, naming line or column, for a file that is empty, has a header only, has lines
    of another number of cells, cannot be decoded, names a column twice, is of another kind, has
    more than 5,000 columns or would not fit into memory.
    """
    size = path.stat().st_size
    if not size:
        raise Corrupt(f"{path.name} is empty", "expected a header line and rows below it")
    _fits(size * GROWTH, path.name)
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"PAR1"):
        return _parquet(path)
    for magic, kind in KINDS.items():
        if start.startswith(magic):
            raise Corrupt(f"expected a table in {path.name}, received {kind}")
    if is_page(path):
        raise Corrupt(f"expected a table in {path.name}, received a web page; download the file")
    packed = start.startswith(b"\x1f\x8b")
    text, encoding = _decoded(_unpacked(path) if packed else path.read_bytes(), encoding, path.name)
    return _table(text, separator or _separator(text), encoding, path.name)


def as_numbers(frame: Frame, column: str) -> np.ndarray:
    """A column as float64 (n,), NaN where it is missing.

    A comma is the decimal point where another sign separates the cells, else the sign between
    thousands. Raises Corrupt for the first cell that is no finite number, by its line.
    """
    import pandas as pd

    cells = frame.table[column]
    missing = is_missing(cells).to_numpy()
    plain = cells.where(~missing, "nan")
    if plain.str.contains(",", regex=False).any():
        if frame.separator in (",", ""):
            plain = plain.str.replace(r"(?<=\d),(?=\d{3}(\D|$))", "", regex=True)
        else:
            decimal = plain.str.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?")
            plain = plain.where(~decimal, plain.str.replace(",", ".", regex=False))
    values = pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = np.flatnonzero((np.isnan(values) & ~missing) | np.isinf(values))
    if len(bad):
        more = f" ({len(bad)} such cells)" if len(bad) > 1 else ""
        raise Corrupt(
            f"expected a number in column {column!r} of {frame.name}, received "
            f"{shortened(cells.iloc[bad[0]])} in {frame.where(int(bad[0]))}{more}",
            "correct the file, or list the column among the categories",
        )
    return values


def as_dates(frame: Frame, column: str) -> np.ndarray:
    """A column as datetime64[s] (n,), NaT where it is missing.

    Raises Corrupt where no one way of writing dates fits every cell, or two ways do and differ.
    """
    cells = frame.table[column]
    ways = date_formats(frame, column)
    if not ways:
        import pandas as pd

        known = ~is_missing(cells).to_numpy()
        read = pd.to_datetime(cells.where(known), format="ISO8601", errors="coerce", utc=True)
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
    return _dates(cells, ways[0])


def date_formats(frame: Frame, column: str) -> list[str]:
    """The ways of writing dates (pandas' formats) that fit every cell and say different things."""
    cells = frame.table[column]
    found: dict[bytes, str] = {}
    for way in DATES:
        try:
            read = _dates(cells, way)
        except (ValueError, OverflowError):
            continue
        if not np.isnat(read).all():
            found.setdefault(read.tobytes(), way)
        if way == "ISO8601" and found:
            break  # unmistakable
    return list(found.values())


def is_missing(cells: pd.Series) -> pd.Series:
    """Whether each cell of a column stands for a value nobody knows."""
    return cells.str.lower().isin(list(MISSING))


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """A typed table as cells of text, "" where a value is missing; rows are counted from 0."""
    return table.astype(str).mask(table.isna(), "").reset_index(drop=True)


def some(names: Sequence[str], most: int = 6) -> str:
    """The first names in a message, `shortened`, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shortened(name) for name in names[:most]) + more


def shortened(cell: str, most: int = 40) -> str:
    """A cell in a message: quoted, control characters escaped, cut where it is long."""
    return repr(cell if len(cell) <= most else cell[: most - 1] + "…")


def _dates(cells: pd.Series, way: str) -> np.ndarray:
    import pandas as pd

    known = ~is_missing(cells)
    if way == "ISO8601" and not cells[known].str.contains(r"^\d{4}-?\d{2}", regex=True).all():
        raise ValueError("a number is no date")
    read = pd.to_datetime(cells.where(known), format=way, utc=True)
    return read.dt.tz_localize(None).to_numpy("datetime64[s]")


def _fits(needed: int, name: str) -> None:
    import psutil

    free = psutil.virtual_memory().available
    if needed > free:
        raise Corrupt(
            f"{name} would take about {needed / 1e9:.1f} GB of memory as a table, and "
            f"{free / 1e9:.1f} GB are free",
            "draw a sample of its rows, or leave out columns, and give that file",
        )


def _unpacked(path: Path) -> bytes:
    parts, size = [], 0
    try:
        with gzip.open(path) as file:
            while part := file.read(1 << 24):
                size += len(part)
                _fits(size * GROWTH, path.name)
                parts.append(part)
    except (OSError, EOFError, zlib.error) as error:
        raise Corrupt(f"{path.name} cannot be unpacked ({error})", "fetch the file again") from None
    return b"".join(parts)


def _decoded(content: bytes, encoding: str, name: str) -> tuple[str, str]:
    """The text of a file and its encoding; UTF-8 unless it says, or looks, otherwise."""
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
        return content.decode(asked), "utf-8" if asked == "utf-8-sig" else asked
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
                    return content.decode(guess.encoding), guess.encoding
                except UnicodeDecodeError:
                    pass
        raise Corrupt(
            f"line {line} of {name} is not written in {encoding or 'UTF-8'} "
            f"(byte {error.object[error.start]:#04x})",
            "save the file as UTF-8, or name its encoding",
        ) from None


def _separator(text: str) -> str:
    """The sign that cuts the first lines into the most cells, the same number in each."""
    lines = text[: 1 << 16].splitlines()[:50]
    best, most = ",", 1
    for sign in SEPARATORS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
        except csv.Error:
            continue
        # A ragged line is for the reader to report; the header and most lines agree.
        if widths and widths.count(widths[0]) > len(widths) / 2 and widths[0] > most:
            best, most = sign, widths[0]
    return best


def _table(text: str, separator: str, encoding: str, name: str) -> Frame:
    import pandas as pd

    reader = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = next(reader, [])
        for row in reader:
            if len(row) != len(header):
                if not row:
                    continue
                raise Corrupt(
                    f"expected {len(header)} cells in every line of {name}, received {len(row)} "
                    f"in line {reader.line_num}",
                    f"quote cells that hold {separator!r}, and fill in missing ones",
                )
            rows.append([cell.strip() for cell in row])
            lines.append(reader.line_num)
    except csv.Error as error:
        raise Corrupt(f"line {reader.line_num} of {name} cannot be read ({error})") from None
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(header, start=1)]
    _check_names(names, name)
    if not rows:
        raise Corrupt(f"{name} has a header and no rows", "expected rows below the header line")
    table = pd.DataFrame(rows, columns=names, dtype=str)
    return Frame(table, name, separator, encoding, np.array(lines))


def _parquet(path: Path) -> Frame:
    import pandas as pd

    try:
        read = pd.read_parquet(path)
    except Exception as error:
        raise Corrupt(f"{path.name} cannot be read as Parquet ({error})") from None
    names = [str(name) for name in read.columns]
    _check_names(names, path.name)
    if not len(read):
        raise Corrupt(f"{path.name} has columns and no rows", "expected at least one row")
    read.columns = pd.Index(names)
    table = as_text(read).apply(lambda column: column.str.strip())
    return Frame(table, path.name, separator="", encoding="")


def _check_names(names: list[str], name: str) -> None:
    if len(names) > MOST_COLUMNS:
        raise Corrupt(
            f"expected at most {MOST_COLUMNS:,} columns in {name}, received {len(names):,}",
            "leave out columns, or reduce them first (a table this wide is no table of features)",
        )
    twice = sorted(one for one, times in Counter(names).items() if times > 1)
    if twice:
        shown = ", ".join(shortened(one) for one in twice[:5])
        raise Corrupt(f"expected every column of {name} once, received {shown} twice; rename one")
