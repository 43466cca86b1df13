"""Text files as columns of cells, with the line of the file every row ends in."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.data.own.dialect import (
    BLANK,
    MOST_LINES,
    Lines,
    check_width,
    column_names,
    looks_like_row,
    sniff,
)
from benchmarks.data.own.reading import Reading

if TYPE_CHECKING:
    import pandas as pd

Quoting: TypeAlias = Literal[0, 3]
"""csv.QUOTE_MINIMAL, or csv.QUOTE_NONE."""
SAMPLE = 1 << 18
"""Bytes that the dialect is judged by."""
BLOCK_ROWS = 20_000
"""Rows that are put into columns at once."""


@dataclass(frozen=True)
class Cells:
    """The rows of a file as columns of text."""

    table: pd.DataFrame
    reading: Reading
    """With all that was found out."""
    lines: np.ndarray
    """Line of the file every row ends in, the first is 1."""
    remarks: tuple[str, ...] = ()


def read_cells(content: bytes, reading: Reading, name: str) -> Cells:
    """The table in a text file whose encoding is known.

    Raises Corrupt, by line, for rows of another number of cells than the header, and for a file
    without rows.
    """
    start = io.TextIOWrapper(
        io.BytesIO(content[:SAMPLE]), python_encoding(reading.encoding), "ignore", newline=None
    ).read()
    whole = len(content) <= SAMPLE
    reading, remarks = sniff(start, reading, whole)
    try:
        return _cells(content, start, reading, name, remarks, csv.QUOTE_MINIMAL)
    except BadQuotes:
        if reading.separator != "\t":
            raise
    return _cells(content, start, reading, name, [*remarks, "quotes are text"], csv.QUOTE_NONE)


class BadQuotes(Corrupt):
    """Quotes that do not close, or stand inside of a cell."""


def _cells(
    content: bytes, start: str, reading: Reading, name: str, remarks: list[str], quoting: Quoting
) -> Cells:
    assert reading.skip is not None
    remarks = list(remarks)
    text = io.TextIOWrapper(io.BytesIO(content), python_encoding(reading.encoding), newline="")
    lines = Lines(text, reading.comment or "", reading.separator == BLANK)
    for _ in range(reading.skip):
        next(text, "")
        lines.number += 1
    rows = parse_rows(lines, reading.separator, name, quoting)
    first = next(rows, None)
    if first is None:
        raise Corrupt(f"{name} has no lines below its preamble", "expected a header and rows")
    above, line = first, lines.number
    sample = _rows(start, reading)[1:]
    if reading.header is None:
        is_row, why = looks_like_row(above, sample, name)
        reading = replace(reading, header=not is_row)
        remarks += [why] if why else []
    header = [] if not reading.header else [cell.lstrip("\ufeff").strip() for cell in above]
    wide = Counter(len(row) for row in sample).most_common(1)
    names = column_names(header, len(above), wide[0][0] if wide else len(above), sample, remarks)
    table, numbers = into_columns(
        rows, lines, names, [] if reading.header else [above], line, name, reading.separator
    )
    return Cells(table, reading, numbers, tuple(remarks))


def python_encoding(encoding: str) -> str:
    """Name of the encoding for Python, which leaves a byte order mark in UTF-8 out."""
    return "utf-8-sig" if encoding in ("", "utf-8") else encoding


def parse_rows(lines: Lines, separator: str, name: str, quoting: Quoting) -> Iterator[list[str]]:
    """Rows that are not blank. Raises BadQuotes, by line, for quotes that do not close."""
    blanks = separator != "\t" or quoting != csv.QUOTE_NONE
    reader = csv.reader(
        lines, delimiter=separator, skipinitialspace=blanks, strict=True, quoting=quoting
    )
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        raise BadQuotes(
            f"line {lines.number} of {name} cannot be read ({error})",
            "close the quotes there, and double those that are part of a cell",
        ) from None


def into_columns(
    rows: Iterator[list[str]],
    lines: Lines,
    names: Sequence[str],
    above: Sequence[list[str]],
    line: int,
    name: str,
    separator: str,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows as columns of stripped text, a block at a time, and the line each row ends in."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    check_width(len(names), name)
    width = len(names)
    numbers: list[np.ndarray] = []
    blocks: list[list[pa.Array]] = [[] for _ in names]
    block: list[list[str]] = []
    places: list[int] = []

    def flush() -> None:
        for place, cells in enumerate(zip(*block, strict=True)):
            blocks[place].append(pc.utf8_trim_whitespace(pa.array(cells, pa.large_string())))
        numbers.append(np.array(places))
        block.clear()
        places.clear()

    for row in above:
        block.append(_to_width(row, width, line, name, separator))
        places.append(line)
    for row in rows:
        block.append(_to_width(row, width, lines.number, name, separator))
        places.append(lines.number)
        if len(block) == BLOCK_ROWS:
            flush()
    if block:
        flush()
    if not numbers:
        raise Corrupt(f"{name} has a header and no rows", "expected rows below the header line")
    data = {str(place): pa.chunked_array(parts) for place, parts in enumerate(blocks)}
    table = pa.table(data).to_pandas(self_destruct=True)
    table.columns = pd.Index(list(names))
    return table, np.concatenate(numbers)


def _to_width(row: list[str], width: int, line: int, name: str, separator: str) -> list[str]:
    if len(row) == width:
        return row
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        return row[:width]
    kind = "blanks" if separator == BLANK else repr(separator)
    raise Corrupt(
        f"expected {width} cells in every line of {name}, received {len(row)} in line {line}",
        f"quote cells that hold {kind}, and fill in missing ones",
    )


def _rows(text: str, reading: Reading) -> list[list[str]]:
    """The rows of a sample, from the header on, its last line left out."""
    kept = text.split("\n")[reading.skip or 0 :]
    lines = Lines(
        io.StringIO("\n".join(kept[:-1] if len(kept) > 2 else kept)),
        reading.comment or "",
        reading.separator == BLANK,
    )
    rows = list[list[str]]()
    try:
        for row in csv.reader(lines, delimiter=reading.separator, skipinitialspace=True):
            if row:
                rows.append(row)
            if len(rows) >= MOST_LINES:
                break
    except csv.Error:
        pass
    return rows
