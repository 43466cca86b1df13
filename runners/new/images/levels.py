"""Which values of images with more than 8 bits a pixel are black and white."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data.own.frames import shortened
from benchmarks.data.own.images import FORMATS
from runners.new.request import Unclear

DARK = 64
"""Of 16 bits a colour the upper 8 are read; none of them at this value or above: too few are left.
"""
Levels = tuple[float, float]


def levels_of(greys: Sequence[Path]) -> tuple[Levels, str] | None:
    """Black and white of grey images with 16 or 32 bits, and how they were chosen.

    Black is 0, or the smallest value where it is negative. White is the largest value that as many
    bits hold as the largest value found takes: 4,095 for values up to 3,000; 1 for fractions.
    None where no such image can be decoded.
    """
    low, high = np.inf, -np.inf
    for path in greys:
        values = decoded(path)
        if values is not None and np.isfinite(values).any():
            low = min(low, float(np.nanmin(values[np.isfinite(values)])))
            high = max(high, float(np.nanmax(values[np.isfinite(values)])))
    if low > high:
        return None
    black = min(0.0, low)
    white = 1.0 if high <= 1 else float(2 ** int(np.ceil(high)).bit_length() - 1)
    return (black, white), (
        f"greys of more than 8 bits: values from {low:,.6g} to {high:,.6g}; {black:,.6g} is black, "
        f"{white:,.6g} white, also when `predict` reads new images"
    )


def check_colours(colours: Sequence[Path]) -> str:
    """What to say of images with 16 bits a colour. Raises Unclear where their upper 8 bits say
    too little.
    """
    brightest = max(
        (int(values.max()) for path in colours if (values := decoded(path)) is not None), default=0
    )
    if brightest < DARK:
        raise Unclear(
            f"{len(colours):,} images have 16 bits a colour, such as {shortened(colours[0].name)}, "
            f"of which the upper 8 are read; the largest value there is {brightest} of 255, so "
            "nearly nothing would be seen; save them with 8 bits a colour, scaled to their range"
        )
    return f"{len(colours):,} images have 16 bits a colour: the upper 8 are read"


def decoded(path: Path) -> np.ndarray | None:
    """Values of an image as it is stored; None where it cannot be decoded."""
    from PIL import Image

    try:
        with Image.open(path, formats=FORMATS) as image:
            return np.asarray(image)
    except Exception:  # Pillow raises whatever a damaged file leads it to; it is left out later
        return None
