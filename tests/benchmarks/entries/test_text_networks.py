"""Entries for texts: token numbers, stacked forms, and a kept network that takes strings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks.definition import Training
from benchmarks.entries.text import builders, encoding
from benchmarks.entries.text.classical import text_classifiers
from benchmarks.entries.text.encoding import Tokens
from benchmarks.entries.text.networks import text_network
from benchmarks.texts import text_array
from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]

pytestmark = pytest.mark.usefixtures("keras_here")
TOKENS = (
    Tokens(ngrams=(1, 2), vocabulary=60, length=8),
    Tokens("character", ngrams=(3,), vocabulary=90, length=20),
)
GOOD, BAD = ("a lovely film", "lovely lovely day", "so good"), ("awful noise", "so bad", "bad film")


def training(seed: int = 0, more: tuple[str, ...] = ()) -> Training:
    texts = text_array([*(GOOD * 4), *(BAD * 4), *more])
    y = np.array([0] * 12 + [1] * 12 + [0] * len(more))
    return Training(texts, y, "classification", 2, seed)


def network(kind: Any = "mean_embedding", **options: Any) -> Any:
    epochs = 30 if kind == "mean_embedding" else 3
    recipe = Recipe(epochs=epochs, batch_size=8, learning_rate=0.02, jit_compile=False)
    return text_network("net", kind, TOKENS, recipe, "A network.", **options)


def test_the_vocabulary_is_that_of_the_training_texts() -> None:
    encoder = encoding.fitted(TOKENS, text_array(["red green", "green"]))
    numbers = encoder.numbers(text_array(["green blue"]))
    words = encoder.layers[0].get_vocabulary()
    assert "blue" not in words
    assert numbers[0, :2].tolist() == [words.index("green"), 1]
    assert numbers.shape == (1, 28)


def test_numbers_of_two_vocabularies_are_kept_apart() -> None:
    encoder = encoding.fitted(TOKENS, text_array(["red green"]))
    numbers = encoder.numbers(text_array(["red green"]))[0]
    assert numbers[:8].max() < 60
    characters = numbers[8:]
    assert characters[characters > 0].min() > 60
    assert encoding.size(TOKENS) == 150


@pytest.mark.parametrize("text", ["", "!?", "\u202e", "\x1b[31m", "\ud800", "😀" * 500, "\x00"])
def test_any_text_has_a_prediction(text: str) -> None:
    (fitted,) = network().fit([training()])
    shares = fitted.predict(text_array([text, "lovely"]))
    assert np.isfinite(shares).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", ["mean_embedding", "convolutions", "gru"])
def test_stacked_networks_compute_what_each_does_alone(kind: str) -> None:
    import keras
    import tensorflow as tf

    from benchmarks.training.stack import obstacle, stack

    models = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        models.append(getattr(builders, kind)((12,), 2, vocabulary=40))
    assert obstacle(models[0]) is None
    forward, trainable, others = stack(models)
    numbers = np.random.default_rng(0).integers(0, 40, (3, 7, 12))
    numbers[:, :, 8:] = 0
    numbers[:, :, 0] = np.maximum(numbers[:, :, 0], 1)
    x = numbers.astype(np.float32)
    together, _, _ = forward(trainable, others, tf.constant(x), tf.ones((3, 7)), False)
    for repeat, model in enumerate(models):
        np.testing.assert_allclose(together[repeat], model(x[repeat]), atol=1e-5)


def test_a_repeat_trains_alike_alone_and_in_a_stack() -> None:
    entry = network()
    first, second = training(3), training(4, ("a good noise",))
    alone = entry.fit([first])[0].predict(first.x)
    stacked = entry.fit([first, second])[0].predict(first.x)
    np.testing.assert_allclose(alone, stacked, atol=1e-4)


@pytest.mark.parametrize("kind", ["mean_embedding", "convolutions", "gru", "transformer"])
def test_the_kept_network_takes_strings_and_predicts_the_same(kind: str, tmp_path: Path) -> None:
    import keras

    (fitted,) = network(kind).fit([training()])
    assert fitted.archive is not None
    path = tmp_path / "model.keras"
    path.write_bytes(fitted.archive())
    kept = keras.saving.load_model(path, compile=False)
    texts = text_array(["a lovely day", "", "bad", "unknown words"])
    shares = np.asarray(kept(encoding.strings(texts), training=False))
    np.testing.assert_allclose(shares, fitted.predict(texts), atol=1e-6)
    if kind == "mean_embedding":  # trained for long enough
        assert shares[0, 0] > 0.5
        assert shares[2, 1] > 0.5


def test_linear_models_learn_from_texts_and_take_empty_ones() -> None:
    for entry in text_classifiers():
        (fitted,) = entry.fit([training()])
        shares = fitted.predict(text_array(["lovely", "awful and bad", ""]))
        assert shares.shape == (3, 2), entry.name
        assert shares[0, 0] > 0.5 > shares[1, 0], entry.name
