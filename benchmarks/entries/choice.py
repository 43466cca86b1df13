"""A recipe chosen anew in every repeat, on validation rows cut from its training rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.networks import mlp
from benchmarks.training.recipe import Recipe


def chosen(
    name: str,
    candidates: Sequence[Entry],
    about: str,
    *,
    validation_split: float = 0.2,
    headline: bool = False,
    suite: str = "full",
    stack: int = 0,
    seeded: int | None = None,
    seconds: float = 0.0,
) -> Entry:
    """An entry that trains, in every repeat, the candidate network that validates best there.

    Candidates are entries made by `network` or `mlp`. Each is tried with a single member on all
    but a share `validation_split` of a repeat's training rows and judged on that share, by squared
    error or by cross-entropy; the best is trained as declared, on all training rows. No row of
    another repeat is looked at, so that no test row has a say (a recipe shared by all repeats of
    a cross-validation has seen, as training rows, what the next repeat tests on).
    """
    return Entry(
        name=name,
        kind="keras",
        fit=partial(_fit, fits=tuple(c.fit for c in candidates), validation_split=validation_split),
        about=about,
        values={
            "candidates": {candidate.name: dict(candidate.values) for candidate in candidates},
            "validation_split": validation_split,
        },
        headline=headline,
        suite=suite,
        stack=stack,
        seeded=seeded,
        protocol={"tuning": "on training rows"},
        seconds=seconds,
    )


def _fit(
    trainings: Sequence[Training],
    *,
    fits: Sequence[Callable[..., list[Fitted]]],
    validation_split: float,
) -> list[Fitted]:
    held_out = [_held_out(training, validation_split) for training in trainings]
    losses = np.array([_validation_losses(fit, trainings, held_out) for fit in fits])
    if not np.isfinite(losses).any(axis=0).all():
        raise FloatingPointError("no candidate's validation loss is finite in every repeat")
    best = np.where(np.isfinite(losses), losses, np.inf).argmin(axis=0)
    by_place: dict[int, Fitted] = {}
    for candidate, fit in enumerate(fits):
        places = np.flatnonzero(best == candidate).tolist()
        if places:
            fitted = fit([trainings[place] for place in places])
            by_place |= dict(zip(places, fitted, strict=True))
    for place, one in by_place.items():
        one.notes = {
            **one.notes,
            "candidate": int(best[place]),
            "validation_losses": losses[:, place].tolist(),
        }
    return [by_place[place] for place in range(len(trainings))]


def _held_out(training: Training, validation_split: float) -> np.ndarray:
    """Whether a training row validates."""
    order = np.random.default_rng([training.seed, len(training.y)]).permutation(len(training.y))
    held = np.zeros(len(training.y), bool)
    held[order[: max(1, round(validation_split * len(order)))]] = True
    return held


def _validation_losses(
    fit: Callable[..., list[Fitted]], trainings: Sequence[Training], held_out: Sequence[np.ndarray]
) -> list[float]:
    inner = [
        replace(t, x=t.x[~held], y=t.y[~held]) for t, held in zip(trainings, held_out, strict=True)
    ]
    alone: dict[str, Any] = {"members": 1, "held_out": 0.0}
    return [
        _loss(t, held, one.predict(t.x[held]))
        for one, t, held in zip(fit(inner, **alone), trainings, held_out, strict=True)
    ]


def _loss(training: Training, held: np.ndarray, predicted: np.ndarray) -> float:
    if training.task == "regression":
        return float(np.mean((predicted - training.y[held]) ** 2))
    right = predicted[np.arange(len(predicted)), training.y[held]]
    return float(-np.mean(np.log(np.maximum(right, 1e-7))))


def ensemble(
    *, epochs: int, batch_size: int, members: int = 4, stack: int = 0, seconds: float = 100.0
) -> Entry:
    """The `full` suite's answer for tables of numbers: four networks, their recipe chosen.

    Each repeat chooses among a small network for noisy targets, a smooth one, and the smooth one
    on piecewise-linear features, which suit steps and thresholds; then trains it from four seeds,
    each leaving out another twentieth of the training rows, so that it predicts a distribution
    too.
    `stack` repeats at most train together, 0 means all: rows are resident once a network. Since a
    training takes seconds, the scatter over seeds is that of three splits.
    """
    shared: dict[str, Any] = {"members": members, "held_out": 0.05}
    smooth: dict[str, Any] = {"activation": "silu", **shared}
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=3e-3,
        schedule="cosine",
        weight_decay=0.01,
    )
    short = replace(recipe, epochs=max(1, epochs // 5), learning_rate=0.01, weight_decay=0.1)
    return chosen(
        "ensemble",
        [
            mlp("small", [50], short, **shared),
            mlp("smooth", [64, 64, 64], replace(recipe, learning_rate=5e-3), **smooth),
            mlp("piecewise", [128, 64], recipe, inputs="piecewise", bins=24, **smooth),
        ],
        f"Average of {members} networks, their recipe chosen among three in every repeat on "
        "validation rows.",
        headline=True,
        stack=stack,
        seeded=3,
        seconds=seconds,
    )


def small_mlp(units: int, *, epochs: int) -> Entry:
    """The quick headline for a few hundred rows: one hidden layer, its weight decay chosen.

    Some hundred rows may call for much decay or for none, so that every repeat chooses.
    """
    recipe = Recipe(epochs=epochs, batch_size=16, schedule="cosine")
    decays = {"free": 0.0, "decayed": 1.0}
    return chosen(
        f"mlp-{units}",
        [mlp(name, [units], replace(recipe, weight_decay=d)) for name, d in decays.items()],
        f"Multilayer perceptron with {units} relu units, with or without weight decay as every "
        "fold chooses.",
        headline=True,
        suite="quick",
    )
