"""Extracting single files from archives that may be damaged or hostile."""

from __future__ import annotations

import errno
import lzma
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from benchmarks.data.core.source import Corrupt

LARGEST_MEMBER = 1 << 30
"""Bytes; a member that announces more is refused, and one that holds more than it announces."""
LARGEST_TOTAL = 1 << 31
"""Bytes taken from one archive, or passed over on the way where it has to be read in order."""
USUAL_TOTAL, MOST_EXPANSION = 1 << 26, 200
"""Bytes any archive may hold, and how many times its own size beyond: tables and images shrink
to a tenth or a thirtieth, an archive made to fill a disk to a thousandth."""
MOST_MEMBERS = 100_000


def unpack(archive: Path, wanted: Callable[[str], bool], folder: Path) -> dict[str, Path]:
    """Take the wanted members of a zip or tar archive, by name, into numbered files of `folder`.

    Raises Corrupt for a damaged or locked archive, a member that leads out of the archive
    (absolute or with `..`), or an absurd size.
    """
    taken: dict[str, Path] = {}
    room = min(LARGEST_TOTAL, max(USUAL_TOTAL, MOST_EXPANSION * archive.stat().st_size))
    opened = _zip if zipfile.is_zipfile(archive) else _tar
    try:
        for number, (name, size, content) in enumerate(opened(archive)):
            path = PurePosixPath(name.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or path.parts[:1] == ("~",):
                shown = f"its member {name[:200]!r} leads out of it"
                raise Corrupt(f"{archive.name} was refused: {shown}")
            if number >= MOST_MEMBERS:
                raise Corrupt(f"{archive.name} was refused: more than {MOST_MEMBERS} members")
            take = wanted(path.as_posix())
            room -= size if take or opened is _tar else 0  # a tarball is unpacked in passing
            if room < 0 or (take and size > LARGEST_MEMBER):
                raise Corrupt(
                    f"{archive.name} was refused: its {archive.stat().st_size} bytes would become "
                    f"more than is credible, {name[:200]!r} alone {size}"
                )
            if not take:
                continue
            taken[path.as_posix()] = folder / str(number)
            with content() as source, taken[path.as_posix()].open("wb") as target:
                _copy(source, target, size)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        ValueError,  # an invalid header
        struct.error,
    ) as error:
        raise Corrupt(f"{archive.name} is not a whole archive ({error})") from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # a fault of the disk, not of the archive
            raise
        raise Corrupt(f"{archive.name} is not a whole archive ({error})") from error
    except (
        RuntimeError,
        NotImplementedError,
    ) as error:  # zipfile: password, unknown method
        raise Corrupt(f"{archive.name} cannot be opened ({error})") from error
    return taken


def members(archive: Path, names: tuple[str, ...], folder: Path) -> dict[str, Path]:
    """Files of an archive by their bare names. Raises Corrupt when one is missing."""
    extracted = unpack(archive, lambda member: PurePosixPath(member).name in names, folder)
    paths = {PurePosixPath(member).name: path for member, path in extracted.items()}
    missing = [name for name in names if name not in paths]
    if missing:
        raise Corrupt(f"expected {' and '.join(missing)} in {archive.name}, found no such member")
    return paths


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy a member; raise EOFError where its size is not the announced one."""
    shutil.copyfileobj(source, target)
    if target.tell() != size:
        raise EOFError(f"expected {size} bytes, received {target.tell()}")


def _zip(archive: Path) -> Iterator[tuple[str, int, Callable[[], IO[bytes]]]]:
    with zipfile.ZipFile(archive) as content:
        for info in content.infolist():
            if not info.is_dir():
                yield info.filename, info.file_size, partial(content.open, info)


def _member(content: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = content.extractfile(info)
    assert file is not None, "tarfile gives None only for what is no regular file"
    return file


def _tar(archive: Path) -> Iterator[tuple[str, int, Callable[[], IO[bytes]]]]:
    with tarfile.open(archive) as content:
        for info in content:
            if info.isfile():
                yield info.name, info.size, partial(_member, content, info)
