"""Other backends of Keras: the same recipe on the same batches, and honest about what is skipped.

Where JAX or PyTorch is installed the real thing runs; elsewhere those tests are skipped.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from conftest import CHECKOUT, Place
from data_folder import BENCHMARKS, keras_here, loaded_or_skip, store
from training_help import RECIPES, assert_same_weights, dense, rows, train

from benchmarks import validation
from benchmarks.definition import Benchmark, Entry, Training
from benchmarks.entries import mlp
from benchmarks.training.recipe import Recipe
from runners.execution import backends, environment
from runners.execution.engine import EngineError
from runners.execution.plan import entries_of, inputs_of
from runners.records.snapshot import benchmark_facts, entry_facts
from runners.results.definitions import refreshed
from runners.results.platform import ran, versions

__all__ = ["keras_here", "store"]  # fixtures

INSTALLED = [name for name in backends.LIBRARIES if importlib.util.find_spec(name)]
EACH_BACKEND = pytest.mark.parametrize(
    "backend",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                name not in INSTALLED, reason=f"the optional package {name} is not installed"
            ),
        )
        for name in backends.LIBRARIES
    ],
)

QUICK = (("adamw cosine", 0), ("momentum in steps", 4), ("adam one-cycle", 0))
"""Of the recipes that are held against the compiled trainer; the others take as long each."""


@pytest.fixture
def on_jax(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if JAX was asked for and installed; nothing is trained."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(backends, "version", lambda name: "1.2.3")
    backends.versions.cache_clear()
    yield
    backends.versions.cache_clear()


def named(name: str) -> Benchmark:
    return next(benchmark for benchmark in BENCHMARKS if benchmark.name == name)


# What runs, under which name, with which fingerprint


def test_on_tensorflow_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, "", "tensorflow"):
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        if value is not None:
            monkeypatch.setenv("KERAS_BACKEND", value)
        backends.check()
        for benchmark in BENCHMARKS:
            assert backends.adapted(benchmark) is benchmark
            assert backends.skipped(benchmark) == {}
            assert entries_of(benchmark, "full") == list(benchmark.entries)


@pytest.mark.usefixtures("on_jax")
def test_every_keras_entry_has_a_companion_or_a_reason() -> None:
    for benchmark in BENCHMARKS:
        adapted, reasons = backends.adapted(benchmark), backends.skipped(benchmark)
        validation.validate(adapted)
        companions = {entry.name: entry for entry in adapted.entries[len(benchmark.entries) :]}
        for entry in benchmark.entries:
            if entry.kind == "reference":
                continue
            assert (f"{entry.name}.jax" in companions) != (entry.name in reasons), entry.name
        for companion in companions.values():
            assert not companion.headline
            assert companion.about.endswith((", on JAX.", "on JAX by Keras' own training loop."))
            assert companion.stack == benchmark.entry(companion.name.removesuffix(".jax")).stack
            assert companion.values["precision"] == "float32"
        run = {entry.name for entry in entries_of(adapted, "full")}
        assert run == {
            *companions,
            *(entry.name for entry in benchmark.entries if entry.kind == "reference"),
        }


@pytest.mark.usefixtures("on_jax")
def test_what_needs_tensorflow_is_named() -> None:
    assert backends.skipped(named("cifar/cifar10")) == {}, "Muon and moved images too"
    assert "trains in a way of its own" in backends.skipped(named("uci/concrete"))["mc-dropout"]
    scratch = backends.skipped(named("toy/celsius"))
    assert scratch == {"neuron-from-scratch": "is NumPy, the same whatever the backend"}
    own = Entry("own", "keras", lambda trainings: [], "Trains by itself.")
    wine = replace(named("uci/wine"), entries=[own])
    assert "trains in a way of its own" in backends.skipped(wine)["own"]


def test_on_torch_what_keras_own_loop_does_not_do_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    reasons = backends.skipped(named("cifar/cifar10"))
    assert reasons["speedrun"] == "recipe: optimizer 'muon' needs TensorFlow or JAX"
    assert any("shift" in reason or "flip" in reason for reason in reasons.values())
    for companion in backends.adapted(named("uci/wine")).entries:
        if companion.name.endswith(".torch"):
            assert companion.about.endswith("on PyTorch by Keras' own training loop.")
            assert companion.stack == 1


@pytest.mark.usefixtures("on_jax")
def test_a_choice_among_recipes_is_made_on_the_other_backend_too() -> None:
    from benchmarks.entries import on_jax

    entry = backends.adapted(named("uci/iris")).entry("ensemble.jax")
    assert isinstance(entry.fit, partial)
    assert {fit.func for fit in entry.fit.keywords["fits"]} == {on_jax.fit}


@pytest.mark.usefixtures("on_jax")
def test_an_average_is_of_the_companions_and_of_the_same_references() -> None:
    from runners.execution.averaging import members

    benchmark = backends.adapted(named("uci/concrete"))
    (of,) = [e.values["average_of"] for e in benchmark.entries if e.name.endswith("trees.jax")]
    assert of == ["mlp-50.jax", "boosting"]
    found = members(benchmark, "network-and-trees.jax")
    assert [entry.name for entry in found] == of, "built from their stored predictions"


@pytest.mark.usefixtures("on_jax")
def test_the_fingerprint_says_the_real_backend_and_its_version(store: Any) -> None:
    benchmark = backends.adapted(named("uci/wine"))
    loaded = loaded_or_skip(benchmark, store)
    own = inputs_of(benchmark, benchmark.entry("mlp-64.jax"), loaded)["environment"]
    assert own["backend"] == "jax"
    assert own["versions"]["jax"] == "1.2.3"
    other = inputs_of(benchmark, benchmark.entry("linear"), loaded)["environment"]
    assert other["backend"] == "tensorflow", "references use no backend: their records stay"
    assert "jax" not in other["versions"]
    described = environment.describe(benchmark.entry("mlp-64.jax"))
    assert (described["backend"], described["versions"]["jax"]) == ("jax", "1.2.3")


def test_the_page_keeps_companions_and_says_the_backend() -> None:
    wine = named("uci/wine")
    (mlp64,) = [entry for entry in wine.entries if entry.name == "mlp-64"]
    companion = replace(mlp64, name="mlp-64.jax", values={**mlp64.values, "backend": "jax"})

    def record(entry: Entry) -> dict[str, Any]:
        return {"benchmark": benchmark_facts(wine), "entry": entry_facts(entry)}

    found = {
        "mlp-64.jax": [record(replace(companion, headline=False))],
        "mlp-64": [record(mlp64)],
        "gone.jax": [record(replace(companion, name="gone.jax"))],
        "mlp-64.torch": [record(replace(companion, name="mlp-64.torch"))],
    }
    kept = refreshed(found, wine)
    assert list(kept) == ["mlp-64", "mlp-64.jax"]
    assert kept["mlp-64"][0]["entry"]["headline"]
    assert not kept["mlp-64.jax"][0]["entry"]["headline"]
    alone = refreshed({name: found[name] for name in ("mlp-64.jax",)}, wine)
    assert alone["mlp-64.jax"][0]["entry"]["headline"], "nobody else speaks"
    where = {"backend": "jax", "versions": {"jax": "1.2.3", "keras": "3", "tensorflow": "2"}}
    assert versions(where) == "JAX 1.2.3, Keras 3"
    told = dict(ran({"environment": where, "finished_at": None}))
    assert told["Backend"] == "Keras on JAX"


def test_a_wrong_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jaxx")
    said = "expected one of tensorflow, jax, torch, received 'jaxx'"
    with pytest.raises(EngineError, match=said):
        backends.check()


@pytest.mark.parametrize("backend", [name for name in backends.LIBRARIES if name not in INSTALLED])
def test_a_backend_that_is_not_installed_is_a_wrong_request(backend: str, place: Place) -> None:
    done = place.bench("--only", "uci/wine", KERAS_BACKEND=backend)
    assert done.returncode == 2
    assert f"needs the package {backend}, which is not installed" in done.stderr
    assert f"'.[{backend}]'" in done.stderr
    assert not place.runs.exists()


# The trainer: on TensorFlow, where it can be held against this project's own


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize(
    ("recipe", "classes"),
    [
        pytest.param(
            recipe,
            classes,
            id=f"{name}, {classes} classes",
            marks=() if (name, classes) in QUICK else pytest.mark.slow,
        )
        for name, recipe in RECIPES.items()
        for classes in (0, 4)
    ],
)
def test_it_trains_as_the_compiled_trainer_does(recipe: Recipe, classes: int) -> None:
    """Tolerances as in the tests of that trainer: 32-bit sums in another order."""
    from benchmarks.entries import portable

    (x,), (y,) = rows([45], classes)
    loss = "crossentropy" if classes else "mse"
    one, other = (dense(3, outputs=max(1, classes)) for _ in range(2))
    curve = portable.train(one, x, y, 3, recipe, loss)
    (told,) = train([other], [x], [y], [3], recipe, loss)
    np.testing.assert_allclose(curve, told["loss"], rtol=1e-3)
    assert_same_weights(one, other)


@pytest.mark.usefixtures("keras_here")
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_an_entry_gives_what_the_ordinary_one_gives(smoothing: float) -> None:
    from benchmarks.entries import portable

    (x,), (y,) = rows([45], 3)
    recipe = replace(RECIPES["adam"], label_smoothing=smoothing)
    entry = mlp("mlp", [8], recipe, members=2, held_out=0.1)
    training = Training(x, y, "classification", 3, 1)
    (ours,) = portable.fit([training], **entry.fit.keywords)
    (theirs,) = entry.fit([training])
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(ours.history["loss"], theirs.history["loss"], rtol=1e-3)
    assert ours.params == theirs.params


@pytest.mark.usefixtures("keras_here")
def test_a_loss_that_is_no_number_stops_training() -> None:
    from benchmarks.entries import portable

    (x,), (y,) = rows([45])
    wild = replace(RECIPES["sgd"], learning_rate=1e8)
    with pytest.raises(FloatingPointError, match="try a lower learning rate"):
        portable.train(dense(3), x, y, 3, wild, "mse")


@pytest.mark.parametrize(
    "change", [{"optimizer": "muon"}, {"flip": "random"}, {"shift": 2.0}, {"validation_split": 0.1}]
)
def test_a_recipe_that_keras_own_loop_does_not_cover_names_the_field(
    change: dict[str, Any],
) -> None:
    from benchmarks.entries.portable import obstacle

    (field,) = change
    said = obstacle(replace(RECIPES["adam"], **change))
    assert said.startswith(f"recipe: {field} ")
    assert said.endswith("needs TensorFlow or JAX")


# The real thing


TRAINED = """
import json, sys
import numpy as np
from benchmarks.entries.lessons import scratch
from benchmarks.entries import portable
sys.path.insert(0, "tests/support")
from training_help import RECIPES, rows
import keras
assert keras.backend.backend() == sys.argv[1]
(x,), (y,) = rows([45], int(sys.argv[3]))
loss = "crossentropy" if int(sys.argv[3]) else "mse"
keras.utils.set_random_seed(3)
model = keras.Sequential([
    keras.Input((x.shape[1],)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(max(1, int(sys.argv[3]))),
])
weights = [np.array(w) for w in model.get_weights()]
recipe = RECIPES[sys.argv[2]]
theirs = list(scratch.train(weights, x, y, recipe, loss, 3))
with portable.without_gradients():
    curve = portable.train(model, x, y, 3, recipe, loss)
apart = max(float(np.abs(a - b).max()) for a, b in zip(weights, model.get_weights()))
print(json.dumps([curve, theirs, apart]))
"""


@pytest.mark.slow
@EACH_BACKEND
@pytest.mark.parametrize(
    ("recipe", "classes"),
    [("adam cosine", 0), ("adamw", 4), ("nesterov cosine decay", 0), ("adam clipped", 4)],
)
def test_it_is_the_network_written_out_in_numpy(backend: str, recipe: str, classes: int) -> None:
    """From the same first weights; NumPy's own loop is the measure, on any backend."""
    done = subprocess.run(
        [sys.executable, "-c", TRAINED, backend, recipe, str(classes)],
        cwd=CHECKOUT,
        env={**environment_of(backend)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    curve, theirs, apart = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(curve, theirs, rtol=1e-3)
    assert apart < 1e-4


def environment_of(backend: str) -> dict[str, str]:
    import os

    return {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}


@pytest.mark.slow
@EACH_BACKEND
def test_a_benchmark_stands_under_several_backends_side_by_side(backend: str, place: Place) -> None:
    name = "timeseries/sunspots-yearly"
    first = place.bench("--only", name)
    assert first.returncode == 0, first.stdout + first.stderr
    before = place.records()
    other = place.bench("--only", name, KERAS_BACKEND=backend)
    assert other.returncode == 0, other.stdout + other.stderr
    both = place.records()
    new = [json.loads(text) for path, text in both.items() if path not in before]
    assert {path: both[path] for path in before} == before, "nothing is trained again"
    networks = {f"gru.{backend}", f"gru-conformal.{backend}"}
    assert {record["entry"]["name"] for record in new} == networks
    assert {record["environment"]["backend"] for record in new} == {backend}
    page = (place.site / f"{name}.html").read_text("utf-8")
    assert f"gru.{backend}" in page
    again = place.bench("--only", name)
    assert again.returncode == 0, again.stdout + again.stderr
    assert place.records() == both, "each backend's records are done on their own"
    assert f"gru.{backend}" in (place.site / f"{name}.html").read_text("utf-8")
    verified = place.command(
        "verify", f"{name}/gru.{backend}/0", "--runs", str(place.runs), KERAS_BACKEND=backend
    )
    assert "same to the bit" in verified.stdout, verified.stdout + verified.stderr
    elsewhere = place.command("verify", f"{name}/gru.{backend}/0", "--runs", str(place.runs))
    assert elsewhere.returncode == 2
    assert f"set KERAS_BACKEND={backend}" in elsewhere.stderr
