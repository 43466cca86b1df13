"""The request to `make new`, and the draft of a definition that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.data import Copy
from benchmarks.data.core.store import LOCAL
from runners.new.overrules import Overrules, Unclear

__all__ = ["ColumnRow", "Draft", "Overrules", "Request", "Unclear"]


@dataclass(frozen=True)
class Request:
    """A new benchmark as it was asked for; empty fields are guessed."""

    name: str
    """`family/benchmark`, checked."""
    origin: str
    """A path, or the number of a data set of the UCI repository."""
    target: str = ""
    task: str = ""
    """classification, regression or forecast."""
    metric: str = ""
    """One of our own, or a scorer of scikit-learn, by name."""
    overrules: Overrules = field(kw_only=True, default_factory=Overrules)
    """What the owner of a table says against the guesses."""
    choose: Callable[[str, Sequence[str]], str] | None = None
    """Asks at the terminal for one of several choices; None where standard input is none."""
    work: Path = field(kw_only=True)
    """A folder for files on their way into the data folder."""

    def choice(self, question: str, choices: Sequence[str], option: str) -> str:
        """One of the choices, asked for at the terminal; raises Unclear where there is none."""
        if self.choose is not None:
            return self.choose(question, choices)
        raise Unclear(f"{question} Expected one of {', '.join(choices)}; say {option}=…")


class ColumnRow(NamedTuple):
    """How one column was read."""

    column: str
    read_as: str
    samples: str
    """Three of its cells."""
    why: str


@dataclass(frozen=True)
class Draft:
    """A definition ready to be written."""

    text: str
    """The file, in house style."""
    remarks: list[str]
    """What was found in the data, a line each; those that begin with `! ` are warnings."""
    copy: Copy | None = None
    """Where the data goes in the data folder; None where a client fetches it."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """The files to keep, by their names in `copy`."""
    table: Sequence[ColumnRow] = ()
    """How each column was read, for the table at the end."""
    origin: str = LOCAL
    """Where they come from, for their receipts."""
