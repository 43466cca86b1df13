"""What it takes to run a benchmark again and get the same: command, digests, MLflow runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from runners.results import platform


def rerun(benchmark: Mapping[str, Any], mlflow: Any) -> dict[str, Any]:
    """Commands, what they have to meet, and the identity of everything that went in.

    `mlflow` is the tracking address of the records; runs are linked where it is a server that
    others can reach.
    """
    name = benchmark["name"]
    headline = next((e for e in benchmark["entries"] if e["headline"]), None)
    suite = " SUITE=full" if headline and headline["suite"] == "full" else ""
    verify = ""
    if headline and headline["repeats"]:
        verify = f"make verify RUN={name}/{headline['name']}/{headline['repeats'][0]}"
    data = benchmark["data"] or {}
    files = data.get("files")
    server = shared(mlflow)
    return {
        "command": f"make bench ONLY={name}{suite}",
        "verify": verify,
        "ran": platform.ran(benchmark),
        "packages": platform.packages(benchmark["environment"] or {}),
        "files": list(files.items()) if isinstance(files, Mapping) else [],
        "runs": [
            {
                "entry": e["name"],
                "recipe": str(e["recipe"] or ""),
                "run": e["run_id"],
                "url": f"{server}/#/runs/{e['run_id']}" if server and e["run_id"] else None,
            }
            for e in benchmark["entries"]
        ],
    }


def shared(address: Any) -> str | None:
    """Address of a tracking server others can reach; None for files and this very machine."""
    try:
        parts = urlsplit(str(address or ""))
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
