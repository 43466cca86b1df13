"""Training with the field's known shortcuts, in a worker; for the trick audit alone."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import registry
from benchmarks.data import Dataset, Store, load
from benchmarks.definition import Benchmark, Entry, Split
from runners.execution.group import Group
from runners.execution.worker import configure_keras, score, training_rows

BATCH = 128
"""Test batch size whose incomplete last batch `drop_last` leaves out."""
RATES = (0.3, 3.0)
"""Learning rates, as multiples of the declared one, among which a tuner on test rows chooses."""
CHECKPOINTS = 25
"""Epochs at most whose test predictions are kept, evenly spread, the last one included."""

Predictions = list[np.ndarray]
"""One array a repeat: (checkpoints, test rows, …)."""


def shortcuts(group: Group, folder: Path) -> tuple[dict[str, list[float]], Predictions]:
    """Scores of every repeat, clean and by shortcut, and the clean run's test predictions."""
    benchmark = registry.load().benchmarks[group.benchmark]
    entry = benchmark.entry(group.entry)
    dataset = load(benchmark.data, Store(folder, offline=True)).dataset
    splits = [benchmark.protocol.splits(dataset)[repeat] for repeat in group.repeats]
    configure_keras(group)
    size = entry.stack or len(splits)
    stacks = [splits[start : start + size] for start in range(0, len(splits), size)]

    def scores(**changes: Any) -> list[float]:
        fit = functools.partial(entry.fit, **changes)
        return [s for stack in stacks for s in _last(benchmark, dataset, stack, fit)]

    predictions = [p for stack in stacks for p in _watched(benchmark, dataset, stack, entry)]
    found = {"clean": _rescored(benchmark, dataset, splits, [p[-1:] for p in predictions])}
    found["best epoch on test"] = _rescored(benchmark, dataset, splits, predictions)
    if len(splits[0].test) % BATCH and len(splits[0].test) > BATCH:
        whole = [replace(s, test=s.test[: len(s.test) // BATCH * BATCH]) for s in splits]
        shortened = [p[-1:, : len(s.test)] for p, s in zip(predictions, whole, strict=True)]
        found[f"drop_last at batch {BATCH}"] = _rescored(benchmark, dataset, whole, shortened)
    keywords = entry.fit.keywords  # type: ignore[attr-defined]
    if keywords["inputs"] == "standardised":
        found["scaler fitted on all rows"] = scores(scaled_on=dataset.x)
    recipe = keywords["recipe"]
    tuned = [
        scores(recipe=replace(recipe, learning_rate=rate * recipe.learning_rate)) for rate in RATES
    ]
    pick = max if benchmark.metric.direction == "max" else min
    rates = f"learning rate tuned on test, {len(RATES) + 1} tried"
    found[rates] = pick([found["clean"], *tuned], key=lambda values: float(np.mean(values)))
    return found, predictions


def _watched(
    benchmark: Benchmark, dataset: Dataset, splits: Sequence[Split], entry: Entry
) -> Predictions:
    """Train clean and keep test predictions along the way."""
    kept: list[list[np.ndarray]] = [[] for _ in splits]
    epochs = entry.fit.keywords["recipe"].epochs  # type: ignore[attr-defined]
    every = -(-epochs // CHECKPOINTS)

    def watch(epoch: int, predictors: Sequence[Callable[[np.ndarray], np.ndarray]]) -> None:
        if epoch == epochs or not (epochs - epoch) % every:
            for own, predict, split in zip(kept, predictors, splits, strict=True):
                own.append(np.asarray(predict(dataset.x[split.test]), np.float32))

    fit: Callable[..., Any] = functools.partial(entry.fit, watch=watch)  # type: ignore[call-arg]
    fit([training_rows(benchmark, dataset, split) for split in splits])
    return [np.stack(own) for own in kept]


def _last(
    benchmark: Benchmark, dataset: Dataset, splits: Sequence[Split], fit: Callable[..., Any]
) -> list[float]:
    fitted = fit([training_rows(benchmark, dataset, split) for split in splits])
    return [
        _score(benchmark, dataset, split, np.asarray(one.predict(dataset.x[split.test])))
        for one, split in zip(fitted, splits, strict=True)
    ]


def _rescored(
    benchmark: Benchmark, dataset: Dataset, splits: Sequence[Split], predictions: Predictions
) -> list[float]:
    """The best score over checkpoints, repeat by repeat: the last one's if there is but one."""
    pick = max if benchmark.metric.direction == "max" else min
    return [
        pick(_score(benchmark, dataset, split, p) for p in own)
        for own, split in zip(predictions, splits, strict=True)
    ]


def _score(benchmark: Benchmark, dataset: Dataset, split: Split, prediction: np.ndarray) -> float:
    """The headline metric; shortcuts are audited on it alone."""
    return score(benchmark, dataset.y[split.test], prediction)[benchmark.metric.name]
