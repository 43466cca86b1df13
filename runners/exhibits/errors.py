"""The test rows an entry gets most wrong, over all repeats that tested them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from benchmarks.data import Dataset
from benchmarks.texts import beside_numbers, holds_texts
from runners.exhibits.content import Errors, UnusualFeature, WorstRow
from runners.exhibits.predictions import EntryPredictions
from runners.exhibits.rows import (
    Column,
    brightness,
    cell,
    class_means,
    columns,
    series,
    thumbnail,
    to_digits,
)
from runners.exhibits.texts import marker, parts

ITEMS = 12
UNUSUAL = 4
"""Features named of a row: those in which it is least like its own."""


def worst(entries: Sequence[EntryPredictions], dataset: Dataset, task: str) -> Errors:
    """The worst rows of the first of these entries; the others say whether they fail there too."""
    if task == "classification":
        errors = _missed(entries, dataset)
    else:
        errors = _far_off(entries[0], dataset)
    if dataset.x.ndim == 3 and task == "classification" and errors["items"]:
        errors["means"] = class_means(dataset)
    add_look = _look(dataset)
    for item in errors["items"]:
        add_look(item)
    return errors


def _missed(entries: Sequence[EntryPredictions], dataset: Dataset) -> Errors:
    """Rows by how many of their repeats miss them, then by how little they give the truth."""
    first, *others = entries
    missed = _misses(first)
    truth = dataset.y[first.distinct]
    places = np.arange(len(truth))
    on_truth = first.mean[places, truth]
    other_classes = first.mean.copy()
    other_classes[places, truth] = -np.inf
    predicted = other_classes.argmax(axis=1)
    wrong = np.flatnonzero(missed)
    share_missed = missed[wrong] / first.times[wrong]
    order = np.lexsort((first.distinct[wrong], on_truth[wrong], -share_missed))
    also = {
        other.name: dict(zip(other.distinct.tolist(), _misses(other) / other.times, strict=True))
        for other in others
    }
    items: list[WorstRow] = [
        {
            "row": int(first.distinct[i]),
            "truth": int(truth[i]),
            "taken": int(predicted[i]),
            "for_truth": to_digits(on_truth[i], 4),
            "for_taken": to_digits(first.mean[i, predicted[i]], 4),
            "missed": int(missed[i]),
            "of": int(first.times[i]),
            "also": {
                name: to_digits(share[int(first.distinct[i])], 4)
                for name, share in also.items()
                if int(first.distinct[i]) in share
            },
        }
        for i in wrong[order][:ITEMS]
    ]
    by_all = missed == first.times
    errors: Errors = {
        "tested": len(truth),
        "missed": len(wrong),
        "by_all": int(by_all.sum()),
        "items": items,
    }
    for other in others:
        theirs = other.distinct[_misses(other) == other.times]
        errors["also_by"] = other.name
        errors["by_both"] = int(np.isin(first.distinct[by_all], theirs).sum())
    return errors


def _misses(entry: EntryPredictions) -> np.ndarray:
    """(n,) how many of the repeats that tested a row got it wrong."""
    return entry.summed(entry.values.argmax(axis=1) != entry.truth).astype(int)


def _far_off(first: EntryPredictions, dataset: Dataset) -> Errors:
    """Rows by how far their mean prediction is off."""
    truth = dataset.y[first.distinct]
    off = first.mean - truth
    order = np.lexsort((first.distinct, -np.abs(off)))[:ITEMS]
    items: list[WorstRow] = [
        {
            "row": int(first.distinct[i]),
            "value": to_digits(truth[i]),
            "mean": to_digits(first.mean[i]),
            "off": to_digits(off[i]),
            "of": int(first.times[i]),
        }
        for i in order
    ]
    squares = np.sort(off**2)[::-1]
    part = max(1, round(len(off) / 100))
    share = squares[:part].sum() / squares.sum() if squares.sum() else 0.0
    return {"tested": len(off), "part": part, "share": to_digits(share, 3), "items": items}


def _look(dataset: Dataset) -> Callable[[WorstRow], None]:
    """What adds to a row how it looks: an image, a series, or unusual features."""
    if dataset.x.ndim == 4:
        low, high = brightness(dataset)
        return lambda item: item.update({"png": thumbnail(dataset.x[item["row"]], low, high)})
    if dataset.x.ndim == 3:
        return lambda item: item.update({"series": series(dataset.x[item["row"]])})
    if holds_texts(dataset.x):
        return marker(dataset)
    if beside_numbers(dataset.x):
        return _look_of_parts(dataset)
    features = columns(dataset)
    values = np.stack([column.values(dataset.x) for column in features], axis=1)

    def add_features(item: WorstRow) -> None:
        row, classes = item["row"], "truth" in item
        own = values[dataset.y == item["truth"]] if classes else values
        other = values[dataset.y == item["taken"]] if classes else None
        item["features"] = _unusual(features, values[row], own, other, dataset.x[row])

    return add_features


def _look_of_parts(dataset: Dataset) -> Callable[[WorstRow], None]:
    """Both looks of a table with columns of text."""
    numbers, texts = parts(dataset)
    looks = [marker(texts), *([_look(numbers)] if numbers.x.shape[1] else [])]

    def add(item: WorstRow) -> None:
        for look in looks:
            look(item)

    return add


def _unusual(
    features: Sequence[Column],
    row: np.ndarray,
    own: np.ndarray,
    other: np.ndarray | None,
    raw: np.ndarray,
) -> list[UnusualFeature]:
    """The features in which a row is least like its own class, or the whole data.

    Measured by the share of rows at least as extreme on the same side, for a category by the
    share of rows in it.
    """
    below, above, same = ((own <= row).mean(0), (own >= row).mean(0), (own == row).mean(0))
    category = np.array([bool(column.words) for column in features])
    share = np.where(category, same, np.minimum(below, above))
    share = np.where(np.isnan(row), 1.0, share)  # a gap is neither low nor high
    chosen = np.argsort(share, kind="stable")[:UNUSUAL]
    result: list[UnusualFeature] = []
    for i in chosen:
        low = bool(below[i] <= above[i])
        side: Literal["same", "low", "high"] = "same" if category[i] else "low" if low else "high"
        item: UnusualFeature = {
            "name": features[i].name,
            "unit": features[i].unit,
            "value": cell(features[i], raw),
            "side": side,
            "own": to_digits(share[i], 3),
        }
        if other is not None:
            test = {"same": np.equal, "low": np.less_equal, "high": np.greater_equal}[side]
            item["other"] = to_digits(test(other[:, i], row[i]).mean(), 3)
        result.append(item)
    return result
