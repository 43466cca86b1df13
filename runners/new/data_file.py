"""The data file of a definition: its name in the data folder, and how it is read."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.data.own.frames import Frame

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,79}")
"""Names of files that are kept as they are."""


def data_file_name(path: Path, benchmark: str) -> str:
    """What a file is called in the data folder: as it is, unless its name is not plain."""
    if PLAIN.fullmatch(path.name):
        return path.name
    ends = "".join(part for part in path.suffixes[-2:] if re.fullmatch(r"\.[a-z]{2,7}", part))
    return benchmark.split("/")[1] + ends


def reading(frame: Frame) -> dict[str, str]:
    """Separator and encoding of a file, where they are not a comma and UTF-8."""
    options = {"separator": frame.separator, "encoding": frame.encoding}
    usual = {"separator": ("", ","), "encoding": ("", "utf-8")}
    return {key: value for key, value in options.items() if value not in usual[key]}
