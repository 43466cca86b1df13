"""The next step of a series of one's own, for `predict`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data.own.frames import Frame
from benchmarks.data.own.series import count_and_unit, lines_of, step_after, steps_read
from runners.predict.network import FittedNetwork, Refused, network_output

if TYPE_CHECKING:
    from pandas import DataFrame


def next_step(frame: Frame, source: Mapping[str, Any], network: FittedNetwork) -> DataFrame:
    """One row: the time after the last line of `frame`, and the value the network expects there.

    `source` are the values of the definition's data source. Raises Refused for fewer steps than
    a window, Corrupt for lines that are no steps of it.
    """
    import pandas as pd

    window, _, moment = last_window(frame, source)
    (value,) = network_output(network, window)
    return pd.DataFrame(
        {source["time"]: [written(moment, source["step"])], source["target"]: [value]}
    )


def written(moment: np.datetime64, step: str) -> str:
    """A time as a reader writes it, to the unit of the step at most."""
    unit = {"microsecond": "us", "millisecond": "ms"}.get(count_and_unit(step)[1], "s")
    return str(moment.astype(f"datetime64[{unit}]")).removesuffix("T00:00:00").replace("T", " ")


def latest(frame: Frame, source: Mapping[str, Any]) -> tuple[np.ndarray, np.datetime64]:
    """The last window (1, history, columns) of a table, and the time one step after it."""
    window, _, ahead = last_window(frame, source)
    return window, ahead


def steps_of(frame: Frame, source: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, whether the target was measured, and times of a table's steps (`steps_read`)."""
    names = ("time", "target", "step", "also", "dates")
    as_trained = {name: source[name] for name in ("decimal", "missing", "units") if name in source}
    frame = replace(frame, reading=replace(frame.reading, **as_trained))
    return steps_read(
        lines_of(frame), **{name: source[name] for name in names}, clock=source.get("clock", "")
    )


def last_window(
    frame: Frame, source: Mapping[str, Any]
) -> tuple[np.ndarray, np.datetime64, np.datetime64]:
    """The last window (1, history, columns) of a table, its last time, and the one after it.

    Raises Refused for fewer steps than a window, Corrupt for lines that are no steps of it.
    """
    values, _, stamps = steps_of(frame, source)
    history = int(source["history"])
    if len(values) < history:
        raise Refused(
            f"expected at least {history} steps in {frame.name}, the window the network looks "
            f"back on; received {len(values)}"
        )
    return values[None, -history:], stamps[-1], step_after(stamps[-1], source["step"])
