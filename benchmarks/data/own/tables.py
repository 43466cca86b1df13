"""Tables of one's own: a file of the data folder, its columns, and how they become numbers.

Nothing is fitted here. Numbers keep their gaps (NaN), categories become codes; filling, scaling
and encoding are the entries' business, on training rows (`benchmarks.entries.prepared`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.core.loading import obtain
from benchmarks.data.core.source import Copy, Corrupt, File, Source, Store, Unavailable
from benchmarks.data.own.encoding import PARTS, coded
from benchmarks.data.own.frames import (
    Frame,
    as_dates,
    as_numbers,
    as_text,
    is_missing,
    read_frame,
    shortened,
)
from benchmarks.data.uci import uci
from benchmarks.dataset import Dataset

if TYPE_CHECKING:
    from pandas import DataFrame, Series


@dataclass(frozen=True)
class Columns:
    """What the columns of a table hold. Those named nowhere are left out."""

    numbers: Sequence[str] = ()
    categories: Mapping[str, int] = field(default_factory=dict)
    """Name to the number of different values, gaps not counted."""
    dates: Sequence[str] = ()

    @property
    def numeric(self) -> tuple[str, ...]:
        """Names of the features that are numbers; they come before the categories."""
        parts = [f"{name}: {part}" for name in self.dates for part in PARTS]
        return (*self.numbers, *parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of every feature, in order."""
        return (*self.numeric, *self.categories)


def own_table(
    name: str,
    sha256: str,
    columns: Columns,
    *,
    target: str,
    rows: int,
    classes: Sequence[str] = (),
    groups: str = "",
    beside: Mapping[str, str] | None = None,
    separator: str = "",
    encoding: str = "",
    title: str = "",
    licence: str = "the owner's",
) -> Source:
    """A CSV or Parquet file of one's own, as `make new` put it into the data folder.

    `sha256` tells when the file has become another one. With `classes`, in the order of their
    numbers, it is a classification; of two, the second is the one that scores such as F1 count.
    Rows without a target are left out; `rows` counts the others. `groups` names a column whose
    rows belong together, for splitters that keep them so. `beside` are files kept with it,
    name to sha256: the test rows and sample submission of a competition.
    """
    files = {name: sha256, **(beside or {})}

    def read(paths: Mapping[str, Path]) -> Dataset:
        frame = read_frame(paths[name], separator=separator, encoding=encoding)
        return dataset(frame, columns, target, classes, groups)

    return own_source(
        own_copy(name, files, read),
        rows=rows,
        features=len(columns.names),
        title=title or name,
        licence=licence,
        values={"separator": separator, "encoding": encoding, **_said(columns, target)},
    )


def own_copy(
    name: str, files: Mapping[str, str], read: Callable[[Mapping[str, Path]], Dataset]
) -> Copy:
    """The form in which a file of one's own, and those beside it, lie in the data folder."""
    folder = f"own/{files[name][:8]}"
    kept = tuple(File(one, f"{folder}/{one}", sha256=sha) for one, sha in files.items())
    return Copy(f"your {name}", kept, read)


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


def own_uci(
    id: int,
    columns: Columns,
    *,
    target: str,
    rows: int,
    title: str,
    licence: str,
    citation: str = "",
    classes: Sequence[str] = (),
    digest: str = "",
) -> Source:
    """Data set `id` of the UCI repository, its columns named as for a table of one's own."""

    def read(features: DataFrame, targets: DataFrame) -> Dataset:
        return dataset(uci_frame(id, features, targets), columns, target, classes)

    source = uci(
        id,
        read,
        title=title,
        url=f"https://archive.ics.uci.edu/dataset/{id}",
        licence=licence,
        citation=citation,
        rows=rows,
        features=len(columns.names),
        digest=digest,
    )
    return replace(source, values={**source.values, "own": id, **_said(columns, target)})


def uci_frame(id: int, features: DataFrame, targets: DataFrame) -> Frame:
    """Features and targets of a data set of the UCI repository as one table of text."""
    table = as_text(features.assign(**{name: targets[name] for name in targets.columns}))
    table.columns = [str(name) for name in table.columns]
    return Frame(table, f"UCI's data set {id}", separator="")


def _said(columns: Columns, target: str) -> dict[str, Any]:
    """Columns as JSON, for whoever reads new rows."""
    kinds = {"numbers": list(columns.numbers), "categories": dict(columns.categories)}
    return {"columns": {**kinds, "dates": list(columns.dates)}, "target": target}


def dataset(
    frame: Frame, columns: Columns, target: str, classes: Sequence[str] = (), groups: str = ""
) -> Dataset:
    """Arrays of a table: (n, features) float64, and targets; rows without a target are left out.

    Raises Corrupt for a column that is not there, a cell of a number or date column that is
    none, and a target that is no number or no class, by its line.
    """
    wanted = [*columns.numbers, *columns.dates, *columns.categories, target]
    check_columns(frame, [*wanted, *([groups] if groups else [])])
    known = ~is_missing(frame.table[target]).to_numpy()
    if not known.any():
        raise Corrupt(f"column {target!r} of {frame.name}, the target, has no value in any row")
    y = labels(frame, target, classes, known) if classes else as_numbers(frame, target)[known]
    words = {name: tuple(sorted(set(_words(frame, name)) - {""})) for name in columns.categories}
    for name, count in columns.categories.items():
        if len(words[name]) != count:
            raise Corrupt(
                f"expected {count} different values in column {name!r} of {frame.name}, found "
                f"{len(words[name])}"
            )
    return Dataset(
        x=np.ascontiguousarray(features(frame, columns, words)[known]),
        y=y,
        feature_names=columns.names,
        class_names=tuple(classes),
        words=words,
        gaps=True,
        groups=np.unique(frame.table[groups], return_inverse=True)[1][known] if groups else None,
    )


def features(frame: Frame, columns: Columns, words: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Rows of a table as (n, features) float64 (`coded`): numbers, parts of dates, codes.

    Raises Corrupt as `dataset`.
    """
    return coded(typed(frame, columns), described(columns, words))


def described(columns: Columns, words: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The features of a table as plain JSON, as `coded` takes them."""
    return [
        *({"name": name, "kind": "number"} for name in columns.numbers),
        *({"name": name, "kind": "date"} for name in columns.dates),
        *({"name": n, "kind": "category", "words": list(words[n])} for n in columns.categories),
    ]


def typed(frame: Frame, columns: Columns) -> DataFrame:
    """The columns of a table as numbers, dates and words ("" where missing). Raises Corrupt."""
    import pandas as pd

    check_columns(frame, [*columns.numbers, *columns.dates, *columns.categories])
    return pd.DataFrame(
        {name: as_numbers(frame, name) for name in columns.numbers}
        | {name: as_dates(frame, name) for name in columns.dates}
        | {name: _words(frame, name) for name in columns.categories}
    )


def unseen(
    frame: Frame, columns: Columns, words: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Values of the category columns that `words` does not have, by column."""
    found = {
        name: sorted(set(_words(frame, name)) - set(words[name]) - {""})
        for name in columns.categories
    }
    return {name: values for name, values in found.items() if values}


def check_columns(frame: Frame, names: Sequence[str]) -> None:
    """Raise Corrupt for the columns a table lacks, with what it has."""
    missing = [name for name in names if name not in frame.table.columns]
    if missing:
        has = ", ".join(shortened(name) for name in list(frame.table.columns)[:20])
        lacks = ", ".join(shortened(name) for name in missing[:20])
        raise Corrupt(
            f"expected the column{'s' * (len(missing) > 1)} {lacks} in {frame.name}; it has {has}"
        )


def labels(frame: Frame, target: str, classes: Sequence[str], known: np.ndarray) -> np.ndarray:
    """Place of every known target among the classes, int64. Raises Corrupt for any other."""
    cells = frame.table[target]
    places = {word: place for place, word in enumerate(classes)}
    found = cells.map(places)
    bad = np.flatnonzero(found.isna().to_numpy() & known)
    if len(bad):
        shown = ", ".join(shortened(word) for word in classes[:12])
        raise Corrupt(
            f"expected one of {shown} in column {target!r} of {frame.name}, received "
            f"{shortened(cells.iloc[int(bad[0])])} in {frame.where(int(bad[0]))}"
        )
    return found[known].to_numpy(np.int64)


def _words(frame: Frame, name: str) -> Series:
    """A column of categories, "" where the value is missing."""
    cells = frame.table[name]
    return cells.mask(is_missing(cells), "")
