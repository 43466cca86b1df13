"""Bringing official files that are already on disk into the data folder.

Files are recognised by their official name and hash anywhere below a folder, loose, in a `.zip`,
or in CIFAR's own archives; files without a published hash by what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from benchmarks.data.core.archives import unpack
from benchmarks.data.core.loading import admit
from benchmarks.data.core.source import (
    Copy,
    Corrupt,
    DataError,
    File,
    Source,
    Store,
    Unavailable,
)
from benchmarks.data.core.store import (
    LOCAL,
    Broken,
    Kept,
    digest,
    is_complete,
    locked,
    verify,
    workspace,
)

TARS = {
    "cifar-10-python.tar.gz": "data_batch_1",
    "cifar-10-batches-py-target_archive": "data_batch_1",
    "cifar-100-python.tar.gz": "meta",
    "cifar-100-python-target_archive": "meta",
    "data.tar.gz": "conxuntos_kfold.dat",
    "partitions_and_values.tar.xz": "conxuntos_kfold.dat",
}
"""Tarballs by their official names, with a file in them, since opening every tarball below a folder
could take hours: they are opened where such a file is wanted."""
MOST_ENTRIES = 500_000
"""Files looked at before giving up: `FROM=/` is a mistake."""


@dataclass(frozen=True)
class Imported:
    """What became of one recognised file or set of files."""

    source: str
    """Name the source goes by, or of the file where it belongs to none."""
    status: Literal["imported", "already there", "refused"]
    what: str
    """The copy and the folder it was found in, or the reason."""

    def __str__(self) -> str:
        return f"{self.source}: {self.status}: {self.what}"


@dataclass
class Found:
    """Candidates by folder: where a file has siblings, they must lie beside it."""

    source: str
    copy: Copy
    folders: dict[str, dict[str, Path]] = field(default_factory=dict)


def import_folder(folder: Path, store: Store, sources: Mapping[str, Source]) -> list[Imported]:
    """Copy every official file below `folder` that a source wants into the data folder.

    One bad file never stops the others. Symbolic links are not followed.
    Raises Unavailable when `folder` or the data folder cannot be used at all.
    """
    if not folder.is_dir():
        raise Unavailable(f"{folder} is not a folder", "give an existing one: make data FROM=DIR")
    lines: list[Imported] = []
    try:
        with workspace(store) as work:
            for found in look(folder.resolve(), work, sources, lines):
                lines += accept(found, sources[found.source], store)
    except OSError as error:
        raise Unavailable(
            f"the data folder {store.folder} cannot be used ({error})",
            "free some space, or set KERASFOLIO_DATA to a folder that can be written to",
        ) from error
    return lines


def look(
    folder: Path, work: Path, sources: Mapping[str, Source], lines: list[Imported]
) -> list[Found]:
    """Everything below a folder whose name is wanted, grouped by the copy it belongs to."""
    found = [Found(name, copy) for name, source in sources.items() for copy in source.copies]
    wanted: dict[str, list[tuple[Found, File]]] = {}
    for group in found:
        for file in group.copy.files:
            wanted.setdefault(PurePosixPath(file.name).name, []).append((group, file))

    def note(place: PurePosixPath, path: Path) -> None:
        for group, file in wanted.get(place.name, ()):
            tail = PurePosixPath(file.name).parts
            if place.parts[-len(tail) :] == tail:
                root = PurePosixPath(*place.parts[: -len(tail)]).as_posix()
                group.folders.setdefault(root, {})[file.name] = path

    for number, path in enumerate(walk(folder)):
        if number >= MOST_ENTRIES:
            lines.append(Imported(str(folder), "refused", f"more than {MOST_ENTRIES} files below"))
            break
        note(PurePosixPath(path.as_posix()), path)
        if path.suffix.lower() == ".zip" or TARS.get(path.name) in wanted:
            inside = work / str(number)
            inside.mkdir()
            try:
                taken = unpack(path, lambda name: PurePosixPath(name).name in wanted, inside)
            except (DataError, OSError) as error:
                lines.append(Imported(path.name, "refused", str(error)))
                continue
            for member, extracted in taken.items():
                note(PurePosixPath(path.as_posix()) / member, extracted)
    return [group for group in found if group.folders]


def walk(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, in order, without following links."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(here, name)
            if path.is_file() and not path.is_symlink():
                yield path


def accept(found: Found, source: Source, store: Store) -> list[Imported]:
    """Keep the first whole candidate, or say why none was."""
    copy, refused = found.copy, []
    for root, paths in sorted(found.folders.items()):
        missing = [file.name for file in copy.files if file.name not in paths]
        if missing:
            reason = f"{', '.join(paths)} in {root} came without {', '.join(missing)}"
            refused.append(Imported(found.source, "refused", reason))
            continue
        try:
            with locked(source.copies, store):
                before = present(copy, store)
                if before and no_better(paths, before):
                    return [Imported(found.source, "already there", copy.name)]
                admit(copy, paths, source.shape, store, LOCAL, source.digest)
                kept = verify(copy, store).values()
        except (Corrupt, PermissionError) as error:
            refused.append(Imported(found.source, "refused", f"{error} ({root})"))
            continue
        remark = "the official files"
        if not all(file.official for file in kept):
            remark = "not known to be " + remark
        remark = "; ".join([remark, *(file.deviation.what for file in kept if file.deviation)])
        return [Imported(found.source, "imported", f"{copy.name} from {root}, {remark}")]
    return refused


def present(copy: Copy, store: Store) -> dict[str, Kept] | None:
    """What is kept of a copy already, if it is whole."""
    with suppress(Broken):
        return verify(copy, store) if is_complete(copy, store) else None
    return None


def no_better(paths: Mapping[str, Path], kept: Mapping[str, Kept]) -> bool:
    """Whether what is kept is the official copy, or the same as what was found."""
    return all(file.official for file in kept.values()) or all(
        digest(paths[name]) == file.sha256 for name, file in kept.items()
    )
