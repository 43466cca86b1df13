"""Data sets of the UCR and UEA archives in their default train/test split.

Dau et al. (2019), "The UCR time series archive", IEEE/CAA J. Autom. Sinica 6(6); Bagnall et al.
(2018), "The UEA multivariate time series classification archive", arXiv:1811.00075. Files from
https://timeseriesclassification.com, in its .ts form or the UCR archive's own .tsv and .txt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.data.core.archives import members
from benchmarks.data.core.download import download
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import host_of
from benchmarks.data.core.source import Copy, Corrupt, File, Source, Store
from benchmarks.data.core.store import DOWNLOADED, workspace
from benchmarks.dataset import Dataset

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
    channels: int = 1,
    shortest: int = 0,
) -> Source:
    """A UCR or UEA data set: x of shape (train + test, length, channels), train rows first.

    `classes` are the names to show, in the sorted order of the archive's labels. Where series
    differ in length, from `shortest` to `length` steps, shorter ones are followed by steps that
    are 0 in every channel, which no step of theirs is: what `keras.layers.Masking` skips.
    No hash of the archive's files is published; `digest` (of the values) tells whether a copy is
    the official.
    """
    shape = (length, channels)
    url = f"{SITE}/aeon-toolkit/{name}.zip"
    copies = tuple(
        Copy(
            f"the UCR archive's {name}_TRAIN{end} and {name}_TEST{end}",
            tuple(File(f"{name}_{part}{end}", f"ucr/{name}/{name}_{part}{end}") for part in PARTS),
            reader(name, end, (train, test), shape, shortest or length, classes),
        )
        for end in (PARSERS if channels == 1 else (".ts",))
    )

    def fetch(store: Store) -> None:
        with workspace(store) as folder:
            paths = members(
                download(url, folder, store),
                tuple(f.name for f in copies[0].files),
                folder,
            )
            admit(copies[0], paths, (train + test, *shape), store, origin=DOWNLOADED)

    return Source(
        title=title,
        url=f"{SITE}/description.php?Dataset={name}",
        licence=licence,
        citation=citation,
        rows=train + test,
        features=shape,
        obtain=obtain(copies, fetch, remedy_for(f"{name}_TRAIN.ts and {name}_TEST.ts")),
        hosts=(host_of(url),),
        values={"ucr": name, "train": train, "test": test, "digest": digest},
        copies=copies,
        digest=digest,
    )


def reader(
    name: str,
    end: str,
    rows: tuple[int, int],
    shape: tuple[int, int],
    shortest: int,
    classes: tuple[str, ...],
) -> Callable[[Mapping[str, Path]], Dataset]:
    """Read both parts, hold them against the declared sizes, number the classes from 0."""

    def read(paths: Mapping[str, Path]) -> Dataset:
        series: list[np.ndarray] = []
        labels: list[float | str] = []
        for part, expected in zip(PARTS, rows, strict=True):
            file = f"{name}_{part}{end}"
            text = paths[file].read_text(encoding="utf-8")
            values, found = parse_channels(text) if shape[1] > 1 else univariate(text, end)
            lengths, channels = {len(one) for one in values}, {one.shape[1] for one in values}
            fits = all(shortest <= steps <= shape[0] for steps in lengths)
            if len(values) != expected or not fits or channels != {shape[1]}:
                allowed = f"{shortest} to {shape[0]}" if shortest < shape[0] else shape[0]
                raise Corrupt(
                    f"expected {expected} series of length {allowed} in {file}, "
                    f"received {len(values)} of length {sorted(lengths)}; expected {shape[1]} "
                    f"channels, received {sorted(channels)}"
                )
            series += values
            labels += found
        known = sorted(set(labels))
        if len(known) != len(classes):
            raise Corrupt(f"expected {len(classes)} classes in {name}, received the labels {known}")
        places = {label: place for place, label in enumerate(known)}
        return Dataset(
            x=pad_series(series, shape[0]) if shortest < shape[0] else np.stack(series),
            y=np.array([places[label] for label in labels], dtype=np.int64),
            class_names=classes,
            train_rows=rows[0],
            facts={"labels": [f"{v:g}" if isinstance(v, float) else v for v in known]},
        )

    return read


def pad_series(series: list[np.ndarray], length: int) -> np.ndarray:
    """Series (steps, channels) of any lengths in one array, zeros behind the shorter ones.

    Raises Corrupt for a step that is 0 in every channel, which would be taken for padding.
    """
    x = np.zeros((len(series), length, series[0].shape[1]))
    for row, values in enumerate(series):
        if not values.any(axis=1).all():
            raise Corrupt(f"expected no step of zeros alone, found one in series {row + 1}")
        x[row, : len(values)] = values
    return x


def univariate(text: str, end: str) -> tuple[list[np.ndarray], list[float]]:
    """Series of shape (steps, 1) and labels of a file with one channel."""
    values, labels = PARSERS[end](text)
    return [np.array(row)[:, None] for row in values], labels


def parse_channels(text: str) -> tuple[list[np.ndarray], list[float | str]]:
    """Series (steps, channels) and labels of a .ts file with several channels.

    After `@data`, a line is `v,v,…:v,v,…:…:label`, one list a channel. Raises ValueError for
    channels of unequal length within a series, missing values and a file without `@data`.
    """
    _, found, body = text.partition("@data")
    if not found:
        raise ValueError("expected a line '@data', found none")
    series, labels = [], []
    for line in body.splitlines():
        if line.strip():
            *channels, label = line.split(":")
            values = [[float(value) for value in channel.split(",")] for channel in channels]
            if not values or len({len(channel) for channel in values}) != 1:
                raise ValueError("expected channels of one length and a class in every line")
            series.append(np.array(values).T)
            labels.append(class_label(label.strip()))
    return series, labels


def class_label(label: str) -> float | str:
    """A class label: a number where it is one, so that 10 comes after 9."""
    try:
        return float(label)
    except ValueError:
        return label


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
