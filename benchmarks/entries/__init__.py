"""Ready-made entries: cheap references and Keras networks."""

from benchmarks.entries.choice import chosen, ensemble
from benchmarks.entries.networks import mlp, network
from benchmarks.entries.references import boosting, linear, majority, mean, nearest, persistence

__all__ = [
    "boosting",
    "chosen",
    "ensemble",
    "linear",
    "majority",
    "mean",
    "mlp",
    "nearest",
    "network",
    "persistence",
]
