"""Keras networks as entries: a function that builds the network, and a recipe that trains it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.definition import Entry
from benchmarks.entries import portable, views
from benchmarks.entries.fitting import Build, Start, fit
from benchmarks.entries.inputs import Kind
from benchmarks.entries.own_networks import builder_of, with_logits
from benchmarks.entries.rules import Rule
from benchmarks.training.recipe import Recipe, recipe_values, weight_field

if TYPE_CHECKING:
    import keras


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
    test_time_augmentation: views.Views | None = None,
    rule: Rule | None = None,
    precision: Literal["float32", "fastest"] = "float32",
    from_logits: bool = False,
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
    averaged over views of an image where there is a `test_time_augmentation` (`views.Views`), which
    is a departure from the protocol; the single view is scored as well. `rule` is a rule of
    thumb for a forecast, of which networks learn what it leaves.
    `precision="fastest"` means mixed_bfloat16 where that was measured to be faster
    (`runners.execution.precision`), else float32. A builder of the definition's own is looked at
    first, and probabilities it ends in become logits (`own_networks.with_logits`); `from_logits`
    says that it ends in them and has nothing to look at. A recipe that weights rows trains by
    Keras' own loop (`portable`). `stack` repeats at most train together, 0 means all; `seeded` is
    as in `Entry`.
    `tuned` says how the recipe was chosen on validation rows cut from the training rows, and
    `tuned_on` is the word of `protocols.TUNINGS` for those: other than "on training rows" where
    rows that are tested in some repeat took part.
    """
    facts = {**recipe_values(recipe), "inputs": inputs, "precision": precision}
    facts |= {"bins": bins} if inputs == "piecewise" else {}
    facts |= {"members": members, "held_out": held_out} if members > 1 else {}
    if test_time_augmentation:
        facts |= {"test_time_augmentation": test_time_augmentation, "averaged": "logits"}
    facts |= {"beside_a_rule": "ratio" if rule.ratio else "difference"} if rule else {}
    facts |= {"tuned": tuned} if tuned else {}
    portable.check_weights(recipe)
    own = builder_of(partial(fit, build=build)) is not None
    departs = {"tuning": tuned_on} if tuned else {}
    single_view = partial(
        portable.fit if weight_field(recipe) else fit,
        build=partial(with_logits, build=build) if own and not from_logits else build,
        recipe=recipe,
        inputs=inputs,
        bins=bins,
        members=members,
        held_out=held_out,
        start=start,
        test_time_augmentation="none",
        rule=rule,
    )
    averaged = None
    if test_time_augmentation:
        averaged = partial(views.fit, fit=single_view, views=test_time_augmentation)
        departs["augmented_test"] = views.WORDS[test_time_augmentation]
    return Entry(
        name=name,
        kind="keras",
        fit=averaged or single_view,
        about=about,
        values={**facts, **(values or {})},
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
