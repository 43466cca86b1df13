"""Tables of one's own: a file of the data folder, its columns, and how they become numbers.

Nothing is fitted here. Numbers keep their gaps (NaN), categories become codes; filling, scaling
and encoding are the entries' business, on training rows (`benchmarks.entries.prepared`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.core.source import Corrupt, Source
from benchmarks.data.own.dates import as_dates
from benchmarks.data.own.encoding import PARTS, coded
from benchmarks.data.own.files import as_text
from benchmarks.data.own.frames import (
    Frame,
    as_numbers,
    read_frame,
    shortened,
)
from benchmarks.data.own.reading import DEFINITION_DEFAULTS, Reading
from benchmarks.data.own.source import own_copy, own_source
from benchmarks.data.uci import uci
from benchmarks.dataset import Dataset
from benchmarks.later import later_field

if TYPE_CHECKING:
    from pandas import DataFrame, Series


@dataclass(frozen=True)
class Columns:
    """What the columns of a table hold. Those named nowhere are left out."""

    numbers: Sequence[str] | int = ()
    """Names, or of a wide table how many: all columns that are named nowhere here, nor are the
    target or groups."""
    categories: Mapping[str, int] = field(default_factory=dict)
    """Name to the number of different values, gaps not counted."""
    dates: Sequence[str] = ()
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Columns whose cells hold several words: the sign between them, then the words. Each word
    becomes a number, 1 where it stands in the cell."""
    unused: Sequence[str] = ()
    """Columns left out, to be named where `numbers` is how many."""
    texts: Sequence[str] = later_field(())
    """Columns of free text. Rows are arrays of objects then, the texts behind all other features;
    entries of `benchmarks.entries.text` take them."""

    @property
    def named_numbers(self) -> tuple[str, ...]:
        """Names of the columns of numbers; their places where only their number is known."""
        if isinstance(self.numbers, int):
            return tuple(f"number {place}" for place in range(1, self.numbers + 1))
        return tuple(self.numbers)

    @property
    def numeric(self) -> tuple[str, ...]:
        """Names of the features that are numbers; they come before the categories."""
        parts = [f"{name}: {part}" for name in self.dates for part in PARTS]
        words = [f"{name}: {word}" for name, (_, *known) in self.tags.items() for word in known]
        return (*self.named_numbers, *parts, *words)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of every feature, in order."""
        return (*self.numeric, *self.categories, *self.texts)

    def resolved(self, present: Sequence[str], others: Sequence[str], name: str) -> Columns:
        """The same with its numbers by name, of the columns that are present.

        `others` are the target and groups. Raises Corrupt where there are more or fewer.
        """
        if not isinstance(self.numbers, int):
            return self
        taken = {*self.categories, *self.dates, *self.tags, *self.unused, *self.texts, *others}
        rest = tuple(one for one in present if one not in taken)
        if len(rest) != self.numbers:
            raise Corrupt(
                f"expected {self.numbers:,} columns of numbers in {name} beside those the "
                f"definition names, found {len(rest):,}"
            )
        return replace(self, numbers=rest)


def own_table(
    name: str,
    sha256: str,
    columns: Columns,
    *,
    target: str,
    rows: int,
    classes: Sequence[str] = (),
    groups: str = "",
    order: Sequence[str] = (),
    beside: Mapping[str, str] | None = None,
    title: str = "",
    licence: str = "the owner's",
    **reading: Any,
) -> Source:
    """A table of one's own, of any kind `read_frame` knows, kept in the data folder.

    `sha256` tells when the file has become another one. With `classes`, in the order of their
    numbers, it is a classification; of two, the second is the one that scores such as F1 count.
    Rows without a target are left out; `rows` counts the others. `groups` names a column whose
    rows belong together, for splitters that keep them so. `order` names columns of dates or numbers
    by which rows are sorted. `beside` are files kept with it, name to sha256: the test rows and
    sample submission of a competition. `reading` are fields of `Reading`: how the file is written.
    """
    files = {name: sha256, **(beside or {})}
    choices = {**DEFINITION_DEFAULTS, **reading}
    Reading(**choices)  # a choice of no such name is an error here, not when it is read

    def read(paths: Mapping[str, Path]) -> Dataset:
        frame = read_frame(paths[name], **choices)
        return dataset(frame, columns, target, classes, groups, order)

    return own_source(
        own_copy(name, files, read),
        rows=rows,
        features=len(columns.names),
        title=title or name,
        licence=licence,
        values={"separator": "", "encoding": "", **reading, **_said(columns, target)},
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
    numbers = columns.numbers if isinstance(columns.numbers, int) else list(columns.numbers)
    kinds = {"numbers": numbers, "categories": dict(columns.categories)}
    tags = {name: list(words) for name, words in columns.tags.items()}
    return {
        "columns": {
            **kinds,
            "dates": list(columns.dates),
            **({"tags": tags} if tags else {}),
            **({"texts": list(columns.texts)} if columns.texts else {}),
        },
        "target": target,
    }


def dataset(
    frame: Frame,
    columns: Columns,
    target: str,
    classes: Sequence[str] = (),
    groups: str = "",
    order: Sequence[str] = (),
) -> Dataset:
    """Arrays of a table: (n, features) float64, and targets; rows without a target are left out.

    With columns of text x is an array of objects.

    Raises Corrupt for a column that is not there, a cell of a number or date column that is
    none, and a target that is no number or no class, by its line.
    """
    others = [target, *([groups] if groups else []), *order]
    columns = columns.resolved(list(frame.table.columns), [target, groups], frame.name)
    check_columns(frame, [*columns.named_numbers, *columns.dates, *columns.tags,
                          *columns.categories, *columns.texts, *others])  # fmt: skip
    known = ~frame.missing(target)
    if not known.any():
        raise Corrupt(f"column {target!r} of {frame.name}, the target, has no value in any row")
    y = labels(frame, target, classes, known) if classes else as_numbers(frame, target)[known]
    words = {name: _different(frame, name) for name in columns.categories}
    for name, count in columns.categories.items():
        if len(words[name]) != count:
            raise Corrupt(
                f"expected {count} different values in column {name!r} of {frame.name}, found "
                f"{len(words[name])}"
            )
    x = features(frame, columns, words)
    of_groups = np.unique(frame.table[groups], return_inverse=True)[1][known] if groups else None
    if not known.all():
        x = x[known]
    if order:
        places = in_order(frame, order)[known]
        rows = np.argsort(places, kind="stable")
        x, y = x[rows], y[rows]
        of_groups = of_groups[rows] if of_groups is not None else None
    return Dataset(
        x=np.ascontiguousarray(x),
        y=y,
        feature_names=columns.names,
        class_names=tuple(classes),
        words=words,
        gaps=True,
        groups=of_groups,
    )


def in_order(frame: Frame, columns: Sequence[str]) -> np.ndarray:
    """Place of every row (n,) in the order of columns of dates or numbers, equal rows alike.

    Raises Corrupt where a cell is neither.
    """
    import pandas as pd

    keys = {}
    for name in columns:
        try:
            keys[name] = as_numbers(frame, name)
        except Corrupt:
            keys[name] = as_dates(frame, name).astype(np.int64).astype(np.float64)
    table = pd.DataFrame(keys)
    return table.groupby(list(columns), dropna=False, sort=True).ngroup().to_numpy()


def features(frame: Frame, columns: Columns, words: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Rows of a table as (n, features) float64 (`coded`): numbers, parts of dates, codes.

    With columns of text it is an array of objects. Raises Corrupt as `dataset`.
    """
    return coded(typed_columns(frame, columns), describe_features(columns, words))


def describe_features(columns: Columns, words: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """The features of a table as plain JSON, as `coded` takes them."""
    return [
        *({"name": name, "kind": "number"} for name in columns.named_numbers),
        *({"name": name, "kind": "date"} for name in columns.dates),
        *({"name": n, "kind": "tags", "words": list(one)} for n, one in columns.tags.items()),
        *({"name": n, "kind": "category", "words": list(words[n])} for n in columns.categories),
        *({"name": name, "kind": "text"} for name in columns.texts),
    ]


def typed_columns(frame: Frame, columns: Columns) -> DataFrame:
    """The columns of a table as numbers, dates and words ("" where missing). Raises Corrupt."""
    import pandas as pd

    numbers = columns.named_numbers
    texts = columns.texts
    check_columns(frame, [*numbers, *columns.dates, *columns.tags, *columns.categories, *texts])
    return pd.DataFrame(
        {name: as_numbers(frame, name) for name in numbers}
        | {name: as_dates(frame, name) for name in columns.dates}
        | {name: _words(frame, name) for name in columns.tags}
        | {name: _words(frame, name) for name in columns.categories}
        | {name: frame.table[name] for name in texts}
    )


def unseen(
    frame: Frame, columns: Columns, words: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Values of the category columns that `words` does not have, by column."""
    found = {
        name: sorted(set(_different(frame, name)) - set(words[name])) for name in columns.categories
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
    return frame.table[name].mask(frame.missing(name), "")


def _different(frame: Frame, name: str) -> tuple[str, ...]:
    """The different values of a column, in the order of their characters."""
    return tuple(sorted(set(_words(frame, name).unique()) - {""}))
