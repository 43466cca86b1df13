"""Trial records: one JSON file per finished trial, predictions beside it; the only truth.

    runs/records/<family>/<benchmark>/<entry>/<repeat>-<fingerprint>.json   the record
    runs/records/<family>/<benchmark>/<entry>/<repeat>-<fingerprint>.npz    its predictions: the
                                                       test `rows`, `prediction` and, where a
                                                       distribution was predicted, its `std`,
                                                       or its `quantiles` at their `levels`
    runs/records/<family>/<benchmark>/<entry>/model-<recipe>.keras          the fitted headline
    runs/records/<family>/<benchmark>/<entry>/model-<recipe>.json           its inputs and outputs
    runs/records/<family>/<benchmark>/<entry>/failed.json                   why the last try failed
    runs/quarantine/                                                        what is no record

A record holds everything the page needs: it is read without the definition it came from, without
TensorFlow and without MLflow.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from runners.formatting import moment
from runners.records.generations import last_finished
from runners.records.provenance import Predictions, damage, predictions
from runners.redaction import values_for_others

if TYPE_CHECKING:
    from runners.records.record import FailedGroup, Record
    from runners.records.signature import Signature

Content = TypeVar("Content")

_UMASK = os.umask(0)  # can only be read by setting it
os.umask(_UMASK)

SHARED = ("benchmark", "entry", "inputs", "environment", "data")
"""Blocks of a record that others of its entry mostly repeat."""


def write_atomically(
    path: Path, content: bytes, mode: int = 0o666, *, lasting: bool = True
) -> None:
    """Write a file that is either whole or not there, whatever happens meanwhile.

    `mode` is who may read and write it, less what the user's umask takes away. What can be made
    again need not be `lasting`: a power cut may then leave an empty file. Raises OSError (disk
    full, read-only folder) with nothing left behind.
    """
    _write([(path, content)], mode, lasting)


def _write(files: Iterable[tuple[Path, bytes]], mode: int = 0o666, lasting: bool = True) -> None:
    """Write files as `write_atomically` does, waiting for the disk once for all of them.

    They get their names in order. Where there is no room for one, those before it are kept.
    """
    parts: list[tuple[str, Path]] = []
    whole = 0
    try:
        for path, content in files:
            parts.append((_part(path, content, mode), path))
    finally:
        try:
            for name, _ in parts:
                if lasting:
                    _sync(name)
                whole += 1
        finally:
            try:
                for name, path in parts[:whole]:
                    os.replace(name, path)
            finally:
                for name, _ in parts:
                    Path(name).unlink(missing_ok=True)


def _part(path: Path, content: bytes, mode: int) -> str:
    """A file beside `path` with the content, under a name that nobody reads; returns that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, mode & ~_UMASK)  # mkstemp's own mode hides the file from a web server
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name


def _sync(path: str | Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def settle(folder: Path) -> None:
    """Have the names of a folder's files on the disk, as `write_atomically` has their content.

    Until then a power cut may take back a file that was renamed. Does nothing where the system
    cannot do it for folders.
    """
    with contextlib.suppress(OSError):  # the files are written; some file systems refuse this
        _sync(folder)


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
    """Stable, readable JSON without secrets and absolute paths (`redaction.for_others`).

    NaN and infinity, which JSON lacks, are refused.
    """
    value = values_for_others(value)
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"  # names of files may be no text


@dataclass
class Runs:
    """A folder of records; `root` is usually `runs/` in the current folder."""

    root: Path
    quarantined: list[str] = field(default_factory=list)
    """Files found not to be records while reading, with the reason; moved aside."""
    _previous: Record | None = field(default=None, repr=False)
    """The record read last."""
    _latest: dict[tuple[str, str], datetime] = field(default_factory=dict, repr=False)
    _settled: set[Path] = field(default_factory=set, repr=False)

    def folder(self, benchmark: str, entry: str) -> Path:
        """Where the records of one entry lie."""
        return self.root / "records" / benchmark / entry

    def path(self, benchmark: str, entry: str, repeat: int, fingerprint: str) -> Path:
        """Where one trial's record lies."""
        return self.folder(benchmark, entry) / f"{repeat:02d}-{fingerprint[:16]}.json"

    def write(self, record: Record, predictions: bytes) -> Path:
        """Store one trial, as `write_all` does; returns where its record lies."""
        return self.write_all([(record, predictions)])[0]

    def write_all(self, trials: Iterable[tuple[Record, bytes]]) -> list[Path]:
        """Store finished trials, records with their predictions; returns where the records lie.

        Predictions first, so that a record never lacks them. `settle` makes them last.
        Raises ValueError for what is no record or holds NaN, OSError where nothing can be written;
        the trials before it are kept.
        """
        files: list[tuple[Path, bytes]] = []
        try:
            for record, predictions in trials:
                path, content = self._as_file(record)
                files += [(path.with_suffix(".npz"), predictions), (path, content)]
        finally:
            _write(files)
        return [path for path, _ in files[1::2]]

    def _as_file(self, record: Record) -> tuple[Path, bytes]:
        from runners.records.record import check

        try:
            check(record)
        except ValueError as error:
            raise ValueError(f"not a record: {error}") from None
        content = as_json(record)
        name, entry = record["benchmark"]["name"], record["entry"]["name"]
        return self.path(name, entry, record["repeat"], record["fingerprint"]), content

    def settle(self, benchmark: str, entry: str) -> None:
        """Have what `write` and `write_model` wrote of an entry on the disk, power cut or not.

        Once for many trials: a trial counts as done after it.
        """
        folder = self.folder(benchmark, entry)
        settle(folder)
        if folder not in self._settled:  # it may be new itself, and the folders it lies in
            for place in folder.parents[: len(folder.relative_to(self.root).parts)]:
                settle(place)
            self._settled.add(folder)

    def write_model(
        self, benchmark: str, entry: str, recipe: str, archive: bytes, signature: Signature
    ) -> None:
        """Keep the fitted network of an entry's first repeat, and beside it what it takes."""
        path = self.model(benchmark, entry, recipe)
        # As it is: new rows are held against its columns and words, which are the data's own.
        text = json.dumps(signature, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        write_atomically(path.with_suffix(".json"), text.encode() + b"\n")
        write_atomically(path, archive)

    def predictions(self, record: Record) -> Predictions | None:
        """What was predicted in the trial of a record; None where that cannot be read."""
        return predictions(self._place(record).with_suffix(".npz"))

    def intact(self, record: Record) -> bool:
        """Whether the predictions of a record can be read, or were never kept.

        Else they and the record are moved aside, so that the trial counts as missing.
        """
        path = self._place(record)
        problem = damage(path.with_suffix(".npz"))
        if problem:
            self._quarantine(path.with_suffix(".npz"), problem)
            self._quarantine(path, "its predictions cannot be read")
        return not problem

    def _place(self, record: Record) -> Path:
        name, entry = record["benchmark"]["name"], record["entry"]["name"]
        return self.path(name, entry, record["repeat"], record["fingerprint"])

    def model(self, benchmark: str, entry: str, recipe: str) -> Path:
        """Where the fitted network of an entry lies, if it has one."""
        return self.folder(benchmark, entry) / f"model-{recipe[:16]}.keras"

    def write_failure(self, benchmark: str, entry: str, failure: FailedGroup) -> None:
        """Keep why an entry failed, for the scoreboard and the page; never counts as done."""
        write_atomically(self.folder(benchmark, entry) / "failed.json", as_json(failure))

    def clear_failure(self, benchmark: str, entry: str, repeats: Sequence[int]) -> None:
        """Forget that these repeats of an entry failed, now that they have succeeded."""
        path = self.folder(benchmark, entry) / "failed.json"
        failure = self._failure(path)
        remaining = [r for r in failure["repeats"] if r not in repeats] if failure else []
        if remaining:
            write_atomically(path, as_json({**(failure or {}), "repeats": remaining}))
        else:
            path.unlink(missing_ok=True)

    def failures(self) -> Iterator[FailedGroup]:
        """What `write_failure` left and no later success cleared."""
        for path in sorted(self.root.glob("records/*/*/*/failed.json")):
            failure = self._failure(path)
            if failure is not None:
                yield failure

    def _failure(self, path: Path) -> FailedGroup | None:
        from runners.records.parsing import parse
        from runners.records.record import FailedGroup

        return self._read(path, lambda content: parse(FailedGroup, content))

    def read(self, benchmark: str = "*/*", entry: str = "*") -> Iterator[Record]:
        """Every whole record, in the order of its path; what is no record is moved aside."""
        for path in self.paths(benchmark, entry):
            record = self.load(path)
            if record is not None:
                yield record

    def paths(self, benchmark: str = "*/*", entry: str = "*") -> list[Path]:
        """Where records lie, read or not, in order: `…/<benchmark>/<entry>/<repeat>-<…>.json`."""
        return sorted(self.root.glob(f"records/{benchmark}/{entry}/[0-9]*.json"))

    def load(self, path: Path) -> Record | None:
        """The whole record of a path; None where there is none, and what is none is moved aside."""
        from runners.records.record import parse

        record = self._read(path, parse)
        if record is None:
            return None
        problem = misplaced(record, path)
        if problem:
            self._quarantine(path, problem)
            return None
        if self._previous:  # what trials of one entry say alike is held once, not 10,000 times
            blocks, before = cast(dict[str, Any], record), cast(dict[str, Any], self._previous)
            for name in SHARED:
                if blocks[name] == before[name]:
                    blocks[name] = before[name]
        self._previous = record
        return record

    def latest(self, benchmark: str, entry: str) -> datetime:
        """When the last trial of an entry finished, of those there were at the first call.

        Later calls give the same: trials of one run come back in no order. The year 1 where there
        was none.
        """
        if (benchmark, entry) not in self._latest:
            records = list(self.read(benchmark, entry))
            self._latest[benchmark, entry] = last_finished(records) if records else moment(None)
        return self._latest[benchmark, entry]

    def _read(self, path: Path, parse: Callable[[bytes], Content]) -> Content | None:
        try:
            return parse(path.read_bytes())
        except FileNotFoundError:
            return None  # another process has just moved it
        except OSError as error:
            if error.errno not in (errno.EISDIR, errno.ELOOP):
                raise
            self._quarantine(path, f"no file ({error.strerror})")
        except ValueError as error:
            self._quarantine(path, str(error))
        return None

    def _quarantine(self, path: Path, reason: str) -> None:
        place = self.root / "quarantine" / path.relative_to(self.root / "records")
        place.parent.mkdir(parents=True, exist_ok=True)
        target, again = place, 1
        while os.path.lexists(target):  # another one of the same name was moved there before
            again += 1
            target = place.with_name(f"{place.name}.{again}")
        try:
            os.replace(path, target)
        except FileNotFoundError:  # another process has just moved it
            return
        self.quarantined.append(f"{path.relative_to(self.root)}: {reason}; moved to {target}")


def misplaced(record: Record, path: Path) -> str | None:
    """Say how a record contradicts the place it lies in (a copied or renamed file), or None."""
    benchmark = "/".join(path.parts[-4:-2])
    names = (record["benchmark"]["name"], record["entry"]["name"])
    if names != (benchmark, path.parts[-2]):
        return f"it belongs to {names[0]} {names[1]}, not here"
    if path.stem != f"{record['repeat']:02d}-{record['fingerprint'][:16]}":
        return "its name does not match its repeat and fingerprint"
    return None
