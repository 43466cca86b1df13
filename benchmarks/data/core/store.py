"""Files in the data folder: written whole or not at all, verified at every read.

Beside every file lies its receipt (`<name>.receipt.json`): sha256, size, where it came from and
when. Where a publisher states a hash, that hash decides; elsewhere the receipt does.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.data.core.locks import hold
from benchmarks.data.core.source import Copy, Corrupt, File, Store
from benchmarks.dataset import Deviation

DOWNLOADED = "downloaded"
LOCAL = "local copy"
"""Origin of a file that a user brought instead of a client."""


@dataclass(frozen=True)
class Kept:
    """A verified file of the data folder."""

    path: Path
    sha256: str
    origin: str
    official: bool
    deviation: Deviation | None = None


class Broken(Corrupt):
    """A kept file that is not what it was when it was stored."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(reason)
        self.path = path


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def identify(file: File, path: Path) -> tuple[str, bool, Deviation | None]:
    """A file's sha256, whether it is the publisher's, and how its data is known to differ.

    Raises Corrupt when a hash is published and this is neither that copy nor a known other one.
    """
    sha = digest(path)
    if sha == file.sha256 or (file.md5 and digest(path, "md5") == file.md5):
        return sha, True, None
    if sha in file.variants:
        return sha, False, file.variants[sha]
    if file.published:
        expected = f"sha256 {file.sha256}" if file.sha256 else f"md5 {file.md5}"
        received = "a web page" if is_page(path) else "a file"
        raise Corrupt(
            f"expected {file.name} with {expected}, received {received} with sha256 {sha}"
        )
    return sha, False, None


def is_page(path: Path) -> bool:
    """Whether a file is HTML: what servers send in place of a file that is not to be had."""
    with path.open("rb") as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))


def is_complete(copy: Copy, store: Store) -> bool:
    """Whether all files of a copy are there; their content is not checked."""
    return all((store.folder / file.keep).is_file() for file in copy.files)


def verify(copy: Copy, store: Store) -> dict[str, Kept]:
    """All files of a copy by official name, verified. Raises Broken for the first bad one."""
    kept = {}
    for file in copy.files:
        path = store.folder / file.keep
        try:
            sha, official, deviation = identify(file, path)
        except Corrupt as error:
            raise Broken(f"the kept file {path} is damaged: {error.reason}", path) from None
        receipt = read_receipt(path)
        if not file.published:
            if receipt.get("sha256") != sha:
                raise Broken(
                    f"the kept file {path} is damaged: expected sha256 "
                    f"{receipt.get('sha256', 'in a receipt beside it')}, received {sha}",
                    path,
                )
            official = bool(receipt.get("official"))
        kept[file.name] = Kept(path, sha, receipt.get("origin", LOCAL), official, deviation)
    return kept


def read_receipt(path: Path) -> dict[str, Any]:
    """What was noted when a file was stored; empty when there is no readable receipt."""
    try:
        content = json.loads(receipt_of(path).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def receipt_of(path: Path) -> Path:
    """The path of a kept file's receipt."""
    return path.with_name(path.name + ".receipt.json")


def keep(copy: Copy, paths: Mapping[str, Path], store: Store, origin: str, official: bool) -> None:
    """Move or copy a copy's files into the data folder, receipts first.

    `official` is what holds for files without a published hash. A receipt without its file is
    harmless, a file without its receipt would be taken for damaged: hence the order.
    """
    for file in copy.files:
        target = store.folder / file.keep
        sha, published, _ = identify(file, paths[file.name])
        receipt = {
            "name": file.name,
            "sha256": sha,
            "bytes": paths[file.name].stat().st_size,
            "origin": origin,
            "official": published if file.published else official,
            "kept_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with atomic(receipt_of(target)) as part:
            part.write_text(json.dumps(receipt, indent=1) + "\n", encoding="utf-8")
        if paths[file.name] != target:
            with atomic(target) as part:
                shutil.copyfile(paths[file.name], part)


@contextmanager
def atomic(target: Path) -> Iterator[Path]:
    """A path to write to that becomes `target` when the block ends well, and vanishes if not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def workspace(store: Store) -> Iterator[Path]:
    """A folder for half-finished files, on the data folder's own disk; gone afterwards."""
    store.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.folder, prefix=".work-") as name:
        yield Path(name)


@contextmanager
def locked(copies: tuple[Copy, ...], store: Store) -> Iterator[None]:
    """Keep other processes off these copies; waits as long as the other one lives.

    There is no timeout on purpose: the holder has its own, and a dead holder's lock is released
    by the operating system.
    """
    name = Path(copies[0].files[0].keep).parent.as_posix().replace("/", "-")
    path = store.folder / ".locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with hold(path, store.report, f"{copies[0].name} is being fetched by another run"):
        yield


def set_aside(path: Path) -> Path:
    """Move a damaged file out of the way, replacing an earlier one."""
    target = path.with_name(path.name + ".damaged")
    path.replace(target)
    receipt_of(path).unlink(missing_ok=True)
    return target
