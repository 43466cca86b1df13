"""The entries every regression benchmark on the twenty published splits compares.

The network is the one of the published tables: a single hidden layer of 50 units (Hernández-Lobato
and Adams, ICML 2015, arXiv:1502.05336, section 5.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.definition import Entry
from benchmarks.entries.choice import chosen, ensemble
from benchmarks.entries.classical.references import boosting, linear, mean, nearest
from benchmarks.entries.networks import mlp
from benchmarks.training.recipe import Recipe


def regressors(
    *,
    epochs: int,
    batch_size: int,
    ensemble_epochs: int,
    shorter: Mapping[str, int] | None = None,
    stack: int = 0,
) -> list[Entry]:
    """The references, the network as headline, and for the full suite the ensemble.

    `epochs` are the network's; where it may overfit, every repeat chooses among these and `shorter`
    trainings, by name. `batch_size` holds for the ensemble too, of which `stack` repeats train
    together (0: all).
    """
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=0.01,
        schedule="cosine",
        weight_decay=0.01,
    )
    network = mlp("mlp-50", [50], recipe, headline=True)
    if shorter:
        few = [mlp(name, [50], replace(recipe, epochs=some)) for name, some in shorter.items()]
        network = chosen(
            "mlp-50",
            [*few, mlp("long", [50], recipe)],
            "Multilayer perceptron with 50 relu units, its number of epochs chosen in every "
            f"repeat among {len(few) + 1}.",
            headline=True,
            suite="quick",
        )
    return [
        *references(),
        network,
        ensemble(epochs=ensemble_epochs, batch_size=batch_size, stack=stack),
    ]


def references() -> list[Entry]:
    """The trivial baseline and three classical ones."""
    return [mean(), linear(), nearest(5), boosting()]
