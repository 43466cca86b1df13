"""What a fitted network takes and predicts, as JSON beside it, to predict without its data."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NotRequired, cast

import numpy as np
from typing_extensions import TypedDict

from benchmarks.data import Columns, Dataset
from benchmarks.data.own.tables import describe_features
from benchmarks.definition import Benchmark
from benchmarks.texts import holds_texts
from runners.records import parsing


class Feature(TypedDict):
    """A column of a table that a network takes."""

    name: str
    """Its heading."""
    kind: Literal["number", "date", "tags", "category", "text"]
    """How its cells are read."""
    words: NotRequired[list[str]]
    """Of a category: the values it had in the data; of tags the sign between, then the words."""
    least: NotRequired[float]
    """Of a number: the smallest one in the data; missing where all were missing."""
    most: NotRequired[float]
    """Of a number: the largest one in the data."""


class Signature(TypedDict):
    """What a fitted network takes and predicts: `model-<recipe>.json`.

    A table has `features`, images have `image`, texts `text`, windows of a series none of them.
    """

    benchmark: str
    """`family/benchmark`."""
    task: Literal["regression", "classification"]
    """What is predicted: numbers or classes."""
    target: str
    """Name of the column that is predicted."""
    classes: list[str]
    """Names of the classes; empty for regression."""
    features: NotRequired[list[Feature]]
    """The columns, in the order the network takes them."""
    image: NotRequired[list[int]]
    """Height, width and channels."""
    text: NotRequired[str]
    """What a text is called: the heading of its column."""
    series: NotRequired[list[str]]
    """The series that one network forecasts, in the order of their numbers."""
    levels: NotRequired[list[float]]
    """Black and white of grey images of more than 8 bits."""


def signature_of(benchmark: Benchmark, dataset: Dataset) -> Signature:
    """The signature of a network trained on this data: columns, ranges, categories, classes."""
    signature: Signature = {
        "benchmark": benchmark.name,
        "task": benchmark.task,
        "target": target_of(benchmark),
        "classes": list(dataset.class_names),
    }
    if dataset.x.dtype == np.uint8 and dataset.x.ndim == 4:
        signature["image"] = list(dataset.x.shape[1:])
        if levels := benchmark.data.values.get("levels"):
            signature["levels"] = list(levels)
        return signature
    if holds_texts(dataset.x):
        return {**signature, "text": (*dataset.feature_names, "text")[0]}
    if id := benchmark.data.values.get("id"):
        return {**signature, "series": list(dataset.words[id])}
    if dataset.x.ndim != 2:
        return signature
    columns = benchmark.data.values.get("columns")
    if columns is None:
        names = dataset.feature_names or tuple(f"x{n}" for n in range(dataset.x.shape[1]))
        features = cast("list[Feature]", describe_features(Columns(numbers=names), {}))
    else:
        known = Columns(**columns)
        if isinstance(known.numbers, int):
            known = replace(known, numbers=dataset.feature_names[: known.numbers])
        features = cast("list[Feature]", describe_features(known, dataset.words))
    for place, feature in enumerate(f for f in features if f["kind"] == "number"):
        values = dataset.x[:, place].astype(np.float64)
        if not np.isnan(values).all():
            feature["least"], feature["most"] = float(np.nanmin(values)), float(np.nanmax(values))
    return {**signature, "features": features}


def target_of(benchmark: Benchmark) -> str:
    """Name of the column that is predicted: the owner's, else what it is."""
    own = benchmark.data.values.get("target")
    return str(own) if own else ("class" if benchmark.task == "classification" else "value")


def read(content: bytes) -> Signature | None:
    """The signature in a file, or None where it cannot be read."""
    try:
        return parsing.parse(Signature, content)
    except ValueError:
        return None
