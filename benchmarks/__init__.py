"""What is measured: data, protocols, entries, published baselines and verdicts.

A benchmark is a function decorated with `@benchmark` in `benchmarks/<family>/<name>.py`; several
that differ by numbers alone may share a file. A function decorated with `@collection` joins many
into a collection. Importing this package imports neither TensorFlow nor MLflow.
"""

from benchmarks.collections import Collection
from benchmarks.definition import (
    Benchmark,
    Entry,
    Fitted,
    Metric,
    Protocol,
    Search,
    Split,
    Training,
)
from benchmarks.registry import benchmark, collection

__all__ = [
    "Benchmark",
    "Collection",
    "Entry",
    "Fitted",
    "Metric",
    "Protocol",
    "Search",
    "Split",
    "Training",
    "benchmark",
    "collection",
]
