"""What MLflow takes as a name or a text: data from outside must not stop the others' runs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache

from runners.safe_text import clean

Point = tuple[str, float, int, int]
"""Metric name, value, milliseconds since 1970, step."""

LONGEST_NAME, LONGEST_PARAM, LONGEST_TAG = 250, 6000, 8000
"""Characters, of MLflow 3's own `mlflow.utils.validation`."""


@cache
def name(text: str) -> str:
    """A key of a metric, param or tag: letters, digits, `_-. :/`, and a path that stays inside.

    A name that had to be changed gets a piece of its hash, so that two names never become one.
    """
    parts = re.sub(r"[^\w.\- :/]", "_", clean(text)).split("/")
    path = "/".join(part for part in parts if part.strip(". "))
    if path and path == text and len(text) <= LONGEST_NAME:
        return text
    piece = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
    return f"{path[: LONGEST_NAME - 9]}-{piece}"


def value(text: str, longest: int) -> str:
    """A value of a param or tag: no control characters, no longer than MLflow keeps."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= longest else f"{cleaned[: longest - 1]}…"


def tags(of: Mapping[str, str]) -> dict[str, str]:
    """Tags as MLflow takes them."""
    return {name(key): value(text, LONGEST_TAG) for key, text in of.items()}


def params(of: Mapping[str, str]) -> dict[str, str]:
    """Params as MLflow takes them."""
    return {name(key): value(text, LONGEST_PARAM) for key, text in of.items()}


def points(of: Iterable[Point]) -> list[Point]:
    """Metrics as MLflow takes them."""
    return [(name(key), value, time, step) for key, value, time, step in of]
