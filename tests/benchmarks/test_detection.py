"""Metrics of finding the second class, held against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.detection import blocked, caught, mcc


def example() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 200)
    shares = np.clip(0.5 + 0.3 * (y - 0.5) + random.normal(0, 0.2, 200), 0, 1)
    return y, np.stack([1 - shares, shares], axis=1)


def test_they_are_scikit_learns() -> None:
    from sklearn.metrics import matthews_corrcoef, recall_score

    y, shares = example()
    found = shares.argmax(axis=1)
    assert mcc().score(y, shares) == pytest.approx(matthews_corrcoef(y, found))
    assert caught("spam_caught").score(y, shares) == pytest.approx(recall_score(y, found))
    assert blocked("b").score(y, shares) == pytest.approx(1 - recall_score(y, found, pos_label=0))


def test_one_class_alone_correlates_with_nothing() -> None:
    y = np.array([0, 1, 0, 1])
    assert mcc().score(y, np.tile([0.9, 0.1], (4, 1))) == 0


def test_three_classes_and_a_missing_class_are_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        mcc().score(np.array([0, 1]), np.ones((2, 3)) / 3)
    with pytest.raises(ValueError, match="received none"):
        caught("c").score(np.zeros(2, int), np.ones((2, 2)) / 2)
