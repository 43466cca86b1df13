"""Keras networks as entries: a function that builds the network, and a recipe that trains it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

Build = Callable[[tuple[int, ...], int], "keras.Model"]
"""(input shape, outputs) to a network ending in that many linear outputs (logits)."""
Watch = Callable[[int, Sequence[Callable[[np.ndarray], np.ndarray]]], None]
"""Called with the number of an epoch and every repeat's predictor as it is after it."""


def network(
    name: str,
    build: Build,
    recipe: Recipe,
    about: str,
    *,
    inputs: Literal["standardised", "raw"] = "standardised",
    precision: Literal["float32", "fastest"] = "float32",
    stack: int = 0,
    threads: int = 1,
    headline: bool = False,
    suite: str = "quick",
    values: dict[str, Any] | None = None,
    tuned: str = "",
) -> Entry:
    """An entry that trains the network `build` makes by `recipe`.

    Standardised inputs are scaled per feature (last axis) with the training rows' mean and
    deviation; regression targets always are. `precision="fastest"` means mixed_bfloat16 where
    the processor multiplies it in hardware. `stack` repeats at most train together, 0 means all.
    `tuned` says how the recipe was chosen on validation rows cut from the training rows.
    """
    described = {**dataclasses.asdict(recipe), "inputs": inputs, "precision": precision}
    described |= {"tuned": tuned} if tuned else {}
    return Entry(
        name=name,
        kind="keras",
        fit=partial(_fit, build=build, recipe=recipe, inputs=inputs),
        about=about,
        values={**described, **(values or {})},
        headline=headline,
        suite=suite,
        stack=stack,
        threads=threads,
        protocol={"tuning": "on training rows"} if tuned else {},
    )


def mlp(
    name: str,
    hidden: Sequence[int],
    recipe: Recipe,
    *,
    activation: str = "relu",
    dropout: float = 0.0,
    **options: Any,
) -> Entry:
    """A multilayer perceptron with the given hidden widths; further options as `network`."""
    shape = "×".join(str(width) for width in hidden)
    build = partial(_dense, hidden=tuple(hidden), activation=activation, dropout=dropout)
    about = f"Multilayer perceptron with {shape} {activation} units" + (
        f" and dropout {dropout:g}." if dropout else "."
    )
    values = {"hidden": list(hidden), "activation": activation, "dropout": dropout}
    return network(name, build, recipe, about, values=values, **options)


def _dense(
    shape: tuple[int, ...],
    outputs: int,
    *,
    hidden: tuple[int, ...],
    activation: str,
    dropout: float,
) -> keras.Model:
    import keras

    layers: list[Any] = [keras.Input(shape)]
    for width in hidden:
        layers.append(keras.layers.Dense(width, activation=activation))
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    return keras.Sequential([*layers, keras.layers.Dense(outputs)])


def _fit(
    trainings: Sequence[Training],
    *,
    build: Build,
    recipe: Recipe,
    inputs: str,
    watch: Watch | None = None,
    scaled_on: np.ndarray | None = None,
) -> list[Fitted]:
    """Train one network per repeat, all in one compiled program.

    `watch` and `scaled_on` (rows the scaler is fitted on instead of the training rows) are for
    the trick audit, which shows what leaking test rows would have bought; nothing else sets them.
    """
    import keras

    from benchmarks.training.compiled import train

    shape, task = trainings[0].x.shape[1:], trainings[0].task
    outputs = 1 if task == "regression" else trainings[0].classes
    models = []
    for training in trainings:
        keras.utils.set_random_seed(training.seed)
        models.append(build(shape, outputs))
    moments = [
        _moments(t.x if scaled_on is None else scaled_on) if inputs == "standardised" else None
        for t in trainings
    ]
    xs = [
        t.x if m is None else (t.x - m[0]) / np.maximum(np.sqrt(m[1]), 1e-7)
        for t, m in zip(trainings, moments, strict=True)
    ]
    scales = [(0.0, 1.0) if task == "classification" else _scale(t.y) for t in trainings]
    ys = [
        t.y if task == "classification" else (t.y - centre) / width
        for t, (centre, width) in zip(trainings, scales, strict=True)
    ]
    wholes = [
        _deployable(model, shape, moment, scale if task == "regression" else None)
        for model, moment, scale in zip(models, moments, scales, strict=True)
    ]
    predictors = [partial(_predict, whole) for whole in wholes]
    curves = train(
        models,
        xs,
        ys,
        [t.seed for t in trainings],
        recipe,
        "mse" if task == "regression" else "crossentropy",
        watch and (lambda epoch: watch(epoch, predictors)),
    )
    params = int(sum(np.prod(v.shape) for v in models[0].trainable_variables))
    return [
        Fitted(predict, curve, params, partial(_archive, whole))
        for predict, curve, whole in zip(predictors, curves, wholes, strict=True)
    ]


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of every feature (last axis) over all other axes, in float64.

    A feature that does not vary, as far as float32 can tell, is given variance 1: divided by
    next to nothing, its first other value among the test rows would drown all else.
    """
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes, dtype=np.float64), x.var(axes, dtype=np.float64)
    varies = np.sqrt(variance) > np.finfo(np.float32).eps * np.abs(mean)
    return mean, np.where(varies, variance, 1.0)


def _scale(y: np.ndarray) -> tuple[float, float]:
    return float(y.mean()), float(y.std()) or 1.0


def _deployable(
    model: keras.Model,
    shape: tuple[int, ...],
    moments: tuple[np.ndarray, np.ndarray] | None,
    scale: tuple[float, float] | None,
) -> keras.Model:
    """The network with its preprocessing: raw inputs to target values or probabilities.

    It is what gets scored and what gets saved, so the file on the shelf is the model on the page.
    """
    import keras

    layers: list[Any] = [keras.Input(shape)]
    if moments is not None:
        layers.append(keras.layers.Normalization(mean=moments[0], variance=moments[1]))
    layers.append(model)
    if scale is None:
        layers.append(keras.layers.Softmax(dtype="float32"))
    else:
        layers.append(keras.layers.Rescaling(scale=scale[1], offset=scale[0], dtype="float32"))
    return keras.Sequential(layers)


def _predict(model: keras.Model, x: np.ndarray, batch: int = 1000) -> np.ndarray:
    parts = [
        np.asarray(model(x[start : start + batch].astype(np.float32), training=False))
        for start in range(0, len(x), batch)
    ]
    out = np.concatenate(parts)
    return out[:, 0] if out.shape[1] == 1 else out


def _archive(model: keras.Model) -> bytes:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
