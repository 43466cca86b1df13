"""Trials trained together: the unit of execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runners.execution.fingerprint import fingerprint

if TYPE_CHECKING:
    from runners.execution.dry_run import DryRun
    from runners.records.record import Inputs


@dataclass(frozen=True)
class Group:
    """Trials trained together: the unit of execution. Plain data, so it travels to a worker."""

    benchmark: str
    entry: str
    repeats: tuple[int, ...]
    seeds: tuple[int, ...]
    recipe: str
    """Fingerprint of everything but repeat, seed and group."""
    inputs: Inputs
    digest: str
    threads: int
    precision: str
    timeout: float = 0.0
    """Seconds after which it is stopped; 0: never."""
    memory: float = 0.0
    """GB (10⁹ bytes) its worker may take; 0: nearly all the machine has."""
    resources: Mapping[str, float] = field(default_factory=dict)
    """What a Dask worker must have been started with, such as {"GPU": 1}."""
    dry_run: DryRun | None = None
    """What was found of its network beforehand; None where nobody has looked yet."""

    @property
    def id(self) -> str:
        """The same for the same trials, trained together in the same way."""
        how = {"recipe": self.recipe, "repeats": self.repeats, "seeds": self.seeds}
        return fingerprint({**how, "threads": self.threads, "precision": self.precision})[:16]

    @property
    def device(self) -> str:
        """The name of the card it trains on; "cpu" for the processor."""
        return str(self.inputs.get("environment", {}).get("device", "cpu"))

    @property
    def label(self) -> str:
        """Short text for progress lines."""
        if len(self.repeats) == 1:
            return f"{self.benchmark} {self.entry} {self.repeats[0]}"
        return f"{self.benchmark} {self.entry} {self.repeats[0]}-{self.repeats[-1]}"
