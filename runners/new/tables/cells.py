"""How the cells of a table are written: decimal sign, units, words for missing values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.own import numerals
from benchmarks.data.own.frames import Frame, as_numbers, distinct, plain_numbers
from runners.new.request import Request, Unclear

SENTINEL = re.compile(
    r"(?:-?(?:9{2,}|8{3,}|7{3,})|-9)(?:[.,]9+|[.,]0+)?|-[1-9]00+(?:[.,]0+)?"
    r"|-?[1-9](?:[.,]\d+)?[eE]\+?\d\d"
)
"""Numbers that people write for a missing value: one digit again and again, a round negative
one, or one of a size that nothing has."""
OUTSTANDING = re.compile(r"0(?:[.,]0+)?|(?:9{2,}|8{2,}|7{2,})(?:[.,]0+)?")
"""Numbers that are told where they stand apart from the others at an end."""
LEAST_OF_THEM = 2
"""Cells of such a number before it counts."""


def recognised(frame: Frame, request: Request) -> tuple[Frame, dict[str, str]]:
    """The frame with its reading complete, and what there is to tell of columns, by name.

    Raises Unclear where the decimal sign could be either and there is no terminal to ask at.
    """
    overrules = request.overrules
    frame = with_decimal_sign(frame, request)
    words = overrules.words(frame)
    asked = overrules.typed(frame)
    frame = with_reading(frame, missing=words)
    dates = {name: kind for name, kind in asked.items() if "%" in kind}
    units = {
        name: unit
        for name in frame.table.columns
        if (asked.get(name, "number") == "number") and (unit := unit_of(frame, name))
    }
    frame = with_reading(frame, units=units, dates=dates)
    if overrules.missing:
        return frame, {}
    found = {
        name: cells
        for name in frame.table.columns
        if asked.get(name, "number") == "number" and (cells := sentinels(frame, name))
    }
    told = {name: told_of(frame, name, cells) for name, cells in found.items()}
    told |= {
        name: f"-1 is the only negative number: MISSING={name}:-1 if it stands for no value"
        for name in frame.table.columns
        if name not in found and asked.get(name, "number") == "number" and minus_one(frame, name)
    }
    told |= {
        name: text
        for name in frame.table.columns
        if name not in told and asked.get(name, "number") == "number"
        and (text := outstanding(frame, name))
    }  # fmt: skip
    return with_reading(frame, missing=merged(frame, found)), told


def with_reading(frame: Frame, **values: Mapping[str, object]) -> Frame:
    """The frame with other fields of its reading."""
    return replace(frame, reading=replace(frame.reading, **values))  # type: ignore[arg-type]


def with_decimal_sign(frame: Frame, request: Request) -> Frame:
    """The frame with its decimal sign decided, asked for where it could be either.

    Raises Unclear where there is no terminal to ask at.
    """
    if frame.reading.decimal:
        return frame
    decision = frame.signs
    frame = replace(frame, decided=decision)
    if decision.doubt and (frame.separator or decision.comma):
        question = (
            f"Which is the decimal sign of {frame.name}, . or , ? {decision.doubt}. With "
            "DECIMAL=, a point stands between thousands, with DECIMAL=. a comma."
        )
        if request.choose is None:
            raise Unclear(f"{question} Say DECIMAL=, or DECIMAL=.")
        decimal = request.choice(question, [".", ","], "DECIMAL")
        return replace(frame, reading=replace(frame.reading, decimal=decimal))
    if decision.other:
        return replace(frame, reading=replace(frame.reading, decimal=decision.decimal))
    return frame


def unit_of(frame: Frame, name: str) -> str:
    """The unit that stands with the numbers of a column, "" for none."""
    if frame.types.get(name) in ("category", "text"):
        return ""
    if plain_numbers(frame.table[name]):
        return ""
    cells = distinct(frame, name)
    if not cells or not all(any(map(str.isdigit, cell)) for cell in cells[:20]):
        return ""
    if numerals.is_clock(cells):
        return numerals.CLOCK if len(cells) > 2 else ""
    unit = numerals.unit_of(cells, frame.signs.decimal)
    if not unit:
        return ""
    try:
        as_numbers(with_reading(frame, units={name: unit}), name)
    except Corrupt:
        return ""  # some cell that was not looked at has another one
    return unit


def sentinels(frame: Frame, name: str) -> tuple[str, ...]:
    """Cells of a column of numbers that stand for a missing value, as they are written.

    A number such as 999 or -200 far from all others: farther than they are from each other, or the
    only negative one among at least a hundredth of the cells.
    """
    cells = frame.table[name]
    some = cells.iloc[:: max(1, len(cells) // 20_000)]
    candidates = list(map(str, some[some.str.fullmatch(SENTINEL.pattern)].unique()))
    if not candidates or frame.types.get(name) in ("category", "text"):
        return ()
    try:
        values = as_numbers(frame, name)
    except Corrupt:
        return ()
    decimal = frame.signs.decimal
    found: list[str] = []
    numbers = {cell: numerals.number(cell, decimal) or 0.0 for cell in candidates}
    for value in sorted(set(numbers.values()), key=abs, reverse=True):
        same = values == value
        rest = values[~same & ~np.isnan(values)]
        if int(same.sum()) < LEAST_OF_THEM or len(np.unique(rest)) < 3:
            continue
        low, high = float(rest.min()), float(rest.max())
        far = value - high > high - low or low - value > high - low
        alone = value < 0 <= low and same.mean() >= 0.01
        if far or alone:
            found += list(map(str, cells[same].unique()))
            values = np.where(same, np.nan, values)
    return tuple(found)


def minus_one(frame: Frame, name: str) -> bool:
    """Whether -1 is the only negative number of a column, in at least a hundredth of its cells."""
    if frame.table[name].isin(["-1", "-1.0"]).mean() < 0.01:
        return False
    try:
        values = as_numbers(frame, name)
    except Corrupt:
        return False
    rest = values[(values != -1) & ~np.isnan(values)]
    return len(np.unique(rest)) > 3 and bool((rest >= 0).all())


def outstanding(frame: Frame, name: str) -> str:
    """What to say of the least or largest number where it may stand for no value; "" for nothing.

    A 0 far below all others, or such as 99 that stands there three times as often as any other.
    """
    cells = frame.table[name]
    cells = cells.iloc[:: max(1, len(cells) // 20_000)]
    odd = cells.str.fullmatch(OUTSTANDING.pattern)
    if odd.mean() < 0.01 or odd.sum() < LEAST_OF_THEM:
        return ""
    try:
        part = replace(frame, table=cells.to_frame(name).reset_index(drop=True), lines=None)
        values = as_numbers(part, name)
    except Corrupt:
        return ""
    values, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    if len(values) < 10 or (values < 0).any():
        return ""
    rare = max(LEAST_OF_THEM, 0.01 * len(cells))
    if values[0] == 0 and counts[0] >= rare and values[1] > 0.2 * (values[-1] - values[1]):
        word = cells[odd].min()
        return f"{word} is far below all others: MISSING={name}:{word} if it stands for no value"
    often = counts[-1] > 3 * counts[:-1].max() and counts[-1] >= rare
    word = f"{values[-1]:.0f}"
    if often and OUTSTANDING.fullmatch(word):
        return (
            f"{word} is the largest and far the most frequent: MISSING={name}:{word} if it stands "
            "for no value"
        )
    return ""


def told_of(frame: Frame, name: str, cells: tuple[str, ...]) -> str:
    """How many cells of a column count as missing, in words."""
    count = int(frame.table[name].isin(list(cells)).sum())
    return f"{', '.join(cells)} ({count:,} cells) taken for no value"


def merged(frame: Frame, found: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Words by column, or once for all where no other column has such a cell."""
    words = sorted(set(found.values()))
    if len(found) > 3 and len(words) == 1:
        others = [name for name in frame.table.columns if name not in found]
        if not any(frame.table[name].isin(list(words[0])).any() for name in others):
            return {"": words[0]}
    return dict(found)
