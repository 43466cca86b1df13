"""How a text file is written: separator, comment sign, preamble and header, where not given."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.data.core.source import Corrupt
from benchmarks.data.own.numerals import is_number
from benchmarks.data.own.reading import MISSING, Reading

if TYPE_CHECKING:
    pass

SEPARATORS = (";", "\t", "|", ",", "^", "~")
BLANK = " "
COMMENTS = ("#", "%", "//")
MOST_LINES = 300
MOST_COLUMNS = 5_000


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


def sniff(start: str, reading: Reading, whole: bool) -> tuple[Reading, list[str]]:
    """The reading with separator, comment sign and preamble, from the first lines of a text.

    `whole` says that `start` is all of it: else its last line may be cut. Also returns remarks.
    """
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


def looks_like_row(
    first: Sequence[str], rows: Sequence[Sequence[str]], name: str
) -> tuple[bool, str]:
    """Whether the first line is a row rather than names, and a warning where that is a guess.

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
    looks = f"the first line ({shown}{more}) looks like a row"
    is_row = numbers + recurring >= max(len(first) / 3, 2 * strange) or name.endswith(".data")
    if not is_row:
        return False, f"! {looks}; it is taken for the header, HEADER=no reads it as a row"
    return True, (
        f"! {looks}, so there is no header: columns are called c1 … c{len(first)}; HEADER=yes "
        "takes it for the header"
    )


def column_names(
    header: Sequence[str], first: int, width: int, rows: Sequence[Sequence[str]], remarks: list[str]
) -> list[str]:
    """Names of the columns, of which the first line has `first` and most rows `width`.

    Without a `header` they are c1, c2, …. Empty columns at the end are left out; `remarks` gains
    what was done.
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


def check_width(count: int, name: str) -> None:
    """Raise Corrupt for a table of more than `MOST_COLUMNS` columns."""
    if count > MOST_COLUMNS:
        raise Corrupt(
            f"expected at most {MOST_COLUMNS:,} columns in {name}, received {count:,}",
            "leave out columns, or reduce them first (a table this wide is no table of features)",
        )


def unique_names(names: Sequence[str], remarks: list[str]) -> list[str]:
    """Names of columns, each once: one without a name has its place, a second use a number.

    `remarks` gains a warning for names that stand twice.
    """
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
