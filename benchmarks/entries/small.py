"""Small networks for images and series of one's own, made of plain settings (`make improve`)."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from benchmarks.definition import Entry
from benchmarks.entries.convolutional import speedrun, whiten
from benchmarks.entries.networks import network
from benchmarks.entries.recurrent import recurrent
from benchmarks.entries.rules import Rule, last_value
from benchmarks.training.recipe import Recipe


def small_cnn(
    name: str,
    *,
    width: int = 32,
    epochs: int = 8,
    batch_size: int = 100,
    learning_rate: float = 0.24,
    label_smoothing: float = 0.2,
    flip: Literal["none", "random", "alternating"] = "alternating",
    shift: float = 2,
    **options: Any,
) -> Entry:
    """A convolutional network for images of at least 25 pixels, for few epochs of Muon.

    `convolutional.speedrun` and its recipe at a fraction of its width: whitening, then blocks of
    `width`, two and four times as many filters. Images are mirrored unless `flip` is "none", and
    moved by up to `shift` pixels. Further options as `network`.
    """
    widths = (width, 2 * width, 4 * width)
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        optimizer="muon",
        learning_rate=learning_rate,
        momentum=0.6,
        other_learning_rate=53.0,
        schedule="linear",
        label_smoothing=label_smoothing,
        flip=flip,
        shift=shift,
        jit_compile=False,  # convolutions compiled by XLA are many times slower on a processor
    )
    return network(
        name,
        partial(speedrun, widths=widths),
        recipe,
        f"Whitening, then three blocks of {widths[0]}, {widths[1]} and {widths[2]} filters; "
        f"{epochs} epochs of Muon.",
        inputs="raw",
        start=whiten,
        stack=1,
        values={"width": width},
        **options,
    )


def small_gru(
    name: str,
    *,
    units: int = 32,
    segment: int = 1,
    season: int = 0,
    epochs: int = 20,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    weight_decay: float = 0.0,
    **options: Any,
) -> Entry:
    """One GRU layer that learns what a rule of thumb leaves of the next value of a series.

    The rule is that the last value stays, or with a `season`, a period in steps that is shorter
    than the window, that it changes as it did one season before. The layer reads `segment` steps
    at a time, which has to divide the window. Trained by Adam (AdamW with a `weight_decay`) on a
    cosine schedule. Further options as `network`.
    """
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        schedule="cosine",
        weight_decay=weight_decay,
    )
    steps = f"{segment} steps at a time" if segment > 1 else "step by step"
    learns = "corrects last season's change" if season else "forecasts the change"
    return network(
        name,
        partial(recurrent, units=units, segment=segment),
        recipe,
        f"One GRU layer of {units} units, {steps}, which {learns}.",
        rule=Rule(partial(change_of_last_season, period=season) if season else last_value),
        stack=1,  # recurrent layers do not stack, so that seeds may as well train side by side
        values={"units": units, "segment": segment, "season": season},
        **options,
    )


def change_of_last_season(windows: Any, period: int) -> Any:
    """The last value, changed as the series changed at this point of the season before."""
    return windows[:, -1, 0] + windows[:, -period, 0] - windows[:, -period - 1, 0]
