"""What the columns of a table hold: numbers, categories, dates, or nothing to learn from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.own.frames import (
    Frame,
    as_dates,
    as_numbers,
    date_formats,
    is_missing,
    shortened,
)
from runners.new.request import Unclear

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal[
    "number", "yes/no", "category", "date", "identifier", "text", "constant", "empty", "unreadable"
]
USED = ("number", "yes/no", "category", "date")
"""Kinds a model can learn from."""

FEW = 100
"""Most values of a category: each becomes a feature."""
ODD = 0.05
"""Largest share of cells that are taken for typing errors where the others are numbers."""
ANSWERS = (
    ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("0", "1"), ("0.0", "1.0"),
    ("-1", "1"), ("nein", "ja"), ("non", "oui"), ("negative", "positive"), ("off", "on"),
)  # fmt: skip
"""Pairs of values that say no and yes, in lower case."""
ID = re.compile(r"(?:^|[^a-zA-Z])(?:id|ID|Id|uuid|UUID|guid|key)$|[a-z](?:Id|ID|UUID)$|^(?:id|ID)_")
DATED = re.compile(r"date|time|day|month|datum|timestamp|_at$", re.IGNORECASE)


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


def known_cells(frame: Frame, name: str) -> pd.Series:
    """The cells of a column that have a value."""
    cells = frame.table[name]
    return cells[~is_missing(cells)]


def describe_columns(frame: Frame) -> list[Column]:
    """What every column of a table holds, in its order.

    Raises Unclear where a few cells of a column are words among numbers or no dates among dates,
    naming the columns, cells and lines.
    """
    columns = [describe_column(frame, name) for name in frame.table.columns]
    slips = [one.remark for one in columns if one.kind == "unreadable"]
    if slips:
        more = f", and so in {len(slips) - 5} more columns" if len(slips) > 5 else ""
        raise Unclear(
            f"{'; '.join(slips[:5])}{more}; correct the cells, or leave them empty where "
            "nobody knows the value"
        )
    return columns


def describe_column(frame: Frame, name: str) -> Column:
    """What one column of a table holds."""
    known = known_cells(frame, name)
    rows, values = len(frame.table), int(known.nunique())
    base = Column(name, "text", rows - len(known), values, id_like=bool(ID.search(name)))
    if not len(known):
        return replace(base, kind="empty", remark="no value in any row")
    numbers = numbers_of(frame, name)
    if numbers is not None:
        present = numbers[~np.isnan(numbers)]
        whole = bool((present == np.round(present)).all())
        base = replace(base, numeric=True, whole=whole, values=len(np.unique(present)))
    if base.values == 1 and not base.missing:
        return replace(base, kind="constant", remark="one value in every row")
    if numbers is not None:
        return of_numbers(base, numbers)
    dated = of_dates(frame, base, known)
    if dated is not None:
        return dated
    slip = slips_among_numbers(frame, base, known)
    if slip:
        return replace(base, kind="unreadable", remark=slip)
    return of_words(base, known)


def numbers_of(frame: Frame, name: str) -> np.ndarray | None:
    """A column as numbers, or None where some cell is none."""
    try:
        return as_numbers(frame, name)
    except Corrupt:
        return None


def of_numbers(base: Column, numbers: np.ndarray) -> Column:
    """A column of numbers: an identifier where all differ and they count, or are called so."""
    present = np.sort(numbers[~np.isnan(numbers)])
    if base.values == 2 and answers({f"{value:g}" for value in np.unique(present)}):
        return replace(base, kind="yes/no")
    counts = len(present) >= 3 and bool((np.diff(present) == 1).all())
    if base.whole and base.values == len(present) >= 3 and (counts or base.id_like):
        why = "it counts the rows" if counts else "every value differs"
        return replace(base, kind="identifier", remark=why)
    return replace(base, kind="number")


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
                remark=f"dates that can be read in {len(whole)} ways ({', '.join(whole)}): write "
                "them as 2024-12-31 to use them",
            )
        if whole:
            return replace(base, kind="date")
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

    from benchmarks.data.own.frames import DATES

    some = known.iloc[:: max(1, len(known) // 500)]
    read = (pd.to_datetime(some, format=way, errors="coerce", utc=True) for way in DATES)
    return max(float(one.notna().mean()) for one in read)


def part(frame: Frame, name: str, cells: pd.Series) -> Frame:
    """A table of some cells of one column."""
    return replace(frame, table=cells.to_frame(name).reset_index(drop=True), lines=None)


def slips_among_numbers(frame: Frame, base: Column, known: pd.Series) -> str:
    """Which cells of a column of numbers are words; empty where it is no column of numbers."""
    import pandas as pd

    if frame.separator in (",", ""):
        plain = known.str.replace(r"(?<=\d),(?=\d{3}(\D|$))", "", regex=True)
    else:
        plain = known.str.replace(",", ".", regex=False)
    words = known[~np.isfinite(pd.to_numeric(plain, errors="coerce").to_numpy(np.float64))]
    few = len(words) <= ODD * len(known) or (words.nunique() <= 3 and len(words) < len(known) / 2)
    if base.values <= 20 or not few:
        return ""
    first = words.index[:3]
    cells = ", ".join(f"{shortened(known[row])} in {frame.where(int(row))}" for row in first)
    more = f" and {len(words) - 3} more" if len(words) > 3 else ""
    return (
        f"column {shortened(base.name)} has numbers in {len(known) - len(words):,} rows and "
        f"something else in {len(words):,}: {cells}{more}"
    )


def of_words(base: Column, known: pd.Series) -> Column:
    """A column of words: answers, a category, an identifier, or free text."""
    long = float(known.str.len().mean()) > 40 or float(known.str.count(" ").mean()) > 4
    if base.values == len(known) >= 3 and not long:
        return replace(base, kind="identifier", remark="every value differs")
    if long or base.values > min(FEW, len(known) / 2):
        return replace(base, kind="text", remark=f"free text, {base.values:,} different values")
    if base.values == 2 and answers(set(known.str.lower())):
        return replace(base, kind="yes/no")
    return replace(base, kind="category")


def answers(values: set[str]) -> tuple[str, str] | None:
    """The pair that says no and yes with these values, in lower case; None if there is none."""
    return next((pair for pair in ANSWERS if set(pair) == values), None)
