"""Programs that many data sets share: dense networks of one shape, their batches handed in.

`compiled.train` keeps the rows inside its program, which is compiled anew for every data set. Here
a program knows only the shape of the networks and of a batch: features and classes are padded to
a few sizes (`padded`), every network has its own rows, learning rate and decay, and a worker that
has compiled a program uses it for all data sets of that shape. Losses are summed over networks, so
that gradients do not mix.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from benchmarks.training.axes import per_repeat
from benchmarks.training.stack import stack

FEATURES, CLASSES = (16, 64, 128, 256), (8, 32, 128)
"""Sizes that there are programs for; a larger number has a program of its own."""
WARMUP = 0.1
"""Share of a network's steps over which its learning rate rises."""
NO_CLASS = -1e9
"""Added to the logits of classes that are only there to fill up."""

Activation = Literal["relu", "selu", "silu", "cos"]

SECONDS = {"first calls": 0.0, "calls": 0.0}
"""Of a core, spent in programs of this process: their first calls, which compile, and others."""


@dataclass(frozen=True)
class Shape:
    """A multilayer perceptron that ends in logits."""

    features: int
    hidden: tuple[int, ...]
    outputs: int
    activation: Activation = "silu"
    first: Activation | None = None
    """Activation of the first layer, where it is another: random Fourier features with "cos"."""
    dropout: float = 0.0

    @property
    def activations(self) -> tuple[Activation, ...]:
        """Of every hidden layer."""
        layers = len(self.hidden)
        return tuple((i == 0 and self.first) or self.activation for i in range(layers))


@dataclass(frozen=True)
class Job:
    """One network to train: its rows, and how."""

    x: np.ndarray
    """(n, features) float32."""
    y: np.ndarray
    """(n,) classes."""
    seed: int
    steps: int
    learning_rate: float
    weight_decay: float = 0.0
    """Decoupled, of kernels alone: what a step takes away is this times the learning rate."""
    label_smoothing: float = 0.0
    schedule: Literal["cosine", "constant"] = "cosine"
    frequency: float = 1.0
    """Standard deviation of the first layer's weights, where its activation is "cos"."""
    held_x: np.ndarray | None = None
    """Rows the best weights are those of the lowest loss on; None takes the last step's."""
    held_y: np.ndarray | None = None
    patience: int = 0
    """Calls of the program without a lower loss on them after which training stops; 0: never."""


@dataclass
class Network:
    """Trained weights, kernel and bias in turn, and the loss of every call of the program."""

    weights: list[np.ndarray]
    loss: list[float] = field(default_factory=list)
    held_loss: list[float] = field(default_factory=list)


def padded(size: int, sizes: Sequence[int]) -> int:
    """The smallest of `sizes` that is at least `size`; `size` itself beyond them."""
    return next((larger for larger in sizes if larger >= size), size)


def widened(x: np.ndarray, features: int) -> np.ndarray:
    """Rows (n, ...) as float32 with columns of zeros up to `features`."""
    return np.pad(x.astype(np.float32), ((0, 0), (0, features - x.shape[1])))


def train(
    shape: Shape,
    jobs: Sequence[Job],
    classes: int,
    *,
    batch_size: int,
    networks: int = 16,
    steps_per_call: int = 50,
) -> list[Network]:
    """Train every job's network, `networks` at a time, by Adam with decoupled weight decay.

    Every step takes `batch_size` rows of a network's own stream of shuffles. Raises
    FloatingPointError for a loss that stops being finite.
    """
    results: list[Network | None] = [None] * len(jobs)
    order = sorted(range(len(jobs)), key=lambda place: (jobs[place].steps, place))
    run = _program(shape, networks, batch_size, steps_per_call)
    for start in range(0, len(order), networks):
        places = order[start : start + networks]
        some = [jobs[place] for place in places]
        full = some + [some[-1]] * (networks - len(some))  # one size, one program
        trained = _together(shape, full, len(some), classes, run, batch_size, steps_per_call)
        for place, network in zip(places, trained, strict=True):
            results[place] = network
    return [network for network in results if network is not None]


def _together(
    shape: Shape,
    jobs: Sequence[Job],
    count: int,
    classes: int,
    run: Callable[..., Any],
    batch_size: int,
    steps_per_call: int,
) -> list[Network]:
    """Train the jobs of one stack, of which the first `count` are wanted."""
    weights = [tf.constant(np.stack(same)) for same in zip(*_initial(shape, jobs), strict=True)]
    state = [tf.zeros_like(weight) for weight in (*weights, *weights)]
    counters = tf.constant([[job.seed, 0] for job in jobs], tf.int64)
    others = [counters for _ in shape.hidden] if shape.dropout else []
    calls = -(-max(job.steps for job in jobs) // steps_per_call)
    streams = [_stream(job, calls * steps_per_call * batch_size) for job in jobs]
    rates = np.stack([_rates(job, calls * steps_per_call) for job in jobs], axis=1)
    decay, smoothing = (
        tf.constant([getattr(job, name) for job in jobs], tf.float32)
        for name in ("weight_decay", "label_smoothing")
    )
    mask = np.where(np.arange(shape.outputs) < classes, 0.0, NO_CLASS).astype(np.float32)
    stopping = [_Stopping(job, shape, classes) for job in jobs[:count]]
    curves: list[np.ndarray] = []
    for call in range(calls):
        steps = slice(call * steps_per_call, (call + 1) * steps_per_call)
        rows = [stream.reshape(-1, batch_size)[steps] for stream in streams]
        x = np.stack([job.x[mine] for job, mine in zip(jobs, rows, strict=True)], axis=1)
        y = np.stack([job.y[mine] for job, mine in zip(jobs, rows, strict=True)], axis=1)
        begun = time.process_time()
        losses, weights, state, others = run(
            tf.constant(x),
            tf.constant(y.astype(np.int32)),
            tf.constant(rates[steps]),
            decay,
            smoothing,
            tf.constant(mask),
            tf.constant(float(steps.start)),
            weights,
            state,
            others,
        )
        curves.append(losses.numpy() / steps_per_call)
        _count(run, time.process_time() - begun)
        if not np.isfinite(curves[-1]).all():
            raise FloatingPointError(
                f"the training loss became infinite or NaN in steps {steps.start + 1} to "
                f"{steps.stop} (learning rate {jobs[0].learning_rate:g}); try a lower one"
            )
        if any(job.held_x is not None for job in jobs):
            arrays = [weight.numpy() for weight in weights]
            for place, one in enumerate(stopping):
                one.look([array[place] for array in arrays])
            if all(one.stopped for one in stopping):
                break
    last = [weight.numpy() for weight in weights]
    return [
        Network(
            one.best or [array[place] for array in last],
            [float(losses[place]) for losses in curves],
            one.losses,
        )
        for place, one in enumerate(stopping)
    ]


class _Stopping:
    """Whether a network is to go on, by its loss on the rows held out."""

    def __init__(self, job: Job, shape: Shape, classes: int) -> None:
        self.job, self.shape, self.classes = job, shape, classes
        self.best: list[np.ndarray] = []
        self.losses: list[float] = []

    @property
    def stopped(self) -> bool:
        if not self.losses or not self.job.patience:
            return False
        return len(self.losses) - int(np.argmin(self.losses)) > self.job.patience

    def look(self, weights: list[np.ndarray]) -> None:
        """Note the loss of these weights, and keep them if it is the lowest."""
        if self.job.held_x is None or self.job.held_y is None or self.stopped:
            return
        shares = probabilities(self.shape, weights, self.job.held_x, self.classes)
        right = shares[np.arange(len(shares)), self.job.held_y]
        self.losses.append(float(-np.log(np.maximum(right, 1e-7)).mean()))
        if self.losses[-1] == min(self.losses):
            self.best = [weight.copy() for weight in weights]


def probabilities(
    shape: Shape, weights: Sequence[np.ndarray], x: np.ndarray, classes: int
) -> np.ndarray:
    """(n, classes) of a network for rows (n, features), in NumPy: a pass is little work."""
    for kernel, bias, activation in zip(
        weights[:-2:2], weights[1:-2:2], shape.activations, strict=True
    ):
        x = ACTIVATIONS[activation](x @ kernel + bias)
    logits = (x @ weights[-2] + weights[-1])[:, :classes]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    whole: np.ndarray = shares / shares.sum(axis=1, keepdims=True)
    return whole


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1.0 + np.exp(-np.maximum(x, -80.0)))


def _selu(x: np.ndarray) -> np.ndarray:
    low = 1.6732632423543772 * np.expm1(np.minimum(x, 0.0))
    return 1.0507009873554805 * np.where(x > 0, x, low)


ACTIVATIONS: dict[Activation, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "selu": _selu,
    "silu": _silu,
    "cos": np.cos,
}
GAINS: dict[Activation, float] = {"relu": 2.0, "selu": 1.0, "silu": 2.0, "cos": 1.0}
"""Variance of a layer's first weights times its inputs: He et al. 2015; Klambauer et al. 2017."""


def _initial(shape: Shape, jobs: Sequence[Job]) -> list[list[np.ndarray]]:
    """First weights, kernel and bias in turn, each network's from its own seed."""
    every = []
    for job in jobs:
        random, weights, inputs = np.random.default_rng([job.seed, 7]), [], shape.features
        widths = [*zip(shape.hidden, shape.activations, strict=True), (shape.outputs, None)]
        for layer, (units, activation) in enumerate(widths):
            deviation = math.sqrt(GAINS[activation] / inputs) if activation else 0.1 / inputs**0.5
            bias = np.zeros(units)
            if layer == 0 and activation == "cos":
                deviation, bias = job.frequency, random.uniform(0.0, 2 * np.pi, units)
            kernel = random.standard_normal((inputs, units)) * deviation
            weights += [kernel.astype(np.float32), bias.astype(np.float32)]
            inputs = units
        every.append(weights)
    return every


def _stream(job: Job, length: int) -> np.ndarray:
    """Row numbers: one shuffle of all rows after the other."""
    random, rows = np.random.default_rng([job.seed, len(job.y), 3]), len(job.y)
    shuffles = [random.permutation(rows) for _ in range(-(-length // rows))]
    return np.concatenate(shuffles)[:length]


def _rates(job: Job, length: int) -> np.ndarray:
    """Learning rate of every step, zero after a network's last one."""
    share = np.arange(length) / job.steps
    falling = 0.5 * (1 + np.cos(np.pi * share)) if job.schedule == "cosine" else np.ones(length)
    rising = np.minimum(1.0, (np.arange(length) + 1) / max(1.0, WARMUP * job.steps))
    rates: np.ndarray = job.learning_rate * np.where(share < 1, falling * rising, 0.0)
    return rates.astype(np.float32)


def model(shape: Shape) -> keras.Sequential:
    """The network of a shape as Keras has it."""
    layers: list[Any] = [keras.Input((shape.features,))]
    for units, activation in zip(shape.hidden, shape.activations, strict=True):
        function = keras.ops.cos if activation == "cos" else activation
        layers.append(keras.layers.Dense(units, activation=function))
        if shape.dropout:
            layers.append(keras.layers.Dropout(shape.dropout))
    return keras.Sequential([*layers, keras.layers.Dense(shape.outputs)])


@cache
def _program(shape: Shape, networks: int, batch_size: int, steps: int) -> Callable[..., Any]:
    """A compiled function of `steps` steps of Adam for so many networks of a shape.

    Kingma and Ba 2015, Algorithm 1, with decoupled weight decay (Loshchilov and Hutter 2019).
    """
    forward, _, _ = stack([model(shape)] * networks)

    def losses_of(output: Any, y: Any, smoothing: Any, mask: Any) -> Any:
        log_p = tf.nn.log_softmax(output + mask)
        real = mask > NO_CLASS / 2
        exact = -tf.gather(log_p, y, axis=2, batch_dims=2)
        classes = tf.reduce_sum(tf.cast(real, tf.float32))
        even = -tf.reduce_sum(tf.where(real, log_p, 0.0), axis=-1) / classes
        weight = smoothing[:, None]
        return tf.reduce_mean((1.0 - weight) * exact + weight * even, axis=1)

    @tf.function(jit_compile=True, autograph=False)
    def run(
        x: Any,
        y: Any,
        rates: Any,
        decay: Any,
        smoothing: Any,
        mask: Any,
        done: Any,
        weights: Any,
        state: Any,
        others: Any,
    ) -> Any:
        def body(i: Any, sums: Any, weights: Any, state: Any, others: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(weights)
                output, others, _ = forward(weights, others, x[i], None, True)
                losses = losses_of(output, y[i], smoothing, mask)
                objective = tf.reduce_sum(losses)
            gradients = tape.gradient(objective, weights)
            count, rate = done + tf.cast(i + 1, tf.float32), rates[i]
            scale = rate * tf.sqrt(1.0 - tf.pow(0.999, count)) / (1.0 - tf.pow(0.9, count))
            moments, squares = state[: len(weights)], state[len(weights) :]
            moments = [m + (g - m) * 0.1 for m, g in zip(moments, gradients, strict=True)]
            squares = [s + (g * g - s) * 0.001 for s, g in zip(squares, gradients, strict=True)]
            kept = [
                w * (1.0 - per_repeat(rate * decay, w)) if len(w.shape) == 3 else w for w in weights
            ]
            weights = [
                w - per_repeat(scale, w) * m / (tf.sqrt(s) + 1e-7)
                for w, m, s in zip(kept, moments, squares, strict=True)
            ]
            return i + 1, sums + losses, weights, [*moments, *squares], others

        start = (tf.constant(0), tf.zeros(networks), weights, state, others)
        return tf.while_loop(lambda i, *_: i < steps, body, start)[1:]

    return run


_called: set[int] = set()


def _count(run: Callable[..., Any], seconds: float) -> None:
    SECONDS["calls" if id(run) in _called else "first calls"] += seconds
    _called.add(id(run))
