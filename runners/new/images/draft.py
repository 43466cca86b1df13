"""A folder with one folder of images a class as a benchmark: what is found, and made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import shortened, some
from benchmarks.data.own.images import is_deep, own_images, packed
from runners.formatting import some as counted
from runners.new import choices
from runners.new.data_file import data_file_name
from runners.new.images.definition import EPOCHS, SIZES, Recipe, definition, epochs
from runners.new.images.files import (
    NAMED,
    ImageFile,
    ImageFolder,
    check_classes,
    leave_out_duplicates,
    list_files,
    read_headers,
)
from runners.new.images.levels import Levels, check_colours, levels_of
from runners.new.request import Draft, Request, Unclear
from runners.new.targets import Target, spellings

SMALLEST, LARGEST = 25, 64
"""Sides, in pixels, of square images of one size that are kept as they are."""


def draft(folder: Path, request: Request) -> Draft:
    """The benchmark a folder of class folders becomes.

    Files that are no images, broken images and copies are left out, with a remark. Raises Unclear,
    naming files, for links, for images of absurd size, for too many or too few images, for a
    single class, and where more than a tenth of the files are broken.
    """
    if request.task not in ("", "classification"):
        raise Unclear(f"a folder of images by class is a classification, not TASK={request.task}")
    if request.target:
        raise Unclear(
            f"expected no TARGET for a folder of images, received {request.target!r}: the class of "
            "an image is the folder it lies in"
        )
    contents = list_files(folder)
    read_headers(contents, folder)
    size, why = choose_size(contents.images)
    levels, deep = about_depth(contents)
    leave_out_duplicates(contents, size, levels)
    classes = sorted({one.label for one in contents.images})
    counts = Counter(one.label for one in contents.images)
    check_classes(contents, folder, classes, counts)
    name = data_file_name(Path(f"{folder.resolve().name}.zip"), request.name)
    archive = request.work / "images.zip"
    packed(archive, {one.member: one.path for one in contents.images})
    target = Target(
        "class", "classification", "", tuple(classes), tuple(counts[one] for one in classes)
    )
    recipe = Recipe(contents, size, levels)
    measure = choices.measure(target, request.metric)
    sha = digest(archive)
    text = definition(request, name, sha, target, recipe, measure, title=folder.resolve().name)
    made = own_images(
        name,
        sha,
        classes=classes,
        rows=target.rows,
        size=size,
        levels=levels,
        train_rows=recipe.train_rows,
    )
    return Draft(
        text,
        [
            *about_classes(folder, target),
            *contents.layout.remarks,
            *about_files(contents),
            *deep,
            f"size: {size}×{size} pixels ({why})",
            *about_choices(recipe, measure),
        ],
        made.copies[0],
        {name: archive},
    )


def choose_size(images: Sequence[ImageFile]) -> tuple[int, str]:
    """Side in pixels that all images are brought to, and why."""
    sizes = {one.size for one in images}
    sides = [min(one.size) for one in images]
    middle, widest = median(sides), max(max(one.size) for one in images)
    if len(sizes) == 1 and SMALLEST <= sides[0] == widest <= LARGEST:
        return sides[0], "as they are"
    if len(sizes) == 1:
        width, height = images[0].size
        seen = f"all images have {width}×{height}"
    else:
        seen = f"sizes differ: shorter sides from {min(sides)} to {max(sides)}, half up to "
        seen += f"{middle:g}"
    seen += "; each is cut to its middle square" if any(a != b for a, b in sizes) else ""
    fitting = (one for one in SIZES if one <= middle and epochs(len(images), one) >= EPOCHS)
    size = next(fitting, SIZES[-1])
    larger = [one for one in SIZES if one > size]
    if size > middle:
        why = "smaller ones are enlarged"
    elif not larger:
        why = "larger ones take longer to learn from"
    elif larger[-1] > middle:
        why = f"half of them have fewer than {larger[-1]}"
    else:
        why = f"{larger[-1]} pixels would take longer than a minute or two to learn from"
    return size, f"{seen}; {why}"


def about_depth(contents: ImageFolder) -> tuple[Levels | None, list[str]]:
    """Black and white of grey images of more than 8 bits, and what is said of the depth."""
    lines = []
    colours = [one.path for one in contents.images if one.deep_colour]
    if colours:
        lines.append(f"! {check_colours(colours)}")
    found = levels_of([one.path for one in contents.images if is_deep(one.mode)])
    if found is None:
        return None, lines
    return found[0], [*lines, found[1]]


def about_classes(folder: Path, target: Target) -> list[str]:
    """How many images there are of each class."""
    classes = len(target.classes)
    head = f"{shortened(folder.name, 60)}: {target.rows:,} images in {classes} classes"
    return [head, f"  {target.shares(NAMED)}", *spellings(target.classes)]


def about_files(contents: ImageFolder) -> list[str]:
    """What kinds of images there are, and what is left out."""
    formats = Counter(one.format for one in contents.images)
    modes = Counter(one.mode for one in contents.images)
    kinds = [", ".join(f"{n:,} {name}" for name, n in c.most_common(6)) for c in (formats, modes)]
    lines = [f"formats: {kinds[0]}; modes: {kinds[1]}"]
    moving = sum(one.frames > 1 for one in contents.images)
    if moving:
        lines.append(
            f"! {counted(moving, 'image has', 'images have')} several frames; the first counts"
        )
    for name, why in list(contents.broken.items())[:NAMED]:
        lines.append(f"! left out: {shortened(name, 80)} ({why})")
    if len(contents.broken) > NAMED:
        lines.append(f"! left out: {len(contents.broken) - NAMED:,} more that cannot be read")
    if contents.copies:
        pairs = [f"{shortened(a, 60)} of {shortened(b, 60)}" for a, b in contents.copies.items()]
        lines.append(
            f"! left out: {counted(len(contents.copies), 'copy', 'copies')}, which would be tested "
            f"while the original trains: {'; '.join(pairs[:3])}{'; …' if len(pairs) > 3 else ''}"
        )
    if contents.contradictory:
        lines.append(
            f"! left out: {len(contents.contradictory):,} images with an equal one in another "
            f"class: {some(contents.contradictory)}; correct the folder and make it anew"
        )
    if contents.others:
        lines.append(f"ignored, since no image: {some(contents.others)}")
    if contents.beside:
        lines.append(
            f"ignored: {counted(contents.beside, 'file', 'files')} beside the class folders"
        )
    empty = sorted(set(contents.folders) - {one.label for one in contents.images})
    lines += [f"! no class, for lack of images: {some(empty)}"] if empty else []
    return lines


def about_choices(recipe: Recipe, measure: choices.Measure) -> list[str]:
    """Protocol, metric and network, with the reasons."""
    names = [one.function for one in recipe.references]
    mirrored = "not mirrored, since all are grey" if recipe.grey else "mirrored"
    folds = f"{recipe.repeats} stratified {'folds' if recipe.repeats == 5 else 'splits'}"
    if recipe.train_rows:
        folds = f"the folders' own split, {recipe.repeats} training seeds"
    return [
        f"protocol: {folds} ({recipe.why})",
        f"metric: {measure.metric.name} ({measure.why})",
        f"headline: a small convolutional network, {recipe.epochs} epochs, images {mirrored} and "
        f"moved by up to {recipe.shift} pixels; baselines: {', '.join(names)}",
    ]
