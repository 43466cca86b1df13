"""The trainer on JAX held against Keras' own training there.

Keras' backend is chosen once a process: `test_on_jax` runs these in one of their own, as
`KERAS_BACKEND=jax python -m pytest tests/benchmarks/training/on_jax_checks.py` does.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
import pytest
from jax_help import NETWORKS, QUICK, RECIPE, SEEDS, built, keras_steps, rows, score

from benchmarks.definition import Training
from benchmarks.entries import mlp, network, on_jax, portable
from benchmarks.training import checkpoints
from benchmarks.training.augment import first_mirrored
from benchmarks.training.on_jax import layers, trainer
from benchmarks.training.on_jax.augment import augment
from benchmarks.training.on_jax.trainer import Job, train
from benchmarks.training.on_jax.updates import orthogonal
from runners.execution import dry_run

SHORT = replace(RECIPE, epochs=3)
EACH_NETWORK = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in NETWORKS]
)
EVERYTHING = replace(
    SHORT,
    optimizer="sgd",
    momentum=0.9,
    schedule="one-cycle",
    weight_decay=0.01,
    global_clipnorm=0.5,
    label_smoothing=0.1,
)


def job(name: str, seed: int, count: int = 70) -> Job:
    model = built(name, seed)
    return Job(model, *rows(model, count), seed)


# Step by step as Keras' own training, and each repeat as by itself


@EACH_NETWORK
def test_every_step_has_the_loss_of_train_on_batch(name: str) -> None:
    """The last batch of an epoch is smaller; dropout and normalisation are Keras' own."""
    for recipe in (SHORT, EVERYTHING):
        ours = job(name, 3)
        theirs = keras_steps(built(name, 3), ours.x, ours.y, 3, recipe)
        (trained,) = train([ours], recipe, "crossentropy")
        np.testing.assert_allclose(trained.step_losses, theirs, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            trained.curves["loss"],
            np.average(theirs, axis=1, weights=[16, 16, 16, 16, 6]),
            rtol=1e-4,
        )


@EACH_NETWORK
def test_a_repeat_does_not_depend_on_who_shares_the_stack(name: str) -> None:
    (alone,) = train([job(name, 3)], SHORT, "crossentropy")
    stack = [job(name, 3), job(name, 4, 67), job(name, 5, 90)]
    together = train(stack, SHORT, "crossentropy")
    np.testing.assert_allclose(together[0].step_losses, alone.step_losses, rtol=1e-4, atol=1e-5)
    assert [len(one.step_losses[0]) for one in together] == [5, 5, 6]


@EACH_NETWORK
def test_scores_for_the_comparison_with_tensorflow(name: str) -> None:
    folder = os.environ.get("SCORES")
    jobs = [job(name, seed, 160) for seed in SEEDS]
    train(jobs, RECIPE, "crossentropy")
    scores = [score(one.model) for one in jobs]
    assert max(scores) < np.log(3), "better than knowing nothing"
    if folder:
        (Path(folder) / f"{name}.json").write_text(json.dumps(scores))


@pytest.mark.parametrize(
    ("optimizer", "schedule"), [("rmsprop", "linear"), ("adam", "cosine"), ("adam", "steps")]
)
def test_schedules_are_those_of_keras(optimizer: Any, schedule: Any) -> None:
    recipe = replace(SHORT, optimizer=optimizer, schedule=schedule)
    ours = job("mlp", 3)
    theirs = keras_steps(built("mlp", 3), ours.x, ours.y, 3, recipe)
    (trained,) = train([ours], recipe, "crossentropy")
    np.testing.assert_allclose(trained.step_losses, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("most", [2**24, 0])
def test_products_are_the_convolution(
    padding: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "MOST_COLUMNS", most)
    random = np.random.default_rng(0)
    for sizes, wide, strides in (
        ((9,), (4,), (2,)),
        ((8, 7), (3, 2), (1, 1)),
        ((8, 7), (3, 3), (2, 2)),
    ):
        x = random.normal(size=(5, *sizes, 3)).astype(np.float32)
        kernel = random.normal(size=(*wide, 3, 4)).astype(np.float32)
        ours = layers.convolve(x, kernel, strides, padding)
        theirs = keras.ops.conv(x, kernel, strides, padding)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_networks_within_networks_and_layers_of_ones_own_keep_their_weights() -> None:
    def build() -> Any:
        keras.utils.set_random_seed(3)
        x = keras.Input((8, 2))
        inner = keras.Sequential([keras.Input((8, 2)), keras.layers.Conv1D(4, 3)])
        inner.add(keras.layers.BatchNormalization())
        y = Doubled()(keras.layers.Activation(lambda x: x + 1)(inner(x)))
        return keras.Model(x, keras.layers.Dense(3)(keras.layers.Flatten()(y)))

    one, other = build(), build()
    x, y = rows(one, 70)
    theirs = keras_steps(other, x, y, 3, EVERYTHING)
    (trained,) = train([Job(one, x, y, 3)], EVERYTHING, "crossentropy")
    np.testing.assert_allclose(trained.step_losses, theirs, rtol=1e-4, atol=1e-5)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


class Doubled(keras.layers.Layer):
    """A layer of one's own, without a configuration."""

    def build(self, shape: Any) -> None:
        self.factor = self.add_weight((), initializer="ones")

    def call(self, x: Any) -> Any:
        return 2 * x * self.factor


# Rows held back, weights of rows, images, Muon


def test_early_stopping_keeps_each_repeats_best_epoch() -> None:
    recipe = replace(RECIPE, epochs=30, learning_rate=0.1, validation_split=0.2, patience=3)
    jobs = [job("mlp", seed) for seed in (3, 4, 5)]
    together = train(jobs, recipe, "crossentropy")
    for one, own in zip(together, jobs, strict=True):
        curve = one.curves["val_loss"]
        assert len(curve) == min(int(np.argmin(curve)) + 1 + 3, 30) < 30
        x, y = held(own, recipe.validation_split)
        logits = jax.nn.log_softmax(own.model.predict(x, verbose=0))
        kept = -np.asarray(logits)[np.arange(len(y)), y].mean()
        np.testing.assert_allclose(kept, min(curve), rtol=1e-4)
    (alone,) = train([job("mlp", 4)], recipe, "crossentropy")
    np.testing.assert_allclose(together[1].curves["val_loss"], alone.curves["val_loss"], rtol=1e-3)


def held(own: Job, share: float) -> tuple[np.ndarray, np.ndarray]:
    from benchmarks.training.early_stopping import hold_back

    _, _, (x,), (y,) = hold_back([own.x], [own.y], [own.seed], share)
    return x, y


def test_an_entry_gives_what_keras_own_loop_gives() -> None:
    """Members, rows left out, and weights of classes and rows."""
    random = np.random.default_rng(0)
    x = random.normal(size=(45, 5))
    training = Training(x, np.digitize(x[:, 0], [-0.5, 0.5]), "classification", 3, 1)
    weighted = replace(SHORT, class_weight={0: 5.0}, sample_weight=lambda x, y: 1.0 + (x[:, 1] > 0))
    for recipe in (SHORT, weighted, replace(weighted, validation_split=0.2)):
        if recipe is SHORT:
            arguments = mlp("mlp", [8], recipe, members=2, held_out=0.1).fit.keywords
        else:
            arguments = mlp("mlp", [8], recipe).fit.keywords
        (ours,), (theirs,) = (fit([training], **arguments) for fit in (on_jax.fit, portable.fit))
        for name, curve in ours.history.items():
            np.testing.assert_allclose(curve, theirs.history[name], rtol=1e-3)
        np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-3, atol=1e-4)
        assert ours.params == theirs.params


@pytest.mark.parametrize("shift", [0.0, 2.0, 1.5])
def test_images_move_and_mirror_as_the_recipe_says(shift: float) -> None:
    recipe = replace(RECIPE, flip="alternating", shift=shift, fill_mode="constant")
    images = np.random.default_rng(0).normal(size=(6, 8, 8, 2)).astype(np.float32)
    first = first_mirrored([6], [3])[0]
    even, odd, again = (
        np.asarray(augment(recipe, images, first, 3, epoch, 1)) for epoch in (2, 3, 2)
    )
    assert even.shape == images.shape
    np.testing.assert_array_equal(even, again)
    if not shift:
        np.testing.assert_array_equal(even[:, :, ::-1], odd)
        np.testing.assert_array_equal(even[first], images[first][:, :, ::-1])
        return
    other = np.asarray(augment(replace(recipe, flip="none"), images, first, 3, 2, 1))
    for moved, image in zip(other, images, strict=True):
        if shift == 2.0:  # every pixel still there is one of the image's
            assert np.isin(moved[moved != 0], image).all()
        assert np.abs(moved - image).max() > 0.1
        assert np.abs(moved).max() <= np.abs(image).max() + 1e-6


def test_muon_makes_the_step_of_a_filter_bank_orthogonal() -> None:
    matrix = np.random.default_rng(0).normal(size=(36, 8)).astype(np.float32)
    values = np.linalg.svd(np.asarray(orthogonal(matrix)), compute_uv=False)
    assert ((values > 0.5) & (values < 1.3)).all()
    recipe = replace(
        SHORT, optimizer="muon", momentum=0.6, learning_rate=0.05, other_learning_rate=0.02
    )
    (trained,) = train([job("cnn", 3)], replace(recipe, epochs=8), "crossentropy")
    assert trained.curves["loss"][-1] < 0.8 * trained.curves["loss"][0]


# Interrupted, watched, broken, too large, and not to be traced


@pytest.mark.parametrize("split", [pytest.param(0.0, marks=pytest.mark.slow), 0.2])
def test_a_training_goes_on_to_the_same_bits(
    split: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(RECIPE, epochs=25, validation_split=split)
    monkeypatch.setattr(checkpoints, "EVERY", 0.0)
    whole = [job("normalised", seed) for seed in (3, 4)]
    expected = train(whole, recipe, "crossentropy")
    writes: list[int] = []
    write = checkpoints.Checkpoint.write

    def killed(self: Any, state: dict[str, Any]) -> None:
        write(self, state)
        writes.append(int(state["done"]))
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoint, "write", killed)
    with pytest.raises(KeyboardInterrupt), checkpoints.kept_in(tmp_path / "group"):
        train([job("normalised", seed) for seed in (3, 4)], recipe, "crossentropy")
    assert writes == [10]
    monkeypatch.setattr(checkpoints.Checkpoint, "write", write)
    resumed = [job("normalised", seed) for seed in (3, 4)]
    with checkpoints.kept_in(tmp_path / "group"):
        again = train(resumed, recipe, "crossentropy")
    assert again == expected
    for ours, theirs in zip(resumed, whole, strict=True):
        for a, b in zip(ours.model.get_weights(), theirs.model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_whoever_watches_sees_every_epochs_weights() -> None:
    one, seen = job("mlp", 3), []
    train([one], SHORT, "crossentropy", lambda epoch: seen.append((epoch, score(one.model))))
    assert [epoch for epoch, _ in seen] == [1, 2, 3]
    assert len({value for _, value in seen}) == 3
    assert seen[-1][1] == score(one.model)


def test_a_loss_that_is_no_number_names_step_and_epoch() -> None:
    wild = replace(SHORT, optimizer="sgd", learning_rate=1e30)
    with pytest.raises(FloatingPointError, match=r"NaN in step [2-5] of epoch 1 of 3 .*1e\+30"):
        train([job("mlp", 3), job("mlp", 4)], wild, "crossentropy")


def test_a_stack_that_does_not_fit_is_halved_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    program, told = trainer.program, []

    def small(*arguments: Any, **options: Any) -> Any:
        run = program(*arguments, **options)

        def limited(rows: Any, *rest: Any) -> Any:
            if len(rows.seed) > most:
                raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
            return run(rows, *rest)

        return limited

    monkeypatch.setattr(trainer, "program", small)
    most = 5
    expected = train([job("mlp", seed) for seed in SEEDS], SHORT, "crossentropy")
    most = 2
    jobs = [job("mlp", seed) for seed in SEEDS]
    halved = train(jobs, SHORT, "crossentropy", say=told.append)
    for ours, theirs in zip(halved, expected, strict=True):
        np.testing.assert_allclose(ours.step_losses, theirs.step_losses, rtol=1e-4, atol=1e-5)
    assert told[-1].endswith("trained in stacks of at most 2")
    most = 0
    with pytest.raises(
        MemoryError, match="lower the recipe's batch_size, or train with DEVICE=cpu"
    ):
        train(jobs, SHORT, "crossentropy")


class Gate(keras.layers.Layer):
    """Decides in Python, which no compiled program can."""

    def call(self, x: Any) -> Any:
        return x if keras.ops.sum(x) > 0 else 0.9 * x

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


def test_a_network_that_cannot_be_traced_is_named_with_the_remedy() -> None:
    model = keras.Sequential([keras.Input((8,)), Gate(name="gate"), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match=r"'gate' \(Gate\) decides in Python .* use keras.ops"):
        train([Job(model, *rows(model, 20), 3)], SHORT, "crossentropy")


def test_a_network_that_cannot_be_built_says_so_before_it_trains() -> None:
    class Switch(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x if keras.ops.sum(x) > 0 else -x

    def build(shape: Any, outputs: int) -> Any:
        dense = keras.layers.Dense(outputs)
        return keras.Sequential([keras.Input(shape), Switch(name="switch"), dense])

    x, y = rows(built("mlp", 3), 20)
    entry = network("own", build, SHORT, "Decides in Python.")
    with pytest.raises(ValueError, match=r"'switch' \(Switch\) decides in Python"):
        dry_run.dry_run(entry, Training(x, y, "classification", 3, 1))


def test_a_weight_with_a_constraint_is_refused() -> None:
    layer = keras.layers.Dense(3, kernel_constraint="non_neg")
    model = keras.Sequential([keras.Input((8,)), layer])
    with pytest.raises(ValueError, match="expected weights without constraints"):
        train([Job(model, *rows(model, 20), 3)], SHORT, "crossentropy")
