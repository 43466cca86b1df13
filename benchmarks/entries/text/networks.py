"""Keras networks for texts as entries: tokens, a builder and a recipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries import fitting
from benchmarks.entries.fitted_network import keras_file
from benchmarks.entries.text import builders, encoding
from benchmarks.entries.text.encoding import Encoder, Tokens
from benchmarks.training.recipe import Recipe, recipe_values

if TYPE_CHECKING:
    import keras

Kind = Literal["mean_embedding", "convolutions", "gru", "transformer"]


def text_network(
    name: str,
    kind: Kind,
    tokens: Sequence[Tokens],
    recipe: Recipe,
    about: str,
    *,
    members: int = 1,
    tuned: str = "",
    tuned_on: str = "on training rows",
    settings: dict[str, Any] | None = None,
    **options: Any,
) -> Entry:
    """An entry that trains a network of `builders` over the tokens of texts.

    `settings` are the builder's own. `members` networks from different seeds are averaged. The kept
    network takes strings. `tuned` and `tuned_on` are as in `entries.network`; further options as
    `Entry`.
    """
    settings = settings or {}
    build = partial(getattr(builders, kind), vocabulary=encoding.size(tokens), **settings)
    inner = partial(fitting.fit, build=build, recipe=recipe, inputs="raw", members=members)
    values = {
        **recipe_values(recipe),
        "precision": "float32",
        "tokens": [{**asdict(one), "ngrams": list(one.ngrams)} for one in tokens],
        "network": kind,
        **{key: list(v) if isinstance(v, tuple) else v for key, v in settings.items()},
        **({"members": members} if members > 1 else {}),
        **({"tuned": tuned} if tuned else {}),
    }
    return Entry(
        name,
        "keras",
        partial(fit, tokens=tuple(tokens), inner=inner),
        about,
        values,
        protocol={"tuning": tuned_on} if tuned else {},
        **{"stack": 0, **options},
    )


def fit(
    trainings: Sequence[Training],
    *,
    tokens: Sequence[Tokens],
    inner: Callable[[Sequence[Training]], list[Fitted]],
) -> list[Fitted]:
    """Learn every repeat's vocabulary on its training texts (n,), and train on token numbers."""
    encoders = [encoding.fitted(tokens, training.x) for training in trainings]
    numbered = [
        replace(training, x=encoder.numbers(training.x))
        for training, encoder in zip(trainings, encoders, strict=True)
    ]
    return [_of_texts(one, encoder) for one, encoder in zip(inner(numbered), encoders, strict=True)]


def _of_texts(fitted: Fitted, encoder: Encoder) -> Fitted:
    """The same network for texts; predictors of `fitting` are partial functions of it."""
    network: keras.Model = fitted.predict.args[0]  # type: ignore[attr-defined]
    return replace(
        fitted,
        predict=partial(_predict, encoder=encoder, inner=fitted.predict),
        archive=partial(_archive, network, encoder),
    )


def _predict(
    texts: np.ndarray, *, encoder: Encoder, inner: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    return inner(encoder.numbers(texts))


def _archive(network: keras.Model, encoder: Encoder) -> bytes:
    return keras_file(encoder.network(network))
