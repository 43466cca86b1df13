"""What `curves.json` of a benchmark's exhibits holds."""

from __future__ import annotations

from typing import TypedDict


class Curve(TypedDict):
    """Values at the epochs looked at, a list a repeat."""

    train: list[list[float]]
    """On the rows trained on."""
    validation: list[list[float]]
    """On the rows left out."""


class LearningExhibit(TypedDict):
    """Learning curves of a headline trained once more on a part of its training rows."""

    entry: str
    candidate: str
    """Name of its recipe, where it chooses among several; else ""."""
    member: bool
    """Whether it is one network of an average."""
    in_time: bool
    """Whether the rows left out are the last ones, of a series."""
    share: float
    """Share of the training rows left out."""
    rows: list[int]
    """How many are trained on, and how many left out, in the first repeat."""
    repeats: list[int]
    """Whose training rows they are."""
    epochs: list[int]
    """Those after which both parts were predicted."""
    loss: Curve
    """Cross-entropy, or mean squared error over the variance of the targets trained on."""
    score: Curve
    """The headline metric."""
