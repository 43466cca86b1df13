"""One published file with its hash, fetched by pooch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.data.core.archives import members
from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, workspace
from benchmarks.dataset import Dataset


def official_file(
    name: str,
    url: str,
    sha256: str,
    read: Callable[[Path], Dataset],
    *,
    title: str,
    page: str,
    licence: str,
    citation: str,
    rows: int,
    features: int | tuple[int, ...],
    publisher: str = "UCI",
    digest: str = "",
) -> Source:
    """A data set that is one published file.

    `url` is the file, or an archive with a member called `name`; `sha256` is the file's in
    either case. `page` is what a reader opens, `publisher` names the copy in the record.
    """
    file = File(name, keep=f"files/{sha256[:8]}/{name}", sha256=sha256)
    copy = Copy(f"{publisher}'s {name}", (file,), lambda paths: read(paths[name]))
    shape = (rows, features) if isinstance(features, int) else (rows, *features)

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            received = download(url, folder, store, sha256)
            if received.suffix == ".zip" and not name.endswith(".zip"):
                paths = members(received, (name,), folder)
            else:
                paths = {name: received}
            admit(copy, paths, shape, store, origin=DOWNLOADED)

    return Source(
        title=title,
        url=page,
        licence=licence,
        citation=citation,
        rows=rows,
        features=features,
        obtain=obtain((copy,), fetch, remedy_for(name)),
        hosts=(host_of(url),),
        values={"file": name, "sha256": sha256, "digest": digest},
        copies=(copy,),
        digest=digest,
    )
