"""The result of one check of `make doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """One line of `make doctor`."""

    check: str
    """What was looked at."""
    state: Literal["ok", "warning", "broken"]
    detail: str
    remedy: str = ""
    """What to do; empty where nothing is wrong."""
