"""Learning curves of headlines that hold nothing back: `curves.json` of a benchmark."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from runners.execution.engine import Engine
from runners.execution.group import Group
from runners.execution.plan import Plan
from runners.execution.pool import Failure, execute
from runners.exhibits.files import folder, is_of, write
from runners.exhibits.networks import group_of, key_of
from runners.records.generations import Generations, is_headline
from runners.records.record import Record
from runners.records.store import Runs

CURVES = "curves.json"
REPEATS = 3
"""Repeats whose training rows are cut, of networks that train together; one of any other."""
LONGEST = 300.0
"""Expected seconds of one training from which it is left to be asked for by name."""


def update(
    runs: Runs,
    plans: Iterable[Plan],
    collected: Generations,
    say: Callable[[str], None],
    data: Path,
    engine: Engine,
    *,
    named: bool = False,
) -> list[str]:
    """Train headlines once more for their learning curves; returns the benchmarks that failed.

    What is up to date is left, as is a headline whose records hold a validation loss. A training of
    more than `LONGEST` seconds is left too, unless the benchmark was `named`. `data` is the data
    folder; `say` gets a line for what is left or fails.
    """
    groups: list[Group] = []
    candidates: dict[str, int] = {}
    for plan in plans:
        name = plan.benchmark.name
        for records in collected.get(name, {}).values():
            one = records[-1]
            if not is_headline(records) or one["entry"]["kind"] != "keras":
                continue
            if is_of(folder(runs.root, name) / CURVES, key_of(one)):
                continue
            if one["data"]["digest"] != plan.loaded.dataset.digest or "val_loss" in one["history"]:
                continue
            seconds = max(record["seconds"]["trial"] for record in records)
            if seconds > LONGEST and not named:
                say(f"{name}: left out, one training takes {seconds:.0f} s; name it to train it")
                continue
            candidates[name] = most_chosen(records)
            groups.append(_group(one, records))
    if not groups:
        return []
    from runners.exhibits.learning import curves  # what trains, of use here alone

    failed = []
    work = partial(curves, candidates=candidates)
    for group, exhibit in execute(groups, data, engine.cores, work=work, engine=engine):
        if isinstance(exhibit, Failure):
            failed.append(group.benchmark)
            say(f"{group.benchmark}: no learning curves ({exhibit.reason})")
        elif exhibit is None:
            say(f"{group.benchmark}: {group.entry} was not made by network() or mlp()")
        else:
            last = collected[group.benchmark][group.entry][-1]
            write(folder(runs.root, group.benchmark) / CURVES, {**key_of(last), **exhibit})
            say(f"{group.benchmark}: learning curves of {group.entry}")
    return failed


def most_chosen(records: Sequence[Record]) -> int:
    """Number of the recipe that most repeats chose; 0 where there is one alone."""
    picks = [record.get("notes", {}).get("candidate") for record in records]
    counted = Counter(pick for pick in picks if isinstance(pick, int))
    return max(counted, key=lambda pick: (counted[pick], -pick), default=0)


def _group(record: Record, records: Sequence[Record]) -> Group:
    """The first repeats, trained on one thread like all of the headline."""
    together = record["entry"]["stack"] == 0
    repeats = sorted({one["repeat"] for one in records})[: REPEATS if together else 1]
    return dataclasses.replace(
        group_of(record, tuple(repeats)), threads=record["environment"]["threads"]
    )
