"""Trial records: one JSON file per finished trial, predictions beside it; the only truth.

    runs/records/<family>/<benchmark>/<entry>/<repeat>-<fingerprint>.json   the record
    runs/records/<family>/<benchmark>/<entry>/<repeat>-<fingerprint>.npz    its predictions: the
                                                       test `rows`, `prediction` and, where a
                                                       distribution was predicted, its `std`
    runs/records/<family>/<benchmark>/<entry>/model-<recipe>.keras          the fitted headline
    runs/records/<family>/<benchmark>/<entry>/model-<recipe>.json           what it takes and says
    runs/records/<family>/<benchmark>/<entry>/failed.json                   why the last try failed
    runs/quarantine/                                                        what is no record

A record says everything the page needs: it is read without the definition it came from, without
TensorFlow and without MLflow.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from runners.formatting import moment

SCHEMA = 1

_UMASK = os.umask(0)  # can only be read by setting it
os.umask(_UMASK)

NUMBER = (int, float)
SHARED = ("benchmark", "entry", "inputs", "environment", "data")
"""Blocks of a record that others of its entry mostly repeat."""

REQUIRED: dict[str, type | tuple[type, ...]] = {
    "schema": int,
    "benchmark": dict,  # task question suite margin margin_why lessons also deprecated, and:
    "benchmark.name": str,
    "benchmark.family": str,
    "benchmark.metric": dict,  # name unit direction
    "benchmark.protocol": dict,  # its fields, but for the function that splits
    "entry": dict,  # kind headline floor about suite stack threads protocol{overrides}, and:
    "entry.name": str,
    "entry.values": dict,
    "repeat": int,
    "seed": int,
    "group": list,  # repeats trained together
    "recipe": str,  # hash of all inputs but repeat, seed and group: one generation of an entry
    "fingerprint": str,  # hash of all inputs: same fingerprint, same score
    "inputs": dict,  # what went into the hashes
    "scores": dict,  # metric name -> value on the test rows
    "history": dict,  # curve name -> one value an epoch
    "params": (int, type(None)),  # and notes: what training decided by itself; may be missing
    "seconds": dict,  # predict, and:
    "seconds.group": NUMBER,  # training the whole group
    "seconds.trial": NUMBER,  # this trial's share of it
    "started_at": str,  # ISO 8601, UTC
    "finished_at": str,  # and clock: both by a clock that had been set back; may be missing
    "environment": dict,  # platform cpu cores memory_gb device threads precision, and:
    "environment.versions": dict,
    "environment.git": dict,  # commit dirty; empty outside a repository
    "data": dict,  # features licence citation official files deviations classes facts, and:
    "data.title": str,
    "data.url": str,
    "data.copy": str,
    "data.digest": str,
    "data.rows": int,
    "data.train": int,  # rows of this repeat
    "data.test": int,
}


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is either whole or not there, whatever happens meanwhile.

    Raises OSError (disk full, read-only folder) with nothing left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(name, 0o666 & ~_UMASK)  # mkstemp's own mode hides the file from a web server
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sweep(folder: Path, older_than: float = 0.0) -> int:
    """Remove what `write_atomically` left behind when it was killed; returns how many files.

    Half a file is never read, it only takes room. Where others may be writing at this moment,
    files younger than `older_than` seconds are left alone.
    """
    swept = 0
    for path in folder.rglob(".*.part"):
        with contextlib.suppress(OSError):  # somebody else's, or gone already
            if time.time() - path.stat().st_mtime >= older_than:
                path.unlink()
                swept += 1
    return swept


def as_json(value: Any) -> bytes:
    """Stable, readable JSON; NaN and infinity are refused, since JSON has no word for them."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


@dataclass
class Runs:
    """A folder of records; `root` is usually `runs/` in the current folder."""

    root: Path
    quarantined: list[str] = field(default_factory=list)
    """Files found not to be records while reading, with the reason; moved aside."""
    _previous: dict[str, Any] = field(default_factory=dict, repr=False)
    """The record read last."""
    _latest: dict[tuple[str, str], datetime] = field(default_factory=dict, repr=False)

    def folder(self, benchmark: str, entry: str) -> Path:
        """Where the records of one entry lie."""
        return self.root / "records" / benchmark / entry

    def path(self, benchmark: str, entry: str, repeat: int, fingerprint: str) -> Path:
        """Where one trial's record lies."""
        return self.folder(benchmark, entry) / f"{repeat:02d}-{fingerprint[:16]}.json"

    def write(self, record: dict[str, Any], predictions: bytes) -> Path:
        """Store a finished trial: predictions first, so that a record never lacks them.

        Raises ValueError for what is no record or holds NaN, OSError where nothing can be written.
        """
        problem = invalid(record)
        if problem:
            raise ValueError(f"not a record: {problem}")
        content = as_json(record)
        name, entry = record["benchmark"]["name"], record["entry"]["name"]
        path = self.path(name, entry, record["repeat"], record["fingerprint"])
        write_atomically(path.with_suffix(".npz"), predictions)
        write_atomically(path, content)
        return path

    def write_model(
        self, benchmark: str, entry: str, recipe: str, archive: bytes, schema: dict[str, Any]
    ) -> None:
        """Keep the fitted network of an entry's first repeat, and beside it what it takes."""
        path = self.model(benchmark, entry, recipe)
        write_atomically(path.with_suffix(".json"), as_json(schema))
        write_atomically(path, archive)

    def model(self, benchmark: str, entry: str, recipe: str) -> Path:
        """Where the fitted network of an entry lies, if it has one."""
        return self.folder(benchmark, entry) / f"model-{recipe[:16]}.keras"

    def write_failure(self, benchmark: str, entry: str, failure: dict[str, Any]) -> None:
        """Keep why an entry failed, for the scoreboard and the page; never counts as done."""
        write_atomically(self.folder(benchmark, entry) / "failed.json", as_json(failure))

    def clear_failure(self, benchmark: str, entry: str, repeats: Sequence[int]) -> None:
        """Forget that these repeats of an entry failed, now that they have succeeded."""
        path = self.folder(benchmark, entry) / "failed.json"
        failure = self._read(path) or {}
        left = [repeat for repeat in failure.get("repeats") or () if repeat not in repeats]
        if left:
            write_atomically(path, as_json({**failure, "repeats": left}))
        else:
            path.unlink(missing_ok=True)

    def failures(self) -> Iterator[dict[str, Any]]:
        """What `write_failure` left and no later success cleared."""
        for path in sorted(self.root.glob("records/*/*/*/failed.json")):
            content = self._read(path)
            if content is not None:
                yield content

    def read(self, benchmark: str = "*/*", entry: str = "*") -> Iterator[dict[str, Any]]:
        """Every whole record, in the order of its path; what is no record is moved aside."""
        for path in self.paths(benchmark, entry):
            record = self.load(path)
            if record is not None:
                yield record

    def paths(self, benchmark: str = "*/*", entry: str = "*") -> list[Path]:
        """Where records lie, read or not, in order: `…/<benchmark>/<entry>/<repeat>-<…>.json`."""
        return sorted(self.root.glob(f"records/{benchmark}/{entry}/[0-9]*.json"))

    def load(self, path: Path) -> dict[str, Any] | None:
        """The whole record of a path; None where there is none, and what is none is moved aside."""
        record = self._read(path)
        if record is None:
            return None
        problem = invalid(record) or misplaced(record, path)
        if problem:
            self._quarantine(path, problem)
            return None
        for block in SHARED:  # what trials of one entry say alike is held once, not 10,000 times
            if record[block] == self._previous.get(block):
                record[block] = self._previous[block]
        self._previous = record
        return record

    def latest(self, benchmark: str, entry: str) -> datetime:
        """When the last trial of an entry finished, of those there were at the first call.

        Later calls give the same: trials of one run come back in no order. The year 1 where there
        was none, or none with a date.
        """
        if (benchmark, entry) not in self._latest:
            dates = (moment(record["finished_at"]) for record in self.read(benchmark, entry))
            self._latest[benchmark, entry] = max(dates, default=moment(None))
        return self._latest[benchmark, entry]

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            content = json.loads(path.read_bytes(), parse_constant=_refuse)
        except FileNotFoundError:
            return None  # another process has just moved it
        except ValueError as error:
            self._quarantine(path, f"not JSON ({error})")
            return None
        if not isinstance(content, dict):
            self._quarantine(path, f"expected a JSON object, received {type(content).__name__}")
            return None
        return content

    def _quarantine(self, path: Path, reason: str) -> None:
        target = self.root / "quarantine" / path.relative_to(self.root / "records")
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
        self.quarantined.append(f"{path.relative_to(self.root)}: {reason}; moved to {target}")


def invalid(record: dict[str, Any]) -> str | None:
    """Say what keeps a JSON object from being a record of this schema, or None."""
    for key, kind in REQUIRED.items():
        holder, _, name = key.rpartition(".")
        fields = record[holder] if holder else record
        if name not in fields:
            return f"field '{key}' is missing"
        if not isinstance(fields[name], kind):
            return f"field '{key}' has the wrong type {type(fields[name]).__name__}"
    if record["schema"] != SCHEMA:
        return f"schema {record['schema']}, this version reads {SCHEMA}"
    metric = record["benchmark"]["metric"].get("name")
    if not isinstance(metric, str) or not isinstance(record["scores"].get(metric), NUMBER):
        return f"no score for the headline metric '{metric}'"
    for name, curve in record["history"].items():
        if not isinstance(curve, list) or not {*map(type, curve)} <= {*NUMBER}:
            return f"the curve '{name}' is no list of numbers"
    return None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def misplaced(record: dict[str, Any], path: Path) -> str | None:
    """Say how a record contradicts the place it lies in (a copied or renamed file), or None."""
    benchmark = "/".join(path.parts[-4:-2])
    names = (record["benchmark"].get("name"), record["entry"].get("name"))
    if names != (benchmark, path.parts[-2]):
        return f"it belongs to {names[0]} {names[1]}, not here"
    if path.stem != f"{record['repeat']:02d}-{record['fingerprint'][:16]}":
        return "its name does not match its repeat and fingerprint"
    return None
