"""The file `make new` leaves for a series: what a person would have written, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.data import Dataset
from benchmarks.data.own.frames import Frame
from benchmarks.data.own.series import in_words
from benchmarks.entries.small import change_of_last_season
from runners.formatting import some as counted
from runners.new import choices
from runners.new.draft import Asked
from runners.new.layout import Node, Text, call, commented, flat, items, mapping, texts, written
from runners.new.names import function_name
from runners.new.series.clock import Clock
from runners.new.series.seasons import Season

REPEATS = 5
"""Training seeds."""
LONG, LONGER = 80, 24
"""Steps a recurrent layer reads at most, and of series with many targets."""
SHORT, MANY = 500, 5_000
"""Targets that are few, to be learnt from gently, and many, to be learnt from quickly."""
WORK = 2e7
"""Windows times steps that recurrent layers read, all epochs and seeds, in half a minute."""
SOURCE = "hyndman2021forecasting"
"""Section 5.8: the latest fifth tests, "typically about 20% of the total sample"."""


@dataclass(frozen=True)
class Decided:
    """Everything the file says."""

    asked: Asked
    name: str
    sha256: str
    frame: Frame
    clock: Clock
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
        """Steps the recurrent layer reads at a time, to be done with a window soon enough."""
        most = LONGER if self.rows > MANY else LONG
        parts = (n for n in range(1, self.history + 1) if self.history % n == 0)
        return next(n for n in parts if self.history // n <= most)

    @property
    def epochs(self) -> int:
        """How often the windows are gone through."""
        work = self.train * (self.history // self.segment) * REPEATS
        return max(2, min(60 if self.train < SHORT else 30, round(WORK / work)))

    @property
    def batch(self) -> int:
        """Windows of a training step."""
        return 16 if self.train < SHORT else 64 if self.train < 20_000 else 256

    @property
    def seconds(self) -> float:
        """What everything takes on two cores, about."""
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
        """Ridge penalty of the linear yardstick: a hundredth of what it stands beside."""
        x = self.dataset.x[: self.train, :, 0]
        return choices.rounded(float(np.mean((x - x[:, -1:]) ** 2)) * self.train / 100)


def definition(decided: Decided, measure: choices.Measure) -> str:
    """The whole file."""
    found, history, step = decided.clock, decided.history, in_words(decided.clock.step)
    source: dict[str, Node] = {
        "time": Text(found.column),
        **({"dates": Text(found.dates)} if found.dates != "ISO8601" else {}),
        "target": Text(decided.target),
        **({"also": texts(decided.also)} if decided.also else {}),
        "step": Text(found.step),
        "history": str(history),
        "train_until": Text(decided.train_until),
        "rows": str(decided.rows),
    }
    usual = {"separator": ("", ","), "encoding": ("", "utf-8")}
    asis = {"separator": decided.frame.separator, "encoding": decided.frame.encoding}
    source |= {key: Text(value) for key, value in asis.items() if value not in usual[key]}
    tests = decided.rows - decided.train
    protocol = call(
        "chronological",
        Text(f"{decided.asked.name.split('/')[1].upper()}-CHRONOLOGICAL"),
        title=Text("first four fifths train, the last tests"),
        source=Text(SOURCE),
        split=Text(
            f"targets before {decided.train_until} train, the {tests:,} from then on test; one "
            f"step ({step}) ahead"
        ),
    )
    margin, why = measure.margin, measure.margin_why
    if decided.asked.metric in ("", "rmse", "mae"):
        margin = choices.rounded(decided.persistence / 20)
        why = f"about a twentieth of the error of repeating the last value; {choices.FIRST}"
    fields: dict[str, Node] = {
        "question": Text(question(decided)),
        "task": Text("regression"),
        "data": call("own_series", Text(decided.name), Text(decided.sha256), **source),
        "protocol": protocol,
        "metric": measure.node,
    }
    fields |= {"also": items(measure.also)} if measure.also else {}
    fields |= {
        "entries": items([*references(decided), headline(decided)]),
        "margin": repr(margin),
        "margin_why": Text(why),
        "lessons": Text(lessons(decided)),
        "search": call("Search", "small_gru", search(decided), in_time="True"),
        "seconds": f"{decided.seconds:g}",
    }
    notes = {"metric": f"{measure.why[:1].upper()}{measure.why[1:]}."}
    body = commented(call("Benchmark", **fields), notes)
    used = {function_of(node) for node in references(decided)}
    metrics = {function_of(node) for node in (measure.node, *measure.also)}
    ours = sorted(metrics & {"mae", "rmse"})
    lines = [
        f'"""A series of one value every {step}, forecast one step ahead, as `make new` found it.',
        "",
        "Every line is yours to change: begin with the question, the margin and the lessons.",
        '"""',
        "",
        "from benchmarks import Benchmark, Search, benchmark",
        "from benchmarks.data import own_series",
        f"from benchmarks.entries import {', '.join(sorted(used))}",
        "from benchmarks.entries.small import small_gru",
        *([f"from benchmarks.metrics import {', '.join(ours)}"] if ours else []),
        "from benchmarks.protocols import chronological",
        *(["from benchmarks.scorers import scorer"] if "scorer" in metrics else []),
        "",
        "",
        f'@benchmark("{decided.asked.name}", suite="quick")',
        f"def {function_name(decided.asked.name)}() -> Benchmark:",
        f'    """Each value from the {history} before it."""',
        *written(body, "    ", "return "),
    ]
    return "\n".join(lines) + "\n"


def function_of(node: Node) -> str:
    """Name of the function that a call calls."""
    return flat(node).split("(")[0]


def references(decided: Decided) -> list[Node]:
    """The calls that make floors and yardsticks."""
    season = decided.season
    floors: list[Node] = ["repeat_last()"]
    if season:
        floors.append(call("seasonal_naive", str(season.period), Text(season.name)))
    ridge = call("shared_linear", alphas=f"({decided.penalty!r},)")
    return [*floors, "linear()", ridge]


def headline(decided: Decided) -> Node:
    """The call that makes the recurrent network."""
    settings: dict[str, Node] = {}
    settings |= {"segment": str(decided.segment)} if decided.segment > 1 else {}
    settings |= {"season": str(decided.corrected)} if decided.corrected else {}
    settings |= {"epochs": str(decided.epochs), "batch_size": str(decided.batch)}
    settings |= {"weight_decay": "1.0"} if decided.train < SHORT else {}
    return call("small_gru", Text("gru"), **settings, headline="True")


def search(decided: Decided) -> Node:
    """Settings worth trying around the first recipe."""
    segment = decided.segment
    reads = sorted({n for n in (segment, 2 * segment, 4 * segment) if not decided.history % n})
    rules = {"season": items(["0", str(decided.corrected)])} if decided.corrected else {}
    return mapping(
        {
            "units": items(["16", "32", "64"]),
            **rules,
            "segment": items([str(n) for n in reads]),
            "epochs": f"({max(1, decided.epochs // 3)}, {2 * decided.epochs})",
            "learning_rate": '(1e-3, 1e-2, "log")',
            "weight_decay": '(1e-4, 1.0, "log")',
        }
    )


def question(decided: Decided) -> str:
    """The question the benchmark asks, until its owner puts it better."""
    target = decided.target if len(decided.target) <= 40 else decided.target[:39] + "…"
    shown = "".join(one if one.isprintable() else "\ufffd" for one in target)
    return f"What will {shown} be one step ({in_words(decided.clock.step)}) ahead?"


def lessons(decided: Decided) -> str:
    """What is known before anything is trained, for the reader of the page."""
    season, gaps = decided.season, decided.clock.steps - decided.history - decided.rows
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
