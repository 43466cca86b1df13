"""Text files as rows of cells: separator, preamble, comments and header found where not given."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.data.own.numerals import WRITTEN, fits_before, fits_behind
from benchmarks.data.own.reading import MISSING, Reading

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (";", "\t", "|", ",", "^", "~")
BLANK = " "
Quoting: TypeAlias = Literal[0, 3]
"""csv.QUOTE_MINIMAL, or csv.QUOTE_NONE."""
COMMENTS = ("#", "%", "//")
SAMPLE = 1 << 18
"""Bytes that are looked at."""
MOST_LINES = 300
AT_ONCE = 20_000
"""Rows that are put into columns at once."""
MOST_COLUMNS = 5_000


@dataclass(frozen=True)
class Cells:
    """The rows of a file as columns of text."""

    table: pd.DataFrame
    reading: Reading
    lines: np.ndarray
    """Line of the file every row ends in, the first is 1."""
    remarks: tuple[str, ...] = ()


@dataclass
class Lines:
    """The lines of a text, comments left out and blanks made single, with their numbers."""

    text: Iterable[str]
    comment: str
    blanks: bool
    number: int = 0
    inside: bool = False
    """Whether a quoted cell goes on from the line before."""

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.number += 1
            if self.comment and not self.inside and line.lstrip().startswith(self.comment):
                continue
            self.inside ^= line.count('"') % 2 == 1
            yield line.strip().replace("\t", BLANK) + "\n" if self.blanks else line


def cells_of(content: bytes, reading: Reading, name: str) -> Cells:
    """The table in a text file whose encoding is known.

    Raises Corrupt, by line, for rows of another number of cells than the header, and for a file
    without rows.
    """
    start = io.TextIOWrapper(
        io.BytesIO(content[:SAMPLE]), python_encoding(reading.encoding), "ignore", newline=None
    ).read()
    whole = len(content) <= SAMPLE
    reading, remarks = found_out(start, reading, whole)
    try:
        return _cells(content, start, reading, name, remarks, csv.QUOTE_MINIMAL)
    except BadQuotes:
        if reading.separator != "\t":
            raise
    return _cells(content, start, reading, name, [*remarks, "quotes are text"], csv.QUOTE_NONE)


class BadQuotes(Corrupt):
    """Quotes that are no quotes of cells."""


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
    rows = parsed(lines, reading.separator, name, quoting)
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
    names = named(header, len(above), wide[0][0] if wide else len(above), sample, remarks)
    table, numbers = columns_of(
        rows, lines, names, [] if reading.header else [above], line, name, reading.separator
    )
    return Cells(table, reading, numbers, tuple(remarks))


def python_encoding(encoding: str) -> str:
    """The encoding Python reads with: a byte order mark is none of the text."""
    return "utf-8-sig" if encoding in ("", "utf-8") else encoding


def found_out(start: str, reading: Reading, whole: bool) -> tuple[Reading, list[str]]:
    """The reading with separator, comment sign and preamble, from the first lines of a text."""
    remarks: list[str] = []
    lines = start.split("\n")
    lines = lines[: MOST_LINES if whole else min(MOST_LINES, max(1, len(lines) - 1))]
    declared = re.fullmatch(r"sep=(.)", lines[0].strip()) if lines else None
    skip = 1 if declared else 0
    if declared and not reading.separator:
        reading = replace(reading, separator=declared[1])
    if reading.comment is None:
        comment = comment_of(lines)
        reading = replace(reading, comment=comment)
        if comment:
            remarks.append(f"lines that begin with {comment!r} are comments")
    numbered = Lines(lines, reading.comment or "", blanks=False)
    kept = [(numbered.number - 1, line) for line in numbered if line.strip()]
    kept = [(place, line) for place, line in kept if place >= skip]
    texts = [line for _, line in kept]
    if not reading.separator:
        reading = replace(reading, separator=separator_of(texts))
    if reading.skip is None:
        above = preamble(texts, reading.separator)
        if above:
            remarks.append(f"lines above the table passed over: {above}")
        skip = kept[above][0] if above else skip
        reading = replace(reading, skip=skip)
    return reading, remarks


def comment_of(lines: Sequence[str]) -> str:
    """The sign that begins comments, "" where no line is one."""
    for sign in COMMENTS:
        plain = list(Lines(lines, sign, blanks=False))
        marked = [line.lstrip() for line in lines if line.lstrip().startswith(sign)]
        marked = marked[: len(lines) - len(plain)]  # others go on with a quoted cell
        plain = [line for line in plain if line.strip()]
        if not marked or len(plain) <= len(marked):
            continue
        separator = separator_of(plain)
        width, _ = usual_width(_widths(plain, separator))
        last = _widths([marked[-1]], separator)[0]
        if width > 1 and last == width:
            continue  # it names the columns, or is a row
        return sign
    return ""


def separator_of(lines: Sequence[str]) -> str:
    """The sign that cuts the lines into the same number of cells, two or more; else a comma."""
    found: list[tuple[int, int, int, str]] = []
    for place, sign in enumerate(SEPARATORS):
        widths = _widths(lines, sign)
        width, share = usual_width(widths)
        if width >= 2 and share >= 0.5:
            above = next(n for n, one in enumerate(widths) if one >= width - 1)
            found.append((above, -round(10 * share), place, sign))
    blanks = _widths([line.strip().replace("\t", BLANK) for line in lines], BLANK)
    width, share = usual_width(blanks)
    if width >= 2 and share >= 0.95 and (not found or found[0][3] == "\t"):
        tabs = usual_width(_widths(lines, "\t"))[0] if found else 1
        if width > tabs and not (found and tabs == usual_width(_widths(lines, "\t"))[0] > 2):
            return BLANK
    return min(found)[3] if found else ","


def usual_width(widths: Sequence[int]) -> tuple[int, float]:
    """The most frequent number of cells, and the share of lines that have it, or one less."""
    if not widths:
        return 1, 0.0
    width = Counter(widths).most_common(1)[0][0]
    return width, sum(one == width for one in widths) / len(widths)


def preamble(lines: Sequence[str], separator: str) -> int:
    """Lines above the header: those with fewer cells than the rows, titles and notes."""
    widths = [len(_trimmed(row)) for row in _split(lines, separator)]
    cells = _split(lines, separator)
    width, share = usual_width([len(row) for row in cells])
    if width < 2 or share < 0.5:
        return 0
    first = next((n for n, row in enumerate(cells) if len(row) >= width and widths[n] > 1), 0)
    if first == 0:
        return 0
    rows = [row for row in cells[first:] if len(row) == width]
    above = len(_trimmed(cells[first - 1]))
    unnamed = all(not row[-1].strip() for row in rows) or len({row[0] for row in rows}) == len(rows)
    short = above == width - 1 >= 2 or (above == width - 1 and not any(row[-1] for row in rows))
    return first - 1 if short and unnamed else first


def parsed(lines: Lines, separator: str, name: str, quoting: Quoting) -> Iterator[list[str]]:
    """Rows that are not blank. Raises BadQuotes, by line, for quotes that do not close."""
    blanks = separator != "\t" or quoting != csv.QUOTE_NONE
    reader = csv.reader(
        lines, delimiter=separator, skipinitialspace=blanks, strict=True, quoting=quoting
    )
    try:
        yield from filter(None, reader)
    except csv.Error as error:
        raise BadQuotes(f"line {lines.number} of {name} cannot be read ({error})") from None


def looks_like_row(
    first: Sequence[str], rows: Sequence[Sequence[str]], name: str
) -> tuple[bool, str]:
    """Whether the first line is a row rather than names, and what there is to tell about it.

    A name stands above numbers, or is no value of its column; numbers above numbers and values
    that come again below are none.
    """
    numbers = recurring = names = strange = 0
    for place, cell in enumerate(map(str.strip, first)):
        below = [row[place].strip() for row in rows if place < len(row)]
        known = [one for one in below if one.lower() not in MISSING]
        if not known or cell.lower() in MISSING:
            continue
        numeric = sum(map(is_number, known)) >= 0.9 * len(known)
        if numeric and is_number(cell):
            numbers += 1
        elif numeric:
            names += 1
        elif known.count(cell) >= 2:
            recurring += 1
        elif 5 * len(set(known)) <= len(known):
            strange += 1
    values = [float(cell) for cell in first if re.fullmatch(r"\s*\d{1,9}\s*", cell)]
    if len(values) >= 3 and all(b - a == 1 for a, b in pairwise(values)):
        return False, ""
    if names or not numbers + recurring:
        return False, ""
    shown = ", ".join(cell.strip()[:20] for cell in first[:4])
    more = ", …" if len(first) > 4 else ""
    told = f"the first line ({shown}{more}) looks like a row"
    is_row = numbers + recurring >= max(len(first) / 3, 2 * strange) or name.endswith(".data")
    if not is_row:
        return False, f"! {told}; it is taken for the header, HEADER=no reads it as a row"
    return True, (
        f"! {told}, so there is no header: columns are called c1 … c{len(first)}; HEADER=yes takes "
        "it for the header"
    )


def is_number(cell: str) -> bool:
    """Whether a cell is a number in any way of writing, a unit perhaps beside it."""
    found = WRITTEN.fullmatch(cell)
    return (
        found is not None
        and fits_before(found["before"].strip())
        and fits_behind(found["after"].strip())
    )


def named(
    header: Sequence[str], first: int, width: int, rows: Sequence[Sequence[str]], remarks: list[str]
) -> list[str]:
    """Names of the columns; what there is to tell is added to the remarks.

    Raises Corrupt for too many columns.
    """
    extra = 0
    if not header:
        names = [f"c{place}" for place in range(1, first + 1)]
        whole = [row for row in rows if len(row) == first]
        while len(names) > 1 and whole and not any(row[len(names) - 1].strip() for row in whole):
            names.pop()
            extra += 1
    else:
        names = list(header)
        if width == len(names) + 1 and len(rows) > 1:
            if all(not row[-1].strip() for row in rows if len(row) == width):
                extra = 1
            else:
                names = ["", *names]
                remarks.append("rows have one cell more than the header: the first has no name")
        while len(names) > 1 and not names[-1] and all(
            not row[len(names) - 1].strip() for row in rows if len(row) == width
        ):  # fmt: skip
            names.pop()
            extra += 1
    if extra:
        remarks.append(f"rows end in {extra} empty cell{'s' * (extra > 1)}, left out")
    return names


def unique_names(names: Sequence[str], remarks: list[str]) -> list[str]:
    """Names of columns, each once: nameless ones by their place, further ones with a number."""
    filled = [name or f"column {place}" for place, name in enumerate(names, start=1)]
    taken, made = set(filled), dict[str, None]()
    for name in filled:
        fresh, number = name, 2
        while fresh in made or (fresh != name and fresh in taken):
            fresh, number = f"{name} ({number})", number + 1
        made[fresh] = None
    twice = [name for name, times in Counter(filled).items() if times > 1]
    if twice:
        remarks.append(
            f"! {', '.join(map(repr, twice[:5]))}: name of several columns, the further ones are "
            f"called {twice[0] + ' (2)'!r}, …"
        )
    return list(made)


def columns_of(
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

    if len(names) > MOST_COLUMNS:
        raise Corrupt(
            f"expected at most {MOST_COLUMNS:,} columns in {name}, received {len(names):,}",
            "leave out columns, or reduce them first (a table this wide is no table of features)",
        )
    width = len(names)
    numbers: list[np.ndarray] = []
    blocks: list[list[pa.Array]] = [[] for _ in names]
    block: list[list[str]] = []
    places: list[int] = []

    def put() -> None:
        for place, cells in enumerate(zip(*block, strict=True)):
            blocks[place].append(pc.utf8_trim_whitespace(pa.array(cells, pa.large_string())))
        numbers.append(np.array(places))
        block.clear()
        places.clear()

    for row in above:
        block.append(_fitted(row, width, line, name, separator))
        places.append(line)
    for row in rows:
        block.append(_fitted(row, width, lines.number, name, separator))
        places.append(lines.number)
        if len(block) == AT_ONCE:
            put()
    if block:
        put()
    if not numbers:
        raise Corrupt(f"{name} has a header and no rows", "expected rows below the header line")
    data = {str(place): pa.chunked_array(parts) for place, parts in enumerate(blocks)}
    table = pa.table(data).to_pandas(self_destruct=True)
    table.columns = pd.Index(list(names))
    return table, np.concatenate(numbers)


def _fitted(row: list[str], width: int, line: int, name: str, separator: str) -> list[str]:
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


def _split(lines: Sequence[str], sign: str) -> list[list[str]]:
    if sign == BLANK:
        lines = [line.strip().replace("\t", BLANK) for line in lines]
    try:
        return [row for row in csv.reader(lines, delimiter=sign, skipinitialspace=True) if row]
    except csv.Error:
        return [[line] for line in lines]


def _widths(lines: Sequence[str], sign: str) -> list[int]:
    return [len(row) for row in _split(lines, sign)]


def _trimmed(row: Sequence[str]) -> list[str]:
    kept = list(row)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
