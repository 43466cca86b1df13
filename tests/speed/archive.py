"""How fast the networks of the UCI archive train, and what they come to.

    python tests/speed/archive.py [--tasks iris,…|quick|all] [--runs DIR] [--threads 1]

Trains, in this process and on so many threads, the headline and the grid of `selu` networks of
every task named, all folds and seeds of it (default: four small and middling ones), and a few
networks of the same grid by Keras' plain `fit`: a new model, `compile` and `fit` with the same
batches. A fit takes a fixed time, for building and tracing, and a time an epoch; both are measured
by fits of two lengths, and multiplied by the fits of the whole grid and by the epochs that ours
took until they stopped. Seconds are those of a core (CPU time), so that other load on the machine
does not count. `ratio` is the median over tasks, without the first calls of our programs: these are
`compile_share` of the whole, less the more tasks share them.

With `--runs` the scores of a folder of records count: `mean_accuracy` over the tasks of the
collection that are compared, `mean_rank` among all published methods and ours, and
`seconds_headline`, the seconds its groups took, each on one core; without it they are those of the
tasks trained. The last line is JSON; exit code 2 means the data is not at hand.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Store, default_folder, load
from benchmarks.definition import Training
from benchmarks.entries.tabular import grid
from benchmarks.repeats import planned
from benchmarks.uci.archive_121 import HIDDEN, NAME, QUICK, TASKS

SAMPLE = ("iris", "glass", "pima", "statlog-vehicle")
HEADLINE, GRID = "bagged", "selu"
FIT_EPOCHS = (2, 6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tasks", default=",".join(SAMPLE))
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    groups = {"all": [name[len(NAME) + 1 :] for name in TASKS], "quick": list(QUICK)}
    names = groups.get(given.tasks, given.tasks.split(","))
    try:
        benchmarks = {name: registry.load().benchmarks[f"{NAME}-{name}"] for name in names}
        data = {
            name: load(one.data, Store(default_folder(), offline=True))
            for name, one in benchmarks.items()
        }
    except DataError as error:
        print(f"error: {error}; get it with: make data ONLY={NAME}", file=sys.stderr)
        raise SystemExit(2) from None
    from runners.execution import worker

    worker.start(given.threads)
    from benchmarks.training import shared

    ratios, seconds, scores = [], 0.0, []
    for name, benchmark in benchmarks.items():
        begun = time.process_time()
        headline_entry, folds = benchmark.entry(HEADLINE), benchmark.protocol.repeats
        repeats = planned(benchmark.protocol, headline_entry, folds)
        outcome = worker.train(benchmark, headline_entry, data[name], repeats)
        headline, begun = time.process_time() - begun, time.process_time()
        seconds += headline
        scores.append(statistics.mean(score["accuracy"] for score in outcome.scores))
        entry, compiled = benchmark.entry(GRID), shared.SECONDS["first calls"]
        once = planned(benchmark.protocol, entry, folds)
        stopped = worker.train(benchmark, entry, data[name], once)
        together = time.process_time() - begun - (shared.SECONDS["first calls"] - compiled)
        steps = statistics.mean(len(history["val_loss"]) for history in stopped.history)
        split = benchmark.protocol.splits(data[name].dataset)[0]
        training = worker.training_rows(benchmark, data[name].dataset, split)
        fits = len(once) * len(entry.values["learning_rates"])
        plain = fits * plain_seconds(training, steps * grid.STEPS_PER_CALL)
        ratios.append(plain / together)
        print(
            f"{name}: headline {headline:.1f} s of a core, accuracy {scores[-1]:.4f}; grid "
            f"{together:.1f} s, by plain fit {plain:.0f} s: {ratios[-1]:.0f} ×",
            flush=True,
        )
    first = shared.SECONDS["first calls"]
    told: dict[str, Any] = {
        "ratio": round(statistics.median(ratios), 1),
        "seconds_headline": round(seconds, 1),
        "tasks": len(names),
        "compile_share": round(first / max(sum(shared.SECONDS.values()), 1e-9), 4),
        "mean_accuracy": round(statistics.mean(scores), 4),
        "mean_rank": mean_rank(dict(zip(names, scores, strict=True))),
    }
    if given.runs:
        recorded, told["seconds_headline"] = headline_records(given.runs)
        told |= {
            "tasks": len(recorded),
            "mean_accuracy": round(statistics.mean(recorded.values()), 4),
            "mean_rank": mean_rank(recorded),
        }
    print(json.dumps(told))


def plain_seconds(training: Training, steps: float) -> float:
    """Seconds of a core for a fit of each shape, extrapolated from fits of two lengths."""
    rows = len(training.y) - len(training.y) // grid.VALIDATION
    total = 0.0
    for widths in HIDDEN:
        short, long = (_fit_seconds(training, rows, widths, epochs) for epochs in FIT_EPOCHS)
        epoch = max(long - short, 0.0) / (FIT_EPOCHS[1] - FIT_EPOCHS[0])
        epochs = steps / -(-rows // grid.BATCH_SIZE)
        total += short + epoch * (epochs - FIT_EPOCHS[0])
    return total


def _fit_seconds(training: Training, rows: int, widths: Sequence[int], epochs: int) -> float:
    import keras

    begun = time.process_time()
    layers = [keras.layers.Dense(units, activation=GRID) for units in widths]
    inputs = keras.Input(training.x.shape[1:])
    network = keras.Sequential([inputs, *layers, keras.layers.Dense(training.classes)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile("adam", loss)
    held = training.x[rows:], training.y[rows:]
    network.fit(
        training.x[:rows],
        training.y[:rows],
        batch_size=grid.BATCH_SIZE,
        epochs=epochs,
        validation_data=held,
        verbose=0,
    )
    return time.process_time() - begun


def headline_records(runs: Path) -> tuple[dict[str, float], float]:
    """Mean accuracy of every compared task with records, and the seconds they took."""
    from runners.records.generations import newest
    from runners.records.store import Runs

    excluded = registry.load().collections[NAME].excluded
    scores, seconds = {}, 0.0
    for name in TASKS:
        records = newest(list(Runs(runs).read(name, HEADLINE)))
        if records:
            seconds += sum(record["seconds"]["trial"] for record in records)
            if name not in excluded:
                found = [record["scores"]["accuracy"] for record in records]
                scores[name[len(NAME) + 1 :]] = statistics.mean(found)
    return scores, round(seconds, 1)


def mean_rank(scores: dict[str, float]) -> float | None:
    """Mean rank of ours among the published methods that have a score on all of these tasks."""
    from benchmarks.published import baselines

    published: dict[str, dict[str, float]] = {}
    for task in scores:
        for row in baselines.load(f"{NAME}-{task}"):
            if row.level != "floor":
                published.setdefault(row.model, {})[task] = row.score
    methods = [by_task for by_task in published.values() if len(by_task) == len(scores)]
    ranks = []
    for task, ours in scores.items():
        theirs = np.array([by_task[task] for by_task in methods])
        ranks.append(1 + (theirs > ours).sum() + (theirs == ours).sum() / 2)
    return round(float(np.mean(ranks)), 2) if ranks else None


if __name__ == "__main__":
    main()
