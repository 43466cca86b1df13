"""What every command does with the records it leaves: MLflow and the page are views of them."""

from __future__ import annotations

from portfolio.owner import profile
from portfolio.page.standalone import figures_of
from runners.mlflow import sync
from runners.records.generations import Generations
from runners.records.store import Runs


def mirror(runs: Runs, *, collected: Generations | None = None, rebuild: bool = False) -> int:
    """Bring MLflow up to date, headlines with the page's figures; as `runners.mlflow.sync.sync`."""
    user = profile.name(runs.root.resolve().parent)
    return sync.sync(runs, figures=figures_of, collected=collected, rebuild=rebuild, user=user)
