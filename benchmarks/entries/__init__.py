"""Ready-made entries: baselines and Keras networks."""

from benchmarks.entries.averages import average
from benchmarks.entries.choice import chosen, ensemble, small_mlp
from benchmarks.entries.classical.column_transformer import prepared
from benchmarks.entries.classical.estimators import estimator
from benchmarks.entries.classical.forecasts import (
    ets,
    repeat_last,
    sarima,
    seasonal_naive,
    seasonal_ratio,
    shared_linear,
    theta,
)
from benchmarks.entries.classical.minirocket import minirocket
from benchmarks.entries.classical.references import (
    boosting,
    linear,
    majority,
    mean,
    nearest,
    persistence,
)
from benchmarks.entries.classical.warping import warped_neighbour
from benchmarks.entries.classifiers import classifiers
from benchmarks.entries.distribution.classical import ets_intervals, sarima_intervals
from benchmarks.entries.distribution.conformal import conformal
from benchmarks.entries.distribution.global_network import global_network
from benchmarks.entries.distribution.networks import quantile_forecaster, quantile_network
from benchmarks.entries.forecaster import forecaster
from benchmarks.entries.lessons.by_keras import by_keras
from benchmarks.entries.lessons.from_scratch import from_scratch
from benchmarks.entries.lessons.neuron import neuron
from benchmarks.entries.networks import mlp, network
from benchmarks.entries.regressors import regressors
from benchmarks.entries.rules import Rule, last_value
from benchmarks.entries.tuned import tunable_mlp

__all__ = [
    "Rule",
    "average",
    "boosting",
    "by_keras",
    "chosen",
    "classifiers",
    "conformal",
    "ensemble",
    "estimator",
    "ets",
    "ets_intervals",
    "forecaster",
    "from_scratch",
    "global_network",
    "last_value",
    "linear",
    "majority",
    "mean",
    "minirocket",
    "mlp",
    "nearest",
    "network",
    "neuron",
    "persistence",
    "prepared",
    "quantile_forecaster",
    "quantile_network",
    "regressors",
    "repeat_last",
    "sarima",
    "sarima_intervals",
    "seasonal_naive",
    "seasonal_ratio",
    "shared_linear",
    "small_mlp",
    "theta",
    "tunable_mlp",
    "warped_neighbour",
]
