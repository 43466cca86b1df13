"""What it takes to run a benchmark again and get the same: command, digests, MLflow runs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from runners.results import platform
from runners.results.access import headline_of
from runners.results.types import BenchmarkResult


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


def rerun(benchmark: BenchmarkResult, mlflow: str | None) -> Rerun:
    """Commands, what they have to meet, and the identity of everything that went in.

    `mlflow` is the tracking address of the records; runs are linked where it is a server that
    others can reach.
    """
    name, headline, data = benchmark["name"], headline_of(benchmark), benchmark["data"]
    suite = " SUITE=full" if headline and headline["suite"] == "full" else ""
    verify = ""
    if headline and headline["repeats"]:
        verify = f"make verify RUN={name}/{headline['name']}/{headline['repeats'][0]}"
    server = shared(mlflow)
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
                url=f"{server}/#/runs/{e['run_id']}" if server and e["run_id"] else None,
            )
            for e in benchmark["entries"]
        ],
    )


def shared(address: str | None) -> str | None:
    """Address of a tracking server others can reach; None for files and this very machine."""
    try:
        parts = urlsplit(address or "")
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        return None
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host == "localhost" or host.endswith(".localhost")
    return None if own else str(address).rstrip("/")
