"""Whether two scores may be compared at all: computed, protocol field by protocol field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.baselines import Baseline
from benchmarks.definition import Protocol
from benchmarks.protocols import PROTOCOLS, facts, same_fact


def differences(
    ours: Protocol, overrides: Mapping[str, str], baseline: Baseline, metric: str | None = None
) -> list[str]:
    """Say in which protocol fields a published score was obtained otherwise; [] if comparable.

    `overrides` are the fields in which our entry departs from `ours`; `metric` is the name of
    our metric, None to leave it out. A median of runs counts as comparable (a verdict gives it
    the weight of one run). Raises ValueError for an override that is no protocol field.
    """
    mine = facts(ours, overrides)
    base = PROTOCOLS.get(baseline.protocol)
    if base is None or base.id != ours.id:
        theirs = base.title if base else baseline.protocol
        return [f"the paper followed another protocol ({theirs}); you followed {ours.title}"]
    found = []
    if metric is not None and baseline.metric != metric:
        found.append(f"the paper reports {baseline.metric}; you report {metric}")
    for name, value in {**facts(base), **baseline.differs}.items():
        if name == "data":
            found.append(f"the paper used other data: {value}")
        elif name == "metric":
            if not value.startswith("median of "):
                found.append(f"the paper reports the {value}; you report the mean of yours")
        elif not same_fact(name, mine[name], value):
            found.append(f"the paper {_said(name, value)}; you {_said(name, mine[name], 'used')}")
    return found


def _said(name: str, value: str, used: str = "selected") -> str:
    """Say what one side did about a protocol field, as the rest of "the paper …"."""
    if name == "split":
        return f"scored on {value}"
    if name == "fitted_on":
        return f"fitted preprocessing on {value}"
    if name == "selection":
        return f"{used} the {value}"
    if name == "tuning":
        return f"tuned {'nothing' if value == 'none' else value}"
    detail = "" if value in ("no", "yes") else f" ({value})"
    if name == "augmented_test":
        copies = f"averaged over augmented copies of each test input{detail}"
        return "scored each test input once" if value == "no" else copies
    return "trained on no extra data" if value == "no" else f"trained on extra data{detail}"


def comparable(
    baselines: Sequence[Baseline], ours: Protocol, overrides: Mapping[str, str], metric: str
) -> list[Baseline]:
    """Those published scores that an entry's score can be compared with."""
    return [row for row in baselines if not differences(ours, overrides, row, metric)]


def strongest(baselines: Sequence[Baseline], level: str, direction: str) -> Baseline | None:
    """Best published score of a level ("floor", "good", "world-class"); None without any.

    Pass `comparable(...)`: the strongest of all is of no use when it cannot be compared.
    """
    rows = [row for row in baselines if row.level == level]
    pick = max if direction == "max" else min
    return pick(rows, key=lambda row: row.score, default=None)
