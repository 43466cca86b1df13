"""`python -m runners verify RUN`: train a recorded group again and compare, to the bit.

The group trains from the definition, data and libraries as they are now, in a fresh worker;
records and MLflow are left as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Dataset, Loaded, Store, default_folder, load
from benchmarks.definition import Benchmark, Entry
from benchmarks.metrics import as_size, in_words
from benchmarks.quantiles import metrics_of
from benchmarks.registry import UnknownNameError
from benchmarks.repeats import split_at
from benchmarks.validation import DefinitionError
from runners.compare.trials import Trial, find
from runners.execution import backends, devices, environment, machine, worker
from runners.execution.engine import Failure
from runners.execution.fingerprint import fingerprint
from runners.execution.group import Group
from runners.execution.plan import inputs_of
from runners.execution.pool import execute
from runners.execution.worker import Outcome
from runners.formatting import duration, some
from runners.records.provenance import (
    ROUNDING,
    Predictions,
    conditions,
    differing,
    made_with,
    predictions,
    short,
)
from runners.records.record import Record
from runners.records.snapshot import entry_facts
from runners.redaction import values_for_others
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
    readable: int = 0
    """Trials whose recorded predictions could be read and compared."""
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
    note = devices.prepare("cpu" if record["environment"]["device"] == machine.DEVICE else "gpu")
    where = "the processor" if devices.of(entry) == machine.DEVICE else devices.of(entry)
    report.say(
        f"{benchmark.name} {entry.name}: {_named(record['group'])}, trained in "
        f"{duration(record['seconds']['group'])} on {record['finished_at']}; training again on "
        f"{where}"
    )
    if note:
        report.say(note)
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
    finding = judge(trials, group, outcome, benchmark, loaded.dataset)
    for line in describe(finding, benchmark, len(trials)):
        report.say(line)
    now = conditions(group.digest, group.inputs, environment.describe(entry), entry_facts(entry))
    changes = differing(made_with(record), values_for_others(now))
    edited = fingerprint(record["inputs"]) != record["recipe"]
    for line in causes(finding, changes, edited):
        report.say(line)
    return int(finding.word == "different")


def _named(repeats: Sequence[int]) -> str:
    if len(repeats) == 1:
        return f"repeat {repeats[0]}"
    if list(repeats) == list(range(repeats[0], repeats[-1] + 1)):
        return f"repeats {repeats[0]}-{repeats[-1]} together"
    return f"repeats {', '.join(str(repeat) for repeat in repeats)} together"


def _definition(record: Record) -> tuple[Benchmark, Entry]:
    """The benchmark and entry a record is of, as defined now."""
    definitions, name = registry.load(), record["benchmark"]["name"]
    if name in definitions.problems:
        raise DefinitionError(definitions.problems[name])
    benchmark = definitions.benchmarks.get(name)
    if benchmark is None:
        raise UnknownNameError(f"{name} has no definition any more, so it cannot be trained again")
    benchmark = backends.adapted(benchmark)
    trained_on = record["entry"]["values"].get("backend", backends.TENSORFLOW)
    if trained_on != backends.wanted() and record["entry"]["kind"] == "keras":
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


def rebuilt(record: Record, benchmark: Benchmark, entry: Entry, loaded: Loaded) -> Group:
    """The group of a record, by the definition as it is now.

    Raises UnknownNameError when the protocol no longer has one of its repeats.
    """
    splits, repeats = benchmark.protocol.splits(loaded.dataset), tuple(record["group"])
    count = len(splits) * benchmark.protocol.seeds
    if not all(0 <= repeat < count for repeat in repeats):
        raise UnknownNameError(
            f"{benchmark.name} now has {count} repeats, the record was trained with "
            f"{list(repeats)}; its group cannot be trained again"
        )
    inputs = inputs_of(benchmark, entry, loaded)
    return Group(
        benchmark=benchmark.name,
        entry=entry.name,
        repeats=repeats,
        seeds=tuple(split_at(splits, repeat).seed for repeat in repeats),
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
    metric, entry = benchmark.metric, benchmark.entry(group.entry)
    changes, prediction_changes, reasons = [], [], []
    readable, contradicted = 0, False
    for trial in trials:
        repeat = trial.record["repeat"]
        place = group.repeats.index(repeat)
        scores, again = trial.record["scores"], outcome.scores[place]
        changes.append(again[metric.name] - scores[metric.name])
        old, new = trial.predictions, predictions(outcome.predictions[place])
        assert new is not None  # the worker packed them just now
        if old is None:
            continue
        readable += 1
        same_rows = np.array_equal(old.rows, new.rows)
        if not same_rows or old.predicted.shape != new.predicted.shape:
            contradicted = True
            what = "predicted other things" if same_rows else "was tested on other rows"
            reasons.append(f"repeat {repeat} {what}")
            continue
        prediction_changes.append(float(np.abs(old.predicted.astype(float) - new.predicted).max()))
        # Predictions that came out the same were scored just now, on targets that are at hand.
        same = prediction_changes[-1] == 0
        rescored = again if same else _rescored(trial, old, benchmark, dataset, entry)
        for each in (metric, *metrics_of(benchmark, entry)):
            recorded, computed = scores.get(each.name), rescored.get(each.name)
            if recorded is None or computed is None:
                continue
            if not math.isclose(computed, recorded, rel_tol=ROUNDING, abs_tol=1e-12):
                contradicted = True
                reasons.append(
                    f"repeat {repeat}: the record says {in_words(recorded, each)}, its own "
                    f"predictions give {in_words(computed, each)}: one of the two was changed"
                )
    mean, score = abs(sum(changes) / len(changes)), max(map(abs, changes))
    prediction = max(prediction_changes, default=None)
    word: Word = "within tolerance"
    if contradicted or mean > tolerance(benchmark):
        word = "different"
    elif score == 0 and not prediction:
        word = "same to the bit"
    if readable < len(trials):
        lacking = some(len(trials) - readable, "record has", "records have")
        reasons.append(f"{lacking} no readable predictions beside them: scores alone are compared")
    return Finding(word, mean, score, prediction, readable, tuple(reasons))


def _rescored(
    trial: Trial, stored: Predictions, benchmark: Benchmark, dataset: Dataset, entry: Entry
) -> dict[str, float]:
    """The scores of the stored predictions; none where that cannot be done.

    The targets may no longer be the same; of a forecast over many steps a selection is kept.
    """
    if trial.record["data"]["digest"] != dataset.digest:
        return {}
    if stored.predicted[:1].size * trial.record["data"]["test"] > worker.MOST_KEPT:
        return {}
    try:
        return worker.score(benchmark, dataset.y[stored.rows], stored.predicted, entry)
    except ValueError:  # predictions no score can be computed from, which no run leaves
        return {benchmark.metric.name: math.nan}


def describe(finding: Finding, benchmark: Benchmark, trials: int) -> list[str]:
    """The answer in words, its numbers, and what is wrong with the record."""
    metric = benchmark.metric
    if finding.word == "same to the bit":
        what = "scores and predictions" if finding.readable == trials else "scores"
        text = f"same to the bit: {what} of {some(trials, 'trial', 'trials')}"
        if 0 < finding.readable < trials:
            text += f", predictions of {finding.readable}"
        lines = [text]
    else:
        moved = "no predictions kept" if finding.prediction is None else f"{finding.prediction:.2g}"
        lines = [
            f"{finding.word}: mean score off by {as_size(finding.mean, metric)} (tolerance "
            f"{as_size(tolerance(benchmark), metric)}: {benchmark.margin_why}); largest "
            f"difference of a score {as_size(finding.score, metric)}, of a prediction {moved}"
        ]
    return [*lines, *(f"  {reason}" for reason in finding.reasons)]


def causes(finding: Finding, changes: Sequence[tuple[str, str, str]], edited: bool) -> list[str]:
    """What differs between then and now, likeliest cause first; what else it can be if nothing."""
    lines = [f"  {what}: {short(then)} then, {short(now)} now" for what, then, now in changes]
    if edited:
        lines.insert(0, "  the record's inputs are not those its fingerprint was made from")
    if finding.word == "same to the bit":
        return ["although this has changed since:", *lines] if lines else []
    if not lines and not finding.reasons:
        return ["no cause found: what the record notes is the same now; is training repeatable?"]
    return ["likely cause, in this order:", *lines] if lines else []
