"""From definitions to work: which trials there are, which are done, which train together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.data import Loaded
from benchmarks.definition import Benchmark, Entry, Split, breadth
from benchmarks.quantiles import metrics_of
from benchmarks.repeats import planned, split_at
from runners.execution import backends, devices, environment, machine
from runners.execution.fingerprint import code, fingerprint
from runners.execution.group import Group
from runners.records.generations import newest
from runners.records.store import Runs
from runners.redaction import values_for_others

if TYPE_CHECKING:
    from benchmarks.definition import Metric
    from runners.records.record import Inputs, Record

PATIENCE = 20.0
"""A group is stopped after this many times its expected seconds."""
SHORTEST_TIMEOUT = 600.0
"""Seconds every group may take, however few are expected."""


STATEMENTS = ("title", "source", "spread", "tuning")
"""Fields of a protocol that describe a score and change none."""


@dataclass
class Plan:
    """What one benchmark needs: its groups still to run and the counts for the first line."""

    benchmark: Benchmark
    loaded: Loaded
    entries: list[Entry]
    groups: list[Group]
    trials: int
    done: int
    seconds: float
    """Estimate for what is left, from earlier records or the definition's own figure."""
    resumed: list[str] = field(default_factory=list)
    """Entries whose missing repeats train in another stack than those already done."""


def entries_of(benchmark: Benchmark, suite: str) -> list[Entry]:
    """The entries a suite runs, on the backend asked for.

    `--only` may name a benchmark of a larger suite than asked for.
    """
    widest = max(breadth(suite), breadth(benchmark.suite))
    return [
        entry
        for entry in benchmark.entries
        if breadth(entry.suite) <= widest and backends.runs_here(entry)
    ]


def shared_inputs(benchmark: Benchmark, loaded: Loaded) -> Inputs:
    """What scores of all entries depend on alike, apart from the environment.

    Its protocol is only the code that splits.
    """
    inputs: Inputs = {
        "data": loaded.dataset.digest,
        "train_rows": loaded.dataset.train_rows,
        "task": benchmark.task,
        "metric": [benchmark.metric.name, benchmark.metric.unit, code(benchmark.metric.score)],
        "protocol": {"splits": _unrepeated(benchmark.protocol.splits)},
    }
    if benchmark.also:
        inputs["also"] = _code_of(benchmark.also)
    return inputs


def _code_of(metrics: Sequence[Metric]) -> list[list[str]]:
    return [[metric.name, metric.unit, code(metric.score)] for metric in metrics]


def inputs_of(
    benchmark: Benchmark, entry: Entry, loaded: Loaded, shared: Inputs | None = None
) -> Inputs:
    """Everything a score of this entry depends on, whatever the repeat.

    As a record keeps it, without secrets and absolute paths: its hash is that of the record.
    `shared`, what `shared_inputs` has returned, saves reading data and code again.
    """
    protocol, shared = benchmark.protocol, shared or shared_inputs(benchmark, loaded)
    also = shared.get("also", []) if not entry.quantiles else _code_of(metrics_of(benchmark, entry))
    values = {name: value for name, value in entry.values.items() if name != "tuned"}  # prose
    facts: dict[str, str] = {
        field.name: getattr(protocol, field.name)
        for field in dataclasses.fields(protocol)
        if field.name not in STATEMENTS and field.name not in ("splits", "repeats", "seeds")
    }
    departures = {name: fact for name, fact in entry.protocol.items() if name not in STATEMENTS}
    inputs: Inputs = {
        **shared,
        "protocol": {**facts, **departures, **shared["protocol"]},
        "entry": [entry.name, entry.kind, code(entry.fit), code(values)],
        "environment": {
            "versions": environment.training_versions(entry),
            "device": devices.of(entry),
            "threads": environment.threads(entry),
            "precision": environment.precision(entry),
            "backend": backends.of(entry),
            **devices.switches(entry),
        },
    }
    if also:  # records without a metric asked for now are not whole; where none is, nothing changes
        inputs["also"] = also
    kept: Inputs = values_for_others(inputs)
    return kept


def _unrepeated(splits: Any) -> str:
    """Code of a split rule without its number of repeats: more seeds leave the old ones valid."""
    return code(getattr(splits, "func", splits))


def make(benchmark: Benchmark, loaded: Loaded, suite: str, runs: Runs, fresh: bool) -> Plan:
    """Plan one benchmark: groups of what is missing or changed, everything when `fresh`."""
    splits = benchmark.protocol.splits(loaded.dataset)
    entries, shared = entries_of(benchmark, suite), shared_inputs(benchmark, loaded)
    groups: list[Group] = []
    trials, done, seconds, resumed = 0, 0, 0.0, []
    for entry in entries:
        wanted = planned(benchmark.protocol, entry, len(splits))
        inputs = inputs_of(benchmark, entry, loaded, shared)
        recipe = fingerprint(inputs)
        records = list(runs.read(benchmark.name, entry.name))
        current = [r for r in records if r["recipe"] == recipe and not fresh]
        finished = {record["repeat"] for record in current if runs.intact(record)}
        missing = [repeat for repeat in wanted if repeat not in finished]
        trials += len(wanted)
        done += len(wanted) - len(missing)
        expected = _estimate(benchmark, entry, records, len(wanted), len(missing) / len(wanted))
        if "average_of" in entry.values:
            expected = 0.0  # its records say what its members took
        seconds += expected
        size = entry.stack or max(len(missing), 1)
        if entry.kind == "keras" and entry.stack != 1 and finished and missing:
            resumed.append(entry.name)
        for start in range(0, len(missing), size):
            repeats = missing[start : start + size]
            timeout = PATIENCE * expected * len(repeats) / len(missing)
            groups.append(_group(benchmark, entry, repeats, splits, recipe, inputs, timeout))
    return Plan(benchmark, loaded, entries, groups, trials, done, seconds, resumed)


def _group(
    benchmark: Benchmark,
    entry: Entry,
    repeats: Sequence[int],
    splits: Sequence[Split],
    recipe: str,
    inputs: Inputs,
    timeout: float,
) -> Group:
    resources = dict(entry.values.get("resources", {}))
    if devices.of(entry) != machine.DEVICE:
        resources.setdefault("GPU", 1)
    return Group(
        benchmark=benchmark.name,
        entry=entry.name,
        repeats=tuple(repeats),
        seeds=tuple(split_at(splits, repeat).seed for repeat in repeats),
        recipe=recipe,
        inputs=inputs,
        digest=inputs["data"],
        threads=environment.threads(entry),
        precision=environment.precision(entry),
        timeout=max(timeout, SHORTEST_TIMEOUT),
        resources=resources,
    )


def _estimate(
    benchmark: Benchmark, entry: Entry, records: Sequence[Record], repeats: int, share: float
) -> float:
    """Seconds for the missing share of an entry: as measured here before, else as declared."""
    if not share:
        return 0.0
    trials = [record["seconds"]["trial"] for record in newest(records)]
    if trials:
        return share * repeats * sum(trials) / len(trials)
    if entry.seconds:
        return share * entry.seconds
    # The benchmark's figure is for all that declare none, and networks are what costs.
    alike = sum(other.kind == entry.kind and not other.seconds for other in benchmark.entries)
    return share * benchmark.seconds * (0.9 if entry.kind == "keras" else 0.1) / alike
