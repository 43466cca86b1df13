"""A study: the settings tried so far, which to try next, what was learned.

    runs/studies/<family>/<benchmark>/<key>.json

One file a study, written after every setting by the one process that runs it; the key tells what
scores depend on, so that a study never mixes numbers that cannot be compared. Optuna's own study
is made anew from the file for every wave of settings, with a seed of its own: stopped at any
moment and taken up again, the study is the same as if it had never been stopped.
"""

from __future__ import annotations

import json
import math
import statistics
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.definition import Search
from benchmarks.spaces import Range, Setting, defaults, settings
from runners.records.store import as_json, write_atomically

SCHEMA = 1
FOLDER = "studies"
STARTUP = 10
"""Settings drawn at random before the sampler learns from them."""
ENOUGH = 5
"""Settings judged on all folds before one that does worse than their median is stopped."""
DIGITS = 3
"""Significant digits of a setting: what is tried is what is written into the definition."""

Trial = dict[str, Any]
Study = dict[str, Any]


def path(runs: Path, benchmark: str, key: str) -> Path:
    """Where a study lies."""
    return runs / FOLDER / benchmark / f"{key[:16]}.json"


def read(place: Path) -> Study | None:
    """A study, None where there is none yet. Raises ValueError for a file that is no study."""
    try:
        content = json.loads(place.read_bytes())
        whole = content["schema"] == SCHEMA and all(
            isinstance(trial["settings"], dict) and isinstance(trial["scores"], list)
            for trial in content["trials"]
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        whole, content = False, repr(error)
    if not whole:
        raise ValueError(f"{place} is no study ({str(content)[:80]}); move it away to begin anew")
    return dict(content)


def write(place: Path, study: Study) -> None:
    """Keep a study, whole or not at all. Raises OSError where nothing can be written."""
    write_atomically(place, as_json(study))


def trial(number: int, tried: Mapping[str, Any], **facts: Any) -> Trial:
    """One setting and what became of it: state complete, pruned or failed."""
    scores = facts.get("scores") or []
    mean = statistics.fmean(scores) if scores else None
    return {"number": number, "settings": dict(tried), "scores": scores, "mean": mean, **facts}


def ask(
    search: Search, trials: Sequence[Trial], direction: str, count: int
) -> list[dict[str, Any]]:
    """Settings to try next, `count` of them at once, after these trials; always the same ones.

    The first of all begins with the defaults of `make`. After `STARTUP` random ones they come
    from a tree-structured Parzen estimator: Bergstra et al., *Algorithms for Hyper-Parameter
    Optimization*, NIPS 2011, in Optuna's implementation.
    """
    from optuna.samplers import TPESampler

    space = settings(search)
    study = _optuna(space, trials, direction)
    study.sampler = TPESampler(seed=len(trials), n_startup_trials=STARTUP)
    if not trials:
        first = {name: _encoded(space[name], value) for name, value in defaults(search).items()}
        study.enqueue_trial(first)
    asked = [study.ask(_distributions(space)).params for _ in range(count)]
    return [{name: _decoded(space[name], one[name]) for name in space} for one in asked]


def bounds(trials: Sequence[Trial], folds: int) -> tuple[float, ...]:
    """Median over finished settings of the mean score after each fold but the last.

    The median stopping rule of Golovin et al., *Google Vizier*, KDD 2017, section 3.2.1. Empty
    while fewer than `ENOUGH` settings are finished.
    """
    whole = [one["scores"] for one in trials if one["state"] == "complete"]
    if len(whole) < ENOUGH:
        return ()
    return tuple(
        statistics.median(statistics.fmean(scores[: fold + 1]) for scores in whole)
        for fold in range(folds - 1)
    )


def best(trials: Sequence[Trial], direction: str) -> Trial | None:
    """The setting with the best mean over all folds, the earlier one of two that are equal."""
    sign = 1 if direction == "min" else -1
    whole = [one for one in trials if one["state"] == "complete"]
    return min(whole, key=lambda one: (sign * one["mean"], one["number"]), default=None)


def importance(search: Search, trials: Sequence[Trial], direction: str) -> dict[str, float]:
    """Share of each setting in what tells the best settings from the others, largest first.

    PED-ANOVA: Watanabe, Bansal and Hutter, IJCAI 2023, arXiv:2304.10255, in Optuna's
    implementation. Empty where too few settings were judged on all folds, or all alike.
    """
    whole = [one for one in trials if one["state"] == "complete"]
    if len(whole) < STARTUP or len({one["mean"] for one in whole}) < 2:
        return {}
    from optuna.importance import get_param_importances

    try:
        found = get_param_importances(_optuna(settings(search), whole, direction))
    except (RuntimeError, ValueError):
        return {}
    shares = {name: round(float(share), 4) for name, share in found.items()}
    if not all(map(math.isfinite, shares.values())):
        return {}
    return dict(sorted(shares.items(), key=lambda one: -one[1]))


def _optuna(space: Mapping[str, Setting], trials: Sequence[Trial], direction: str) -> Any:
    """Optuna's study of these trials, in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", module="optuna")
    study = optuna.create_study(direction="minimize" if direction == "min" else "maximize")
    states = optuna.trial.TrialState
    for one in trials:
        state = {"complete": states.COMPLETE, "pruned": states.PRUNED}.get(one["state"])
        running = [statistics.fmean(one["scores"][: n + 1]) for n in range(len(one["scores"]))]
        study.add_trial(
            optuna.trial.create_trial(
                state=state or states.FAIL,
                value=one["mean"] if state == states.COMPLETE else None,
                params={name: _encoded(space[name], one["settings"][name]) for name in space},
                distributions=_distributions(space),
                intermediate_values=dict(enumerate(running)),
            )
        )
    return study


def _distributions(space: Mapping[str, Setting]) -> dict[str, Any]:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    return {
        name: CategoricalDistribution(range(len(a)))  # places: a choice may be a list
        if not isinstance(a, Range)
        else IntDistribution(int(a.low), int(a.high), log=a.log)
        if a.whole
        else FloatDistribution(a.low, a.high, log=a.log)
        for name, a in space.items()
    }


def _encoded(allowed: Setting, value: Any) -> Any:
    return value if isinstance(allowed, Range) else allowed.index(value)


def _decoded(allowed: Setting, value: Any) -> Any:
    if not isinstance(allowed, Range):
        return allowed[value]
    if allowed.whole:
        return int(value)
    return min(max(float(f"{value:.{DIGITS}g}"), float(allowed.low)), float(allowed.high))
