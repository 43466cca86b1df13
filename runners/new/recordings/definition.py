"""The definition that `make new` writes for series with a class each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from runners.new import choices
from runners.new.names import in_sentence
from runners.new.rendering import rendered
from runners.new.request import Request
from runners.new.targets import Target
from runners.source_code import Call

WORK = 1.5e6
"""Series times steps times epochs that the networks read in half a minute, about."""
STEPS = 50
"""Steps a recurrent layer reads at most, several readings at a time."""
PLAIN = (0.05, 20.0)
"""Standard deviations of values between which a network takes them as they are."""
ROCKET = 10
"""Steps that MiniRocket's kernels need."""
START, A_STEP = 4.0, 0.01
"""Seconds in which the two networks of a repeat are compiled, and take a step."""
FEW = 1_000
"""Series below which five folds are drawn three times."""


class Recipe:
    """What the networks are trained with, by number and length of the series."""

    def __init__(self, x: np.ndarray, shortest: int, classes: int, train_rows: int) -> None:
        self.rows, self.length, self.channels = x.shape
        self.train_rows, self.classes = train_rows, classes
        self.uneven = shortest < self.length
        """Whether series differ in length."""
        self.masking = self.uneven and PLAIN[0] < float(np.std(x)) < PLAIN[1]
        self.repeats = 5 if train_rows or self.rows >= FEW else 15
        trained = train_rows or 0.8 * self.rows
        a_epoch = trained * self.length * self.repeats / 5
        self.epochs = int(np.clip(round(WORK / a_epoch), 20, 100))
        self.batch = 16 if trained < FEW else 64
        steps = self.epochs * max(1.0, trained / self.batch)
        work = steps * A_STEP + trained * self.length * self.epochs / 1e5
        self.seconds = float(max(10, round(10 + self.repeats * (START + work), -1)))

    @property
    def segment(self) -> int:
        """Readings the recurrent layer takes at a time; one where padding is passed over."""
        parts = (n for n in range(1, self.length + 1) if self.length % n == 0)
        return 1 if self.masking else next(n for n in parts if self.length // n <= STEPS)

    @property
    def why(self) -> str:
        """Which series train and test, and why."""
        if self.train_rows:
            return "the files say which series train and which test; five training seeds"
        if self.repeats > 5:
            return "few series: three drawings of five folds"
        return "every series is tested once"

    def protocol(self, name: str) -> Call:
        """The call that makes the protocol of benchmark `name`."""
        if self.train_rows:
            tested = self.rows - self.train_rows
            return Call(
                "official_split",
                (f"{name.split('/')[1].upper()}-FILES",),
                {
                    "title": f"the files' own {self.train_rows:,}/{tested:,} series",
                    "source": "dau2019ucr",
                    "split": f"{self.train_rows:,} series of the training file train, "
                    f"{tested:,} of the test file test",
                },
            )
        few = self.repeats > 5
        options: dict[str, float | bool] = {"n_splits": 5, "random_state": 1}
        options |= {"n_repeats": 3} if few else {"shuffle": True}
        return Call("splitter", ("RepeatedStratifiedKFold" if few else "StratifiedKFold",), options)

    @property
    def references(self) -> list[Call]:
        """The calls that make trivial and classical baselines."""
        rocket = [Call("minirocket")] if self.length >= ROCKET else []
        return [Call("majority"), Call("nearest", (1,)), *rocket]

    @property
    def networks(self) -> dict[str, object]:
        """Keywords of `classifiers`."""
        return {
            **({"segment": self.segment} if self.segment > 1 else {}),
            **({"masking": True, "inputs": "raw"} if self.masking else {}),
        }


def definition(
    request: Request,
    hashes: Mapping[str, str],
    target: Target,
    recipe: Recipe,
    measure: choices.Measure,
    title: str,
) -> str:
    """The whole file."""
    return rendered(
        "recordings.py.j2",
        request.name,
        measure,
        question=question(target),
        rows=f"{target.rows:,}",
        files=dict(hashes),
        classes=target.classes,
        title=title,
        data_rows=target.rows,
        recipe=recipe,
        protocol=recipe.protocol(request.name),
        networks=recipe.networks,
        made_by={one.function for one in recipe.references} | {"classifiers"},
    )


def question(target: Target) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    if len(target.classes) <= 3:
        *first, last = [in_sentence(one) for one in target.classes]
        return f"Which class is the series of: {', '.join(first)} or {last}?"
    return f"Which of {len(target.classes)} classes is the series of?"
