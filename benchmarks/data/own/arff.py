"""ARFF files, as Weka and OpenML keep tables in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.data.core.source import Corrupt

if TYPE_CHECKING:
    import pandas as pd

CELL = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,\t]*?"""
"""A cell in quotes of either kind, or without."""


def read_arff(content: bytes, name: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """The cells of an ARFF file as text, sparse rows too, and the type its header gives a column.

    Of sparse rows, cells that are not written are 0, or the first value that is declared. Types
    are number, category, date and text; a cell without a value is "". Raises Corrupt,
    by line, for rows of another number of cells than there are attributes.
    """
    import pandas as pd

    text = content.decode("utf-8-sig", errors="replace")
    names, types, rows, begun = list[str](), dict[str, str](), list[list[str]](), False
    zeros: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("%"):
            continue
        if not begun:
            found = re.match(r"@attribute\s+('(?:[^'\\]|\\.)*'|\"[^\"]*\"|\S+)\s+(.*)", line, re.I)
            if found:
                names.append(_plain(found[1]))
                types[names[-1]] = arff_type(found[2])
                listed = found[2].strip()
                zeros.append(_arff_cells(listed.strip("{}"))[0] if listed[:1] == "{" else "0")
            begun = line.lower().startswith("@data")
            continue
        sparse = line.startswith("{")
        cells = _arff_cells(line.strip("{}") if sparse else line)
        if sparse:
            pairs = dict(re.findall(rf"\s*(\d+)\s+({CELL})\s*(?:,|$)", line.strip("{}")))
            cells = [
                _plain(pairs[str(place)]) if str(place) in pairs else zero
                for place, zero in enumerate(zeros)
            ]
        if len(cells) != len(names):
            raise Corrupt(
                f"expected {len(names)} cells in every line of {name}, received {len(cells)} in "
                f"line {number}",
                "quote cells that hold a comma, and fill in missing ones with ?",
            )
        rows.append(["" if cell == "?" else cell for cell in cells])
    if not rows:
        raise Corrupt(f"{name} has no rows", "expected rows below @data")
    return pd.DataFrame(rows, columns=names, dtype=str), types


def arff_type(written: str) -> str:
    """The type that a column is declared with: number, category, date or text."""
    written = written.strip().lower()
    if written.startswith("{"):
        return "category"
    word = written.split()[0] if written else ""
    if word in ("numeric", "real", "integer"):
        return "number"
    return "date" if word == "date" else "text"


def _arff_cells(line: str) -> list[str]:
    separator = "\t" if "," not in line and "\t" in line else ","
    cells = re.findall(rf"\s*({CELL})\s*{separator}", line + separator)
    return [_plain(cell) for cell in cells]


def _plain(text: str) -> str:
    """A name or cell without its quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text)
