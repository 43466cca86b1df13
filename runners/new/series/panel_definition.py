"""The definition that `make new` writes for series with rolling origins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.data import Dataset
from benchmarks.data.own import panel
from benchmarks.data.own.frames import Frame
from benchmarks.data.own.series import in_words
from runners.formatting import some as counted
from runners.new import choices
from runners.new.names import in_sentence
from runners.new.rendering import rendered
from runners.new.request import Request, Unclear
from runners.new.series.seasons import Season
from runners.new.series.timestamps import TimeColumn
from runners.source_code import Call

SMALL, LARGE = 2_000, 20_000
"""Training origins up to which there are more epochs and smaller batches, and fewer and larger."""


@dataclass(frozen=True)
class Decisions:
    """Everything the file and the request say."""

    request: Request
    frame: Frame
    times: TimeColumn
    columns: panel.Columns
    steps: list[panel.Steps]
    excluded: dict[str, list[str]]
    """Columns left out, by reason."""
    why: str
    """How the target came to be this one."""
    season: Season | None
    horizon: int
    history: int
    train_until: str
    dataset: Dataset

    @property
    def train(self) -> int:
        """Origins that train."""
        return self.dataset.train_rows or 0

    @property
    def tests(self) -> int:
        """Origins that test."""
        return len(self.dataset.y) - self.train

    @property
    def persistence(self) -> float:
        """Mean absolute error of repeating the last value, on the training origins."""
        x, y = self.dataset.x[: self.train], self.dataset.y[: self.train]
        return float(np.abs(x[:, -1:, :1] - y).mean())


def definition(decisions: Decisions, file: str, sha256: str, facts: dict[str, object]) -> str:
    """The whole file."""
    columns, horizon = decisions.columns, decisions.horizon
    unit, step = choices.unit_of(columns.target), in_words(columns.step)
    if decisions.request.metric not in ("", "mae"):
        raise Unclear(
            f"METRIC: forecasts over several steps or series are scored by mae; received "
            f"{decisions.request.metric!r}"
        )
    measure = choices.Measure(
        Call("window_mae", (unit,)),
        "as asked"
        if decisions.request.metric
        else "errors in the unit of the target, which the median of a distribution makes smallest",
        [Call("mse", (f"{unit}²" if unit else "",))],
    )
    several = len(decisions.steps) > 1
    ahead = f"{horizon} step{'s' * (horizon > 1)} ahead (every {step})"
    entries = calls(decisions)
    which = f"for each {in_sentence(columns.id, 20)}" if several else ""
    target = in_sentence(columns.target, 40)
    return rendered(
        "panel.py.j2",
        decisions.request.name,
        measure,
        what=f"{len(decisions.steps)} series" if several else "A series",
        series=several,
        horizon=horizon,
        history=decisions.history,
        question=f"What will {target} be {which + ', ' if which else ''}up to {ahead}?",
        file=file,
        sha256=sha256,
        source=facts,
        protocol=f"{decisions.request.name.split('/')[1].upper()}-ROLLING",
        split=f"origins whose targets lie before {decisions.train_until} train "
        f"({decisions.train:,}), those whose targets lie from then on test ({decisions.tests:,}), "
        f"every step an origin; {ahead}",
        entries=entries,
        made_by={one.function for one in entries},
        margin=choices.rounded(decisions.persistence / 20),
        margin_why="about a twentieth of the error of repeating the last value; " + choices.FIRST,
        lessons=lessons(decisions),
        seconds=max(20.0, round(decisions.train / 200, -1)),
    )


def calls(decisions: Decisions) -> list[Call]:
    """The calls that make the entries, the network last."""
    season = decisions.season
    x = decisions.dataset.x[: decisions.train, :, 0]
    penalty = choices.rounded(float(np.mean((x - x[:, -1:]) ** 2)) * decisions.train / 100)
    few, many = decisions.train < SMALL, decisions.train > LARGE
    options: dict[str, object] = {
        **({"series": len(decisions.steps)} if decisions.columns.id else {}),
        **({"season": season.period} if season else {}),
        "epochs": 40 if few else 10 if many else 20,
        "batch_size": 32 if few else 256 if many else 64,
        "headline": True,
    }
    return [
        Call("repeat_last"),
        *([Call("seasonal_naive", (season.period, season.name))] if season else []),
        Call("shared_linear", keywords={"alphas": (penalty,)}),
        Call("global_network", ("global-network",), options),
    ]


def source(decisions: Decisions) -> dict[str, object]:
    """What the definition's data source says of the file, by keyword of `own_panel`."""
    columns, reading = decisions.columns, decisions.frame.reading.to_definition()
    reading.pop("dates", None)  # `dates` is how the one column of times is written
    return {
        "time": columns.time,
        **({"dates": columns.dates} if columns.dates != "ISO8601" else {}),
        **({"clock": columns.clock} if columns.clock else {}),
        **({"id": columns.id} if columns.id else {}),
        "target": columns.target,
        **({"also": columns.also} if columns.also else {}),
        **({"known": columns.known} if columns.known else {}),
        "step": columns.step,
        "history": decisions.history,
        "horizon": decisions.horizon,
        "train_until": decisions.train_until,
        "rows": len(decisions.dataset.y),
        **reading,
    }


def lessons(decisions: Decisions) -> str:
    """What is known before training."""
    season, facts = decisions.season, decisions.dataset.facts
    parts = [
        f"The value one season of {season.period} steps before is related to the next one "
        f"(autocorrelation {season.strength:.2f} once the trend is taken off)."
        if season
        else "No season was found in the training part."
    ]
    if left := facts["origins without all targets"]:
        parts.append(f"{counted(left, 'origin has', 'origins have')} a gap among the targets.")
    return " ".join(parts)
