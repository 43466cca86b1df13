"""What a record can be checked by: its predictions, and everything it was made with."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from runners.records.record import EntryFacts, Environment, Git, Inputs, Record

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
    deviations; of quantiles the median."""
    quantiles: np.ndarray | None = None
    """(m, ..., levels) where they were predicted."""
    levels: tuple[float, ...] = ()

    @property
    def predicted(self) -> np.ndarray:
        """What the entry predicted, quantiles with all their levels."""
        return self.values if self.quantiles is None else self.quantiles


def predictions(source: Path | bytes) -> Predictions | None:
    """Read the `.npz` beside a record, or one just made; None where there is no readable one."""
    try:
        with np.load(io.BytesIO(source) if isinstance(source, bytes) else source) as content:
            values = content["prediction"]
            if "std" in content:
                values = np.stack([values, content["std"]], axis=1)
            if "quantiles" in content:
                levels = tuple(content["levels"].tolist())
                return Predictions(content["rows"], values, content["quantiles"], levels)
            return Predictions(content["rows"], values)
    except Exception:  # a flipped byte may raise anything, zlib's own error among others
        return None


def damage(path: Path) -> str:
    """Why the `.npz` beside a record cannot be read; empty where it can, or was never kept."""
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:  # in one reading
            bad = archive.testzip()
    except FileNotFoundError:
        return ""
    except Exception as error:
        return f"cannot be read ({error})"
    return f"{bad} in it does not have the checksum it was written with" if bad else ""


def made_with(record: Record) -> dict[str, str]:
    """Everything a record notes of how its score came about, as flat text by name."""
    data = record["data"]["digest"]
    return conditions(data, record["inputs"], record["environment"], record["entry"])


def conditions(
    data: str, inputs: Inputs, environment: Environment, entry: EntryFacts
) -> dict[str, str]:
    """What a score depends on as flat text by name; `data` is the digest of the data set.

    In the order in which it would explain another score: data, code, values, versions, settings,
    machine, commit.
    """
    facts: dict[str, object] = {"data": data, "rows before the split": inputs.get("train_rows")}
    facts |= {f"protocol: {name}": value for name, value in inputs.get("protocol", {}).items()}
    if "metric" in inputs:
        name, unit, code = inputs["metric"]
        facts |= {"metric": f"{name} {unit}", "code of the metric": code}
    if "entry" in inputs:
        _, _, code, values = inputs["entry"]
        facts |= {"code of the entry": code, "values of the entry": values}
    facts |= {f"value {name}": value for name, value in entry["values"].items()}
    facts |= {
        **environment["versions"],
        "precision": environment["precision"],
        "threads": environment["threads"],
        "device": environment["device"],
        "cpu": environment["cpu"],
        "cores": environment["cores"],
        **environment["switches"],
        "platform": environment["platform"],
        "commit": commit(environment["git"]),
    }
    return {k: str(_sorted(v)) for k, v in facts.items() if v is not None and k not in NOT_A_CAUSE}


def _sorted(value: object) -> object:
    """A value with the keys of its mappings in the order a record file has them in."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value


def commit(git: Git) -> str | None:
    """The git commit a record was made at, and whether files had changed since."""
    if not git.get("commit"):
        return None
    return git["commit"][:12] + (" with changes" if git.get("dirty") else "")


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
    """Whether a value is a sha256 in hexadecimal digits: of code or data."""
    return HASH.fullmatch(value) is not None


def short(value: str) -> str:
    """A value for a line of text: hashes and long texts cut."""
    if is_hash(value):
        return value[:-52]
    return value if len(value) <= 60 else f"{value[:57]}..."
