"""One side of a comparison: the newest scores of entries, wherever they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.metrics import Unit


@dataclass(frozen=True)
class Scores:
    """The scores of one entry of one benchmark, and what is known of how they were obtained."""

    metric: Unit
    margin: float
    """Largest difference that still counts as the same score, in the metric's unit."""
    overlap: float
    """Test rows / training rows where splits or folds redraw them, 0 on fixed rows."""
    by_repeat: Mapping[int, float]
    made_with: Mapping[str, str]
    protocol: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[int, bytes] = field(default_factory=dict)
    """The test rows of every repeat whose predictions are at hand."""


@dataclass
class Side:
    """One of the two things compared."""

    name: str
    kind: Literal["folder", "git", "mlflow"]
    entries: dict[tuple[str, str], Scores] = field(default_factory=dict)
    """By benchmark and entry."""
    notes: list[str] = field(default_factory=list)
    """What was left out, and why."""
