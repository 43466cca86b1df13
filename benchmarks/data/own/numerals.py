"""Numbers as people write them: decimal and thousands signs, currencies, per cent and units."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Sign = Literal[".", ","]
OTHER: dict[str, Sign] = {".": ",", ",": "."}
BLANKS = "'’ \u00a0\u2009\u202f"
"""Signs between thousands that are never a decimal sign."""
CLOCK = "hh:mm"
"""Unit of a column of times of the day; they become hours."""
CODES = frozenset(
    {"usd", "eur", "gbp", "chf", "jpy", "cny", "inr", "aud", "cad", "nzd", "sek", "nok", "dkk"}
    | {"pln", "czk", "huf", "brl", "mxn", "zar", "krw", "rub", "try", "us$", "r$", "a$", "c$"}
    | {"kr", "kr.", "rs", "rs.", "zł", "kč"}
)
"""Signs of currencies that are letters, in lower case."""
SUFFIX = re.compile(r"(?=.*(?:[^\W\d_]|[%‰°$€£¥]))[^\s\d.,-]\S{0,7}")
"""A unit behind a number: a letter or a sign of a unit in it."""
WRITTEN = re.compile(
    r"(?P<minus>[-+]?)\s*(?P<before>[^\d.,+()-]*?)\s*"
    rf"(?P<number>[-+]?[.,]?\d[\d.,{BLANKS}]*(?:[eE][-+]?\d+)?)\s*(?P<after>\D*[A-Za-z][23]|\D*)"
)
GROUPED = {
    sign: re.compile(
        rf"[-+]?(?:\d+|\d{{1,3}}(?:(?P<sign>[{BLANKS}{re.escape(OTHER[sign])}])\d{{3}})"
        rf"(?:(?P=sign)\d{{3}})*|\d{{1,2}}(?:{re.escape(OTHER[sign])}\d{{2}})+"
        rf"{re.escape(OTHER[sign])}\d{{3}})?(?:{re.escape(sign)}\d*)?(?:[eE][-+]?\d+)?"
    )
    for sign in OTHER
}
TIME = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)(?:[:.]([0-5]\d)(?:\.\d+)?)?")


def number(cell: str, decimal: str, unit: str = "") -> float | None:
    """A cell as a number, or None where it is none.

    `decimal` is the decimal sign, the other of point and comma stands between thousands, as do
    blanks and apostrophes. `unit` may stand before or behind; parentheses are a minus.
    """
    if unit == CLOCK:
        found = TIME.fullmatch(cell)
        return found and int(found[1]) + int(found[2]) / 60 + int(found[3] or 0) / 3600
    text = signed(cell)
    if unit:
        text = without_unit(text, unit)
    if not any(map(str.isdigit, text)) or not GROUPED[decimal].fullmatch(text):
        return None
    plain = re.sub(rf"[{BLANKS}{re.escape(OTHER[decimal])}]", "", text).replace(decimal, ".")
    return float(plain)


def signed(cell: str) -> str:
    """A cell with its minus in front: accountants write (12), some programs 12-."""
    text = cell.replace("\u2212", "-")
    if text[:1] == "(" and text[-1:] == ")" and "-" not in text:
        return f"-{text[1:-1]}"
    return f"-{text[:-1]}" if re.fullmatch(r"\d[\d.,]*-", text) else text


def without_unit(text: str, unit: str) -> str:
    """A number without the unit before or behind it, and without a blank beside its minus."""
    found = WRITTEN.fullmatch(text)
    if found is None or unit not in (found["before"].strip(), found["after"].strip()):
        return text
    return found["minus"] + found["number"].strip()


def unit_of(cells: Iterable[str], decimal: str) -> str:
    """The one unit that stands with the numbers of these cells; "" where there is none.

    Per cent has to stand with every number; of other units some cells may have none.
    """
    units: Counter[str] = Counter()
    for cell in cells:
        found = WRITTEN.fullmatch(signed(cell))
        if found is None:
            return ""
        before, after = found["before"].strip(), found["after"].strip()
        if (before and after) or not (fits_before(before) and fits_behind(after)):
            return ""
        if number(found["minus"] + found["number"].strip(), decimal) is None:
            return ""
        units[before or after] += 1
    named = [unit for unit in units if unit]
    if len(named) != 1 or ("%" in named[0] and "" in units) or units[named[0]] < units[""]:
        return ""
    return named[0]


def fits_before(text: str) -> bool:
    """Whether a unit may stand before a number: the sign of a currency, not any letter."""
    return not text or text.lower() in CODES or is_currency(text)


def fits_behind(text: str) -> bool:
    """Whether a unit may stand behind a number."""
    return not text or bool(SUFFIX.fullmatch(text))


def is_number(cell: str) -> bool:
    """Whether a cell is a number in any way of writing, a unit perhaps beside it."""
    found = WRITTEN.fullmatch(cell)
    return (
        found is not None
        and fits_before(found["before"].strip())
        and fits_behind(found["after"].strip())
    )


def is_currency(text: str) -> bool:
    """Whether a text is a sign such as € or $."""
    return len(text) == 1 and unicodedata.category(text) == "Sc"


def is_clock(cells: Sequence[str]) -> bool:
    """Whether all cells are times of the day, such as 18:30 or 18.00.00."""
    if not all(TIME.fullmatch(cell) for cell in cells):
        return False
    return all(":" in cell or cell.count(".") == 2 for cell in cells)


@dataclass(frozen=True)
class Evidence:
    """What the cells of a column say about its signs."""

    decimal: frozenset[str] = frozenset()
    """Signs that can only be decimal signs."""
    doubtful: str = ""
    """A cell whose one sign could be either: 1.234 or 1,234."""
    large: bool = False
    """Whether whole numbers from 1000 on stand there without a sign."""
    small: bool = False
    """Whether smaller ones do."""


def evidence(cells: Sequence[str]) -> Evidence:
    """Evidence of different cells; none where hardly all of them are numbers."""
    decimal: set[str] = set()
    doubtful, large, small, numbers = "", False, False, 0
    for cell in cells:
        found = WRITTEN.fullmatch(signed(cell))
        if found is None:
            continue
        if not (fits_before(found["before"].strip()) and fits_behind(found["after"].strip())):
            continue
        body = re.sub(rf"[{BLANKS}]|[eE].*", "", found["number"]).lstrip("+-")
        point, comma = body.count("."), body.count(",")
        if not point + comma:
            large, small = large or len(body) >= 4, small or len(body) < 4
            numbers += 1
            continue
        sign: Sign = "." if body.rfind(".") > body.rfind(",") else ","
        if point + comma > 1 and body.count(sign) > 1:
            sign = OTHER[sign]  # stands several times: between thousands
        if not GROUPED[sign].fullmatch(body):
            continue
        numbers += 1
        if point + comma == 1 and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", body):
            doubtful = doubtful or cell
        else:
            decimal.add(sign)
    if numbers < 0.9 * len(cells):
        return Evidence()
    return Evidence(frozenset(decimal), doubtful, large, small)


@dataclass(frozen=True)
class Decision:
    """The decimal sign of a file."""

    decimal: str
    why: str = ""
    doubt: str = ""
    """Why it could be the other one; "" where it could not."""
    comma: bool = False
    """Whether the doubt is about a comma."""
    other: bool = False
    """Whether the other sign stands between thousands, or the comma is the decimal sign."""


def decide(columns: dict[str, Evidence], separator: str) -> Decision:
    """The decimal sign of a file by all its columns; where nothing tells, the usual one."""
    sure = {sign: [n for n, one in columns.items() if sign in one.decimal] for sign in OTHER}
    open_ = {name: one for name, one in columns.items() if one.doubtful}
    if sure["."] and sure[","]:
        first, second = (f"column {sure[sign][0]!r}" for sign in OTHER)
        return Decision(
            ".", doubt=f"{first} has decimal points and {second} decimal commas", other=True
        )
    for sign in OTHER:
        if sure[sign]:
            why = f"as in column {sure[sign][0]!r}"
            commas = any("," in one.doubtful for one in open_.values())
            return Decision(sign, why, other=sign == "," or commas)
    if not open_:
        return Decision(".")
    name, one = next(iter(open_.items()))
    sign = "." if "." in one.doubtful else ","
    if any(("." in other.doubtful) != (sign == ".") for other in open_.values()):
        return Decision(".", doubt="cells have points or commas before three digits", other=True)
    if any(other.large for other in open_.values()):
        return Decision(sign, "1000 is written without a sign there", other=sign == ",")
    if sign == "." and separator in (",", "\t", " ", "") and not one.small:
        return Decision(".")
    if sign == "," and separator == "," and all(other.small for other in open_.values()):
        return Decision(".", "numbers below 1000 have no comma there", other=True)
    usual = "." if sign == "." or separator in (",", "") else ","
    return Decision(
        usual,
        doubt=f"{one.doubtful!r} in column {name!r} can be {one.doubtful.replace(sign, '')} or "
        f"{one.doubtful.replace(sign, '.')}, and no other cell tells which",
        other=True,
        comma=sign == ",",
    )
