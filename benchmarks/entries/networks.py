"""Keras networks as entries: a function that builds the network, and a recipe that trains it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.definition import Entry
from benchmarks.entries.fitting import Build, Start, TestTimeAugmentation, fit
from benchmarks.entries.inputs import Kind
from benchmarks.entries.rules import Rule
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


AUGMENTED_TEST = {"flip": "mirror", "flip-shift": "mirror and shift"}
"""Word of `protocols.AUGMENTATIONS` for each test-time augmentation."""


def network(
    name: str,
    build: Build,
    recipe: Recipe,
    about: str,
    *,
    inputs: Kind = "standardised",
    bins: int = 0,
    members: int = 1,
    held_out: float = 0.0,
    start: Start | None = None,
    test_time_augmentation: TestTimeAugmentation = "none",
    rule: Rule | None = None,
    precision: Literal["float32", "fastest"] = "float32",
    stack: int = 0,
    repeats: int = 0,
    seeded: int | None = None,
    threads: int = 1,
    headline: bool = False,
    suite: str = "quick",
    values: dict[str, Any] | None = None,
    tuned: str = "",
    tuned_on: str = "on training rows",
    seconds: float = 0.0,
) -> Entry:
    """An entry that trains the network `build` makes by `recipe`.

    `inputs` says how rows are prepared (`inputs.prepare`), `piecewise` with at most `bins` pieces
    a feature; regression targets always are standardised. `members` networks from different
    seeds are averaged; where each leaves out its own share `held_out` of the training rows, its
    errors there tell how far the ensemble is off, and a regression predicts a normal distribution
    (`fitting.fit`). `start` sets weights that begin from the training rows; predictions are
    averaged over an image and its copies where there is a `test_time_augmentation`
    (`fitting.TestTimeAugmentation`), which is a departure from the protocol. `rule` is a rule of
    thumb for a forecast, of which networks learn what it leaves.
    `precision="fastest"` means mixed_bfloat16 where that was measured to be faster
    (`runners.execution.precision`), else float32. `stack` repeats at most train together, 0 means
    all; `seeded` is as in `Entry`.
    `tuned` says how the recipe was chosen on validation rows cut from the training rows, and
    `tuned_on` is the word of `protocols.TUNINGS` for those: other than "on training rows" where
    rows that are tested in some repeat took part.
    """
    described = {**dataclasses.asdict(recipe), "inputs": inputs, "precision": precision}
    described |= {"bins": bins} if inputs == "piecewise" else {}
    described |= {"members": members, "held_out": held_out} if members > 1 else {}
    augments = test_time_augmentation != "none"
    described |= {"test_time_augmentation": test_time_augmentation} if augments else {}
    described |= {"beside_a_rule": "ratio" if rule.ratio else "difference"} if rule else {}
    described |= {"tuned": tuned} if tuned else {}
    departs = {"tuning": tuned_on} if tuned else {}
    departs |= {"augmented_test": AUGMENTED_TEST[test_time_augmentation]} if augments else {}
    return Entry(
        name=name,
        kind="keras",
        fit=partial(
            fit,
            build=build,
            recipe=recipe,
            inputs=inputs,
            bins=bins,
            members=members,
            held_out=held_out,
            start=start,
            test_time_augmentation=test_time_augmentation,
            rule=rule,
        ),
        about=about,
        values={**described, **(values or {})},
        headline=headline,
        suite=suite,
        stack=stack,
        repeats=repeats,
        seeded=seeded,
        threads=threads,
        protocol=departs,
        seconds=seconds,
    )


def mlp(
    name: str,
    hidden: Sequence[int],
    recipe: Recipe,
    *,
    activation: str = "relu",
    kernel_initializer: str = "glorot_uniform",
    dropout: float = 0.0,
    **options: Any,
) -> Entry:
    """A multilayer perceptron with the given hidden widths; further options as `network`."""
    shape = "×".join(str(width) for width in hidden)
    build = partial(
        _dense,
        hidden=tuple(hidden),
        activation=activation,
        kernel_initializer=kernel_initializer,
        dropout=dropout,
    )
    values = {"hidden": list(hidden), "activation": activation, "dropout": dropout}
    values["kernel_initializer"] = kernel_initializer
    about = (
        "Multilayer perceptron"
        if options.get("members", 1) == 1
        else (f"Average of {options['members']} multilayer perceptrons")
    )
    about += f" with {shape} {activation} units" + (f" and dropout {dropout:g}" if dropout else "")
    about += ", inputs encoded piecewise linearly" if options.get("bins") else ""
    return network(name, build, recipe, f"{about}.", values=values, **options)


def _dense(
    shape: tuple[int, ...],
    outputs: int,
    *,
    hidden: tuple[int, ...],
    activation: str,
    kernel_initializer: str,
    dropout: float,
) -> keras.Model:
    import keras

    layers: list[Any] = [keras.Input(shape)]
    for width in hidden:
        layers.append(
            keras.layers.Dense(width, activation=activation, kernel_initializer=kernel_initializer)
        )
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    return keras.Sequential([*layers, keras.layers.Dense(outputs)])
