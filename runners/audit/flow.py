"""The audit: how much each of the field's known shortcuts would have improved a score.

A shortcut uses test rows where a clean protocol forbids it. Audit trials are trained
apart, kept in `runs/audit/` and marked; they never reach the records, the scoreboard or MLflow.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Store, default_folder, load
from benchmarks.definition import Benchmark, Entry
from benchmarks.metrics import Unit, as_difference, in_words
from benchmarks.training.recipe import weight_field
from runners.audit.leaks import RATES, first_candidate, shortcuts
from runners.execution import environment, machine
from runners.execution.engine import Failure
from runners.execution.group import Group
from runners.execution.plan import inputs_of
from runners.execution.pool import execute
from runners.records.record import Environment, MetricFacts
from runners.records.snapshot import metric_facts
from runners.records.store import as_json, write_atomically
from runners.report import Reporter, console


def audit(name: str, runs: Path) -> int:
    """Train the headline of a benchmark with each shortcut and print what it would have gained.

    Returns 0 done, 1 when training failed or the data is missing, 2 when no shortcut can be
    tried on the headline. Raises UnknownNameError for a name that is no benchmark.
    """
    report = Reporter(console())
    chosen = registry.select(registry.load(), name, "full")
    if len(chosen) != 1:
        report.warn(f"expected the name of one benchmark, received {name!r}")
        return 2
    benchmark, entry = chosen[0], first_candidate(chosen[0].headline)
    if not isinstance(entry.fit, functools.partial) or "recipe" not in entry.fit.keywords:
        report.warn(f"{name}: {entry.name} was not made by network() or mlp(), so no shortcut fits")
        return 2
    if field := weight_field(entry.fit.keywords["recipe"]):
        report.warn(f"{name}: expected a recipe without {field}, which no shortcut is tried on")
        return 2
    store = Store(default_folder(), report=report.say)
    try:
        loaded = load(benchmark.data, store)
    except DataError as error:
        report.warn(f"{name}: {error}")
        return 1
    repeats = benchmark.protocol.repeats
    report.say(
        f"Trick audit of {name}: {entry.name} trains {repeats} repeats clean, once with a leaking "
        f"scaler and at {len(RATES)} other learning rates"
    )
    inputs = inputs_of(benchmark, entry, loaded)
    group = Group(
        benchmark=benchmark.name,
        entry=entry.name,
        repeats=tuple(range(repeats)),
        seeds=(),
        recipe="",
        inputs=inputs,
        digest=loaded.dataset.digest,
        threads=environment.threads(entry),
        precision=environment.precision(entry),
    )
    ((_, outcome),) = execute([group], store.folder, machine.cores(), work=shortcuts)
    if isinstance(outcome, Failure):
        report.warn(f"{name}: {outcome.reason}")
        return 1
    scores, predictions = outcome
    content = findings(benchmark, entry, scores)
    folder = runs / "audit" / benchmark.family
    path = folder / f"{benchmark.name.split('/')[1]}.json"
    write_atomically(path.with_suffix(".npz"), _packed(predictions))
    write_atomically(path, as_json(content))
    for line in lines(content):
        report.say(line)
    report.say(f"kept in {path}; `make portfolio` shows it on the page")
    return 0


class RepeatScores(TypedDict):
    """Scores of the headline metric, one a repeat."""

    mean: float
    values: list[float]


class ShortcutScores(RepeatScores):
    """Scores with one shortcut."""

    name: str
    gain: float
    """Mean minus the clean mean, in the metric's unit, with the sign that makes above 0 better."""


class Audit(TypedDict):
    """What `runs/audit/<family>/<benchmark>.json` holds."""

    schema: int
    audit: bool
    benchmark: str
    entry: str
    metric: MetricFacts
    n: int
    """Repeats."""
    clean: RepeatScores
    tricks: list[ShortcutScores]
    environment: Environment
    at: str
    """When it was made, ISO 8601."""


def findings(benchmark: Benchmark, entry: Entry, scores: dict[str, list[float]]) -> Audit:
    """The audit as plain JSON: clean scores, and every shortcut's with what it gained."""
    metric, clean = benchmark.metric, scores["clean"]
    sign = 1 if metric.direction == "max" else -1
    return {
        "schema": 1,
        "audit": True,
        "benchmark": benchmark.name,
        "entry": entry.name,
        "metric": metric_facts(metric),
        "n": len(clean),
        "clean": {"mean": float(np.mean(clean)), "values": clean},
        "tricks": [
            {
                "name": name,
                "mean": float(np.mean(values)),
                "values": values,
                "gain": sign * float(np.mean(values) - np.mean(clean)),
            }
            for name, values in scores.items()
            if name != "clean"
        ],
        "environment": environment.describe(entry),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def lines(content: Audit) -> list[str]:
    """The audit for the terminal."""
    metric, clean = Unit(**content["metric"]), content["clean"]["mean"]
    text = [f"  {'clean':<44} {in_words(clean, metric)}  (n = {content['n']})"]
    for trick in content["tricks"]:
        change = as_difference(trick["mean"] - clean, metric, clean)
        word = "flatters" if trick["gain"] > 0 else "does not help"
        text.append(f"  {trick['name']:<44} {in_words(trick['mean'], metric)}  {change}, {word}")
    return text


def _packed(predictions: Sequence[np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {f"repeat_{i:02d}": p for i, p in enumerate(predictions)}
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
