"""Plain networks as Klambauer et al. (2017) trained them: a grid, chosen on validation rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.tuned import inner_folds
from benchmarks.entries.inputs import moments

if TYPE_CHECKING:
    from benchmarks.training.shared import Activation, Network, Shape

VALIDATION = 7
"""One in so many training rows validates: some 15 %, as published."""
BATCH_SIZE = 64
EPOCHS = 100
MOST_STEPS, FEWEST_STEPS = 2000, 200
STEPS_PER_CALL = 25
"""Between two looks at the validation rows."""
PATIENCE = 10


def grid_of_networks(
    name: str,
    activation: Activation,
    hidden: Sequence[tuple[int, ...]],
    learning_rates: Sequence[float],
    **options: Any,
) -> Entry:
    """Multilayer perceptrons of one activation; depth, width and rate chosen in every repeat.

    Every candidate stops at its lowest loss on the validation rows; the one of most right answers
    there, then of lowest loss, predicts. Further options as `Entry`.
    """
    shapes, rates = tuple(hidden), tuple(learning_rates)
    depths = sorted({len(widths) for widths in hidden})
    about = (
        f"Multilayer perceptron of {depths[0]} to {depths[-1]} layers of {activation.upper()} "
        "units; depth, width and learning rate chosen in every fold, stopped early."
    )
    return Entry(
        name,
        "keras",
        partial(_fit, activation=activation, hidden=shapes, learning_rates=rates),
        about,
        {
            "activation": activation,
            "hidden": [list(widths) for widths in shapes],
            "learning_rates": list(rates),
            "validation": VALIDATION,
            "batch_size": BATCH_SIZE,
            "epochs": EPOCHS,
            "steps": [FEWEST_STEPS, MOST_STEPS],
            "patience": PATIENCE,
        },
        stack=0,
        protocol={"selection": "best validation epoch", "tuning": "on training rows"},
        **options,
    )


def _fit(
    trainings: Sequence[Training],
    *,
    activation: Activation,
    hidden: Sequence[tuple[int, ...]],
    learning_rates: Sequence[float],
) -> list[Fitted]:
    from benchmarks.training import shared

    classes = trainings[0].classes
    features = shared.padded(trainings[0].x.shape[1], shared.FEATURES)
    outputs = shared.padded(classes, shared.CLASSES)
    scaled = [moments(training.x) for training in trainings]
    rows = [
        shared.widened((t.x - mean) / np.sqrt(variance), features)
        for t, (mean, variance) in zip(trainings, scaled, strict=True)
    ]
    helds = [inner_folds(t.y, t.seed, VALIDATION)[0] for t in trainings]
    tried: list[list[tuple[float, float, Shape, Network]]] = [[] for _ in trainings]
    for number, widths in enumerate(hidden):
        shape = shared.Shape(features, widths, outputs, activation)
        jobs = [
            shared.Job(
                x[~held],
                t.y[~held],
                seed=1000 * t.seed + 10 * number + place,
                steps=_steps(int((~held).sum())),
                learning_rate=rate,
                schedule="constant",
                held_x=x[held],
                held_y=t.y[held],
                patience=PATIENCE,
            )
            for t, x, held in zip(trainings, rows, helds, strict=True)
            for place, rate in enumerate(learning_rates)
        ]
        networks = iter(
            shared.train(
                shape,
                jobs,
                classes,
                batch_size=BATCH_SIZE,
                networks=8,
                steps_per_call=STEPS_PER_CALL,
            )
        )
        for t, x, held, own in zip(trainings, rows, helds, tried, strict=True):
            for _ in learning_rates:
                network = next(networks)
                shares = shared.probabilities(shape, network.weights, x[held], classes)
                right = float((shares.argmax(axis=1) == t.y[held]).mean())
                own.append((right, -min(network.held_loss), shape, network))
    return [
        _fitted(training, scale, max(own, key=lambda one: one[:2]))
        for training, scale, own in zip(trainings, scaled, tried, strict=True)
    ]


def _steps(rows: int) -> int:
    return min(max(FEWEST_STEPS, -(-EPOCHS * rows // BATCH_SIZE)), MOST_STEPS)


def _fitted(
    training: Training,
    scale: tuple[np.ndarray, np.ndarray],
    best: tuple[float, float, Shape, Network],
) -> Fitted:
    right, _, shape, network = best
    mean, variance = scale

    def predict(x: np.ndarray) -> np.ndarray:
        from benchmarks.training import shared

        rows = shared.widened((x - mean) / np.sqrt(variance), shape.features)
        return shared.probabilities(shape, network.weights, rows, training.classes)

    return Fitted(
        predict,
        {"loss": network.loss, "val_loss": network.held_loss},
        sum(int(weight.size) for weight in network.weights),
        notes={"hidden": list(shape.hidden), "validation_accuracy": right},
    )
