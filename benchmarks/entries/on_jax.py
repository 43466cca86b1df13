"""`entries.fitting.fit` with the trainer on JAX, for the companions of `KERAS_BACKEND=jax`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.definition import Fitted, Training
from benchmarks.entries import portable
from benchmarks.entries.fitted_network import keras_file
from benchmarks.entries.fitting import (
    Build,
    Start,
    TestTimeAugmentation,
    begin_repeat,
    complete_network,
    mean_curve,
    member_seed,
    predict,
    residual_variance,
)
from benchmarks.entries.inputs import Kind, prepare
from benchmarks.entries.rules import Rule
from benchmarks.training.recipe import Recipe


def fit(
    trainings: Sequence[Training],
    *,
    build: Build,
    recipe: Recipe,
    inputs: Kind,
    bins: int = 0,
    members: int = 1,
    held_out: float = 0.0,
    start: Start | None = None,
    test_time_augmentation: TestTimeAugmentation = "none",
    rule: Rule | None = None,
) -> list[Fitted]:
    """Train the networks of every repeat in one program; arguments as `entries.fitting.fit`.

    Recipes that weight rows train in it too. Raises ValueError for a network whose Python code
    depends on values, which Keras' own loop refuses on JAX as well.
    """
    from benchmarks.training.on_jax.trainer import Job, train

    if rule is not None and rule.ratio and held_out:
        raise ValueError("expected no rows held out beside a ratio, which is not normal; set 0")
    repeats = [
        begin_repeat(
            t,
            build,
            prepare(inputs, t.x, bins),
            held_out,
            members,
            start,
            test_time_augmentation,
            rule,
        )
        for t in trainings
    ]
    jobs = []
    for repeat in repeats:
        factors = portable.row_factors(recipe, repeat.training)
        for member, (model, left_out) in enumerate(
            zip(repeat.networks, repeat.left_out, strict=True)
        ):
            rows = np.delete(np.arange(len(repeat.y)), left_out)
            own = factors and (factors[0][rows] * factors[1][rows], factors[1][rows])
            seed = member_seed(repeat.training, member)
            jobs.append(Job(model, repeat.x[rows], repeat.y[rows], seed, own))
    loss = "mse" if trainings[0].task == "regression" else "crossentropy"
    told: list[str] = []
    curves = [one.curves for one in train(jobs, recipe, loss, say=told.append)]
    notes = {"remarks": told[-1:]} if told else {}
    fitted = []
    for place, repeat in enumerate(repeats):
        whole = complete_network(repeat, residual_variance(repeat))
        of_members = curves[place * members : (place + 1) * members]
        weights = (v for network in repeat.networks for v in network.trainable_variables)
        fitted.append(
            Fitted(
                partial(predict, whole),
                {name: mean_curve([c[name] for c in of_members]) for name in of_members[0]},
                int(sum(np.prod(v.shape) for v in weights)),
                partial(keras_file, whole),
                notes,
            )
        )
    return fitted
