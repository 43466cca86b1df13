"""A study: the settings tried so far, which to try next, what was learned.

    runs/studies/<family>/<benchmark>/<key>.json

One file a study, written after every setting by the one process that runs it; the key tells what
scores depend on, so that a study never mixes numbers that cannot be compared. Optuna's own study
is made anew from the file for every wave of settings, with a seed of its own: stopped at any
moment and taken up again, the study is the same as if it had never been stopped.
"""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from benchmarks.definition import Search
from benchmarks.spaces import Range, Setting, defaults, settings
from runners.records import parsing
from runners.records.record import Environment, MetricFacts, Number, Values
from runners.records.store import as_json, write_atomically

SCHEMA = 1
FOLDER = "studies"
STARTUP = 10
"""Settings drawn at random before the sampler learns from them."""
ENOUGH = 5
"""Settings judged on all folds before one that does worse than their median is stopped."""
DIGITS = 3
"""Significant digits of a setting: what is tried is what is written into the definition."""

Pair = Annotated[list[int], Field(min_length=2, max_length=2)]
"""Two numbers."""
State = Literal["complete", "pruned", "failed"]
"""Judged on all folds, stopped early, or without a score."""


class Trial(TypedDict):
    """One setting and what became of it."""

    number: int
    """Its place in the study, counted from 0."""
    settings: Values
    """Its values, by the names of the space."""
    state: State
    scores: list[Number]
    """The headline metric on the validation rows of each fold that was judged."""
    mean: Number | None
    """Their mean; None without scores."""
    seconds: Number
    """Wall time of all its folds."""
    started_at: str
    """ISO 8601 time, UTC."""
    finished_at: str
    """ISO 8601 time, UTC."""
    reason: NotRequired[str]
    """Why it failed."""
    same_as: NotRequired[int]
    """Number of the earlier trial of the very same setting, whose scores these are."""


class Headline(TypedDict):
    """The present headline, judged on the same folds."""

    entry: str
    recipe: str
    """sha256 of its code and values."""
    scores: list[Number]
    """As in `Trial`; empty where it could not be judged."""
    mean: Number | None
    """Their mean; None without scores."""
    seconds: NotRequired[Number]
    """Wall time of all folds."""
    reason: NotRequired[str]
    """Why it could not be judged."""


class Folds(TypedDict):
    """The inner folds of the training rows that judge a setting."""

    kind: str
    """What they are called, in the plural."""
    unit: Literal["split", "fold", "seed"]
    """What a repeat of the benchmark's protocol is."""
    repeats: int
    """How many the protocol has."""
    sizes: Annotated[list[Pair], Field(min_length=1)]
    """Training and validation rows of every fold."""


class StudyData(TypedDict):
    """The data of a study, as in a record."""

    title: str
    url: str
    digest: str
    copy: str
    rows: int


class Against(TypedDict):
    """The winner against the present headline, on the same folds."""

    difference: Number
    """Mean of the winner minus that of the headline."""
    better: bool
    """Whether the winner's mean is the better one."""
    p: Number | None
    """Two-sided, of the corrected paired t-test; None for too few folds."""


class Study(TypedDict):
    """The file of a study."""

    schema: int
    """Number of this layout: 1."""
    study: str
    """The file's name: the first digits of the sha256 of `inputs`."""
    benchmark: str
    """`family/benchmark`."""
    family: str
    """The part of the name before the slash."""
    metric: MetricFacts
    """The headline metric of the benchmark."""
    folds: Folds
    make: str
    """Name of the function whose parameters are searched."""
    space: Values
    """What each parameter may be: a list of choices, or a range as an object."""
    order: list[str]
    """Names of the parameters in the order of their declaration."""
    at_once: int
    """Settings asked for together."""
    data: StudyData
    inputs: Values
    """Everything an inner score depends on, but for the setting."""
    environment: Environment
    """Where the settings tried last were judged."""
    headline: Headline | None
    """None until it has been judged."""
    trials: list[Trial]
    """By number."""
    started_at: str
    """ISO 8601 time, UTC."""
    finished_at: str
    """When the last setting was done; ISO 8601 time, UTC."""
    winner: NotRequired[int | None]
    """Number of the best trial; missing until the study was concluded, None without any."""
    importance: NotRequired[dict[str, Number] | None]
    """Share of each parameter in the score, largest first."""
    against_headline: NotRequired[Against | None]
    """None where the headline could not be judged."""


def path(runs: Path, benchmark: str, key: str) -> Path:
    """Where a study lies."""
    return runs / FOLDER / benchmark / f"{key[:16]}.json"


def read(place: Path) -> Study | None:
    """A study, None where there is none yet. Raises ValueError for a file that is no study."""
    try:
        study = parsing.parse(Study, place.read_bytes(), SCHEMA)
        if any(trial["settings"].keys() != {*study["order"]} for trial in study["trials"]):
            raise ValueError("expected a value of every parameter in every trial")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # a folder in its place, or a link that leads nowhere
        raise ValueError(f"{place} is no study ({error}); move it away to begin anew") from error
    return study


def write(place: Path, study: Study) -> None:
    """Keep a study, whole or not at all. Raises OSError where nothing can be written."""
    write_atomically(place, as_json(study))


def trial(
    number: int,
    values: Mapping[str, Any],
    state: State,
    *,
    started_at: str,
    finished_at: str,
    scores: Sequence[float] = (),
    seconds: float = 0.0,
) -> Trial:
    """One setting and what became of it, with the mean of its scores."""
    return {
        "number": number,
        "settings": dict(values),
        "state": state,
        "scores": list(scores),
        "mean": statistics.fmean(scores) if scores else None,
        "seconds": seconds,
        "started_at": started_at,
        "finished_at": finished_at,
    }


def complete(trials: Sequence[Trial]) -> list[Trial]:
    """Those judged on all folds."""
    return [trial for trial in trials if trial["state"] == "complete"]


def mean_of(trial: Trial) -> float:
    """The mean score of a setting that has one."""
    assert trial["mean"] is not None
    return trial["mean"]


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
    proposals = [study.ask(_distributions(space)).params for _ in range(count)]
    return [{name: _decoded(space[name], params[name]) for name in space} for params in proposals]


def bounds(trials: Sequence[Trial], folds: int) -> tuple[float, ...]:
    """Median over finished settings of the mean score after each fold but the last.

    The median stopping rule of Golovin et al., *Google Vizier*, KDD 2017, section 3.2.1. Empty
    while fewer than `ENOUGH` settings are finished.
    """
    judged = [trial["scores"] for trial in complete(trials)]
    if len(judged) < ENOUGH:
        return ()
    return tuple(
        statistics.median(statistics.fmean(scores[: fold + 1]) for scores in judged)
        for fold in range(folds - 1)
    )


def best(trials: Sequence[Trial], direction: str) -> Trial | None:
    """The setting with the best mean over all folds, the earlier one of two that are equal."""
    sign = 1 if direction == "min" else -1
    order = sorted(complete(trials), key=lambda trial: (sign * mean_of(trial), trial["number"]))
    return order[0] if order else None


def importance(search: Search, trials: Sequence[Trial], direction: str) -> dict[str, float]:
    """Importance of each hyperparameter for being among the best settings, largest first.

    PED-ANOVA: Watanabe, Bansal and Hutter, IJCAI 2023, arXiv:2304.10255, in Optuna's
    implementation. Empty where too few settings were judged on all folds, or all alike.
    """
    judged = complete(trials)
    if len(judged) < STARTUP or len({trial["mean"] for trial in judged}) < 2:
        return {}
    from optuna.importance import get_param_importances

    try:
        importances = get_param_importances(_optuna(settings(search), judged, direction))
    except (RuntimeError, ValueError):
        return {}
    shares = {name: round(float(share), 4) for name, share in importances.items()}
    if not all(map(math.isfinite, shares.values())):
        return {}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _optuna(space: Mapping[str, Setting], trials: Sequence[Trial], direction: str) -> Any:
    """Optuna's study of these trials, in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", module="optuna")
    study = optuna.create_study(direction="minimize" if direction == "min" else "maximize")
    states = optuna.trial.TrialState
    state_of = {"complete": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}
    for trial in trials:
        scores, state = trial["scores"], state_of[trial["state"]]
        running = [statistics.fmean(scores[: n + 1]) for n in range(len(scores))]
        study.add_trial(
            optuna.trial.create_trial(
                state=state,
                value=trial["mean"] if state == states.COMPLETE else None,
                params={name: _encoded(space[name], trial["settings"][name]) for name in space},
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
