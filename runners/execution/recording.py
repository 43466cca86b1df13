"""Writing a record per finished trial, and the reasons of failed and skipped ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from benchmarks.data import DataError
from benchmarks.definition import Entry
from runners.execution import environment
from runners.execution.engine import Failure
from runners.execution.fingerprint import fingerprint
from runners.execution.group import Group
from runners.execution.plan import Plan
from runners.execution.worker import Outcome
from runners.formatting import moment
from runners.records import parsing
from runners.records.record import SCHEMA, FailedGroup, Record, Skipped, Times
from runners.records.signature import signature_of
from runners.records.snapshot import benchmark_facts, entry_facts, source_facts
from runners.records.store import Runs, as_json, write_atomically


def record_group(runs: Runs, plan: Plan, entry: Entry, group: Group, outcome: Outcome) -> bool:
    """Write one record per repeat of a finished group; whether its times are the clock's own.

    The newest generation of an entry is the one that finished last. Where the clock has been set
    back since earlier trials of the entry, the new ones are dated after them all the same, and
    what the clock said is in the record's `clock`.
    """
    clock: Times = {"started_at": outcome.started_at, "finished_at": outcome.finished_at}
    times = in_order(clock, runs.latest(plan.benchmark.name, entry.name))
    size = len(group.repeats)
    unsaved = _write_model(runs, plan, entry, group, outcome.archive)
    trials: list[tuple[Record, bytes]] = []
    for place, repeat in enumerate(group.repeats):
        train, test = outcome.sizes[place]
        seed, repeats, recipe = group.seeds[place], list(group.repeats), group.recipe
        own = {"seed": seed, "repeat": repeat, "group": repeats, "recipe": recipe}
        record: Record = {
            "schema": SCHEMA,
            "benchmark": benchmark_facts(plan.benchmark),
            "entry": entry_facts(entry),
            "seed": seed,
            "repeat": repeat,
            "group": repeats,
            "recipe": recipe,
            "fingerprint": fingerprint(own),
            "inputs": group.inputs,
            "scores": outcome.scores[place],
            "history": outcome.history[place],
            "params": outcome.params[place],
            "notes": {**outcome.notes[place], **unsaved},
            "seconds": {
                "group": round(outcome.train_seconds, 4),
                "trial": round(outcome.train_seconds / size, 4),
                "predict": round(outcome.predict_seconds / size, 4),
            },
            "started_at": times["started_at"],
            "finished_at": times["finished_at"],
            "environment": outcome.environment or environment.describe(entry),
            "data": {**source_facts(plan.benchmark, plan.loaded), "train": train, "test": test},
        }
        if outcome.system is not None:
            record["system"] = outcome.system
        if times != clock:
            record["clock"] = clock
        trials.append((record, outcome.predictions[place]))
    runs.write_all(trials)
    runs.clear_failure(plan.benchmark.name, entry.name, group.repeats)
    runs.settle(plan.benchmark.name, entry.name)
    return times == clock


def _write_model(
    runs: Runs, plan: Plan, entry: Entry, group: Group, archive: bytes | None
) -> dict[str, str]:
    """Keep the fitted network; what the records note where it cannot be written."""
    if archive is None:
        return {}
    try:
        signature = signature_of(plan.benchmark, plan.loaded.dataset)
        runs.write_model(plan.benchmark.name, entry.name, group.recipe, archive, signature)
    except Exception as error:  # a trial is not lost to a file beside it
        why = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
        return {"unsaved": f"the trained network cannot be written ({why})"}
    return {}


def in_order(clock: Times, latest: datetime) -> Times:
    """Times of a trial moved to a second after the `latest` one, if they are not later anyway."""
    started, finished = moment(clock["started_at"]), moment(clock["finished_at"])
    behind = latest - finished
    if behind <= timedelta(0):
        return clock
    behind += timedelta(seconds=1)
    try:
        return {
            "started_at": (started + behind).isoformat(timespec="seconds"),
            "finished_at": (finished + behind).isoformat(timespec="seconds"),
        }
    except OverflowError:  # `datetime` ends with the year 9999
        return clock


def record_failure(runs: Runs, plan: Plan, entry: Entry, group: Group, failure: Failure) -> None:
    """Keep why a group failed; it never counts as done."""
    content: FailedGroup = {
        "benchmark": plan.benchmark.name,
        "entry": entry.name,
        "repeats": list(group.repeats),
        "reason": failure.reason,
        "detail": failure.detail,
        "outside": failure.outside,
        "at": _now(),
        "benchmark_facts": benchmark_facts(plan.benchmark),
        "entry_facts": entry_facts(entry),
    }
    runs.write_failure(plan.benchmark.name, entry.name, content)


def note_skipped(runs: Runs, missing: dict[str, DataError], done: set[str]) -> None:
    """Store why benchmarks asked for could not run, for the page; drop those that now can."""
    before = skipped_before(runs)
    after = {name: why for name, why in before.items() if name not in done}
    for name, error in missing.items():
        after[name] = {"reason": error.reason, "remedy": error.remedy, "at": _now()}
    if after or before:
        write_atomically(runs.root / "skipped.json", as_json(after))


def skipped_before(runs: Runs) -> dict[str, Skipped]:
    """Why benchmarks could not run the last time they were asked for, by name."""
    try:
        return parsing.parse(dict[str, Skipped], (runs.root / "skipped.json").read_bytes())
    except (OSError, ValueError):
        return {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
