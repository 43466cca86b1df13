"""Data that follows from a definition: computed, not measured, and it says so."""

from __future__ import annotations

import numpy as np

from benchmarks.data.core.source import Source
from benchmarks.dataset import Dataset, Loaded


def temperature_scales(low: int, high: int) -> Source:
    """Every whole degree Celsius from `low` to `high`, both included, in degrees Fahrenheit.

    x is (high - low + 1, 1) degrees Celsius, y the Fahrenheit temperature by the definition of
    the scale, 9/5 · °C + 32 (IUPAC, *Compendium of Chemical Terminology*, "degree Fahrenheit").
    There is no file, no thermometer and no noise. ValueError when `low` is not below `high`.
    """
    if low >= high:
        raise ValueError(f"expected a lowest degree below the highest, received {low} and {high}")

    def obtain(_: object) -> Loaded:
        celsius = np.arange(low, high + 1, dtype=np.float64)[:, None]
        dataset = Dataset(celsius, fahrenheit(celsius[:, 0]), feature_names=("degrees Celsius",))
        return Loaded(dataset, "computed from the definition of the scales", {}, official=True)

    return Source(
        title=f"Whole degrees from {low} to {high} °C, computed from the definition of the scales",
        url="https://doi.org/10.1351/goldbook.D01562",
        licence="none needed: a definition",
        citation="iupac_fahrenheit",
        rows=high - low + 1,
        features=1,
        obtain=obtain,
        values={"computed": "9/5 · °C + 32", "from": low, "to": high},
    )


def fahrenheit(celsius: np.ndarray) -> np.ndarray:
    """Degrees Celsius in degrees Fahrenheit."""
    return 9 * celsius / 5 + 32
