"""One side of a comparison: the newest scores of entries, wherever they were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from benchmarks import repeats
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
    splits: tuple[int, int] = (0, 1)
    """Splits (folds, seeds) of the protocol, and training seeds on each."""

    def by_split(self, chosen: Iterable[int]) -> list[float]:
        """The scores of chosen repeats, one a split: the mean over its training seeds."""
        scores = {repeat: self.by_repeat[repeat] for repeat in chosen}
        return list(repeats.means(repeats.by_split(scores, *self.splits)).values())


@dataclass
class Side:
    """One of the two things compared."""

    name: str
    kind: Literal["folder", "git", "mlflow"]
    entries: dict[tuple[str, str], Scores] = field(default_factory=dict)
    """By benchmark and entry."""
    notes: list[str] = field(default_factory=list)
    """What was left out, and why."""
