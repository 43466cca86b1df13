"""Ready-made entries: cheap references and Keras networks."""

from benchmarks.entries.choice import chosen, ensemble
from benchmarks.entries.classifiers import classifiers
from benchmarks.entries.forecaster import forecaster
from benchmarks.entries.forecasts import (
    ets,
    repeat_last,
    sarima,
    seasonal_naive,
    seasonal_ratio,
    shared_linear,
    theta,
)
from benchmarks.entries.minirocket import minirocket
from benchmarks.entries.networks import mlp, network
from benchmarks.entries.references import boosting, linear, majority, mean, nearest, persistence
from benchmarks.entries.rules import Rule, last_value
from benchmarks.entries.warping import warped_neighbour

__all__ = [
    "Rule",
    "boosting",
    "chosen",
    "classifiers",
    "ensemble",
    "ets",
    "forecaster",
    "last_value",
    "linear",
    "majority",
    "mean",
    "minirocket",
    "mlp",
    "nearest",
    "network",
    "persistence",
    "repeat_last",
    "sarima",
    "seasonal_naive",
    "seasonal_ratio",
    "shared_linear",
    "theta",
    "warped_neighbour",
]
