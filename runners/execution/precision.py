"""Which precision trains faster on this machine: measured for a second, once, and kept.

What is measured is what a small image network spends its time on: 3×3 convolutions with their
gradients, at the shapes CIFAR-10 gives them, in float32 and in bfloat16. That happens in a process
of its own (`python -m runners.execution.precision THREADS`), so that nothing here loads
TensorFlow, and the answer is kept in the user's cache folder: a fingerprint must not
change from run to run.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.data.core.source import cache_folder
from runners.execution import machine

BATCH, SIZE, CHANNELS = 64, 32, 64
FLOPS = 3 * 2 * 9 * BATCH * SIZE**2 * CHANNELS**2
"""Of one step: forward, and the gradients of inputs and kernel."""
SECONDS = 1.0
"""Of processor time, for both precisions together."""
MARGIN = 1.25
"""How many times faster bfloat16 must be. With instructions for it the factor is 1.7 (AVX512-BF16)
to 3 (AMX), without them below 1: far enough from it for every measurement to agree."""
PATIENCE = 120.0
"""Seconds for TensorFlow to load and measure, on a machine with other work."""


@dataclass(frozen=True)
class Speeds:
    """What was measured, in GFLOP in a second of one core."""

    float32: float
    bfloat16: float

    @property
    def policy(self) -> str:
        """The Keras dtype policy to train with."""
        return "mixed_bfloat16" if self.bfloat16 > MARGIN * self.float32 else "float32"


def fastest(threads: int) -> str:
    """The Keras dtype policy that trains faster with so many threads; float32 where unknown."""
    measurement = speeds(threads)
    return measurement.policy if measurement else "float32"


@cache
def speeds(threads: int) -> Speeds | None:
    """Kept speeds of this machine, else measured now and kept; None where that cannot be done."""
    path = _place(threads)
    cached = _cached(path)
    if cached:
        return cached
    measurement = _measure_in_process(threads)
    if measurement is None:
        return None
    other = _cached(path)  # another run may have measured meanwhile: all use the first
    if other:
        return other
    from runners.records.store import write_atomically

    content = {**conditions(threads), "gflops": asdict(measurement)}
    with suppress(OSError):  # a home that is read-only: the next run measures again
        write_atomically(path, json.dumps(content, indent=1).encode() + b"\n")
    return measurement


def conditions(threads: int) -> dict[str, Any]:
    """All that the faster precision depends on."""
    return {
        "cpu": machine.cpu_name(),
        "flags": sorted(machine.cpu_flags()),
        "device": machine.DEVICE,
        "tensorflow": machine.versions()["tensorflow"],
        "threads": threads,
        "switches": machine.switches(),
    }


def _place(threads: int) -> Path:
    """Where the speeds of this machine are kept; another processor or TensorFlow has another."""
    key = json.dumps(conditions(threads), sort_keys=True).encode()
    return cache_folder() / "precision" / f"{hashlib.sha256(key).hexdigest()[:16]}.json"


def _cached(path: Path) -> Speeds | None:
    try:
        return _speeds(json.loads(path.read_bytes())["gflops"])
    except (OSError, ValueError, TypeError, KeyError):
        return None  # none yet, or no file of ours


def _speeds(content: Any) -> Speeds:
    """Raises ValueError, TypeError or KeyError for anything but two speeds."""
    result = Speeds(float(content["float32"]), float(content["bfloat16"]))
    if not 0 < min(result.float32, result.bfloat16) <= max(result.float32, result.bfloat16) < 1e9:
        raise ValueError(f"expected two speeds above 0, received {content}")
    return result


def _measure_in_process(threads: int) -> Speeds | None:
    """Measure in a process set up like a worker; None where TensorFlow fails there."""
    from runners.execution.worker import variables

    try:
        process = subprocess.run(
            [sys.executable, "-m", "runners.execution.precision", str(threads)],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **variables()},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return _speeds(json.loads(process.stdout.splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError, IndexError):
        return None


def measure(threads: int) -> Speeds:
    """Measure in this very process, which must not have computed anything before.

    Processor time counts, median of the turns: with other work on the machine wall time says 1.2
    to 2.8 for the same ratio of 1.7.
    """
    from runners.execution import worker

    worker.start(threads)
    steps = {"float32": _step("float32"), "bfloat16": _step("bfloat16")}
    for step in steps.values():
        step()  # compiled, memory taken
    times: dict[str, list[float]] = {name: [] for name in steps}
    end = time.process_time() + SECONDS
    while len(times["float32"]) < 3 or time.process_time() < end:
        for name, step in steps.items():  # alternately, so that other work slows both alike
            start = time.process_time()
            step()
            times[name].append(time.process_time() - start)
    rates = {name: FLOPS / statistics.median(used) / 1e9 for name, used in times.items()}
    return Speeds(**{name: round(rate, 1) for name, rate in rates.items()})


def _step(dtype: str) -> Any:
    """One convolution with its gradients, as a function that returns when they are computed."""
    import tensorflow as tf

    def random_tensor(*shape: int) -> Any:
        return tf.cast(tf.random.stateless_normal(shape, seed=(0, 0)), dtype)

    images, kernel = (
        random_tensor(BATCH, SIZE, SIZE, CHANNELS),
        random_tensor(3, 3, CHANNELS, CHANNELS),
    )

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            tape.watch((images, kernel))
            made = tf.nn.conv2d(images, kernel, 1, "SAME")
        return tape.gradient(made, (images, kernel), output_gradients=images)

    def run() -> None:
        for gradient in step():
            float(tf.cast(tf.reshape(gradient, [-1])[0], tf.float32))  # waits for it

    return run


if __name__ == "__main__":
    print(json.dumps(asdict(measure(int(sys.argv[1])))))
