"""Training once more on an inner part of the training rows, in a worker: where a network overfits.

No test row takes part. What comes of it is shown as a diagnostic and used for no choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import registry
from benchmarks.data import Store, load
from benchmarks.definition import Benchmark, Entry, Training
from benchmarks.entries import fitting
from benchmarks.repeats import split_at
from benchmarks.windows import overlapping, taken
from runners.execution.group import Group
from runners.execution.worker import configure_keras, is_distribution, score, training_rows
from runners.exhibits.learning_content import Curve, LearningExhibit

SHARE = 0.2
"""Share of the training rows that validates."""
CHECKPOINTS = 30
"""Epochs at most after which both parts are predicted: the first, the last, evenly between."""
MOST_ROWS = 2000
"""Rows of either part that are predicted, at most."""
SMALLEST = 1e-7
"""Probability below which a cross-entropy does not look."""


def watchable(entry: Entry, candidate: int = 0) -> Callable[..., Any] | None:
    """The training function of an entry whose network can be watched; None for any other.

    Of an entry that chooses among candidates that of the one by this number, of one that averages
    over views of an image that of the single view.
    """
    fit: Any = entry.fit
    keywords: Mapping[str, Any] = getattr(fit, "keywords", {})
    fit = keywords["fits"][candidate] if "fits" in keywords else keywords.get("fit", fit)
    return fit if getattr(fit, "func", None) is fitting.fit else None


def curves(group: Group, folder: Path, *, candidates: Mapping[str, int]) -> LearningExhibit | None:
    """Loss and score of the headline on what it is trained on and on what it is not.

    `folder` is the data folder; `candidates` the number of the recipe that is trained, by
    benchmark, where the entry chooses among several. None for a network that cannot be watched.
    """
    benchmark = registry.load().benchmarks[group.benchmark]
    entry = benchmark.entry(group.entry)
    fit = watchable(entry, candidates.get(group.benchmark, 0))
    if fit is None:
        return None
    dataset = load(benchmark.data, Store(folder, offline=True)).dataset
    configure_keras(group)
    splits = benchmark.protocol.splits(dataset)
    chosen = [training_rows(benchmark, dataset, split_at(splits, r)) for r in group.repeats]
    in_time = all(slides(training.x) for training in chosen)
    held = [_held(training, in_time) for training in chosen]
    parts = [
        [
            _rows(training, np.flatnonzero(rows))
            for training, rows in zip(chosen, by_part, strict=True)
        ]
        for by_part in ([~rows for rows in held], held)
    ]
    epochs = fit.keywords["recipe"].epochs  # type: ignore[attr-defined]
    points = sorted({round(1 + (epochs - 1) * i / (CHECKPOINTS - 1)) for i in range(CHECKPOINTS)})
    losses: list[list[list[float]]] = [[[] for _ in chosen] for _ in parts]
    scores: list[list[list[float]]] = [[[] for _ in chosen] for _ in parts]
    looked_at = [[_sample(training) for training in part] for part in parts]

    def watch(epoch: int, predictors: Sequence[Callable[[np.ndarray], np.ndarray]]) -> None:
        if epoch not in points:
            return
        for place, part in enumerate(looked_at):
            for number, (predict, rows) in enumerate(zip(predictors, part, strict=True)):
                predicted = np.asarray(predict(rows.x))
                scale = float(np.std(parts[0][number].y)) or 1.0
                losses[place][number].append(_loss(benchmark, rows, predicted, scale))
                of_metric = score(benchmark, rows.y, predicted)[benchmark.metric.name]
                scores[place][number].append(float(of_metric))

    fit(parts[0], members=1, held_out=0.0, watch=watch)
    exhibit: LearningExhibit = {
        "entry": entry.name,
        "candidate": _name(entry, candidates.get(group.benchmark, 0)),
        "member": fit.keywords.get("members", 1) > 1,  # type: ignore[attr-defined]
        "in_time": in_time,
        "share": SHARE,
        "rows": [len(parts[0][0].y), len(parts[1][0].y)],
        "repeats": list(group.repeats),
        "epochs": points,
        "loss": _curve(losses),
        "score": _curve(scores),
    }
    return exhibit


def slides(x: np.ndarray) -> bool:
    """Whether every row is the one before it moved by a step: windows of a series."""
    if overlapping(x):
        return True
    shape = x.ndim > 1 and len(x) > 1 and x.shape[1] > 1
    return bool(shape and np.array_equal(x[1:, :-1], x[:-1, 1:]) and np.ptp(x))


def _held(training: Training, in_time: bool) -> np.ndarray:
    """Whether a training row validates: the last ones of a series, else any."""
    rows = len(training.y)
    held, count = np.zeros(rows, bool), max(1, round(SHARE * rows))
    order = np.random.default_rng([training.seed, rows]).permutation(rows)
    held[np.arange(rows - count, rows) if in_time else order[:count]] = True
    return held


def _rows(training: Training, rows: np.ndarray) -> Training:
    return replace(training, x=taken(training.x, rows), y=taken(training.y, rows))


def _sample(training: Training) -> Training:
    """The rows that are predicted: evenly spaced ones where there are very many."""
    step = -(-len(training.y) // MOST_ROWS)
    return _rows(training, np.arange(0, len(training.y), step)) if step > 1 else training


def _loss(benchmark: Benchmark, rows: Training, predicted: np.ndarray, scale: float) -> float:
    """Cross-entropy, or mean squared error of targets of unit variance."""
    if benchmark.task == "classification":
        right = predicted[np.arange(len(predicted)), rows.y]
        return float(-np.mean(np.log(np.maximum(right, SMALLEST))))
    values = predicted[:, 0] if is_distribution(benchmark.task, predicted) else predicted
    return float(np.mean(((values - rows.y) / scale) ** 2))


def _name(entry: Entry, candidate: int) -> str:
    """Name of the candidate that is trained; "" for an entry that has none."""
    names = list(entry.values.get("candidates", {}))
    return names[candidate] if candidate < len(names) else ""


def _curve(values: Sequence[Sequence[Sequence[float]]]) -> Curve:
    """Of both parts a curve a repeat, with six digits."""
    train, validation = (
        [[float(f"{value:.6g}") for value in of_repeat] for of_repeat in part] for part in values
    )
    return {"train": train, "validation": validation}
