"""What `make new` decides about a table: protocol, metric, margin and first recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from benchmarks.data import Dataset
from benchmarks.data.own.frames import shortened
from benchmarks.definition import Metric
from benchmarks.metrics import accuracy, mae, rmse
from benchmarks.scorers import check_name, scorer
from benchmarks.splitters import splitter
from runners.new import costs
from runners.new.request import Unclear
from runners.new.targets import FOLDS, Target
from runners.source_code import Call

FEW_ROWS = 1_000
"""Below, five folds are drawn three times: one drawing says too little."""
RARE = 0.6
"""Share of an even share under which the rarest class makes accuracy misleading."""
VERY_RARE = 0.1
"""Share of the rarer of two classes under which precision counts."""
NEIGHBOURS = 20_000
"""Rows up to which nearest neighbours are a matter of seconds."""
MANY_CLASSES = 30
"""Up to which gradient boosting, a tree a class a step, is a matter of seconds."""
AT_ONCE = 1.5e9
"""Bytes of rows that the networks of all repeats may hold while they train stacked."""


@dataclass(frozen=True)
class Folds:
    """Which rows train and test."""

    name: str
    """Of scikit-learn's splitter."""
    options: Mapping[str, float | bool]
    why: str
    groups: str = ""
    """Column whose rows stay together."""
    ordered: bool = False
    """Whether rows are judged in the order of time."""

    @property
    def repeats(self) -> int:
        """How often an entry is trained."""
        return int(self.options["n_splits"]) * int(self.options.get("n_repeats", 1))

    @property
    def call(self) -> Call:
        """The call that makes the protocol."""
        return Call("splitter", (self.name,), self.options)

    def pairs(
        self, y: np.ndarray, groups: np.ndarray | None
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and test rows of every repeat."""
        rows = Dataset(np.zeros((len(y), 1)), y, groups=groups)
        return [(one.train, one.test) for one in splitter(self.name, **self.options).splits(rows)]


METRICS = {"accuracy": accuracy, "mae": mae, "rmse": rmse, "scorer": scorer}
"""Functions that make metrics, by the names definitions import them under."""


@dataclass(frozen=True)
class Measure:
    """How predictions are scored."""

    call: Call
    """The call that makes the metric."""
    why: str
    also: list[Call] = field(default_factory=list)
    """Further metrics."""
    margin: float = 0.01
    margin_why: str = ""

    @property
    def metric(self) -> Metric:
        """The metric as the definition will have it."""
        return metric_of(self.call)


def metric_of(call: Call) -> Metric:
    """The metric that a call makes."""
    made: Metric = METRICS[call.function](*call.arguments, **call.keywords)  # type: ignore[operator]
    return made


def folds(
    target: Target, y: np.ndarray, time: str, groups: Mapping[str, tuple[np.ndarray, str]]
) -> Folds:
    """The protocol that fits the rows: in order of time, in groups, few or many.

    `time` says by what the rows are in order; `groups` are columns whose rows belong together, each
    with the group of every row (n,) and the reason.
    """
    classes = bool(target.classes)
    if time:
        chosen = Folds(
            "TimeSeriesSplit",
            {"n_splits": FOLDS, "test_size": len(y) // 10},
            f"the rows come in the order of {time}, so that each test is later "
            "than what it is predicted from",
            ordered=True,
        )
        if not classes or every_class(chosen, y, None):
            return chosen
    for column, (codes, why) in groups.items():
        name = "StratifiedGroupKFold" if classes else "GroupKFold"
        chosen = Folds(
            name,
            {"n_splits": FOLDS, "shuffle": True, "random_state": 1},
            f"rows of one {shortened(column)} stay together ({why}), so that nobody is tested on "
            "a case that was seen in training",
            groups=column,
        )
        if not classes or every_class(chosen, y, codes):
            return chosen
    kind = "StratifiedKFold" if classes else "KFold"
    if len(y) < FEW_ROWS:
        options = {"n_splits": FOLDS, "n_repeats": 3, "random_state": 1}
        why = "few rows: three drawings of five folds"
        return Folds(f"Repeated{kind}", options, why)
    options = {"n_splits": FOLDS, "shuffle": True, "random_state": 1}
    return Folds(kind, options, "every row is tested once")


def every_class(chosen: Folds, y: np.ndarray, groups: np.ndarray | None) -> bool:
    """Whether every class both trains and tests in every repeat."""
    classes = len(np.unique(y))
    try:
        pairs = chosen.pairs(y, groups)
    except ValueError:
        return False
    return all(len(np.unique(y[part])) == classes for pair in pairs for part in pair)


def measure(target: Target, requested: str) -> Measure:
    """The metric that was asked for, or that fits the target, with its equivalence margin.

    Raises Unclear for an unknown metric and for one that does not fit the task.
    """
    if target.values is None:
        return of_classes(target, requested)
    return of_numbers(target, requested)


def of_classes(target: Target, requested: str) -> Measure:
    """The metric of a classification."""
    n, share = target.rows, min(target.counts) / target.rows
    accurate = Call("accuracy")
    point = f"one point, {max(1, n // 100):,} of the {n:,} rows; {FIRST}"
    if requested == "accuracy":
        return Measure(accurate, "as asked", margin_why=point)
    if requested:
        why = f"a hundredth of the score; {FIRST}"
        return Measure(
            by_name(requested, "classification", ""), "as asked", [accurate], margin_why=why
        )
    if share >= RARE / len(target.counts):
        return Measure(accurate, "no class is rare", margin_why=point)
    rarest = f"the rarest class has {share:.1%} of the rows"
    if len(target.counts) == 2 and share < VERY_RARE:
        return Measure(
            Call("scorer", ("average_precision",)),
            f"{rarest}: false alarms among the others hardly move the area under the ROC curve; "
            f"they do move average precision, which is {share:.3f} for guessing",
            [Call("scorer", ("roc_auc",)), accurate],
            margin_why=f"a hundredth of the area under the precision-recall curve; {FIRST}",
        )
    if len(target.counts) == 2:
        return Measure(
            Call("scorer", ("roc_auc",)),
            f"{rarest}: always saying the other would have an accuracy of {1 - share:.1%}; "
            "the area under the ROC curve is 0.5 for that, and needs no threshold",
            [accurate],
            margin_why=f"a hundredth of the area under the curve; {FIRST}",
        )
    return Measure(
        Call("scorer", ("balanced_accuracy",), {"unit": "fraction"}),
        f"{rarest}: accuracy would hardly notice it, here every class counts alike",
        [accurate],
        margin_why=f"one point, averaged over the classes; {FIRST}",
    )


FIRST = "a first guess, to be replaced by the smallest difference that matters"


def of_numbers(target: Target, requested: str) -> Measure:
    """The metric of a regression; for the unit, which is unknown, the target's name stands."""
    assert target.values is not None
    unit, deviation = unit_of(target.name), float(np.std(target.values))
    margin, why = rounded(deviation / 50), "about a fiftieth of the targets' standard deviation"
    squared, absolute = Call("rmse", (unit,)), Call("mae", (unit,))
    if requested == "mae":
        return Measure(absolute, "as asked", [], margin, f"{why}; {FIRST}")
    if requested in ("", "rmse"):
        reason = "as asked" if requested else "errors in the unit of the target"
        return Measure(squared, reason, [absolute], margin, f"{why}; {FIRST}")
    call = by_name(requested, "regression", unit)
    if not metric_of(call).unit:
        margin, why = 0.01, "a hundredth of the score"
        if "squared_error" in requested and "log" not in requested:
            margin, why = rounded(deviation**2 / 50), "about a fiftieth of the targets' variance"
    return Measure(call, "as asked", [squared], margin, f"{why}; {FIRST}")


IN_UNITS = (
    "neg_mean_absolute_error",
    "neg_median_absolute_error",
    "neg_root_mean_squared_error",
    "neg_max_error",
)
"""Scorers whose numbers have the target's unit."""


def by_name(requested: str, task: str, unit: str) -> Call:
    """A scorer of scikit-learn that scores such a task. Raises Unclear for any other name."""
    own = "accuracy" if task == "classification" else "rmse, mae"
    try:
        check_name(requested)
    except ValueError as error:
        raise Unclear(f"METRIC: {error}; our own are {own}") from None
    metric = scorer(requested, unit=unit if requested in IN_UNITS else "")
    if scores(metric, task == "regression") and not (
        task == "classification" and scores(metric, numbers=True)
    ):
        return Call("scorer", (requested,), {"unit": metric.unit} if metric.unit else {})
    raise Unclear(f"METRIC={requested} does not score a {task}; our own are {own}")


def scores(metric: Metric, numbers: bool) -> bool:
    """Whether a metric scores numbers, or else classes, in a small example of them."""
    y, prediction = np.array([0, 1, 0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]] * 2)
    if numbers:
        y, prediction = np.array([1.5, 2.0, 3.0, 5.0]), np.array([1.0, 2.5, 2.5, 4.0])
    try:
        return math.isfinite(metric.score(y, prediction))
    except Exception:  # scorers refuse in many ways
        return False


def unit_of(name: str) -> str:
    """The unit of the target: its name, or nothing where that is longer than 24 characters."""
    return name if len(name) <= 24 else ""


def rounded(value: float) -> float:
    """A number above 0 to one significant digit; 0.01 where it is none."""
    return float(f"{value:.0e}") if math.isfinite(value) and value > 0 else 0.01


@dataclass(frozen=True)
class Training:
    """How the first network is trained."""

    units: int
    batch: int
    epochs: int
    dropout: float
    weight_decay: float
    members: int
    """Networks whose predictions are averaged."""
    stack: int
    seconds: float
    """Of training it, in all repeats."""


def training(rows: int, width: int, classes: int, folds: Folds) -> Training:
    """A first recipe whose steps fit the number of rows; `width` features reach the network.

    Tried on twelve UCI tables against scikit-learn's `MLPClassifier` and `MLPRegressor` (defaults)
    and five nearest neighbours, three folds each, on at most 4,323 training rows: the average of
    four networks, a step for each row where there are classes, has an AUC or RMSE at least as good
    as both on all (letter: an accuracy of 93.1 % against 91.3 and 88.8; concrete: an RMSE of 4.84
    MPa against 11.9 and 9.1). Wider networks overfit below some two thousand rows of classes.
    """
    many = rows > 2_500
    if classes:
        batch = 128 if rows <= 12_500 else 256 if rows <= 50_000 else 1024
        steps = max(600, min(6_000, 0.8 * rows))
        units, dropout, decay, most = (128, 0.1, 0.05, 200) if many else (64, 0.2, 0.05, 200)
    else:
        batch = next(size for largest, size in BATCHES if rows <= largest)
        units, dropout, decay, steps, most = 128, 0.05, 0.1, 6_000, 100
    steps_each = math.ceil(0.8 * rows / batch)
    epochs = max(5, min(most, round(steps / steps_each)))
    stack_bytes = 4.0 * rows * (width + max(1, classes)) * folds.repeats
    stack = 1 if stack_bytes >= AT_ONCE else 0
    samples = float(epochs) * steps_each * batch * folds.repeats
    seconds = costs.of_network(samples, width, units, max(1, classes))
    members = MEMBERS if MEMBERS * seconds <= AFFORDABLE else 1
    seconds = costs.of_network(members * samples, width, units, max(1, classes))
    return Training(units, batch, epochs, dropout, decay, members, stack, seconds)


MEMBERS, AFFORDABLE = 4, 150.0
"""Networks that are averaged, and the seconds up to which they are."""
BATCHES = ((2_000, 32), (10_000, 64), (50_000, 256), (10**12, 1024))
"""Rows up to which a batch of a regression has so many."""
