"""Which runs of a shared MLflow are those of this folder, so that two folders keep to their own."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from runners.mlflow import store
from runners.records.store import write_atomically

FILE = "mlflow-folder.json"
TAG = "kerasfolio.folder"


def tags(runs: Path) -> dict[str, str]:
    """The tag that runs of this folder carry in a shared MLflow; none in the folder's own."""
    return {TAG: _identity(runs)} if store.shared() else {}


def _identity(runs: Path) -> str:
    """A random name of the folder, kept in it. A copy of the folder gets another one."""
    here, path = runs.resolve(), runs / FILE
    kept = _read(path)
    if kept and kept["path"] != str(here):
        original = _read(Path(kept["path"]) / FILE)
        moved = original is None or original["id"] != kept["id"]
        kept = {**kept, "path": str(here)} if moved else None
    elif kept:
        return kept["id"]
    kept = kept or {"id": secrets.token_hex(6), "path": str(here)}
    write_atomically(path, json.dumps(kept, indent=1).encode() + b"\n", 0o600)
    return kept["id"]


def _read(path: Path) -> dict[str, str] | None:
    try:
        content = json.loads(path.read_bytes())
        return {"id": str(content["id"]), "path": str(content["path"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
