"""The same definitions on Keras' other backends: `KERAS_BACKEND=jax make bench`.

Entries are defined once. On another backend than TensorFlow every Keras entry `mlp` has a
companion `mlp.jax` or `mlp.torch` in the same table: the same network and recipe, trained on JAX by
the compiled trainer of `benchmarks.training.on_jax`, on PyTorch by Keras' own loop
(`benchmarks.entries.portable`). It is never the headline. What needs TensorFlow itself is skipped,
with the reason.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Collection
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from benchmarks.definition import Benchmark, Entry
from runners.execution import machine

TENSORFLOW = "tensorflow"
LIBRARIES = {"jax": ("jax", "jaxlib"), "torch": ("torch",)}
"""What has to be installed for a backend, and has its version in the fingerprint."""
NAMES = {"jax": "JAX", "torch": "PyTorch"}


def wanted() -> str:
    """The backend asked for: `KERAS_BACKEND`, else TensorFlow, whatever keras.json says."""
    return os.environ.get("KERAS_BACKEND") or TENSORFLOW


def check() -> None:
    """Raise EngineError for a backend that is unknown or not installed."""
    from runners.execution.engine import EngineError

    backend = wanted()
    if backend == TENSORFLOW:
        return
    if backend not in LIBRARIES:
        names = ", ".join((TENSORFLOW, *LIBRARIES))
        raise EngineError(f"KERAS_BACKEND: expected one of {names}, received {backend!r}")
    if importlib.util.find_spec(backend) is None:
        raise EngineError(
            f"KERAS_BACKEND={backend} needs the package {backend}, which is not installed: "
            f".venv/bin/python -m pip install '.[{backend}]'"
        )


def of(entry: Entry) -> str:
    """The backend an entry trains on; a reference, which uses none, counts as TensorFlow's."""
    return str(entry.values.get("backend", TENSORFLOW))


@cache
def versions(backend: str) -> dict[str, str]:
    """Versions of the libraries a backend needs beside those that are always recorded."""
    return {name: version(name) for name in LIBRARIES.get(backend, ())}


def adapted(benchmark: Benchmark) -> Benchmark:
    """The benchmark with the companions of its Keras entries beside them; itself on TensorFlow."""
    if wanted() == TENSORFLOW:
        return benchmark
    return replace(benchmark, entries=[*benchmark.entries, *_companions(benchmark)[0]])


def runs_here(entry: Entry) -> bool:
    """Whether an entry is for the backend asked for."""
    return entry.kind == "reference" or of(entry) == wanted()


def skipped(benchmark: Benchmark) -> dict[str, str]:
    """Keras entries of a benchmark that the backend asked for cannot train, with the reason."""
    return {} if wanted() == TENSORFLOW else _companions(benchmark)[1]


def _companions(benchmark: Benchmark) -> tuple[list[Entry], dict[str, str]]:
    made, reasons = [], {}
    networks = {entry.name for entry in benchmark.entries if entry.kind == "keras"}
    for entry in benchmark.entries:
        if entry.kind != "keras" or of(entry) != TENSORFLOW:
            continue
        try:
            made.append(_companion(entry, wanted(), networks))
        except ValueError as error:
            reasons[entry.name] = str(error)
    return made, reasons


def _companion(entry: Entry, backend: str, networks: Collection[str]) -> Entry:
    """ValueError says what in an entry needs TensorFlow."""
    if entry.values.get("library") == "numpy":
        raise ValueError("is NumPy, the same whatever the backend")
    values = {**entry.values, "backend": backend}
    if "average_of" in values:
        values["average_of"] = [
            f"{name}.{backend}" if name in networks else name for name in values["average_of"]
        ]
    from benchmarks.entries import portable

    fit = _portable(entry.fit, backend)
    own = backend == "torch" or fit.func is portable.by_itself
    loop = " by Keras' own training loop" if own else ""
    if machine.device() == machine.DEVICE:
        # The fastest precision of a processor was measured on TensorFlow.
        values["precision"] = "float32"
    return replace(
        entry,
        name=f"{entry.name}.{backend}",
        fit=fit,
        about=f"{entry.about.rstrip('.')}, on {NAMES[backend]}{loop}.",
        values=values,
        headline=False,
        stack=entry.stack if backend == "jax" else 1,
        seconds=0.0,
    )


def _portable(fit: Any, backend: str) -> Any:
    """A fit with every training inside it replaced by one for that backend."""
    from benchmarks.entries import fitting, on_jax, portable
    from benchmarks.entries.forecaster import _fit as by_keras

    if not isinstance(fit, partial):
        raise ValueError("trains in a way of its own, which needs the TensorFlow backend")
    if fit.func in (fitting.fit, portable.fit):
        if backend == "jax":
            return partial(on_jax.fit, *fit.args, **fit.keywords)
        if problem := portable.obstacle(fit.keywords["recipe"]):
            raise ValueError(problem)
        return partial(portable.fit, *fit.args, **fit.keywords)
    if fit.func is by_keras:
        return partial(portable.by_itself, inner=fit)
    inner = {
        name: _within(value, backend) for name, value in fit.keywords.items() if _trains(value)
    }
    if not inner:
        raise ValueError("trains in a way of its own, which needs the TensorFlow backend")
    return partial(fit.func, *fit.args, **{**fit.keywords, **inner})


def _trains(value: Any) -> bool:
    """Whether an argument of a fit is, or holds, the fit of a network: those of `chosen`, say."""
    if isinstance(value, tuple):
        return any(map(_trains, value))
    if not isinstance(value, partial):
        return False
    return "recipe" in value.keywords or any(map(_trains, value.keywords.values()))


def _within(value: Any, backend: str) -> Any:
    """The same argument for that backend; the references an average has beside networks stay."""
    if isinstance(value, tuple):
        return tuple(_within(one, backend) for one in value)
    return _portable(value, backend) if _trains(value) else value


def start(threads: int) -> None:
    """Make this fresh process ready for the backend asked for, with that many threads."""
    from threadpoolctl import threadpool_limits

    if wanted() == "torch":
        import torch

        torch.set_num_threads(threads)
    # XLA's processor client reads it when JAX first computes.
    os.environ["NPROC"] = str(threads)
    threadpool_limits(threads)
