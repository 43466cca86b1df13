"""The output of a fitted network for new rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data.own.encoding import numbers_and_texts
from benchmarks.entries import own_networks
from benchmarks.texts import holds_texts
from runners.execution.worker import QUIET
from runners.records.signature import Signature

ROWS = 1000
"""Predicted at a time."""


class Refused(Exception):
    """A request for predictions that cannot be met: what was expected, received, what to do."""


@dataclass(frozen=True)
class FittedNetwork:
    """The fitted network of a headline entry."""

    model: Path
    schema: Signature
    build: Callable[..., Any] | None = None
    """The definition's own builder, which knows the classes of its layers."""


def network_output(fitted: FittedNetwork, x: np.ndarray) -> np.ndarray:
    """Output of a fitted network for rows (n, …); (n,) where it has one value a row.

    Raises Refused for a file that cannot be loaded.
    """
    os.environ.update(QUIET)
    from runners.execution import preload  # loads TensorFlow without its noise

    preload.restore_stderr()
    import keras

    if fitted.build is not None:
        outputs = max(1, len(fitted.schema["classes"]))
        own_networks.register_built_layers(fitted.build, x.shape[1:], outputs)
    try:
        network = keras.saving.load_model(fitted.model, compile=False)
    except Exception as error:  # Keras and layers may fail in any way
        raise Refused(
            f"expected a network that Keras can load in {fitted.model}, received "
            f"{type(error).__name__}; has a layer of its definition changed? train it again: "
            f"make bench ONLY={fitted.schema['benchmark']}"
        ) from error
    parts = [
        np.asarray(network(_tensor(x[start : start + ROWS]), training=False))
        for start in range(0, len(x), ROWS)
    ]
    out = np.concatenate(parts)
    return out[:, 0] if out.ndim == 2 and out.shape[1] == 1 else out


def _tensor(rows: np.ndarray) -> Any:
    """Rows as a network takes them: float32, a tensor of strings, or both."""
    if rows.dtype == object:
        from benchmarks.entries.text.encoding import strings

        if holds_texts(rows):
            return strings(rows)
        numbers, texts = numbers_and_texts(rows)
        inputs = [numbers.astype(np.float32), strings(texts)]
        return inputs if numbers.shape[1] else inputs[1]
    return rows.astype(np.float32)
