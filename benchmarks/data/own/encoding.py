"""Rows of a table as numbers, by a description of its features that is plain JSON.

A feature is {"name", "kind"}: a number, a date, a category with its "words", or tags: several words
in a cell, of which the feature's first is the sign between them; or a text, which stays one and
makes the rows an array of objects. A kept network
takes these numbers, so this file goes with it: it needs NumPy and pandas alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame

PARTS = ("year", "month", "day of the week", "day")
"""What a date becomes: numbers, Monday is 0, days are counted from 1970."""
UNKNOWN = -1.0
"""Code of a category that is missing; a category like any other."""
UNSEEN = -2.0
"""Code of a value that is none of the words."""


def coded(table: DataFrame, features: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """(n, width) float64: numbers (NaN where missing), the parts of dates, codes of categories.

    A code is the place of a value among the feature's words. With texts, which come last, it is an
    array of objects; a gap is a text without words. Raises KeyError for a column the table lacks,
    ValueError for a number or date that is none.
    """
    import pandas as pd

    parts: list[np.ndarray] = []
    texts = [feature for feature in features if feature["kind"] == "text"]
    if texts:
        others = [feature for feature in features if feature["kind"] != "text"]
        rows = coded(table, others) if others else np.empty((len(table), 0))
        columns = [table[one["name"]].fillna("").astype(str).to_numpy(object) for one in texts]
        return np.concatenate([rows.astype(object), np.stack(columns, axis=1)], axis=1)
    for feature in features:
        column = table[feature["name"]]
        if feature["kind"] == "number":
            parts.append(pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan))
        elif feature["kind"] == "date":
            parts += date_parts(pd.to_datetime(column).to_numpy("datetime64[s]"))
        elif feature["kind"] == "tags":
            sign, *words = feature["words"]
            cells = [split_tags(str(cell), sign) for cell in column.fillna("")]
            parts += [np.array([float(word in cell) for cell in cells]) for word in words]
        else:
            codes = {word: float(place) for place, word in enumerate(feature["words"])}
            known = column.map(codes).fillna(UNSEEN)
            gap = column.isna() | (column == "")
            parts.append(known.mask(gap, UNKNOWN).to_numpy(np.float64))
    return np.stack(parts, axis=1)


def numbers_and_texts(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of objects (n, features) as numbers (n, k) float64 and the texts behind them (n, t)."""
    first = [isinstance(cell, str) for cell in rows[0]] if len(rows) else []
    k = first.index(True) if True in first else rows.shape[1]
    return rows[:, :k].astype(np.float64), rows[:, k:]


def split_tags(cell: str, sign: str) -> set[str]:
    """The words of a cell, without brackets and quotes around them."""
    words = cell.strip("[](){} ").split(sign)
    return {plain for word in words if (plain := word.strip().strip("'\" "))}


def date_parts(dates: np.ndarray) -> list[np.ndarray]:
    """A date (n,) as its PARTS, NaN where there is none."""
    days = dates.astype("datetime64[D]")
    count = days.astype(np.int64)
    parts = [
        days.astype("datetime64[Y]").astype(np.int64) + 1970,
        days.astype("datetime64[M]").astype(np.int64) % 12 + 1,
        (count + 3) % 7,  # 1970 began on a Thursday
        count,
    ]
    return [np.where(np.isnat(dates), np.nan, part.astype(np.float64)) for part in parts]


def answered(outputs: np.ndarray, schema: Mapping[str, Any]) -> DataFrame:
    """Outputs of a network as a table: the target, and of classes the probability of each.

    `outputs` are (n, classes) probabilities, (n,) values, or (n, 2) means and standard deviations.
    """
    import pandas as pd

    target, classes = schema["target"], schema["classes"]
    if classes:
        names = np.array(classes, dtype=object)
        shares = {f"P({name})": outputs[:, place] for place, name in enumerate(classes)}
        return pd.DataFrame({target: names[outputs.argmax(axis=1)], **shares})
    if outputs.ndim == 2 and outputs.shape[1] == 2:
        return pd.DataFrame({target: outputs[:, 0], "standard deviation": outputs[:, 1]})
    return pd.DataFrame({target: outputs.reshape(len(outputs))})
