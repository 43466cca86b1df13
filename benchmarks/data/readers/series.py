"""Time series from files: timestamps held against the clock, and windows one step ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.data.core.source import Corrupt
from benchmarks.dataset import Dataset
from benchmarks.windows import windows

HOUR = np.timedelta64(60, "m")


def read_series(
    path: Path, columns: Sequence[str], *, step: np.timedelta64, time: str = ""
) -> np.ndarray:
    """Named columns (steps, columns) of a comma-separated file with a header line.

    The timestamps in column `time` (the first, if not named) must rise by `step` from line to
    line; ISO 8601 dates or months, with or without quotes. Months as `1-01` (year-month) count
    too. Raises Corrupt for a missing column, a value that is no number, and a timestamp that is
    unreadable, doubled, out of order or beyond a gap.
    """
    table = read_table(path)
    clock = table[time or next(iter(table))]
    check_clock(clock, step, path.name)
    return np.stack([numbers(table, column, path.name) for column in columns], axis=1)


def read_table(path: Path, separator: str = ",") -> dict[str, list[str]]:
    """Columns of text by the names in the first line; an archive's `.gz` is unpacked.

    Lines without a value are left out. Raises Corrupt for a line with another number of cells.
    """
    import csv
    import gzip

    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter=separator)
        names = [name.strip() for name in next(lines, [])]
        rows = [row for row in lines if any(cell.strip() for cell in row)]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise Corrupt(
                f"expected {len(names)} cells in every line of {path.name}, received {len(row)} "
                f"in line {number}"
            )
    if not rows:
        raise Corrupt(f"expected a header and at least one line in {path.name}, received none")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def numbers(
    table: dict[str, list[str]], column: str, name: str, missing: Sequence[str] = ()
) -> np.ndarray:
    """A column as float64, with NaN for the words in `missing`.

    Raises Corrupt for a column that is not there and a cell that is no number.
    """
    if column not in table:
        raise Corrupt(f"expected a column {column!r} in {name}, found {list(table)}")
    try:
        values = np.array(
            [np.nan if cell in missing else float(cell) for cell in table[column]], np.float64
        )
    except ValueError as error:
        raise Corrupt(f"expected numbers in column {column!r} of {name} ({error})") from error
    if np.isinf(values).any() or int(np.isnan(values).sum()) != sum(
        cell in missing for cell in table[column]
    ):
        raise Corrupt(f"expected finite numbers in column {column!r} of {name}")
    return values


def check_clock(stamps: Sequence[str], step: np.timedelta64, name: str) -> None:
    """Raise Corrupt unless each timestamp is one `step` after the one before, naming the first.

    A change to or from summer time shows as a gap or a double: local time that jumps is refused,
    because windows counted in steps would no longer be windows in time.
    """
    unit = np.datetime_data(step.dtype)[0]
    try:
        read = [_padded_year(stamp.strip()) for stamp in stamps]
        times = np.array(read, dtype=f"datetime64[{unit}]")
    except ValueError as error:
        raise Corrupt(f"expected ISO 8601 timestamps in {name} ({error})") from error
    steps = np.diff(times)
    wrong = np.flatnonzero(steps != step)
    if len(wrong):
        place = int(wrong[0])
        what = "stands twice" if times[place] == times[place + 1] else "is out of order"
        what = "comes after a gap" if steps[place] > step else what
        raise Corrupt(
            f"expected one line every {step} in {name}; {stamps[place + 1]!r} in line {place + 3} "
            f"{what} ({len(wrong)} such lines); fill or sort the series before it is read"
        )


def check_order(stamps: Sequence[str], step: np.timedelta64, name: str) -> None:
    """Raise Corrupt unless each timestamp is one `step`, or a whole number of them, after the last.

    For series whose published windows count lines, not time: gaps pass, doubles do not.
    """
    unit = np.datetime_data(step.dtype)[0]
    try:
        times = np.array([stamp.strip() for stamp in stamps], dtype=f"datetime64[{unit}]")
    except ValueError as error:
        raise Corrupt(f"expected ISO 8601 timestamps in {name} ({error})") from error
    between = np.diff(times)
    wrong = np.flatnonzero((between < step) | ((between % step).astype(np.int64) != 0))
    if len(wrong):
        raise Corrupt(
            f"expected times in order, whole steps of {step} apart, in {name}; "
            f"{stamps[int(wrong[0]) + 1]!r} in line {int(wrong[0]) + 3} is not "
            f"({len(wrong)} such lines)"
        )


def on_clock(
    stamps: Sequence[str], values: np.ndarray, step: np.timedelta64, name: str
) -> np.ndarray:
    """Values (steps, ...) with a row of NaN wherever the clock has a time the file leaves out.

    Raises Corrupt as `check_clock` does, but for gaps of whole steps.
    """
    unit = np.datetime_data(step.dtype)[0]
    try:
        times = np.array([_padded_year(stamp.strip()) for stamp in stamps], f"datetime64[{unit}]")
    except ValueError as error:
        raise Corrupt(f"expected ISO 8601 timestamps in {name} ({error})") from error
    places, left = np.divmod((times - times[0]).astype(int), step.astype(int))
    if left.any() or not (np.diff(places) > 0).all():
        check_clock(stamps, step, name)
    filled = np.full((int(places[-1]) + 1, *values.shape[1:]), np.nan)
    filled[places] = values
    return filled


def _padded_year(stamp: str) -> str:
    year, dash, rest = stamp.partition("-")
    return f"{year:0>4}{dash}{rest}"


def daily_wave(hours: np.ndarray) -> np.ndarray:
    """Hour of the day as a point on a circle, shape (steps, 2)."""
    angle = 2 * np.pi * hours / 24
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


def carried_forward(values: np.ndarray) -> np.ndarray:
    """Values (steps, ...) with each NaN replaced by the last number before it.

    Only the past is looked at, as a forecaster must. Raises Corrupt for a series that begins
    with a NaN in any column.
    """
    rows = np.arange(len(values)).reshape(-1, *(1,) * (values.ndim - 1))
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, rows), axis=0)
    if (last < 0).any():
        raise Corrupt("expected a measured value in the first step of every column, received NaN")
    return np.take_along_axis(values, last, axis=0)


def one_step(
    series: np.ndarray,
    history: int,
    train_until: int,
    names: Sequence[str],
    *,
    first: int = 0,
    scored: np.ndarray | None = None,
) -> Dataset:
    """Windows of `history` steps and, as target, the first column one step later.

    Targets before step `train_until` train, later ones test. `first` is the earliest step that
    may be a target; where `scored` (one bool a step) is false, no window has that step for its
    target.
    """
    if len(series) <= history:
        raise Corrupt(
            f"expected more than {history} steps for a window and its target, received "
            f"{len(series)}; shorten the history"
        )
    steps = np.arange(history, len(series))
    x, y = windows(series[:-1], history), series[history:, 0]
    used = steps >= first
    if scored is not None:
        used &= scored[history:]
    if not used.all():
        x, y, steps = x[used], y[used], steps[used]
    return Dataset(
        x=x,
        y=np.ascontiguousarray(y),
        feature_names=tuple(names),
        train_rows=int((steps < train_until).sum()),
        facts={"steps": len(series), "history": history},
    )


def univariate(
    column: str, name: str, *, step: Literal["M", "D"], history: int, train_until: int
) -> Callable[[Path], Dataset]:
    """A reader of one column without gaps, as windows one step ahead (`one_step`).

    `step` is NumPy's letter for the time from line to line: "M" for a month, "D" for a day.
    """

    def read(path: Path) -> Dataset:
        series = read_series(path, (column,), step=np.timedelta64(1, step))
        return one_step(series, history, train_until, (name,))

    return read
