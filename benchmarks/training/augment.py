"""Images moved and mirrored while they are trained on, a whole batch in a few operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.training.recipe import Recipe

MIRRORED = 77
"""Tells the draw of the images that an alternating flip begins with from other draws."""


def first_mirrored(sizes: list[int], seeds: list[int]) -> np.ndarray:
    """(repeats, rows) whether an image is mirrored in the even epochs of an alternating flip."""
    out = np.zeros((len(sizes), max(sizes)), bool)
    for repeat, (size, seed) in enumerate(zip(sizes, seeds, strict=True)):
        out[repeat, :size] = np.random.default_rng([seed, MIRRORED]).random(size) < 0.5
    return out


def augment(
    recipe: Recipe, x: Any, rows: Any, first: Any, seeds: Any, epoch: Any, index: Any
) -> Any:
    """A batch x (repeats, batch, height, width, channels) as this step sees it.

    A "random" flip mirrors each image with probability one half, an "alternating" one every image
    in every other epoch, half of them in the even ones (`first`), so that two epochs show each
    both ways (Jordan 2024, arXiv:2404.00498, section 3.6). A shift of s pixels draws one of the
    (2s + 1)² whole ones; one that is no whole number draws any amount up to it and interpolates
    linearly, as Keras' `ImageDataGenerator` does. Draws depend on the repeat's seed, the epoch
    and the step alone.
    """
    batches = []
    for repeat in range(x.shape[0]):
        seed = tf.stack([seeds[repeat], epoch * 100_003 + index])
        images = x[repeat]
        if recipe.flip != "none":
            mirrored = _mirrored(recipe, rows[repeat], first[repeat], seed, epoch)
            images = tf.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
        if recipe.shift:
            images = _shifted(recipe, images, seed)
        batches.append(images)
    return tf.stack(batches)


def _mirrored(recipe: Recipe, rows: Any, first: Any, seed: Any, epoch: Any) -> Any:
    if recipe.flip == "alternating":
        return tf.not_equal(tf.gather(first, rows), tf.equal(epoch % 2, 1))
    return tf.random.stateless_uniform(tf.shape(rows), seed + tf.constant([MIRRORED, 0])) < 0.5


def _shifted(recipe: Recipe, images: Any, seed: Any) -> Any:
    count, height, width = tf.shape(images)[0], images.shape[1], images.shape[2]
    whole_pixels = float(recipe.shift).is_integer()
    border = int(np.ceil(recipe.shift))
    padded = _padded(images, border, recipe.fill_mode)
    if whole_pixels:
        start = tf.random.stateless_uniform((2, count), seed, 0, 2 * border + 1, tf.int32)
        return _window(padded, start, height, width)
    amount = border + tf.random.stateless_uniform((2, count), seed, -recipe.shift, recipe.shift)
    below = tf.floor(amount)
    share, start = amount - below, tf.cast(below, tf.int32)
    start = tf.minimum(start, 2 * border - 1)
    window = tf.cast(_window(padded, start, height + 1, width + 1), tf.float32)
    down, right = share[0][:, None, None, None], share[1][:, None, None, None]
    window = window[:, :-1] * (1 - down) + window[:, 1:] * down
    return window[:, :, :-1] * (1 - right) + window[:, :, 1:] * right


def _padded(images: Any, border: int, fill_mode: str) -> Any:
    if fill_mode == "nearest":
        for _ in range(border):
            images = tf.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")
        return images
    sides = ((0, 0), (border, border), (border, border), (0, 0))
    return tf.pad(images, sides, "REFLECT" if fill_mode == "reflect" else "CONSTANT")


def _window(images: Any, start: Any, height: int, width: int) -> Any:
    """Of every image the part that begins at its own `start` (2, images)."""
    images = tf.gather(images, start[0][:, None] + tf.range(height), axis=1, batch_dims=1)
    return tf.gather(images, start[1][:, None] + tf.range(width), axis=2, batch_dims=1)
