"""Hyperparameter searches as `make improve` left them in the runs folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from runners import formatting
from runners.records import study
from runners.records.record import MetricFacts
from runners.records.study import State, Study


class TriedSetting(TypedDict):
    """One setting of a study, as `results.json` holds it."""

    number: int
    settings: dict[str, Any]
    state: State
    mean: float | None
    """Over the folds judged; None without scores."""
    scores: list[float]
    again: bool
    """Whether an earlier setting of the study is the very same."""


class HeadlineScores(TypedDict):
    """The present headline on the same folds."""

    entry: str
    scores: list[float]


class StudySummary(TypedDict):
    """A study as `results.json` holds it."""

    metric: MetricFacts
    make: str
    kind: str
    """What the inner folds are called."""
    unit: str
    """What a repeat of the benchmark's protocol is."""
    repeats: int
    sizes: list[list[int]]
    """Training and validation rows of every fold."""
    headline: HeadlineScores | None
    trials: list[TriedSetting]
    importance: dict[str, float]
    """Share of each parameter in the score, largest first."""
    seconds: float
    """Wall time of all settings."""
    finished_at: str


def read(runs: Path, name: str, notes: list[str]) -> StudySummary | None:
    """The study of a benchmark that was worked on last; one that cannot be read is noted."""
    folder = (runs / study.FOLDER).resolve()
    studies: list[Study] = []
    try:
        place = (folder / name).resolve()
        paths = sorted(place.glob("*.json")) if place.is_relative_to(folder) else []
    except (OSError, ValueError):  # a name no file can have
        return None
    for path in paths:
        try:
            content = study.read(path)
        except (OSError, ValueError) as error:
            notes.append(f"studies/{name}/{path.name} is not readable ({error}), left out")
        else:
            studies += [content] if content else []
    last = max(studies, key=lambda one: formatting.moment(one["finished_at"]), default=None)
    return summary_of(last) if last else None


def summary_of(content: Study) -> StudySummary:
    """What `results.json` holds of a study."""
    folds, headline = content["folds"], content["headline"]
    shares = content.get("importance") or {}
    return {
        "metric": content["metric"],
        "make": content["make"],
        "kind": folds["kind"],
        "unit": folds["unit"],
        "repeats": folds["repeats"],
        "sizes": folds["sizes"],
        "headline": headline and {"entry": headline["entry"], "scores": headline["scores"]},
        "trials": [
            {
                "number": trial["number"],
                "settings": {name: trial["settings"][name] for name in content["order"]},
                "state": trial["state"],
                "mean": trial["mean"],
                "scores": trial["scores"],
                "again": "same_as" in trial,
            }
            for trial in sorted(content["trials"], key=lambda trial: trial["number"])
        ],
        "importance": dict(sorted(shares.items(), key=lambda item: -item[1])),
        "seconds": sum(trial["seconds"] for trial in content["trials"]),
        "finished_at": content["finished_at"],
    }
