"""MC dropout with a grid search inside every split: the strong baseline of 2018, trained again.

Mukhoti, Stenetorp and Gal, "On the Importance of Strong Baselines in Bayesian Deep Learning",
arXiv:1811.09385, and its code, github.com/yaringal/DropoutUncertaintyExps at commit 6eb4497
(`experiment.py --epochx 100 --hidden 1`, `net/net.py`; Keras 2.2.0 on Theano 0.8.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.inputs import moments
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

RATES = (0.005, 0.01, 0.05, 0.1)
"""Dropout rates of the grid (`dropout_rates.txt`, the same for every set)."""
RECIPE = Recipe(epochs=4000, batch_size=128)
"""Adam with Keras' defaults; 40 epochs (`n_epochs.txt`) times 100."""
TRAINED = 0.8
"""Share of a split's training rows, the first ones, that the grid is trained on."""
LENGTH_SCALE = 1e-2
"""Of the prior; gives the weight penalty."""
SAMPLES, VALIDATION_SAMPLES = 10_000, 1_000
SAMPLES_AT_ONCE = 250


def mc_dropout(
    reruns: str,
    *,
    precisions: Sequence[float],
    units: int = 50,
    suite: str = "full",
    seconds: float = 0.0,
) -> Entry:
    """The entry that trains the published score `reruns` of a regression again.

    One hidden layer of `units` with dropout before it and behind it, in training and prediction.
    Every split searches the grid of four rates and the `precisions` (per squared unit of the
    target, `tau_values.txt`): trained for 4,000 epochs on the first 80 % of its training rows,
    judged by the log-likelihood of the rest; the best is trained anew on all of them. All splits
    times settings are one stack. The prediction is the mean of 10,000 samples.

    It departs from the published code in two ways: a sample's masks are shared by the rows it
    predicts, which leaves every row's own samples independent, and the grid is judged by 1,000
    samples. The published log-likelihood is that of a mixture of 10,000 normals; an entry predicts
    one, so that score is not trained again.
    """
    grid = list(product(RATES, precisions))
    return Entry(
        name="mc-dropout",
        kind="keras",
        fit=partial(_fit, grid=tuple(grid), units=units, recipe=RECIPE),
        about=f"MC dropout with {units} hidden units, its dropout and precision chosen in every "
        f"split among {len(grid)} pairs, as published in 2018.",
        values={
            "candidates": {
                f"dropout {rate:g}, precision {precision:g}": {
                    "dropout": rate,
                    "precision": precision,
                }
                for rate, precision in grid
            },
            "hidden": [units],
            **asdict(RECIPE),
            "samples": SAMPLES,
        },
        suite=suite,
        stack=0,
        seeded=0,  # each split once, as published
        protocol={"tuning": "on training rows"},
        seconds=seconds,
        reruns=reruns,
    )


def _fit(
    trainings: Sequence[Training],
    *,
    grid: Sequence[tuple[float, float]],
    units: int,
    recipe: Recipe,
) -> list[Fitted]:
    inner, held = [], []
    for t in trainings:
        cut = int(TRAINED * len(t.y))
        inner.append(replace(t, x=t.x[:cut], y=t.y[:cut]))
        held.append((t.x[cut:], t.y[cut:]))
    tried = _trained([(t, pair) for t in inner for pair in grid], units, recipe)
    judged = [
        log_likelihood(one, *held[place // len(grid)], trainings[place // len(grid)].seed)
        for place, one in enumerate(tried)
    ]
    losses = -np.reshape(judged, (len(trainings), len(grid)))
    best = losses.argmin(axis=1).tolist()
    pairs = [(t, grid[place]) for t, place in zip(trainings, best, strict=True)]
    return [
        Fitted(
            partial(_predict, network=network, seed=t.seed),
            params=sum(weight.size for weight in network.weights),
            notes={"candidate": place, "validation_losses": of_split},
        )
        for t, network, place, of_split in zip(
            trainings, _trained(pairs, units, recipe), best, losses.tolist(), strict=True
        )
    ]


@dataclass(frozen=True)
class Scales:
    """Moments of a training's inputs, feature by feature, and of its targets."""

    mean: np.ndarray
    deviation: np.ndarray
    target_mean: float
    target_deviation: float

    @classmethod
    def of(cls, training: Training) -> Scales:
        """Those of its rows."""
        mean, variance = moments(training.x)
        y = training.y
        return cls(mean, np.sqrt(variance), float(y.mean()), float(y.std()) or 1.0)

    def inputs(self, x: np.ndarray) -> np.ndarray:
        """Rows (n, features), standardised."""
        return (x - self.mean) / self.deviation


@dataclass(frozen=True)
class DropoutNetwork:
    """A trained network, from which predictions are sampled."""

    weights: Sequence[np.ndarray]
    """Kernel and bias of the hidden layer, then of the output."""
    scales: Scales
    rate: float
    """Share of inputs and of hidden units that is dropped."""
    precision: float
    """Of the noise, per squared unit of the target."""

    def samples(self, x: np.ndarray, count: int, seed: int) -> Iterator[np.ndarray]:
        """`count` predictions of rows x (n, features) in all, some (samples, n) at a time."""
        kernel, bias, output_kernel, output_bias = self.weights
        random = np.random.default_rng([seed, count])
        rows = self.scales.inputs(x).astype(np.float32)
        keep = np.float32(1.0 - self.rate)
        for start in range(0, count, SAMPLES_AT_ONCE):
            some = min(SAMPLES_AT_ONCE, count - start)
            of_inputs, of_units = (
                (random.random((some, width), np.float32) < keep) / keep for width in kernel.shape
            )
            hidden = (rows * of_inputs[:, None, :]) @ kernel + bias
            hidden = np.maximum(hidden, 0.0, out=hidden)
            outputs = hidden @ (of_units[:, :, None] * output_kernel) + output_bias
            yield outputs[:, :, 0] * self.scales.target_deviation + self.scales.target_mean


def _trained(
    pairs: Sequence[tuple[Training, tuple[float, float]]], units: int, recipe: Recipe
) -> list[DropoutNetwork]:
    """A network for every training with its dropout rate and precision, all in one stack."""
    from benchmarks.training.compiled import train

    scales = [Scales.of(training) for training, _ in pairs]
    networks = [
        _network(t, units, rate, LENGTH_SCALE**2 * (1.0 - rate) / (2.0 * len(t.y) * precision))
        for t, (rate, precision) in pairs
    ]
    train(
        networks,
        [own.inputs(t.x) for (t, _), own in zip(pairs, scales, strict=True)],
        [
            (t.y - own.target_mean) / own.target_deviation
            for (t, _), own in zip(pairs, scales, strict=True)
        ],
        [t.seed for t, _ in pairs],
        recipe,
        "mse",
    )
    return [
        DropoutNetwork([np.asarray(v) for v in network.trainable_variables], own, rate, precision)
        for network, own, (_, (rate, precision)) in zip(networks, scales, pairs, strict=True)
    ]


def _network(training: Training, units: int, rate: float, penalty: float) -> keras.Model:
    import keras

    from benchmarks.training.dropout_grid import DropoutDense

    keras.utils.set_random_seed(training.seed)
    layers = [DropoutDense(units, "relu"), DropoutDense(1)]
    network = keras.Sequential([keras.Input(training.x.shape[1:]), *layers])
    for place, layer in enumerate(layers):
        layer.settings.assign([rate, penalty])
        layer.state.assign([training.seed, (place + 1) << 20])  # no mask of both layers is the same
    return network


def log_likelihood(network: DropoutNetwork, x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """Mean log density of y (n,) under a mixture of normals, one about every sampled prediction."""
    precision = network.precision
    of_samples = np.concatenate(
        [
            -0.5 * precision * (y - samples) ** 2
            for samples in network.samples(x, VALIDATION_SAMPLES, seed)
        ]
    )
    densities = np.logaddexp.reduce(of_samples, axis=0) - np.log(VALIDATION_SAMPLES)
    return float(np.mean(densities) + 0.5 * np.log(precision / (2.0 * np.pi)))


def _predict(x: np.ndarray, *, network: DropoutNetwork, seed: int) -> np.ndarray:
    total = np.zeros(len(x))
    for samples in network.samples(x, SAMPLES, seed):
        total += samples.sum(axis=0)
    return total / SAMPLES
