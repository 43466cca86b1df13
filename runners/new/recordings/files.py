"""Which files of the UCR and UEA archives' formats belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PART = re.compile(r"(.*)_(TRAIN|TEST)(\.\w+)", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?|NaN", re.IGNORECASE)
SHORTEST = 5
"""Numbers in the first line of a table of the archive, which has no header, at least."""
FORMATS = (".ts", ".tsv", ".txt")


@dataclass(frozen=True)
class Files:
    """The files of a data set."""

    train: Path
    test: Path | None

    @property
    def paths(self) -> list[Path]:
        """Both, or the only one."""
        return [self.train] if self.test is None else [self.train, self.test]


def is_recordings(path: Path) -> bool:
    """Whether a file is a .ts file, or a _TRAIN or _TEST table of the archive without a header."""
    with path.open("rb") as file:
        start = file.read(1 << 20).decode("latin-1")
    if path.suffix.lower() == ".ts":
        return "@data" in start.lower()
    if not PART.fullmatch(path.name) or path.suffix.lower() not in FORMATS:
        return False
    first = next(iter(start.splitlines()), "").replace(",", " ").split()
    return len(first) > SHORTEST and all(map(NUMBER.fullmatch, first[1:]))


def in_folder(folder: Path) -> list[Path]:
    """Files of the archive in a folder that may be given as FROM: training files, or any .ts."""
    found = [one for one in sorted(folder.iterdir()) if one.is_file() and is_recordings(one)]
    known = [one for one in found if not re.search(r"_TEST\.\w+$", one.name, re.IGNORECASE)]
    best = {one.stem: one for end in reversed(FORMATS) for one in known if one.suffix == end}
    return [one for one in known if one in best.values()]


def files_of(path: Path) -> Files:
    """A file and its counterpart: X_TRAIN with X_TEST beside it, whichever was named."""
    found = PART.fullmatch(path.name)
    if not found:
        return Files(path, None)
    beside = {one.name.lower(): one for one in path.parent.iterdir()}
    train, test = (beside.get(f"{found[1]}_{part}{found[3]}".lower()) for part in ("TRAIN", "TEST"))
    return Files(train or path, test if train else None)
