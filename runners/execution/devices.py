"""Which device Keras networks train on: `DEVICE=auto|cpu|gpu`. Imports no framework.

Classical baselines train on the processor whatever is asked for. A card is used when the backend
sees it and can compute on it, which a process of its own tries
(`python -m runners.execution.devices BACKEND`). What was decided is handed down to workers in
environment variables, and the name of the card is part of record and fingerprint.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from benchmarks.data.core.source import cache_folder
from benchmarks.definition import Entry
from runners.execution import backends, machine

DEVICES = ("auto", "cpu", "gpu")
CARDS = "KERASFOLIO_CARDS"
"""Environment variable: the numbers of the cards this run may use."""
PRODUCTS = "JAX_DEFAULT_MATMUL_PRECISION"
"""Environment variable: how JAX multiplies 32-bit numbers on a card."""
PATIENCE = 120.0
"""Seconds for a backend to load and compute something."""
START = f"start the worker with {machine.CARD}=gpu and --resources 'GPU=1'"
INSTALL = "make bench DEVICE=gpu installs it (requirements-gpu.lock)"


@dataclass(frozen=True)
class Decision:
    """What Keras networks train on, and what there is to say about it."""

    card: str = ""
    """Name of the card; empty for the processor."""
    count: int = 0
    """Cards of it."""
    note: str = ""


@dataclass(frozen=True)
class Probe:
    """What a backend sees when it tries to compute on cards."""

    names: tuple[str, ...] = ()
    problem: str = ""
    """Why there is none, in a line."""


def of(entry: Entry) -> str:
    """The device an entry trains on."""
    return machine.device() if entry.kind == "keras" else machine.DEVICE


def switches(entry: Entry) -> dict[str, str]:
    """`machine.switches` as far as they can change what an entry computes."""
    found = machine.switches()
    if backends.of(entry) != "jax":
        found.pop(PRODUCTS, None)
    return found


def variables(device: str) -> dict[str, str]:
    """Environment of a process whose networks train on that device."""
    if device == machine.DEVICE:
        return {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    own = {"JAX_PLATFORMS": "cuda,cpu", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    return {**own, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}


def prepare(device: str, engine: str = "local") -> str:
    """Decide and set the environment of this process for it; returns what there is to say.

    `DEVICE=gpu` without a `KERAS_BACKEND` trains on JAX, whose trainer is the one for cards.
    Raises EngineError for a device that is unknown.
    """
    from runners.execution.engine import EngineError

    if device not in DEVICES:
        raise EngineError(f"expected a device of {', '.join(DEVICES)}, received {device!r}")
    for name in (machine.CARD, CARDS):
        os.environ.pop(name, None)
    if device == "cpu":
        return ""
    names = cards()
    if device == "gpu" and (names or engine == "dask") and not os.environ.get("KERAS_BACKEND"):
        os.environ["KERAS_BACKEND"] = "jax"
    if engine == "dask":
        decision = Decision("gpu", 1) if device == "gpu" else Decision()
    else:
        decision = decide(device, names, backends.wanted())
    if decision.card:
        os.environ[machine.CARD] = decision.card
        os.environ.setdefault(
            CARDS,
            os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(decision.count))),
        )
        if backends.wanted() == "jax":
            os.environ.setdefault(PRODUCTS, "tensorfloat32")
    return decision.note


def decide(device: str, names: list[str], backend: str) -> Decision:
    """What `DEVICE=auto` or `gpu` means with cards of those names there."""
    on = backends.NAMES.get(backend, "TensorFlow")
    if not names:
        missing = "no NVIDIA card, or no driver for it, is seen on this machine"
        note = f"DEVICE=gpu: {missing}; training is on the processor"
        return Decision(note=note if device == "gpu" else "")
    there = ", ".join(dict.fromkeys(names))
    found = probe(backend)
    if found.names:
        how = (
            "32-bit products in TF32"
            if backend == "jax"
            else "32-bit products as the backend has them"
        )
        several = f"{len(found.names)} × " if len(found.names) > 1 else ""
        note = (
            f"Keras networks train on {several}{found.names[0]} with {on}, {how}, one group a card"
        )
        return Decision(found.names[0], len(found.names), note)
    remedy = (
        "KERAS_BACKEND=jax make bench DEVICE=gpu trains on it with JAX"
        if backend == backends.TENSORFLOW
        else INSTALL
        if backend == "jax"
        else f"install a {on} with CUDA"
    )
    return Decision(
        note=f"{there} is there, but {on} cannot use it ({found.problem}); training is on the "
        f"processor. {remedy}"
    )


def count() -> int:
    """Cards this run may use."""
    return len(os.environ.get(CARDS, "0").split(","))


def cards() -> list[str]:
    """Names of NVIDIA's cards that their driver tells of."""
    names = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            lines = [line.partition(":") for line in path.read_text().splitlines()]
            names += [value.strip() for name, _, value in lines if name == "Model"]
    if not names and shutil.which("nvidia-smi"):
        with suppress(OSError, subprocess.SubprocessError):
            query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
            done = subprocess.run(query, capture_output=True, text=True, timeout=4, check=True)
            names = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return names


def probe(backend: str) -> Probe:
    """Have a process of its own compute on every card with a backend."""
    library = backends.LIBRARIES.get(backend, (backend,))[0]
    if importlib.util.find_spec(library) is None:
        return Probe(problem=f"the package {library} is not installed")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "runners.execution.devices", backend],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **variables("gpu"), "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        names, problem = json.loads(done.stdout.splitlines()[-1])
        return Probe(tuple(map(str, names)), str(problem))
    except subprocess.TimeoutExpired:
        return Probe(problem=f"no answer within {PATIENCE:g} s")
    except (OSError, ValueError, TypeError, IndexError):
        return Probe(problem="its process ended without an answer")


def take_card() -> None:
    """Give this fresh worker a card of its own, waiting until one is free.

    A worker holds it until it ends, whatever ends it: no two of one user share a card.
    """
    numbers = os.environ.get(CARDS, "0").split(",")
    folder = cache_folder() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        for number in numbers:
            lock = FileLock(folder / f"card-{number.replace('/', '-')}.lock")
            with suppress(Timeout):
                lock.acquire(timeout=0)
                _held.append(lock)
                os.environ["CUDA_VISIBLE_DEVICES"] = number
                return
        time.sleep(0.5)


_held: list[Any] = []


def _names(backend: str) -> list[str]:
    """Names of the cards a backend has just computed on."""
    if backend == "jax":
        import jax

        found = jax.devices("gpu")
        for one in found:
            jax.device_put(1.0, one).block_until_ready()
        return [str(one.device_kind) for one in found]
    if backend == "torch":
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    return [str(tf.config.experimental.get_device_details(c).get("device_name")) for c in found]


if __name__ == "__main__":
    try:
        answer: tuple[list[str], str] = _names(sys.argv[1]), "it sees none"
    except Exception as error:  # drivers and libraries fail in many ways
        answer = [], (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    print(json.dumps(answer))
