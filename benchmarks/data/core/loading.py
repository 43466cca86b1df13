"""From a source to checked arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.data.core.network import probe_all
from benchmarks.data.core.source import Copy, Corrupt, DataError, Source, Store, Unavailable
from benchmarks.data.core.store import (
    LOCAL,
    Broken,
    Kept,
    is_complete,
    keep,
    locked,
    set_aside,
    verify,
)
from benchmarks.dataset import Dataset, Loaded
from benchmarks.texts import beside_numbers, holds_texts
from benchmarks.windows import overlapping, spanned

Fetch = Callable[[Store], None]
"""Fill the data folder from the network; raises DataError."""


def load(source: Source, store: Store) -> Loaded:
    """Obtain a data set and check it against its definition.

    Raises Unavailable when it cannot be had, Corrupt when it is not what was declared.
    """
    loaded = source.obtain(store)
    dataset = loaded.dataset
    problem = mismatch(dataset, source.shape)
    if problem:
        raise Corrupt(
            f"{loaded.copy} is not as declared: {problem}",
            "correct the definition, or `make data FROM=DIR` with the publisher's files below DIR",
        )
    if source.digest:
        official = dataset.digest == source.digest
        if not official:
            store.report(f"{loaded.copy}: its values are not those of the published files")
        loaded = replace(loaded, official=official)
    return loaded


def load_all(sources: Mapping[str, Source], store: Store) -> dict[str, Loaded | DataError]:
    """Load every source, in order; what cannot be loaded is there as its error.

    The hosts still needed are probed first and together, so that an unreachable network costs
    one connection timeout and not one for each data set.
    """
    missing = [
        s for s in sources.values() if not any(is_complete(copy, store) for copy in s.copies)
    ]
    if not store.offline:
        probe_all({host for source in missing for host in source.hosts}, store)
    results: dict[str, Loaded | DataError] = {}
    for name, source in sources.items():
        try:
            results[name] = load(source, store)
        except DataError as error:
            results[name] = error
    return results


def at_hand(source: Source, store: Store) -> bool:
    """Whether a data set can be read without the network; its content is not checked."""
    return not source.copies or any(is_complete(copy, store) for copy in source.copies)


def mismatch(dataset: Dataset, shape: tuple[int, ...]) -> str | None:
    """Say how arrays differ from what a definition declares, or None."""
    x, y, classes = dataset.x, dataset.y, len(dataset.class_names)
    if x.shape != shape:
        return f"expected x of shape {shape}, received {x.shape}"
    # Steps ahead: windows of one file's series, or of several series one below the other.
    several = y.ndim == 3 and (overlapping(y) or dataset.facts.get("horizon") == y.shape[1])
    several = several and not classes
    if len(y) != len(x) or (y.ndim != 1 and not several):
        return f"expected {len(x)} targets, received an array of shape {y.shape}"
    if holds_texts(x):
        if not all(isinstance(text, str) for text in x):
            return "expected a text in every row of x, received something else"
    elif beside_numbers(x):
        x = x[:, [not isinstance(cell, str) for cell in x[0]]].astype(np.float64)
        if np.isinf(x).any():
            return "expected finite numbers in x, received infinite ones"
    elif x.dtype not in (np.dtype("float64"), np.dtype("uint8")):
        return f"expected x as float64 or uint8, received {x.dtype}"
    if x.dtype == np.float64 and not (finite := np.isfinite(spanned(x))).all():
        if np.isinf(spanned(x)).any():
            return "expected finite numbers in x, received infinite ones"
        if not dataset.gaps:
            return f"expected numbers everywhere in x, {int((~finite).sum())} are missing"
    if not classes and not (y.dtype == np.float64 and np.isfinite(spanned(y)).all()):
        return "expected a finite float64 target in every row"
    if classes and (y.dtype != np.int64 or set(np.unique(y)) != set(range(classes))):
        return f"expected every class from 0 to {classes - 1}, received {np.unique(y).tolist()}"
    if dataset.train_rows is not None and not 0 < dataset.train_rows < len(x):
        return f"expected train_rows between 1 and {len(x) - 1}, received {dataset.train_rows}"
    return None


def obtain(
    copies: tuple[Copy, ...],
    fetch: Fetch,
    remedy: Remedy | str,
    bundled: Callable[[], Loaded] | None = None,
) -> Callable[[Store], Loaded]:
    """How the sources with files get their data: kept copy, else client, else a library's copy."""

    def run(store: Store) -> Loaded:
        if bundled and store.offline and not any(is_complete(copy, store) for copy in copies):
            # Offline with nothing stored: the data folder may not even exist.
            store.report(f"{copies[0].name}: working offline; using the copy a library carries")
            return bundled()
        try:
            return load_or_fetch(copies, fetch, store)
        except OSError as error:
            problem: DataError = Unavailable(
                f"the data folder {store.folder} cannot be used ({error})",
                "free some space, or set KERASFOLIO_DATA to a folder that can be written to",
            )
        except DataError as error:
            problem = error
            if not problem.remedy:
                known = remedy if isinstance(remedy, Remedy) else Remedy(remedy, "")
                problem.remedy, problem.short = known
        if bundled is None:
            raise problem
        store.report(f"{copies[0].name}: {problem.reason}; using the copy a library carries")
        return bundled()

    return run


class Remedy(NamedTuple):
    """What can be done about data that is missing."""

    text: str
    short: str
    """The same in a few words."""


def remedy_for(names: str) -> Remedy:
    """What can be done about files of these names that cannot be fetched."""
    text = f"connect to the network and run `make data`, or put {names} anywhere below a folder "
    return Remedy(
        f"{text}DIR and run `make data FROM=DIR`",
        "connect to the network, or `make data FROM=DIR` (`make doctor` says more)",
    )


def load_or_fetch(copies: tuple[Copy, ...], fetch: Fetch, store: Store) -> Loaded:
    """Read the first whole copy; where there is none, fetch under the lock and read that."""
    try:
        complete = first_complete(copies, store)
    except Broken:
        complete = None
    if complete:
        return read(*complete)
    damage = ""
    with locked(copies, store):
        while True:
            try:
                complete = first_complete(copies, store)
                break
            except Broken as error:
                damage = f"{error.reason}, and was moved to {set_aside(error.path).name}; "
                store.report(damage + "looking for another")
        if not complete:
            try:
                fetch(store)
            except DataError as error:
                kind = Unavailable if isinstance(error, Unavailable) else Corrupt
                raise kind(damage + error.reason, error.remedy) from error
            complete = first_complete(copies, store)
    if not complete:
        raise Unavailable(f"{damage}the client left no usable files for {copies[0].name}")
    return read(*complete)


def first_complete(copies: tuple[Copy, ...], store: Store) -> tuple[Copy, dict[str, Kept]] | None:
    """The first copy whose files are all there, verified. Raises Broken."""
    for copy in copies:
        if is_complete(copy, store):
            return copy, verify(copy, store)
    return None


def read(copy: Copy, kept: Mapping[str, Kept]) -> Loaded:
    """Read verified files. Raises Corrupt when their reader cannot make sense of them."""
    dataset = read_copy(copy, {name: file.path for name, file in kept.items()})
    origins = {file.origin for file in kept.values()}
    return Loaded(
        dataset=dataset,
        copy=f"{copy.name}, {LOCAL if LOCAL in origins else min(origins)}",
        files={name: file.sha256 for name, file in kept.items()},
        official=all(file.official for file in kept.values()),
        deviations=tuple(file.deviation for file in kept.values() if file.deviation),
    )


def admit(
    copy: Copy,
    paths: Mapping[str, Path],
    shape: tuple[int, ...],
    store: Store,
    origin: str,
    digest: str | None = None,
) -> None:
    """Check files just received, by hash or else by what is in them, and keep them.

    Files without a published hash count as the publisher's when their values have `digest`
    (`Source.digest`), or, with None, because they come from the publisher directly.
    """
    official = digest is None
    if not all(file.published for file in copy.files):
        dataset = read_copy(copy, paths)
        problem = mismatch(dataset, shape)
        if problem:
            raise Corrupt(f"{copy.name} is not as declared: {problem}")
        official = digest is None or dataset.digest == digest
    keep(copy, paths, store, origin, official)


def read_copy(copy: Copy, paths: Mapping[str, Path]) -> Dataset:
    """Call a copy's reader; any exception is raised as Corrupt, with its cause."""
    try:
        return copy.read(paths)
    except DataError:
        raise
    except Exception as error:
        raise Corrupt(f"{copy.name} cannot be read ({type(error).__name__}: {error})") from error
