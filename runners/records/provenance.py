"""What a record leaves to check it by: its predictions, and everything it was made with."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROUNDING = 1e-6
"""Relative difference that is no difference: predictions are kept in float32 (7 digits)."""

HASH = re.compile(r"(sha256:)?[0-9a-f]{64}")

NOT_A_CAUSE = ("mlflow", "value tuned")
"""What is noted and no score depends on: a library beside the training, and prose."""


class Predictions(NamedTuple):
    """Stored predictions of one trial."""

    rows: np.ndarray
    """Numbers of its test rows."""
    values: np.ndarray
    """As predicted: (m,) values, (m, classes) probabilities, or (m, 2) means and standard
    deviations."""


def predictions(source: Path | bytes) -> Predictions | None:
    """Read the `.npz` beside a record, or one just made; None where there is no readable one."""
    try:
        with np.load(io.BytesIO(source) if isinstance(source, bytes) else source) as content:
            values = content["prediction"]
            if "std" in content:
                values = np.stack([values, content["std"]], axis=1)
            return Predictions(content["rows"], values)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def made_with(record: Mapping[str, Any]) -> dict[str, str]:
    """Everything a record notes of how its score came about, as flat text by name.

    In the order in which it would explain another score: data, code, values, versions, settings,
    machine, commit.
    """
    inputs, where = record["inputs"], record["environment"]
    entry, metric = inputs.get("entry") or [], inputs.get("metric") or []
    found: dict[str, Any] = {"data": record["data"].get("digest")}
    found["rows before the split"] = inputs.get("train_rows")
    found |= {f"protocol: {key}": value for key, value in inputs.get("protocol", {}).items()}
    if len(metric) == 3:
        found |= {"metric": f"{metric[0]} {metric[1]}", "code of the metric": metric[2]}
    if len(entry) == 4:
        found |= {"code of the entry": entry[2], "values of the entry": entry[3]}
    found |= {f"value {key}": value for key, value in record["entry"].get("values", {}).items()}
    found |= where.get("versions", {})
    found |= {key: where.get(key) for key in ("precision", "threads", "device", "cpu", "cores")}
    found |= where.get("switches", {})
    found |= {"platform": where.get("platform"), "commit": commit(where.get("git") or {})}
    return {k: str(v) for k, v in found.items() if v is not None and k not in NOT_A_CAUSE}


def commit(git: Mapping[str, Any]) -> str | None:
    """The git commit a record was made at, and whether files had changed since."""
    if not git.get("commit"):
        return None
    return str(git["commit"])[:12] + (" with changes" if git.get("dirty") else "")


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(name, one, other) of what is known of both and differs; a value only one has is "-"."""
    names = [
        name
        for name in {**one, **other}
        if name.startswith("value ") or (name in one and name in other)
    ]
    pairs = [(name, one.get(name, "-"), other.get(name, "-")) for name in names]
    return [pair for pair in pairs if pair[1] != pair[2]]


def is_hash(value: str) -> bool:
    """Whether a value is a sha256 in hexadecimal digits: of code or data, for nobody to read."""
    return HASH.fullmatch(value) is not None


def short(value: str) -> str:
    """A value for a line of text: hashes and long texts cut."""
    if is_hash(value):
        return value[:-52]
    return value if len(value) <= 60 else f"{value[:57]}..."
