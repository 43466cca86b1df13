"""What exhibits found that checks rely on: parts of `checks.json` and `network.json`.

They lie in `runs/exhibits/<family>/<benchmark>/`, written by `runners.exhibits`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from typing_extensions import TypedDict

from runners.records import parsing

SCHEMA = 1
"""Number of the layout of all exhibits."""


class SingleFeature(TypedDict):
    """The feature that alone predicts the target best."""

    name: str
    score: float
    """Of a decision tree on it alone, in five-fold cross-validation: balanced accuracy of classes,
    R² of values."""


class DataFindings(TypedDict):
    """`checks.json`: how the rows of a data set lie to its splits and its target."""

    digest: str
    """Of the data."""
    protocol: str
    """Id of the protocol whose splits were looked at."""
    repeated: float | None
    """Mean share of the test rows of a split whose inputs occur among its training rows; None for
    windows of a series, which overlap anyway, and for images, see `duplicates.json`."""
    single: SingleFeature | None
    """None for what is no table."""


class NetworkFindings(TypedDict):
    """What `network.json` says of the fitted network, beside its exhibits."""

    digest: str
    """Of the data."""
    entry: str
    """Name of the entry that trained it."""
    recipe: str
    """First 16 digits of that of its records."""
    repeat: int
    """Which training of the entry it is."""
    bytes: int
    """Size of its file."""
    ms_a_row: float
    """Milliseconds of predicting a test row, rows together, best of some calls after a first."""
    train_score: float
    """The headline metric on its training rows."""


class _ClassRows(TypedDict):
    name: str
    rows: int


class Balance(TypedDict):
    """What `data.json` says of the classes."""

    digest: str
    balance: list[_ClassRows]


class _Rows(TypedDict):
    rows: int


class _Tested(TypedDict):
    tested: int


class ImageDuplicates(TypedDict):
    """What `results.json` says of test images that training images nearly repeat."""

    digest: str
    duplicates: _Rows
    errors: _Tested


Kind = TypeVar("Kind")


def read(kind: type[Kind], runs: Path, benchmark: str, file: str) -> Kind | None:
    """A file of a benchmark's exhibits as this type; None where it is not one."""
    try:
        content = (runs / "exhibits" / benchmark / file).read_bytes()
        return parsing.parse(kind, content, SCHEMA)
    except (OSError, ValueError):
        return None
