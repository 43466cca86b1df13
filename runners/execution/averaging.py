"""Records of averages from stored predictions: what `benchmarks.entries.average` would train.

The members' records of the very same recipe and repeats are looked up and their predictions
averaged, in the parent process; nothing is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.definition import Benchmark, Entry
from benchmarks.entries.averages import mean_prediction, total
from benchmarks.repeats import split_at
from benchmarks.windows import taken
from runners.execution.engine import Failure
from runners.execution.fingerprint import code, fingerprint
from runners.execution.group import Group
from runners.execution.plan import Plan, inputs_of
from runners.execution.worker import Outcome, in_storage_precision, pack, score
from runners.records.generations import one_a_repeat
from runners.records.store import Runs

if TYPE_CHECKING:
    from runners.records.record import Record


def members(benchmark: Benchmark, name: str) -> list[Entry]:
    """The entries an average is made of, in its order; [] for an entry that is no average.

    Also [] where its own fit trains members by other code than those entries are trained by, as
    on another Keras backend: their predictions are not what it would make.
    """
    entry = benchmark.entry(name)
    averaged_entries = [benchmark.entry(member) for member in entry.values.get("average_of", ())]
    fits = getattr(entry.fit, "keywords", {}).get("fits", ())
    alike = [code(e.fit) == code(fit) for e, fit in zip(averaged_entries, fits, strict=False)]
    return averaged_entries if len(alike) == len(averaged_entries) and all(alike) else []


def outcome(plan: Plan, group: Group, runs: Runs) -> Outcome | Failure | None:
    """The outcome of a group of an average; a Failure names the record that is missing.

    None where predictions are not there or were kept in part only (see `worker.MOST_KEPT`): they
    have to be made again.
    """
    benchmark, dataset = plan.benchmark, plan.loaded.dataset
    entry = benchmark.entry(group.entry)
    entries, seeds = members(benchmark, group.entry), int(entry.values.get("seeds", 1))
    every = benchmark.protocol.splits(dataset)
    splits = {repeat: split_at(every, repeat) for repeat in group.repeats}
    needed = sorted({repeat + more for repeat in group.repeats for more in range(seeds)})
    records = {member.name: _records(plan, member, runs, needed) for member in entries}
    averages: list[tuple[np.ndarray, list[Record]]] = []
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for repeat in group.repeats:
        used, values = [], []
        for member in entries:
            for other in range(repeat, repeat + seeds):
                record = records[member.name].get(other)
                if record is None:
                    return Failure(
                        f"repeat {other} of {member.name}, which it averages, is missing"
                    )
                predicted = runs.predictions(record)
                if predicted is None or not np.array_equal(predicted.rows, splits[repeat].test):
                    return None
                used.append(record)
                values.append(predicted.values)
        averages.append((in_storage_precision(mean_prediction(values, benchmark.task)), used))
    tests = [splits[repeat].test for repeat in group.repeats]
    everything = [record for _, used in averages for record in used]
    return Outcome(
        scores=[
            score(benchmark, taken(dataset.y, test), prediction)
            for test, (prediction, _) in zip(tests, averages, strict=True)
        ],
        predictions=[
            pack(benchmark, splits[repeat], prediction)
            for repeat, (prediction, _) in zip(group.repeats, averages, strict=True)
        ],
        history=[{} for _ in averages],
        params=[total([record["params"] for record in used]) for _, used in averages],
        sizes=[(len(splits[repeat].train), len(splits[repeat].test)) for repeat in group.repeats],
        archive=None,
        started_at=now,
        finished_at=now,
        # The members' time: nothing is trained for the average itself.
        train_seconds=sum(record["seconds"]["trial"] for record in everything),
        predict_seconds=sum(record["seconds"]["predict"] for record in everything),
        notes=[{"from_stored_predictions": len(used)} for _, used in averages],
    )


def _records(plan: Plan, entry: Entry, runs: Runs, repeats: Sequence[int]) -> dict[int, Record]:
    """Records of some repeats of an entry as it is defined now."""
    recipe = fingerprint(inputs_of(plan.benchmark, entry, plan.loaded))
    paths = runs.paths(plan.benchmark.name, entry.name)
    wanted = [path for path in paths if int(path.stem.split("-")[0]) in repeats]
    records = [record for path in wanted if (record := runs.load(path))]
    own = one_a_repeat(record for record in records if record["recipe"] == recipe)
    return {record["repeat"]: record for record in own}
