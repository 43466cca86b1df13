"""UCI data sets whose protocol is their own training and test rows, in the published order.

Nobody promises that UCI's API serves those rows in that order, and rows in another order are
another split. So the original files come first, and any other copy has to hold the same values,
row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.data.core.archives import members
from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, Corrupt, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, workspace
from benchmarks.dataset import Dataset


def split_files(
    api: Source,
    url: str,
    files: Mapping[str, str],
    read: Callable[[Sequence[Path]], Dataset],
) -> Source:
    """The data set `api` describes (made by `uci`), from the original files it was published in.

    `url` is UCI's archive, `files` its members' names to sha256 in the order of their rows, and
    `read` gets their paths in that order. The copies of `api` are accepted where a user brings
    them; they raise Corrupt unless their values have `api.digest`.
    """
    names = tuple(files)
    own = Copy(
        f"UCI's {' and '.join(names)}",
        tuple(File(n, f"uci/{api.values['uci']}/{n}", sha256=files[n]) for n in names),
        lambda paths: read([paths[name] for name in names]),
    )
    others = tuple(
        replace(copy, read=in_order(copy.read, api.digest, own.name)) for copy in api.copies
    )
    copies = (own, *others)

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            paths = members(download(url, folder, store), names, folder)
            admit(own, paths, api.shape, store, origin=DOWNLOADED)

    return replace(
        api,
        obtain=obtain(copies, fetch, remedy_for(" and ".join(names))),
        hosts=(host_of(url),),
        values={**api.values, "files": dict(files)},
        copies=copies,
    )


def in_order(
    read: Callable[[Mapping[str, Path]], Dataset], digest: str, files: str
) -> Callable[[Mapping[str, Path]], Dataset]:
    """`read`, refusing values or a row order other than those of the original files."""

    def read_in_order(paths: Mapping[str, Path]) -> Dataset:
        found = read(paths)
        if found.digest != digest:
            raise Corrupt(
                f"expected the values of {files} in their order of rows (digest {digest}), "
                f"received digest {found.digest}: the official training and test rows cannot be "
                "told apart",
                f"use {files} instead: connect to the network and run `make data`, or put them "
                "below a folder DIR and run `make data FROM=DIR`",
            )
        return found

    return read_in_order
