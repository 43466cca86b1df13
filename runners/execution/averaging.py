"""Records of averages from stored predictions: what `benchmarks.entries.average` would train.

The members' records of the very same recipe and repeats are looked up and their predictions
averaged, in the parent process; nothing is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.definition import Benchmark, Entry
from benchmarks.entries.averages import mean_prediction, total
from benchmarks.windows import taken
from runners.execution.engine import Failure
from runners.execution.fingerprint import code, fingerprint
from runners.execution.group import Group
from runners.execution.plan import Plan, inputs_of
from runners.execution.worker import Outcome, packed, score, stored
from runners.records.generations import one_a_repeat
from runners.records.provenance import predictions
from runners.records.store import Runs


def members(benchmark: Benchmark, name: str) -> list[Entry]:
    """The entries an average is made of, in its order; [] for an entry that is none.

    Also [] where its own fit trains members by other code than those entries are trained by, as
    on another Keras backend: their predictions are not what it would make.
    """
    entry = benchmark.entry(name)
    found = [benchmark.entry(one) for one in entry.values.get("average_of", ())]
    fits = getattr(entry.fit, "keywords", {}).get("fits", ())
    alike = [code(one.fit) == code(fit) for one, fit in zip(found, fits, strict=False)]
    return found if len(alike) == len(found) and all(alike) else []


def outcome(plan: Plan, group: Group, runs: Runs) -> Outcome | Failure | None:
    """What comes of a group of an average; a Failure names the record that is missing.

    None where predictions are not there or were kept in part only (see `worker.MOST_KEPT`): they
    have to be made again.
    """
    benchmark, dataset = plan.benchmark, plan.loaded.dataset
    entry = benchmark.entry(group.entry)
    of, seeds = members(benchmark, group.entry), int(entry.values.get("seeds", 1))
    splits = benchmark.protocol.splits(dataset)
    needed = sorted({repeat + more for repeat in group.repeats for more in range(seeds)})
    records = {one.name: _records(plan, one, runs, needed) for one in of}
    made: list[tuple[np.ndarray, list[dict[str, Any]]]] = []
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for repeat in group.repeats:
        used, values = [], []
        for one in of:
            for other in range(repeat, repeat + seeds):
                record = records[one.name].get(other)
                if record is None:
                    return Failure(f"repeat {other} of {one.name}, which it averages, is missing")
                place = runs.path(benchmark.name, one.name, other, record["fingerprint"])
                found = predictions(place.with_suffix(".npz"))
                if found is None or not np.array_equal(found.rows, splits[repeat].test):
                    return None
                used.append(record)
                values.append(found.values)
        made.append((stored(mean_prediction(values, benchmark.task)), used))
    tests = [splits[repeat].test for repeat in group.repeats]
    everything = [record for _, used in made for record in used]
    return Outcome(
        scores=[
            score(benchmark, taken(dataset.y, test), prediction)
            for test, (prediction, _) in zip(tests, made, strict=True)
        ],
        predictions=[
            packed(benchmark, splits[repeat], prediction)
            for repeat, (prediction, _) in zip(group.repeats, made, strict=True)
        ],
        history=[{} for _ in made],
        params=[total([record["params"] for record in used]) for _, used in made],
        sizes=[(len(splits[repeat].train), len(splits[repeat].test)) for repeat in group.repeats],
        archive=None,
        started_at=now,
        finished_at=now,
        # What it takes to have this average, though nothing was trained for it now.
        train_seconds=_seconds(everything, "trial"),
        predict_seconds=_seconds(everything, "predict"),
        notes=[{"from_stored_predictions": len(used)} for _, used in made],
    )


def _records(
    plan: Plan, entry: Entry, runs: Runs, repeats: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Records of some repeats of an entry as it is defined now."""
    recipe = fingerprint(inputs_of(plan.benchmark, entry, plan.loaded))
    paths = runs.paths(plan.benchmark.name, entry.name)
    wanted = [path for path in paths if int(path.stem.split("-")[0]) in repeats]
    found = [record for path in wanted if (record := runs.load(path))]
    own = one_a_repeat(record for record in found if record["recipe"] == recipe)
    return {record["repeat"]: record for record in own}


def _seconds(records: Sequence[dict[str, Any]], which: str) -> float:
    return float(sum(record["seconds"].get(which) or 0.0 for record in records))
