"""Image files as new rows for `predict`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.data import Corrupt
from benchmarks.data.own.frames import some
from benchmarks.data.own.images import brightest, pixels
from runners.predict.network import Refused


def rows(
    file: Path,
    shape: Sequence[int],
    levels: Sequence[float] = (),
    say: Callable[[str], None] = lambda text: None,
) -> tuple[list[str], np.ndarray]:
    """Names and pixels (n, *shape) of an image file, or of all files of a folder, by name.

    `levels` are black and white of greys of more than 8 bits, as the network was trained on them;
    `say` gets what differs from the images of the training. Hidden files are passed over. Raises
    Refused where there is nothing, Corrupt naming what is no image.
    """
    if file.is_dir():
        paths = sorted(p for p in file.iterdir() if p.is_file() and not p.name.startswith("."))
    else:
        paths = [file] if file.is_file() else []
    if not paths:
        raise Refused(f"expected an image, or a folder of images, found none at {file}")
    depth = (levels[0], levels[1]) if levels else None
    beyond: list[str] = []
    x = np.empty((len(paths), *shape), np.uint8)
    for place, path in enumerate(paths):
        try:
            content = path.read_bytes()
            x[place] = pixels(content, shape[0], depth)
        except Corrupt as error:
            raise Corrupt(f"{path.name}: {error.reason}", error.remedy) from None
        most = brightest(content)
        if most is not None and (depth is None or most > depth[1]):
            beyond.append(path.name)
    if beyond and depth is None:
        say(
            f"{some(beyond)}: greys of 16 bits, of which the upper 8 are read; the network was "
            "trained on images of 8 bits"
        )
    elif beyond and depth is not None:
        say(f"{some(beyond)}: values above {depth[1]:,.6g}, which is white to the network")
    return [path.name for path in paths], x
