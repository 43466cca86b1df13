"""The repeat as the first axis: one value a repeat beside weights that have it too."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def per_repeat(values: Any, weight: Any) -> Any:
    """One value a repeat, shaped to multiply a weight whose first axis is the repeat."""
    return tf.reshape(values, [-1] + [1] * (len(weight.shape) - 1))


def choose(which: Any, new: Any, old: Any) -> Any:
    """`new` for the repeats of which `which` (repeats,) is true, else `old`."""
    return tf.where(per_repeat(which, new), new, old)
