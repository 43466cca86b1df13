"""What lies in a folder of images: classes, broken files, copies, and what cannot be had."""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from benchmarks.data import Corrupt
from benchmarks.data.core.archives import LARGEST_TOTAL, MOST_MEMBERS
from benchmarks.data.core.container import free_memory
from benchmarks.data.own.frames import shortened, some
from benchmarks.data.own.images import FORMATS, pixels
from runners.new.images.levels import Levels
from runners.new.images.parts import Layout, Root, is_system_file, layout_of
from runners.new.request import Unclear

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile as OpenedImage

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
    | {".heic", ".heif", ".avif"}
)
"""Files called so are meant to be images."""
FEWEST = 10
"""Images a class needs: two to test in each of five folds."""
LEAST = 5
"""Training images a class needs where the test part is given."""
BROKEN = 0.1
"""Largest share of broken files that are left out; more of them are a broken copy."""
NAMED = 10
"""Files named in a message."""
DEEP_COLOUR = re.compile(r"(?:RGB[AX]?|LA|CMYK);16")
"""How 16 bits a colour are called in Pillow's raw modes."""
MEMORY = 20
"""Bytes of memory a value of an image takes while a linear model is fitted, about."""


@dataclass(frozen=True)
class ImageFile:
    """An image file as its header describes it."""

    path: Path
    member: str
    """Its name in the archive: the part if there are any, class folder, path below it."""
    size: tuple[int, int]
    mode: str
    format: str
    frames: int
    label: str
    """Its class."""
    part: str = ""
    """train or test; empty where the folder has no such parts."""
    deep_colour: bool = False
    """Whether it has 16 bits a colour, of which the upper 8 are read."""


@dataclass
class ImageFolder:
    """What lies in a folder of images."""

    layout: Layout
    folders: list[str] = field(default_factory=list)
    files: list[tuple[Path, Root, str]] = field(default_factory=list)
    """Path, folder it was found in, and name in the archive."""
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


def list_files(folder: Path) -> ImageFolder:
    """Every file in the class folders, by name. Raises Unclear for a link, and for too many."""
    contents = ImageFolder(layout_of(folder))
    total = sum(list_root(contents, root) for root in contents.layout.roots)
    if total > LARGEST_TOTAL:
        raise Unclear(
            f"the {len(contents.files):,} files in {folder} have {total / 1e9:.1f} GB, and all of "
            f"them are read at every run: expected at most {LARGEST_TOTAL / 1e9:.1f} GB; make the "
            "images smaller first (256 pixels are more than is used here), or draw a sample"
        )
    return contents


def list_root(contents: ImageFolder, root: Root) -> int:
    """Add the files of one folder of the layout; returns how many bytes they have."""
    total, taken = 0, {member for _, _, member in contents.files}

    def refuse(error: OSError) -> None:
        raise Unclear(f"{error.filename} cannot be read ({error.strerror})")

    for here, folders, names in os.walk(root.folder, onerror=refuse):
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
            place = path.relative_to(root.folder).as_posix()
            if not encodable(place):
                raise Unclear(f"expected names in UTF-8, received {place!a}; rename it")
            top = Path(here) == root.folder and not root.label
            if name in folders:
                contents.folders += [name] if top else []
            elif top:
                contents.beside += 1
            elif path.is_file():
                label, below = (root.label, place) if root.label else place.split("/", 1)
                member = "/".join(filter(None, (root.part, label, below)))
                if member in taken:  # of a validation part
                    member = "/".join((root.part, label, root.folder.name, below))
                contents.files.append((path, root, member))
                total += path.stat().st_size
        if len(contents.files) > MOST_MEMBERS:
            raise Unclear(
                f"{root.folder} holds more than {MOST_MEMBERS:,} files; draw a sample of each class"
            )
    return total


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

    for path, root, member in contents.files:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(path, formats=FORMATS) as image:
                    about = (image.size, image.mode, image.format or "")
                    frames = getattr(image, "n_frames", 1)
                    deep = bool(DEEP_COLOUR.match(raw_mode(image)))
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
            label = member.split("/")[1 if root.part else 0]
            contents.images.append(ImageFile(path, member, *about, frames, label, root.part, deep))
    if not contents.images:
        raise Unclear(
            f"expected images in the folders of {folder}, found none among {len(contents.files):,} "
            f"files{first_broken(contents)}"
        )


def raw_mode(image: OpenedImage) -> str:
    """How the pixels of an opened image are stored, in Pillow's words; "" where it says nothing."""
    arguments = image.tile[0].args if image.tile else ""
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def why_unreadable(path: Path, error: Exception) -> str:
    """Why the header of an image cannot be read."""
    if not path.stat().st_size:
        return "empty"
    if path.suffix.lower() in (".heic", ".heif", ".avif"):
        return f"{path.suffix.lower()[1:].upper()} is not read; save it as JPEG or PNG"
    kind = "no image of a known format" if "cannot identify" in str(error) else str(error)
    return shortened(kind, 80).strip("'\"")


def leave_out_duplicates(contents: ImageFolder, size: int, levels: Levels | None) -> None:
    """Decode every image; leave out the broken, and of equal ones all but the first.

    A test part stays whole: what equals one of its images leaves the training part.

    Raises Unclear where the images would not fit into memory.
    """
    needed, free = len(contents.images) * size**2 * 3 * MEMORY, free_memory()
    if needed > free:
        raise Unclear(
            f"{len(contents.images):,} images of {size}×{size} pixels would take about "
            f"{needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; draw a sample of "
            "each class"
        )
    alike: dict[bytes, list[ImageFile]] = {}
    for one in contents.images:
        try:
            values = pixels(one.path.read_bytes(), size, levels)
        except Corrupt as error:
            contents.broken[one.member] = shortened(error.reason, 100).strip("'\"")
            continue
        alike.setdefault(hashlib.sha256(values.tobytes()).digest(), []).append(one)
    if len(contents.broken) > BROKEN * (len(contents.images) + len(contents.broken)):
        raise Unclear(
            f"{len(contents.broken):,} images cannot be read{first_broken(contents)}; fetch or "
            "copy the folder again, or take them out"
        )
    contents.images = []
    for same in alike.values():
        tested = [one for one in same if one.part == "test"]
        if tested:
            contents.images += tested
            copies = [one for one in same if one not in tested]
            contents.copies |= {one.member: tested[0].member for one in copies}
            continue
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
    if contents.layout.official:
        check_parts(contents, classes)
        return
    few = [f"{shortened(name)} {counts[name]}" for name in classes if counts[name] < FEWEST]
    if few:
        small = ", ".join(few[:NAMED]) + (f" and {len(few) - NAMED} more" * (len(few) > NAMED))
        raise Unclear(
            f"expected at least {FEWEST} images of each class, so that each of five folds has two "
            f"to test on; found {small}; add images, or take these folders out"
        )


def check_parts(contents: ImageFolder, classes: Sequence[str]) -> None:
    """Raise Unclear for a class that lacks images to train on, and for an empty test part."""
    trained = Counter(one.label for one in contents.images if one.part == "train")
    few = [f"{shortened(name)} {trained[name]}" for name in classes if trained[name] < LEAST]
    if few:
        raise Unclear(
            f"expected at least {LEAST} training images of each class; found {', '.join(few)}; "
            "add images, name the folders of train and test alike, or take these folders out"
        )
    if not any(one.part == "test" for one in contents.images):
        raise Unclear("expected images in the test part, found none that can be read")
