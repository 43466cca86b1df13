"""What `make new` is asked, and what looking at the data makes of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.data import Copy
from benchmarks.data.core.store import LOCAL


class Unclear(ValueError):
    """What was asked cannot be done, or can be done in several ways; the message says which."""


@dataclass(frozen=True)
class Asked:
    """A new benchmark as it was asked for; empty fields are to be guessed."""

    name: str
    """`family/benchmark`, checked."""
    origin: str
    """A path, or the number of a data set of the UCI repository."""
    target: str = ""
    task: str = ""
    """classification, regression or forecast."""
    metric: str = ""
    """One of our own, or a scorer of scikit-learn, by name."""
    choose: Callable[[str, Sequence[str]], str] | None = None
    """Asks the person at the terminal to choose; None where nobody is there to be asked."""
    work: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="kerasfolio-")))
    """A folder for files that are made; whoever asks removes it."""

    def decided(self, question: str, choices: Sequence[str], option: str) -> str:
        """One of the choices, from the person. Raises Unclear with the choices and the option."""
        if self.choose is not None:
            return self.choose(question, choices)
        raise Unclear(f"{question} Expected one of {', '.join(choices)}; say {option}=…")


@dataclass(frozen=True)
class Draft:
    """A definition ready to be written."""

    text: str
    """The file, in house style."""
    said: list[str]
    """What was found in the data, a line each."""
    copy: Copy | None = None
    """Where the data goes in the data folder; None where a client fetches it."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """The files to keep, by their names in `copy`."""
    origin: str = LOCAL
    """Where they come from, for their receipts."""
