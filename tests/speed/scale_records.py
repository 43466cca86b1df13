"""Synthetic records in bulk, for tests of scale alone: invented scores, never results.

    python tests/speed/scale_records.py define CODE   write definition files into a copy of the code
    python tests/speed/scale_records.py record RUNS [GENERATIONS]   write a record for each of
        their trials, and for each that an earlier version of Keras would have left

`record` runs in that copy: it plans with the real planner and writes with the real recorder, so
that fingerprints, facts and files are those a run would leave. What is invented, the scores and
curves, is marked: every family and file name begins with `synthetic`, every question and processor
says so, and every entry has `synthetic: True` among its values.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

TRIALS, BENCHMARKS = 10_000, 200
KINDS = {"folds": 50, "splits": 50, "series": 100}
"""Benchmarks of each kind: 60, 100 and 20 trials."""

HEAD = '''"""SYNTHETIC: for tests of scale."""

from dataclasses import replace

import numpy as np

from benchmarks import Benchmark, benchmark
from benchmarks.data import bundled_source
from benchmarks.dataset import Dataset
from benchmarks.entries import linear, majority, mean, mlp, nearest
from benchmarks.metrics import accuracy, rmse
from benchmarks.protocols import MLM_CV, REG20, UCR2018
from benchmarks.training.recipe import Recipe


def invented(rows, features, classes):
    """Rows of random numbers, of classes in turn or with their sum as target."""
    x = np.random.default_rng(0).standard_normal((rows, features))
    y = np.arange(rows) % classes if classes else x.sum(1)
    return Dataset(x, y, class_names=tuple("abc"[:classes]))


def source(rows, features, classes):
    return bundled_source(
        "SYNTHETIC numbers",
        lambda: invented(rows, features, classes),
        title="SYNTHETIC test of scale",
        url="https://example.invalid/",
        licence="none",
        citation="aeberhard1992comparison",
        rows=rows,
        features=features,
    )


CLASSES, NUMBERS = source(178, 13, 3), source(244, 12, 0)
MARK = {"synthetic": True}


def marked(entry):
    return replace(entry, values={**entry.values, **MARK})


def network(name, epochs, **options):
    return marked(mlp(name, [50], Recipe(epochs=epochs, batch_size=32), **options))


'''
BODY = """@benchmark("{name}", suite="quick")
def definition() -> Benchmark:
    return Benchmark(
        question="SYNTHETIC number {number}: invented scores for a test of scale?",
        {fields}
        margin=0.01,
        margin_why="SYNTHETIC",
        lessons="SYNTHETIC lesson.",
        seconds=5,
    )
"""
FIELDS = {
    "folds": """task="classification",
        data=CLASSES,
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[marked(majority()), network("mlp-50", 200, headline=True)],""",
    "splits": """task="regression",
        data=NUMBERS,
        protocol=REG20,
        metric=rmse("MPa"),
        entries=[marked(mean()), marked(linear()), network("mlp-50", 400, headline=True)],""",
    "series": """task="classification",
        data=replace(CLASSES, obtain=official),
        protocol=UCR2018,
        metric=accuracy(),
        entries=[
            marked(majority()),
            marked(nearest(1)),
            network("mlp-50", 300, headline=True),
            network("mlp-50-longer", 600),
        ],""",
}
OFFICIAL = '''def official(store):
    """The same rows, the first half called the training part."""
    loaded = CLASSES.obtain(store)
    return replace(loaded, dataset=replace(loaded.dataset, train_rows=89))


'''


def define(code: Path) -> None:
    """Write the definition files of 200 benchmarks in ten families below `code/benchmarks`."""
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    for number, kind in enumerate(kinds):
        family = code / "benchmarks" / f"synthetic-{number % 10}"
        family.mkdir(exist_ok=True)
        path = family / f"synthetic_{kind}_{number:03d}.py"
        name = f"{family.name}/{path.stem.replace('_', '-')}"
        body = BODY.format(name=name, number=number, fields=FIELDS[kind])
        path.write_text(HEAD + (OFFICIAL if kind == "series" else "") + body)


def record(folder: Path, generations: int = 1) -> int:
    """Write a record for every trial of the code's definitions and generation; returns how many."""
    sys.path.insert(0, str(Path.cwd()))
    os.fsync = lambda handle: None  # type: ignore[assignment] # what is lost is made again
    from benchmarks import registry
    from benchmarks.data import Store, load
    from runners.execution import environment
    from runners.execution.plan import make
    from runners.execution.recording import record_group
    from runners.records.store import Runs

    known, runs, count = registry.load(), Runs(folder), 0
    if known.problems:
        raise SystemExit("\n".join(known.problems.values()))
    for name, benchmark in known.benchmarks.items():
        if not name.startswith("synthetic-"):
            raise SystemExit(f"{name} is a real benchmark; it gets no synthetic record")
        loaded = load(benchmark.data, Store(folder / "nothing", offline=True))
        for earlier in reversed(range(generations)):
            with pytest.MonkeyPatch.context() as patch:
                if earlier:
                    versions = {"keras": f"2.{generations - earlier}"}
                    patch.setattr(environment, "training_versions", lambda _, to=versions: to)
                plan = make(benchmark, loaded, "quick", runs, fresh=True)
            for group in plan.groups:
                entry = benchmark.entry(group.entry)
                outcome = _invented(benchmark, loaded, entry, group, earlier)
                record_group(runs, plan, entry, group, outcome)
                count += len(group.repeats)
    return count


def _invented(benchmark: Any, loaded: Any, entry: Any, group: Any, earlier: int) -> Any:
    """What training would have sent back, with numbers from a random generator."""
    import numpy as np

    from benchmarks.repeats import split_at
    from runners.execution import environment
    from runners.execution.worker import Outcome

    random = np.random.default_rng([*group.recipe.encode(), *group.repeats])
    every = benchmark.protocol.splits(loaded.dataset)
    splits = [split_at(every, repeat) for repeat in group.repeats]
    epochs = entry.values.get("epochs", 0)
    network = entry.kind == "keras"
    falls = [1 / (1 + 0.1 * np.arange(epochs)) * random.lognormal(0, 0.03, epochs) for _ in splits]
    better = 0.03 * network + 0.02 * (not entry.floor)
    scores = [0.9 + better + 0.02 * float(random.standard_normal()) for _ in splits]
    if benchmark.metric.unit == "fraction":
        scores = [min(1.0, score) for score in scores]
    if benchmark.metric.direction == "min":
        scores = [8 - 4 * score for score in scores]
    return Outcome(
        scores=[{benchmark.metric.name: score} for score in scores],
        predictions=[_packed(split.test, random) for split in splits],
        history=[{"loss": [float(value) for value in curve]} if network else {} for curve in falls],
        params=[501 if network else None] * len(splits),
        sizes=[(len(split.train), len(split.test)) for split in splits],
        archive=None,
        started_at=f"{2026 - earlier}-11-21T07:59:00+00:00",
        finished_at=f"{2026 - earlier}-11-21T08:00:00+00:00",
        train_seconds=2.5,
        predict_seconds=0.01,
        notes=[{"synthetic": True} for _ in splits],
        environment=environment.describe(entry) | {"cpu": "SYNTHETIC processor"},
    )


def _packed(rows: Any, random: Any) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    prediction = random.standard_normal((len(rows), 3)).astype(np.float32)
    np.savez(buffer, rows=rows, prediction=prediction)
    return buffer.getvalue()


if __name__ == "__main__":
    work, place, *rest = sys.argv[1:]
    if work == "define":
        define(Path(place))
    else:
        print(record(Path(place), *map(int, rest)))
