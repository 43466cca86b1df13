"""Tables with columns of text: parts prepared on training rows, one network, its kept file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_folder import keras_here

from benchmarks.data import Columns
from benchmarks.data.own.encoding import numbers_and_texts
from benchmarks.data.own.frames import read_frame
from benchmarks.data.own.tables import dataset
from benchmarks.dataset import Dataset
from benchmarks.definition import Training
from benchmarks.entries import majority
from benchmarks.entries.text import builders
from benchmarks.entries.text.mixed import linear_with_texts, small_with_texts, without_texts

__all__ = ["keras_here"]

COLUMNS = Columns(numbers=["price"], categories={"shop": 2}, texts=["review"])


def table(tmp_path: Path, rows: int = 40) -> Dataset:
    path = tmp_path / "table.csv"
    lines = ["price,shop,review,liked"]
    for row in range(rows):
        good = row % 2
        price = "" if row % 7 == 0 else f"{row}.5"
        words = "a lovely, good thing" if good else "awful =cmd() <b>noise</b>"
        words = "" if row % 11 == 5 else words
        lines.append(
            f'{price},{"north" if row % 3 else "south"},"{words}",{"yes" if good else "no"}'
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return dataset(read_frame(path), COLUMNS, "liked", ("no", "yes"))


def training(data: Dataset, seed: int = 0) -> Training:
    return Training(data.x.copy(), data.y.copy(), "classification", 2, seed)


def test_rows_are_numbers_codes_and_texts(tmp_path: Path) -> None:
    data = table(tmp_path)
    assert data.x.shape == (40, 3)
    assert data.feature_names == ("price", "shop", "review")
    numbers, texts = numbers_and_texts(data.x)
    assert np.isnan(numbers[0, 0])
    assert texts[1, 0] == "a lovely, good thing"
    assert texts[5, 0] == ""
    assert data.digest != table(tmp_path, 41).digest


def test_texts_alone_are_learned_from_too(tmp_path: Path) -> None:
    table(tmp_path)
    columns = Columns(texts=["review"])
    alone = dataset(read_frame(tmp_path / "table.csv"), columns, "liked", ("no", "yes"))
    assert alone.x.shape == (40, 1)
    (fitted,) = linear_with_texts(columns, classes=True).fit([training(alone)])
    assert (fitted.predict(alone.x).argmax(axis=1) == alone.y).mean() > 0.9


@pytest.mark.usefixtures("keras_here")
def test_one_network_joins_all_parts_and_is_kept(tmp_path: Path) -> None:
    import keras

    from runners.execution.kept_network import predictor

    data = table(tmp_path)
    entry = small_with_texts("net", columns=COLUMNS, length=5, epochs=20, learning_rate=0.02)
    first, second = entry.fit([training(data), training(data, 1)])
    assert not first.notes
    shares = first.predict(data.x)
    assert (shares.argmax(axis=1) == data.y).mean() > 0.9
    assert not np.array_equal(shares, second.predict(data.x))
    assert first.archive is not None
    path = tmp_path / "model.keras"
    path.write_bytes(first.archive())
    kept = keras.saving.load_model(path, compile=False)
    assert [one.name for one in kept.inputs] == ["columns", "texts"]
    output = predictor(path, None, (3,), 2)(data.x)
    np.testing.assert_allclose(output, shares, atol=1e-5)


@pytest.mark.usefixtures("keras_here")
def test_the_joined_network_stacks() -> None:
    import keras
    import tensorflow as tf

    from benchmarks.training.stack import obstacle, stack

    models = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        models.append(builders.texts_and_numbers((14,), 2, lengths=(6, 5), vocabulary=30))
    assert obstacle(models[0]) is None
    forward, trainable, others = stack(models)
    x = np.random.default_rng(0).integers(1, 30, (3, 7, 14)).astype(np.float32)
    together, _, _ = forward(trainable, others, tf.constant(x), tf.ones((3, 7)), False)
    for repeat, model in enumerate(models):
        np.testing.assert_allclose(together[repeat], model(x[repeat]), atol=1e-5)


def test_linear_models_with_and_without_texts(tmp_path: Path) -> None:
    data = table(tmp_path)
    (with_texts,) = linear_with_texts(COLUMNS, classes=True).fit([training(data)])
    assert (with_texts.predict(data.x).argmax(axis=1) == data.y).mean() > 0.9
    (alone,) = without_texts(COLUMNS, [majority()])
    (fitted,) = alone.fit([training(data)])
    assert fitted.predict(data.x).shape == (40, 2)
