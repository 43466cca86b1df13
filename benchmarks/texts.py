"""Texts as arrays: one Python string a row, in NumPy arrays of objects."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def text_array(texts: Iterable[str]) -> np.ndarray:
    """(n,) array of objects that holds the texts as they are."""
    rows = list(texts)
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


def holds_texts(x: np.ndarray) -> bool:
    """Whether rows are texts: (n,) strings, and not numbers or images."""
    return x.dtype == object and x.ndim == 1


def beside_numbers(x: np.ndarray) -> bool:
    """Whether rows are numbers with texts behind them: (n, features) objects."""
    return x.dtype == object and x.ndim == 2


def canonical_bytes(texts: np.ndarray) -> bytes:
    """The texts in UTF-8, each with its length before it, so that no two arrays have the same.

    Numbers among them are written with all digits, behind a NUL.
    """
    cells = [one if isinstance(one, str) else f"\0{float(one)!r}" for one in texts.ravel()]
    encoded = [cell.encode("utf-8", "surrogatepass") for cell in cells]
    return b"".join(len(one).to_bytes(8, "little") + one for one in encoded)
