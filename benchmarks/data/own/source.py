"""Sources that only their owner has: kept in the data folder, imported and never fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.data.core.loading import obtain
from benchmarks.data.core.source import Copy, File, Source, Store, Unavailable
from benchmarks.dataset import Dataset


def own_copy(
    name: str, files: Mapping[str, str], read: Callable[[Mapping[str, Path]], Dataset]
) -> Copy:
    """The form in which a file of one's own, and those beside it, lie in the data folder."""
    folder = f"own/{files[name][:8]}"
    kept = tuple(File(one, f"{folder}/{one}", sha256=sha) for one, sha in files.items())
    return Copy(f"the owner's {name}", kept, read)


def own_source(
    copy: Copy,
    *,
    rows: int,
    features: int | tuple[int, ...],
    title: str,
    licence: str,
    values: Mapping[str, Any],
) -> Source:
    """A source that only its owner has: it is imported, never fetched."""
    names = " and ".join(file.name for file in copy.files)

    def fetch(store: Store) -> None:
        raise Unavailable(f"{names} is not in the data folder {store.folder}")

    return Source(
        title=title,
        url="",
        licence=licence,
        citation="",
        rows=rows,
        features=features,
        obtain=obtain(
            (copy,), fetch, f"`make data FROM=DIR` with the folder DIR that holds {names}"
        ),
        values={"own": {file.name: file.sha256 for file in copy.files}, **values},
        copies=(copy,),
    )
