"""Rows of a data set for a page: named columns, small images, short series."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.content import Histogram

PIXELS = 64
"""Longest side of an image; larger ones are subsampled."""
STEPS = 200
"""Points of a series kept at most."""

MISSING = "missing"


@dataclass(frozen=True)
class Column:
    """One feature as a reader counts them: a number, or a category from several indicators."""

    name: str
    unit: str
    first: int
    words: tuple[str, ...] = ()
    """Of a category, one for each of its indicators, or of its codes and last for no value."""
    coded: bool = False
    """Whether the feature holds codes, places in `words`, below 0 where the value is missing."""

    def values(self, x: np.ndarray) -> np.ndarray:
        """(n,) numbers, NaN where missing, or places in `words`."""
        if not self.words:
            return x[:, self.first]
        if self.coded:
            codes = x[:, self.first].astype(int)
            return np.where(codes < 0, len(self.words) - 1, codes)
        return x[:, self.first : self.first + len(self.words)].argmax(axis=1)


def columns(dataset: Dataset) -> list[Column]:
    """The features of a table; indicators named `name=word` become one category.

    A unit is what stands behind the last comma of a name: `water, kg/m³`.
    """
    width = dataset.x.shape[1]
    names = list(dataset.feature_names)
    if len(names) != width:
        names = [f"column {i + 1}" for i in range(width)]
    features, i = [], 0
    while i < width:
        if names[i] in dataset.words:
            features.append(
                Column(names[i], "", i, (*dataset.words[names[i]], MISSING), coded=True)
            )
            i += 1
            continue
        stem, equals, _ = names[i].partition("=")
        end = i + 1
        while equals and end < width and names[end].startswith(f"{stem}="):
            end += 1
        if equals and _one_of(dataset.x[:, i:end]):
            words = tuple(name.partition("=")[2] for name in names[i:end])
            features.append(Column(stem, "", i, words))
        else:
            end = i + 1
            name, _, unit = names[i].rpartition(", ")
            features.append(Column(name or unit, unit if name else "", i))
        i = end
    return features


def _one_of(part: np.ndarray) -> bool:
    """Whether exactly one of these indicators is set in every row."""
    return bool(((part == 0) | (part == 1)).all() and (part.sum(axis=1) == 1).all())


def cell(column: Column, row: np.ndarray) -> float | str:
    """One value of a row, as a number or a word."""
    value = column.values(row[None])[0]
    if column.words:
        return column.words[int(value)]
    return MISSING if np.isnan(value) else to_digits(value)


def thumbnail(image: np.ndarray, low: float, high: float) -> str:
    """A small PNG of (height, width, channels), base64; `low` is black and `high` white."""
    from PIL import Image

    step = -(-max(image.shape[:2]) // PIXELS)
    image = image[::step, ::step].astype(np.float64)
    scaled = np.clip((image - low) / ((high - low) or 1.0) * 255, 0, 255).round().astype(np.uint8)
    if scaled.shape[2] != 3:
        scaled = scaled.mean(axis=2).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(scaled).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def brightness(dataset: Dataset) -> tuple[float, float]:
    """What is black and what is white in a data set of images."""
    if dataset.x.dtype == np.uint8:
        return 0.0, 255.0
    return float(dataset.x.min()), float(dataset.x.max())


def series(values: np.ndarray) -> list[float]:
    """A (length, channels) series by its first channel, subsampled to at most `STEPS` points.

    Steps of zeros in every channel at its end are padding, and left out.
    """
    used = np.flatnonzero(values.any(axis=1))
    line = values[: int(used[-1]) + 1 if len(used) else None, 0]
    if len(line) > STEPS:
        line = line[np.linspace(0, len(line) - 1, STEPS).round().astype(int)]
    return [to_digits(value, 4) for value in line]


def class_means(dataset: Dataset) -> list[list[float]]:
    """The mean series of every class, over those of its series that have not ended yet."""
    means = []
    for k in range(len(dataset.class_names)):
        x = dataset.x[dataset.y == k]
        remaining = np.cumsum((x != 0).any(axis=2)[:, ::-1], axis=1)[:, ::-1]
        running = (remaining > 0).sum(axis=0)  # of padded series only zeros are left
        steps = int((running > 0).sum()) or x.shape[1]
        means.append(series(x[:, :steps].sum(axis=0) / np.maximum(running[:steps], 1)[:, None]))
    return means


def histogram(values: np.ndarray, bins: int) -> Histogram:
    """Counts over equal bins, or of every value where there are no more values than bins."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= bins:
        return {"values": [to_digits(v) for v in distinct], "counts": counts.tolist()}
    counts, edges = np.histogram(values, bins)
    return {"edges": [to_digits(edges[0]), to_digits(edges[-1])], "counts": counts.tolist()}


def sample_rows(y: np.ndarray, classes: int, count: int = 10) -> list[int]:
    """Rows to show: evenly spaced through the data, or through each class in turn."""
    if not classes:
        return _even(np.arange(len(y)), count)
    sampled = _even(np.arange(classes), count)
    share, remainder = divmod(count, len(sampled))
    each = [share + (place < remainder) for place in range(len(sampled))]
    return [
        row
        for which, many in zip(sampled, each, strict=True)
        for row in _even(np.flatnonzero(y == which), many)
    ]


def _even(choice: np.ndarray, count: int) -> list[int]:
    """At most `count` of these, evenly spaced, the middles of equal parts."""
    count = min(count, len(choice))
    return [int(choice[(2 * i + 1) * len(choice) // (2 * count)]) for i in range(count)]


def evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """At most `most` of the rows, evenly spaced."""
    return rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)]


def to_digits(value: Any, digits: int = 6) -> float:
    """A number with so many significant digits: enough to show, short to keep."""
    return float(f"{float(value):.{digits}g}")
