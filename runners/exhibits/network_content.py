"""What `network.json` of a benchmark's exhibits holds."""

from __future__ import annotations

from typing_extensions import TypedDict


class Importance(TypedDict):
    """How much worse a network scores when a feature's values are permuted."""

    name: str
    mean: float
    """Loss of the headline metric over the permutations, above 0 where it gets worse."""
    std: float


class Dependence(TypedDict):
    """Mean prediction while one feature is set to a value in every row."""

    name: str
    unit: str
    x: list[float] | list[str]
    """The values, from the 5 % to the 95 % quantile; all of a category."""
    lines: list[tuple[str, list[float]]]
    """Class ("" of a regression) and mean prediction: a probability or a value."""


class Occlusion(TypedDict):
    """Loss of probability when a patch of an image is covered."""

    row: int
    truth: int
    predicted: int
    probability: float
    """Of the predicted class, uncovered."""
    png: str
    """The image, base64."""
    losses: list[list[float]]
    """Of the predicted class, by place of the patch's centre, rows from the top."""


class NetworkExhibit(TypedDict):
    """What the kept network of a headline relies on; `findings.NetworkFindings` is a part of it."""

    repeat: int
    """Which training of the entry it is."""
    bytes: int
    ms_a_row: float
    """Milliseconds of predicting a test row, rows together, best of some calls after a first."""
    train_score: float
    train: int
    """Training rows it was scored on."""
    test_score: float
    test: int
    """Test rows that the exhibits were computed on."""
    features: int
    """Of the table; 0 for what is none."""
    permutations: int
    """Of every feature."""
    importance: list[Importance]
    """The largest ones, largest first; empty for what is no table."""
    dependence: list[Dependence]
    """Of the most important features."""
    patch: list[int]
    """Height and width of the patch, in pixels; empty without occlusion maps."""
    occlusion: list[Occlusion]
