"""Train all repeats of a group in one program on JAX: `compiled.train` with any layer stacked.

The networks are called without state (`stateless_call`), the steps of an epoch are a `scan` over
rows that stay on the device, and `vmap` trains the repeats side by side. Rows, order of rows,
recipe, early stopping and curves are those of `compiled.train`; what JAX draws (dropout, moved
images) is drawn otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from benchmarks.training import checkpoints
from benchmarks.training.batches import orders, pad
from benchmarks.training.on_jax.early_stopping import before_training
from benchmarks.training.on_jax.network import Forward, forward_of, tracing_problem
from benchmarks.training.on_jax.program import Program, Rows, State, program
from benchmarks.training.on_jax.updates import update_rule
from benchmarks.training.recipe import Recipe

EPOCHS_PER_CALL = 10


@dataclass(frozen=True)
class Job:
    """One network and the rows it is trained on."""

    model: keras.Model
    x: np.ndarray
    """(n, …)"""
    y: np.ndarray
    """(n,) targets or integer classes."""
    seed: int
    factors: tuple[np.ndarray, np.ndarray] | None = None
    """Of the loss of every row (n,): where it is trained on, and where it is held back."""


@dataclass(frozen=True)
class Trained:
    """What training a network has given; its weights are in the model."""

    curves: dict[str, list[float]]
    """"loss" over the training rows while they were trained on, and, where the recipe holds rows
    back, "val_loss" over those after the epoch; a value an epoch."""
    step_losses: list[list[float]]
    """The mean loss of the rows of every step, epoch by epoch."""


def train(
    jobs: Sequence[Job],
    recipe: Recipe,
    loss: str,
    watch: Callable[[int], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> list[Trained]:
    """Fit every job's network to its own rows; arguments and exceptions as `compiled.train`.

    A stack that does not fit into the memory of the device is halved, which `say` is told; raises
    MemoryError when a single network does not fit, and ValueError for a network whose Python code
    depends on values.
    """
    try:
        return _train(jobs, recipe, loss, watch)
    except jax.errors.JaxRuntimeError as error:
        if not out_of_memory(error):
            raise
        if len(jobs) == 1 or watch:
            raise MemoryError(
                f"a batch of {recipe.batch_size} rows and {len(jobs[0].y)} rows in all do not fit "
                f"into the memory of {jax.devices()[0].device_kind} with this network; lower the "
                "recipe's batch_size, or train with DEVICE=cpu"
            ) from error
    half = (len(jobs) + 1) // 2
    if say is not None:
        say(
            f"{len(jobs)} networks at once did not fit into the memory of the device: trained in "
            f"stacks of at most {half}"
        )
    return [
        *train(jobs[:half], recipe, loss, None, say),
        *train(jobs[half:], recipe, loss, None, say),
    ]


def out_of_memory(error: BaseException) -> bool:
    """Whether an error of JAX's says that the device has not enough memory."""
    return any(words in str(error) for words in ("RESOURCE_EXHAUSTED", "Out of memory"))


def _train(
    jobs: Sequence[Job], recipe: Recipe, loss: str, watch: Callable[[int], None] | None
) -> list[Trained]:
    rows, sizes = _rows(jobs, recipe, loss)
    seeds = [job.seed for job in jobs]
    steps = -(-max(sizes) // recipe.batch_size)
    models = [job.model for job in jobs]
    run, state = _begin(models, rows, sizes, recipe, loss, steps)

    losses: list[np.ndarray] = []
    held: list[np.ndarray] = []
    # Where an epoch takes minutes it is the unit to resume, as in `compiled.train`.
    per_call = 1 if watch or not recipe.jit_compile else min(EPOCHS_PER_CALL, recipe.epochs)
    checkpoint, first = checkpoints.begin(), 0
    kept = None if watch else checkpoint.read()
    if kept is not None:
        first, state, losses, held = _restored(kept, state)
    for start in range(first, recipe.epochs, per_call):
        count = min(per_call, recipe.epochs - start)
        order = orders(sizes, seeds, start, count, steps * recipe.batch_size)
        order = np.pad(order, ((0, per_call - count), (0, 0), (0, 0))).transpose(1, 0, 2)
        totals, validation, state = run(rows, start, count, order, state)
        losses.append(np.asarray(totals)[:, :count])
        held.append(np.asarray(validation)[:, :count])
        trained = _epochs(state, len(jobs), start + count)
        _check_finite(losses[-1], held[-1], start, trained, recipe)
        if watch:
            _unstack(models, state.trainable, state.others)
            watch(start + 1)
        elif checkpoint.due() and start + count < recipe.epochs:
            checkpoint.write(_kept(start + count, state, losses, held))
        if state.best is not None and not np.asarray(state.best.running).any():
            break
    weights = state.best.weights if state.best is not None else (state.trainable, state.others)
    _unstack(models, *weights)
    trained = _epochs(state, len(jobs), recipe.epochs)
    names = ("loss", "val_loss") if state.best is not None else ("loss",)
    return [
        _trained(np.concatenate(losses, 1)[r], np.concatenate(held, 1)[r], names, size, recipe, end)
        for r, (size, end) in enumerate(zip(sizes, trained, strict=True))
    ]


def _rows(jobs: Sequence[Job], recipe: Recipe, loss: str) -> tuple[Rows, list[int]]:
    """The rows of all jobs with a leading axis, on the device, and how many each trains on."""
    # These load TensorFlow, which every worker has loaded anyway.
    from benchmarks.training.augment import first_mirrored
    from benchmarks.training.early_stopping import hold_back

    seeds, numbers = [job.seed for job in jobs], [np.arange(len(job.y)) for job in jobs]
    own, held = numbers, [number[:0] for number in numbers]
    if recipe.validation_split:
        own, _, held, _ = hold_back(numbers, numbers, seeds, recipe.validation_split)
    sizes, held_sizes = [len(part) for part in own], [len(part) for part in held]
    dtype = np.uint8 if jobs[0].x.dtype == np.uint8 else np.float32
    targets = np.int32 if loss == "crossentropy" else np.float32
    weighted = jobs[0].factors is not None

    def taken(parts: Sequence[np.ndarray], of: Callable[[Job], np.ndarray], kind: Any) -> Any:
        return jnp.asarray(
            pad([of(job)[part] for job, part in zip(jobs, parts, strict=True)], kind)
        )

    def factor(place: int) -> Callable[[Job], np.ndarray]:
        return lambda job: job.factors[place] if job.factors else np.ones(len(job.y))

    augments = recipe.flip != "none" or recipe.shift > 0
    holds = bool(recipe.validation_split)
    rows = Rows(
        x=taken(own, lambda job: job.x, dtype),
        y=taken(own, lambda job: job.y, targets),
        factors=taken(own, factor(0), np.float32) if weighted else None,
        size=jnp.asarray(sizes, jnp.int32),
        first_mirrored=jnp.asarray(first_mirrored(sizes, seeds)) if augments else None,
        seed=jnp.asarray([int(seed) % 2**31 for seed in seeds], jnp.int32),
        held_x=taken(held, lambda job: job.x, dtype) if holds else None,
        held_y=taken(held, lambda job: job.y, targets) if holds else None,
        held_weights=taken(held, factor(1), np.float32) if holds else None,
        held_size=jnp.asarray(held_sizes, jnp.float32) if holds else None,
    )
    return rows, sizes


def _begin(
    models: Sequence[Any], rows: Rows, sizes: Sequence[int], recipe: Recipe, loss: str, steps: int
) -> tuple[Program, State]:
    """The program of a stack, and the state it begins with."""
    for variable in models[0].trainable_variables:
        if variable.constraint is not None:
            raise ValueError(
                f"expected weights without constraints, received {variable.path} with "
                f"{type(variable.constraint).__name__}; use a regularizer or weight decay"
            )
    forward = forward_of(models[0], some_count=any(size % recipe.batch_size for size in sizes))
    update, optimizer = update_rule(recipe, models[0].trainable_variables)
    trainable = _stacked([model.trainable_variables for model in models])
    others = _stacked([model.non_trainable_variables for model in models])
    one = jax.tree_util.tree_map(lambda value: value[0], (trainable, others))
    batch = jax.ShapeDtypeStruct((recipe.batch_size, *rows.x.shape[2:]), jnp.float32)
    counts = jax.ShapeDtypeStruct((recipe.batch_size,), jnp.bool_)
    try:
        jax.eval_shape(partial(_in_training, forward), *one, batch, counts)
    except Exception as error:  # Keras wraps JAX's errors in several ways
        if problem := tracing_problem(f"model {models[0].name!r}", error):
            raise ValueError(problem) from error
        raise
    repeats = len(models)
    every = jax.tree_util.tree_map(lambda v: jnp.broadcast_to(v, (repeats, *v.shape)), optimizer)
    best = None
    if recipe.validation_split:
        copies = jax.tree_util.tree_map(jnp.copy, (trainable, others))  # the state is given away
        best = jax.vmap(before_training)(copies)
    return program(forward, update, recipe, loss, steps), State(trainable, others, every, best)


def _in_training(forward: Forward, weights: Any, others: Any, x: Any, rows: Any) -> Any:
    return forward(weights, others, x, rows, True)


def _stacked(variables: list[list[Any]]) -> list[Any]:
    return [jnp.stack([v.value for v in same]) for same in zip(*variables, strict=True)]


def _unstack(models: Sequence[Any], trainable: list[Any], others: list[Any]) -> None:
    """Hand every model its own slice of the trained weights."""
    for values, kind in ((trainable, "trainable"), (others, "non_trainable")):
        arrays = [np.asarray(value) for value in values]
        for repeat, model in enumerate(models):
            for variable, array in zip(getattr(model, f"{kind}_variables"), arrays, strict=True):
                variable.assign(array[repeat])


def _epochs(state: State, repeats: int, done: int) -> np.ndarray:
    """Epochs each repeat has trained."""
    return np.full(repeats, done) if state.best is None else np.asarray(state.best.epochs)


def _trained(
    totals: np.ndarray, held: np.ndarray, names: Sequence[str], size: int, recipe: Recipe, end: int
) -> Trained:
    """The curves of a repeat from the summed losses of its steps (epochs, steps)."""
    totals = totals[:end].astype(float)
    curves = {
        "loss": (totals.sum(axis=1) / size).tolist(),
        "val_loss": held[:end].astype(float).tolist(),
    }
    own = -(-size // recipe.batch_size)
    counts = np.minimum(recipe.batch_size, size - recipe.batch_size * np.arange(own))
    return Trained({name: curves[name] for name in names}, (totals[:, :own] / counts).tolist())


def _kept(done: int, state: State, losses: list[Any], held: list[Any]) -> dict[str, Any]:
    """Everything the epochs still to come depend on, as arrays."""
    kept = {"done": np.asarray(done)}
    kept |= {"losses": np.concatenate(losses, 1), "held": np.concatenate(held, 1)}
    leaves = jax.tree_util.tree_leaves(state)
    return kept | {f"tensor{i}": np.asarray(leaf) for i, leaf in enumerate(leaves)}


def _restored(kept: dict[str, np.ndarray], state: State) -> tuple[int, State, list[Any], list[Any]]:
    """Epochs done, state, losses and validation losses; the state given is of the right shapes."""
    structure = jax.tree_util.tree_structure(state)
    leaves = [jnp.asarray(kept[f"tensor{i}"]) for i in range(structure.num_leaves)]
    state = jax.tree_util.tree_unflatten(structure, leaves)
    return int(kept["done"]), state, [kept["losses"]], [kept["held"]]


def _check_finite(
    losses: np.ndarray, held: np.ndarray, start: int, trained: np.ndarray, recipe: Recipe
) -> None:
    """Look at step losses (repeats, epochs, steps) and validation losses (repeats, epochs)."""
    reached = start + np.arange(held.shape[1])[None, :] < trained[:, None]
    steps = ~np.isfinite(losses) & reached[:, :, None]
    bad = steps.any(axis=2), ~np.isfinite(held) & reached
    if not (bad[0].any() or bad[1].any()):
        return
    which = "training" if bad[0].any() else "validation"
    epoch = int(np.argmax((bad[0] | bad[1]).any(axis=0)))
    step = int(np.argmax(steps[:, epoch].any(axis=0))) + 1
    where = f"step {step} of " if bad[0][:, epoch].any() else ""
    raise FloatingPointError(
        f"the {which} loss became infinite or NaN in {where}epoch {start + epoch + 1} of "
        f"{recipe.epochs} (learning rate {recipe.learning_rate:g}); try a lower learning rate"
    )
