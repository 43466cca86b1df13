"""Occlusion maps (Zeiler and Fergus, *Visualizing and Understanding CNNs*, ECCV 2014)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.network_content import Occlusion
from runners.exhibits.rows import brightness, evenly, thumbnail, to_digits

Predict = Callable[[np.ndarray], np.ndarray]

IMAGES = 8
PLACES = 16
"""Places of the patch along a side of an image at most."""


def occlusion(
    dataset: Dataset, train: np.ndarray, test: np.ndarray, predict: Predict
) -> tuple[list[int], list[Occlusion]]:
    """Height and width of the patch, and the maps of some test images, half of them misclassified.

    The patch is a quarter of a side and has the mean colour of the training images.
    """
    height, width = dataset.x.shape[1:3]
    patch = max(1, height // 4), max(1, width // 4)
    mean = dataset.x[train].mean(axis=(0, 1, 2))
    out = predict(dataset.x[test])
    wrong = out.argmax(axis=1) != dataset.y[test]
    missed = evenly(np.flatnonzero(wrong), IMAGES // 2) if wrong.any() else np.empty(0, int)
    right = evenly(np.flatnonzero(~wrong), IMAGES - len(missed)) if not wrong.all() else missed[:0]
    low, high = brightness(dataset)
    centres = [
        np.unique(np.linspace(0, side - 1, min(side, PLACES)).round().astype(int))
        for side in (height, width)
    ]
    maps: list[Occlusion] = []
    for place in [*right, *missed]:
        row, predicted = int(test[place]), int(out[place].argmax())
        image = dataset.x[row].astype(np.float64)
        covered = np.repeat(image[None], len(centres[0]) * len(centres[1]), axis=0)
        for n, (i, j) in enumerate((i, j) for i in centres[0] for j in centres[1]):
            top, left = max(0, i - patch[0] // 2), max(0, j - patch[1] // 2)
            covered[n, top : i - patch[0] // 2 + patch[0], left : j - patch[1] // 2 + patch[1]] = (
                mean
            )
        losses = out[place, predicted] - predict(covered.astype(dataset.x.dtype))[:, predicted]
        maps.append(
            {
                "row": row,
                "truth": int(dataset.y[row]),
                "predicted": predicted,
                "probability": to_digits(out[place, predicted], 4),
                "png": thumbnail(image, low, high),
                "losses": np.round(losses, 3).reshape(len(centres[0]), -1).tolist(),
            }
        )
    return list(patch), maps
