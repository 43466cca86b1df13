"""What it takes to run a benchmark again and get the same: command, digests, MLflow runs."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from runners.results import platform
from runners.results.access import headline_of
from runners.results.types import BenchmarkResult, EntryResult


@dataclass(frozen=True)
class TrackedRun:
    """An entry's run in MLflow."""

    entry: str
    recipe: str
    run: str | None
    url: str | None
    """Where the run can be seen by others."""


@dataclass(frozen=True)
class Rerun:
    """What it takes to run a benchmark again and get the same."""

    command: str
    verify: str
    """Command that trains one recorded group again; empty without a headline."""
    ran: list[tuple[str, str]]
    """What a re-run has to match: term and text."""
    packages: str
    files: list[tuple[str, str]]
    """Data files with their SHA-256."""
    runs: list[TrackedRun]
    """One an entry."""


def rerun(benchmark: BenchmarkResult, mlflow: str = "") -> Rerun:
    """Commands, what they have to meet, and the identity of everything that went in.

    `mlflow` is the server that the owner lets readers see, by which runs are linked.
    """
    name, headline, data = benchmark["name"], headline_of(benchmark), benchmark["data"]
    suite = " SUITE=full" if headline and headline["suite"] == "full" else ""
    verify = ""
    if headline and headline["repeats"]:
        verify = f"make verify RUN={name}/{headline['name']}/{headline['repeats'][0]}"
    return Rerun(
        command=f"make bench ONLY={name}{suite}",
        verify=verify,
        ran=platform.ran(benchmark),
        packages=platform.packages(platform.environment_of(benchmark)),
        files=list(data["files"].items()) if data else [],
        runs=[
            TrackedRun(
                entry=e["name"],
                recipe=e["recipe"],
                run=e["run_id"],
                url=_address(mlflow, e),
            )
            for e in benchmark["entries"]
        ],
    )


def _address(mlflow: str, entry: EntryResult) -> str | None:
    """Where a run can be seen, in MLflow's view of trainings: its short address opens another."""
    experiment, run = entry["experiment_id"], entry["run_id"]
    if not mlflow or not run:
        return None
    if not experiment:
        return Markup("{}/#/runs/{}").format(mlflow.rstrip("/"), run)
    place = Markup("{}/#/experiments/{}/runs/{}?workflowType=machine_learning")
    return place.format(mlflow.rstrip("/"), experiment, run)
