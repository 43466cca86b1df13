"""Series in the UCR and UEA archives' formats as new rows for `predict`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data.own.recordings import read_recordings, stack_series
from runners.predict.network import Refused


def series(file: Path, shape: Sequence[int]) -> np.ndarray:
    """The series of a file (n, *shape); classes in it are not looked at.

    Raises Refused where there is no file, Corrupt for series that are longer than those the
    network was trained on, or have other channels.
    """
    if not file.is_file():
        raise Refused(f"expected a file with new series, found none at {file}")
    return stack_series(read_recordings(file).series, (shape[0], shape[1]), file.name)
