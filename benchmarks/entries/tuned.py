"""Entries made of plain settings, for the search space of a definition (`make improve`)."""

from __future__ import annotations

from typing import Any, Literal

from benchmarks.definition import Entry
from benchmarks.entries.networks import mlp
from benchmarks.training.recipe import Recipe


def tunable_mlp(
    name: str,
    *,
    units: int = 64,
    layers: int = 1,
    dropout: float = 0.0,
    activation: str = "relu",
    epochs: int = 100,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.0,
    schedule: Literal["constant", "cosine", "one-cycle", "linear", "steps"] = "cosine",
    **options: Any,
) -> Entry:
    """A multilayer perceptron for tables whose every number is a setting.

    `layers` hidden layers of `units` each, trained by Adam (AdamW with a `weight_decay`) for
    `epochs`; further options as `mlp` and `network` (inputs, stack, headline, suite, tuned, …).
    """
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule=schedule,
        weight_decay=weight_decay,
    )
    return mlp(name, [units] * layers, recipe, activation=activation, dropout=dropout, **options)
