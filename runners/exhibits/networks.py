"""Exhibits of kept networks: `network.json` of a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from runners.execution.engine import Engine
from runners.execution.group import Group
from runners.execution.plan import Plan
from runners.execution.pool import Failure, execute
from runners.exhibits.files import folder, is_of, write
from runners.records.findings import SCHEMA
from runners.records.generations import Generations, is_headline
from runners.records.provenance import Predictions
from runners.records.record import Record
from runners.records.store import Runs

NETWORK = "network.json"
LONGEST = 600.0
"""Seconds a network may take."""


def update(
    runs: Runs,
    plans: Iterable[Plan],
    collected: Generations,
    warn: Callable[[str], None],
    data: Path,
    engine: Engine,
) -> None:
    """Make the exhibits of the kept networks of the planned benchmarks' headlines, in workers.

    What is up to date is left; so is a headline whose network or predictions were not kept. `data`
    is the data folder. `warn` is as in `update`.
    """
    groups: list[Group] = []
    models: dict[str, Path] = {}
    kept: dict[str, dict[int, Predictions]] = {}
    for plan in plans:
        name, entries = plan.benchmark.name, {entry.name for entry in plan.benchmark.entries}
        for records in collected.get(name, {}).values():
            one = records[-1]
            if one["entry"]["name"] not in entries or not is_headline(records):
                continue
            if is_of(folder(runs.root, name) / NETWORK, key_of(one)):
                continue
            model = runs.model(name, one["entry"]["name"], one["recipe"])
            if not model.is_file() or one["data"]["digest"] != plan.loaded.dataset.digest:
                continue
            first = [record for record in records if record["repeat"] == record["group"][0]]
            kept[name] = {
                record["repeat"]: predicted
                for record in first
                if (predicted := runs.predictions(record)) is not None
            }
            if kept[name]:
                models[name] = model
                groups.append(replace(group_of(one, tuple(kept[name])), timeout=LONGEST))
    if not groups:
        return
    from runners.exhibits.inspection import inspect  # scikit-learn, of use here alone

    work = partial(inspect, models=models, kept=kept)
    try:
        for group, exhibit in execute(groups, data, engine.cores, work=work, engine=engine):
            if isinstance(exhibit, Failure):
                reason = exhibit.reason
                warn(f"{group.benchmark}: no exhibits of its network for its page ({reason})")
                continue
            record = collected[group.benchmark][group.entry][-1]
            place = folder(runs.root, group.benchmark) / NETWORK
            # Without an exhibit the key alone, so that nobody tries again.
            write(place, {**key_of(record), **(exhibit or {})})
    except OSError as error:  # a finished run must not fail for a picture
        warn(f"no exhibits of networks: {error.strerror or error}")


def key_of(record: Record) -> dict[str, Any]:
    """What identifies the network that an exhibit was made from."""
    return {
        "schema": SCHEMA,
        "digest": record["data"]["digest"],
        "entry": record["entry"]["name"],
        "recipe": record["recipe"][:16],
    }


def group_of(record: Record, repeats: tuple[int, ...]) -> Group:
    """What a worker is told of a network: whose it is."""
    return Group(
        benchmark=record["benchmark"]["name"],
        entry=record["entry"]["name"],
        repeats=repeats,
        seeds=(),
        recipe=record["recipe"],
        inputs=record["inputs"],
        digest=record["data"]["digest"],
        threads=1,
        precision=record["environment"]["precision"],
    )
