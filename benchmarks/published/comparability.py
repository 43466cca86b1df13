"""Whether two scores may be compared at all: computed, protocol field by protocol field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from benchmarks.definition import Protocol
from benchmarks.protocols import (
    AUGMENTATIONS,
    OTHER_REPEATS,
    PROTOCOLS,
    facts,
    same_fact,
    stated,
)
from benchmarks.published.baselines import Baseline

Side = Literal["paper", "you"]
ADVANTAGES: Mapping[str, str] = {"selection": "best test epoch", "tuning": "on test rows"}
"""The choice in these fields that gives test rows a say; see `_helped`."""
EXTRAS = ("augmented_test", "extra_data")
"""Fields in which anything but "no" is an addition to the protocol."""


class Difference(NamedTuple):
    """A field in which a published score was obtained otherwise than ours."""

    field: str
    """A field of `Protocol`; or "protocol" as a whole, "data", "metric", or "statistic" (what of
    several runs is reported)."""
    theirs: str
    """The published score's value of the field."""
    ours: str = ""
    """Our value; empty where it goes without saying."""
    helped: Side | None = None
    """Whose score it can only have raised; None where it may have done either."""


def departures(
    ours: Protocol, overrides: Mapping[str, str], baseline: Baseline, metric: str | None = None
) -> list[Difference]:
    """Protocol fields in which a published score was obtained otherwise; [] if comparable.

    `overrides` are the fields in which our entry departs from `ours`; `metric` is the name of
    our metric, None to leave it out. A median of runs counts as comparable (a verdict gives it
    the weight of one run). A field that a source does not state is listed too. Raises ValueError
    for an override that is no protocol field.
    """
    mine = facts(ours, overrides)
    base = PROTOCOLS.get(baseline.protocol)
    if base is None or base.id != ours.id:
        return [Difference("protocol", base.title if base else baseline.protocol, ours.title)]
    differing = []
    if metric is not None and baseline.metric != metric:
        differing.append(Difference("metric", baseline.metric, metric))
    for name, value in {**facts(base), **baseline.differs}.items():
        if name == "data":
            differing.append(Difference("data", value))
        elif name == "metric":
            if not value.startswith("median of "):
                # the best of several runs is never below their mean
                helped: Side | None = "paper" if value.startswith("best of ") else None
                differing.append(Difference("statistic", value, "mean", helped))
        elif not same_fact(name, mine[name], value):
            helped = _helped(name, mine[name], value)
            differing.append(Difference(name, value, mine[name], helped))
    return differing


def beneficiary(differing: Sequence[Difference]) -> Side | None:
    """The side that all differences can only have helped; None where there is no such side.

    Two advantages on opposite sides do not cancel, and one field that may have worked either
    way is enough to make scores incomparable.
    """
    sides = {difference.helped for difference in differing}
    return sides.pop() if len(sides) == 1 else None


def _helped(name: str, mine: str, theirs: str) -> Side | None:
    """Who had an advantage the other did without; None if neither, or both in another form.

    Keeping the epoch, or tuning to the recipe, that scores best on the test rows takes a
    maximum over scores of which the honest choice is one (Cawley and Talbot, *On Over-fitting
    in Model Selection*, JMLR 11, 2010); tuning one recipe for all repeats on rows that some of
    them test comes between. Averaging over augmented copies of a test input and
    training on further data are additions that were free to be left out, and are made because
    they raise the score; of averaging, more views count as more help. Other rows, other data or
    another scaling may work either way. What a source does not state is anything from nothing
    to the most there is, so it counts as help for the paper, and never against it.
    """
    (least, most), (their_least, their_most) = _help(name, mine), _help(name, theirs)
    if (least, most) == (their_least, their_most):
        return None
    if their_least >= most:
        return "paper"
    return "you" if least >= their_most else None


def _help(name: str, value: str) -> tuple[float, float]:
    """Least and most that a choice in a protocol field can have helped, in steps of its own."""
    unknown = not stated(value)
    if name in ADVANTAGES:
        steps = 0.5 if value == OTHER_REPEATS else float(value == ADVANTAGES[name])
        return (0.0, 1.0) if unknown else (steps, steps)
    if name in EXTRAS:
        if name == "augmented_test" and value in AUGMENTATIONS:
            steps = float(AUGMENTATIONS.index(value))
            return steps, steps
        return (0.0, 0.0) if value == "no" else (0.0 if unknown else 0.5, math.inf)
    return -math.inf, math.inf


def comparable(
    baselines: Sequence[Baseline], ours: Protocol, overrides: Mapping[str, str], metric: str
) -> list[Baseline]:
    """Those published scores that an entry's score can be compared with in every respect."""
    return [row for row in baselines if not departures(ours, overrides, row, metric)]


def strongest(baselines: Sequence[Baseline], level: str, direction: str) -> Baseline | None:
    """Best published score of a level (`baselines.LEVELS`); None without any.

    Pass `comparable(...)`: the strongest of all is of no use when it cannot be compared.
    """
    rows = [row for row in baselines if row.level == level]
    pick = max if direction == "max" else min
    return pick(rows, key=lambda row: row.score, default=None)
