"""The steps after every series of a file of one's own, for `predict` and `forecast`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.own.frames import Frame, shortened, some
from benchmarks.data.own.panel import Columns, Steps, read_steps, window
from benchmarks.data.own.series import lines_of, step_after
from benchmarks.quantiles import INTERVALS, ends, median
from runners.predict.network import FittedNetwork, Refused, network_output
from runners.predict.series import written

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Ahead:
    """One value that a network expects."""

    series: str
    """"" where there is one series."""
    last: np.datetime64
    """Time of the last step that was measured."""
    horizon: int
    """Steps from there."""
    time: np.datetime64
    value: float
    intervals: tuple[tuple[float, float, float], ...] = ()
    """Share of a central interval and its two ends."""


def steps_of_series(frame: Frame, source: Mapping[str, Any]) -> list[Steps]:
    """Every series of a table, its cells read as those that trained the network."""
    as_trained = {name: source[name] for name in ("decimal", "missing", "units") if name in source}
    frame = replace(frame, reading=replace(frame.reading, **as_trained))
    return read_steps(lines_of(frame), Columns.of(source))


def expected(frame: Frame, source: Mapping[str, Any], network: FittedNetwork) -> list[Ahead]:
    """What the network expects of every step ahead of every series.

    Raises Refused for a series it has not learnt, one with fewer steps than a window, and for
    columns that are not known as far as the horizon; Corrupt for lines that are no steps.
    """
    columns, horizon = Columns.of(source), int(source["horizon"])
    found = steps_of_series(frame, source)
    learnt = network.schema.get("series", [""])
    if unknown := [one.name for one in found if one.name not in learnt]:
        raise Refused(
            f"expected series the network has learnt ({some(learnt)}), received {some(unknown)}; "
            "take their lines out, or train it again with them"
        )
    for one in found:
        check(one, columns, int(source["history"]), horizon, frame.name)
    windows = [
        window(one, one.count, int(source["history"]), horizon, columns, learnt.index(one.name))
        for one in found
    ]
    output = network_output(network, np.stack(windows))[:, :, 0]
    return [
        ahead
        for one, values in zip(found, output, strict=True)
        for ahead in of_series(one, values, columns.step, network.levels)
    ]


def check(one: Steps, columns: Columns, history: int, horizon: int, name: str) -> None:
    """Raise Refused for a series that is too short, or not known as far as the horizon."""
    of = f" of series {shortened(one.name)}" if one.name else ""
    if one.count < history:
        raise Refused(
            f"expected at least {history} steps{of} in {name}, the window the network looks back "
            f"on; received {one.count}"
        )
    for place, column in enumerate(columns.known, start=1 + len(columns.also)):
        ahead = one.values[one.count : one.count + horizon, place]
        there = int(np.isnan(ahead).argmax()) if np.isnan(ahead).any() else len(ahead)
        if there < horizon:
            raise Refused(
                f"expected {shortened(column)} for the {horizon} steps after "
                f"{written(one.stamps[one.count - 1], columns.step)}{of} in {name}, because it is "
                f"known in advance; received it for {there}. Add lines with it, and an empty "
                f"{shortened(columns.target)}"
            )


def of_series(one: Steps, values: np.ndarray, step: str, levels: Sequence[float]) -> list[Ahead]:
    """The forecasts of one series: values (steps ahead,), or quantiles (steps ahead, levels)."""
    times = [one.stamps[one.count - 1]]
    for _ in values:
        times.append(step_after(times[-1], step))
    return [
        Ahead(
            one.name,
            times[0],
            place + 1,
            time,
            float(median(value, levels)) if levels else float(value),
            intervals_of(value, levels),
        )
        for place, ((_, time), value) in enumerate(zip(pairwise(times), values, strict=True))
    ]


def intervals_of(
    quantiles: np.ndarray, levels: Sequence[float]
) -> tuple[tuple[float, float, float], ...]:
    """The central intervals of quantiles (levels,); none of a value."""
    if not levels:
        return ()
    return tuple(
        (share, float(quantiles[low]), float(quantiles[high]))
        for share in INTERVALS
        for low, high in [ends(levels, share)]
    )


def table(frame: Frame, source: Mapping[str, Any], network: FittedNetwork) -> DataFrame:
    """A row a step ahead of every series: the value expected there, and its intervals."""
    import pandas as pd

    rows = [
        {
            **({source["id"]: one.series} if source["id"] else {}),
            source["time"]: written(one.time, source["step"]),
            source["target"]: one.value,
            **{
                f"{source['target']} {share:.0%} {end}": value
                for share, low, high in one.intervals
                for end, value in (("low", low), ("high", high))
            },
        }
        for one in expected(frame, source, network)
    ]
    return pd.DataFrame(rows)
