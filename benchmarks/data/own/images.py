"""A folder of images of one's own: one kept archive of class folders, decoded at every read.

Decoding takes about a tenth of a millisecond for a picture of 32 pixels and half a millisecond
for a photograph of 500, so that nothing decoded is kept beside the archive.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data.core.source import Corrupt, Source
from benchmarks.data.own.class_folders import members_by_class
from benchmarks.data.own.source import own_copy, own_source
from benchmarks.dataset import Dataset

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
"""Formats of Pillow that are read; others start programs of their own or are rare."""
WHITE = (255, 255, 255, 255)


def own_images(
    name: str,
    sha256: str,
    *,
    classes: Sequence[str],
    rows: int,
    size: int,
    levels: tuple[float, float] | None = None,
    train_rows: int = 0,
    title: str = "",
    licence: str = "the owner's",
) -> Source:
    """Images of one's own in a folder a class, as `make new` put them into the data folder.

    `name` is the kept archive (.zip, `packed`), `sha256` tells when it has become another one.
    x is uint8 (rows, size, size, 3), y the place of an image's folder among `classes`; rows come
    class by class, in the order of their names in the archive. `size` may be changed, and with
    it what `pixels` makes of every image; so may `levels`, black and white of grey images of more
    than 8 bits. With `train_rows` the archive holds the folders of the classes in `train/` and
    `test/`: so many rows train, and those of `test/` come after them.
    """
    read = partial(_read, name, tuple(classes), size, levels, train_rows)
    copy = own_copy(name, {name: sha256}, read)
    return own_source(
        copy,
        rows=rows,
        features=(size, size, 3),
        title=title or name,
        licence=licence,
        values={
            "classes": list(classes),
            "size": size,
            **({"levels": list(levels)} if levels else {}),
            **({"train_rows": train_rows} if train_rows else {}),
        },
    )


def pixels(content: bytes, size: int, levels: tuple[float, float] | None = None) -> np.ndarray:
    """The image in a file's bytes, (size, size, 3) uint8.

    Greys of 16 or 32 bits are scaled from black and white, `levels`, to 0 … 255, and cut there;
    without `levels`, those of 16 bits lose their lower 8, and others are refused. Turned upright
    as its EXIF orientation says, transparent parts over white, cut to the square in its middle,
    and brought to `size` by bicubic interpolation over the area of a pixel; a large JPEG is first
    decoded at an eighth, a quarter or half its size, never below twice `size`. Of several frames
    the first counts; grey stays grey in three channels. Raises Corrupt for what is no whole image
    of a known format.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            image.draft(None, (2 * size, 2 * size))
            flat = _opaque(ImageOps.exif_transpose(image), levels)
        return np.asarray(ImageOps.fit(flat, (size, size), Image.Resampling.BICUBIC))
    except Corrupt:
        raise
    except Exception as error:  # Pillow raises whatever a damaged file leads its decoders to
        raise Corrupt(f"it cannot be decoded ({type(error).__name__}: {error})") from error


def packed(target: Path, members: Mapping[str, Path]) -> None:
    """Write files into a zip archive, by member name in sorted order.

    The same files give the same bytes: nothing is compressed, and dates and rights are fixed.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for member in sorted(members):
            about = zipfile.ZipInfo(member)  # dated 1980, like every other
            about.create_system, about.external_attr = 3, 0o644 << 16
            archive.writestr(about, members[member].read_bytes())


def is_deep(mode: str) -> bool:
    """Whether an image of that mode has greys of more than 8 bits."""
    return mode in ("I", "F") or mode.startswith("I;16")


def brightest(content: bytes) -> float | None:
    """The largest value of an image with greys of more than 8 bits; None for every other file."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return float(np.nanmax(np.asarray(image))) if is_deep(image.mode) else None
    except Exception:  # Pillow raises whatever a damaged file leads its decoders to
        return None


def _opaque(image: Image, levels: tuple[float, float] | None) -> Image:
    """An image in RGB."""
    from PIL.Image import alpha_composite, fromarray, new

    if levels and is_deep(image.mode):
        black, white = levels
        share = (np.nan_to_num(np.asarray(image, np.float64), nan=black) - black) / (white - black)
        image = fromarray(np.rint(255 * share.clip(0, 1)).astype(np.uint8))
    if image.mode.startswith("I;16"):
        image = fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise Corrupt("its pixels have 32 bits and no known white; save it with 8 bits a channel")
    if image.has_transparency_data:
        above = image.convert("RGBA")
        image = alpha_composite(new("RGBA", above.size, WHITE), above)
    return image.convert("RGB")


def _read(
    name: str,
    classes: Sequence[str],
    size: int,
    levels: tuple[float, float] | None,
    train_rows: int,
    paths: Mapping[str, Path],
) -> Dataset:
    with zipfile.ZipFile(paths[name]) as archive:
        ordered, y = members_by_class(archive, name, classes, train_rows, "images")
        x = np.empty((len(ordered), size, size, 3), np.uint8)
        for row, member in enumerate(ordered):
            try:
                x[row] = pixels(archive.read(member), size, levels)
            except Corrupt as error:
                raise Corrupt(f"{member!r} in {name}: {error.reason}") from error
    return Dataset(
        x=x,
        y=y,
        class_names=tuple(classes),
        train_rows=train_rows or None,
    )
