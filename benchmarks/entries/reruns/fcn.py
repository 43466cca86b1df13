"""The fully convolutional network of the deep-learning review, trained again as published.

Ismail Fawaz et al., "Deep learning for time series classification: a review", Data Mining and
Knowledge Discovery 33 (2019), arXiv:1809.04356, after Wang et al., IJCNN 2017, arXiv:1611.06455;
code at github.com/hfawaz/dl-4-tsc (`classifiers/fcn.py`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

RECIPE = Recipe(epochs=2000, batch_size=16, jit_compile=False)
"""Adam with Keras' defaults; the batch is the largest. Convolutions compiled by XLA are many times
slower on a processor."""
FILTERS, KERNELS = (128, 256, 128), (8, 5, 3)


def fcn_of_the_review(reruns: str, *, seconds: float = 0.0) -> Entry:
    """The entry that trains the published score `reruns` of a classification of series again.

    By Keras' own `fit`, for 2,000 epochs: Adam with its defaults, batches of a tenth of the
    training rows or 16, the learning rate halved after 50 epochs without a lower training loss,
    down to 0.0001; kept are the weights of the epoch with the lowest training loss. Every series
    is standardised by itself, as the archive of 2015 has them.
    """
    return Entry(
        name="fcn-review",
        kind="keras",
        fit=partial(_fit, recipe=RECIPE),
        about="The fully convolutional network of the deep-learning review, trained for "
        f"{RECIPE.epochs:,} epochs as published in 2019.",
        values={
            "filters": list(FILTERS),
            "kernels": list(KERNELS),
            **dataclasses.asdict(RECIPE),
            "schedule": "halved on a plateau of the training loss",
        },
        suite="full",
        protocol={"selection": "best training loss"},
        seconds=seconds,
        reruns=reruns,
    )


def _fit(trainings: Sequence[Training], *, recipe: Recipe) -> list[Fitted]:
    return [_one(training, recipe) for training in trainings]


def _one(training: Training, recipe: Recipe) -> Fitted:
    import keras

    keras.utils.set_random_seed(training.seed)
    network = _network(training.x.shape[1:], training.classes)
    batch = max(1, int(min(len(training.y) / 10, recipe.batch_size)))
    network.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        steps_per_execution=-(-len(training.y) // batch),
        jit_compile=recipe.jit_compile,
    )
    history = network.fit(
        _standardised(training.x),
        training.y,
        batch_size=batch,
        epochs=recipe.epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=50, min_lr=1e-4),
            # Never stops: it only keeps the weights of the best epoch.
            keras.callbacks.EarlyStopping(
                "loss", patience=recipe.epochs + 1, restore_best_weights=True
            ),
        ],
    )
    return Fitted(
        partial(_predict, network=network),
        {"loss": [float(loss) for loss in history.history["loss"]]},
        network.count_params()
        - sum(int(np.prod(v.shape)) for v in network.non_trainable_variables),
    )


def _network(shape: tuple[int, ...], classes: int) -> keras.Model:
    import keras
    from keras import layers

    series = keras.Input(shape)
    x: Any = series
    for filters, kernel in zip(FILTERS, KERNELS, strict=True):
        x = layers.Conv1D(filters, kernel, padding="same")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(series, layers.Dense(classes, activation="softmax")(x))


def _standardised(x: np.ndarray) -> np.ndarray:
    """Every series (n, steps, channels) minus its mean, over its deviation, channel by channel."""
    deviation = x.std(axis=1, keepdims=True)
    return (x - x.mean(axis=1, keepdims=True)) / np.where(deviation == 0, 1.0, deviation)


def _predict(x: np.ndarray, *, network: keras.Model) -> np.ndarray:
    from benchmarks.entries.fitted_network import predict_in_batches

    return predict_in_batches(network, _standardised(x), batch_size=256)
