"""The output of a fitted network for new rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from runners.execution.kept_network import predictor
from runners.execution.worker import variables
from runners.records.signature import Signature


class Refused(Exception):
    """A request for predictions that cannot be met: what was expected, received, what to do."""


@dataclass(frozen=True)
class FittedNetwork:
    """The fitted network of a headline entry."""

    model: Path
    schema: Signature
    build: Callable[..., Any] | None = None
    """The definition's own builder, which knows the classes of its layers."""
    levels: tuple[float, ...] = ()
    """Of the quantiles it predicts; () for values."""


def network_output(fitted: FittedNetwork, x: np.ndarray) -> np.ndarray:
    """Output of a fitted network for rows (n, …); (n,) where it has one value a row.

    Raises Refused for a file that cannot be loaded.
    """
    os.environ.update(variables())
    from runners.execution import preload  # loads TensorFlow without its noise

    preload.restore_stderr()
    try:
        outputs = max(1, len(fitted.schema["classes"]))
        predict = predictor(fitted.model, fitted.build, x.shape[1:], outputs)
    except Exception as error:  # Keras and layers may fail in any way
        raise Refused(
            f"expected a network that Keras can load in {fitted.model}, received "
            f"{type(error).__name__}; has a layer of its definition changed? train it again: "
            f"make bench ONLY={fitted.schema['benchmark']}"
        ) from error
    return predict(x)
