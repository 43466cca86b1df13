"""The headline network as a page computes it, with rows to begin from: `demo.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zipfile import BadZipFile

import numpy as np
from typing_extensions import TypedDict

from benchmarks.data import Dataset
from benchmarks.definition import Benchmark, breadth
from benchmarks.repeats import split_at
from runners.execution.plan import Plan
from runners.exhibits.demo.network import DemoNetwork, read
from runners.exhibits.files import folder, is_of, write
from runners.exhibits.rows import Column, columns, sample_rows, to_digits
from runners.records.record import Record
from runners.records.store import Runs

MOST_FIELDS = 100
"""Features of a form; of tables with more there is none."""
EXAMPLES = 6
"""Rows to begin from."""
DRAWN = "alpaydin1998optdigits"
"""Citation of the data whose rows are drawn: 8×8 counts of black pixels, 0 to 16 of 4×4."""


class Field(TypedDict):
    """One feature, as a reader fills it in."""

    name: str
    unit: str
    at: int
    """Its place among the inputs; of a category with an input a word, the place of the first."""
    range: list[float]
    """Min and max of a number in the data; empty for a category."""
    words: list[str]
    """The categories; empty for a number."""
    coded: bool
    """Whether a category is one input, its place in `words`."""


class Example(TypedDict):
    """A test row of the first repeat, which the network was not trained on."""

    row: int
    values: list[float]
    """Of every field; of a category its place in `words`. Of a drawing all inputs."""
    truth: float
    """Its target, or the place of its class."""


class Demo(DemoNetwork):
    """A network with what it takes and rows to begin from."""

    entry: str
    recipe: str
    inputs: int
    """Numbers that a row has."""
    fields: list[Field]
    """Empty for a drawing."""
    examples: list[Example]
    """The first is a typical row."""
    classes: list[str]
    """Empty for a regression."""
    unit: str


def update(
    runs: Runs,
    plan: Plan,
    entries: Mapping[str, Sequence[Record]],
    about: Mapping[str, Any],
    unit: str,
) -> None:
    """Bring `demo.json` of a benchmark up to date; no file where a page cannot compute its network.

    `about` says of which data the records are, `unit` is of the targets. Without a kept network, as
    of packed records, what is there stays.
    """
    name = plan.benchmark.name
    path, kept = folder(runs.root, name) / "demo.json", models(runs, plan.benchmark, entries)
    key = {**about, "networks": kept}
    if not kept or is_of(path, key):
        return
    content, dataset = None, plan.loaded.dataset
    found = network_of(runs, name, kept)
    if found is not None and dataset.digest == about["digest"]:
        content = demo(plan.benchmark, dataset, entries[found[0]][0], found[1], unit)
    if content is None:
        path.unlink(missing_ok=True)
    else:
        write(path, {**key, **content})


def models(
    runs: Runs, benchmark: Benchmark, entries: Mapping[str, Sequence[Record]]
) -> dict[str, str]:
    """Recipes of the declared headlines whose network is kept, the widest suite's first."""
    headlines = [e for e in benchmark.entries if e.headline and entries.get(e.name)]
    headlines.sort(key=lambda entry: breadth(entry.suite), reverse=True)
    recipes = {entry.name: entries[entry.name][0]["recipe"] for entry in headlines}
    return {
        name: recipe
        for name, recipe in recipes.items()
        if runs.model(benchmark.name, name, recipe).is_file()
    }


def network_of(
    runs: Runs, benchmark: str, kept: Mapping[str, str]
) -> tuple[str, DemoNetwork] | None:
    """The first of these networks that a page can compute, with its entry.

    A file that cannot be read, or is laid out in another way, counts as one it cannot compute.
    """
    for entry, recipe in kept.items():
        try:
            return entry, read(runs.model(benchmark, entry, recipe).read_bytes())
        except (BadZipFile, KeyError, OSError, ValueError):
            continue
    return None


def demo(
    benchmark: Benchmark, dataset: Dataset, first: Record, network: DemoNetwork, unit: str
) -> Demo | None:
    """A network with its form, or for drawings without one; None where rows are neither.

    `first` is the record of the entry's first repeat, whose network is the one that is kept;
    examples are its test rows. `unit` is of the targets.
    """
    inputs = int(np.prod(dataset.x.shape[1:]))
    drawn = benchmark.data.citation == DRAWN and inputs == 64
    table = dataset.x.ndim == 2 and dataset.y.ndim == 1 and dataset.x.dtype != object
    if not (drawn or table):
        return None
    x = dataset.x.reshape(len(dataset.x), inputs).astype(np.float64)
    features = [] if drawn else columns(dataset)
    tested = split_at(benchmark.protocol.splits(dataset), first["repeat"]).test
    rows = tested[np.isfinite(x[tested]).all(axis=1)]
    if len(features) > MOST_FIELDS or not len(rows):
        return None
    return {
        "entry": first["entry"]["name"],
        "recipe": first["recipe"],
        **network,
        "inputs": inputs,
        "fields": [_field(column, x) for column in features],
        "examples": [
            {
                "row": row,
                "values": [float(c.values(x[[row]])[0]) for c in features]
                if features
                else x[row].tolist(),
                "truth": to_digits(dataset.y[row]),
            }
            for row in _examples(x, dataset.y, rows, len(dataset.class_names))
        ],
        "classes": list(dataset.class_names),
        "unit": unit,
    }


def _field(column: Column, x: np.ndarray) -> Field:
    values = column.values(x)
    known = values[np.isfinite(values)]
    return {
        "name": column.name,
        "unit": column.unit,
        "at": column.first,
        "range": [] if column.words else [float(known.min()), float(known.max())],
        "words": list(column.words),
        "coded": column.coded,
    }


def _examples(x: np.ndarray, y: np.ndarray, rows: np.ndarray, classes: int) -> list[int]:
    """Rows among `rows` (r,): a typical one, then some of every class or of every size of target.

    Typical is the row nearest to the medians of all, in units of the features' deviations.
    """
    spread = x.std(axis=0)
    distance = np.abs(x[rows] - np.median(x, axis=0)) / np.where(spread > 0, spread, 1.0)
    typical = int(rows[distance.sum(axis=1).argmin()])
    if classes:
        chosen = rows[sample_rows(y[rows], classes, max(EXAMPLES, min(classes, 10)))]
    else:
        ordered = rows[np.argsort(y[rows], kind="stable")]
        chosen = ordered[sample_rows(y[ordered], 0, EXAMPLES - 1)]
    return [typical, *(int(row) for row in chosen if row != typical)]
