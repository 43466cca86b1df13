"""The numbers of a figure as CSV inside of its SVG; `takeaway.figure_files` makes files of them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from portfolio.page.spreadsheet import Cell, cell

NUMBERS = re.compile(r"<metadata>(.*?)</metadata>", re.S)
"""Where the CSV stands: no browser shows what is in this element of SVG."""


def with_data(svg: Markup, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Markup:
    """A drawing with the numbers it was made from; `takeaway` makes files of both."""
    start, end, rest = svg.partition(">")
    return start + end + numbers(header, rows) + rest


def numbers(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Markup:
    """Numbers as they stand at the beginning of a drawing.

    A text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return Markup("<metadata>{}</metadata>").format(out.getvalue())


def without_data(html: str) -> str:
    """A page of whose figures no files are made."""
    return NUMBERS.sub("", html)
