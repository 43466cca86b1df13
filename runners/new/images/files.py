"""What lies in a folder of images: classes, broken files, copies, and what cannot be had."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from benchmarks.data import Corrupt
from benchmarks.data.core.archives import LARGEST_TOTAL, MOST_MEMBERS
from benchmarks.data.own.frames import shortened, some
from benchmarks.data.own.images import FORMATS, pixels
from runners.new.request import Unclear

PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})
"""Folders called so hold parts of a data set, not classes."""
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
    | {".heic", ".heif", ".avif"}
)
"""Files called so are meant to be images."""
SYSTEM = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
"""Files and folders that operating systems leave behind, in lower case."""
FEWEST = 10
"""Images a class needs: two to test in each of five folds."""
BROKEN = 0.1
"""Largest share of broken files that are left out; more of them are a broken copy."""
NAMED = 10
"""Files named in a message."""
MEMORY = 20
"""Bytes of memory a value of an image takes while a linear model is fitted, about."""


@dataclass(frozen=True)
class ImageFile:
    """An image file as its header describes it."""

    path: Path
    member: str
    """Its name in the archive: class folder, slash, path below it."""
    size: tuple[int, int]
    mode: str
    format: str
    frames: int

    @property
    def label(self) -> str:
        """Its class."""
        return self.member.split("/", 1)[0]


@dataclass
class ImageFolder:
    """What lies in a folder of images."""

    folders: list[str] = field(default_factory=list)
    files: list[tuple[Path, str]] = field(default_factory=list)
    """Path, and name in the archive."""
    beside: int = 0
    """Files beside the class folders."""
    images: list[ImageFile] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Files that are no images."""
    broken: dict[str, str] = field(default_factory=dict)
    """Names with the reason."""
    copies: dict[str, str] = field(default_factory=dict)
    """Images left out because an equal one of their class stays: its name, and that one's."""
    contradictory: list[str] = field(default_factory=list)
    """Images left out because an equal one has another class."""
    grey: bool = True
    """Whether no image has colours."""


def list_files(folder: Path) -> ImageFolder:
    """Every file in the class folders, by name. Raises Unclear for a link, and for too many."""
    contents, total = ImageFolder(), 0

    def refuse(error: OSError) -> None:
        raise Unclear(f"{error.filename} cannot be read ({error.strerror})")

    for here, folders, names in os.walk(folder, onerror=refuse):
        for name in list(folders):
            if is_system_file(name):
                folders.remove(name)
        folders.sort()
        for name in [*folders, *sorted(names)]:
            path = Path(here, name)
            if is_system_file(name):
                continue
            if path.is_symlink():
                raise Unclear(
                    f"{shortened(str(path), 200)} is a link to {shortened(os.readlink(path), 200)}:"
                    " only what lies in the folder itself is read; put the file there"
                )
            place = path.relative_to(folder).as_posix()
            if not encodable(place):
                raise Unclear(f"expected names in UTF-8, received {place!a}; rename it")
            if name in folders:
                contents.folders += [name] if Path(here) == folder else []
            elif Path(here) == folder:
                contents.beside += 1
            elif path.is_file():
                contents.files.append((path, place))
                total += path.stat().st_size
        if len(contents.files) > MOST_MEMBERS:
            raise Unclear(
                f"{folder} holds more than {MOST_MEMBERS:,} files; draw a sample of each class"
            )
    if total > LARGEST_TOTAL:
        raise Unclear(
            f"the {len(contents.files):,} files in {folder} have {total / 1e9:.1f} GB, and all of "
            f"them are read at every run: expected at most {LARGEST_TOTAL / 1e9:.1f} GB; make the "
            "images smaller first (256 pixels are more than is used here), or draw a sample"
        )
    if contents.folders and all(name.lower() in PARTS for name in contents.folders):
        raise Unclear(
            f"{some(contents.folders)} are parts of a data set and no classes; give the folder "
            f"that holds one folder a class, such as {folder / contents.folders[-1]}"
        )
    return contents


def is_system_file(name: str) -> bool:
    """Whether a file or folder is hidden, or one that operating systems leave behind."""
    return name.startswith(".") or name.lower() in SYSTEM


def encodable(name: str) -> bool:
    """Whether a name is text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_headers(contents: ImageFolder, folder: Path) -> None:
    """Read the headers of all files. Raises Unclear for an image of absurd size."""
    from PIL import Image

    for path, member in contents.files:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(path, formats=FORMATS) as image:
                    about = (image.size, image.mode, image.format or "")
                    frames = getattr(image, "n_frames", 1)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            most = (Image.MAX_IMAGE_PIXELS or 0) / 1e6
            raise Unclear(
                f"{shortened(member, 200)} says that it has more than {most:.0f} million pixels, "
                "and would fill the memory; make it smaller, or take it out of the folder"
            ) from None
        except Exception as error:  # Pillow raises whatever a damaged header leads it to
            if PurePosixPath(member).suffix.lower() in SUFFIXES:
                contents.broken[member] = why_unreadable(path, error)
            else:
                contents.others.append(member)
        else:
            contents.images.append(ImageFile(path, member, *about, frames))
    if not contents.images:
        raise Unclear(
            f"expected images in the folders of {folder}, found none among {len(contents.files):,} "
            f"files{first_broken(contents)}"
        )


def why_unreadable(path: Path, error: Exception) -> str:
    """Why the header of an image cannot be read."""
    if not path.stat().st_size:
        return "empty"
    if path.suffix.lower() in (".heic", ".heif", ".avif"):
        return f"{path.suffix.lower()[1:].upper()} is not read; save it as JPEG or PNG"
    kind = "no image of a known format" if "cannot identify" in str(error) else str(error)
    return shortened(kind, 80).strip("'\"")


def leave_out_duplicates(contents: ImageFolder, size: int) -> None:
    """Decode every image; leave out the broken, and of equal ones all but the first.

    Raises Unclear where the images would not fit into memory.
    """
    import psutil

    needed, free = len(contents.images) * size**2 * 3 * MEMORY, psutil.virtual_memory().available
    if needed > free:
        raise Unclear(
            f"{len(contents.images):,} images of {size}×{size} pixels would take about "
            f"{needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; draw a sample of "
            "each class"
        )
    alike: dict[bytes, list[ImageFile]] = {}
    for one in contents.images:
        try:
            values = pixels(one.path.read_bytes(), size)
        except Corrupt as error:
            contents.broken[one.member] = shortened(error.reason, 100).strip("'\"")
            continue
        contents.grey = contents.grey and bool((values == values[..., :1]).all())
        alike.setdefault(hashlib.sha256(values.tobytes()).digest(), []).append(one)
    if len(contents.broken) > BROKEN * (len(contents.images) + len(contents.broken)):
        raise Unclear(
            f"{len(contents.broken):,} images cannot be read{first_broken(contents)}; fetch or "
            "copy the folder again, or take them out"
        )
    contents.images = []
    for same in alike.values():
        if len({one.label for one in same}) > 1:
            contents.contradictory += [one.member for one in same]
            continue
        contents.images.append(same[0])
        contents.copies |= {one.member: same[0].member for one in same[1:]}


def first_broken(contents: ImageFolder) -> str:
    """The first broken files with their reasons, for a message; empty where there are none."""
    reasons = [
        f"{shortened(name, 80)}: {why}" for name, why in list(contents.broken.items())[:NAMED]
    ]
    more = f" and {len(contents.broken) - NAMED:,} more" if len(contents.broken) > NAMED else ""
    return f" ({'; '.join(reasons)}{more})" if reasons else ""


def check_classes(
    contents: ImageFolder, folder: Path, classes: Sequence[str], counts: Counter[str]
) -> None:
    """Raise Unclear for fewer than two classes, and for classes too small to be tested on."""
    if len(classes) < 2:
        raise Unclear(
            f"expected one folder of images a class in {folder}, at least two; found images in "
            f"{some(classes) or 'none'} alone"
        )
    few = [f"{shortened(name)} {counts[name]}" for name in classes if counts[name] < FEWEST]
    if few:
        small = ", ".join(few[:NAMED]) + (f" and {len(few) - NAMED} more" * (len(few) > NAMED))
        raise Unclear(
            f"expected at least {FEWEST} images of each class, so that each of five folds has two "
            f"to test on; found {small}; add images, or take these folders out"
        )
