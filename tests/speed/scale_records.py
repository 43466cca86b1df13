"""Synthetic records in bulk, for tests of scale alone: invented scores, never results.

    python tests/speed/scale_records.py define CODE   write definition files into a copy of the code
    python tests/speed/scale_records.py record RUNS   write a record for each of their trials

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

TRIALS, BENCHMARKS = 10_000, 200
KINDS = {"folds": 75, "splits": 75, "series": 50}
"""Benchmarks of each kind: 60, 60 and 20 trials."""

HEAD = '''"""SYNTHETIC: for tests of scale."""

from dataclasses import replace

from benchmarks import Benchmark, benchmark
from benchmarks.data import bundled_source
from benchmarks.timeseries import sunspots_yearly
from benchmarks.uci import wine as wine_data
from benchmarks.entries import linear, majority, mean, mlp, nearest
from benchmarks.metrics import accuracy, rmse
from benchmarks.protocols import MLM_CV, REG20, UCR2018
from benchmarks.training.recipe import Recipe

WINE = bundled_source(
    "SYNTHETIC use of a library's copy",
    wine_data.read_bundled,
    title="SYNTHETIC test of scale on wine",
    url="https://example.invalid/",
    licence="none",
    citation="aeberhard1992comparison",
    rows=178,
    features=13,
)
SUNSPOTS = bundled_source(
    "SYNTHETIC use of a library's copy",
    sunspots_yearly.read_bundled,
    title="SYNTHETIC test of scale on sunspots",
    url="https://example.invalid/",
    licence="none",
    citation="statsmodels_sunspots",
    rows=244,
    features=(12, 1),
)
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
        data=WINE,
        protocol=MLM_CV,
        metric=accuracy(),
        entries=[marked(majority()), network("mlp-50", 200, headline=True)],""",
    "splits": """task="regression",
        data=SUNSPOTS,
        protocol=REG20,
        metric=rmse("MPa"),
        entries=[marked(mean()), marked(linear()), network("mlp-50", 400, headline=True)],""",
    "series": """task="classification",
        data=replace(WINE, obtain=official),
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
    """Wine, its first 100 rows called the training part."""
    loaded = WINE.obtain(store)
    order = [*range(0, 178, 2), *range(1, 178, 2)]
    dataset = loaded.dataset
    dataset = replace(dataset, x=dataset.x[order], y=dataset.y[order], train_rows=89)
    return replace(loaded, dataset=dataset)


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


def record(folder: Path) -> int:
    """Write one record for every trial of the code's definitions; returns how many."""
    sys.path.insert(0, str(Path.cwd()))
    os.fsync = lambda handle: None  # type: ignore[assignment] # what is lost is made again
    from benchmarks import registry
    from benchmarks.data import Store, load
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
        plan = make(benchmark, loaded, "quick", runs, fresh=True)
        for group in plan.groups:
            entry = benchmark.entry(group.entry)
            record_group(runs, plan, entry, group, _invented(benchmark, loaded, entry, group))
            count += len(group.repeats)
    return count


def _invented(benchmark: Any, loaded: Any, entry: Any, group: Any) -> Any:
    """What training would have sent back, with numbers from a random generator."""
    import numpy as np

    from runners.execution import environment
    from runners.execution.worker import Outcome

    random = np.random.default_rng([*group.recipe.encode(), *group.repeats])
    splits = [benchmark.protocol.splits(loaded.dataset)[repeat] for repeat in group.repeats]
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
        started_at="2026-11-21T07:59:00+00:00",
        finished_at="2026-11-21T08:00:00+00:00",
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
    work, place = sys.argv[1], Path(sys.argv[2])
    if work == "define":
        define(place)
    else:
        print(record(place))
