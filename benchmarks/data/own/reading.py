"""How a table is read, as plain values that `make new` finds and a definition states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "n.a", "nan", "-nan", "nat", "null", "(null)", "none", "nil", "?"}
    | {"-", "--", ".", "..", "<na>", "\\n", "1.#qnan"}
    | {"#n/a", "#na", "#null!", "#value!", "#div/0!"}
)
"""Words that stand for a missing value, in lower case."""


@dataclass(frozen=True)
class Reading:
    """How a file is read. What is left empty, or None, is found out from the file."""

    separator: str = ""
    """Between cells; a blank stands for any run of blanks and tabs."""
    encoding: str = ""
    header: bool | None = None
    """Whether a line names the columns; without one they are c1, c2, …."""
    skip: int | None = None
    """Lines above the header, or above the first row where there is no header."""
    comment: str | None = None
    """Sign that begins lines to be passed over; "" for none."""
    decimal: str = ""
    """"." or ",": the other one stands between thousands."""
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Further words for a missing value, by column; those of "" count in every column."""
    units: Mapping[str, str] = field(default_factory=dict)
    """What stands with the numbers of a column: "$", "%", "kg", or "hh:mm" for times of the day."""
    dates: Mapping[str, str] = field(default_factory=dict)
    """How the dates of a column are written, as a format of pandas' `to_datetime`."""
    member: str = ""
    """The file to read of a zip archive, or the sheet of a workbook."""

    def to_definition(self) -> dict[str, Any]:
        """The fields that differ from those of a plain CSV file, as a definition states them."""
        usual: dict[str, tuple[Any, ...]] = {
            "separator": ("", ","),
            "encoding": ("", "utf-8"),
            "header": (None, True),
            "skip": (None, 0),
            "comment": (None, ""),
        }
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["missing"] = {name: list(words) for name, words in self.missing.items()}
        made = {n: v for n, v in values.items() if v and v not in usual.get(n, ())}
        return made | ({"header": False} if self.header is False else {})


DEFINITION_DEFAULTS: dict[str, Any] = {"header": True, "skip": 0, "comment": ""}
"""Fields that a definition need not state; all others are found out, as `make new` does."""
