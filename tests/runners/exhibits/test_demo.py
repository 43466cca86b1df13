"""A small network as a page computes it: what is read of its file, and of which rows it begins."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_folder import BENCHMARKS, keras_here

from benchmarks.data import Store, load
from benchmarks.entries.fitted_network import keras_file
from benchmarks.repeats import split_at
from runners import exhibits
from runners.exhibits import demo
from runners.exhibits.demo.network import LARGEST, Unsupported, as_text, read
from runners.records.own_data import without_rows
from runners.redaction import values_for_others

__all__ = ["keras_here"]  # a fixture

WINE = next(benchmark for benchmark in BENCHMARKS if benchmark.name == "uci/wine")
FIRST: Any = {"repeat": 0, "recipe": "recipe-1", "entry": {"name": "mlp-64"}}
NETWORK: Any = {"steps": [], "weights": "AAAA"}


def unpacked(text: str) -> np.ndarray:
    """Weights as the page reads them."""
    plain = text.replace("_", "+").replace("é", "/")
    return np.frombuffer(base64.b64decode(plain + "=" * (-len(plain) % 4)), "<f4")


def test_redaction_leaves_weights_alone() -> None:
    weights = np.random.default_rng(0).normal(size=50_000).astype(np.float32)
    text = as_text(weights)
    assert values_for_others({"weights": text}) == {"weights": text}
    assert np.array_equal(unpacked(text), weights)


def test_examples_are_test_rows_of_the_first_repeat_and_begin_with_a_typical_one() -> None:
    dataset = load(WINE.data, Store(Path("nowhere"), offline=True)).dataset
    made = demo.demo(WINE, dataset, FIRST, NETWORK, "")
    assert made is not None
    tested = split_at(WINE.protocol.splits(dataset), 0).test
    rows = [one["row"] for one in made["examples"]]
    assert set(rows) <= set(tested.tolist())
    assert len(set(rows)) == len(rows)
    assert {one["truth"] for one in made["examples"]} == {0.0, 1.0, 2.0}
    for one in made["examples"]:
        assert one["values"] == dataset.x[one["row"]].tolist()
        assert one["truth"] == dataset.y[one["row"]]
    spread = np.abs(dataset.x[tested] - np.median(dataset.x, axis=0)) / dataset.x.std(axis=0)
    assert rows[0] == tested[spread.sum(axis=1).argmin()]
    assert [f["range"] for f in made["fields"]] == [
        [column.min(), column.max()] for column in dataset.x.T
    ]


def test_of_data_of_ones_own_nothing_of_it_is_passed_on() -> None:
    dataset = load(WINE.data, Store(Path("nowhere"), offline=True)).dataset
    made = demo.demo(WINE, dataset, FIRST, NETWORK, "")
    assert made is not None
    assert {"weights", "examples", "fields"} <= set(made)
    assert not {"weights", "examples", "fields"} & set(without_rows(made))


@pytest.fixture
def saved(keras_here: None) -> Callable[[Any], bytes]:
    return keras_file


def test_steps_come_in_order_and_weights_as_they_are(saved: Callable[[Any], bytes]) -> None:
    import keras
    from keras import layers

    rows = keras.Input((3,))
    scaled = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 4.0, 16.0])(rows)
    members = [
        keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)])
        for _ in range(2)
    ]
    mean = layers.Average()([member(scaled) for member in members])
    model = keras.Model(rows, layers.Concatenate()([layers.Rescaling(5.0, 7.0)(mean), mean * 2.5]))
    network = read(saved(model))
    operations = [step["op"] for step in network["steps"]]
    assert operations == ["affine", *["dense"] * 4, "average", "affine", "constant", "multiply",
                          "concat"]  # fmt: skip
    dense = [np.ravel(w) for member in members for w in member.get_weights()]
    expected = [[1, 2, 3], [0.5, 0.5, 0.25], [0, 0, 0], *dense, [0], [5], [7]]
    assert np.allclose(unpacked(network["weights"]), np.concatenate(expected))


def unsupported() -> dict[str, Callable[[], Any]]:
    """Networks that a page does not compute."""
    import keras
    from keras import layers

    def one(*stacked: Any, shape: tuple[int, ...] = (4,)) -> Any:
        return keras.Sequential([keras.Input(shape), *stacked])

    return {
        "LSTM": lambda: one(layers.LSTM(2), shape=(5, 1)),
        "gelu": lambda: one(layers.Dense(2, "gelu")),
        "weights": lambda: one(layers.Dense(LARGEST // 16 + 1)),
        "float16": lambda: one(layers.Dense(2, dtype="mixed_float16")),
        "strides": lambda: one(layers.Conv2D(2, 3, strides=2), shape=(8, 8, 1)),
    }


@pytest.mark.parametrize("word", ["LSTM", "gelu", "weights", "float16", "strides"])
def test_what_a_page_cannot_compute_is_said(word: str, saved: Callable[[Any], bytes]) -> None:
    with pytest.raises(Unsupported, match=word):
        read(saved(unsupported()[word]()))


def test_a_damaged_file_has_no_demo(tmp_path: Path) -> None:
    class Kept:
        def model(self, *_: str) -> Path:
            return tmp_path / "model.keras"

    (tmp_path / "model.keras").write_bytes(b"no archive")
    kept: Any = Kept()
    assert demo.network_of(kept, "uci/wine", {"mlp-64": "recipe-1"}) is None


def test_without_a_kept_network_what_was_packed_stays(tmp_path: Path) -> None:
    from runners.records.store import Runs

    path = exhibits.folder(tmp_path, "uci/wine") / "demo.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")

    class Planned:
        benchmark = WINE

    planned: Any = Planned()
    demo.update(Runs(tmp_path), planned, {}, {"digest": "sha256:0"}, "")
    assert path.read_text() == "{}"
