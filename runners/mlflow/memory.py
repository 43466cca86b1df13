"""What the last sync left in `mlflow.json`: where it wrote, what it had seen, ids of its runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, TypedDict

from runners.records.store import Runs, write_atomically
from runners.redaction import address

if TYPE_CHECKING:
    from runners.results.types import Results

FILE = "mlflow.json"
PRIVATE = 0o600
"""Mode of the file: it names the tracking server."""


class Memory(TypedDict):
    """The file's content."""

    tracking_uri: str
    """Without user and password; empty before the first sync."""
    state: str
    """Hash of all that MLflow showed; "syncing" until a sync has ended."""
    entries: dict[str, str]
    """Run id of every entry, by `benchmark/entry`."""
    experiments: dict[str, str]
    """Experiment id of every family."""
    inputs: str
    """`unchanged.digest` of the files it was made from."""
    names: int
    """How many runs a database held then, by their names."""


def read(runs: Runs) -> Memory:
    """What the last sync left; empty where there was none or the file cannot be read."""
    path = runs.root / FILE
    try:
        if path.is_file() and path.stat().st_mode & 0o077:
            path.chmod(PRIVATE)  # as version 0.1 left it, which wrote passwords
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict) or "tracking_uri" not in content:
        content = {}
    former = str(content.get("tracking_uri", ""))
    memory: Memory = {
        "tracking_uri": address(former),
        "state": str(content.get("state", "")),
        "entries": _ids(content.get("entries")),
        "experiments": _ids(content.get("experiments")),
        "inputs": str(content.get("inputs", "")),
        "names": names if isinstance(names := content.get("names"), int) else 0,
    }
    if memory["tracking_uri"] != former:
        with contextlib.suppress(OSError):
            write(runs, memory)
    return memory


def write(runs: Runs, memory: Memory) -> None:
    """Keep it for the next sync. Raises OSError where the folder cannot be written to."""
    text = json.dumps(memory, indent=1, sort_keys=True)
    write_atomically(runs.root / FILE, text.encode() + b"\n", PRIVATE)


def state(runs: Runs, summary: Results, user: str) -> str:
    """Hash of all that MLflow shows, without the run ids it hands out itself."""
    from runners.mlflow import studies  # which takes time to load

    benchmarks = [
        {**b, "entries": [{**e, "run_id": None, "experiment_id": None} for e in b["entries"]]}
        for b in summary["benchmarks"]
    ]
    names = [str(path) for path in runs.paths()] + studies.digest(runs.root)
    shown = [benchmarks, summary["collections"], names, user]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def _ids(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): str(number) for name, number in value.items()}
