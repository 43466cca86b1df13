"""What tests of the trainer on JAX share: small networks, rows, and Keras' own training of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.training.batches import orders
from benchmarks.training.recipe import Recipe

SEEDS = range(5)
RECIPE = Recipe(20, batch_size=16, learning_rate=0.01)


def mlp() -> Any:
    from keras import Input, Sequential, layers

    return Sequential([Input((8,)), layers.Dense(16, activation="relu"), layers.Dense(3)])


def cnn() -> Any:
    from keras import Input, Sequential, layers

    parts = [Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D()]
    return Sequential([*parts, layers.Flatten(), layers.Dense(3)])


def lstm() -> Any:
    from keras import Input, Sequential, layers

    return Sequential([Input((6, 3)), layers.LSTM(8, dropout=0.1), layers.Dense(3)])


def transformer() -> Any:
    from keras import Input, Model, layers

    rows = Input((6, 4))
    x = layers.LayerNormalization()(rows)
    x = layers.Add()([rows, layers.MultiHeadAttention(2, 4, dropout=0.1)(x, x)])
    x = layers.Add()([x, layers.Dense(4, activation="gelu")(layers.LayerNormalization()(x))])
    return Model(rows, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


def normalised() -> Any:
    from keras import Input, Sequential, layers

    parts = [Input((8,)), layers.Dense(16), layers.BatchNormalization(), layers.ReLU()]
    return Sequential([*parts, layers.Dropout(0.3), layers.Dense(3)])


NETWORKS: dict[str, Callable[[], Any]] = {
    "mlp": mlp,
    "normalised": normalised,
    "cnn": cnn,
    "lstm": lstm,
    "transformer": transformer,
}
QUICK = ("mlp", "normalised")


def built(name: str, seed: int) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    return NETWORKS[name]()


def rows(model: Any, count: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Rows (count, …) of three classes that a network can learn."""
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(count, *model.input_shape[1:])), random.integers(0, 3, count)
    pattern = np.cos(np.arange(x.shape[-1])) * np.ones(x[0].shape) * 2.3 / np.sqrt(x[0].size)
    return (x + np.multiply.outer(y - 1, pattern)).astype(np.float32), y


def score(model: Any) -> float:
    """Mean cross-entropy of a trained network on rows that are not its own."""
    x, y = rows(model, 400, seed=6)
    logits = np.asarray(model.predict(x, verbose=0), np.float64)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return float(-log_p[np.arange(len(y)), y].mean())


def keras_steps(
    model: Any, x: np.ndarray, y: np.ndarray, seed: int, recipe: Recipe
) -> list[list[float]]:
    """The loss of every step of Keras' own `train_on_batch`, epoch by epoch."""
    from benchmarks.entries import portable

    batch, loss = recipe.batch_size, "crossentropy"
    steps = -(-len(y) // batch)
    model.compile(portable.optimizer(recipe, steps * recipe.epochs), portable._loss(loss, recipe))
    losses = []
    for epoch in range(recipe.epochs):
        order = orders([len(y)], [seed], epoch, 1, len(y))[0, 0]
        for first in range(0, len(y), batch):
            part = order[first : first + batch]
            model.reset_metrics()
            losses.append(float(model.train_on_batch(x[part], y[part][:, None])))
    return np.reshape(losses, (recipe.epochs, steps)).tolist()
