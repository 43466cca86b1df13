"""Entries on tables of mixed columns: behind a scikit-learn transformer of the training rows.

The transformer fills gaps, scales and encodes; a network that is kept has the same steps in front
of it as stock Keras operations, so that the file takes the rows as the data set has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.fitted_network import keras_file

if TYPE_CHECKING:
    import keras

    from benchmarks.data.own.tables import Columns


def prepared(columns: Columns, entries: Sequence[Entry]) -> list[Entry]:
    """The same entries on rows whose columns are numbers with gaps, then categories.

    On the training rows of each repeat: a number's gaps get its median, and beside it a feature
    that says where they were; numbers are standardised; a category becomes one indicator a value
    that occurs there, so that values the training rows lack are none of them.
    """
    count, codes = len(columns.numeric), tuple(columns.categories.values())
    return [
        replace(entry, fit=partial(_fit, inner=entry.fit, numbers=count, codes=codes))
        for entry in entries
    ]


def transformer(numbers: int, codes: Sequence[int]) -> Any:
    """An unfitted scikit-learn `ColumnTransformer` for rows of `numbers`, then of codes.

    `codes` is how many values each category has: they are its codes, and -1 for none.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import MissingIndicator, SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    first, rest = list(range(numbers)), list(range(numbers, numbers + len(codes)))
    known = [np.arange(-1.0, count) for count in codes]
    encoder = OneHotEncoder(categories=known, handle_unknown="ignore", sparse_output=False)
    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(filled, StandardScaler()), first),
            ("gaps", MissingIndicator(features="all"), first),
            ("categories", encoder, rest),
        ],
        sparse_threshold=0.0,
    )


@dataclass(frozen=True)
class Prepared:
    """One repeat's transformer, fitted."""

    fitted: Any
    used: np.ndarray
    """(output features,) whether a feature is other than 0 in some training row; else it always
    is 0, as is the indicator of a value that only test rows have."""

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Rows (n, features) as (n, output features) float64."""
        out: np.ndarray = self.fitted.transform(x) * self.used
        return out

    def layers(self, rows: keras.KerasTensor) -> keras.KerasTensor:
        """The same on a Keras tensor of rows."""
        import keras
        from keras import ops

        steps = self.fitted.named_transformers_
        numbers = self.fitted.transformers_[0][2]
        parts = []
        if numbers:
            scaler, values = steps["numbers"][-1], rows[:, : len(numbers)]
            gap = ops.isnan(values)
            filled = ops.where(gap, steps["numbers"][0].statistics_.astype("float32"), values)
            parts += [
                keras.layers.Normalization(mean=scaler.mean_, variance=scaler.scale_**2)(filled),
                ops.cast(gap, "float32"),
            ]
        if self.fitted.transformers_[2][2]:
            known = steps["categories"].categories_
            place = len(numbers) + np.repeat(np.arange(len(known)), [len(one) for one in known])
            codes = np.concatenate(known).astype("float32")
            parts.append(ops.cast(ops.equal(ops.take(rows, place, axis=1), codes), "float32"))
        joined = parts[0] if len(parts) == 1 else keras.layers.Concatenate()(parts)
        return ops.multiply(joined, self.used.astype("float32"))


def prepare(training: Training, numbers: int, codes: Sequence[int]) -> Prepared:
    """Fit a transformer on the training rows of a repeat.

    Its output is equally wide in every repeat, whatever occurs in it: their networks can train
    together, and no repeat has a say in another's.
    """
    fitted = transformer(numbers, codes).fit(training.x)
    return Prepared(fitted, np.asarray(fitted.transform(training.x).any(axis=0)))


def _fit(
    trainings: Sequence[Training], *, inner: Any, numbers: int, codes: Sequence[int]
) -> list[Fitted]:
    steps = [prepare(training, numbers, codes) for training in trainings]
    ready = [replace(t, x=step.apply(t.x)) for t, step in zip(trainings, steps, strict=True)]
    return [_behind(step, fitted) for step, fitted in zip(steps, inner(ready), strict=True)]


def _behind(step: Prepared, fitted: Fitted) -> Fitted:
    archive = fitted.archive and partial(_keras_file, step, fitted.archive)
    return replace(fitted, predict=lambda x: fitted.predict(step.apply(x)), archive=archive)


def _keras_file(step: Prepared, inner: Callable[[], bytes]) -> bytes:
    import tempfile
    from pathlib import Path

    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(inner())
        network = keras.saving.load_model(path)
    rows = keras.Input((step.fitted.n_features_in_,))
    return keras_file(keras.Model(rows, network(step.layers(rows))))
