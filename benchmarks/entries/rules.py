"""A rule of thumb as the starting point of networks, which learn the rest.

Where a rule is already good, as last year's month times this year's growth is, a small network
that has to find it first among a hundred rows never comes near it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Rule:
    """What a rule forecasts from raw windows, and how a target stands to that."""

    forecast: Callable[[Any], Any]
    """Windows (n, ...), an array or a Keras tensor, to forecasts (n,): slices and arithmetic."""
    ratio: bool = False
    """Networks learn the logarithm of target over forecast, both above 0, and not target minus
    forecast."""

    def left(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """What the rule leaves of targets y (n,).

        Raises ValueError for a ratio of numbers that are not above 0.
        """
        forecast = np.asarray(self.forecast(x))
        if not self.ratio:
            return np.asarray(y - forecast)
        if (forecast <= 0).any() or (y <= 0).any():
            raise ValueError("expected targets and forecasts above 0 for a ratio of the two")
        return np.asarray(np.log(y / forecast))

    def whole(self, x: Any, left: Any) -> Any:
        """The forecasts (n, 1), as Keras tensors, given what networks say is left (n, 1)."""
        from keras import ops

        forecast = ops.expand_dims(self.forecast(x), 1)
        return forecast * ops.exp(left) if self.ratio else forecast + left


def last_value(windows: Any) -> Any:
    """The first channel stays where it is."""
    return windows[:, -1, 0]
