"""A long training is sampled; a short one leaves nothing."""

from __future__ import annotations

import time

import pytest

from runners.execution import sampling


def test_samples_are_spread_over_the_time_and_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST", 8)
    with sampling.sampled(0.005) as samples:
        time.sleep(0.3)
    assert 3 <= len(samples) <= 8
    moments = [at for at, _, _ in samples]
    assert moments == sorted(moments)
    assert moments[-1] > 0.1
    left = list(samples)
    time.sleep(0.05)
    assert samples == left, "it ends with the training"
    curves = sampling.curves(samples, 61.0)
    assert curves is not None
    assert len(curves["seconds"]) == len(curves["process_cpu_percent"]) == len(samples)
    assert min(curves["process_memory_mb"]) > 10
    assert sampling.curves(samples, 59.0) is None
