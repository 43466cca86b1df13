"""Where and with what a score was made, in words."""

from __future__ import annotations

from runners import formatting
from runners.results.types import BenchmarkResult, Environment

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Names of Keras' backends."""


def hardware(environment: Environment) -> str:
    """Processor, cores, memory and device: what seconds and bits depend on."""
    cores, device = environment.get("cores"), environment.get("device")
    memory = environment.get("memory_gb")
    parts = [
        environment.get("cpu"),
        formatting.some(cores, "core", "cores") if cores else None,
        f"{memory:g}{formatting.NARROW}GB" if memory else None,
        "no GPU used" if device == "cpu" else device,
    ]
    return ", ".join(str(part) for part in parts if part)


def versions(environment: Environment) -> str:
    """The backend, Keras and Python, as far as they are known."""
    numbers = environment.get("versions", {})
    backend = environment.get("backend", "tensorflow")
    named = ((backend, BACKENDS.get(backend, backend)), ("keras", "Keras"), ("python", "Python"))
    return ", ".join(f"{name} {numbers[key]}" for key, name in named if numbers.get(key))


def backend(environment: Environment) -> str:
    """What Keras computed with; empty where nothing is noted."""
    name = environment.get("backend")
    return f"Keras on {BACKENDS.get(name, name)}" if name else ""


def ran(benchmark: BenchmarkResult) -> list[tuple[str, str]]:
    """What a re-run has to match: when, on what, with which versions and code."""
    environment = environment_of(benchmark)
    git = environment.get("git", {})
    commit = git.get("commit", "")[:12]
    threads = environment.get("threads")
    settings = [
        formatting.some(threads, "thread", "threads") if threads else "",
        environment.get("precision", ""),
        environment.get("platform", ""),
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


def packages(environment: Environment) -> str:
    """Every recorded version in one line, as `keras 3.15.1, numpy 2.4.6`."""
    numbers = environment.get("versions", {})
    return ", ".join(f"{name} {version}" for name, version in sorted(numbers.items()))


def environment_of(benchmark: BenchmarkResult) -> Environment:
    """Where the headline was trained; empty where nothing has run."""
    return benchmark["environment"] or Environment()
