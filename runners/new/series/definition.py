"""The definition that `make new` writes for a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.data import Dataset
from benchmarks.data.own.frames import Frame
from benchmarks.data.own.series import in_words
from benchmarks.entries.small import change_of_last_season
from runners.formatting import some as counted
from runners.new import choices
from runners.new.names import in_sentence
from runners.new.rendering import rendered
from runners.new.request import Request
from runners.new.series.seasons import Season
from runners.new.series.timestamps import TimeColumn
from runners.source_code import Call

REPEATS = 5
"""Training seeds."""
LONG, LONGER = 80, 24
"""Steps a recurrent layer reads at most, and of series with many targets."""
SHORT, MANY = 500, 5_000
"""Targets that are few, to be learnt from gently, and many, to be learnt from quickly."""
WORK = 2e7
"""Windows times steps that recurrent layers read, all epochs and seeds, in half a minute."""


@dataclass(frozen=True)
class Decisions:
    """Everything the file says."""

    request: Request
    name: str
    sha256: str
    frame: Frame
    time_column: TimeColumn
    target: str
    also: list[str]
    season: Season | None
    history: int
    train_until: str
    dataset: Dataset

    @property
    def train(self) -> int:
        """Rows that train."""
        return self.dataset.train_rows or 0

    @property
    def rows(self) -> int:
        """Windows with a target."""
        return len(self.dataset.y)

    @property
    def segment(self) -> int:
        """Values the recurrent layer reads at each step, so that a window takes few steps."""
        most = LONGER if self.rows > MANY else LONG
        parts = (n for n in range(1, self.history + 1) if self.history % n == 0)
        return next(n for n in parts if self.history // n <= most)

    @property
    def epochs(self) -> int:
        """Epochs of training."""
        work = self.train * (self.history // self.segment) * REPEATS
        return max(2, min(60 if self.train < SHORT else 30, round(WORK / work)))

    @property
    def batch(self) -> int:
        """Batch size."""
        return 16 if self.train < SHORT else 64 if self.train < 20_000 else 256

    @property
    def seconds(self) -> float:
        """Seconds that all entries take on two cores, about."""
        work = self.train * (self.history // self.segment) * REPEATS * self.epochs
        return max(10.0, round(10 + 30 * work / WORK, -1))

    @property
    def persistence(self) -> float:
        """Root mean squared error of repeating the last value, on the training rows."""
        off = self.dataset.x[: self.train, -1, 0] - self.dataset.y[: self.train]
        return float(np.sqrt(np.mean(off**2)))

    @property
    def corrected(self) -> int:
        """The season whose change the network starts from, where that says more of the training
        rows than the last value alone; else 0.
        """
        period = self.season.period if self.season else 0
        if not 0 < period < self.history:
            return 0
        off = change_of_last_season(self.dataset.x[: self.train], period)
        off = off - self.dataset.y[: self.train]
        return period if np.sqrt(np.mean(off**2)) < self.persistence else 0

    @property
    def penalty(self) -> float:
        """Penalty of the ridge regression: a hundredth of the inputs' sum of squares."""
        x = self.dataset.x[: self.train, :, 0]
        return choices.rounded(float(np.mean((x - x[:, -1:]) ** 2)) * self.train / 100)


def definition(decisions: Decisions, measure: choices.Measure) -> str:
    """The whole file."""
    entries = [*references(decisions), headline(decisions)]
    tests, step = decisions.rows - decisions.train, in_words(decisions.time_column.step)
    segment = decisions.segment
    margin, why = measure.margin, measure.margin_why
    if decisions.request.metric in ("", "rmse", "mae"):
        margin = choices.rounded(decisions.persistence / 20)
        why = f"about a twentieth of the error of repeating the last value; {choices.FIRST}"
    return rendered(
        "series.py.j2",
        decisions.request.name,
        measure,
        question=question(decisions),
        file=decisions.name,
        sha256=decisions.sha256,
        source=source(decisions),
        protocol=f"{decisions.request.name.split('/')[1].upper()}-CHRONOLOGICAL",
        split=f"targets before {decisions.train_until} train, the {tests:,} from then on test; one "
        f"step ({step}) ahead",
        step=step,
        history=decisions.history,
        entries=entries,
        made_by={one.function for one in entries[:-1]},
        margin=margin,
        margin_why=why,
        lessons=lessons(decisions),
        season=decisions.corrected,
        segments=[n for n in (segment, 2 * segment, 4 * segment) if not decisions.history % n],
        epochs=(max(1, decisions.epochs // 3), 2 * decisions.epochs),
        seconds=decisions.seconds,
    )


def source(decisions: Decisions) -> dict[str, object]:
    """What the definition's data source says of the file, by keyword of `own_series`."""
    time_column = decisions.time_column
    reading = decisions.frame.reading.to_definition()
    reading.pop("dates", None)  # `dates` is how the one column of times is written
    return {
        "time": time_column.column,
        **({"dates": time_column.dates} if time_column.dates != "ISO8601" else {}),
        **({"clock": time_column.clock} if time_column.clock else {}),
        "target": decisions.target,
        **({"also": tuple(decisions.also)} if decisions.also else {}),
        "step": time_column.step,
        "history": decisions.history,
        "train_until": decisions.train_until,
        "rows": decisions.rows,
        **reading,
    }


def references(decisions: Decisions) -> list[Call]:
    """The calls that make trivial and classical baselines."""
    season = decisions.season
    naive = [Call("seasonal_naive", (season.period, season.name))] if season else []
    ridge = Call("shared_linear", keywords={"alphas": (decisions.penalty,)})
    return [Call("repeat_last"), *naive, Call("linear"), ridge]


def headline(decisions: Decisions) -> Call:
    """The call that makes the recurrent network."""
    return Call(
        "small_gru",
        ("gru",),
        {
            **({"segment": decisions.segment} if decisions.segment > 1 else {}),
            **({"season": decisions.corrected} if decisions.corrected else {}),
            "epochs": decisions.epochs,
            "batch_size": decisions.batch,
            **({"weight_decay": 1.0} if decisions.train < SHORT else {}),
            "headline": True,
        },
    )


def question(decisions: Decisions) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    step = in_words(decisions.time_column.step)
    return f"What will {in_sentence(decisions.target, 40)} be one step ({step}) ahead?"


def lessons(decisions: Decisions) -> str:
    """The lessons of the definition: what is known before training."""
    season, gaps = (
        decisions.season,
        decisions.time_column.steps - decisions.history - decisions.rows,
    )
    parts = [
        f"The value one season of {season.period} steps before is related to the next one "
        f"(autocorrelation {season.strength:.2f} once the trend is taken off)."
        if season
        else "No season was found in the training part."
    ]
    if gaps > 0:
        parts.append(
            f"{counted(gaps, 'step', 'steps')} without a value {'is' if gaps == 1 else 'are'} no "
            "target; in windows the last value before stands there."
        )
    return " ".join(parts)
