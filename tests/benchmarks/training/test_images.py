"""What training on images adds: augmentation, Muon, fused normalisation, states on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import keras_here
from hypothesis import given, settings
from hypothesis import strategies as st
from training_help import train

from benchmarks.definition import Training
from benchmarks.entries import convolutional, fitting, short_ladder, views
from benchmarks.entries.networks import network
from benchmarks.training import checkpoints
from benchmarks.training.recipe import Recipe

__all__ = ["keras_here"]  # a fixture
pytestmark = pytest.mark.usefixtures("keras_here")

SHAPE = (12, 12, 3)
RECIPE = Recipe(
    epochs=4,
    batch_size=16,
    optimizer="muon",
    learning_rate=0.1,
    momentum=0.6,
    other_learning_rate=1.0,
    schedule="linear",
    flip="alternating",
    shift=2,
    jit_compile=False,
)


def images(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise with one bright quarter, the class."""
    random = np.random.default_rng(seed)
    x = random.integers(0, 128, (count, *SHAPE), np.uint8)
    y = np.arange(count) % 4
    for image, quarter in zip(x, y, strict=True):
        row, column = 6 * (quarter // 2), 6 * (quarter % 2)
        image[row : row + 6, column : column + 6] += 100
    return x, y


def small(seed: int) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    net: list[Any] = [keras.Input(SHAPE), layers.Rescaling(1 / 64, offset=-2.0)]
    net += [
        layers.Conv2D(8, 3, use_bias=False),
        layers.BatchNormalization(momentum=0.6),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(4),
    ]
    return keras.Sequential(net)


def batch_seen(recipe: Recipe, x: np.ndarray, epoch: int, index: int = 0, seed: int = 5) -> Any:
    import tensorflow as tf

    from benchmarks.training.augment import augment, first_mirrored

    rows = tf.constant(np.arange(len(x))[None])
    first = tf.constant(first_mirrored([len(x)], [seed]))
    seen = augment(recipe, x[None], rows, first, tf.constant([seed]), epoch, index)
    return np.asarray(seen)[0]


def test_an_alternating_flip_shows_both_sides_in_two_epochs() -> None:
    x, _ = images(60)
    recipe = replace(RECIPE, shift=0)
    even, odd, next_even = (batch_seen(recipe, x, epoch) for epoch in (0, 1, 2))
    mirrored = (even == x[:, :, ::-1]).all((1, 2, 3))
    assert 15 < mirrored.sum() < 45
    assert (even[~mirrored] == x[~mirrored]).all()
    assert (odd == even[:, :, ::-1]).all()
    assert (next_even == even).all()


def test_a_random_flip_is_drawn_anew_in_every_step() -> None:
    x, _ = images(60)
    recipe = replace(RECIPE, shift=0, flip="random")
    one, other = (batch_seen(recipe, x, 3, index) for index in (0, 1))
    assert (one != other).any((1, 2, 3)).sum() > 15
    assert (batch_seen(recipe, x, 3, 0) == one).all()


@pytest.mark.parametrize("fill_mode", ["reflect", "constant"])
def test_a_whole_shift_moves_by_whole_pixels_and_uses_every_one(
    fill_mode: Any,
) -> None:
    x, _ = images(400)
    recipe = replace(RECIPE, flip="none", shift=1, fill_mode=fill_mode)
    seen = batch_seen(recipe, x, 0)
    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), fill_mode)
    found = np.zeros((3, 3), int)
    for image, moved in zip(around, seen, strict=True):
        places = [
            (r, c)
            for r in range(3)
            for c in range(3)
            if (image[r : r + 12, c : c + 12] == moved).all()
        ]
        assert len(places) == 1
        found[places[0]] += 1
    assert found.min() > 15  # 44 expected of each


@given(st.floats(0.1, 3.9), st.integers(0, 2**20))
@settings(max_examples=20)
def test_a_fractional_shift_of_a_ramp_moves_its_values(shift: float, seed: int) -> None:
    ramp = np.broadcast_to(np.arange(12.0, dtype=np.float32)[None, None, :, None], (8, *SHAPE))
    recipe = replace(RECIPE, flip="none", shift=shift, fill_mode="nearest")
    seen = batch_seen(recipe, ramp, 0, seed=seed)
    moved = seen[:, 5, 4:8, 0] - ramp[:, 5, 4:8, 0]
    if not shift.is_integer():
        assert np.allclose(moved, moved[:, :1], atol=1e-4)  # linear inside, whatever the fraction
    assert np.abs(moved).max() <= shift + 1e-4
    assert seen.min() >= 0
    assert seen.max() <= 11


def test_muon_takes_orthogonal_steps() -> None:
    import tensorflow as tf

    from benchmarks.training.muon import orthogonal

    random = np.random.default_rng(0)
    for shape in ((2, 6, 20), (2, 20, 6)):
        matrix = random.normal(size=shape).astype(np.float32)
        u, _, v = np.linalg.svd(matrix, full_matrices=False)
        made = orthogonal(tf.constant(matrix)).numpy()
        singular = np.linalg.svd(made, compute_uv=False)
        assert singular.min() > 0.3
        assert singular.max() < 1.4
        alike = (made * (u @ v)).sum((1, 2)) / np.linalg.norm(made, axis=(1, 2))
        assert (alike / np.sqrt(6) > 0.95).all()


def test_quick_layers_train_to_the_weights_of_keras_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.training import fast_layers

    x, y = images(50)
    fast, plain = small(1), small(1)
    train([fast], [x], [y], [5], RECIPE, "crossentropy")
    monkeypatch.setattr(fast_layers, "with_fast_layers", lambda model: model)
    train([plain], [x], [y], [5], RECIPE, "crossentropy")
    for a, b in zip(fast.weights, plain.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-2, atol=2e-3)
    assert type(fast.layers[2]).__module__.startswith("keras.")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("side", [2, 5, 8])
def test_quick_pooling_has_the_gradient_of_pooling_to_the_bit(side: int, precision: str) -> None:
    import tensorflow as tf

    from benchmarks.training.fast_layers import max_pool

    random = np.random.default_rng(side)
    # Few values, so that several pixels of a window are the highest.
    x = tf.constant(random.integers(0, 3, (4, side, side, 3)), precision)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        ours, own = max_pool(x), tf.nn.max_pool2d(x, 2, 2, "VALID")
    upstream = tf.constant(random.normal(size=ours.shape), precision)
    assert (ours.numpy() == own.numpy()).all()
    gradients = [tape.gradient(made, x, upstream).numpy() for made in (ours, own)]
    assert gradients[0].any()
    assert (gradients[0] == gradients[1]).all()


@pytest.mark.parametrize(("precision", "close"), [("float32", 1e-6), ("bfloat16", 1e-2)])
def test_quick_gelu_is_the_exact_one_with_its_gradient(precision: str, close: float) -> None:
    import tensorflow as tf

    from benchmarks.training.fast_layers import gelu

    x = tf.cast(tf.linspace(-6.0, 6.0, 1001), precision)
    upstream = tf.cast(np.random.default_rng(0).normal(size=1001), precision)
    wide = tf.cast(x, tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, wide])
        ours, own = gelu(x), tf.nn.gelu(wide, approximate=False)
    gradients = (
        tape.gradient(ours, x, upstream),
        tape.gradient(own, wide, tf.cast(upstream, tf.float64)),
    )
    for a, b in ((ours, own), gradients):
        assert a.dtype == precision
        np.testing.assert_allclose(tf.cast(a, tf.float64), b, atol=close, rtol=close)


@pytest.mark.parametrize("size", [(2, 2), (3, 3), (7, 5)])
def test_quick_convolution_has_the_gradients_of_convolution(size: tuple[int, int]) -> None:
    import tensorflow as tf

    from benchmarks.training.fast_layers import convolve

    random = np.random.default_rng(0)
    x = tf.constant(random.normal(size=(6, *size, 4)), tf.float32)
    kernel = tf.constant(random.normal(size=(3, 3, 4, 5)), tf.float32)
    upstream = tf.constant(random.normal(size=(6, *size, 5)), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, kernel])
        ours, own = convolve(x, kernel), tf.nn.conv2d(x, kernel, 1, "SAME")
    np.testing.assert_allclose(ours, own, atol=1e-5)
    gradients = [tape.gradient(made, [x, kernel], upstream) for made in (ours, own)]
    for a, b in zip(*gradients, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_quick_layers_stand_in_only_where_they_apply() -> None:
    import keras
    import tensorflow as tf
    from keras import layers

    from benchmarks.training.fast_layers import with_fast_layers

    def kinds(*net: Any) -> list[str]:
        model = keras.Sequential([keras.Input((8, 8, 64)), *net])
        return [type(layer).__name__ for layer in with_fast_layers(model).layers]

    def small(**options: Any) -> Any:
        told = {"kernel_size": 3, "padding": "same", "dtype": "mixed_bfloat16", **options}
        return layers.Conv2D(64, **told)

    alone = not tf.config.list_physical_devices("GPU")
    expected = ["Convolution", "Pooling", "Gelu"]
    if not alone:
        expected = ["Conv2D", "MaxPooling2D", "Activation"]
    assert kinds(small(), layers.MaxPooling2D(), layers.Activation("gelu")) == expected
    assert kinds(layers.Activation("relu"), layers.Flatten()) == ["Activation", "Flatten"]
    assert kinds(layers.BatchNormalization()) == ["Normalisation"]
    for other in (
        small(dtype="float32"),
        small(kernel_size=5),
        small(strides=2),
        small(padding="valid"),
        small(groups=2),
        small(dilation_rate=2),
    ):
        assert kinds(other) == ["Conv2D"]
    for window in ({"pool_size": 3}, {"strides": 1}, {"padding": "same"}):
        assert kinds(layers.MaxPooling2D(**window)) == ["MaxPooling2D"]
    assert kinds(layers.Flatten(), layers.BatchNormalization()) == ["Flatten", "BatchNormalization"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("validation", [0.0, 0.2])
def test_a_killed_training_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, validation: float
) -> None:
    x, y = images(50)
    recipe = replace(RECIPE, validation_split=validation)
    straight = small(1)
    (curve,) = train([straight], [x], [y], [5], recipe, "crossentropy")

    monkeypatch.setattr(checkpoints, "EVERY", 0.0)
    write = checkpoints.Checkpoint.write

    def write_then_die(self: checkpoints.Checkpoint, state: dict[str, Any]) -> None:
        write(self, state)
        if state["done"] == 2:
            raise Killed

    monkeypatch.setattr(checkpoints.Checkpoint, "write", write_then_die)
    folder = tmp_path / "group"
    with pytest.raises(Killed), checkpoints.kept_in(folder):
        train([small(1)], [x], [y], [5], recipe, "crossentropy")
    assert list(folder.iterdir())

    begun: list[int] = []
    monkeypatch.setattr(
        checkpoints.Checkpoint, "write", lambda self, state: begun.append(int(state["done"]))
    )
    resumed = small(2)  # its own weights must not matter
    with checkpoints.kept_in(folder):
        (again,) = train([resumed], [x], [y], [5], recipe, "crossentropy")
    assert begun == [3]
    assert again == curve
    for a, b in zip(straight.weights, resumed.weights, strict=True):
        assert (a.numpy() == b.numpy()).all()
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"<html>"])
def test_a_damaged_state_is_no_state(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "1.npz").write_bytes(content)
    assert checkpoints.Checkpoint(tmp_path / "1.npz").read() is None


def test_a_failed_training_leaves_no_state(tmp_path: Path) -> None:
    def fails() -> None:
        with checkpoints.kept_in(tmp_path / "group"):
            checkpoints.begin().write({"done": np.asarray(1)})
            raise FloatingPointError("NaN")

    with pytest.raises(FloatingPointError):
        fails()
    assert not (tmp_path / "group").exists()


@pytest.fixture(params=["float32", "mixed_bfloat16"])
def policy(request: pytest.FixtureRequest) -> Iterator[str]:
    import keras

    keras.mixed_precision.set_global_policy(request.param)
    yield request.param
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize("kind", [None, "flip", "flip-shift"])
def test_a_speedrun_learns_and_says_the_same_of_a_mirror_image_if_asked(
    kind: views.Views | None, policy: str
) -> None:
    x, y = images(80)
    x, y = np.pad(x, ((0, 0), (10, 10), (10, 10), (0, 0)), "reflect"), y // 2  # top or bottom
    entry = network(
        "speedrun",
        partial(convolutional.speedrun, widths=(8, 8, 8)),
        replace(RECIPE, epochs=8, other_learning_rate=10.0),
        "",
        inputs="raw",
        start=convolutional.whiten,
        test_time_augmentation=kind,
    )
    (fitted,) = entry.fit([Training(x, y, "classification", 2, 3)])
    mirrored = np.ascontiguousarray(x[:, :, ::-1])
    one, other = fitted.predict(x), fitted.predict(mirrored)
    assert one.dtype == np.float32
    assert (one.argmax(1) == y).mean() > 0.9
    assert np.allclose(one, other, atol=1e-5) == (kind is not None)
    if isinstance(fitted, views.FittedOnViews):
        single = fitted.predict_single_view
        assert single is not None
        assert not np.allclose(single(x), single(mirrored), atol=1e-5)


def test_logits_of_six_views_are_weighed_as_published(tmp_path: Path) -> None:
    import keras

    x, _ = images(12)
    inputs = keras.Input(x.shape[1:])
    logits = keras.Model(inputs, small(0)(inputs))
    one = keras.Model(inputs, keras.layers.Softmax()(logits.output))
    six = views.over_views(one, "flip-shift")

    def says(images: np.ndarray) -> np.ndarray:
        return fitting.predict(logits, np.ascontiguousarray(images))

    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
    average = sum(
        says(view[:, 1:-1, 1:-1]) / 4 + says(view[:, :-2, :-2]) / 8 + says(view[:, 2:, 2:]) / 8
        for view in (around, around[:, :, ::-1])
    )
    expected = np.asarray(keras.ops.softmax(average))
    np.testing.assert_allclose(fitting.predict(six, x), expected, atol=1e-6)
    path = tmp_path / "six.keras"
    path.write_bytes(fitting.keras_file(six))
    np.testing.assert_allclose(keras.models.load_model(path)(x), expected, atol=1e-6)


def test_views_of_an_average_of_networks_are_refused() -> None:
    import keras

    inputs = keras.Input(SHAPE)
    outputs = [keras.layers.Softmax()(small(seed)(inputs)) for seed in (0, 1)]
    average = keras.Model(inputs, keras.layers.Average()(outputs))
    with pytest.raises(ValueError, match="received one that ends in Average"):
        views.over_views(average, "flip")


def test_whitening_gives_patches_of_unit_variance() -> None:
    x, _ = images(50)
    network = convolutional.speedrun((32, 32, 3), 10)
    x = np.pad(x, ((0, 0), (10, 10), (10, 10), (0, 0)), "reflect")
    convolutional.whiten(network, x, 1)
    maps = np.asarray(network.layers[1](network.layers[0](x)))[..., :12]
    flat = maps.reshape(-1, 12)
    assert np.allclose(flat.T @ flat / len(flat), np.eye(12), atol=0.05)


def test_decay_pulls_offsets_and_last_layer_alone(policy: str) -> None:
    x, _ = images(20)
    x = np.pad(x, ((0, 0), (10, 10), (10, 10), (0, 0)), "reflect")
    network = convolutional.speedrun_decayed((32, 32, 3), 10, decay=0.01, widths=(8, 8, 16))
    convolutional.whiten_wide(network, x, 1)
    *_, head, scaled = network.layers
    effective = np.asarray(head.kernel) * scaled.scale
    assert effective.std() == pytest.approx(1 / 16, rel=1e-3)
    for layer in network.layers:
        if hasattr(layer, "beta"):
            layer.beta.assign(layer.beta + 2)
    offsets = 4 * 2 * (8 + 8 + 16)
    penalty = 0.005 * (offsets + float(np.square(np.asarray(head.kernel)).sum()))
    assert float(sum(network.losses)) == pytest.approx(penalty, rel=1e-3)
    plain = convolutional.speedrun((32, 32, 3), 10, widths=(8, 8, 16))
    assert [v.shape for v in plain.weights] == [v.shape for v in network.weights]
    assert [v.shape for v in plain.trainable_variables] == [
        v.shape for v in network.trainable_variables
    ]


def test_a_ladder_behind_whitening_leaves_its_kernels_as_drawn() -> None:
    x, _ = images(50)
    x = np.pad(x, ((0, 0), (10, 10), (10, 10), (0, 0)), "reflect")
    network = short_ladder.whitened_vgg((32, 32, 3), 10)
    before = [v.numpy() for v in network.trainable_variables]
    short_ladder.whiten_first(network, x, 1)
    maps = np.asarray(network.layers[1](network.layers[0](x)))[..., :12].reshape(-1, 12)
    assert np.allclose(maps.T @ maps / len(maps), np.eye(12), atol=0.05)
    for value, variable in zip(before, network.trainable_variables, strict=True):
        assert (value == variable.numpy()).all()
    assert network(x[:2]).shape == (2, 10)


def test_every_rung_names_the_rung_it_adds_to_and_changes_one_thing() -> None:
    rungs = {entry.name: entry for entry in short_ladder.short_ladder()}
    added = {name: str(rung.values.get("adds_to", "")) for name, rung in rungs.items()}
    assert set(filter(None, added.values())) <= rungs.keys()
    first = rungs["short-vgg1"].values
    for name, rung in rungs.items():
        if name != "short-resnet20":
            differing = {k for k in first if rung.values[k] != first[k]}
            assert differing == ({"flip", "shift", "fill_mode"} if name == "short-moved" else set())


def test_the_published_networks_have_the_published_sizes() -> None:
    def size(network: Any) -> int:
        return int(sum(np.prod(v.shape) for v in network.trainable_variables))

    shape = (32, 32, 3)
    # He et al. 2016, Table 6: 0.27 M and, of 32 layers, 0.46 M.
    assert round(size(convolutional.resnet(shape, 10)) / 1e6, 2) == 0.27
    assert round(size(convolutional.resnet(shape, 10, depth=32)) / 1e6, 2) == 0.46
    # Jordan 2024, section 3.1: 1.97 M; the whitening's 288 do not train.
    assert round(size(convolutional.speedrun(shape, 10)) / 1e6, 2) == 1.97
    # Brownlee 2019, printed by `model.summary()`; Keras' example prints 1,250,858.
    assert size(convolutional.vgg(shape, 10)) == 550_570
    decayed = convolutional.vgg(shape, 10, l2=1e-3)
    kernels = [layer.kernel for layer in decayed.layers if hasattr(layer, "kernel")][:-1]
    penalty = 1e-3 * sum(float(np.sum(np.square(kernel))) for kernel in kernels)
    assert len(decayed.losses) == len(kernels) == 7
    assert float(sum(decayed.losses)) == pytest.approx(penalty, rel=1e-4)
    assert size(convolutional.keras_simple(shape, 10)) == 1_250_858
