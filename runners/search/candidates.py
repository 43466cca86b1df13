"""A setting judged on inner folds of training rows. Runs in a worker; no test row is read.

The rows are those the first repeat of the protocol trains on. They are cut once more, so that a
setting trains on some and is scored on the others: stratified for classes, in order of time for
windows of a series. Every setting meets the same folds and the same seeds.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import registry
from benchmarks.data import Dataset, Store, load
from benchmarks.definition import Benchmark, Entry, Split
from benchmarks.windows import overlapping, taken
from runners.execution.fingerprint import fingerprint
from runners.execution.group import Group
from runners.execution.worker import (
    check_curves,
    configure_keras,
    in_storage_precision,
    score,
    training_rows,
)

FOLDS_DRAWN_WITH = 0
"""Seed of the shuffle before the rows are cut into folds."""


@dataclass(frozen=True)
class Candidate(Group):
    """One setting to be judged, as a unit of work for the executor."""

    number: int = -1
    """Place in the study; -1 for the present headline, which is judged as it is declared."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    bounds: tuple[float, ...] = ()
    """Mean score so far, after each fold, beyond which it is not worth going on; () for never."""

    @property
    def id(self) -> str:
        """The same for the same setting."""
        return fingerprint({"recipe": self.recipe, "settings": dict(self.settings)})[:16]

    @property
    def label(self) -> str:
        """Short text for progress lines."""
        what = self.entry if self.number < 0 else f"setting {self.number + 1}"
        return f"{self.benchmark} {what}"


@dataclass
class FoldScores:
    """Scores of a setting, and how long it took."""

    scores: list[float]
    """Headline metric on the validation rows of each fold; fewer where it was not worth it."""
    seconds: float
    started_at: str
    finished_at: str


def judge(candidate: Candidate, folder: Path) -> FoldScores:
    """Train and score a setting fold by fold; `folder` is the data folder, already filled.

    Raises what `make` and training raise, FloatingPointError for a loss that is no number, and
    RuntimeError when the data is no longer what the study was planned for.
    """
    benchmark = registry.load().benchmarks[candidate.benchmark]
    dataset = load(benchmark.data, Store(folder, offline=True)).dataset
    if dataset.digest != candidate.digest:
        raise RuntimeError(f"data of {benchmark.name} changed while running; run again")
    configure_keras(candidate)
    started, clock = datetime.now(UTC), time.perf_counter()
    scores = scores_of(benchmark, entry_of(benchmark, candidate), dataset, candidate.bounds)
    return FoldScores(
        scores=scores,
        seconds=round(time.perf_counter() - clock, 3),
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def entry_of(benchmark: Benchmark, candidate: Candidate) -> Entry:
    """The entry a candidate stands for."""
    if candidate.number < 0:
        return benchmark.entry(candidate.entry)
    assert benchmark.search is not None
    return benchmark.search.make(candidate.entry, **candidate.settings)


def scores_of(
    benchmark: Benchmark, entry: Entry, dataset: Dataset, bounds: Sequence[float]
) -> list[float]:
    """Scores by fold.

    Folds that may stack train together, but for the first, which may suffice.
    """
    inner = folds(benchmark, dataset)
    size = entry.stack or len(inner)
    scores: list[float] = []
    while len(scores) < len(inner):
        count = size if scores or not bounds else 1
        stack = inner[len(scores) : len(scores) + count]
        fitted = entry.fit([training_rows(benchmark, dataset, one) for one in stack])
        for one, split in zip(fitted, stack, strict=True):
            check_curves(one, split.seed, entry.values.get("learning_rate"))
            prediction = in_storage_precision(one.predict(taken(dataset.x, split.test)))
            found = score(benchmark, taken(dataset.y, split.test), prediction)
            scores.append(found[benchmark.metric.name])
        if not np.isfinite(scores).all():
            raise FloatingPointError(f"expected numbers as scores, received {scores}")
        if len(scores) <= len(bounds) and _hopeless(benchmark, scores, bounds[len(scores) - 1]):
            break
    return scores


def _hopeless(benchmark: Benchmark, scores: Sequence[float], bound: float) -> bool:
    mean = float(np.mean(scores))
    return mean < bound if benchmark.metric.direction == "max" else mean > bound


def folds(benchmark: Benchmark, dataset: Dataset) -> list[Split]:
    """Inner folds of the training rows of the first repeat; `test` are the validation rows.

    Raises ValueError for fewer rows than folds.
    """
    from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit

    assert benchmark.search is not None
    rows, count = benchmark.protocol.splits(dataset)[0].train, benchmark.search.folds
    kind = kind_of(benchmark, dataset)
    if kind == TIME:
        rows = np.sort(rows)
        steps = dataset.y.shape[1] if dataset.y.ndim > 1 else 1
        cutter: Any = TimeSeriesSplit(count, gap=steps - 1)  # no step is target on both sides
    elif kind == STRATIFIED:
        cutter = StratifiedKFold(count, shuffle=True, random_state=FOLDS_DRAWN_WITH)
    else:
        cutter = KFold(count, shuffle=True, random_state=FOLDS_DRAWN_WITH)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class rarer than there are folds
        pairs = list(cutter.split(np.zeros((len(rows), 1)), taken(dataset.y, rows)))
    return [
        Split(np.sort(rows[train]), np.sort(rows[held]), seed)
        for seed, (train, held) in enumerate(pairs)
    ]


LOOKED_AT = 1000
"""Training rows that tell whether rows are windows of a series."""
STRATIFIED, RANDOM, TIME = "stratified folds", "folds", "blocks in order of time"


def kind_of(benchmark: Benchmark, dataset: Dataset) -> str:
    """How the training rows are cut, in words."""
    assert benchmark.search is not None
    if benchmark.search.in_time or overlapping(dataset.x) or _slide(benchmark, dataset):
        return TIME
    return STRATIFIED if benchmark.task == "classification" else RANDOM


def _slide(benchmark: Benchmark, dataset: Dataset) -> bool:
    """Whether every training row is the one before it, moved by a step: windows that are copies."""
    rows = benchmark.protocol.splits(dataset)[0].train[:LOOKED_AT]
    x = dataset.x[rows]
    if len(rows) < 2 or x.ndim < 2 or x.shape[1] < 2 or (np.diff(rows) != 1).any():
        return False
    return np.array_equal(x[1:, :-1], x[:-1, 1:]) and bool(np.ptp(x))
