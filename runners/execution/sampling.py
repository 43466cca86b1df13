"""What a long training takes of the machine, sampled while it runs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from runners.records.record import SystemCurves

LONG = 60.0
"""Seconds from which a training's samples are kept."""
INTERVAL = 1.0
"""Seconds between the first samples."""
MOST = 60
"""Samples that are kept: when there are more, every second one goes and the interval doubles."""


@contextlib.contextmanager
def sampled(interval: float = INTERVAL) -> Iterator[list[tuple[float, float, float]]]:
    """Sample this process on a thread of its own: seconds, percent of a core, megabytes."""
    samples: list[tuple[float, float, float]] = []
    done = threading.Event()

    def sample() -> None:
        process, began, wait = psutil.Process(), time.monotonic(), interval
        process.cpu_percent()
        while not done.wait(wait):
            with contextlib.suppress(psutil.Error):
                memory = process.memory_info().rss / 1e6
                samples.append((time.monotonic() - began, process.cpu_percent(), memory))
            if len(samples) > MOST:
                del samples[::2]
                wait *= 2

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


def curves(samples: list[tuple[float, float, float]], seconds: float) -> SystemCurves | None:
    """The samples of a training as records hold them; None for one that was not `LONG`."""
    if seconds < LONG or not samples:
        return None
    return {
        "seconds": [round(at, 1) for at, _, _ in samples],
        "process_cpu_percent": [round(cpu, 1) for _, cpu, _ in samples],
        "process_memory_mb": [round(memory, 1) for _, _, memory in samples],
    }
