"""What a kept network relies on, in a worker: permutation importance, dependence, occlusion.

Computed once after training, from the network that a trial left, on test rows it never saw; used
for no choice. Permutation importance: Breiman (2001); partial dependence: Friedman (2001); both as
scikit-learn computes them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import partial_dependence, permutation_importance

from benchmarks import registry
from benchmarks.data import Dataset, Store, load
from benchmarks.definition import Benchmark, Split
from benchmarks.entries import own_networks
from benchmarks.repeats import split_at
from runners.execution import keras_settings
from runners.execution.group import Group
from runners.execution.kept_network import predictor
from runners.execution.worker import score
from runners.exhibits.network_content import Dependence, Importance, NetworkExhibit
from runners.exhibits.occlusion import occlusion
from runners.exhibits.rows import Column, columns, evenly, to_digits
from runners.records.provenance import Predictions

Predict = Callable[[np.ndarray], np.ndarray]

PERMUTATIONS = 10
CALLS = 5
"""Timed predictions, of which the fastest counts."""
MOST_ROWS, MOST_DEPENDENCE_ROWS, MOST_TRAIN_ROWS = 2000, 300, 20_000
"""Rows that importance, dependence and the training score are computed on at most."""
MOST_FEATURES, MOST_DEPENDENCES, MOST_CLASSES, MOST_WORDS = 12, 4, 3, 12
"""Features listed, features whose dependence is kept, classes drawn of it, values of a category."""
GRID = 20
"""Values of a feature whose mean prediction is kept."""
SAME, SIMILAR = 0.01, 0.2
"""Mean deviation from the kept predictions, in their standard deviations, that is rounding, and
that averaging over views of an image may make: of one set of test rows, the network is any
repeat's."""


def inspect(
    group: Group,
    folder: Path,
    *,
    models: Mapping[str, Path],
    kept: Mapping[str, Mapping[int, Predictions]],
) -> NetworkExhibit | None:
    """The exhibit of a benchmark's kept network; None where no repeat's predictions are its own.

    `folder` is the data folder, `models` the network's file and `kept` the predictions by repeat,
    both by benchmark.
    """
    benchmark = registry.load().benchmarks[group.benchmark]
    entry = benchmark.entry(group.entry)
    dataset = load(benchmark.data, Store(folder, offline=True)).dataset
    with keras_settings.without_user_settings():
        import keras  # noqa: F401  before anything else imports it
    keras_settings.reset()
    model = models[group.benchmark]
    outputs = max(1, len(dataset.class_names))
    build = own_networks.builder_of(entry.fit)
    predict = predictor(model, build, dataset.x.shape[1:], outputs)
    repeat = trained_in(predict, dataset, kept[group.benchmark])
    if repeat is None:
        return None
    split = split_at(benchmark.protocol.splits(dataset), repeat)
    return of_split(benchmark, dataset, split, predict, repeat, model.stat().st_size)


def trained_in(predict: Predict, dataset: Dataset, kept: Mapping[int, Predictions]) -> int | None:
    """The repeat whose kept predictions the network gives; None where it gives none of them."""
    deviations = {}
    for repeat, predicted in kept.items():
        out = predict(dataset.x[predicted.rows])
        if out.shape == predicted.values.shape:
            scale = float(np.std(predicted.values)) or 1.0
            deviations[repeat] = float(np.abs(out - predicted.values).mean()) / scale
    best = min(deviations, key=lambda repeat: deviations[repeat], default=None)
    tested = {predicted.rows.tobytes() for predicted in kept.values()}
    allowed = SIMILAR if len(tested) == 1 and dataset.train_rows is not None else SAME
    return best if best is not None and deviations[best] <= allowed else None


def of_split(
    benchmark: Benchmark,
    dataset: Dataset,
    split: Split,
    predict: Predict,
    repeat: int,
    size: int,
) -> NetworkExhibit:
    """The exhibit of a network of `size` bytes that was trained on the split of a repeat."""
    train, test = evenly(split.train, MOST_TRAIN_ROWS), evenly(split.test, MOST_ROWS)

    def scored(rows: np.ndarray) -> float:
        scores = score(benchmark, dataset.y[rows], predict(dataset.x[rows]))
        return to_digits(scores[benchmark.metric.name])

    exhibit: NetworkExhibit = {
        "repeat": repeat,
        "bytes": size,
        "ms_a_row": to_digits(1000 * _seconds(predict, dataset.x[test]) / len(test), 3),
        "train_score": scored(train),
        "train": len(train),
        "test_score": scored(test),
        "test": len(test),
        "features": 0,
        "permutations": PERMUTATIONS,
        "importance": [],
        "dependence": [],
        "patch": [],
        "occlusion": [],
    }
    if dataset.x.ndim == 2 and dataset.y.ndim == 1 and dataset.x.dtype != object:
        table = Table(benchmark, dataset, predict)
        importance = table.importance(test)
        exhibit["features"] = len(table.features)
        exhibit["importance"] = importance[:MOST_FEATURES]
        names = [one["name"] for one in importance if one["mean"] > one["std"]][:MOST_DEPENDENCES]
        exhibit["dependence"] = table.dependence(evenly(test, MOST_DEPENDENCE_ROWS), names)
    elif dataset.x.ndim == 4 and dataset.class_names:
        exhibit["patch"], exhibit["occlusion"] = occlusion(
            dataset, evenly(split.train, MOST_TRAIN_ROWS), test, predict
        )
    return exhibit


def _seconds(predict: Predict, x: np.ndarray) -> float:
    """Wall time of predicting rows together, without the start-up of a first call."""
    predict(x)
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        predict(x)
        times.append(time.perf_counter() - began)
    return min(times)


class _Network(BaseEstimator):
    """A fitted network as scikit-learn's inspection takes it: one column a feature."""

    def __init__(self, output: Predict) -> None:
        self.output = output

    def fit(self, x: np.ndarray, y: np.ndarray) -> _Network:
        """Nothing: the network is fitted."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _Classifier(ClassifierMixin, _Network):
    def __init__(self, output: Predict, classes: int) -> None:
        super().__init__(output)
        self.classes = classes
        self.classes_ = np.arange(classes)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return self.output(x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.output(x).argmax(axis=1)


class _Regressor(RegressorMixin, _Network):
    def predict(self, x: np.ndarray) -> np.ndarray:
        out = self.output(x)
        return out[:, 0] if out.ndim == 2 else out


class Table:
    """A network of a table, seen by its features: a category is one of them."""

    def __init__(self, benchmark: Benchmark, dataset: Dataset, predict: Predict) -> None:
        self.benchmark, self.dataset, self.predict = benchmark, dataset, predict
        self.features = columns(dataset)
        classes = len(dataset.class_names)
        self.estimator = _Classifier(self._output, classes) if classes else _Regressor(self._output)

    def _output(self, values: np.ndarray) -> np.ndarray:
        return self.predict(encoded(values, self.features, self.dataset.x.shape[1]))

    def values(self, rows: np.ndarray) -> np.ndarray:
        """(n, features) numbers, and places in the words of a category."""
        x = self.dataset.x[rows]
        return np.stack([f.values(x).astype(np.float64) for f in self.features], axis=1)

    def importance(self, rows: np.ndarray) -> list[Importance]:
        """Permutation importance of every feature on these rows, the largest first."""
        metric = self.benchmark.metric
        sign = 1 if metric.direction == "max" else -1

        def scoring(estimator: _Network, values: np.ndarray, truth: np.ndarray) -> float:
            return sign * score(self.benchmark, truth, estimator.output(values))[metric.name]

        found = permutation_importance(
            self.estimator,
            self.values(rows),
            self.dataset.y[rows],
            scoring=scoring,
            n_repeats=PERMUTATIONS,
            random_state=0,
        )
        order = np.argsort(-found.importances_mean, kind="stable")
        return [
            {
                "name": self.features[i].name,
                "mean": to_digits(found.importances_mean[i], 4),
                "std": to_digits(found.importances_std[i], 3),
            }
            for i in order
        ]

    def dependence(self, rows: np.ndarray, names: Sequence[str]) -> list[Dependence]:
        """Partial dependence on features by name; left out where a value is missing."""
        values = self.values(rows)
        result: list[Dependence] = []
        for name in names:
            place = next(i for i, f in enumerate(self.features) if f.name == name)
            feature = self.features[place]
            distinct = np.unique(values[:, place])
            if np.isnan(distinct).any() or len(distinct) < 2:
                continue
            if feature.words and len(distinct) > MOST_WORDS:
                continue
            found = partial_dependence(
                self.estimator,
                values,
                [place],
                categorical_features=[place] if feature.words else None,
                grid_resolution=GRID,
                kind="average",
                method="brute",
            )
            grid = found["grid_values"][0]
            result.append(
                {
                    "name": feature.name,
                    "unit": feature.unit,
                    "x": [feature.words[int(v)] for v in grid]
                    if feature.words
                    else [to_digits(v, 4) for v in grid],
                    "lines": self._lines(found["average"]),
                }
            )
        return result

    def _lines(self, averages: np.ndarray) -> list[tuple[str, list[float]]]:
        """Mean predictions by class, of many classes those that move most; of two the second."""
        names = list(self.dataset.class_names)
        if not names:
            names = [""]
        elif len(averages) == 1:
            names = names[-1:]
        order = np.argsort(-np.ptp(averages, axis=1), kind="stable")[:MOST_CLASSES]
        return [(names[i], [to_digits(v, 4) for v in averages[i]]) for i in sorted(order)]


def encoded(values: np.ndarray, features: Sequence[Column], width: int) -> np.ndarray:
    """(n, width) inputs from (n, features) values: the inverse of `Column.values`."""
    x = np.zeros((len(values), width))
    for place, feature in enumerate(features):
        column = values[:, place]
        if not feature.words:
            x[:, feature.first] = column
        elif feature.coded:
            x[:, feature.first] = np.where(column == len(feature.words) - 1, -1, column)
        else:
            x[np.arange(len(x)), feature.first + column.astype(int)] = 1.0
    return x
