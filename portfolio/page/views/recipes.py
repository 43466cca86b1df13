"""A recipe's values as a reader writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LABELS = {
    "hidden": "Hidden layers",
    "inputs": "Inputs",
    "learning_rate": "Learning rate",
    "batch_size": "Batch size",
    "jit_compile": "Compiled with XLA",
    "global_clipnorm": "Gradient norm clipped at",
    "validation_split": "Rows held back to validate",
    "tuned": "Chosen among",
    "held_out": "Rows left out by each member",
}
"""Names of recipe values where the key alone would not be clear."""
FORMER = {
    "batch": "batch_size",
    "clip": "global_clipnorm",
    "fill": "fill_mode",
    "initializer": "kernel_initializer",
    "other_rate": "other_learning_rate",
    "validation": "validation_split",
    "views": "test_time_augmentation",
    "xla": "jit_compile",
}
"""What records of version 0.1 call a value, and its name since."""
OFF = (
    "dropout",
    "global_clipnorm",
    "label_smoothing",
    "momentum",
    "weight_decay",
    "patience",
    "validation_split",
)
"""Values that mean "not used" when they are 0."""


def value_text(value: Any) -> str:
    """A value in words: lists by spaces, none, yes and no."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return " ".join(value_text(item) for item in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {value_text(item)}" for key, item in value.items())
    if value is None:
        return "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def label(key: str) -> str:
    """Name of a recipe value: `learning_rate` is Learning rate."""
    key = FORMER.get(key, key)
    words = key.replace("_", " ")
    return LABELS.get(key, words[:1].upper() + words[1:])


def cell(key: str, value: Any) -> str:
    """A value beside its label; what is switched off is none."""
    off = FORMER.get(key, key) in OFF and not isinstance(value, bool) and value == 0
    return "none" if off else value_text(value)


@dataclass(frozen=True)
class RecipeTable:
    """A recipe's values, and of its candidates those in which they differ."""

    rows: list[tuple[str, str]]
    """Label and text of those that all candidates share."""
    candidates: list[str]
    """Their names."""
    differing: list[tuple[str, list[str]]]
    """Label, and a text for each candidate."""


def in_use(values: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe without the values that what it chose does not look at.

    Those are Nesterov's without momentum, Muon's second rate, and of images neither moved nor
    mirrored all that concerns both.
    """
    idle = set()
    if values.get("optimizer") != "sgd" or not values.get("momentum"):
        idle |= {"nesterov"}
    if values.get("optimizer") != "muon":
        idle |= {"other_learning_rate"}
    if values.get("flip", "none") == "none" and not values.get("shift"):
        idle |= {"flip", "shift", "fill_mode"}
    return {key: value for key, value in values.items() if FORMER.get(key, key) not in idle}


def table(values: Mapping[str, Any]) -> RecipeTable:
    """Rows of a recipe; values that are switched off come last, in one."""
    own = {key: value for key, value in in_use(values).items() if key != "candidates"}
    candidates = values.get("candidates")
    among = candidates if isinstance(candidates, Mapping) else {}
    among = {name: in_use(each) for name, each in among.items() if isinstance(each, Mapping)}
    keys = list(dict.fromkeys(key for each in among.values() for key in each))
    differing = []
    for key in keys:
        texts = [cell(key, each[key]) if key in each else "" for each in among.values()]
        if len(set(texts)) > 1:
            differing.append((label(key), texts))
        elif key not in own:
            own[key] = next(iter(among.values()))[key]
    cells = {key: cell(key, value) for key, value in own.items()}
    unused = [key for key, text in cells.items() if text == "none" and FORMER.get(key, key) in OFF]
    rows = [(label(key), text) for key, text in cells.items() if key not in unused]
    if unused:
        rows.append(("Not used", ", ".join(label(key).lower() for key in unused)))
    return RecipeTable(rows, list(among), differing)
