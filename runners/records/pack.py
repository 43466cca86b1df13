"""A folder of runs as one small file to commit: what a page and a comparison need of it.

    <name>.tar.xz    records/, exhibits/, history/, audit/ and skipped.json as they lie in a folder

Left out are predictions and files of fitted networks (large), records of older generations (their
results are in history/), MLflow's files, and scores by split published elsewhere, which may not be
redistributed. Curves are kept to four significant digits, everything else as it is. The
same folder gives the same bytes.
"""

from __future__ import annotations

import io
import json
import lzma
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from runners.records.generations import Generations
from runners.records.own_data import is_own, without_rows
from runners.records.record import Record
from runners.records.store import Runs, write_atomically
from runners.redaction import for_others, values_for_others

ENDING = ".tar.xz"
WHOLE = ("exhibits", "history", "audit", "studies")
"""Folders taken as they are; of records only the newest generations."""
MOST = 3_000_000
"""Bytes a packed folder should stay below, to be committed."""


class PackError(ValueError):
    """A packed folder cannot be read, or there is nothing to pack; the message says which."""


def pack(folder: Runs, newest: Generations, target: Path, samples: Collection[str] = ()) -> int:
    """Pack the `newest` records of a folder and what lies beside them; return their number.

    Of the owner's data single rows are packed of the benchmarks in `samples` alone.
    Raises PackError where there are none, OSError where `target` cannot be written.
    """
    paths = [
        folder.path(benchmark, entry, record["repeat"], record["fingerprint"])
        for benchmark, entries in newest.items()
        for entry, records in entries.items()
        for record in records
    ]
    # Read again: `newest` may hold today's words in place of the record's own.
    records_by_path = {path: record for path in paths if (record := folder.load(path))}
    if not records_by_path:
        raise PackError(f"there are no records in {folder.root} to pack; `make bench` makes some")
    contents = {path: _small(record) for path, record in records_by_path.items()}
    hidden = {
        name
        for name, entries in newest.items()
        for records in entries.values()
        if name not in samples and is_own(name, records[-1]["data"]["url"])
    }
    contents |= {path: _copy_for_others(path, folder.root, hidden) for path in _others(folder.root)}
    write_atomically(
        target,
        _archive({p.relative_to(folder.root).as_posix(): text for p, text in contents.items()}),
    )
    return len(records_by_path)


@contextmanager
def opened(path: Path, benchmarks: Sequence[str] | None = None) -> Iterator[Path]:
    """The folder of runs at `path`, unpacked into a temporary folder where it is a packed one.

    Of `benchmarks` alone where they are named. Raises PackError for a file that is no packed
    folder.
    """
    if not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="kerasfolio-") as place:
        try:
            with tarfile.open(path, "r:xz") as archive:
                wanted = [m for m in archive if m.isreg() and _of(m.name, benchmarks)]
                archive.extractall(place, members=wanted, filter="data")
        except (tarfile.TarError, lzma.LZMAError, EOFError, OSError) as error:
            raise PackError(
                f"expected a folder of runs, or one packed by `python -m portfolio pack`; {path} "
                f"cannot be unpacked ({error})"
            ) from error
        yield Path(place)


def _of(name: str, benchmarks: Sequence[str] | None) -> bool:
    return benchmarks is None or any(name.startswith(f"records/{b}/") for b in benchmarks)


def _others(runs: Path) -> Iterator[Path]:
    for name in WHOLE:
        yield from (path for path in sorted((runs / name).rglob("*.json*")) if path.is_file())
    yield from sorted(runs.glob("records/*/*/*/failed.json"))
    if (runs / "skipped.json").is_file():
        yield runs / "skipped.json"


def _copy_for_others(path: Path, root: Path, hidden: Collection[str]) -> bytes:
    """The content of a file of JSON, or of lines of it, for others.

    Of benchmarks in `hidden` exhibits are without single rows.
    """
    content = path.read_bytes()
    try:
        if path.suffix == ".jsonl":
            values = [json.loads(line) for line in content.splitlines()]
        else:
            values = [json.loads(content)]
    except ValueError:  # damaged, yet packed with the others
        return for_others(content.decode(errors="replace")).encode()
    parts = path.relative_to(root).parts
    if parts[0] == "exhibits" and "/".join(parts[1:-1]) in hidden:
        values = [without_rows(value) for value in values if isinstance(value, dict)]
        content = b""
    kept = values_for_others(values)
    if content and kept == values:
        return content
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in kept)


def _small(record: Record) -> bytes:
    curves = {
        name: [float(f"{value:.4g}") for value in curve]
        for name, curve in record["history"].items()
    }
    text = json.dumps(
        values_for_others({**record, "history": curves}),
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )
    return text.encode() + b"\n"


def _archive(files: Mapping[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)  # no owner, no time: the same folder, the same bytes
            member.size = len(files[name])
            archive.addfile(member, io.BytesIO(files[name]))
    return lzma.compress(plain.getvalue(), preset=9)
