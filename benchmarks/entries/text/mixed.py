"""Entries on tables with columns of text: each part prepared on training rows, joined in one model.

Rows are arrays of objects, numbers and codes first (`data.own.encoding.coded`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.own.encoding import numbers_and_texts
from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries import fitting
from benchmarks.entries.classical.column_transformer import Prepared, prepare, prepared
from benchmarks.entries.fitted_network import keras_file
from benchmarks.entries.text import builders, encoding
from benchmarks.entries.text.encoding import Encoder, Tokens
from benchmarks.entries.text.small import words_and_characters
from benchmarks.training.recipe import Recipe, recipe_values

if TYPE_CHECKING:
    import keras

    from benchmarks.data.own.tables import Columns


def without_texts(columns: Columns, entries: Sequence[Entry]) -> list[Entry]:
    """The entries on the numbers and categories alone, prepared as `prepared` does."""
    return [
        replace(one, fit=partial(_numbers_alone, inner=one.fit))
        for one in prepared(replace(columns, texts=()), entries)
    ]


def _numbers_alone(
    trainings: Sequence[Training], *, inner: Callable[[Sequence[Training]], list[Fitted]]
) -> list[Fitted]:
    alone = [replace(one, x=numbers_and_texts(one.x)[0]) for one in trainings]
    return [
        replace(one, predict=partial(_predict_alone, inner=one.predict)) for one in inner(alone)
    ]


def _predict_alone(rows: np.ndarray, *, inner: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return inner(numbers_and_texts(rows)[0])


def linear_with_texts(columns: Columns, *, classes: bool) -> Entry:
    """A linear model on words and characters of the texts beside the prepared columns."""
    about = "Ridge regression" if not classes else "Logistic regression"
    return Entry(
        "linear-with-texts",
        "reference",
        partial(_fit_linear, numbers=len(columns.numeric), codes=_codes(columns)),
        f"{about} on TF-IDF of words and characters, beside the other columns.",
        {"C": 10.0, "words": [1, 2], "characters": [2, 4]},
        stack=0,
    )


def _codes(columns: Columns) -> tuple[int, ...]:
    return tuple(columns.categories.values())


def _fit_linear(
    trainings: Sequence[Training], *, numbers: int, codes: tuple[int, ...]
) -> list[Fitted]:
    return [_linear(training, numbers, codes) for training in trainings]


def _linear(training: Training, numbers: int, codes: tuple[int, ...]) -> Fitted:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multiclass import OneVsRestClassifier

    from benchmarks.entries.text.classical import ngrams

    values, texts = numbers_and_texts(training.x)
    step = _prepared(training, values, numbers, codes)
    tables = [ngrams().fit(column.tolist()) for column in texts.T]

    def features(rows: np.ndarray) -> Any:
        values, texts = numbers_and_texts(rows)
        parts = [
            table.transform(column.tolist()) for table, column in zip(tables, texts.T, strict=True)
        ]
        return hstack([*parts, *([csr_matrix(step.apply(values))] if step else [])]).tocsr()

    if training.task == "regression":
        ridge = Ridge(alpha=1.0).fit(features(training.x), training.y)
        return Fitted(lambda rows: np.asarray(ridge.predict(features(rows)), np.float64))
    model = OneVsRestClassifier(LogisticRegression(C=10.0, solver="liblinear"))
    model.fit(features(training.x), training.y)

    def shares(rows: np.ndarray) -> np.ndarray:
        columns = np.zeros((len(rows), training.classes))
        columns[:, np.asarray(model.classes_, int)] = model.predict_proba(features(rows))
        return columns

    return Fitted(shares)


def _prepared(
    training: Training, values: np.ndarray, numbers: int, codes: tuple[int, ...]
) -> Prepared | None:
    """The preparation of numbers and codes; None where there are none."""
    return prepare(replace(training, x=values), numbers, codes) if values.shape[1] else None


def small_with_texts(
    name: str,
    *,
    columns: Columns,
    length: int = 100,
    width: int = 16,
    units: int = 32,
    dropout: float = 0.3,
    epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 5e-3,
    weight_decay: float = 0.0,
    tuned: str = "",
    tuned_on: str = "on training rows",
    **options: Any,
) -> Entry:
    """One network over the mean of each text's embeddings and a layer over the other columns.

    Tokens are as in `small_text`; `tuned` and `tuned_on` as in `entries.network`, further options
    as `Entry`. The kept network takes two inputs: the coded columns, and the texts as strings.
    """
    tokens = words_and_characters(length)
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule="cosine",
        weight_decay=weight_decay,
    )
    settings: dict[str, Any] = {"width": width, "units": units, "dropout": dropout}
    build = partial(
        builders.texts_and_numbers,
        lengths=(sum(one.length for one in tokens),) * len(columns.texts),
        vocabulary=encoding.size(tokens),
        **settings,
    )
    return Entry(
        name,
        "keras",
        partial(
            _fit_network,
            tokens=tokens,
            numbers=len(columns.numeric),
            codes=_codes(columns),
            inner=partial(fitting.fit, build=build, recipe=recipe, inputs="raw"),
        ),
        f"Means of embeddings of the first {length} words, beside a layer of {units} units over "
        "the other columns.",
        {
            **recipe_values(recipe),
            "precision": "float32",
            "length": length,
            **settings,
            **({"tuned": tuned} if tuned else {}),
        },
        protocol={"tuning": tuned_on} if tuned else {},
        **{"stack": 0, **options},
    )


def _fit_network(
    trainings: Sequence[Training],
    *,
    tokens: Sequence[Tokens],
    numbers: int,
    codes: tuple[int, ...],
    inner: Callable[[Sequence[Training]], list[Fitted]],
) -> list[Fitted]:
    steps = [_Steps.fitted(training, tokens, numbers, codes) for training in trainings]
    ready = [replace(t, x=step.apply(t.x)) for t, step in zip(trainings, steps, strict=True)]
    return [
        replace(
            one,
            predict=partial(_predict_joined, step=step, inner=one.predict),
            archive=partial(_archive, one.predict.args[0], step),  # type: ignore[attr-defined]
        )
        for one, step in zip(inner(ready), steps, strict=True)
    ]


def _predict_joined(
    rows: np.ndarray, *, step: _Steps, inner: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    return inner(step.apply(rows))


class _Steps:
    """One repeat's vocabularies and preparation of columns."""

    def __init__(self, encoders: Sequence[Encoder], prepared: Prepared | None) -> None:
        self.encoders, self.prepared = encoders, prepared

    @classmethod
    def fitted(
        cls, training: Training, tokens: Sequence[Tokens], numbers: int, codes: tuple[int, ...]
    ) -> _Steps:
        """Learned on training rows."""
        values, texts = numbers_and_texts(training.x)
        encoders = [encoding.fitted(tokens, column) for column in texts.T]
        return cls(encoders, _prepared(training, values, numbers, codes))

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """Rows of objects as float32: token numbers of every text, then prepared columns."""
        values, texts = numbers_and_texts(rows)
        parts = [one.numbers(column) for one, column in zip(self.encoders, texts.T, strict=True)]
        parts += [self.prepared.apply(values).astype(np.float32)] if self.prepared else []
        return np.concatenate(parts, axis=1)

    def network(self, inner: keras.Model) -> keras.Model:
        """The network of coded columns, if there are any, and of strings."""
        import keras

        texts = keras.Input((len(self.encoders),), dtype="string", name="texts")
        parts = [one.layers_of(texts[:, place]) for place, one in enumerate(self.encoders)]
        if self.prepared is None:
            return keras.Model(texts, inner(_joined(parts)))
        rows = keras.Input((self.prepared.fitted.n_features_in_,), name="columns")
        parts.append(self.prepared.layers(rows))
        return keras.Model([rows, texts], inner(_joined(parts)))


def _joined(parts: Sequence[Any]) -> Any:
    from keras import ops

    return parts[0] if len(parts) == 1 else ops.concatenate(list(parts), axis=1)


def _archive(network: keras.Model, step: _Steps) -> bytes:
    return keras_file(step.network(network))
