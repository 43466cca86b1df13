"""What is measured: data, protocols, entries, published baselines and verdicts.

A benchmark is one file, `benchmarks/<family>/<name>.py`, holding one function decorated with
`@benchmark`. Importing this package imports neither TensorFlow nor MLflow.
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
