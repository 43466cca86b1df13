"""Training by Keras' own `compile` and `fit`, on whichever backend Keras has been started with.

The trainer of `compiled` is written for TensorFlow. Here the same networks train by the same recipe
on the same batches in the same order, one network after the other and step by step: many times
slower for small networks, which is the price of a backend's own loop. First weights are drawn by
the backend's generator, so that scores differ as those of other seeds do.

Recipes that weight classes or rows train here on TensorFlow too: the compiled trainer weights none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Fitted, Training
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
from benchmarks.training.batches import orders
from benchmarks.training.recipe import Recipe, weight_field

if TYPE_CHECKING:
    import keras

    from benchmarks.entries.fitting import Repeat

COVERED = {
    "optimizer": ("adam", "sgd", "rmsprop"),
    "flip": ("none",),
    "shift": (0.0,),
    "validation_split": (0.0,),
}
"""What Keras' own loop covers of a recipe without code for each backend."""


def obstacle(recipe: Recipe) -> str:
    """Why Keras' own loop does not cover a recipe, naming the field; empty where it does."""
    field = next((name for name in COVERED if getattr(recipe, name) not in COVERED[name]), "")
    return f"recipe: {field} {getattr(recipe, field)!r} needs TensorFlow or JAX" if field else ""


def check_weights(recipe: Recipe) -> None:
    """Raise ValueError for a recipe that weights rows beside what Keras' own loop does not do."""
    for field in ("optimizer", "flip", "shift"):
        if weight_field(recipe) and getattr(recipe, field) not in COVERED[field]:
            known = " or ".join(map(repr, COVERED[field]))
            raise ValueError(
                f"recipe: {field}: expected {known} beside {weight_field(recipe)}, received "
                f"{getattr(recipe, field)!r}"
            )
    if isinstance(recipe.class_weight, str) and recipe.class_weight != "balanced":
        raise ValueError(
            f"recipe: class_weight: expected factors by class number, such as {{0: 1.0, 1: 5.0}}, "
            f"or 'balanced', received {recipe.class_weight!r}"
        )


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
    """`entries.fitting.fit`, with the same arguments, by Keras' own loop.

    Raises ValueError for a recipe with an `obstacle` and for rows held out beside a ratio, and
    FloatingPointError for a loss that stops being finite.
    """
    if rule is not None and rule.ratio and held_out:
        raise ValueError("expected no rows held out beside a ratio, which is not normal; set 0")
    fitted = []
    with without_gradients():
        for training in trainings:
            prepared = prepare(inputs, training.x, bins)
            repeat = begin_repeat(
                training,
                build,
                prepared,
                held_out,
                members,
                start,
                test_time_augmentation,
                rule,
            )
            factors = row_factors(recipe, training)
            curves = [_member(repeat, member, recipe, factors) for member in range(members)]
            whole = complete_network(repeat, residual_variance(repeat))
            weights = (v for network in repeat.networks for v in network.trainable_variables)
            fitted.append(
                Fitted(
                    partial(_predict_portably, whole),
                    {name: mean_curve([c[name] for c in curves]) for name in curves[0]},
                    int(sum(np.prod(v.shape) for v in weights)),
                    partial(keras_file, whole),
                    {"not_stacked": f"recipe has a {weight_field(recipe)}"}
                    if weight_field(recipe)
                    else {},
                )
            )
    return fitted


def by_itself(
    trainings: Sequence[Training], *, inner: Callable[[Sequence[Training]], list[Fitted]]
) -> list[Fitted]:
    """The fit of an entry that trains by Keras' own loop anyway, with a predictor for any backend.

    Its predictors are partial functions of the network.
    """
    return [
        replace(
            one, predict=partial(_without_gradients, one.predict)
        )  # torch wants no gradients kept
        for one in inner(trainings)
    ]


Factors = tuple[np.ndarray, np.ndarray]
"""Of the loss of every row (n,): by its class, and by `sample_weight`."""


def row_factors(recipe: Recipe, training: Training) -> Factors | None:
    """What the recipe weights a repeat's training rows by; None where it weights none.

    Raises ValueError for class weights of a regression or of a class there is none of, and for
    row weights that are no finite numbers from 0, one a row.
    """
    if not weight_field(recipe):
        return None
    by_class, by_row = np.ones(len(training.y)), np.ones(len(training.y))
    if recipe.class_weight is not None:
        if training.task == "regression":
            raise ValueError("expected no class_weight for a regression; use sample_weight")
        by_class = class_factors(recipe.class_weight, training.classes, training.y)[training.y]
    if recipe.sample_weight is not None:
        by_row = np.asarray(recipe.sample_weight(training.x, training.y), np.float64)
        if by_row.shape != (len(training.y),) or not (np.isfinite(by_row) & (by_row >= 0)).all():
            raise ValueError(
                f"expected {len(training.y)} finite weights from 0 of sample_weight, received an "
                f"array of shape {by_row.shape}"
                + (f" from {by_row.min():g} to {by_row.max():g}" if by_row.size else "")
            )
    return by_class, by_row


def class_factors(
    class_weight: Mapping[int, float] | str, classes: int, y: np.ndarray
) -> np.ndarray:
    """The factor of every class (classes,)."""
    if isinstance(class_weight, str):
        counts = np.bincount(y, minlength=classes)
        return len(y) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    factors = np.ones(classes)
    for label, factor in class_weight.items():
        if label not in range(classes) or not 0 <= factor < np.inf:
            raise ValueError(
                f"expected class weights from 0 for the classes 0 to {classes - 1}, received "
                f"{factor!r} for {label!r}"
            )
        factors[label] = factor
    return factors


def _member(
    repeat: Repeat, member: int, recipe: Recipe, factors: Factors | None
) -> dict[str, list[float]]:
    rows = np.delete(np.arange(len(repeat.y)), repeat.left_out[member])
    loss = "mse" if repeat.training.task == "regression" else "crossentropy"
    seed = member_seed(repeat.training, member)
    own = factors and (factors[0][rows], factors[1][rows])
    model, x, y = repeat.networks[member], repeat.x[rows], repeat.y[rows]
    if own is None:
        return {"loss": train(model, x, y, seed, recipe, loss)}
    return train_weighted(model, x, y, seed, recipe, loss, own)


def train(
    model: keras.Model, x: np.ndarray, y: np.ndarray, seed: int, recipe: Recipe, loss: str
) -> list[float]:
    """Fit one model as `compiled.train` does; returns the mean loss over the rows, each epoch.

    Raises ValueError for a recipe with an `obstacle`.
    """
    if problem := obstacle(recipe):
        raise ValueError(problem)
    return train_weighted(model, x, y, seed, recipe, loss, None)["loss"]


def train_weighted(
    model: keras.Model,
    x: np.ndarray,
    y: np.ndarray,
    seed: int,
    recipe: Recipe,
    loss: str,
    factors: Factors | None,
) -> dict[str, list[float]]:
    """Fit one model by Keras' `fit`; returns its curves, a value an epoch.

    The rows of an epoch, (n, …) with (n,) targets, come in the order of `batches.orders`, the last
    batch may be smaller, and a row's loss is that before the step it takes part in. With `factors`
    losses are weighted as by Keras' `class_weight` and `sample_weight`; rows may then be held back.
    """
    import keras

    targets = y[:, None].astype(np.int32 if loss == "crossentropy" else np.float32)
    arrays = [x if x.dtype == np.uint8 else x.astype(np.float32), targets]
    arrays += [] if factors is None else [(factors[0] * factors[1]).astype(np.float32)]
    held: tuple[np.ndarray, ...] | None = None
    if recipe.validation_split and factors is not None:
        from benchmarks.training.early_stopping import hold_back

        numbers = np.arange(len(y))
        (own,), _, (rows,), _ = hold_back([numbers], [y], [seed], recipe.validation_split)
        held = (arrays[0][rows], targets[rows], factors[1][rows].astype(np.float32))
        arrays = [array[own] for array in arrays]
    count = len(arrays[1])
    batches = -(-count // recipe.batch_size)
    how: dict[str, Any] = {}
    if keras.backend.backend() == "torch":
        how = {"jit_compile": False}
    if keras.backend.backend() == "tensorflow":
        # XLA compiles every network anew, for longer than it then saves.
        how = {"jit_compile": False, "steps_per_execution": min(batches, 50)}
    model.compile(optimizer(recipe, batches * recipe.epochs), _loss(loss, recipe), **how)

    def epoch_batches() -> Iterator[tuple[np.ndarray, ...]]:
        for epoch in range(recipe.epochs):
            order = orders([count], [seed], epoch, 1, count)[0, 0]
            for first in range(0, count, recipe.batch_size):
                rows = order[first : first + recipe.batch_size]
                yield tuple(array[rows] for array in arrays)

    callbacks: list[Any] = [keras.callbacks.LambdaCallback(on_epoch_end=partial(_check, recipe))]
    if held is not None:
        patience = recipe.patience or recipe.epochs
        callbacks.append(
            keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)
        )
    with _gradients():
        # A generator, because a data set of Keras may be asked for its next epoch too early.
        history = model.fit(
            epoch_batches(),
            steps_per_epoch=batches,
            epochs=recipe.epochs,
            shuffle=False,
            verbose=0,
            validation_data=held,
            validation_batch_size=1000,
            callbacks=callbacks,
        ).history
    model.compiled = False  # the saved network shall not need this loss
    return {name: [float(value) for value in curve] for name, curve in history.items()}


def optimizer(recipe: Recipe, steps: int) -> Any:
    """Keras' optimizer and schedule that do what `updates` does over `steps` steps in all."""
    import keras

    schedules = keras.optimizers.schedules
    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = schedules.CosineDecay(rate, steps)
    if recipe.schedule == "one-cycle":
        rate = schedules.CosineDecay(0.0, 0.9 * steps, warmup_target=rate, warmup_steps=0.1 * steps)
    if recipe.schedule == "linear":
        rate = schedules.PolynomialDecay(rate, steps, 0.0)
    if recipe.schedule == "steps":
        # Keras' boundary still belongs to the rate before it.
        ends = [-(-steps // 2) - 1, -(-steps * 3 // 4) - 1]
        rate = schedules.PiecewiseConstantDecay(ends, [rate, rate / 10, rate / 100])
    shared = {
        "weight_decay": recipe.weight_decay or None,
        "global_clipnorm": recipe.global_clipnorm or None,
    }
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, recipe.momentum, nesterov=recipe.nesterov, **shared)
    if recipe.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, **shared)
    return keras.optimizers.Adam(rate, **shared)


def _loss(loss: str, recipe: Recipe) -> Any:
    """`losses.row_losses` in operations every backend has, on targets (rows, 1)."""
    import keras
    from keras import ops

    if loss == "mse":
        return keras.losses.MeanSquaredError()

    def crossentropy(y: Any, logits: Any) -> Any:
        log_p = ops.log_softmax(logits)
        exact = -ops.take_along_axis(log_p, ops.cast(y, "int32"), axis=-1)[:, 0]
        if not recipe.label_smoothing:
            return exact
        even = -ops.mean(log_p, axis=-1)
        return (1.0 - recipe.label_smoothing) * exact + recipe.label_smoothing * even

    return crossentropy


def _check(recipe: Recipe, epoch: int, logs: dict[str, float] | None = None) -> None:
    if not np.isfinite((logs or {}).get("loss", 0.0)):
        raise FloatingPointError(
            f"the training loss became infinite or NaN in epoch {epoch + 1} of {recipe.epochs} "
            f"(learning rate {recipe.learning_rate:g}); try a lower learning rate"
        )


def _predict_portably(model: keras.Model, x: np.ndarray) -> np.ndarray:
    return _without_gradients(partial(predict, model), x)


def _without_gradients(predict: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    with without_gradients():
        return predict(x)


def without_gradients() -> contextlib.AbstractContextManager[Any]:
    """Torch alone refuses to make an array of what it could still differentiate."""
    return _torch("no_grad")


def _gradients() -> contextlib.AbstractContextManager[Any]:
    return _torch("enable_grad")


def _torch(context: str) -> contextlib.AbstractContextManager[Any]:
    import keras

    if keras.backend.backend() != "torch":
        return contextlib.nullcontext()
    import torch

    made: contextlib.AbstractContextManager[Any] = getattr(torch, context)()
    return made
