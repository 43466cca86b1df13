"""What a data set looks like: ten of its rows, its balance, its distributions."""

from __future__ import annotations

import numpy as np

from benchmarks.data import Dataset
from benchmarks.texts import beside_numbers, holds_texts
from benchmarks.windows import spanned
from runners.exhibits.content import ColumnSample, DataExhibit
from runners.exhibits.rows import (
    brightness,
    cell,
    class_means,
    columns,
    histogram,
    sample_rows,
    series,
    thumbnail,
    to_digits,
)
from runners.exhibits.texts import parts, text_exhibit

COLUMNS = 64
"""Features of a table kept at most."""
BINS = 16
FAINT = 5
"""Series shown of each class."""
UNKNOWN = ("unknown", "missing")
"""Words for a missing value, where the documentation makes it a category."""


def overview(dataset: Dataset, unit: str) -> DataExhibit:
    """The exhibit of a data set; `unit` is the target's, for regression."""
    k, train = len(dataset.class_names), dataset.train_rows
    rows = sample_rows(dataset.y, k)
    content: DataExhibit = {"total": len(dataset.y), "shown": rows}
    if k:
        content["balance"] = [
            {
                "name": name,
                "rows": int((dataset.y == i).sum()),
                "train": int((dataset.y[:train] == i).sum()) if train else None,
            }
            for i, name in enumerate(dataset.class_names)
        ]
    else:
        target = spanned(dataset.y)
        quartiles = np.quantile(target, (0, 0.25, 0.5, 0.75, 1))
        content["target"] = {
            "unit": unit,
            "quartiles": [to_digits(q) for q in quartiles],
            "mean": to_digits(target.mean()),
            **histogram(target, 30),
        }
    if dataset.x.ndim == 3:
        content["missing"] = int((~np.isfinite(spanned(dataset.x))).sum())
        return _classes(dataset, content) if k else _course(dataset, content)
    labels: list[str | float] = [
        dataset.class_names[y] if k else to_digits(y) for y in dataset.y[rows].tolist()
    ]
    if holds_texts(dataset.x):
        return {**content, "text": text_exhibit(dataset, rows), "labels": labels}
    if beside_numbers(dataset.x):
        return _with_texts(dataset, rows, labels, content)
    if dataset.x.ndim == 2:
        return _table(dataset, rows, labels, content)
    low, high = brightness(dataset)
    pictures = [thumbnail(dataset.x[row], low, high) for row in rows]
    return {**content, "pictures": pictures, "labels": labels}


def _table(
    dataset: Dataset, rows: list[int], labels: list[str | float], content: DataExhibit
) -> DataExhibit:
    """The features of a table: their values in these rows, their distributions in all."""
    features = columns(dataset)
    unknown: list[tuple[str, int]] = []
    samples: list[ColumnSample] = []
    for column in features:
        values = column.values(dataset.x)
        for word in set(UNKNOWN) & set(column.words):
            unknown.append((column.name, int((values == column.words.index(word)).sum())))
        if dataset.gaps and not column.words:
            unknown.append((column.name, int(np.isnan(values).sum())))
            values = values[~np.isnan(values)]
        if len(samples) == COLUMNS or not len(values):
            continue
        sample: ColumnSample = {
            "name": column.name,
            "unit": column.unit,
            "cells": [cell(column, dataset.x[row]) for row in rows],
            "words": list(column.words),
        }
        if column.words:
            sample["counts"] = np.bincount(values, minlength=len(column.words)).tolist()
        else:
            sample = {**sample, **histogram(values, BINS)}
            sample["range"] = [to_digits(values.min()), to_digits(values.max())]
        samples.append(sample)
    return {
        **content,
        "columns": samples,
        "features": len(features),
        "labels": labels,
        "unknown": [pair for pair in unknown if pair[1]],
        "gaps": dataset.gaps,
        "missing": 0 if dataset.gaps else int((~np.isfinite(dataset.x)).sum()),
    }


def _with_texts(
    dataset: Dataset, rows: list[int], labels: list[str | float], content: DataExhibit
) -> DataExhibit:
    """The numbers and categories of a table, and the first of its columns of text."""
    numbers, texts = parts(dataset)
    content = _table(numbers, rows, labels, content)
    return {**content, "text": text_exhibit(texts, rows)}


def _classes(dataset: Dataset, content: DataExhibit) -> DataExhibit:
    """Some series of every class, and the mean of them all."""
    faint = [
        [
            series(dataset.x[row])
            for row in np.flatnonzero(dataset.y == k)[
                sample_rows(np.zeros((dataset.y == k).sum()), 0, FAINT)
            ]
        ]
        for k in range(len(dataset.class_names))
    ]
    return {
        **content,
        "series": faint,
        "means": class_means(dataset),
        "length": dataset.x.shape[1],
        "channel": (dataset.feature_names or ("",))[0] if dataset.x.shape[2] > 1 else "",
        "channels": dataset.x.shape[2],
    }


def _course(dataset: Dataset, content: DataExhibit) -> DataExhibit:
    """The targets in the order of time, for rows that are windows of one series or several."""
    first = dataset.facts.get("first target year")
    start = int(first) if isinstance(first, int) else 1
    line = spanned(dataset.y)
    line = line.reshape(len(line), -1)
    points = 800 if line.shape[1] == 1 else 300
    at = np.unique(np.linspace(0, len(line) - 1, min(len(line), points)).round().astype(int))
    names = list(dataset.feature_names)[: line.shape[1]] if line.shape[1] > 1 else [""]
    return {
        **content,
        "course": {
            "at": "year" if isinstance(first, int) else "row" if dataset.y.ndim == 1 else "step",
            "of": len(line),
            "x": [int(i) + start for i in at],
            "lines": [
                (name, [to_digits(v, 4) for v in line[at, place]])
                for place, name in enumerate(names[:12])
            ],
            "test_from": dataset.train_rows + start if dataset.train_rows else None,
        },
        "window": dataset.x.shape[1],
        "horizon": dataset.y.shape[1] if dataset.y.ndim > 1 else 1,
        "channels": dataset.x.shape[2],
    }
