"""Images moved and mirrored while they are trained on; `training.augment` on JAX.

The draws are JAX's, so that an image is moved otherwise than on TensorFlow.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.training.recipe import Recipe

PADDING = {"reflect": "reflect", "nearest": "edge", "constant": "constant"}


def augment(recipe: Recipe, images: Any, first: Any, seed: Any, epoch: Any, index: Any) -> Any:
    """A batch (rows, height, width, channels) of one repeat as this step sees it.

    `first` (rows,) says which images an alternating flip mirrors in even epochs. Draws depend on
    the repeat's seed, the epoch and the step alone.
    """
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), epoch), index)
    flips, shifts = jax.random.split(key)
    if recipe.flip != "none":
        mirrored = (
            first != (epoch % 2 == 1)
            if recipe.flip == "alternating"
            else jax.random.bernoulli(flips, 0.5, first.shape)
        )
        images = jnp.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    return _shifted(recipe, images, shifts) if recipe.shift else images


def _shifted(recipe: Recipe, images: Any, key: Any) -> Any:
    count, height, width, _ = images.shape
    border = math.ceil(recipe.shift)
    sides = ((0, 0), (border, border), (border, border), (0, 0))
    padded = jnp.pad(images, sides, PADDING[recipe.fill_mode])
    if float(recipe.shift).is_integer():
        return _windows(
            padded, jax.random.randint(key, (count, 2), 0, 2 * border + 1), height, width
        )
    amount = border + jax.random.uniform(key, (count, 2), minval=-recipe.shift, maxval=recipe.shift)
    start = jnp.minimum(jnp.floor(amount).astype(jnp.int32), 2 * border - 1)
    window = _windows(padded, start, height + 1, width + 1).astype(jnp.float32)
    down, right = jnp.moveaxis(amount - start, 1, 0)[:, :, None, None, None]
    window = window[:, :-1] * (1 - down) + window[:, 1:] * down
    return window[:, :, :-1] * (1 - right) + window[:, :, 1:] * right


def _windows(images: Any, start: Any, height: int, width: int) -> Any:
    """Of every image the part that begins at its own row and column `start` (images, 2)."""
    rows = start[:, :1] + jnp.arange(height)
    columns = start[:, 1:] + jnp.arange(width)
    images = jnp.take_along_axis(images, rows[:, :, None, None], axis=1)
    return jnp.take_along_axis(images, columns[:, None, :, None], axis=2)
