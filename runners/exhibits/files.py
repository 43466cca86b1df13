"""Where exhibits lie, and what each was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runners.records.store import write_atomically
from runners.redaction import values_for_others


def folder(runs_root: Path, benchmark: str) -> Path:
    """Where the exhibits of a benchmark lie."""
    return runs_root / "exhibits" / benchmark


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file of exhibits, without what is private."""
    text = json.dumps(
        values_for_others(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    write_atomically(path, text.encode() + b"\n")


def is_of(path: Path, key: Mapping[str, Any]) -> bool:
    """Whether a file was made from these things already."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and all(content.get(k) == v for k, v in key.items())
