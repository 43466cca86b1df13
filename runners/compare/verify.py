"""`python -m runners verify RUN`: train a recorded group again and compare, to the bit.

The group trains from the definition, data and libraries as they are now, in a fresh worker;
records and MLflow are left as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Dataset, Loaded, Store, default_folder, load
from benchmarks.definition import Benchmark, Entry
from benchmarks.metrics import as_size, in_words
from benchmarks.registry import DefinitionError, UnknownNameError
from runners.compare.trials import Trial, find
from runners.execution import backends, environment, machine, worker
from runners.execution.engine import Failure
from runners.execution.fingerprint import fingerprint
from runners.execution.group import Group
from runners.execution.plan import inputs_of
from runners.execution.pool import execute
from runners.execution.worker import Outcome
from runners.formatting import duration
from runners.records.provenance import (
    ROUNDING,
    Predictions,
    differing,
    made_with,
    predictions,
    short,
)
from runners.records.snapshot import entry_facts
from runners.report import Reporter, console

Word = Literal["same to the bit", "within tolerance", "different"]


def tolerance(benchmark: Benchmark) -> float:
    """How far the mean score of a group may be from the recorded one, in the metric's unit.

    It is the benchmark's margin: the largest difference that counts as the same score, stated
    and justified in its definition. Nothing narrower would do. On the same machine, versions and
    threads a group comes out the same to the bit; on another processor, library or thread count
    float32 sums are rounded in another order, and training multiplies the last bit by every step.
    Measured with AVX2 in place of AVX-512 and without oneDNN: probabilities moved by 1e-6 after
    some 2,000 steps and no accuracy by anything; after the 58,000 steps of concrete single
    predictions moved by 6.4 MPa, the RMSE of single splits by up to 0.41 and their mean by 0.05,
    where the margin is 0.25.
    """
    return benchmark.margin


@dataclass(frozen=True)
class Finding:
    """What training a group again has shown."""

    word: Word
    mean: float
    """Absolute difference of the mean score over the group's trials, in the metric's unit."""
    score: float
    """Largest difference of a trial's score, in the metric's unit."""
    prediction: float | None
    """Largest difference of a prediction: the target's unit, or probability. None: none kept."""
    reasons: tuple[str, ...] = ()
    """What is wrong with the record itself."""


def show(name: str, runs: Path) -> int:
    """Verify a record file, MLflow run id or tag; 0 the same or within tolerance, 1 otherwise.

    Raises UnknownNameError for a run that cannot be found and for a definition that has gone.
    """
    report = Reporter(console())
    return max([_verify(group, report) for group in find(name, runs)])


def _verify(trials: Sequence[Trial], report: Reporter) -> int:
    record = trials[0].record
    benchmark, entry = _definition(record)
    report.say(
        f"{benchmark.name} {entry.name}: {_named(record['group'])}, trained in "
        f"{duration(record['seconds']['group'])} on {record['finished_at']}; training again"
    )
    missing = sorted(set(record["group"]) - {trial.record["repeat"] for trial in trials})
    if missing:
        report.warn(f"no record of repeats {missing}: they train along, but cannot be compared")
    try:
        loaded = load(benchmark.data, Store(default_folder(), report=report.say))
    except DataError as error:
        report.warn(f"failed: {error}")
        return 1
    group = rebuilt(record, benchmark, entry, loaded)
    ((_, outcome),) = execute([group], default_folder(), machine.cores())
    if isinstance(outcome, Failure):
        report.warn(f"failed: {outcome.reason}")
        return 1
    found = judge(trials, group, outcome, benchmark, loaded.dataset)
    for line in describe(found, benchmark, len(trials)):
        report.say(line)
    changes = differing(made_with(record), made_with(_now(group, entry)))
    edited = fingerprint(record["inputs"]) != record["recipe"]
    for line in causes(found, changes, edited):
        report.say(line)
    return int(found.word == "different")


def _named(repeats: Sequence[int]) -> str:
    if len(repeats) == 1:
        return f"repeat {repeats[0]}"
    if list(repeats) == list(range(repeats[0], repeats[-1] + 1)):
        return f"repeats {repeats[0]}-{repeats[-1]} together"
    return f"repeats {', '.join(str(repeat) for repeat in repeats)} together"


def _definition(record: dict[str, Any]) -> tuple[Benchmark, Entry]:
    """The benchmark and entry a record is of, as defined now."""
    known, name = registry.load(), record["benchmark"]["name"]
    if name in known.problems:
        raise DefinitionError(known.problems[name])
    benchmark = known.benchmarks.get(name)
    if benchmark is None:
        raise UnknownNameError(f"{name} has no definition any more, so it cannot be trained again")
    benchmark = backends.adapted(benchmark)
    trained_on = record["entry"]["values"].get("backend", backends.TENSORFLOW)
    if trained_on != backends.wanted() and record["entry"].get("kind") == "keras":
        raise UnknownNameError(
            f"{record['entry']['name']} was trained on Keras' backend {trained_on}; set "
            f"KERAS_BACKEND={trained_on} and verify it there"
        )
    for entry in benchmark.entries:
        if entry.name == record["entry"]["name"]:
            return benchmark, entry
    raise UnknownNameError(
        f"{name} has no entry {record['entry']['name']!r} any more; it has "
        f"{', '.join(entry.name for entry in benchmark.entries)}"
    )


def rebuilt(record: dict[str, Any], benchmark: Benchmark, entry: Entry, loaded: Loaded) -> Group:
    """The group of a record, by the definition as it is now.

    Raises UnknownNameError when the protocol no longer has one of its repeats.
    """
    splits, repeats = benchmark.protocol.splits(loaded.dataset), tuple(record["group"])
    if not all(0 <= repeat < len(splits) for repeat in repeats):
        raise UnknownNameError(
            f"{benchmark.name} now has {len(splits)} repeats, the record was trained with "
            f"{list(repeats)}; its group cannot be trained again"
        )
    inputs = inputs_of(benchmark, entry, loaded)
    return Group(
        benchmark=benchmark.name,
        entry=entry.name,
        repeats=repeats,
        seeds=tuple(splits[repeat].seed for repeat in repeats),
        recipe=fingerprint(inputs),
        inputs=inputs,
        digest=loaded.dataset.digest,
        threads=environment.threads(entry),
        precision=environment.precision(entry),
    )


def judge(
    trials: Sequence[Trial],
    group: Group,
    outcome: Outcome,
    benchmark: Benchmark,
    dataset: Dataset,
) -> Finding:
    """Compare scores and predictions of every recorded trial with those just made."""
    metric = benchmark.metric
    means, apart, moved, reasons = [], [], [], []
    kept, other = 0, False
    for trial in trials:
        place, repeat = group.repeats.index(trial.record["repeat"]), trial.record["repeat"]
        then, now = trial.record["scores"][metric.name], outcome.scores[place][metric.name]
        means.append(now - then)
        apart.append(abs(now - then))
        stored, made = trial.predictions, predictions(outcome.predictions[place])
        assert made is not None  # the worker packed them just now
        if stored is None:
            continue
        kept += 1
        rows = np.array_equal(stored.rows, made.rows)
        if not rows or stored.values.shape != made.values.shape:
            other = True
            what = "predicted other things" if rows else "was tested on other rows"
            reasons.append(f"repeat {repeat} {what}")
            continue
        moved.append(float(np.abs(stored.values.astype(float) - made.values).max()))
        # Predictions that came out the same were scored just now, on targets that are at hand.
        same = moved[-1] == 0
        told = outcome.scores[place] if same else _rescored(trial, stored, benchmark, dataset)
        for kind in (metric, *benchmark.also):
            said, found = trial.record["scores"].get(kind.name), told.get(kind.name)
            if said is None or found is None:
                continue
            if not math.isclose(found, said, rel_tol=ROUNDING, abs_tol=1e-12):
                other = True
                reasons.append(
                    f"repeat {repeat}: the record says {in_words(said, kind)}, its own predictions "
                    f"give {in_words(found, kind)}: one of the two was changed"
                )
    mean = abs(sum(means) / len(means))
    word: Word = "within tolerance"
    if other or mean > tolerance(benchmark):
        word = "different"
    elif max(apart) == 0 and max(moved, default=0.0) == 0:
        word = "same to the bit"
    prediction = max(moved) if moved else None
    if kept < len(trials):
        reasons.append(f"{len(trials) - kept} records have no readable predictions beside them")
    return Finding(word, mean, max(apart), prediction, tuple(reasons))


def _rescored(
    trial: Trial, stored: Predictions, benchmark: Benchmark, dataset: Dataset
) -> dict[str, float]:
    """The scores of the stored predictions; none where that cannot be done.

    The targets may no longer be the same; of a forecast over many steps a selection is kept.
    """
    if trial.record["data"].get("digest") != dataset.digest:
        return {}
    if stored.values[:1].size * trial.record["data"]["test"] > worker.MOST_KEPT:
        return {}
    try:
        return worker.score(benchmark, dataset.y[stored.rows], stored.values)
    except ValueError:  # predictions no score can be computed from, which no run leaves
        return {benchmark.metric.name: math.nan}


def describe(found: Finding, benchmark: Benchmark, trials: int) -> list[str]:
    """The answer in words, its numbers, and what is wrong with the record."""
    metric = benchmark.metric
    if found.word == "same to the bit":
        what = "scores and predictions" if found.prediction is not None else "scores"
        lines = [f"same to the bit: {what} of {trials} trials"]
    else:
        moved = "no predictions kept" if found.prediction is None else f"{found.prediction:.2g}"
        lines = [
            f"{found.word}: mean score off by {as_size(found.mean, metric)} (tolerance "
            f"{as_size(tolerance(benchmark), metric)}: {benchmark.margin_why}); largest "
            f"difference of a score {as_size(found.score, metric)}, of a prediction {moved}"
        ]
    return [*lines, *(f"  {reason}" for reason in found.reasons)]


def causes(found: Finding, changes: Sequence[tuple[str, str, str]], edited: bool) -> list[str]:
    """What differs between then and now, likeliest cause first; what else it can be if nothing."""
    lines = [f"  {what}: {short(then)} then, {short(now)} now" for what, then, now in changes]
    if edited:
        lines.insert(0, "  the record's inputs are not those its fingerprint was made from")
    if found.word == "same to the bit":
        return ["although this has changed since:", *lines] if lines else []
    if not lines and not found.reasons:
        return ["no cause found: what the record notes is the same now; is training repeatable?"]
    return ["likely cause, in this order:", *lines] if lines else []


def _now(group: Group, entry: Entry) -> dict[str, Any]:
    """What a record made now would say of how it was made."""
    return {
        "inputs": group.inputs,
        "environment": environment.describe(entry),
        "entry": entry_facts(entry),
        "data": {"digest": group.digest},
    }
