"""The cells a notebook is made of."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import Literal


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook."""

    kind: Literal["code", "markdown"]
    text: str


def markdown(text: str) -> Cell:
    """A cell of prose."""
    return Cell("markdown", dedent(text).strip())


def code(text: str) -> Cell:
    """A cell of Python."""
    return Cell("code", dedent(text).strip())
