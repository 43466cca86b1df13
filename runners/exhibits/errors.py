"""The test rows an entry gets most wrong, over all repeats that tested them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.collecting import EntryPredictions
from runners.exhibits.showing import (
    Column,
    brightness,
    cell,
    class_means,
    columns,
    thumbnail,
    to_digits,
    series,
)

ITEMS = 12
UNUSUAL = 4
"""Features named of a row: those in which it is least like its own."""


def worst(found: Sequence[EntryPredictions], dataset: Dataset, task: str) -> dict[str, Any]:
    """The worst rows of the first of these entries; the others say whether they fail there too."""
    if task == "classification":
        content, items = _missed(found, dataset)
    else:
        content, items = _far_off(found[0], dataset)
    if dataset.x.ndim == 3 and task == "classification" and items:
        content["means"] = class_means(dataset)
    look = _looks(dataset)
    for item in items:
        item |= look(item["row"], item.get("truth"), item.get("taken"))
    return {**content, "items": items}


def _missed(found: Sequence[EntryPredictions], dataset: Dataset) -> tuple[dict[str, Any], list[Any]]:
    """Rows by how many of their repeats miss them, then by how little they give the truth."""
    first = found[0]
    missed = _misses(first)
    truth = dataset.y[first.distinct]
    places = np.arange(len(truth))
    on_truth = first.mean[places, truth]
    others = first.mean.copy()
    others[places, truth] = -np.inf
    taken = others.argmax(axis=1)
    wrong = np.flatnonzero(missed)
    share_missed = missed[wrong] / first.times[wrong]
    order = np.lexsort((first.distinct[wrong], on_truth[wrong], -share_missed))
    also = {
        one.name: dict(zip(one.distinct.tolist(), _misses(one) / one.times, strict=True))
        for one in found[1:]
    }
    items = [
        {
            "row": int(first.distinct[i]),
            "truth": int(truth[i]),
            "taken": int(taken[i]),
            "for_truth": to_digits(on_truth[i], 4),
            "for_taken": to_digits(first.mean[i, taken[i]], 4),
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
    counts: dict[str, Any] = {
        "tested": len(truth),
        "missed": len(wrong),
        "by_all": int(by_all.sum()),
    }
    for one in found[1:]:
        theirs = one.distinct[_misses(one) == one.times]
        counts["also_by"] = one.name
        counts["by_both"] = int(np.isin(first.distinct[by_all], theirs).sum())
    return counts, items


def _misses(one: EntryPredictions) -> np.ndarray:
    """(n,) how many of the repeats that tested a row got it wrong."""
    return one.summed(one.values.argmax(axis=1) != one.truth).astype(int)


def _far_off(first: EntryPredictions, dataset: Dataset) -> tuple[dict[str, Any], list[Any]]:
    """Rows by how far their mean prediction is off."""
    truth = dataset.y[first.distinct]
    off = first.mean - truth
    order = np.lexsort((first.distinct, -np.abs(off)))[:ITEMS]
    items = [
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
    return {"tested": len(off), "part": part, "share": to_digits(share, 3)}, items


def _looks(dataset: Dataset) -> Any:
    """What is shown of a row beside its labels: a thumbnail, a series, or unusual features."""
    if dataset.x.ndim == 4:
        low, high = brightness(dataset)
        return lambda row, truth, taken: {"png": thumbnail(dataset.x[row], low, high)}
    if dataset.x.ndim == 3:
        return lambda row, truth, taken: {"series": series(dataset.x[row])}
    found = columns(dataset)
    values = np.stack([column.values(dataset.x) for column in found], axis=1)

    def features(row: int, truth: int | None, taken: int | None) -> dict[str, Any]:
        own = values if truth is None else values[dataset.y == truth]
        other = None if taken is None else values[dataset.y == taken]
        return {"features": _unusual(found, values[row], own, other, dataset.x[row])}

    return features


def _unusual(
    found: Sequence[Column],
    row: np.ndarray,
    own: np.ndarray,
    other: np.ndarray | None,
    raw: np.ndarray,
) -> list[dict[str, Any]]:
    """The features in which a row is least like its own class, or the whole data.

    Measured by the share of rows at least as extreme on the same side, for a category by the
    share of rows in it.
    """
    below, above, same = ((own <= row).mean(0), (own >= row).mean(0), (own == row).mean(0))
    category = np.array([bool(column.words) for column in found])
    share = np.where(category, same, np.minimum(below, above))
    share = np.where(np.isnan(row), 1.0, share)  # a gap is neither low nor high
    chosen = np.argsort(share, kind="stable")[:UNUSUAL]
    result = []
    for i in chosen:
        low = bool(below[i] <= above[i])
        side = "same" if category[i] else "low" if low else "high"
        item = {
            "name": found[i].name,
            "unit": found[i].unit,
            "value": cell(found[i], raw),
            "side": side,
            "own": to_digits(share[i], 3),
        }
        if other is not None:
            test = {"same": np.equal, "low": np.less_equal, "high": np.greater_equal}[side]
            item["other"] = to_digits(test(other[:, i], row[i]).mean(), 3)
        result.append(item)
    return result
