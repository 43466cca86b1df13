"""Writing down what happened: a record per finished trial, why others failed or were skipped."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.data import DataError
from benchmarks.definition import Entry
from runners.execution import environment
from runners.execution.engine import Failure
from runners.execution.fingerprint import fingerprint
from runners.execution.group import Group
from runners.execution.plan import Plan
from runners.execution.worker import Outcome
from runners.formatting import moment
from runners.records.signature import schema_of
from runners.records.snapshot import benchmark_facts, data_facts, entry_facts
from runners.records.store import SCHEMA, Runs, as_json, write_atomically


def record_group(runs: Runs, plan: Plan, entry: Entry, group: Group, outcome: Outcome) -> bool:
    """Write one record per repeat of a finished group; whether its times are the clock's own.

    The newest generation of an entry is the one that finished last. Where the clock has been set
    back since earlier trials of the entry, the new ones are dated after them all the same, and
    what the clock said is in the record's `clock`.
    """
    times = {"started_at": outcome.started_at, "finished_at": outcome.finished_at}
    dated = in_order(times, runs.latest(plan.benchmark.name, entry.name))
    facts, about = benchmark_facts(plan.benchmark), entry_facts(entry)
    for place, repeat in enumerate(group.repeats):
        own = {"seed": group.seeds[place], "repeat": repeat, "group": list(group.repeats)}
        train, test = outcome.sizes[place]
        share = outcome.train_seconds / len(group.repeats)
        record: dict[str, Any] = {
            "schema": SCHEMA,
            "benchmark": facts,
            "entry": about,
            **own,
            "recipe": group.recipe,
            "fingerprint": fingerprint({**own, "recipe": group.recipe}),
            "inputs": dict(group.inputs),
            "scores": outcome.scores[place],
            "history": outcome.history[place],
            "params": outcome.params[place],
            "notes": outcome.notes[place],
            "seconds": {
                "group": round(outcome.train_seconds, 4),
                "trial": round(share, 4),
                "predict": round(outcome.predict_seconds / len(group.repeats), 4),
            },
            **dated,
            "environment": outcome.environment or environment.describe(entry),
            "data": data_facts(plan.benchmark, plan.loaded) | {"train": train, "test": test},
        }
        runs.write(record, outcome.predictions[place])
    if outcome.archive is not None:
        takes = schema_of(plan.benchmark, plan.loaded.dataset)
        runs.write_model(plan.benchmark.name, entry.name, group.recipe, outcome.archive, takes)
    runs.clear_failure(plan.benchmark.name, entry.name, group.repeats)
    return dated == times


def in_order(times: dict[str, str], latest: datetime) -> dict[str, Any]:
    """Times of a trial moved to a second after the `latest` one, if they are not later anyway."""
    behind = latest - moment(times["finished_at"])
    if behind <= timedelta(0):
        return dict(times)
    try:
        moved = {k: moment(v) + behind + timedelta(seconds=1) for k, v in times.items()}
    except OverflowError:  # after the year 9999 there is nothing
        return dict(times)
    return {k: v.isoformat(timespec="seconds") for k, v in moved.items()} | {"clock": times}


def record_failure(runs: Runs, plan: Plan, entry: Entry, group: Group, failure: Failure) -> None:
    """Keep why a group failed; it never counts as done."""
    content = {
        "benchmark": plan.benchmark.name,
        "entry": entry.name,
        "repeats": list(group.repeats),
        **asdict(failure),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "benchmark_facts": benchmark_facts(plan.benchmark),
        "entry_facts": entry_facts(entry),
    }
    runs.write_failure(plan.benchmark.name, entry.name, content)


def note_skipped(runs: Runs, missing: dict[str, DataError], done: set[str]) -> None:
    """Keep for the page why a benchmark asked for could not run; forget what now can."""
    path = runs.root / "skipped.json"
    try:
        noted = json.loads(path.read_bytes())
    except (OSError, ValueError):
        noted = {}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    kept = {name: why for name, why in noted.items() if name not in done}
    new = {n: {"reason": e.reason, "remedy": e.remedy, "at": at} for n, e in missing.items()}
    if {**kept, **new} or noted:
        write_atomically(path, as_json({**kept, **new}))
