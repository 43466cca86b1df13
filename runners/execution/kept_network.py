"""A network from the file a trial left, as a function of rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.own.encoding import numbers_and_texts
from benchmarks.entries import own_networks
from benchmarks.texts import holds_texts

ROWS = 1000
"""Predicted at a time."""


def predictor(
    model: Path, build: Callable[..., Any] | None, shape: tuple[int, ...], outputs: int
) -> Callable[[np.ndarray], np.ndarray]:
    """The fitted network of a file: rows (n, *shape) to its output, (n,) where that is one value.

    `build` is the definition's own builder, which knows the classes of its layers. Keras is
    imported; what it raises for a file it cannot load is not caught.
    """
    import keras

    if build is not None:
        own_networks.register_built_layers(build, shape, outputs)
    network = keras.saving.load_model(model, compile=False)

    def predict(x: np.ndarray) -> np.ndarray:
        parts = [
            np.asarray(network(_tensor(x[start : start + ROWS]), training=False))
            for start in range(0, len(x), ROWS)
        ]
        out = np.concatenate(parts)
        return out[:, 0] if out.ndim == 2 and out.shape[1] == 1 else out

    return predict


def _tensor(rows: np.ndarray) -> Any:
    """Rows as a network takes them: float32, a tensor of strings, or both."""
    if rows.dtype != object:
        return rows.astype(np.float32)
    import keras

    from benchmarks.entries.text.encoding import strings

    if holds_texts(rows):
        return strings(rows)
    numbers, texts = numbers_and_texts(rows)
    # Keras takes arrays or tensors, not one of each.
    inputs = [keras.ops.convert_to_tensor(numbers.astype(np.float32)), strings(texts)]
    return inputs if numbers.shape[1] else inputs[1]
