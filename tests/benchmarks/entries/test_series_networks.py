"""Networks for time series, and rules of thumb that networks start from."""

from __future__ import annotations

import io
import zipfile
from functools import partial

import keras
import numpy as np
import plain_networks
import pytest

from benchmarks.definition import Training
from benchmarks.entries import Rule, forecaster, last_value, network
from benchmarks.entries.recurrent import (
    encoder_decoder,
    fcn,
    recurrent,
    segment_gru,
    transformer,
)
from benchmarks.training.recipe import Recipe

CLASSIFIERS = {
    "recurrent": partial(recurrent, units=4, segment=3),
    "masked": partial(recurrent, kind="LSTM", units=4, masking=True),
    "fcn": partial(fcn, filters=(4, 6, 4), pool_size=2),
    "lstm-fcn": partial(fcn, filters=(4, 6, 4), units=3),
    "transformer": partial(transformer, width=8, num_heads=2, segment=3),
}
FORECASTERS = {
    "segment-gru": partial(segment_gru, segment=6, units=8),
    "encoder-decoder": partial(encoder_decoder, segment=6, units=8),
}


def steps_of(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_weight_of_a_classifier_learns(name: str) -> None:
    model = CLASSIFIERS[name]((24, 2), 3)
    x = steps_of(0, (5, 24, 2))
    assert model(x).shape == (5, 3)
    before = [v.numpy() for v in model.trainable_variables]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for _ in range(3):  # dropout may leave out a unit once
        model.train_on_batch(x, steps_of(1, (5, 3)))
    moved = [
        (v.path, np.abs(v.numpy() - old).max())
        for v, old in zip(model.trainable_variables, before, strict=True)
    ]
    # What a softmax or a normalisation takes away again cannot move: biases of keys, and those
    # of convolutions before batch normalisation.
    idle = ("key/bias", "conv1d")
    assert [path for path, by in moved if not by > 0 and not any(i in path for i in idle)] == []


@pytest.mark.parametrize("name", FORECASTERS)
def test_every_weight_of_a_forecaster_learns_and_the_last_value_is_added(name: str) -> None:
    model = FORECASTERS[name]((24, 3), (12, 3))
    x = steps_of(0, (5, 24, 3))
    np.testing.assert_allclose(model(x + 7.0), model(x) + 7.0, atol=1e-4)
    before = [v.numpy() for v in model.trainable_variables]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for _ in range(3):
        model.train_on_batch(x, steps_of(1, (5, 12, 3)))
    for variable, old in zip(model.trainable_variables, before, strict=True):
        assert np.abs(variable.numpy() - old).max() > 0, variable.path


def test_a_segment_gru_looks_at_each_series_alone() -> None:
    model = segment_gru((24, 3), (12, 3), segment=6, units=8)
    x = steps_of(0, (2, 24, 3))
    changed = x.copy()
    changed[:, :, 1] += steps_of(1, (2, 24))
    same = np.isclose(model(x), model(changed), atol=1e-6).all(axis=(0, 1))
    assert same.tolist() == [True, False, True]
    alike = np.repeat(x[:, :, :1], 3, axis=2)
    assert not np.allclose(model(alike)[:, :, 0], model(alike)[:, :, 1])  # it knows which is which


def test_a_segment_gru_is_the_one_written_with_keras_layer() -> None:
    ours = segment_gru((24, 3), (12, 3), segment=6, units=8)
    plain = plain_networks.segment_gru((24, 3), (12, 3), segment=6, units=8)
    weights = [steps_of(place, w.shape) / 3 for place, w in enumerate(plain.get_weights())]
    plain.set_weights(weights)
    dense, gru, rest = weights[:2], weights[2:5], weights[5:]
    written_out = [gru[0], gru[2][0], gru[1], gru[2][1]]
    ours.set_weights([*rest[:2], *dense, *written_out, *rest[2:]])
    x, y = steps_of(20, (5, 24, 3)), steps_of(21, (5, 12, 3))
    np.testing.assert_allclose(ours(x), plain(x), atol=1e-5)
    for model in (ours, plain):
        model.layers[[type(one).__name__ for one in model.layers].index("Dropout")].rate = 0.0
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.train_on_batch(x, y)
    np.testing.assert_allclose(ours(x), plain(x), atol=1e-5)
    fresh = [of((24, 3), (24, 3)) for of in (segment_gru, plain_networks.segment_gru)]
    assert fresh[0].count_params() == fresh[1].count_params()
    _, recurrent = (w for w in fresh[0].get_weights() if w.shape == (128, 384))
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(128), atol=1e-4)


def test_padding_is_passed_over() -> None:
    model = recurrent((9, 2), 3, units=4, masking=True)
    x = steps_of(0, (2, 9, 2))
    x[:, 6:] = 0.0
    short = recurrent((6, 2), 3, units=4, masking=True)
    short.set_weights(model.get_weights())
    np.testing.assert_allclose(model(x), short(x[:, :6]), atol=1e-6)


def rising(rows: int = 40) -> Training:
    """A series that grows by a twentieth a step, but for every fourth step, which falls."""
    factors = np.where(np.arange(rows + 6) % 4 == 3, 0.9, 1.05)
    series = 100.0 * np.cumprod(factors)
    x = np.lib.stride_tricks.sliding_window_view(series[:-1], 6)[:rows, :, None]
    return Training(x, series[6:][:rows], "regression", 0, 0)


@pytest.mark.parametrize("ratio", [True, False])
def test_a_rule_is_given_back_what_it_was_relieved_of(ratio: bool) -> None:
    rule, train = Rule(last_value, ratio=ratio), rising()
    left = rule.left(train.x, train.y)
    assert left[0] == pytest.approx(
        np.log(train.y[0] / train.x[0, -1, 0]) if ratio else train.y[0] - train.x[0, -1, 0]
    )
    whole = rule.whole(train.x.astype(np.float32), left[:, None].astype(np.float32))
    np.testing.assert_allclose(np.asarray(whole)[:, 0], train.y, rtol=1e-5)


def test_a_ratio_needs_numbers_above_zero() -> None:
    train = rising()
    with pytest.raises(ValueError, match="above 0"):
        Rule(last_value, ratio=True).left(train.x, -train.y)


def growth(shape: tuple[int, ...], outputs: int) -> keras.Model:
    from keras import layers, ops

    window = keras.Input(shape)
    logs = ops.log(window)
    return keras.Model(window, layers.Dense(outputs)(layers.Flatten()(logs[:, 1:] - logs[:, :-1])))


def test_a_network_beside_a_rule_learns_what_it_leaves_and_is_saved_with_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    entry = network(
        "net",
        growth,
        Recipe(epochs=60, batch_size=8, learning_rate=0.1, schedule="cosine"),
        "x",
        inputs="raw",
        rule=Rule(last_value, ratio=True),
    )
    assert entry.values["beside_a_rule"] == "ratio"
    train = rising()
    (fitted,) = entry.fit([train])
    found = fitted.predict(train.x)
    error, floor = (np.abs(p - train.y).mean() for p in (found, train.x[:, -1, 0]))
    assert error < 0.3 * floor
    assert fitted.archive is not None
    path = tmp_path / "net.keras"
    path.write_bytes(fitted.archive())
    loaded = keras.models.load_model(path)  # stock layers and operations alone
    np.testing.assert_allclose(np.asarray(loaded(train.x.astype(np.float32)))[:, 0], found)


def test_a_ratio_has_no_normal_distribution() -> None:
    entry = network(
        "net",
        growth,
        Recipe(epochs=1, batch_size=8),
        "x",
        members=2,
        held_out=0.1,
        rule=Rule(last_value, ratio=True),
    )
    with pytest.raises(ValueError, match="held out"):
        entry.fit([rising()])


def test_a_forecaster_is_saved_as_stock_layers(tmp_path) -> None:  # type: ignore[no-untyped-def]
    x, y = steps_of(0, (30, 24, 3)), steps_of(1, (30, 12, 3))
    entry = forecaster(
        "f", FORECASTERS["segment-gru"], Recipe(epochs=1, batch_size=8, jit_compile=False), "x"
    )
    (fitted,) = entry.fit([Training(x, y, "regression", 0, 0)])
    assert fitted.archive is not None
    assert zipfile.is_zipfile(io.BytesIO(fitted.archive()))
    path = tmp_path / "f.keras"
    path.write_bytes(fitted.archive())
    np.testing.assert_allclose(
        np.asarray(keras.models.load_model(path)(x)), fitted.predict(x), atol=1e-6
    )
