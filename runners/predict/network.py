"""The output of a fitted network for new rows."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from runners.execution.worker import QUIET

ROWS = 1000
"""Predicted at a time."""


class Refused(Exception):
    """A request for predictions that cannot be met: what was expected, received, what to do."""


def network_output(model: Path, x: np.ndarray) -> np.ndarray:
    """Output of a fitted network for rows (n, …); (n,) where it has one value a row."""
    os.environ.update(QUIET)
    from runners.execution import preload  # loads TensorFlow without its noise

    preload.restore_stderr()
    import keras

    network = keras.saving.load_model(model, compile=False)
    parts = [
        np.asarray(network(x[start : start + ROWS].astype(np.float32), training=False))
        for start in range(0, len(x), ROWS)
    ]
    out = np.concatenate(parts)
    return out[:, 0] if out.ndim == 2 and out.shape[1] == 1 else out
