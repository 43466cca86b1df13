"""A network from the file a trial left, as a function of rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.entries import own_networks

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
            np.asarray(network(x[start : start + ROWS].astype(np.float32), training=False))
            for start in range(0, len(x), ROWS)
        ]
        out = np.concatenate(parts)
        return out[:, 0] if out.ndim == 2 and out.shape[1] == 1 else out

    return predict
