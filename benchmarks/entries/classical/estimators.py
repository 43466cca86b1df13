"""Any estimator of scikit-learn as an entry; Keras models too, through Keras' own wrappers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from benchmarks.definition import Entry, Fitted, Training


def estimator(
    name: str,
    make: Callable[[], Any],
    about: str,
    *,
    kind: Literal["reference", "keras"] = "reference",
    **options: Any,
) -> Entry:
    """An entry that fits what `make()` returns: an estimator, a pipeline, a search over settings.

    Of a classifier that gives no probabilities the class it names counts as certain. Every
    parameter `random_state` that is None gets the training seed.
    `keras.wrappers.SKLearnClassifier` and `SKLearnRegressor` fit in as they are (`kind="keras"`),
    alone, at the end of a pipeline or within a search. Further options as `Entry`.
    """
    stack = options.pop("stack", 0 if kind == "reference" else 1)
    fit = partial(_fit, make=make)
    return Entry(name, kind, fit, about, options.pop("values", {}), stack=stack, **options)


def _fit(trainings: Sequence[Training], *, make: Callable[[], Any]) -> list[Fitted]:
    return [_one(training, make) for training in trainings]


def _one(training: Training, make: Callable[[], Any]) -> Fitted:
    import sys

    model = make()
    unseeded = {
        key: training.seed
        for key, value in model.get_params().items()
        if key.rpartition("__")[2] == "random_state" and value is None
    }
    model.set_params(**unseeded)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(training.seed)
    model.fit(flat(training.x), training.y)
    if training.task == "regression":
        return Fitted(lambda x: np.asarray(model.predict(flat(x)), np.float64).reshape(len(x)))
    return Fitted(lambda x: probabilities(model, flat(x), training.classes))


def flat(x: np.ndarray) -> np.ndarray:
    """Rows (n, …) as (n, features) of float64, images of bytes as float32."""
    return x.reshape(len(x), -1).astype(np.float32 if x.dtype == np.uint8 else np.float64)


def probabilities(model: Any, x: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities with a column for every class, also those absent from training."""
    columns = np.zeros((len(x), classes))
    if not hasattr(model, "predict_proba"):
        # Keras' wrapper: what its network says, probabilities where it ends in a softmax.
        decision = model.decision_function(x) if hasattr(model, "decision_function") else x[:, :0]
        sums_to_one = decision.shape == columns.shape and np.allclose(decision.sum(1), 1, atol=1e-3)
        if sums_to_one and (decision >= 0).all():
            return np.asarray(decision, np.float64)
        return np.eye(classes)[np.asarray(model.predict(x), int).reshape(len(x))]
    columns[:, np.asarray(model.classes_, int)] = model.predict_proba(x)
    return columns
