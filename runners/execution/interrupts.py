"""Ctrl-C and `kill`: both raise KeyboardInterrupt in the main thread, and both are remembered.

The exception alone is not enough: now and then it is raised inside a library's import that
catches everything, and would be lost.
"""

from __future__ import annotations

import signal
from typing import Any

_asked = False


def listen() -> None:
    """From now on SIGTERM stops a run as Ctrl-C does."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)


def check() -> None:
    """Raise KeyboardInterrupt if one has been asked for, whoever may have caught it."""
    if _asked:
        raise KeyboardInterrupt


def _stop(number: int, frame: Any) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt
