"""A kept archive with a folder a class: its files in the order of the classes."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

import numpy as np

from benchmarks.data.core.source import Corrupt


def members_by_class(
    archive: zipfile.ZipFile, name: str, classes: Sequence[str], train_rows: int, what: str
) -> tuple[list[str], np.ndarray]:
    """Names of an archive's files, class by class, and the place of each one's class.

    With `train_rows` the folders of the classes lie in `train/` and `test/`. Raises Corrupt for
    other folders, and where not so many files ("images", "texts": `what`) train.
    """
    parts = ("train/", "test/") if train_rows else ("",)
    members: dict[str, list[str]] = {part + label: [] for part in parts for label in classes}
    for member in sorted(archive.namelist()):
        folder = "/".join(member.split("/")[: 2 if train_rows else 1])
        if folder not in members:
            raise Corrupt(f"expected folders {', '.join(members)} in {name}, found {folder!r}")
        members[folder].append(member)
    found = sum(len(members[parts[0] + label]) for label in classes)
    if train_rows and found != train_rows:
        raise Corrupt(f"expected {train_rows} {what} in train/ of {name}, found {found}")
    places = np.tile(np.arange(len(classes)), len(parts))
    y = np.repeat(places, [len(folder) for folder in members.values()])
    return [member for folder in members.values() for member in folder], y.astype(np.int64)
