"""What a kept network takes and says, as JSON beside it: enough to predict without its data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.data import Columns, Dataset
from benchmarks.data.own.tables import described
from benchmarks.definition import Benchmark


def schema_of(benchmark: Benchmark, dataset: Dataset) -> dict[str, Any]:
    """Features with their ranges and words, target and classes, as plain JSON.

    `features` is there for tables; images have their shape, `image`, instead, and windows of a
    series neither.
    """
    said = {
        "benchmark": benchmark.name,
        "task": benchmark.task,
        "target": target_of(benchmark),
        "classes": list(dataset.class_names),
    }
    if dataset.x.dtype == np.uint8 and dataset.x.ndim == 4:
        return {**said, "image": list(dataset.x.shape[1:])}
    if dataset.x.ndim != 2:
        return said
    columns = benchmark.data.values.get("columns")
    if columns is None:
        names = dataset.feature_names or tuple(f"x{n}" for n in range(dataset.x.shape[1]))
        features = described(Columns(numbers=names), {})
    else:
        features = described(Columns(**columns), dataset.words)
    for place, feature in enumerate(f for f in features if f["kind"] == "number"):
        values = dataset.x[:, place]
        if not np.isnan(values).all():
            feature |= {"least": float(np.nanmin(values)), "most": float(np.nanmax(values))}
    return {**said, "features": features}


def target_of(benchmark: Benchmark) -> str:
    """Name of the column that is predicted: the owner's, else what it is."""
    own = benchmark.data.values.get("target")
    return str(own) if own else ("class" if benchmark.task == "classification" else "value")


def read(content: bytes) -> Mapping[str, Any] | None:
    """A schema that was kept, or None where it cannot be read."""
    try:
        schema = json.loads(content)
    except ValueError:
        return None
    return schema if isinstance(schema, dict) and "target" in schema else None
