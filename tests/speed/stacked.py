"""How much faster a stack of repeats trains than Keras' `fit`, repeat by repeat.

    python tests/speed/stacked.py [--epochs 400] [--splits 20] [--plain-splits 3] [--threads 1]

Trains the network of the published tables (1×50 ReLU, Adam, batches of 32) on the 20 splits of
`uci/concrete` in three ways, with the same rows, epochs and threads:

plain    a new model, `compile` and `fit` on arrays for every split;
tuned    `fit` as fast as it could be made: rows cached on the TensorFlow side, one compiled model
         for all splits with its weights and optimizer reset, several steps an execution, and XLA
         where it helps. Some settings are tried on a few epochs; the fastest is used;
stacked  `benchmarks.training.compiled.train`, all splits as one program.

Building models and compiling count for all three, importing TensorFlow for none. Where the
system allows it the process is held to as many cores as it has threads, so that the threads that
feed `fit` do not come on top: that is what a worker has when every core is busy. The three take
turns, `--plain-splits` times, so that other load on the machine meets them alike; ratios are
medians over the turns. Plain `fit` trains one split a turn, its time is multiplied by the number
of splits; tuned `fit` trains two, of which the first pays for compiling and the second counts for
each of the rest. The last line is JSON; exit code 2 means the data is not at hand.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Store, default_folder, load
from benchmarks.training.recipe import Recipe

BATCH, WIDTH, RATE = 32, 50, 1e-3
NAME = "uci/concrete"
Rows = list[tuple[np.ndarray, np.ndarray, int]]
"""Scaled inputs, scaled targets and seed of every split."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (("epochs", 400), ("splits", 20), ("plain-splits", 3), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    told = parser.parse_args()
    try:
        splits = rows_of(told.splits)
    except DataError as error:
        print(f"error: no data for {NAME}: {error}", file=sys.stderr)
        print(f"get it with: python -m runners data --only {NAME}", file=sys.stderr)
        raise SystemExit(2) from None
    from runners.execution import worker

    if hasattr(os, "sched_setaffinity"):  # as many cores as threads: fit's input threads count too
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: told.threads])
    worker.start(told.threads)
    report(splits, told.epochs, told.plain_splits, told.threads)


def rows_of(count: int) -> Rows:
    """The training rows of the first splits, scaled by their own mean and deviation."""
    benchmark = registry.load().benchmarks[NAME]
    dataset = load(benchmark.data, Store(default_folder(), offline=True)).dataset
    out = []
    for split in benchmark.protocol.splits(dataset)[:count]:
        x, y = dataset.x[split.train], dataset.y[split.train]
        x, y = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
        out.append((x.astype(np.float32), y.astype(np.float32), split.seed))
    return out


def network(seed: int) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(WIDTH, activation="relu")
    inputs = keras.Input((load_width(),))
    return keras.Sequential([inputs, hidden, keras.layers.Dense(1)])


def load_width() -> int:
    """Features of the data, without loading it."""
    (width,) = registry.load().benchmarks[NAME].data.shape[1:]
    return int(width)


def plain(split: tuple[np.ndarray, np.ndarray, int], epochs: int) -> float:
    """Train as the tutorials do; returns the last epoch's loss."""
    import keras

    x, y, seed = split
    model = network(seed)
    model.compile(keras.optimizers.Adam(RATE), "mse")
    told = model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0)
    return float(told.history["loss"][-1])


class Tuned:
    """One compiled model for all splits; `epochs_a_fit` of the data count as one epoch of `fit`."""

    def __init__(self, jit: bool, epochs_a_fit: int, by_row: bool):
        self.jit, self.epochs_a_fit, self.by_row = jit, epochs_a_fit, by_row
        self.model: Any = None

    def __str__(self) -> str:
        shuffled = "rows" if self.by_row else "row numbers"
        return (
            f"{'XLA' if self.jit else 'no XLA'}, {self.epochs_a_fit} epochs an execution, "
            f"{shuffled} shuffled"
        )

    def fit(self, split: tuple[np.ndarray, np.ndarray, int], epochs: int) -> float:
        import keras
        import tensorflow as tf

        x, y, seed = split
        steps, whole = -(-len(y) // BATCH), min(self.epochs_a_fit, epochs)
        fresh = network(seed)
        if self.model is None:
            self.model = fresh
            self.model.compile(
                keras.optimizers.Adam(RATE),
                "mse",
                steps_per_execution=steps * whole,
                jit_compile=self.jit,
            )
        else:
            for mine, new in zip(self.model.variables, fresh.variables, strict=True):
                mine.assign(new)
            for slot in self.model.optimizer.variables:
                if slot is not self.model.optimizer.learning_rate:
                    slot.assign(tf.zeros_like(slot))
        if self.by_row:
            data = tf.data.Dataset.from_tensor_slices((x, y[:, None])).cache().shuffle(len(y))
            data = data.batch(BATCH)
        else:
            table = tf.constant(x), tf.constant(y[:, None])
            data = tf.data.Dataset.range(len(y)).shuffle(len(y)).batch(BATCH)
            data = data.map(lambda at: (tf.gather(table[0], at), tf.gather(table[1], at)))
        data = data.repeat().prefetch(tf.data.AUTOTUNE)
        told = self.model.fit(
            data, epochs=max(1, epochs // whole), steps_per_epoch=steps * whole, verbose=0
        )
        return float(told.history["loss"][-1])


def fastest(splits: Rows, epochs: int) -> tuple[Callable[[], Tuned], dict[str, float]]:
    """The settings of tuned `fit` with the shortest time per epoch, and all times in ms."""
    times: dict[str, float] = {}
    best: Callable[[], Tuned] | None = None
    for jit in (False, True):
        for epochs_a_fit in (1, 10):
            for by_row in (False, True):

                def make(a: bool = jit, b: int = epochs_a_fit, c: bool = by_row) -> Tuned:
                    return Tuned(a, b, c)

                tuned, few = make(), min(epochs, 40)
                tuned.fit(splits[0], min(epochs, epochs_a_fit))
                seconds = min(timed(tuned.fit, splits[1], few)[0] for _ in range(2))
                if not times or 1000 * seconds / few < min(times.values()):
                    best = make
                times[str(tuned)] = 1000 * seconds / few
    assert best is not None
    return best, times


def stacked(splits: Rows, epochs: int) -> float:
    from benchmarks.training.compiled import train

    xs, ys, seeds = zip(*splits, strict=True)
    models = [network(seed) for seed in seeds]
    recipe = Recipe(epochs, BATCH, learning_rate=RATE)
    return train(models, xs, ys, seeds, recipe, "mse")[0]["loss"][-1]


def timed(work: Callable[..., float], *arguments: Any) -> tuple[float, float, float]:
    """Wall seconds, processor seconds of all threads, and what `work` returns."""
    start, used = time.perf_counter(), time.process_time()
    loss = work(*arguments)
    return time.perf_counter() - start, time.process_time() - used, loss


def floor(splits: Rows, epochs: int) -> dict[str, float]:
    """FLOPs of the training, and their time at the speed of the first layer's products.

    Two FLOPs a weight and row forward, as many for the weights' gradients, and two a hidden unit
    for the gradient that passes the output layer; nothing for activations, loss and Adam.
    """
    import tensorflow as tf

    repeats, width = len(splits), splits[0][0].shape[1]
    weights = width * WIDTH + WIDTH
    rows = sum(len(y) for _, y, _ in splits)
    flops = float(rows * epochs * (4 * weights + 2 * WIDTH))
    x, loops = tf.random.normal((repeats, BATCH, width)), 2000

    @tf.function(jit_compile=True)
    def products(kernel: Any) -> Any:
        """Forward and gradient product, each from the other's result, so that none is spared."""
        for _ in tf.range(loops):
            kernel = kernel + 1e-9 * tf.matmul(x, tf.matmul(x, kernel), transpose_a=True)
        return kernel

    kernel = tf.random.normal((repeats, width, WIDTH))

    def once() -> float:
        return float(products(kernel)[0, 0, 0])

    once()
    seconds = min(timed(once)[0] for _ in range(7))
    rate = loops * 2 * 2 * repeats * BATCH * width * WIDTH / seconds
    return {"flops": flops, "flops_per_second": rate, "seconds": flops / rate}


def report(splits: Rows, epochs: int, turns: int, threads: int) -> None:
    count = len(splits)
    load_before = os.getloadavg()[0]
    plain(splits[0], 1)  # whatever TensorFlow does once in a process counts for nobody
    make, tried = fastest(splits, epochs)
    seconds: dict[str, list[float]] = {"plain": [], "tuned": [], "stacked": []}
    cpu: dict[str, list[float]] = {"plain": [], "tuned": [], "stacked": []}
    losses: dict[str, float] = {}
    for turn in range(turns):
        tuned = make()
        whole = timed(stacked, splits, epochs)
        first = timed(tuned.fit, splits[0], epochs)
        second = timed(tuned.fit, splits[1 % count], epochs)
        single = timed(plain, splits[turn % count], epochs)
        for kind, place in ((seconds, 0), (cpu, 1)):
            kind["stacked"].append(whole[place])
            kind["tuned"].append(first[place] + (count - 1) * second[place])
            kind["plain"].append(count * single[place])
        losses |= {"stacked": whole[2], "tuned": first[2]}
        losses.setdefault("plain", single[2])
    least = floor(splits, epochs)
    ratios, cpu_ratios = (
        {
            way: statistics.median(
                slow / fast for slow, fast in zip(kind[way], kind["stacked"], strict=True)
            )
            for way in kind
        }
        for kind in (seconds, cpu)
    )

    print(f"{NAME}, {count} splits × {epochs} epochs, {WIDTH} units, batch {BATCH}, Adam;")
    print(f"{threads} thread(s), load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after.")
    print("Tuned fit, ms an epoch: ")
    for setting, milliseconds in tried.items():
        print(f"  {milliseconds:8.1f}  {setting}")
    heads = ("seconds", "least", "most", "÷ stacked", "processor", "÷ stacked", "loss")
    print(" " * 9 + "".join(f"{head:>11}" for head in heads))
    for way, times in seconds.items():
        numbers = (statistics.median(times), min(times), max(times), ratios[way])
        numbers += (statistics.median(cpu[way]), cpu_ratios[way])
        print(f"{way:9}" + "".join(f"{n:11.2f}" for n in numbers) + f"{losses[way]:11.4f}")
    print(
        f"floor    {least['seconds']:11.2f}  {least['flops'] / 1e9:.1f} GFLOP at "
        f"{least['flops_per_second'] / 1e9:.1f} GFLOP/s, measured on the first layer's products"
    )
    compared = (
        f"{count} splits of {NAME}, {epochs} epochs, compiling included; plain fit: one split a "
        f"turn × {count}; tuned fit ({make()}): first split + {count - 1} × second; stacked: all; "
        f"median of {turns} turns; loss: first split, last epoch (tuned: last execution)"
    )
    print(
        json.dumps(
            {
                "ratio": round(ratios["plain"], 1),
                "ratio_tuned": round(ratios["tuned"], 1),
                "compared": compared,
                "seconds": {way: round(statistics.median(t), 2) for way, t in seconds.items()},
                "cpu_seconds": {way: round(statistics.median(t), 2) for way, t in cpu.items()},
                "floor": least,
                "epochs": epochs,
                "splits": count,
                "threads": threads,
                "load": [round(load_before, 1), round(os.getloadavg()[0], 1)],
            }
        )
    )


if __name__ == "__main__":
    main()
