"""How fast recurrent networks train here, all seeds counted, against Keras' `fit`.

    python tests/speed/rnn.py [--epochs 3] [--turns 3] [--seeds 4] [--only NAME]

Three networks of the registry, on their own data, batch and optimizer: the GRU of
italy-power-demand (24 steps), that of har (128 readings, eight at a time) and the segment-GRU of
etth1-96. The same work in two ways:

plain    `compile` and `fit` of one seed after another, in one process with all cores; recurrent
         layers as Keras has them, the segment-GRU's too;
ours     the entry's own training: seeds stacked or one a process, a thread each, whole epochs in
         one program.

A training of one epoch and one of `--epochs` more are timed in the same process, and their
difference counted, so that building and compiling are in neither. The ways take turns. `ratio` is
the smallest of the three; milliseconds are per step and seed, `processor` those that all cores
together computed, which other work on the machine changes little. The last line is JSON; exit code
2 means data is not at hand.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

from benchmarks import registry
from benchmarks.data import DataError, Loaded, Store, default_folder, load
from runners.execution import machine

Took = tuple[float, float]
"""Seconds by the clock, and those of all threads of the processes."""
SETS = (
    ("timeseries/italy-power-demand", "gru", 20),
    ("timeseries/har", "gru", 2),
    ("timeseries/etth1-96", "segment-gru", 1),
)
"""Benchmark, entry, and how many times as many epochs ours is timed over, since what is timed is
the difference of two trainings that both compile."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (("epochs", 3), ("turns", 3), ("seeds", 4)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument("--only", default="", metavar="NAME", help="one of the three")
    told = parser.parse_args()
    cores, found = machine.cores(), {}
    for name, entry, longer in (one for one in SETS if told.only in one[0]):
        rows, repeats = of(name)
        steps, seeds = rows // batch(name, entry), min(told.seeds, repeats)
        epochs = told.epochs * max(1, 200 // steps)  # short epochs are timed in dozens
        took: dict[str, list[Took]] = {"plain": [], "ours": []}
        for _ in range(told.turns):
            took["plain"].append(apart(plain, name, entry, seeds, epochs, cores))
            wall, busy = ours(name, entry, seeds, longer * epochs, cores)
            took["ours"].append((wall / longer, busy / longer))
        seconds = {way: [wall for wall, _ in turns] for way, turns in took.items()}
        share = 1e3 / (epochs * steps * seeds)
        each = {way: share * statistics.median(walls) for way, walls in seconds.items()}
        processor = {
            way: share * statistics.median([busy for _, busy in turns])
            for way, turns in took.items()
        }
        found[name] = {
            "ratio": round(each["plain"] / each["ours"], 2),
            "milliseconds": {way: round(ms, 3) for way, ms in each.items()},
            "processor": {way: round(ms, 3) for way, ms in processor.items()},
            "seconds": {way: [round(s, 2) for s in walls] for way, walls in seconds.items()},
        }
        print(
            f"{name:<30} plain {each['plain']:7.2f} ms, ours {each['ours']:7.2f} ms a step and "
            f"seed: {found[name]['ratio']:.2f} times; of the processor {processor['plain']:.2f} "
            f"and {processor['ours']:.2f} ms",
            flush=True,
        )
    line = {
        "ratio": min(one["ratio"] for one in found.values()),
        "compared": f"ours against plain fit, {told.seeds} seeds at most, {cores} cores, smallest",
        "sets": found,
    }
    print(json.dumps(line))


def of(name: str) -> tuple[int, int]:
    """How many rows of a set train, and how many seeds its protocol has."""
    benchmark = registry.load().benchmarks[name]
    splits = benchmark.protocol.splits(data(name).dataset)
    return len(splits[0].train), len(splits)


def batch(name: str, entry: str) -> int:
    fit: Any = registry.load().benchmarks[name].entry(entry).fit
    return int(fit.keywords["recipe"].batch_size)


def data(name: str) -> Loaded:
    try:
        return load(registry.load().benchmarks[name].data, Store(default_folder(), offline=True))
    except DataError as error:
        print(f"error: no data for {name}: {error}", file=sys.stderr)
        print(f"get it with: python -m runners data --only {name}", file=sys.stderr)
        raise SystemExit(2) from None


def ours(name: str, entry: str, seeds: int, epochs: int, cores: int) -> Took:
    """Seconds of `epochs` epochs of all seeds, groups shared out among processes of one thread."""
    alone = registry.load().benchmarks[name].entry(entry).stack == 1
    groups = [[seed] for seed in range(seeds)] if alone else [list(range(seeds))]
    shares = [groups[place::cores] for place in range(min(cores, len(groups)))]
    context = multiprocessing.get_context("spawn")
    with context.Pool(len(shares)) as pool:
        work = partial(stacked, name, entry, epochs)
        times = pool.map(work, shares, chunksize=1)
        return max(wall for wall, _ in times), sum(busy for _, busy in times)


def stacked(name: str, entry: str, epochs: int, groups: list[list[int]]) -> Took:
    """Seconds of `epochs` epochs of some groups of seeds, one group after another."""
    from runners.execution import worker

    worker.start(1)
    benchmark, loaded = registry.load().benchmarks[name], data(name)
    fit: Any = benchmark.entry(entry).fit
    splits = benchmark.protocol.splits(loaded.dataset)
    unwatched = {"validation_rows": 0} if "validation_rows" in fit.keywords else {}
    wall = busy = 0.0
    for group in groups:
        rows = [worker.training_rows(benchmark, loaded.dataset, splits[seed]) for seed in group]
        for count, sign in ((1, -1), (1 + epochs, 1)):
            recipe = dataclasses.replace(fit.keywords["recipe"], epochs=count)
            begun = time.perf_counter(), time.process_time()
            fit(rows, recipe=recipe, **unwatched)
            wall += sign * (time.perf_counter() - begun[0])
            busy += sign * (time.process_time() - begun[1])
    return wall, busy


def apart(work: Any, *arguments: Any) -> Took:
    """Seconds a function says, in a process of its own: threads are set once."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        took: Took = pool.apply(work, arguments)
        return took


def plain(name: str, entry: str, seeds: int, epochs: int, cores: int) -> Took:
    """Seconds of `epochs` epochs of every seed by `fit`, as the tutorials do it."""
    import keras
    import numpy as np
    import plain_networks

    from runners.execution import worker

    worker.start(cores)
    benchmark, loaded = registry.load().benchmarks[name], data(name)
    keywords = benchmark.entry(entry).fit.keywords  # type: ignore[attr-defined]
    splits, recipe = benchmark.protocol.splits(loaded.dataset), keywords["recipe"]
    build, wall, busy = keywords["build"], 0.0, 0.0
    if entry == "segment-gru":
        build = partial(plain_networks.segment_gru, **build.keywords)
    for seed in range(seeds):
        rows = worker.training_rows(benchmark, loaded.dataset, splits[seed])
        x, y = np.asarray(rows.x, np.float32), np.asarray(rows.y)
        x = (x - x.mean((0, 1))) / x.std((0, 1))
        keras.utils.set_random_seed(seed)
        ahead = y.ndim > 1
        outputs = y.shape[1:] if ahead else rows.classes
        model = build(x.shape[1:], outputs)
        loss = keywords.get("loss", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.compile(keras.optimizers.Adam(recipe.learning_rate), loss)
        model.fit(x, y, batch_size=recipe.batch_size, epochs=1, verbose=0)
        begun = time.perf_counter(), time.process_time()
        model.fit(x, y, batch_size=recipe.batch_size, epochs=epochs, verbose=0)
        wall += time.perf_counter() - begun[0]
        busy += time.process_time() - begun[1]
    return wall, busy


if __name__ == "__main__":
    main()
