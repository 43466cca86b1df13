"""Series with a class each, in the formats of the UCR and UEA archives: .ts, and .tsv or .txt.

The format .ts: https://www.aeon-toolkit.org/en/stable/examples/datasets/data_loading.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.data.core.source import Corrupt, Source
from benchmarks.data.own.source import own_copy, own_source
from benchmarks.dataset import Dataset

TINY = 1e-6
"""Replaces the zeros of a measured step where steps of zeros alone are padding."""
ANEW = "fetch the file again, or write it as the documentation of the format says"


@dataclass
class Recordings:
    """The series of a file."""

    series: list[np.ndarray] = field(default_factory=list)
    """(steps, channels) each, NaN where a value is missing."""
    labels: list[str] = field(default_factory=list)
    """As written; empty where the file holds none."""
    header: dict[str, str] = field(default_factory=dict)
    """Of a .ts file: its @words in lower case, with what follows them."""


def own_recordings(
    files: Mapping[str, str],
    *,
    classes: Sequence[str],
    rows: int,
    length: int,
    channels: int = 1,
    train_rows: int = 0,
    title: str = "",
    licence: str = "the owner's",
) -> Source:
    """Series with a class each: a .ts file of the UCR or UEA archive, or a pair `_TRAIN`, `_TEST`.

    `files` are names with their sha256; of two, the first trains and the second tests, and
    `train_rows` counts the first. x is float64 (rows, length, channels), y int64, the place of a
    label among `classes`. Shorter series are followed by steps that are 0 in every channel; missing
    values are interpolated linearly in time. Reading raises Corrupt, by line, for a file that is
    not as declared.
    """
    names = tuple(files)
    read = partial(_read, names, tuple(classes), (length, channels), train_rows)
    return own_source(
        own_copy(names[0], files, read),
        rows=rows,
        features=(length, channels),
        title=title or names[0],
        licence=licence,
        values={"classes": list(classes), "recordings": [length, channels]},
    )


def read_recordings(path: Path) -> Recordings:
    """The series of a file. Raises Corrupt, by line, for what is not in its format."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return _ts(text, path.name) if path.suffix.lower() == ".ts" else _table(text, path.name)


def stack_series(series: Sequence[np.ndarray], shape: tuple[int, int], name: str) -> np.ndarray:
    """Series in one array (n, *shape) float64, gaps filled and zeros behind the shorter ones.

    Raises Corrupt for a series that is longer or has other channels, by its number.
    """
    x = np.zeros((len(series), *shape))
    shorter = any(len(one) < shape[0] for one in series)
    for row, one in enumerate(series):
        if len(one) > shape[0] or one.shape[1] != shape[1]:
            raise Corrupt(
                f"expected series of at most {shape[0]} steps and {shape[1]} channels in {name}, "
                f"received {len(one)} and {one.shape[1]} in series {row + 1}"
            )
        x[row, : len(one)] = fill_gaps(one)
        if shorter:
            empty = ~x[row, : len(one)].any(axis=1)
            x[row, : len(one)][empty] = TINY
    return x


def fill_gaps(one: np.ndarray) -> np.ndarray:
    """A series (steps, channels) with its gaps (NaN) interpolated linearly in time.

    At its ends the nearest value is repeated; a channel without any value is 0.
    """
    steps = np.arange(len(one))
    whole = one.copy()
    for channel in range(one.shape[1]):
        known = ~np.isnan(one[:, channel])
        if known.all():
            continue
        measured = one[known, channel]
        whole[:, channel] = np.interp(steps, steps[known], measured) if known.any() else 0.0
    return whole


def label_key(label: str) -> tuple[int, float, str]:
    """Sort key of a label: numbers by size, before words."""
    try:
        return (0, float(label), "")
    except ValueError:
        return (1, 0.0, label)


def _read(
    names: Sequence[str],
    classes: Sequence[str],
    shape: tuple[int, int],
    train_rows: int,
    paths: Mapping[str, Path],
) -> Dataset:
    parts = [read_recordings(paths[name]) for name in names]
    if train_rows and len(parts[0].series) != train_rows:
        raise Corrupt(f"expected {train_rows} series in {names[0]}, read {len(parts[0].series)}")
    places = {label: place for place, label in enumerate(classes)}
    labels = [label for part in parts for label in part.labels]
    if unknown := sorted(set(labels) - places.keys()):
        raise Corrupt(f"expected the classes {', '.join(classes)} in {names}, received {unknown}")
    x = [stack_series(part.series, shape, name) for part, name in zip(parts, names, strict=True)]
    return Dataset(
        x=np.concatenate(x),
        y=np.array([places[label] for label in labels], np.int64),
        class_names=tuple(classes),
        train_rows=train_rows or None,
    )


def _ts(text: str, name: str) -> Recordings:
    found = Recordings()
    lines = enumerate(text.splitlines(), start=1)
    for _, line in lines:
        word, _, rest = line.strip().partition(" ")
        if word.lower() == "@data":
            break
        if word.startswith("@"):
            found.header[word[1:].lower()] = rest.strip()
    else:
        raise Corrupt(f"expected a line @data in {name}, found none", ANEW)
    labelled = found.header.get("classlabel", "").lower().startswith("true")
    labelled = labelled or found.header.get("targetlabel", "").lower().startswith("true")
    timed = found.header.get("timestamps", "").lower() == "true"
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        channels = line.strip().split(":") if not timed else _without_times(line.strip())
        if labelled:
            found.labels.append(channels.pop().strip())
        try:
            values = [[_value(cell) for cell in channel.split(",")] for channel in channels]
        except ValueError as error:
            raise Corrupt(
                f"expected numbers in line {number} of {name} ({error})",
                "write ? for a missing value",
            ) from None
        if not values or len({len(channel) for channel in values}) != 1:
            kinds = ", ".join(str(len(channel)) for channel in values) or "none"
            raise Corrupt(
                f"expected channels of one length in line {number} of {name}, received {kinds}",
                "fill up the shorter ones with ?",
            )
        found.series.append(np.array(values).T)
    if not found.series:
        raise Corrupt(f"expected series below @data in {name}, found none", ANEW)
    return found


def _without_times(line: str) -> list[str]:
    """Channels of a line whose values are written as (time,value), without the times."""
    *channels, last = line.replace("):", ")\n").split("\n")
    values = [
        ",".join(pair.rpartition(",")[2] for pair in channel.strip("()").split("),("))
        for channel in channels
    ]
    return [*values, last]


def _table(text: str, name: str) -> Recordings:
    """A .tsv or .txt file of the archive: in every line the class, then the values."""
    found = Recordings()
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.replace(",", " ").split()
        if not cells:
            continue
        try:
            values = [_value(cell) for cell in cells[1:]]
        except ValueError as error:
            raise Corrupt(
                f"expected numbers in line {number} of {name} ({error})",
                "write ? for a missing value",
            ) from None
        while values and np.isnan(values[-1]):
            values.pop()  # shorter series of the archive end in NaN
        label = cells[0]
        found.labels.append(f"{float(label):g}" if label_key(label)[0] == 0 else label)
        found.series.append(np.array(values)[:, None])
    if not found.series or min(map(len, found.series)) == 0:
        raise Corrupt(f"expected a class and values in every line of {name}", ANEW)
    return found


def _value(cell: str) -> float:
    value = np.nan if cell.strip() in ("?", "") else float(cell)
    if np.isinf(value):
        raise ValueError(f"received {cell.strip()}")
    return value
