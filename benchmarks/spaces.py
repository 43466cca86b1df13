"""Search spaces of definitions as values: what a setting may be, and whether a space makes sense.

Nothing here searches: that is `runners.search`, with Optuna.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.definition import Entry, Search
from benchmarks.protocols.vocabulary import OTHER_REPEATS

FIRST = OTHER_REPEATS
"""Where a search is judged when repeats redraw the rows: some of those rows test other repeats, so
that scores are no longer comparable with ones that were tuned on training rows alone, or not."""
WRITTEN: dict[str, Any] = {
    "tuned": "how",
    "tuned_on": FIRST,
    "headline": True,
    "suite": "standard",
}
"""Options of an entry that `make improve` writes beside the settings."""


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included."""

    low: float
    high: float
    log: bool
    """Whether equal ratios, not equal differences, are equally likely."""
    whole: bool
    """Whether only whole numbers are meant."""

    def __contains__(self, value: object) -> bool:
        right = isinstance(value, int if self.whole else int | float)
        return right and not isinstance(value, bool) and self.low <= value <= self.high  # type: ignore[operator]


Choices = list[Any]
Setting = Range | Choices


def settings(search: Search) -> dict[str, Setting]:
    """What each setting may be. Raises ValueError naming the setting that cannot be read."""
    if not isinstance(search.space, Mapping) or not search.space:
        raise ValueError("space: expected a mapping of setting names to what they may be")
    return {str(name): _setting(str(name), allowed) for name, allowed in search.space.items()}


def defaults(search: Search) -> dict[str, Any]:
    """Settings that `make` has defaults for, as far as they lie in the space: where to begin."""
    space = settings(search)
    parameters = inspect.signature(search.make).parameters
    return {
        name: parameters[name].default
        for name, allowed in space.items()
        if name in parameters and parameters[name].default in allowed
    }


def validate(search: Search) -> None:
    """Raise ValueError for a search that cannot be run, naming field and setting."""
    space = settings(search)
    for name in space:
        if name in ("name", *WRITTEN):
            raise ValueError(f"space: {name} is no setting; `make improve` writes it itself")
    if isinstance(search.folds, bool) or not isinstance(search.folds, int) or search.folds < 2:
        raise ValueError(f"folds: expected a whole number of 2 or more, received {search.folds!r}")
    first = {name: a.low if isinstance(a, Range) else a[0] for name, a in space.items()}
    try:
        made = search.make("probe", **first, **WRITTEN)
    except Exception as error:
        raise ValueError(f"make: {type(error).__name__} for {first}: {error}") from error
    if not isinstance(made, Entry) or made.kind != "keras" or made.name != "probe":
        raise ValueError(
            "make: expected a function of a name and settings that returns a Keras entry of that "
            f"name, received {made!r}"
        )
    if not made.headline or made.suite != WRITTEN["suite"] or made.protocol.get("tuning") != FIRST:
        raise ValueError(
            "make: expected it to pass headline, suite, tuned and tuned_on on to `network` or `mlp`"
        )


def plain(search: Search) -> dict[str, Any]:
    """The space as JSON: lists of choices, and ranges as objects."""
    return {
        name: list(a)
        if isinstance(a, list)
        else {"low": a.low, "high": a.high, "log": a.log, "whole": a.whole}
        for name, a in settings(search).items()
    }


def _setting(name: str, allowed: Sequence[Any]) -> Setting:
    if isinstance(allowed, list):
        if len(allowed) < 1 or json.loads(json.dumps(allowed, default=str)) != allowed:
            raise ValueError(
                f"space: {name}: expected a list of numbers, texts, lists or None to choose from, "
                f"received {allowed!r}"
            )
        return allowed
    log = isinstance(allowed, tuple) and allowed[2:] == ("log",)
    ends = tuple(allowed[:2]) if isinstance(allowed, tuple) and (log or len(allowed) == 2) else ()
    numbers = len(ends) == 2 and all(type(end) in (int, float) for end in ends)
    if not numbers or not ends[0] < ends[1] or (log and ends[0] <= 0):
        raise ValueError(
            f'space: {name}: expected a list of choices, (low, high) or (low, high, "log") with '
            f'low below high, and above 0 for "log"; received {allowed!r}'
        )
    return Range(ends[0], ends[1], log, whole=all(type(end) is int for end in ends))
