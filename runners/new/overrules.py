"""What the owner of a table says against the guesses: HEADER=, DECIMAL=, INDEX= and others."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from benchmarks.data.own.frames import Frame, shortened, some


class Unclear(ValueError):
    """A request that cannot be met, or can be met in several ways; the message says which."""


TYPES = ("number", "category", "date", "tags", "text")
NONE = "no"


@dataclass(frozen=True)
class Overrules:
    """The overrules as they were written; empty ones are guessed."""

    header: str = ""
    """yes, no, or the line that names the columns, the first is 1."""
    decimal: str = ""
    """The decimal sign: a point or a comma; the other one stands between thousands."""
    index: str = ""
    """Columns that number or name the rows, with commas between; `no` keeps all."""
    groups: str = ""
    """The column whose rows stay together; `no` for none."""
    drop: str = ""
    """Columns to leave out."""
    types: str = ""
    """What columns hold: `zip:category,day:%d/%m/%y`."""
    missing: str = ""
    """Words for a missing value, in every column (`-200`) or in one (`age:999`)."""
    id: str = ""
    """Of series: the column that tells several apart."""
    horizon: str = ""
    """Of series: how many steps ahead."""
    known: str = ""
    """Of series: columns whose values are known in advance."""

    @property
    def given(self) -> list[str]:
        """Those that are given, as Makefile variables."""
        return [one.name.upper() for one in fields(self) if getattr(self, one.name)]

    def choices(self) -> dict[str, Any]:
        """What they say about the file, as fields of `Reading`. Raises Unclear."""
        made: dict[str, Any] = {}
        if self.header in ("yes", NONE):
            made["header"] = self.header == "yes"
        elif self.header.isascii() and self.header.isdigit() and int(self.header):
            made |= {"header": True, "skip": int(self.header) - 1}
        elif self.header:
            raise Unclear(f"HEADER: expected yes, no or a line's number, received {self.header!r}")
        if self.decimal not in ("", ".", ","):
            raise Unclear(f"DECIMAL: expected . or , received {self.decimal!r}")
        return made | ({"decimal": self.decimal} if self.decimal else {})

    def typed(self, frame: Frame) -> dict[str, str]:
        """What columns hold as asked for, by name: one of TYPES, or a format of dates."""
        made = {}
        for part in listed(self.types):
            name, sign, kind = part.rpartition(":")
            if "%" in part:  # a format may hold colons
                name, sign, kind = part.partition(":")
            if not sign or (kind not in TYPES and "%" not in kind):
                raise Unclear(
                    f"TYPES: expected COLUMN:TYPE with a type of {', '.join(TYPES)} or a format of "
                    f"dates such as %d/%m/%y, received {part!r}"
                )
            made[column(name, frame)] = kind
        return made

    def words(self, frame: Frame) -> dict[str, tuple[str, ...]]:
        """Words for a missing value by column; "" stands for all columns."""
        made: dict[str, tuple[str, ...]] = {}
        for part in listed(self.missing):
            name, _, word = part.rpartition(":")
            key = column(name, frame) if name else ""
            made[key] = (*made.get(key, ()), word)
        return made

    def named(self, which: str, frame: Frame) -> list[str] | None:
        """The columns that INDEX, GROUPS or DROP name; None where nothing is said, [] for `no`."""
        text = getattr(self, which)
        if not text:
            return None
        if text == NONE and NONE not in frame.table.columns:
            return []
        return [column(one, frame) for one in listed(text)]


def listed(text: str) -> list[str]:
    """Parts between commas; a part with a comma is quoted."""
    return [
        one.strip() for one in next(csv.reader([text], skipinitialspace=True), []) if one.strip()
    ]


def column(name: str, frame: Frame) -> str:
    """The column that is meant. Raises Unclear with near misses where there is none."""
    return matching_column(name, list(frame.table.columns))


def same_name(name: str) -> str:
    """A name whatever its Unicode form, case, outer blanks and signs that cannot be seen."""
    visible = "".join(one for one in name if unicodedata.category(one) != "Cf")
    return unicodedata.normalize("NFKC", visible).strip().casefold()


def matching_column(name: str, names: Sequence[str]) -> str:
    """The column that is meant, whatever its Unicode form and case.

    Raises Unclear with near misses where there is none.
    """
    import difflib

    if name in names:
        return name
    alike = [one for one in names if same_name(one) == same_name(name)]
    if len(alike) == 1:
        return alike[0]
    if len(alike) > 1:
        raise Unclear(f"{shortened(name)} could be each of {some(alike)}; write it as in the file")
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    columns = ", ".join(shortened(one) for one in near or list(names)[:12])
    hint = f"perhaps {columns}?" if near else f"the first columns are {columns}"
    raise Unclear(f"there is no column {shortened(name)}; {hint}")
