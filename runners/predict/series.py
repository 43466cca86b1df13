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

    window, moment = latest(frame, source)
    (value,) = network_output(network, window)
    unit = {"microsecond": "us", "millisecond": "ms"}.get(count_and_unit(source["step"])[1], "s")
    written = str(moment.astype(f"datetime64[{unit}]")).removesuffix("T00:00:00").replace("T", " ")
    return pd.DataFrame({source["time"]: [written], source["target"]: [value]})


def latest(frame: Frame, source: Mapping[str, Any]) -> tuple[np.ndarray, np.datetime64]:
    """The last window (1, history, columns) of a table, and the time one step after it."""
    names = ("time", "target", "step", "also", "dates")
    written = {name: source[name] for name in ("decimal", "missing", "units") if name in source}
    frame = replace(frame, reading=replace(frame.reading, **written))
    values, _, stamps = steps_read(
        lines_of(frame), **{name: source[name] for name in names}, clock=source.get("clock", "")
    )
    history = int(source["history"])
    if len(values) < history:
        raise Refused(
            f"expected at least {history} steps in {frame.name}, the window the network looks "
            f"back on; received {len(values)}"
        )
    return values[None, -history:], step_after(stamps[-1], source["step"])
