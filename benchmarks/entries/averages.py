"""Averages of other entries' predictions: probabilities for classes, values for regression.

`fit` trains the members and averages them, as every entry does. The runner need not call it:
where the members' predictions are stored it averages these (`runners.execution.averaging`), which
is the same to the bit and costs no training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.definition import Benchmark, Entry, Fitted, Task, Training, breadth

Fit = Callable[[Sequence[Training]], list[Fitted]]


def average(
    name: str, of: Sequence[str], *, seeds: int = 1, about: str = "", suite: str = ""
) -> Entry:
    """The average of other entries of the same benchmark, by their names.

    With one seed it has as many repeats as its members, each the average of their predictions for
    that repeat; beside a baseline, which trains every split once, it has one seed a split. With
    more `seeds` it is the average over that many repeats of its members too, and has a single
    repeat: for protocols that repeat training seeds on the same rows. `suite` is by default the
    smallest that runs all members. Of predicted distributions the means are averaged. It declares
    no headline, because it is no network of its own to save.

    Raises ValueError for fewer than two names (one is enough for several seeds) and for the same
    name twice. The rest is known once the benchmark is, see `with_members`.
    """
    names = list(of) if not isinstance(of, str) else []
    if len(set(names)) < len(names) or seeds < 1 or len(names) < (1 if seeds > 1 else 2):
        raise ValueError(
            f"{name}: expected a list of two different names or more, or several seeds of one; "
            f"received {of!r} with seeds={seeds!r}"
        )
    values: dict[str, Any] = {"average_of": names, **({"seeds": seeds} if seeds > 1 else {})}
    joined = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    which = f"{seeds} seeds of {joined}" if seeds > 1 else joined
    about = about or f"Average of {which}, from their predictions."
    return Entry(name, "reference", _alone, about, values=values, suite=suite, seconds=0.1)


def with_members(definition: Benchmark) -> Benchmark:
    """The definition with the members of its averages in place; itself where it has none.

    Raises ValueError, naming the entry, for an average of what is no entry, of another average,
    of entries of a wider suite, of entries whose protocols or precisions contradict each other,
    and for several seeds under a protocol that does not repeat seeds on the same rows.
    """
    if not any("average_of" in entry.values for entry in definition.entries):
        return definition
    entries = [
        _resolved(entry, definition) if entry.fit is _alone else entry
        for entry in definition.entries
    ]
    return replace(definition, entries=entries)


def _resolved(entry: Entry, definition: Benchmark) -> Entry:
    by_name = {one.name: one for one in definition.entries if "average_of" not in one.values}
    for name in entry.values["average_of"]:
        if name not in by_name:
            others = ", ".join(by_name)
            raise ValueError(f"{entry.name}: expected the average of {others}, received {name!r}")
    of = [by_name[name] for name in entry.values["average_of"]]
    seeds, repeats = entry.values.get("seeds", 1), definition.protocol.repeats
    if seeds > 1 and (definition.protocol.unit != "seed" or seeds > repeats):
        raise ValueError(
            f"{entry.name}: expected a protocol of at least {seeds} seeds on the same rows, which "
            f"{definition.protocol.id} with its {repeats} {definition.protocol.unit}s is not"
        )
    widest = max((one.suite for one in of), key=breadth)
    if entry.suite and breadth(entry.suite) < breadth(widest):
        raise ValueError(f"{entry.name}: suite: expected {widest}, as of what it averages")
    protocol: dict[str, str] = {}
    for fact, word in (pair for one in of for pair in one.protocol.items()):
        if protocol.setdefault(fact, word) != word:
            raise ValueError(
                f"{entry.name}: members differ in {fact}: {protocol[fact]!r} and {word!r}"
            )
    networks = [one for one in of if one.kind == "keras"]
    precisions = {one.values.get("precision", "float32") for one in networks}
    if len(precisions) > 1:
        raise ValueError(f"{entry.name}: expected members of one precision, received {precisions}")
    threads = [one.threads for one in of]
    limits = [one.repeats for one in of if one.repeats]
    seeded = [one.seeded for one in of if one.seeded is not None]  # with every seed of all members
    return replace(
        entry,
        kind="keras" if networks else "reference",
        fit=partial(
            _fit,
            fits=tuple(one.fit for one in of),
            stacks=tuple(one.stack for one in of),
            seeds=seeds,
        ),
        values={**entry.values, **({"precision": precisions.pop()} if precisions else {})},
        suite=entry.suite or widest,
        stack=0 if seeds == 1 and any(one.stack != 1 for one in of) else 1,
        repeats=1 if seeds > 1 else min(limits, default=0),
        seeded=0 if len(networks) < len(of) else min(seeded, default=None),
        threads=0 if 0 in threads else max(threads),
        protocol=protocol,
    )


def _alone(trainings: Sequence[Training]) -> list[Fitted]:
    raise RuntimeError("expected an average in a benchmark, whose entries it is made of")


def mean_prediction(predictions: Sequence[np.ndarray], task: Task) -> np.ndarray:
    """Mean of predictions of the same rows, each in the precision it is stored in (float32).

    Of (m, 2) means and standard deviations of a regression the means are taken.
    """
    members = []
    for prediction in map(np.asarray, predictions):
        if task == "regression" and prediction.ndim == 2 and prediction.shape[1] == 2:
            prediction = prediction[:, 0]
        members.append(prediction.astype(np.float32).astype(np.float64))
    return np.mean(members, axis=0)


def _fit(
    trainings: Sequence[Training], *, fits: Sequence[Fit], stacks: Sequence[int], seeds: int
) -> list[Fitted]:
    seeded = [replace(t, seed=t.seed + more) for t in trainings for more in range(seeds)]
    fitted: list[list[Fitted]] = []
    for fit, stack in zip(fits, stacks, strict=True):
        size = stack or len(seeded)  # as the runner groups the member's own repeats
        groups = [seeded[start : start + size] for start in range(0, len(seeded), size)]
        fitted.append([one for group in groups for one in fit(group)])
    averages = []
    for place, training in enumerate(trainings):
        own = slice(place * seeds, (place + 1) * seeds)
        members = [one for of_one_entry in fitted for one in of_one_entry[own]]
        predict = partial(_predict, members=members, task=training.task)
        averages.append(Fitted(predict, params=total([one.params for one in members])))
    return averages


def _predict(x: np.ndarray, *, members: Sequence[Fitted], task: Task) -> np.ndarray:
    return mean_prediction([member.predict(x) for member in members], task)


def total(params: Sequence[int | None]) -> int | None:
    """Trainable parameters of all members; None where one does not know its own."""
    known = [one for one in params if one is not None]
    return sum(known) if len(known) == len(params) else None
