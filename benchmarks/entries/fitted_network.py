"""A fitted Keras network as a predictor of rows and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def predict_in_batches(model: keras.Model, x: np.ndarray, batch_size: int) -> np.ndarray:
    """The model's outputs for rows x (n, …) as float32, without training's dropout and the like."""
    return np.concatenate(
        [
            np.asarray(model(x[start : start + batch_size].astype(np.float32), training=False))
            for start in range(0, len(x), batch_size)
        ]
    )


def keras_file(model: keras.Model) -> bytes:
    """The content of the `.keras` file of a model."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
