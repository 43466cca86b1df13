"""What the columns of a table hold: numbers, categories, dates, or nothing to learn from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.own import numerals
from benchmarks.data.own.dates import DATES, as_dates, date_formats
from benchmarks.data.own.encoding import split_tags
from benchmarks.data.own.frames import Frame, as_numbers, shortened
from benchmarks.data.own.times import CENTURY, unit_of_count
from runners.new.request import Unclear

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal[
    "number", "yes/no", "category", "date", "tags", "identifier", "text", "constant", "empty",
    "unreadable",
]  # fmt: skip
USED = ("number", "yes/no", "category", "date", "tags")
"""Kinds a model can learn from."""

FEW, MANY = 100, 1_000
"""Most values of a category, a feature each; up to the second where each has rows enough."""
ROWS_EACH = 4
"""Rows that each value of a category with more than `FEW` has, on average."""
LARGEST = 10**8
"""Most cells that the features of one category may have."""
UNLIKELY = 7.0
"""Whole numbers that all differ are drawn without repetition where chance has e^-7 for it."""
ODD = 0.05
"""Largest share of cells that are taken for typing errors where the others are numbers."""
ANSWERS = (
    ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("0", "1"), ("0.0", "1.0"),
    ("-1", "1"), ("nein", "ja"), ("non", "oui"), ("negative", "positive"), ("off", "on"),
)  # fmt: skip
"""Pairs of values that say no and yes, in lower case."""
ID = re.compile(r"(?:^|[^a-zA-Z])(?:id|ID|Id|uuid|UUID|guid|key)$|[a-z](?:Id|ID|UUID)$|^(?:id|ID)_")
DATED = re.compile(r"date|time|day|month|datum|timestamp|_at$", re.IGNORECASE)
NAMELESS = re.compile(
    r"column \d+|unnamed: ?\d+|(row ?)?(index|names?|num(ber)?|no\.?|nr\.?)|row|rownames|#", re.I
)
CLOCKED = re.compile(r"hour|month|day|minute|second|year|week|stunde|monat|tag|jahr", re.I)
MOST_WORDS = 4
"""Words a cell, on average, from which blanks between them make a text."""
TAG_SIGNS = ("|", ";", ",", "/", "+", " ")


@dataclass(frozen=True)
class Column:
    """One column as it was found."""

    name: str
    kind: Kind
    missing: int
    """Cells without a value."""
    values: int
    """Different values in the other cells."""
    numeric: bool = False
    """Whether every known cell is a number."""
    whole: bool = False
    """Whether these are whole numbers."""
    id_like: bool = False
    """Whether its name says that it identifies something."""
    remark: str = ""
    """What its reader should know, or why it is left out."""
    words: tuple[str, ...] = ()
    """Of tags: the sign between words, then the words."""


def is_free_text(column: Column) -> bool:
    """Whether a column holds sentences a network may read, or is asked to."""
    return column.kind == "text" and column.remark.startswith(("free text", "as asked"))


def known_cells(frame: Frame, name: str) -> pd.Series:
    """The cells of a column that have a value."""
    cells = frame.table[name]
    return cells[~frame.missing(name)]


def describe_columns(frame: Frame, asked: Mapping[str, str] | None = None) -> list[Column]:
    """What every column of a table holds, in its order; `asked` says what some hold.

    Raises Unclear where a few cells of a column are words among numbers or no dates among dates,
    naming the columns, cells and lines.
    """
    asked = asked or {}
    columns = [describe_column(frame, name, asked.get(name, "")) for name in frame.table.columns]
    slips = [one.remark for one in columns if one.kind == "unreadable"]
    if slips:
        more = f", and so in {len(slips) - 5} more columns" if len(slips) > 5 else ""
        raise Unclear(
            f"{'; '.join(slips[:5])}{more}; correct the cells, or leave them empty where "
            "the value is missing (MISSING= names words for that, TYPES=COLUMN:category takes "
            "the cells as words, DROP= leaves the column out)"
        )
    return columns


def describe_column(frame: Frame, name: str, asked: str = "") -> Column:
    """What one column of a table holds, or what it is asked to hold.

    Raises Unclear for a column that does not hold what was asked.
    """
    known = known_cells(frame, name)
    rows, values = len(frame.table), int(known.nunique())
    base = Column(name, "text", rows - len(known), values, id_like=bool(ID.search(name)))
    if not len(known):
        return replace(base, kind="empty", remark="no value in any row")
    if asked:
        return as_asked(frame, base, known, asked)
    if frame.types.get(name) == "category" and values > 1:
        return replace(base, kind="category", remark="a category, says the file")
    if is_code(known, name):
        zeros = known.str.startswith("0").any()
        why = "leading zeros" if zeros else "more digits than a number keeps"
        return replace(of_words(base, known), remark=f"{why}: codes, no numbers")
    numbers = numbers_of(frame, name, known)
    if numbers is not None:
        present = numbers[~np.isnan(numbers)]
        whole = bool((present == np.round(present)).all())
        base = replace(base, numeric=True, whole=whole, values=len(np.unique(present)))
    if base.values == 1 and not base.missing:
        return replace(base, kind="constant", remark="one value in every row")
    if numbers is not None:
        if is_compact_date(known, name):
            return replace(base, kind="date", numeric=False, whole=False, remark="as YYYYMMDD")
        return of_numbers(frame, base, numbers)
    dated = of_dates(frame, base, known)
    if dated is not None:
        return dated
    slip = slips_among_numbers(frame, base, known)
    if slip:
        return replace(base, kind="unreadable", remark=slip)
    tags = of_tags(known)
    if tags:
        remark = (
            f"several words in a cell, {tags[0]!r} between them: {len(tags) - 1} yes/no features"
        )
        return replace(base, kind="tags", words=tags, remark=remark)
    found = of_words(base, known)
    mixed = mixed_numbers(known) if found.kind in ("identifier", "text") else ""
    return replace(found, kind="text", remark=mixed) if mixed else found


def as_asked(frame: Frame, base: Column, known: pd.Series, asked: str) -> Column:
    """A column as TYPES= says. Raises Unclear for cells that are no such thing."""
    base = replace(base, remark="as asked")
    try:
        if asked == "number":
            values = as_numbers(frame, base.name)
            present = values[~np.isnan(values)]
            whole = bool((present == np.round(present)).all())
            count = len(np.unique(present))
            return replace(base, kind="number", numeric=True, whole=whole, values=count)
        if asked == "date" or "%" in asked:
            as_dates(frame, base.name)
            return replace(base, kind="date")
    except (Corrupt, ValueError) as error:
        raise Unclear(f"TYPES={base.name}:{asked}: {error}") from None
    if asked == "tags":
        tags = of_tags(known, strict=False)
        if not tags:
            raise Unclear(
                f"TYPES={base.name}:tags: expected cells with one of | ; , / between words"
            )
        return replace(base, kind="tags", words=tags)
    return replace(base, kind="category" if asked == "category" else "text")


def numbers_of(frame: Frame, name: str, known: pd.Series) -> np.ndarray | None:
    """A column as numbers, or None where some cell is none."""
    try:
        if not any(re.search(r"\d", str(cell)) for cell in known.iloc[:20]):
            return None
        return as_numbers(frame, name)
    except Corrupt:
        return None


def is_code(known: pd.Series, name: str) -> bool:
    """Whether cells of digits are codes: leading zeros, not of parts of a date, or 17 digits."""
    some = known.iloc[:: max(1, len(known) // 5_000)]
    if not some.str.fullmatch(r"\d+").all():
        return False
    zeros = some.str.fullmatch(r"0\d+")
    if not zeros.any():
        return bool(some.str.len().max() >= 17) and not unit_of_count(some)
    return not (CLOCKED.search(name) and some.str.len().max() <= 2)


def is_compact_date(known: pd.Series, name: str) -> bool:
    """Whether a column of eight digits holds dates such as 20241231."""
    import pandas as pd

    some = known.iloc[:: max(1, len(known) // 5_000)]
    if not some.str.fullmatch(r"(19|20)\d{6}").all():
        return False
    read = pd.to_datetime(some, format="%Y%m%d", errors="coerce")
    return bool(read.notna().all()) and (bool(DATED.search(name)) or some.nunique() > 20)


def of_numbers(frame: Frame, base: Column, numbers: np.ndarray) -> Column:
    """A column of numbers: an identifier where all differ and they count, or are called so."""
    present = np.sort(numbers[~np.isnan(numbers)])
    remark = unit_remark(frame, base.name)
    if base.values == 2 and answers({f"{value:g}" for value in np.unique(present)}):
        return replace(base, kind="yes/no", remark=remark)
    differ = base.whole and base.values == len(present) >= 3
    counts = differ and bool((np.diff(present) == 1).all())
    first = NAMELESS.fullmatch(base.name)
    span = float(present[-1] - present[0]) + 1
    drawn = differ and len(present) >= 20 and len(present) ** 2 / (2 * span) > UNLIKELY
    if counts or (differ and (base.id_like or first or drawn)):
        why = "it counts the rows" if counts else "every value differs"
        if not counts and (first or drawn):
            why = "whole numbers that all differ: an index"
        return replace(base, kind="identifier", remark=why)
    return replace(base, kind="number", remark=remark)


def unit_remark(frame: Frame, name: str) -> str:
    """What stands with the numbers of a column, and how they are written, in words."""
    unit = frame.reading.units.get(name, "")
    parts = [f"unit {unit}"] if unit and unit != numerals.CLOCK else []
    parts += ["times of the day, in hours"] if unit == numerals.CLOCK else []
    cells = frame.table[name].iloc[:5_000]
    if unit == numerals.CLOCK:
        return parts[0]
    coded = cells[cells.str.fullmatch(r"0\d+\.\d+|\d+[eE]\d+")]
    if len(coded):
        value = f"{coded.iloc[0]} is read as {float(coded.iloc[0]):g}"
        parts.append(f"{value}: of codes say TYPES={name}:category")
    if DATED.search(name) or re.fullmatch(r"ts|epoch|unix.*", name, re.I):
        parts += counted_time(cells[~frame.missing(name)[:5_000]], name)
    if cells.str.contains(",", regex=False).any():
        comma = frame.signs.decimal == ","
        parts.append("decimal comma" if comma else "comma between thousands")
    elif frame.signs.decimal == "," and cells.str.contains(".", regex=False).any():
        parts.append("point between thousands")
    return ", ".join(parts)


def counted_time(known: pd.Series, name: str) -> list[str]:
    """What to say of numbers in a column that is called like a time; [] for nothing."""
    import pandas as pd

    if not len(known) or not known.str.fullmatch(r"\d+(?:\.0*)?").all():
        return []
    if way := unit_of_count(known):
        return [f"{way} by their size: write them as dates if they are"]
    for way in ("%y%m%d", "%d%m%y", "%Y%m") if known.str.len().eq(6).all() else ():
        if pd.to_datetime(known, format=way, errors="coerce").notna().all():
            return [f"of dates say TYPES={name}:{way}"]
    return []


def of_dates(frame: Frame, base: Column, known: pd.Series) -> Column | None:
    """A column of dates, or one of which a few cells are none; None for any other."""
    some = known.iloc[:: max(1, len(known) // 50)]
    if not (some.str.contains(r"\d") & (some.str.len() >= 6)).mean() >= 0.5:
        return None
    ways = date_formats(part(frame, base.name, some), base.name)
    if ways:
        whole = date_formats(frame, base.name)
        if len(whole) > 1:
            return replace(
                base,
                kind="text",
                remark=f"dates that can be read in {len(whole)} ways ({', '.join(whole)}): say "
                f"TYPES={base.name}:{whole[0]}, or write them as 2024-12-31, to use them",
            )
        if whole:
            years = f", years {CENTURY} to {CENTURY + 99}" if "%y" in whole[0] else ""
            remark = "" if whole[0] == "ISO8601" else f"written as {whole[0]}{years}"
            return replace(base, kind="date", remark=remark)
    if not ways and not DATED.search(base.name):
        return None
    try:
        as_dates(frame, base.name)
    except Corrupt as error:
        if share_of_dates(known) >= 0.5:
            return replace(base, kind="unreadable", remark=error.reason)
    return None


def share_of_dates(known: pd.Series) -> float:
    """Share of cells that are dates in the one way that fits most of them."""
    import pandas as pd

    some = known.iloc[:: max(1, len(known) // 500)]
    read = (pd.to_datetime(some, format=way, errors="coerce", utc=True) for way in DATES)
    return max(float(one.notna().mean()) for one in read)


def part(frame: Frame, name: str, cells: pd.Series) -> Frame:
    """A table of some cells of one column."""
    return replace(frame, table=cells.to_frame(name).reset_index(drop=True), lines=None)


def slips_among_numbers(frame: Frame, base: Column, known: pd.Series) -> str:
    """Which cells of a column of numbers are words; empty where it is no column of numbers."""
    if base.values <= 20 or not any(re.search(r"\d", one) for one in known.iloc[:50]):
        return ""
    import pandas as pd

    codes, words = pd.factorize(known)
    decimal, unit = frame.signs.decimal, frame.reading.units.get(base.name, "")
    read = [numerals.number(str(word), decimal, unit) for word in words]
    odd_words = np.array([one is None or not np.isfinite(one) for one in read])
    odd = known[odd_words[codes]]
    few = len(odd) <= ODD * len(known) or (odd_words.sum() <= 3 and len(odd) < len(known) / 2)
    if not few:
        return ""
    first = odd.index[:3]
    cells = ", ".join(f"{shortened(known[row])} in {frame.where(int(row))}" for row in first)
    more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
    return (
        f"column {shortened(base.name)} has numbers in {len(known) - len(odd):,} rows and "
        f"something else in {len(odd):,}: {cells}{more}"
    )


def of_tags(known: pd.Series, *, strict: bool = True) -> tuple[str, ...]:
    """The sign between the words of cells that hold several, then the words; () for other cells.

    Where such words recur in other company or order, they are words of their own; a name or an
    address with a comma is not made of such.
    """
    cells = list(map(str, known.iloc[:: max(1, len(known) // 5_000)]))
    for sign in TAG_SIGNS:
        several = [cell for cell in cells if sign in cell]
        if len(several) < (0.1 * len(cells) if strict else 1):
            continue
        sets = [split_tags(cell, sign) for cell in cells]
        if strict and sign == " " and np.mean([len(one) for one in sets]) > MOST_WORDS:
            continue
        words = sorted(set().union(*sets))
        counts = {len(one) for one in sets}
        places: dict[str, set[int]] = {}
        for cell in several:
            for place, word in enumerate(cell.strip("[](){} ").split(sign)):
                places.setdefault(word.strip().strip("'\" "), set()).add(place)
        moving = sum(len(one) > 1 for one in places.values())
        mixed = len(counts) > 1 or moving >= len(words) / 2
        recur = len(cells) / max(1, len(words)) >= 5 and len(set(cells)) > len(words)
        short = max(map(len, words), default=99) <= 30 and not all(w.isdigit() for w in words)
        if not strict or (
            mixed and recur and short and moving >= len(words) / 3 and len(words) > 2
        ):
            full = sorted(set().union(*(split_tags(str(c), sign) for c in known.unique())))
            return (sign, *full) if len(full) <= FEW else ()
    return ()


def of_words(base: Column, known: pd.Series) -> Column:
    """A column of words: answers, a category, an identifier, or free text."""
    length, blanks = float(known.str.len().mean()), float(known.str.count(" ").mean())
    long = length > 40 or blanks > 4
    units = [] if long else numerals.several_units(list(map(str, known.iloc[:5_000])))
    if base.values == len(known) >= 3 and not long and not units:
        return replace(base, kind="identifier", remark="every value differs")
    enough = base.values * ROWS_EACH <= len(known) and base.values * len(known) <= LARGEST
    many = base.values > FEW and not (base.values <= MANY and enough and blanks <= 2)
    if long or many or base.values > len(known) / 2:
        what = "free text" if long or blanks > 2 else "too few rows of each value"
        if units:
            what = f"numbers of several units ({', '.join(units)}): write all in one"
        return replace(base, kind="text", remark=f"{what}, {base.values:,} different values")
    if base.values == 2 and answers(set(known.str.lower())):
        return replace(base, kind="yes/no")
    remark = f"{base.values:,} values, a feature each" if base.values > FEW else ""
    return replace(base, kind="category", remark=remark)


def mixed_numbers(known: pd.Series) -> str:
    """What to say of cells that are numbers for the larger part; "" for others."""
    odd = [cell for cell in map(str, known.iloc[:5_000]) if not numerals.is_number(cell)]
    if not odd or len(odd) > len(known.iloc[:5_000]) / 2:
        return ""
    return f"numbers, and cells such as {shortened(odd[0])}: correct them, or name them in MISSING="


def answers(values: set[str]) -> tuple[str, str] | None:
    """The pair that says no and yes with these values, in lower case; None if there is none."""
    return next((pair for pair in ANSWERS if set(pair) == values), None)
