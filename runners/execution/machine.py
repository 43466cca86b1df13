"""What this machine is: processor, cores, memory, library versions. Imports no framework."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.data.core import container
from runners.redaction import for_others

LIBRARIES = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "pandas")
"""Their versions are part of the fingerprint."""

DEVICE = "cpu"
"""The device of whatever trains on no graphics card; see `devices`."""

SWITCHES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "ONEDNN_MAX_CPU_ISA",
    "XLA_FLAGS",
    "TF_XLA_FLAGS",
    "JAX_DEFAULT_MATMUL_PRECISION",
)


CARD = "KERASFOLIO_CARD"
"""Environment variable: the name of the card Keras networks train on; set by `devices`."""


def device() -> str:
    """What Keras networks of this run train on: the name of a card, else `DEVICE`."""
    return os.environ.get(CARD) or DEVICE


@cache
def cores() -> int:
    """Cores this process may use (quotas of containers and task sets counted)."""
    return container.processors()


@cache
def cpu_flags() -> frozenset[str]:
    """Instruction set extensions, as Linux names them; empty elsewhere."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return frozenset(line.split(":", 1)[1].split())
    except OSError:
        pass
    return frozenset()


def switches() -> dict[str, str]:
    """Environment variables that are set and change the bits a framework computes.

    As records keep them: paths in them, such as where XLA dumps its graphs, are shortened.
    """
    return {name: for_others(os.environ[name]) for name in SWITCHES if name in os.environ}


@cache
def versions() -> dict[str, str]:
    """Version of every library a score can depend on, and of Python; `-` where not installed."""
    by_name = {"python": platform.python_version()}
    for name in (*LIBRARIES, "mlflow"):
        try:
            by_name[name] = version(name)
        except PackageNotFoundError:
            by_name[name] = "-"
    return by_name


@cache
def cpu_name() -> str:
    """The processor's model name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def memory_gb() -> float | None:
    """Physical memory in GB (10⁹ bytes), None where the system does not say."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None


def memory_limit_gb() -> float | None:
    """Memory this process may use in GB: what the machine has, or less where a container says."""
    physical, limit = memory_gb(), container.limits().memory / 1e9
    return physical if limit == float("inf") else min(physical or limit, limit)
