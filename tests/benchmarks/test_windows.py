"""Sliding windows: views that cost nothing, copies that lead nowhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from benchmarks.data import Dataset
from benchmarks.data.core.loading import mismatch
from benchmarks.protocols import ETT_HOURLY
from benchmarks.windows import overlapping, spanned, taken, windows

SERIES = arrays(np.float64, array_shapes(min_dims=1, max_dims=2, min_side=3, max_side=30))


@given(SERIES, st.data())
def test_windows_are_slices_of_the_series(series: np.ndarray, data: st.DataObject) -> None:
    length = data.draw(st.integers(1, len(series)))
    found = windows(series, length)
    assert found.shape == (len(series) - length + 1, length, *series.shape[1:])
    for row, window in enumerate(found):
        np.testing.assert_array_equal(window, series[row : row + length])
    assert np.shares_memory(found, series)


@given(SERIES, st.data())
def test_the_series_comes_back_from_its_windows(series: np.ndarray, data: st.DataObject) -> None:
    length = data.draw(st.integers(2, len(series) - 1))
    assert overlapping(windows(series, length))
    np.testing.assert_array_equal(spanned(windows(series, length)), series)
    assert not overlapping(np.ascontiguousarray(windows(series, length)))


@given(SERIES, st.data())
def test_taken_rows_hold_nothing_of_the_others(series: np.ndarray, data: st.DataObject) -> None:
    length = data.draw(st.integers(2, len(series) - 1))
    all_ = windows(series, length)
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, len(all_) - 1), min_size=1))))
    found = taken(all_, rows)
    np.testing.assert_array_equal(found, all_[rows])
    assert not np.shares_memory(found, series)
    if overlapping(found):
        assert len(spanned(found)) == len(rows) + length - 1


def test_a_series_shorter_than_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one window of 5 steps, received 4"):
        windows(np.zeros(4), 5)


def several_steps(steps: int = 200, history: int = 6, horizon: int = 4) -> Dataset:
    series = np.random.default_rng(0).normal(size=(steps, 2))
    return Dataset(
        x=windows(series[:-horizon], history),
        y=windows(series[history:], horizon),
        train_rows=100,
    )


def test_several_steps_ahead_are_targets_only_as_windows() -> None:
    dataset = several_steps()
    assert mismatch(dataset, dataset.x.shape) is None
    flat = replace(dataset, y=np.ascontiguousarray(dataset.y[:, 0]))
    assert "received an array of shape" in str(mismatch(flat, dataset.x.shape))
    series = spanned(dataset.y).copy()
    series[50] = np.nan
    gap = replace(dataset, y=windows(series, 4))
    assert mismatch(gap, dataset.x.shape) == "expected a finite float64 target in every row"


def test_the_digest_counts_every_step_and_the_shape() -> None:
    dataset = several_steps()
    assert dataset.digest == several_steps().digest
    series = spanned(dataset.x).copy()
    series[-1] += 1
    assert replace(dataset, x=windows(series, 6)).digest != dataset.digest
    assert several_steps(history=7).digest != dataset.digest


def test_no_target_is_seen_on_both_sides_of_the_line() -> None:
    dataset = several_steps()
    for split in ETT_HOURLY.splits(dataset):
        last_trained = spanned(taken(dataset.y, split.train))[-1]
        first_tested = spanned(taken(dataset.y, split.test))[0]
        series = spanned(dataset.y)
        assert np.array_equal(series[split.train[-1] + 3], last_trained)
        assert np.array_equal(series[split.train[-1] + 4], first_tested)
        assert split.test[-1] == len(dataset.y) - 1
