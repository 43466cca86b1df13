"""How many images a second the CIFAR-10 speed run trains, against the plain way and PyTorch.

    python tests/speed/cifar.py [--batch 1000] [--steps 4] [--turns 3] [--threads 0]
                                           [--activation gelu]

The same network (three blocks of 64, 256 and 256 filters behind a whitening convolution, GELU or
ReLU) and batch, on the same images, in three ways:

plain    float32, `compile` with Keras' SGD and `fit` on arrays, without augmentation;
ours     the entry's own training: its precision, Muon, flips and shifts, quicker gradients and
         normalisation (benchmarks/training/fast_layers.py), whole epochs in one program;
pytorch  bfloat16, channels-last, SGD, without augmentation; only where torch is installed (its
         CPU build is enough; it is no dependency).

They take turns, so that other work on the machine meets them alike; figures are medians over the
turns. One epoch of `--steps` batches is trained first and not timed. `peak` is what a 3×3
convolution of 256 filters alone reaches here, forward and backward, in the precision of ours;
the network needs 0.71 GFLOP an image, counting forward once and backward twice. The last line is
JSON; exit code 2 means the data is not at hand.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")

import numpy as np

from benchmarks import registry
from benchmarks.data import DataError, Store, default_folder, load
from benchmarks.entries.convolutional import speedrun, whiten
from runners.execution import machine

NAME = "cifar/cifar10"
WIDTHS = (64, 256, 256)
Step = Callable[[], None]
"""Trains one epoch of the images it was made with."""
Build = Callable[[], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (("batch", 1000), ("steps", 4), ("turns", 3), ("threads", 0)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument("--activation", choices=("gelu", "relu"), default="gelu")
    told = parser.parse_args()
    benchmark = registry.load().benchmarks[NAME]
    try:
        dataset = load(benchmark.data, Store(default_folder(), offline=True)).dataset
    except DataError as error:
        print(f"error: no data for {NAME}: {error}", file=sys.stderr)
        print(f"get it with: python -m runners data --only {NAME}", file=sys.stderr)
        raise SystemExit(2) from None
    from runners.execution import precision, worker

    threads = told.threads or machine.cores()
    policy = precision.fastest(threads)
    worker.start(threads)
    count = told.batch * told.steps
    x, y = np.asarray(dataset.x[:count], np.uint8), np.asarray(dataset.y[:count])
    network = partial(speedrun, (32, 32, 3), 10, activation=told.activation)
    ways = {
        "plain": plain(network, x, y, told.batch),
        "ours": ours(network, x, y, told.batch, policy),
    }
    torch = pytorch(told.activation, x, y, told.batch, threads)
    if torch is not None:
        ways["pytorch"] = torch
    report(ways, len(x), told.turns, policy, threads)


def report(ways: dict[str, Step], count: int, turns: int, policy: str, threads: int) -> None:
    for epoch in ways.values():
        epoch()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, epoch in ways.items():
            begun = time.perf_counter()
            epoch()
            seconds[name].append(time.perf_counter() - begun)
    speeds = {name: count / statistics.median(took) for name, took in seconds.items()}
    peak, reached = convolution_peak(policy), speeds["ours"] * flops() / 1e9
    for name, speed in speeds.items():
        print(
            f"{name:<8} {speed:7.0f} images/s  ({', '.join(f'{s:.2f}' for s in seconds[name])} s)"
        )
    print(f"ours reaches {reached:.0f} GFLOP/s, a convolution alone {peak:.0f}")
    line = {
        "ratio": round(speeds["ours"] / speeds["plain"], 2),
        "compared": f"ours ({policy}) against plain float32 fit, {threads} threads",
        "images_per_second": {name: round(speed, 1) for name, speed in speeds.items()},
        "seconds": {name: [round(s, 3) for s in took] for name, took in seconds.items()},
        "ratio_to_pytorch": (
            round(speeds["ours"] / speeds["pytorch"], 2) if "pytorch" in speeds else None
        ),
        "share_of_convolution_peak": round(reached / peak, 3),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }
    print(json.dumps(line))


def flops() -> float:
    """Of one image's training step: multiplications and additions of all convolutions."""
    side, channels, total = 31, 24, 2 * 31**2 * 4 * 3 * 24
    for width in WIDTHS:
        total += 3 * 2 * side**2 * 9 * channels * width
        side //= 2
        total += 3 * 2 * side**2 * 9 * width * width
        channels = width
    return float(total)


def plain(network: Build, x: np.ndarray, y: np.ndarray, batch: int) -> Step:
    """As the tutorials do it."""
    import keras

    keras.mixed_precision.set_global_policy("float32")
    model = network()
    whiten(model, x, 0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1, 0.9, nesterov=True), loss)
    images = x.astype(np.float32)
    return lambda: model.fit(images, y, batch_size=batch, epochs=1, verbose=0) and None


def ours(network: Build, x: np.ndarray, y: np.ndarray, batch: int, policy: str) -> Step:
    """The entry's own recipe, one epoch a call; built once, as an entry of many epochs is."""
    import dataclasses

    import keras
    import tensorflow as tf

    from benchmarks.training import compiled
    from benchmarks.training.batches import orders, pad
    from benchmarks.training.recipe import Recipe
    from benchmarks.training.stack import stack
    from benchmarks.training.updates import initial_state

    averaged: Any = registry.load().benchmarks[NAME].entry("speedrun").fit
    single_view = averaged.keywords["fit"]
    recipe: Recipe = dataclasses.replace(single_view.keywords["recipe"], batch_size=batch)
    keras.mixed_precision.set_global_policy(policy)
    model = network()
    whiten(model, x, 0)
    forward, trainable, others = stack([model])
    run = compiled._program(
        forward, pad([x], np.uint8), pad([y], np.int32), [len(y)], [0], None, recipe,
        "crossentropy",
    )  # fmt: skip
    state = [trainable, others, initial_state(recipe, trainable)]
    epoch = 0

    def one() -> None:
        nonlocal state, epoch
        order = tf.constant(orders([len(y)], [0], epoch, 1, len(y)))
        sums, *_, state = run(tf.constant(epoch), tf.constant(1), order, None, state)
        sums.numpy()
        epoch += 1

    return one


def convolution_peak(policy: str) -> float:
    """GFLOP/s of a 3×3 convolution with 256 filters, with its gradients, in that precision."""
    import tensorflow as tf

    kind = tf.bfloat16 if policy == "mixed_bfloat16" else tf.float32
    x = tf.cast(tf.random.normal((250, 15, 15, 64)), kind)
    kernel = tf.cast(tf.random.normal((3, 3, 64, 256)), kind)

    @tf.function
    def step(x: Any, kernel: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch((x, kernel))
            total = tf.reduce_sum(tf.nn.conv2d(x, kernel, 1, "SAME"))
        return tape.gradient(total, (x, kernel))

    best = float("inf")
    for _ in range(8):
        begun = time.perf_counter()
        step(x, kernel)[1].numpy()
        best = min(best, time.perf_counter() - begun)
    return 3 * 2 * 250 * 15**2 * 9 * 64 * 256 / best / 1e9


def pytorch(activation: str, x: np.ndarray, y: np.ndarray, batch: int, threads: int) -> Step | None:
    """The same network in PyTorch; None where it is not installed."""
    try:
        import torch
        from torch import nn
    except ImportError:
        return None
    torch.set_num_threads(threads)
    active = {"gelu": nn.GELU, "relu": nn.ReLU}[activation]
    parts: list[Any] = [nn.Conv2d(3, 24, 2, bias=False), active()]
    channels = 24
    for width in WIDTHS:
        for pooled in (True, False):
            parts.append(nn.Conv2d(channels, width, 3, padding=1, bias=False))
            parts += [nn.MaxPool2d(2)] if pooled else []
            parts += [nn.BatchNorm2d(width), active()]
            channels = width
    parts += [nn.MaxPool2d(3), nn.Flatten(), nn.Linear(channels, 10, bias=False)]
    model = nn.Sequential(*parts).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9, nesterov=True)
    images = torch.tensor(x).permute(0, 3, 1, 2)
    answers = torch.tensor(y.astype(np.int64))

    def one() -> None:
        for start in range(0, len(answers), batch):
            rows = images[start : start + batch].contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                output = model(rows.float() / 64 - 2)
                loss = nn.functional.cross_entropy(output, answers[start : start + batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return one


if __name__ == "__main__":
    main()
