"""A folder with one folder of images a class as a benchmark: what is said, and what is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.data.core.store import digest
from benchmarks.data.own.frames import shortened, some
from benchmarks.data.own.images import own_images, packed
from runners.formatting import some as counted
from runners.new import choices
from runners.new.draft import Asked, Draft, Unclear
from runners.new.images.gallery import (
    NAMED,
    Found,
    Picture,
    check_classes,
    compared,
    described,
    walked,
)
from runners.new.names import function_name
from runners.new.rendering import rendered
from runners.new.tables.table import kept_name
from runners.new.tables.targets import Target
from runners.source_code import Call

SIZES = (64, 48, 32)
SMALLEST, LARGEST = 25, 64
"""Sides, in pixels, of square images of one size that are kept as they are."""
WORK = 24_000
"""Training images of 32 pixels, epochs times images, that make half a minute on one core."""
EPOCHS, LEAST, MOST = 12, 4, 40
"""Epochs a larger size must leave room for, and fewest and most of all."""
MANY = 10_000
"""Images from which three splits are drawn instead of five folds."""
EACH_ONCE = "every image is tested once"
SECONDS = 1.2e-3
"""One image of 32 pixels, one epoch, one core, measured."""


def draft(folder: Path, asked: Asked) -> Draft:
    """The benchmark a folder of class folders becomes.

    Files that are no images, broken images and copies are left out and said. Raises Unclear,
    naming files, for links, for images of absurd size, for too many or too few images, for a
    single class, and where more than a tenth of the files are broken.
    """
    if asked.task not in ("", "classification"):
        raise Unclear(f"a folder of images by class is a classification, not TASK={asked.task}")
    if asked.target:
        raise Unclear(
            f"expected no TARGET for a folder of images, received {asked.target!r}: the class of "
            "an image is the folder it lies in"
        )
    found = walked(folder)
    described(found, folder)
    size, why = chosen_size(found.pictures)
    compared(found, size)
    classes = sorted({one.kind for one in found.pictures})
    counts = Counter(one.kind for one in found.pictures)
    check_classes(found, folder, classes, counts)
    name = kept_name(Path(f"{folder.resolve().name}.zip"), asked.name)
    archive = asked.work / "images.zip"
    packed(archive, {one.member: one.path for one in found.pictures})
    target = Target(
        "class", "classification", "", tuple(classes), tuple(counts[one] for one in classes)
    )
    recipe = Recipe(found, size)
    measure = choices.measure(target, asked.metric)
    sha = digest(archive)
    text = definition(asked, name, sha, target, recipe, measure, title=folder.resolve().name)
    made = own_images(name, sha, classes=classes, rows=target.rows, size=size)
    return Draft(
        text,
        [
            *about_classes(folder, target),
            *about_files(found),
            f"size: {size}×{size} pixels ({why})",
            *about_choices(recipe, measure),
        ],
        made.copies[0],
        {name: archive},
    )


def chosen_size(pictures: Sequence[Picture]) -> tuple[int, str]:
    """Side in pixels that all images are brought to, and why."""
    sizes = {one.size for one in pictures}
    sides = [min(one.size) for one in pictures]
    middle, widest = median(sides), max(max(one.size) for one in pictures)
    if len(sizes) == 1 and SMALLEST <= sides[0] == widest <= LARGEST:
        return sides[0], "as they are"
    if len(sizes) == 1:
        width, height = pictures[0].size
        seen = f"all images have {width}×{height}"
    else:
        seen = f"sizes differ: shorter sides from {min(sides)} to {max(sides)}, half up to "
        seen += f"{middle:g}"
    seen += "; each is cut to its middle square" if any(a != b for a, b in sizes) else ""
    fitting = (one for one in SIZES if one <= middle and epochs(len(pictures), one) >= EPOCHS)
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


def epochs(rows: int, size: int) -> int:
    """How often the images are gone through, so that training takes about a minute."""
    return max(LEAST, min(MOST, round(WORK / rows * (SIZES[-1] / size) ** 2)))


class Recipe:
    """What the headline is trained with, by number and size of the images."""

    def __init__(self, found: Found, size: int) -> None:
        self.size, self.found = size, found
        self.rows = len(found.pictures)
        self.epochs = epochs(self.rows, size)
        self.batch = 100 if self.rows >= 1_000 else 50 if self.rows >= 300 else 20
        self.shift = size // 16
        self.grey = all(
            one.mode in ("1", "L", "LA") or "I;16" in one.mode for one in found.pictures
        )
        self.repeats = 5 if self.rows < MANY else 3
        self.neighbours = self.rows <= choices.NEIGHBOURS

    @property
    def folds(self) -> choices.Folds:
        """Which images train and test, and why."""
        if self.repeats == 5:
            options = {"n_splits": 5, "shuffle": True, "random_state": 1}
            return choices.Folds("StratifiedKFold", options, EACH_ONCE)
        return choices.Folds(
            "StratifiedShuffleSplit",
            {"n_splits": 3, "test_size": 0.2, "random_state": 1},
            "three fifths of the time of five folds, and a fifth of many images says enough",
        )

    @property
    def headline(self) -> Call:
        """The call that makes the network."""
        return Call(
            "small_cnn",
            ("cnn",),
            {
                "epochs": self.epochs,
                "batch": self.batch,
                "shift": self.shift,
                "headline": True,
                **({"flip": "none"} if self.grey else {}),
            },
        )

    @property
    def references(self) -> list[Call]:
        """The calls that make trivial and classical baselines."""
        nearest = [Call("nearest")] if self.neighbours else []
        return [Call("majority"), Call("linear"), *nearest]

    @property
    def seconds(self) -> float:
        """What everything takes on two cores, about."""
        images = 0.8 * self.rows * self.epochs * self.repeats * (self.size / 32) ** 2
        return max(10.0, round(10 + images * SECONDS / 2, -1))


def definition(
    asked: Asked,
    name: str,
    sha: str,
    target: Target,
    recipe: Recipe,
    measure: choices.Measure,
    title: str,
) -> str:
    """The whole file."""
    functions, epochs = measure.functions, recipe.epochs
    return rendered(
        "images.py.j2",
        name=asked.name,
        function=function_name(asked.name),
        question=question(target),
        rows=f"{target.rows:,}",
        data_rows=target.rows,
        size=recipe.size,
        classes=target.classes,
        file=name,
        sha256=sha,
        title=title,
        recipe=recipe,
        measure=measure,
        metrics=functions - {"scorer"},
        scorers="scorer" in functions,
        entries=[*recipe.references, recipe.headline],
        made_by={one.function for one in recipe.references},
        lessons=lessons(recipe.found, recipe.size),
        epochs=(max(2, epochs // 2), 2 * epochs),
    )


def question(target: Target) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    if len(target.classes) <= 3:
        *first, last = [spoken(one) for one in target.classes]
        return f"What is in the picture: {', '.join(first)} or {last}?"
    return f"Which of {len(target.classes)} classes is in the picture?"


def spoken(name: str, most: int = 24) -> str:
    """A name as part of a sentence: cut where it is long, � for what cannot be seen."""
    cut = name if len(name) <= most else name[: most - 1] + "…"
    return "".join(one if one.isprintable() else "\ufffd" for one in cut)


def lessons(found: Found, size: int) -> str:
    """What is known before anything is trained, for the reader of the page."""
    parts = [f"Images are cut to their middle square and brought to {size}×{size} pixels."]
    left = [
        (found.broken, "broken file", "broken files"),
        (found.copies, "copy of another image", "copies of other images"),
        (found.contradictory, "image that lies in several classes", "images in several classes"),
    ]
    named = [counted(len(which), one, many) for which, one, many in left if which]
    parts += [f"Left out: {', '.join(named)}."] if named else []
    return " ".join(parts)


def about_classes(folder: Path, target: Target) -> list[str]:
    """How many images there are of each class."""
    classes = len(target.classes)
    head = f"{shortened(folder.name, 60)}: {target.rows:,} images in {classes} classes"
    return [head, f"  {target.shares(NAMED)}"]


def about_files(found: Found) -> list[str]:
    """What kinds of images there are, and what is left out."""
    formats = Counter(one.format for one in found.pictures)
    modes = Counter(one.mode for one in found.pictures)
    kinds = [", ".join(f"{n:,} {name}" for name, n in c.most_common(6)) for c in (formats, modes)]
    lines = [f"formats: {kinds[0]}; modes: {kinds[1]}"]
    moving = sum(one.frames > 1 for one in found.pictures)
    if moving:
        lines.append(
            f"! {counted(moving, 'image has', 'images have')} several frames; the first counts"
        )
    for name, why in list(found.broken.items())[:NAMED]:
        lines.append(f"! left out: {shortened(name, 80)} ({why})")
    if len(found.broken) > NAMED:
        lines.append(f"! left out: {len(found.broken) - NAMED:,} more that cannot be read")
    if found.copies:
        pairs = [f"{shortened(a, 60)} of {shortened(b, 60)}" for a, b in found.copies.items()]
        lines.append(
            f"! left out: {counted(len(found.copies), 'copy', 'copies')}, which would be tested "
            f"while the original trains: {'; '.join(pairs[:3])}{'; …' if len(pairs) > 3 else ''}"
        )
    if found.contradictory:
        lines.append(
            f"! left out: {len(found.contradictory):,} images with an equal one in another class: "
            f"{some(found.contradictory)}; correct the folder and make it anew"
        )
    if found.others:
        lines.append(f"ignored, since no image: {some(found.others)}")
    if found.beside:
        lines.append(f"ignored: {counted(found.beside, 'file', 'files')} beside the class folders")
    empty = sorted(set(found.folders) - {one.kind for one in found.pictures})
    lines += [f"! no class, for lack of images: {some(empty)}"] if empty else []
    return lines


def about_choices(recipe: Recipe, measure: choices.Measure) -> list[str]:
    """Protocol, metric and network, with the reasons."""
    names = [one.function for one in recipe.references]
    mirrored = "not mirrored, since all are grey" if recipe.grey else "mirrored"
    return [
        f"protocol: {recipe.repeats} stratified {'folds' if recipe.repeats == 5 else 'splits'} "
        f"({recipe.folds.why})",
        f"metric: {measure.metric.name} ({measure.why})",
        f"headline: a small convolutional network, {recipe.epochs} epochs, images {mirrored} and "
        f"moved by up to {recipe.shift} pixels; floor and yardsticks: {', '.join(names)}",
    ]
