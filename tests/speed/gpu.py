"""The trainer on JAX beside the others, on a processor or on a card; prints one line of JSON.

    python tests/speed/gpu.py [--device auto|cpu|gpu] [--seconds 600] [--epochs 400] [--only NAMES]

Every step is a process of its own with a share of the seconds; one that takes longer is stopped
and named in the result. On the processor each step is held to one core, and processor seconds
count: other work on the machine changes them less than wall seconds.

stacked      the 20 splits of `uci/concrete` (1×50, Adam, batches of 32) as one program, on JAX
tensorflow   the same by the TensorFlow trainer
fit-*        Keras' plain `fit` on one split, times 20, on either backend
seeds        a small convolutional network on the digits, five seeds stacked and one after another
ladder       a rung of CIFAR-10's ladder, `vgg3-batchnorm` \\
resnet20     CIFAR-10's ResNet-20                          } one seed, on a card alone
speedrun     CIFAR-10's speed run                         /

Of `stacked` and `tensorflow` the seconds of compiling are told apart: those of twice the epochs
less those of once are training alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from runners.execution import backends, devices, machine, worker

SMALL = ("stacked", "tensorflow", "fit-jax", "fit-tensorflow", "seeds")
LARGE = {"speedrun": "speedrun", "ladder": "vgg3-batchnorm", "resnet20": "resnet20"}
"""Entries of CIFAR-10."""
Seconds = tuple[float, float]
"""Of the wall clock and of the processor."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", choices=devices.DEVICES, default="auto")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--only", default="")
    parser.add_argument("--step")
    told = parser.parse_args()
    if told.step:
        print(json.dumps(step(told.step, told.epochs)))
        return
    os.environ["KERAS_BACKEND"] = "jax"
    print(devices.prepare(told.device) or "on the processor", file=sys.stderr)
    names = told.only.split(",") if told.only else [*SMALL, *(LARGE if on_card() else ())]
    found: dict[str, Any] = {"device": machine.device(), "cpu": machine.cpu_name()}
    end = time.monotonic() + told.seconds
    for place, name in enumerate(names):
        left = end - time.monotonic()
        share = max(left / min(len(names) - place, 3), 1.0)
        found[name] = in_process(name, told.epochs, share) if left > 0 else "no time left"
        print(name, found[name], file=sys.stderr)
    print(json.dumps(found | ratios(found)))


def on_card() -> bool:
    return machine.device() != machine.DEVICE


def in_process(name: str, epochs: int, seconds: float) -> Any:
    """What a step prints last, or in words why it prints nothing."""
    backend = "tensorflow" if "tensorflow" in name else "jax"
    device = machine.DEVICE if backend == "tensorflow" else machine.device()
    environment = {**os.environ, **worker.variables(device), "KERAS_BACKEND": backend}
    command = [sys.executable, __file__, "--step", name, "--epochs", str(epochs)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return f"stopped after {seconds:.0f} s"
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return f"failed: {(done.stderr.strip().splitlines() or ['no output'])[-1][:200]}"


def step(name: str, epochs: int) -> dict[str, Any]:
    if not on_card() and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    worker.start(1)
    if name in LARGE:
        return cifar(LARGE[name])
    if name == "seeds":
        return seeds()
    if name.startswith("fit-"):
        return plain_fit(epochs)
    return stacked(epochs)


def stacked(epochs: int) -> dict[str, Any]:
    """Seconds of all splits with compiling, and of training alone."""
    from stacked import BATCH, RATE, network, rows_of

    from benchmarks.training.recipe import Recipe

    splits = rows_of(20)

    def train(times: int) -> None:
        xs, ys, seeds = zip(*splits, strict=True)
        models = [network(seed) for seed in seeds]
        recipe = Recipe(times * epochs, BATCH, learning_rate=RATE)
        if backends.wanted() == "jax":
            from benchmarks.training.on_jax import trainer

            trainer.train(list(map(trainer.Job, models, xs, ys, seeds)), recipe, "mse")
        else:
            from benchmarks.training import compiled

            compiled.train(models, xs, ys, seeds, recipe, "mse")

    train(1)  # libraries are loaded, memory is taken
    once, twice = timed(lambda: train(1)), timed(lambda: train(2))
    return told(once) | {"training": told((twice[0] - once[0], twice[1] - once[1]))}


def plain_fit(epochs: int) -> dict[str, Any]:
    """Seconds of 20 splits, from one with fewer epochs: its start, and its epochs so many times."""
    from stacked import BATCH, RATE, network, rows_of

    ((x, y, seed),) = rows_of(1)
    import keras

    model, marks = network(seed), []
    mark = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: marks.append((time.perf_counter(), time.process_time()))
    )
    begun = time.perf_counter(), time.process_time()
    model.compile(keras.optimizers.Adam(RATE), "mse")
    model.fit(x, y, batch_size=BATCH, epochs=41, verbose=0, callbacks=[mark])
    first, last = marks[0], marks[-1]
    wall, used = (
        20 * (first[i] - begun[i] + (epochs - 1) * (last[i] - first[i]) / 40) for i in (0, 1)
    )
    return told((wall, used))


def seeds() -> dict[str, Any]:
    """Seconds of five seeds stacked and one after another, and test accuracies of both."""
    import keras
    import numpy as np
    from sklearn.datasets import load_digits

    from benchmarks.training.on_jax.trainer import Job, train
    from benchmarks.training.recipe import Recipe

    digits, layers = load_digits(), keras.layers
    x, y = (digits.images[..., None] / 16).astype(np.float32), digits.target
    recipe = Recipe(10, 64)

    def jobs() -> list[Job]:
        made = []
        for seed in range(5):
            keras.utils.set_random_seed(seed)
            parts = [keras.Input((8, 8, 1)), layers.Conv2D(16, 3, activation="relu")]
            parts += [layers.MaxPooling2D(), layers.Conv2D(32, 3, activation="relu")]
            model = keras.Sequential([*parts, layers.Flatten(), layers.Dense(10)])
            made.append(Job(model, x[:1200], y[:1200], seed))
        return made

    def accuracy(trained: list[Job]) -> float:
        right = [one.model.predict(x[1200:], verbose=0).argmax(1) == y[1200:] for one in trained]
        return round(float(np.mean(right)), 4)

    together, apart = jobs(), jobs()
    one = timed(lambda: train(together, recipe, "crossentropy"))
    other = timed(lambda: [train([job], recipe, "crossentropy") for job in apart])
    found = {"stacked": told(one), "apart": told(other)}
    return found | {"accuracy": [accuracy(together), accuracy(apart)]}


def cifar(name: str) -> dict[str, Any]:
    """Seconds and score of one repeat of an entry, trained twice: the first time compiles too."""
    from types import SimpleNamespace

    from benchmarks import registry
    from benchmarks.data import Store, default_folder, load

    benchmark = backends.adapted(registry.load().benchmarks["cifar/cifar10"])
    entry = benchmark.entry(f"{name}.jax")
    from runners.execution import environment

    group: Any = SimpleNamespace(
        precision=environment.precision(entry),
        device=machine.device(),
        inputs={"environment": {"backend": "jax"}},
    )
    worker.configure_keras(group)
    loaded = load(benchmark.data, Store(default_folder(), offline=True))
    outcome = worker.train(benchmark, entry, loaded, [0])
    return {
        "wall": round(outcome.train_seconds, 2),
        "precision": group.precision,
        **{metric: round(score, 5) for metric, score in outcome.scores[0].items()},
    }


def timed(work: Callable[[], object]) -> Seconds:
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def told(seconds: Seconds) -> dict[str, float]:
    return {"wall": round(seconds[0], 2), "processor": round(seconds[1], 2)}


def ratios(found: dict[str, Any]) -> dict[str, float]:
    """How many times the seconds of the stacked trainer on JAX the others take."""
    unit = "wall" if on_card() else "processor"

    def ratio(other: Any, ours: Any) -> float | None:
        known = isinstance(other, dict) and isinstance(ours, dict)
        return round(other[unit] / ours[unit], 2) if known else None

    ours, seeded = found.get("stacked"), found.get("seeds")
    made = {
        f"{name} / stacked": ratio(found.get(name), ours)
        for name in ("tensorflow", "fit-jax", "fit-tensorflow")
    }
    if isinstance(seeded, dict):
        made["apart / stacked"] = ratio(seeded["apart"], seeded["stacked"])
    return {name: value for name, value in made.items() if value is not None}


if __name__ == "__main__":
    main()
