"""Univariate data sets of the UCR archive in their default train/test split.

Dau et al. (2019), "The UCR time series archive", IEEE/CAA J. Autom. Sinica 6(6); files from
https://timeseriesclassification.com, in its .ts form or the archive's own .tsv and .txt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.data.dataset import Dataset
from benchmarks.data.loading import admit, obtain
from benchmarks.data.network import host_of
from benchmarks.data.official import download, members, remedy_for
from benchmarks.data.shelf import DOWNLOADED, workspace
from benchmarks.data.source import Copy, Corrupt, File, Source, Store

SITE = "https://timeseriesclassification.com"


def ucr(
    name: str,
    *,
    train: int,
    test: int,
    length: int,
    classes: tuple[str, ...],
    title: str,
    licence: str,
    citation: str,
    digest: str = "",
) -> Source:
    """A UCR data set: x of shape (train + test, length, 1), train rows first.

    `classes` are the names to show, in the sorted order of the archive's labels. No hash of the
    archive's files is published; `digest` (of the values) tells whether a copy is the official.
    """
    url = f"{SITE}/aeon-toolkit/{name}.zip"
    copies = tuple(
        Copy(
            f"the UCR archive's {name}_TRAIN{end} and {name}_TEST{end}",
            tuple(File(f"{name}_{part}{end}", f"ucr/{name}/{name}_{part}{end}") for part in PARTS),
            reader(name, end, (train, test), length, classes),
        )
        for end in PARSERS
    )

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            paths = members(
                download(url, folder, store),
                tuple(f.name for f in copies[0].files),
                folder,
            )
            admit(copies[0], paths, (train + test, length, 1), store, origin=DOWNLOADED)

    return Source(
        title=title,
        url=f"{SITE}/description.php?Dataset={name}",
        licence=licence,
        citation=citation,
        rows=train + test,
        features=(length, 1),
        obtain=obtain(copies, fetch, remedy_for(f"{name}_TRAIN.ts and {name}_TEST.ts")),
        hosts=(host_of(url),),
        values={"ucr": name, "train": train, "test": test, "digest": digest},
        copies=copies,
        digest=digest,
    )


def reader(
    name: str, end: str, rows: tuple[int, int], length: int, classes: tuple[str, ...]
) -> Callable[[Mapping[str, Path]], Dataset]:
    """Read both parts, hold them against the declared sizes, number the classes from 0."""

    def read(paths: Mapping[str, Path]) -> Dataset:
        series: list[list[float]] = []
        labels: list[float] = []
        for part, expected in zip(PARTS, rows, strict=True):
            text = paths[f"{name}_{part}{end}"].read_text(encoding="utf-8")
            values, found = PARSERS[end](text)
            lengths = {len(row) for row in values}
            if len(values) != expected or lengths != {length}:
                raise Corrupt(
                    f"expected {expected} series of length {length} in {name}_{part}{end}, "
                    f"received {len(values)} of length {sorted(lengths)}"
                )
            series += values
            labels += found
        known = sorted(set(labels))
        if len(known) != len(classes):
            raise Corrupt(f"expected {len(classes)} classes in {name}, received the labels {known}")
        return Dataset(
            x=np.array(series, dtype=np.float64)[:, :, None],
            y=np.searchsorted(known, labels).astype(np.int64),
            class_names=classes,
            train_rows=rows[0],
            facts={"labels": [f"{label:g}" for label in known]},
        )

    return read


def parse_ts(text: str) -> tuple[list[list[float]], list[float]]:
    """Series and labels of a univariate .ts file: a header, `@data`, then `v,v,…,v:label`.

    Raises ValueError for anything else, missing values (`?`) included.
    """
    _, found, body = text.partition("@data")
    if not found:
        raise ValueError("expected a line '@data', found none")
    rows = [line.split(":") for line in body.splitlines() if line.strip()]
    if any(len(row) != 2 for row in rows):
        raise ValueError("expected 'values:label' in every line, i.e. one dimension and a class")
    return [[float(v) for v in values.split(",")] for values, _ in rows], [
        float(label) for _, label in rows
    ]


def parse_table(text: str) -> tuple[list[list[float]], list[float]]:
    """Series and labels of a .tsv or .txt file: the label, then the values, split by blanks."""
    rows = [[float(v) for v in line.split()] for line in text.splitlines() if line.strip()]
    return [row[1:] for row in rows], [row[0] for row in rows]


PARTS = ("TRAIN", "TEST")
PARSERS = {".ts": parse_ts, ".tsv": parse_table, ".txt": parse_table}
