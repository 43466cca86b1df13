"""The networks that every classification benchmark of time series compares."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.definition import Entry
from benchmarks.entries.inputs import Kind
from benchmarks.entries.networks import network
from benchmarks.entries.recurrent import fcn, recurrent, transformer
from benchmarks.training.recipe import Recipe

ALONE = Recipe(epochs=100, batch_size=16, learning_rate=3e-3, schedule="cosine")
"""Of the plain recurrent layer."""


def classifiers(
    recipe: Recipe,
    *,
    filters: tuple[int, int, int] = (32, 64, 32),
    lstm_units: int = 8,
    pool_size: int = 1,
    segment: int = 1,
    gru_units: int = 32,
    alone: Recipe = ALONE,
    inputs: Kind = "standardised",
    masking: bool = False,
    members: int = 1,
    stack: int = 0,
    contrast: str = "full",
    tuned: str = "",
    tuned_on: str = "on training rows",
) -> list[Entry]:
    """LSTM-FCN as headline; beside it one recurrent layer, and without recurrence two networks.

    `recipe` trains LSTM-FCN, of which `members` are averaged, and the convolutional network
    without the LSTM; `alone` trains the recurrent layer of `gru_units` over `segment`
    readings at a time, which passes padding over with `masking`. Both networks without recurrence
    run in the suite `contrast`. `tuned` is how LSTM-FCN's recipe was chosen, `tuned_on` the
    protocol's word for it.
    """
    step = f"{segment} readings at a time" if segment > 1 else "reading by reading"
    shared: dict[str, Any] = {"inputs": inputs, "stack": stack}
    convolved: dict[str, Any] = {"filters": filters, "pool_size": pool_size}
    width = "/".join(str(count) for count in filters)
    first = f", {pool_size} readings averaged first" if pool_size > 1 else ""
    # Convolutions compiled by XLA are many times slower on a processor.
    plain = replace(recipe, jit_compile=False)
    return [
        network(
            "gru",
            partial(recurrent, units=gru_units, segment=segment, masking=masking),
            alone,
            f"One GRU layer of {gru_units} units, {step}, read at its last step.",
            **shared,
        ),
        network(
            "lstm-fcn",
            partial(fcn, units=lstm_units, **convolved),
            plain,
            f"{f'Average of {members}: t' if members > 1 else 'T'}hree convolutions of {width} "
            f"filters beside an LSTM of {lstm_units} units{first}.",
            headline=True,
            members=members,
            tuned=tuned,
            tuned_on=tuned_on,
            **shared,
        ),
        network(
            "fcn",
            partial(fcn, **convolved),
            plain,
            f"The three convolutions of {width} filters alone{first}.",
            suite=contrast,
            **shared,
        ),
        network(
            "transformer",
            partial(transformer, segment=segment),
            replace(alone, learning_rate=1e-3, schedule="one-cycle"),
            f"Two blocks of attention over {step if segment > 1 else 'readings'}, for contrast.",
            suite=contrast,
            **shared,
        ),
    ]
