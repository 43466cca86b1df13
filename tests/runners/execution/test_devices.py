"""Which device networks train on: decided, said, counted, and one group at a time on each card.

No card is needed: what a driver and a backend would say is put in their place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Place
from data_folder import BENCHMARKS, loaded_or_skip, store
from filelock import FileLock

from benchmarks.definition import Benchmark
from runners.execution import backends, devices, engines, environment, machine, worker
from runners.execution.devices import Decision, Probe
from runners.execution.engine import EngineError
from runners.execution.engines import local
from runners.execution.fingerprint import fingerprint
from runners.execution.plan import inputs_of

__all__ = ["store"]  # a fixture

SET = (machine.CARD, devices.CARDS, devices.PRODUCTS, "KERAS_BACKEND", "CUDA_VISIBLE_DEVICES")
CARD = "NVIDIA X1"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Nothing is decided yet, and what a test decides ends with it."""
    before = {name: os.environ.pop(name, None) for name in SET}
    yield
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say which cards a driver names and what a backend finds when it tries them."""

    def say(*cards: str, found: Probe | None = None) -> None:
        monkeypatch.setattr(devices, "cards", lambda: list(cards))
        monkeypatch.setattr(devices, "probe", lambda backend: found or Probe(cards))

    return say


def wine() -> Benchmark:
    return next(benchmark for benchmark in BENCHMARKS if benchmark.name == "uci/wine")


# What is decided, and said


def test_without_a_card_auto_is_silent_and_gpu_says_so(there: Callable[..., None]) -> None:
    there()
    assert devices.prepare("auto") == ""
    said = devices.prepare("gpu")
    assert said.startswith("DEVICE=gpu: no NVIDIA card")
    assert said.endswith("training is on the processor")
    assert "\n" not in said
    assert machine.device() == "cpu"
    assert "KERAS_BACKEND" not in os.environ


def test_gpu_trains_on_jax_on_every_card(there: Callable[..., None]) -> None:
    there(CARD, CARD)
    said = devices.prepare("gpu")
    assert said == (
        f"Keras networks train on 2 × {CARD} with JAX, 32-bit products in TF32, one group a card"
    )
    assert (machine.device(), backends.wanted()) == (CARD, "jax")
    assert (os.environ[devices.CARDS], os.environ[devices.PRODUCTS]) == ("0,1", "tensorfloat32")
    assert devices.prepare("cpu") == ""
    assert machine.device() == "cpu"


def test_auto_takes_a_card_only_where_the_backend_sees_it(there: Callable[..., None]) -> None:
    there(CARD, found=Probe(problem="it sees none"))
    said = devices.prepare("auto")
    assert said.startswith(f"{CARD} is there, but TensorFlow cannot use it (it sees none); ")
    assert said.endswith("KERAS_BACKEND=jax make bench DEVICE=gpu trains on it with JAX")
    os.environ["KERAS_BACKEND"] = "jax"
    there(CARD, found=Probe(problem="the package jax is not installed"))
    assert devices.prepare("auto").endswith(
        "make bench DEVICE=gpu installs it (requirements-gpu.lock)"
    )
    assert machine.device() == "cpu"
    there(CARD)
    assert devices.prepare("auto").startswith(f"Keras networks train on {CARD} with JAX")
    assert machine.device() == CARD


def test_cards_somebody_chose_are_kept(there: Callable[..., None]) -> None:
    os.environ.update(CUDA_VISIBLE_DEVICES="2,3")
    there(CARD, CARD)
    devices.prepare("gpu")
    assert os.environ[devices.CARDS] == "2,3"
    assert devices.count() == 2


def test_a_probe_says_what_failed() -> None:
    """A process of its own: drivers that hang or crash must not take the run with them."""
    found = devices.probe("nothing_of_that_name")
    assert found == Probe(problem="the package nothing_of_that_name is not installed")


def test_an_unknown_device_is_a_wrong_request() -> None:
    with pytest.raises(EngineError, match="expected a device of auto, cpu, gpu, received 'tpu'"):
        devices.prepare("tpu")


def test_the_driver_names_the_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\necho '{CARD}'\necho '{CARD}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    if not Path("/proc/driver/nvidia/gpus").exists():
        assert devices.cards() == [CARD, CARD]
    tool.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed' >&2\nexit 9\n")
    if not Path("/proc/driver/nvidia/gpus").exists():
        assert devices.cards() == []


def test_a_run_goes_on_without_a_card(place: Place) -> None:
    done = place.bench("--only", "toy/celsius", "--suite", "quick", "--device", "gpu")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DEVICE=gpu: no NVIDIA card" in done.stdout or "train on" in done.stdout
    wrong = place.bench("--only", "toy/celsius", "--device", "tpu")
    assert wrong.returncode == 2
    assert "invalid choice: 'tpu'" in wrong.stderr


# What it means for records and workers


def test_device_and_products_count_for_networks_alone(
    there: Callable[..., None], store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "version", lambda name: "1.2.3")
    os.environ["KERAS_BACKEND"] = "jax"
    backends.versions.cache_clear()
    benchmark = backends.adapted(wine())
    loaded = loaded_or_skip(benchmark, store)
    linear, mlp = benchmark.entry("linear"), benchmark.entry("mlp-64.jax")
    before = {one.name: inputs_of(benchmark, one, loaded) for one in (linear, mlp)}
    there(CARD)
    devices.prepare("gpu")
    after = {one.name: inputs_of(benchmark, one, loaded) for one in (linear, mlp)}
    assert fingerprint(after["linear"]) == fingerprint(before["linear"])
    assert fingerprint(after["mlp-64.jax"]) != fingerprint(before["mlp-64.jax"])
    counted = after["mlp-64.jax"]["environment"]
    assert (counted["device"], counted[devices.PRODUCTS]) == (CARD, "tensorfloat32")
    described = environment.describe(mlp)
    assert (described["device"], described["switches"][devices.PRODUCTS]) == (CARD, "tensorfloat32")
    assert environment.describe(linear)["device"] == "cpu"
    fastest = replace(mlp, values={**mlp.values, "precision": "fastest"})
    assert environment.precision(fastest) == "mixed_bfloat16"
    backends.versions.cache_clear()


def test_workers_take_a_card_each_and_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(devices, "_held", [])
    os.environ[devices.CARDS] = "4,7"
    (tmp_path / "locks").mkdir()
    other = FileLock(tmp_path / "locks" / "card-4.lock")
    other.acquire()
    devices.take_card()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "7"
    waits: list[float] = []

    def released(seconds: float) -> None:
        waits.append(seconds)
        other.release()

    monkeypatch.setattr(devices.time, "sleep", released)
    devices.take_card()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "4"
    assert len(waits) == 1


def test_groups_on_cards_have_a_worker_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[int, int, str]] = []
    monkeypatch.setattr(
        local,
        "LocalExecutor",
        lambda threads, workers, device="cpu": opened.append((threads, workers, device)),
    )
    os.environ[devices.CARDS] = "0,1"
    with engines.opened("local", jobs=8) as engine:
        engine.open(1, 20, "cpu")
        engine.open(1, 20, CARD)
        engine.open(4, 1, CARD)
    assert opened == [(1, 8, "cpu"), (1, 2, CARD), (4, 1, CARD)]


def test_memory_of_a_card_is_taken_as_needed() -> None:
    on_card, on_processor = worker.variables(CARD), worker.variables()
    assert on_card["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert "CUDA_VISIBLE_DEVICES" not in on_card
    assert (on_processor["CUDA_VISIBLE_DEVICES"], on_processor["JAX_PLATFORMS"]) == ("-1", "cpu")


def test_a_decision_names_what_is_missing(there: Callable[..., None]) -> None:
    there(CARD, found=Probe(problem="CUDA_ERROR_OUT_OF_MEMORY"))
    decided = devices.decide("gpu", [CARD], "torch")
    assert decided == Decision(note=decided.note)
    assert "PyTorch cannot use it (CUDA_ERROR_OUT_OF_MEMORY)" in decided.note
