"""Where and with what a score was made, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runners import formatting

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Backends of Keras as their makers write them."""


def hardware(environment: Mapping[str, Any]) -> str:
    """Processor, cores, memory and device: what seconds and bits depend on."""
    device = environment.get("device")
    parts = [
        environment.get("cpu"),
        formatting.some(environment["cores"], "core", "cores")
        if environment.get("cores")
        else None,
        f"{environment['memory_gb']:g}{formatting.NARROW}GB"
        if formatting.number(environment.get("memory_gb"))
        else None,
        "no GPU used" if device == "cpu" else device,
    ]
    return ", ".join(str(part) for part in parts if part)


def versions(environment: Mapping[str, Any]) -> str:
    """The backend, Keras and Python, as far as they are known."""
    known = {**environment, **(environment.get("versions") or {})}
    backend = str(environment.get("backend") or "tensorflow")
    named = ((backend, BACKENDS.get(backend, backend)), ("keras", "Keras"), ("python", "Python"))
    return ", ".join(f"{name} {known[key]}" for key, name in named if known.get(key))


def backend(environment: Mapping[str, Any]) -> str:
    """What Keras computed with; empty where nothing is noted."""
    name = str(environment.get("backend") or "")
    return f"Keras on {BACKENDS.get(name, name)}" if name else ""


def ran(benchmark: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a re-run has to match: when, on what, with which versions and code."""
    environment = benchmark["environment"] or {}
    git = environment.get("git") or {}
    commit = str(git.get("commit") or "")[:12]
    threads = environment.get("threads")
    settings = [
        f"{threads} {'thread' if threads == 1 else 'threads'}" if threads else "",
        str(environment.get("precision") or ""),
        str(environment.get("platform") or ""),
    ]
    rows = [
        ("Finished", formatting.day(benchmark["finished_at"])),
        ("Hardware", hardware(environment)),
        ("Versions", versions(environment)),
        ("Backend", backend(environment)),
        ("Settings", ", ".join(filter(None, settings))),
        (
            "Code",
            commit + (", with uncommitted changes" if commit and git.get("dirty") else ""),
        ),
    ]
    return [(term, text) for term, text in rows if text]


def packages(environment: Mapping[str, Any]) -> str:
    """Every recorded version in one line, as `keras 3.15.1, numpy 2.4.6`."""
    known = environment.get("versions") or {}
    return ", ".join(f"{name} {version}" for name, version in sorted(known.items()))
