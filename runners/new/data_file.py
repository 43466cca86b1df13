"""The data file of a definition: its name in the data folder."""

from __future__ import annotations

import re
from pathlib import Path

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,79}")
"""Names of files that are kept as they are."""


def data_file_name(path: Path, benchmark: str) -> str:
    """What a file is called in the data folder: as it is, unless its name is not plain."""
    if PLAIN.fullmatch(path.name):
        return path.name
    ends = "".join(part for part in path.suffixes[-2:] if re.fullmatch(r"\.[a-z]{2,7}", part))
    return benchmark.split("/")[1] + ends
