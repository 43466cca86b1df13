"""What a definition states about its data, and the folder data is kept in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.dataset import Dataset, Deviation, Loaded


class DataError(Exception):
    """Data that cannot be used: the reason, and what to do about it."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy
        self.short = ""
        """The remedy in a few words, where it is a long one."""

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}" if self.remedy else self.reason


class Unavailable(DataError):
    """The data cannot be had here and now."""


class Corrupt(DataError):
    """The data is there, but is not what it should be."""


@dataclass(frozen=True)
class File:
    """One published file: what it is called, where it is kept, how to know it is whole."""

    name: str
    """Official name; with folders ("api/dataset/109.json") where the last part says too little."""
    keep: str
    """Place below the data folder, with forward slashes."""
    sha256: str = ""
    """Of the publisher's copy; empty where none is published."""
    md5: str = ""
    """The same, for publishers that state md5."""
    variants: Mapping[str, Deviation | None] = field(default_factory=dict)
    """sha256 of known other copies, with what is different in the data they hold."""

    @property
    def published(self) -> bool:
        """Whether a hash of the publisher's copy is known."""
        return bool(self.sha256 or self.md5)


@dataclass(frozen=True)
class Copy:
    """One form in which a data set is published: its files and how to read them."""

    name: str
    """In words, for the record: "UCI's Concrete_Data.xls"."""
    files: tuple[File, ...]
    read: Callable[[Mapping[str, Path]], Dataset]
    """Gets the path of every file by its official name."""


@dataclass(frozen=True)
class Store:
    """The data folder, and limits for the network. Times are seconds."""

    folder: Path
    offline: bool = False
    report: Callable[[str], None] = lambda text: None
    """Gets one line for each slow step."""
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    stall_timeout: float = 120.0
    """How long a large download may stand still; there is no limit on the whole of it."""
    tries: int = 3
    backoff: float = 1.0
    """Scale of the random pause before the second try; doubles for the third."""


@dataclass(frozen=True)
class Source:
    """What a definition states about its data. `obtain` fetches if needed, verifies and reads."""

    title: str
    url: str
    """The page a reader should open."""
    licence: str
    citation: str
    """Key into references.bib."""
    rows: int
    features: int | tuple[int, ...]
    """Shape of one row of x."""
    obtain: Callable[[Store], Loaded]
    hosts: tuple[str, ...] = ()
    """`host` or `host:port` of what must be reachable when nothing is cached."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What identifies the data: ids, file names, hashes. JSON values only."""
    copies: tuple[Copy, ...] = ()
    """The forms it may lie in the data folder in, preferred first."""
    digest: str = ""
    """`Dataset.digest` of the publisher's own values, where somebody has computed it."""
    megabytes: int = 0
    """Size of a download worth waiting for in the background; 0 for small ones."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Declared shape of x."""
        row = (self.features,) if isinstance(self.features, int) else tuple(self.features)
        return (self.rows, *row)


def default_folder() -> Path:
    """The data folder: `KERASFOLIO_DATA`, else `kerasfolio` in the user's cache directory."""
    chosen = os.environ.get("KERASFOLIO_DATA")
    return Path(chosen).expanduser().absolute() if chosen else cache_folder()


def cache_folder() -> Path:
    """`kerasfolio` in the user's cache directory, wherever this system has that."""
    if sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        # The XDG specification says to ignore a path that is not absolute.
        xdg = Path(os.environ.get("XDG_CACHE_HOME") or "")
        cache = xdg if xdg.is_absolute() else Path.home() / ".cache"
    return cache / "kerasfolio"
