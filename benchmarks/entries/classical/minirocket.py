"""MiniRocket and a ridge classifier: the strong, cheap reference of time-series classification.

Dempster, Schmidt and Webb, *MiniRocket: A Very Fast (Almost) Deterministic Transform for Time
Series Classification* (KDD 2021, arXiv:2012.08791), section 3, in NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmarks.definition import Entry, Fitted, Training

LENGTH = 9
KERNELS = np.array(list(combinations(range(LENGTH), 3)))
"""The 84 kernels: which three of nine weights are 2, the others being -1."""
MOST_DILATIONS = 32
GOLDEN = (np.sqrt(5) + 1) / 2


@dataclass(frozen=True)
class Dilation:
    """All kernels at one spacing."""

    spacing: int
    biases: np.ndarray
    """(84, features): the thresholds whose exceedance is a feature."""
    channels: list[np.ndarray]
    """The input channels each kernel adds up."""


def minirocket(features: int = 9_996) -> Entry:
    """Proportions of positive values under 84 dilated kernels, and a ridge classifier.

    Thresholds are quantiles of what kernels make of random training series, and several channels
    are added up in random sets, drawn from the repeat's seed. The penalty is chosen by leaving out
    each training row once (`RidgeClassifierCV`).
    """

    def fit(train: Training) -> Fitted:
        from sklearn.linear_model import RidgeClassifierCV
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        dilations = fit_dilations(train.x, features, np.random.default_rng(train.seed))
        model = make_pipeline(StandardScaler(), RidgeClassifierCV(np.logspace(-3, 3, 10)))
        model.fit(transform(train.x, dilations), train.y)

        def predict(x: np.ndarray) -> np.ndarray:
            one_hot: np.ndarray = np.eye(train.classes)[model.predict(transform(x, dilations))]
            return one_hot

        return Fitted(predict, notes={"alpha": float(model[-1].alpha_)})

    def each(trainings: Sequence[Training]) -> list[Fitted]:
        return [fit(training) for training in trainings]

    about = "MiniRocket features and a ridge classifier."
    return Entry("minirocket", "reference", each, about, {"features": features}, stack=0)


def fit_dilations(x: np.ndarray, features: int, random: np.random.Generator) -> list[Dilation]:
    """Spacings and thresholds for series (n, steps, channels), about `features` in all.

    Raises ValueError for series shorter than a kernel.
    """
    steps, channels = x.shape[1:]
    if steps < LENGTH:
        raise ValueError(f"expected series of at least {LENGTH} steps, received {steps}")
    per_kernel = max(1, features // len(KERNELS))
    most = min(per_kernel, MOST_DILATIONS)
    exponents = np.linspace(0, np.log2((steps - 1) / (LENGTH - 1)), most)
    spacings, times = np.unique((2**exponents).astype(int), return_counts=True)
    counts = (times * per_kernel / most).astype(int)
    for place in range(per_kernel - counts.sum()):
        counts[place % len(counts)] += 1
    quantiles = iter(np.arange(1, len(KERNELS) * per_kernel + 1) * GOLDEN % 1)
    dilations = []
    for spacing, count in zip(spacings.tolist(), counts.tolist(), strict=True):
        sets = [_channels(channels, random) for _ in KERNELS]
        biases = np.empty((len(KERNELS), count))
        for kernel in range(len(KERNELS)):
            one = x[random.integers(len(x))][None]
            output = _output(_shifts(one, spacing), kernel, sets[kernel])
            biases[kernel] = np.quantile(output, [next(quantiles) for _ in range(count)])
        dilations.append(Dilation(spacing, biases, sets))
    return dilations


def transform(x: np.ndarray, dilations: Sequence[Dilation], rows: int = 64) -> np.ndarray:
    """Features (n, …) of series (n, steps, channels): shares of values above each threshold."""
    parts = []
    for start in range(0, len(x), rows):
        block = x[start : start + rows].astype(np.float32)
        columns = []
        for number, dilation in enumerate(dilations):
            shifts = _shifts(block, dilation.spacing)
            edge = (LENGTH - 1) * dilation.spacing // 2
            for kernel, biases in enumerate(dilation.biases):
                output = _output(shifts, kernel, dilation.channels[kernel])
                if (number + kernel) % 2:  # every other kernel sees no padding
                    output = output[:, edge : output.shape[1] - edge]
                columns += [(output > bias).mean(axis=1) for bias in biases.astype(np.float32)]
        parts.append(np.stack(columns, axis=1, dtype=np.float32))
    return np.concatenate(parts)


def _channels(channels: int, random: np.random.Generator) -> np.ndarray:
    """A random set of 1 to 9 channels, small ones as likely as large ones on a scale of powers."""
    size = int(2 ** random.uniform(0, np.log2(min(channels, LENGTH) + 1)))
    return np.sort(random.choice(channels, size, replace=False))


def _shifts(x: np.ndarray, spacing: int) -> np.ndarray:
    """Series (n, steps, channels) shifted to each place of a kernel, zeros beyond their ends.

    Shape (9, channels, n, steps).
    """
    edge = (LENGTH - 1) // 2 * spacing
    wide = np.pad(np.moveaxis(x, 2, 0), ((0, 0), (0, 0), (edge, edge)))
    steps = x.shape[1]
    return np.stack([wide[..., p * spacing : p * spacing + steps] for p in range(LENGTH)])


def _output(shifts: np.ndarray, kernel: int, channels: np.ndarray) -> np.ndarray:
    """One kernel's convolution (n, steps): -1 everywhere, and 3 more at its three places."""
    chosen = shifts[:, channels].sum(axis=1) if shifts.shape[1] > 1 else shifts[:, 0]
    output: np.ndarray = 3 * chosen[KERNELS[kernel]].sum(axis=0) - chosen.sum(axis=0)
    return output
