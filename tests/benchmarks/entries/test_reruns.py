"""Published recipes trained here as they were published."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks.definition import Entry, Training
from benchmarks.entries.inputs import prepare
from benchmarks.entries.reruns import classical, mc_dropout, series
from benchmarks.entries.reruns.mc_dropout import DropoutNetwork, Scales

__all__ = ["keras_here"]  # a fixture

RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(60, 3))
Y = 20 + 5 * X[:, 0] + RANDOM.normal(size=60)
TRAINING = Training(X, Y, "regression", 0, seed=3)


def short(entry: Entry, epochs: int) -> Any:
    recipe = replace(entry.fit.keywords["recipe"], epochs=epochs, jit_compile=False)  # type: ignore[attr-defined]
    return partial(entry.fit, recipe=recipe)


def network(rate: float, precision: float = 0.5) -> DropoutNetwork:
    weights = [RANDOM.normal(size=shape) for shape in ((3, 5), (5,), (5, 1), (1,))]
    return DropoutNetwork(weights, Scales.of(TRAINING), rate, precision)


def test_without_dropout_every_sample_is_what_the_network_predicts() -> None:
    one = network(0.0)
    kernel, bias, output_kernel, output_bias = one.weights
    hidden = np.maximum(prepare("standardised", X, 0).apply(X) @ kernel + bias, 0)
    wanted = (hidden @ output_kernel + output_bias)[:, 0] * Y.std() + Y.mean()
    samples = np.concatenate(list(one.samples(X, 600, seed=0)))
    assert samples.shape == (600, 60)
    np.testing.assert_allclose(samples, np.broadcast_to(wanted, samples.shape), rtol=1e-4)


def test_samples_scatter_about_the_same_mean_however_many_and_for_every_row_alike() -> None:
    one = network(0.3)
    few, many = (np.concatenate(list(one.samples(X, count, seed=0))) for count in (2_000, 20_000))
    error = few.std(axis=0) / np.sqrt(2_000)
    assert (error > 0).all()
    assert (np.abs(few.mean(axis=0) - many.mean(axis=0)) < 5 * error).all()
    alone = np.concatenate(list(one.samples(X[7:8], 2_000, seed=0)))
    np.testing.assert_allclose(alone[:, 0], few[:, 7], rtol=1e-5)


def test_the_grid_is_judged_by_the_density_of_the_mixture() -> None:
    one = network(0.2, precision=0.5)
    samples = np.concatenate(list(one.samples(X, mc_dropout.VALIDATION_SAMPLES, seed=1)))
    densities = np.sqrt(0.5 / (2 * np.pi)) * np.exp(-0.25 * (Y - samples) ** 2)
    with np.errstate(divide="ignore"):
        wanted = np.log(densities.mean(axis=0))
    near = wanted > -300  # beyond, the plain formula underflows
    assert near.any()
    judged = mc_dropout.log_likelihood(one, X[near], Y[near], 1)
    np.testing.assert_allclose(judged, wanted[near].mean(), rtol=1e-6)


@pytest.mark.usefixtures("keras_here")
def test_mc_dropout_chooses_in_every_split_among_its_grid_and_predicts_the_mean() -> None:
    """An absurd precision never wins, and a split chooses the same whoever shares its stack."""
    entry = mc_dropout.mc_dropout("concrete-mc-dropout-2018", precisions=(1e-6, 0.05), units=5)
    assert entry.protocol == {"tuning": "on training rows"}
    assert len(entry.values["candidates"]) == 8
    fit = short(entry, 30)
    other = replace(TRAINING, x=X[::-1].copy(), y=Y[::-1].copy(), seed=4)
    first, second = fit([TRAINING, other])
    (alone,) = fit([other])
    assert alone.notes["candidate"] == second.notes["candidate"]
    np.testing.assert_allclose(
        alone.notes["validation_losses"], second.notes["validation_losses"], rtol=1e-3
    )
    for fitted in (first, second):
        losses = fitted.notes["validation_losses"]
        assert fitted.notes["candidate"] == int(np.argmin(losses))
        assert fitted.notes["candidate"] % 2 == 1
        assert fitted.params == 3 * 5 + 5 + 5 + 1
    assert first.predict(X).shape == (60,)
    assert np.isfinite(first.predict(X)).all()


def convolution(inputs: int, filters: int, steps: int, *, bias: bool = True) -> int:
    """Weights of a convolution, with its bias, and the scale and shift behind it."""
    return inputs * filters * steps + (3 if bias else 2) * filters


FCN = convolution(1, 128, 8) + convolution(128, 256, 5) + convolution(256, 128, 3)
RESNET = sum(
    convolution(inputs, filters, 8)
    + convolution(filters, filters, 5)
    + convolution(filters, filters, 3)
    + (convolution(inputs, filters, 1) if inputs != filters else 2 * filters)
    for inputs, filters in ((1, 64), (64, 128), (128, 128))
)
MODULE = 32 * 32 * (40 + 20 + 10) + 2 * 128  # of Inception; the normalisation's scale and shift
INCEPTION = (
    (32 * (40 + 20 + 10) + 32 + 2 * 128)
    + 5 * (128 * 32 + MODULE + 128 * 32)
    + convolution(1, 128, 1, bias=False)
    + convolution(128, 128, 1, bias=False)
)
LSTM = 4 * 8 * (16 + 8 + 1)
PARAMETERS = {
    "fcn-review": FCN + 2 * (128 + 1),
    "resnet": RESNET + 2 * (128 + 1),
    "inception": INCEPTION + 2 * (128 + 1),
    "lstm-fcn-published": FCN + LSTM + 2 * (128 + 8 + 1),
}


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_for_series_by_name_is_the_published_one_and_keeps_its_best_epoch(
    name: str,
) -> None:
    waves = np.sin(np.linspace(0, 6, 16)[None, :] * (1 + np.arange(20)[:, None] % 2))[:, :, None]
    train = Training(waves + 5.0, np.arange(20) % 2, "classification", 2, seed=0)
    entry = series.published(name)
    fit: Any = entry.fit
    (fitted,) = fit([train], schedule=replace(fit.keywords["schedule"], epochs=4))
    losses = fitted.history["loss"]
    assert len(losses) == 4
    assert fitted.params == PARAMETERS[name]
    predicted = fitted.predict(train.x)
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0, rtol=1e-5)
    # Each series is standardised by itself: its level and scale say nothing.
    np.testing.assert_allclose(fitted.predict(3 * train.x - 1), predicted, atol=1e-4)


def test_a_fifth_of_the_published_schedule_keeps_its_rates_and_batches() -> None:
    schedule = series.NETWORKS["lstm-fcn-published"].schedule
    shorter = schedule.shortened(series.SHARE)
    assert (shorter.epochs, shorter.patience) == (400, 20)
    assert replace(shorter, epochs=2000, patience=100) == schedule
    assert series.published("resnet").protocol == {"selection": "best training loss"}


@pytest.mark.parametrize(
    "make",
    [
        classical.logistic_regression,
        classical.quadratic_discriminant,
        classical.linear_discriminant,
        classical.support_vectors,
        classical.weighted_neighbours,
        classical.ridge,
    ],
)
def test_the_classical_models_learn_what_a_line_tells(make: Any) -> None:
    entry = make("some-score")
    assert (entry.kind, entry.reruns, entry.floor) == ("reference", "some-score", False)
    classes = (X[:, 0] > 0).astype(np.int64)
    (fitted,) = entry.fit([Training(X, classes, "classification", 2, seed=0)])
    assert (fitted.predict(X).argmax(axis=1) == classes).mean() > 0.85
