"""Texts as new rows for `predict`: a table's column, a file with one a line, a folder of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.data.own.frames import decode_text, read_frame
from benchmarks.data.own.tables import check_columns
from benchmarks.data.own.texts import decoded
from benchmarks.texts import text_array
from runners.predict.network import Refused


def texts(file: Path, name: str) -> np.ndarray:
    """(n,) texts: the column `name` of a table, every line of a `.txt`, or a folder's `.txt` files.

    Raises Refused where there is nothing, Corrupt for what is no text or lacks the column.
    """
    if file.is_dir():
        paths = sorted(p for p in file.glob("*.txt") if not p.name.startswith("."))
        if not paths:
            raise Refused(f"expected .txt files in {file}, found none")
        return text_array(decoded(path.read_bytes(), path.name) for path in paths)
    if not file.is_file():
        raise Refused(f"expected a file with new texts, found none at {file}")
    if file.suffix.lower() == ".txt":
        lines = decode_text(file.read_bytes(), file.name).split("\n")
        return text_array(line.strip() for line in (lines[:-1] if not lines[-1] else lines))
    frame = read_frame(file, header=True)
    check_columns(frame, [name])
    return text_array(str(cell) for cell in frame.table[name])
