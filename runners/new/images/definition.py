"""The definition that `make new` writes for a folder of images."""

from __future__ import annotations

from benchmarks.data.own.images import is_deep
from runners.formatting import some as counted
from runners.new import choices
from runners.new.images.files import ImageFolder
from runners.new.images.levels import Levels
from runners.new.names import in_sentence
from runners.new.rendering import rendered
from runners.new.request import Request
from runners.new.targets import Target
from runners.source_code import Call

SIZES = (64, 48, 32)
"""Sides of the square images that networks see, in pixels."""
WORK = 24_000
"""Training images of 32 pixels, epochs times images, that make half a minute on one core."""
EPOCHS, LEAST, MOST = 12, 4, 40
"""Epochs a larger size must leave room for, and fewest and most of all."""
MANY = 10_000
"""Images from which three splits are drawn instead of five folds."""
OFFICIAL = "the folders say which images train and which test"
EACH_ONCE = "every image is tested once"
SECONDS = 1.2e-3
"""One image of 32 pixels, one epoch, one core, measured."""


def epochs(rows: int, size: int) -> int:
    """Epochs of training, so that it takes about a minute."""
    return max(LEAST, min(MOST, round(WORK / rows * (SIZES[-1] / size) ** 2)))


class Recipe:
    """What the headline is trained with, by number and size of the images."""

    def __init__(self, contents: ImageFolder, size: int, levels: Levels | None) -> None:
        self.size, self.contents, self.levels = size, contents, levels
        self.rows = len(contents.images)
        self.train_rows = sum(one.part == "train" for one in contents.images)
        """Images of the training part; 0 where there are no such parts."""
        self.epochs = epochs(self.rows, size)
        self.batch = 100 if self.rows >= 1_000 else 50 if self.rows >= 300 else 20
        self.shift = size // 16
        self.grey = all(
            one.mode in ("1", "L", "LA") or is_deep(one.mode) for one in contents.images
        )
        self.repeats = 5 if self.rows < MANY or self.train_rows else 3
        self.neighbours = self.rows <= choices.NEIGHBOURS

    @property
    def why(self) -> str:
        """Why these images train and test."""
        return OFFICIAL if self.train_rows else self.folds.why

    def protocol(self, name: str) -> Call:
        """The call that makes the protocol of benchmark `name`."""
        if not self.train_rows:
            return self.folds.call
        tested = self.rows - self.train_rows
        return Call(
            "official_split",
            (f"{name.split('/')[1].upper()}-FOLDERS",),
            {
                "title": f"the folders' own {self.train_rows:,}/{tested:,} images",
                "source": "pedregosa2011scikit",
                "split": f"{self.train_rows:,} images of train/ train, {tested:,} of test/ test",
            },
        )

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
                "batch_size": self.batch,
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
        """Seconds that all entries take on two cores, about."""
        images = 0.8 * self.rows * self.epochs * self.repeats * (self.size / 32) ** 2
        return max(10.0, round(10 + images * SECONDS / 2, -1))


def definition(
    request: Request,
    name: str,
    sha: str,
    target: Target,
    recipe: Recipe,
    measure: choices.Measure,
    title: str,
) -> str:
    """The whole file."""
    epochs = recipe.epochs
    return rendered(
        "images.py.j2",
        request.name,
        measure,
        question=question(target),
        rows=f"{target.rows:,}",
        data_rows=target.rows,
        size=recipe.size,
        classes=target.classes,
        file=name,
        sha256=sha,
        title=title,
        recipe=recipe,
        protocol=recipe.protocol(request.name),
        entries=[*recipe.references, recipe.headline],
        made_by={one.function for one in recipe.references},
        lessons=lessons(recipe.contents, recipe.size),
        epochs=(max(2, epochs // 2), 2 * epochs),
    )


def question(target: Target) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    if len(target.classes) <= 3:
        *first, last = [in_sentence(one) for one in target.classes]
        return f"What is in the picture: {', '.join(first)} or {last}?"
    return f"Which of {len(target.classes)} classes is in the picture?"


def lessons(contents: ImageFolder, size: int) -> str:
    """The lessons of the definition: what is known before training."""
    parts = [f"Images are cut to their middle square and brought to {size}×{size} pixels."]
    exclusions = [
        (contents.broken, "broken file", "broken files"),
        (contents.copies, "copy of another image", "copies of other images"),
        (contents.contradictory, "image that lies in several classes", "images in several classes"),
    ]
    left_out = [counted(len(which), one, many) for which, one, many in exclusions if which]
    parts += [f"Left out: {', '.join(left_out)}."] if left_out else []
    return " ".join(parts)
