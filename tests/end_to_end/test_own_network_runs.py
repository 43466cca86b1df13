"""Networks as people write them, through the real command line: trained, scored, kept or said."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Place, workshop

from runners.mlflow.store import QUIET
from runners.records.store import Runs

NETWORKS = '''
"""Networks that people hand to a benchmark, each the headline of one."""

from dataclasses import replace

import numpy as np

from benchmarks import Entry, Fitted, benchmark
from benchmarks.entries import majority
from benchmarks.entries.networks import network
from benchmarks.training.recipe import Recipe
from benchmarks.uci import wine

RECIPE = Recipe(2, batch_size=16, learning_rate=0.01, jit_compile=False)


def softmax_at_the_end(shape, outputs):
    import keras

    return keras.Sequential(
        [keras.Input(shape), keras.layers.Dense(8, "relu"), keras.layers.Dense(outputs, "softmax")]
    )


def layer_without_config(shape, outputs):
    import keras

    class Scale(keras.layers.Layer):
        def __init__(self, function, **other):
            super().__init__(**other)
            self.function = function

        def call(self, x):
            return self.function(x)

    return keras.Sequential(
        [keras.Input(shape), Scale(lambda x: x * 2, name="doubled"), keras.layers.Dense(outputs)]
    )


def layer_of_ones_own(shape, outputs):
    import keras

    class Scale(keras.layers.Layer):
        def __init__(self, factor=2.0, **other):
            super().__init__(**other)
            self.factor = factor

        def call(self, x):
            return x * self.factor

    net = [keras.Input(shape), Scale(3.0, name="tripled"), keras.layers.Dense(outputs)]
    return keras.Sequential(net)


def with_lambda(shape, outputs):
    import keras

    double = keras.layers.Lambda(lambda x: x * 2, name="double")
    return keras.Sequential([keras.Input(shape), double, keras.layers.Dense(outputs)])


def forgetful(shape, outputs):
    import keras

    class Scale(keras.layers.Layer):
        def __init__(self, factor=1.0, **other):
            super().__init__(**other)
            self.factor = factor

        def get_config(self):
            return super().get_config() | {"factor": 1.0}

        def call(self, x):
            return x * self.factor

    net = [keras.Input(shape), Scale(3.0, name="scaled"), keras.layers.Dense(outputs)]
    return keras.Sequential(net)


def compiled_by_its_author(shape, outputs):
    import keras

    net = keras.Sequential([keras.Input(shape), keras.layers.Dense(outputs)])
    net.compile("sgd", loss=lambda y, out: keras.ops.mean(y - out))
    return net


def stateful(shape, outputs):
    import keras

    steps = keras.layers.Reshape((shape[0], 1))
    read = keras.layers.LSTM(2, stateful=True, name="remembers")
    return keras.Sequential([steps, read, keras.layers.Dense(outputs)])


def pooled(shape, outputs):
    """Raises a pooling error where images have their channels first."""
    import keras

    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Reshape((shape[0], 1, 1)),
            keras.layers.Conv2D(2, (3, 1)),
            keras.layers.MaxPooling2D((2, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(outputs),
        ]
    )


def full(trainings):
    def archive():
        raise OSError(28, "No space left on device", "/home/ada/network.keras")

    return [Fitted(lambda x: np.full((len(x), 3), 1 / 3), archive=archive) for _ in trainings]


def of(build):
    name = build.__name__.replace("_", "-")

    @benchmark(f"toy/{name}")
    def one():
        """One network."""
        if build is full:
            entry = Entry("own", "keras", full, "Own.", headline=True, stack=0)
        else:
            entry = network("own", build, RECIPE, "Own.", headline=True)
        return replace(wine.wine(), entries=[majority(), replace(entry, repeats=2)])

    return one


softmax = of(softmax_at_the_end)
unsavable = of(layer_without_config)
own = of(layer_of_ones_own)
code = of(with_lambda)
lossy = of(forgetful)
compiled = of(compiled_by_its_author)
images = of(pooled)
state = of(stateful)
late = of(full)
'''
REMARKS = {
    "layer-without-config": (
        "layer 'doubled' (Scale) cannot be saved; decorate its class with "
        "@keras.saving.register_keras_serializable() and give it a get_config"
    ),
    "with-lambda": "layer 'double' (Lambda) cannot be loaded: a file does not hold Python code",
    "forgetful": "has other outputs; of its layer 'scaled' (Scale) something is missing there",
    "compiled-by-its-author": "compile() in the builder is ignored: sgd and its loss are not used",
    "layer-of-ones-own": "layer 'tripled' (Scale) is defined inside its builder",
    "full": "the trained network cannot be saved (No space left on device)",
}
UNSAVED = ("layer-without-config", "with-lambda", "forgetful", "full")
KEPT = ("softmax-at-the-end", "layer-of-ones-own", "compiled-by-its-author", "pooled")
SETTINGS = {"floatx": "float64", "epsilon": 0.1, "backend": "nowhere"}


@dataclass
class Trained:
    place: Place
    stdout: str

    def benchmark(self, name: str) -> dict[str, Any]:
        page = json.loads((self.place.site / "results.json").read_bytes())
        (found,) = [one for one in page["benchmarks"] if one["name"] == f"toy/{name}"]
        return dict(found)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One run of them all, with a `keras.json` that changes everything it can."""
    place = Place(tmp_path_factory.mktemp("own"))
    place.code = workshop(tmp_path_factory.mktemp("code"), "uci/wine")
    (place.code / "benchmarks/toy").mkdir()
    (place.code / "benchmarks/toy/full.py").write_text(NETWORKS)
    settings = place.root / "home/.keras/keras.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({**SETTINGS, "image_data_format": "channels_first"}))
    done = place.bench("--only", "toy/*")
    assert done.returncode == 1, done.stdout + done.stderr
    return Trained(place, done.stdout)


def test_all_but_what_is_refused_are_scored(trained: Trained) -> None:
    for name in (*UNSAVED, *KEPT):
        (own,) = [e for e in trained.benchmark(name)["entries"] if e["headline"]]
        assert own["repeats"] == [0, 1]
        files = list(trained.place.runs.glob(f"records/toy/{name}/own/model-*.keras"))
        assert len(files) == (name in KEPT)
    assert "2 failed" in trained.stdout
    (failure,) = trained.benchmark("stateful")["failures"]
    assert "layer 'remembers' (LSTM) is stateful" in failure["reason"]
    assert "leave stateful=True out" in failure["reason"]


@pytest.mark.parametrize("name", REMARKS)
def test_what_is_found_is_told_once_and_before_training(trained: Trained, name: str) -> None:
    lines = trained.stdout.splitlines()
    (told,) = [at for at, line in enumerate(lines) if REMARKS[name] in line]
    assert lines[told].startswith(f"! toy/{name} own: ")
    first = next(
        at for at, line in enumerate(lines) if line.startswith("  toy/") and "left" in line
    )
    assert told < first or name == "full"
    if name in UNSAVED:
        assert lines[told].endswith("scored all the same; its network is not kept")
    assert "/home/ada" not in trained.stdout


@pytest.mark.parametrize("name", UNSAVED)
def test_page_mlflow_and_predict_say_that_a_network_is_not_kept(
    trained: Trained, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, reason = trained.place, REMARKS[name].split(": a file")[0]
    assert not list(place.runs.glob(f"records/toy/{name}/own/model-*"))
    (own,) = [e for e in trained.benchmark(name)["entries"] if e["headline"]]
    assert reason in own["unsaved"]
    page = (place.site / f"toy/{name}.html").read_text()
    assert "not kept" in page
    for variable, value in QUIET.items():
        monkeypatch.setenv(variable, value)
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{place.runs / 'mlflow.db'}")
    run = client.get_run(own["run_id"])
    assert reason in run.data.tags["network"]
    assert "Its network is not kept" in run.data.tags["mlflow.note.content"]
    if name not in ("with-lambda", "full"):  # one that was known before, and one after training
        return
    rows = place.root / "rows.csv"
    rows.write_text("any\n1\n")
    said = place.command("predict", f"toy/{name}", str(rows), "--runs", str(place.runs))
    assert (said.returncode, said.stdout) == (2, "")
    assert reason in said.stderr
    assert "was not kept" in said.stderr


def wine_rows(place: Place) -> Path:
    from sklearn.datasets import load_wine

    wine = load_wine()
    model = next(place.runs.glob("records/toy/softmax-at-the-end/own/model-*.json"))
    names = [feature["name"] for feature in json.loads(model.read_bytes())["features"]]
    path = place.root / "wine.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *wine.data[::30].tolist()])
    return path


def shares(table: str) -> list[list[float]]:
    """The probabilities of the classes in a table of predictions."""
    (_, *lines) = csv.reader(table.strip().splitlines())
    return [[float(cell) for cell in line[1:]] for line in lines]


def test_probabilities_are_those_of_one_softmax(trained: Trained) -> None:
    place = trained.place
    rows = str(wine_rows(place))
    done = place.command("predict", "toy/softmax-at-the-end", rows, "--runs", str(place.runs))
    assert done.returncode == 0, done.stderr
    found = shares(done.stdout)
    assert len(found) == 6
    assert all(sum(row) == pytest.approx(1, abs=1e-5) for row in found)
    # Of two softmaxes no probability of three classes exceeds e / (e + 2).
    assert max(map(max, found)) > 0.58


def test_defaults_of_keras_are_its_own(trained: Trained) -> None:
    """`keras.json` is not Keras' business here, and left as it was."""
    settings = trained.place.root / "home/.keras/keras.json"
    assert json.loads(settings.read_text())["floatx"] == "float64"
    (record, _) = Runs(trained.place.runs).read("toy/softmax-at-the-end", "own")
    assert record["environment"]["backend"] == "tensorflow"
    assert os.listdir(settings.parent) == ["keras.json"]


SERVED = """
import sys
import mlflow
import pandas
from mlflow.tracking import MlflowClient

client = MlflowClient(sys.argv[1])
mlflow.set_tracking_uri(sys.argv[1])
name = "kerasfolio.toy.layer-of-ones-own"
model = mlflow.pyfunc.load_model(f"models:/{name}@headline")
rows = pandas.read_csv(sys.argv[2])
assert not any(path.endswith("checkout") for path in sys.path)
import benchmarks.toy.full as definition
print(definition.__file__)
print(model.predict(rows).to_csv(index=False, float_format="%.5g"))
"""


def test_the_code_of_its_layers_travels_with_a_served_network(trained: Trained) -> None:
    """And `predict` finds them: it builds the definition's network once more."""
    place = trained.place
    rows = wine_rows(place)
    store = f"sqlite:///{place.runs / 'mlflow.db'}"
    script = place.root / "served.py"
    script.write_text(SERVED)
    done = subprocess.run(
        [sys.executable, str(script), store, str(rows)],
        cwd=place.root,
        env=place.environment(**QUIET, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file, served = done.stdout.split("\n", 1)
    assert str(place.code) not in file
    package = Path(file).parents[1]
    families = {path.relative_to(package).as_posix() for path in package.glob("*/*.py")}
    assert {"toy/full.py", "uci/wine.py"} <= families
    own = ("predict", "toy/layer-of-ones-own", str(rows), "--runs", str(place.runs))
    predicted = place.command(*own).stdout
    both = [
        [
            [float(cell) for cell in line[1:]]
            for line in list(csv.reader(text.strip().splitlines()))[1:]
        ]
        for text in (served, predicted)
    ]
    assert both[0] == [pytest.approx(row, rel=1e-3, abs=1e-5) for row in both[1]]
