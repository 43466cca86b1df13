"""The entries every regression benchmark on the twenty published splits compares.

The network is the one of the published tables: a single hidden layer of 50 units (Hernández-Lobato
and Adams, ICML 2015, arXiv:1502.05336, section 5.1).
"""

from __future__ import annotations

from benchmarks.definition import Entry
from benchmarks.entries.choice import ensemble
from benchmarks.entries.classical.references import boosting, linear, mean, nearest
from benchmarks.entries.networks import mlp
from benchmarks.training.recipe import Recipe


def regressors(
    *,
    epochs: int,
    batch_size: int,
    ensemble_epochs: int,
    weight_decay: float = 0.01,
    tuned: str = "",
    tuned_on: str = "on training rows",
    stack: int = 0,
) -> list[Entry]:
    """The references, the network as headline, and for the full suite the ensemble.

    `epochs` and `weight_decay` are the network's; `batch_size` holds for the ensemble too, of which
    `stack` repeats train together (0: all). `tuned` is how the network's recipe was chosen,
    `tuned_on` the protocol's word for it.
    """
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=0.01,
        schedule="cosine",
        weight_decay=weight_decay,
    )
    return [
        *references(),
        mlp("mlp-50", [50], recipe, tuned=tuned, tuned_on=tuned_on, headline=True),
        ensemble(epochs=ensemble_epochs, batch_size=batch_size, stack=stack),
    ]


def references() -> list[Entry]:
    """The trivial baseline and three classical ones."""
    return [mean(), linear(), nearest(5), boosting()]
