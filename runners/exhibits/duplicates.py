"""Test images that training images nearly repeat, and accuracy without them.

About 3 % of CIFAR-10's test images are such near duplicates: Barz and Denzler, *Do We Train on
Test Data? Purging CIFAR of Near-Duplicates* (Journal of Imaging 6, 2020, arXiv:1902.00423). They
searched in the features of a network and looked at every pair; here pixels alone are compared,
which finds the obvious ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.data import Dataset
from runners.exhibits.content import AccuracyWithout
from runners.exhibits.predictions import EntryPredictions
from runners.exhibits.rows import to_digits

ALIKE = 0.95
"""Correlation of two images, each reduced to 16×16 pixels in three colours, from which they count
as the same picture; nine in ten pairs above it have one label, on CIFAR-10 97 in 100."""
SIDE = 16
BLOCK = 500
"""Test images compared at a time: 100 MB against 50,000."""


def comparable(dataset: Dataset) -> bool:
    """Whether a data set is images in classes with an official test part."""
    images = dataset.x.dtype == np.uint8 and dataset.x.ndim == 4
    return images and dataset.train_rows is not None and bool(dataset.class_names)


def near_duplicates(dataset: Dataset) -> np.ndarray:
    """(m,) rows of test images that some training image, or its mirror image, resembles.

    Correlation of all colours of all pixels around each image's mean, so that neither brightness
    nor contrast counts. Empty for what is not `comparable`.
    """
    cut, x = dataset.train_rows, dataset.x
    if cut is None or not comparable(dataset):
        return np.empty(0, np.int64)
    train = unit_vectors(x[:cut])
    best = np.full(len(x) - cut, -1.0, np.float32)
    for mirrored in (False, True):
        test = unit_vectors(x[cut:, :, ::-1] if mirrored else x[cut:])
        for start in range(0, len(test), BLOCK):
            block = slice(start, start + BLOCK)
            best[block] = np.maximum(best[block], (test[block] @ train.T).max(axis=1))
    return cut + np.flatnonzero(best >= ALIKE)


def unit_vectors(images: np.ndarray) -> np.ndarray:
    """Images (n, height, width, channels) as unit vectors (n, SIDE·SIDE·channels), float32."""
    n, height, width, channels = images.shape
    rows, columns = max(1, height // SIDE), max(1, width // SIDE)
    cropped = images[:, : height // rows * rows, : width // columns * columns]
    shape = (n, height // rows, rows, width // columns, columns, channels)
    small = cropped.reshape(shape).mean(axis=(2, 4), dtype=np.float32).reshape(n, -1)
    small -= small.mean(axis=1, keepdims=True)
    return small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)


def without(entry: EntryPredictions, rows: Sequence[int] | np.ndarray) -> AccuracyWithout:
    """Accuracy over all predictions, and over those of the other rows."""
    right = entry.values.argmax(axis=1) == entry.truth
    return {
        "name": entry.name,
        "all": to_digits(right.mean()),
        "others": to_digits(right[~np.isin(entry.rows, rows)].mean()),
    }
