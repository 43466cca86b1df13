"""The headline of tables: recipes trained on inner folds, weighted by what they leave out.

Every repeat cuts its training rows into inner folds. Each recipe trains a network on all folds but
one, for every fold; what these networks say of the rows they have not seen judges the recipe,
and the same networks answer for it. No row of another repeat is looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.tuned import inner_folds
from benchmarks.entries.tabular.encoding import Encoder, Encoding, fit_encoder

if TYPE_CHECKING:
    from benchmarks.training.shared import Activation, Job, Network, Shape

SEEDS_APART = 1000
"""Between the seeds of two repeats' networks."""


@dataclass(frozen=True)
class TabularRecipe:
    """A network and how it is trained, one of several that a repeat weighs."""

    name: str
    encoding: Encoding
    hidden: tuple[int, ...]
    activation: Activation = "silu"
    first: Activation | None = None
    dropout: float = 0.0
    learning_rate: float = 3e-3
    weight_decay: float = 2.0
    label_smoothing: float = 0.05
    frequency: float = 1.0
    """Of Fourier features: deviation of their weights times the root of the number of features."""
    epochs: float = 1.0
    """Of the budget's."""
    least_steps: int = 200


@dataclass(frozen=True)
class Budget:
    """How much is trained for so many training rows."""

    rows: int
    """Most rows it holds for; 0: any number."""
    members: int
    """Networks of a recipe, each of which leaves out one of five inner folds."""
    epochs: int
    batch_size: int
    recipes: tuple[str, ...]
    """Names of those that are trained."""
    width: int = 1
    """Factor of all hidden widths."""
    stack: int = 16
    """Networks in one program."""


def bagged(
    name: str,
    recipes: Sequence[TabularRecipe],
    budgets: Sequence[Budget],
    about: str,
    **options: Any,
) -> Entry:
    """An entry that averages the networks of several recipes, weighted on rows they left out.

    Of `budgets` the first that is large enough for the training rows holds. Further options as
    `Entry`.
    """
    return Entry(
        name,
        "keras",
        partial(_fit, recipes=tuple(recipes), budgets=tuple(budgets)),
        about,
        {
            "recipes": [asdict(recipe) for recipe in recipes],
            "budgets": [asdict(budget) for budget in budgets],
        },
        stack=0,
        **options,
    )


@dataclass(frozen=True)
class Member:
    """The networks of one recipe in one repeat."""

    recipe: str
    encoder: Encoder
    shape: Shape
    networks: list[Network]
    out_of_fold: np.ndarray
    """(n, classes) probabilities of training rows by the networks that have not seen them; NaN for
    rows that all have seen."""


def _fit(
    trainings: Sequence[Training], *, recipes: Sequence[TabularRecipe], budgets: Sequence[Budget]
) -> list[Fitted]:
    rows = max(len(training.y) for training in trainings)
    budget = next(one for one in budgets if one.rows >= rows or not one.rows)
    chosen = [recipe for recipe in recipes if recipe.name in budget.recipes]
    folds = [inner_folds(t.y, t.seed)[: budget.members] for t in trainings]
    members: list[list[Member]] = [[] for _ in trainings]
    for encoding in ("plain", "pieces"):
        alike = [recipe for recipe in chosen if recipe.encoding == encoding]
        for own, more in zip(members, _encoded(trainings, folds, alike, budget), strict=True):
            own += more
    return [_fitted(training, own) for training, own in zip(trainings, members, strict=True)]


def _encoded(
    trainings: Sequence[Training],
    folds: Sequence[Sequence[np.ndarray]],
    recipes: Sequence[TabularRecipe],
    budget: Budget,
) -> list[list[Member]]:
    """Every repeat's members of recipes with one encoding; networks of one shape train together."""
    from benchmarks.training import shared

    if not recipes:
        return [[] for _ in trainings]
    encoders = [fit_encoder(training.x, recipes[0].encoding) for training in trainings]
    rows = [encode(t.x) for encode, t in zip(encoders, trainings, strict=True)]
    features = shared.padded(max(x.shape[1] for x in rows), shared.FEATURES)
    rows = [shared.widened(x, features) for x in rows]
    classes = trainings[0].classes
    jobs: dict[Shape, list[shared.Job]] = {}
    for recipe in recipes:
        shape = _shape(recipe, features, shared.padded(classes, shared.CLASSES), budget.width)
        jobs.setdefault(shape, [])
        for t, x, held_out in zip(trainings, rows, folds, strict=True):
            jobs[shape] += [
                _job(recipe, t, x, np.flatnonzero(~held), fold, budget)
                for fold, held in enumerate(held_out)
            ]
    trained = {
        shape: iter(
            shared.train(shape, same, classes, batch_size=budget.batch_size, networks=budget.stack)
        )
        for shape, same in jobs.items()
    }
    members: list[list[Member]] = [[] for _ in trainings]
    for recipe in recipes:
        shape = _shape(recipe, features, shared.padded(classes, shared.CLASSES), budget.width)
        for own, t, x, held_out, encoder in zip(
            members, trainings, rows, folds, encoders, strict=True
        ):
            networks = [next(trained[shape]) for _ in held_out]
            left_out = np.full((len(t.y), classes), np.nan)
            for network, held in zip(networks, held_out, strict=True):
                left_out[held] = shared.probabilities(shape, network.weights, x[held], classes)
            own.append(Member(recipe.name, encoder, shape, networks, left_out))
    return members


def _shape(recipe: TabularRecipe, features: int, outputs: int, width: int) -> Shape:
    from benchmarks.training import shared

    return shared.Shape(
        features,
        tuple(width * units for units in recipe.hidden),
        outputs,
        recipe.activation,
        recipe.first,
        recipe.dropout,
    )


def _job(
    recipe: TabularRecipe,
    training: Training,
    x: np.ndarray,
    learnt: np.ndarray,
    fold: int,
    budget: Budget,
) -> Job:
    from benchmarks.training import shared

    steps = round(recipe.epochs * budget.epochs * len(learnt) / budget.batch_size)
    return shared.Job(
        x[learnt],
        training.y[learnt],
        seed=SEEDS_APART * training.seed + zlib.crc32(recipe.name.encode()) % 97 * 10 + fold,
        steps=max(recipe.least_steps, steps),
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        label_smoothing=recipe.label_smoothing,
        frequency=recipe.frequency / training.x.shape[1] ** 0.5,
    )


def _fitted(training: Training, members: Sequence[Member]) -> Fitted:
    judged = ~np.isnan(members[0].out_of_fold[:, 0])
    weights = mixture(
        np.stack([member.out_of_fold[judged] for member in members]), training.y[judged]
    )

    def predict(x: np.ndarray) -> np.ndarray:
        from benchmarks.training import shared

        total = np.zeros((len(x), training.classes))
        for member, weight in zip(members, weights, strict=True):
            if not weight:
                continue
            rows = shared.widened(member.encoder(x), member.shape.features)
            for network in member.networks:
                share = weight / len(member.networks)
                total += share * shared.probabilities(
                    member.shape, network.weights, rows, training.classes
                )
        return total

    losses = [network.loss for member in members for network in member.networks]
    shortest = min(len(loss) for loss in losses)
    used = [member for member, weight in zip(members, weights, strict=True) if weight]
    return Fitted(
        predict,
        {"loss": np.mean([loss[:shortest] for loss in losses], axis=0).tolist()},
        sum(int(w.size) for m in used for network in m.networks for w in network.weights),
        notes={"weights": {m.recipe: float(w) for m, w in zip(members, weights, strict=True)}},
    )


MOST_ROWS, TEMPERATURE = 300, 6.0
"""Of the weights by loss: rows that count at most, and what their log-likelihood is divided by."""
DRAWS = 40


def mixture(shares: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights (recipes,) of probabilities (recipes, n, classes), by the rows they left out.

    The mean of two: each recipe by its own likelihood, tempered, as in Bayesian averaging; and a
    greedy mixture, with the recipe taken once more that lowers its cross-entropy most (Caruana et
    al., *Ensemble Selection from Libraries of Models*, ICML 2004).
    """
    right = np.maximum(shares[:, np.arange(len(y)), y], 1e-6)
    likelihood = np.log(right).mean(axis=1) * min(len(y), MOST_ROWS) / TEMPERATURE
    alone = np.exp(likelihood - likelihood.max())
    counts, total = np.zeros(len(shares)), np.zeros(len(y))
    for draw in range(DRAWS):
        best = int(np.argmax(np.log((total + right) / (draw + 1)).mean(axis=1)))
        counts[best] += 1
        total = total + right[best]
    weights: np.ndarray = (alone / alone.sum() + counts / DRAWS) / 2
    return weights
