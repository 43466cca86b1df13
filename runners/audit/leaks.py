"""Training with the field's known shortcuts, in a worker; for the audit alone."""

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
from benchmarks.repeats import split_at
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
    entry = first_candidate(benchmark.entry(group.entry))
    dataset = load(benchmark.data, Store(folder, offline=True)).dataset
    every = benchmark.protocol.splits(dataset)
    splits = [split_at(every, repeat) for repeat in group.repeats]
    configure_keras(group)
    size = entry.stack or len(splits)
    stacks = [splits[start : start + size] for start in range(0, len(splits), size)]

    def scores(**changes: Any) -> list[float]:
        fit = functools.partial(entry.fit, **changes)
        return [s for stack in stacks for s in _final_scores(benchmark, dataset, stack, fit)]

    predictions = [p for stack in stacks for p in _checkpoints(benchmark, dataset, stack, entry)]
    by_shortcut = {"clean": _best_scores(benchmark, dataset, splits, [p[-1:] for p in predictions])}
    by_shortcut["best epoch on test"] = _best_scores(benchmark, dataset, splits, predictions)
    if len(splits[0].test) % BATCH and len(splits[0].test) > BATCH:
        whole = [replace(s, test=s.test[: len(s.test) // BATCH * BATCH]) for s in splits]
        shortened = [p[-1:, : len(s.test)] for p, s in zip(predictions, whole, strict=True)]
        by_shortcut[f"drop_last at batch {BATCH}"] = _best_scores(
            benchmark, dataset, whole, shortened
        )
    keywords = entry.fit.keywords  # type: ignore[attr-defined]
    if keywords["inputs"] == "standardised":
        by_shortcut["scaler fitted on all rows"] = scores(scaled_on=dataset.x)
    recipe = keywords["recipe"]
    tuned = [
        scores(recipe=replace(recipe, learning_rate=rate * recipe.learning_rate)) for rate in RATES
    ]
    best = max if benchmark.metric.direction == "max" else min
    rates = f"learning rate tuned on test, {len(RATES) + 1} tried"
    by_shortcut[rates] = best(
        [by_shortcut["clean"], *tuned], key=lambda values: float(np.mean(values))
    )
    return by_shortcut, predictions


def first_candidate(entry: Entry) -> Entry:
    """The entry itself, or the first candidate of one that chooses in every repeat."""
    fits = entry.fit.keywords.get("fits") if isinstance(entry.fit, functools.partial) else None
    return replace(entry, fit=fits[0]) if fits else entry


def _checkpoints(
    benchmark: Benchmark, dataset: Dataset, splits: Sequence[Split], entry: Entry
) -> Predictions:
    """Train clean and keep test predictions along the way."""
    predictions: list[list[np.ndarray]] = [[] for _ in splits]
    epochs = entry.fit.keywords["recipe"].epochs  # type: ignore[attr-defined]
    every = -(-epochs // CHECKPOINTS)

    def watch(epoch: int, predictors: Sequence[Callable[[np.ndarray], np.ndarray]]) -> None:
        if epoch == epochs or not (epochs - epoch) % every:
            for of_repeat, predict, split in zip(predictions, predictors, splits, strict=True):
                of_repeat.append(np.asarray(predict(dataset.x[split.test]), np.float32))

    fit: Callable[..., Any] = functools.partial(entry.fit, watch=watch)  # type: ignore[call-arg]
    fit([training_rows(benchmark, dataset, split) for split in splits])
    return [np.stack(of_repeat) for of_repeat in predictions]


def _final_scores(
    benchmark: Benchmark, dataset: Dataset, splits: Sequence[Split], fit: Callable[..., Any]
) -> list[float]:
    fitted = fit([training_rows(benchmark, dataset, split) for split in splits])
    return [
        _score(benchmark, dataset, split, np.asarray(one.predict(dataset.x[split.test])))
        for one, split in zip(fitted, splits, strict=True)
    ]


def _best_scores(
    benchmark: Benchmark, dataset: Dataset, splits: Sequence[Split], predictions: Predictions
) -> list[float]:
    """The best score over checkpoints, repeat by repeat: the last one's if there is but one."""
    best = max if benchmark.metric.direction == "max" else min
    return [
        best(_score(benchmark, dataset, split, p) for p in of_repeat)
        for of_repeat, split in zip(predictions, splits, strict=True)
    ]


def _score(benchmark: Benchmark, dataset: Dataset, split: Split, prediction: np.ndarray) -> float:
    """The headline metric; shortcuts are audited on it alone."""
    return score(benchmark, dataset.y[split.test], prediction)[benchmark.metric.name]
