"""What is measured: data, protocols, entries, published baselines and verdicts.

A benchmark is a function decorated with `@benchmark` in `benchmarks/<family>/<name>.py`; several
that differ by numbers alone may share a file. Importing this package imports neither
TensorFlow nor MLflow.
"""

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
from benchmarks.registry import benchmark

__all__ = [
    "Benchmark",
    "Entry",
    "Fitted",
    "Metric",
    "Protocol",
    "Search",
    "Split",
    "Training",
    "benchmark",
]
