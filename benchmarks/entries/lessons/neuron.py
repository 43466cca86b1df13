"""One neuron, the smallest network there is: what it has learned can be read off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.networks import network
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


def neuron(name: str, recipe: Recipe, **options: Any) -> Entry:
    """A single linear neuron that maps one number to one number; options as `network`.

    Notes the slope and the intercept of the line it has learned, in the units of the data.
    """
    entry = network(name, _one, recipe, "One neuron: a weight and a bias, no more.", **options)
    return replace(entry, fit=partial(with_line, fits=(entry.fit,)))


def with_line(
    trainings: Sequence[Training],
    *,
    fits: Sequence[Callable[[Sequence[Training]], list[Fitted]]],
) -> list[Fitted]:
    """Train by the only fit of `fits`, then note the line through each predictor.

    ValueError for data with more than one feature, through which there is no line.
    """
    if trainings[0].x.shape[1:] != (1,):
        raise ValueError(
            f"expected one feature a row, received rows of shape {trainings[0].x.shape[1:]}; "
            "several features have no single slope: use `mlp`"
        )
    (fit,) = fits
    return [_noted(fitted) for fitted in fit(trainings)]


def _noted(fitted: Fitted) -> Fitted:
    at_zero, at_hundred = fitted.predict(np.array([[0.0], [100.0]])).astype(float)
    line = {"slope": float(at_hundred - at_zero) / 100, "intercept": float(at_zero)}
    return replace(fitted, notes={**fitted.notes, **line})


def _one(shape: tuple[int, ...], outputs: int) -> keras.Model:
    import keras

    return keras.Sequential([keras.Input(shape), keras.layers.Dense(outputs)])
