"""Training the networks of a group, and what they are afterwards: predictors and files.

The saved network is the one that is scored: it takes raw rows, holds its preprocessing and all
members of an ensemble, and consists of stock Keras layers and operations alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.definition import Fitted, Training
from benchmarks.entries.fitted_network import keras_file, predict_in_batches
from benchmarks.entries.inputs import Inputs, Kind, prepare
from benchmarks.entries.rules import Rule
from benchmarks.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

Build = Callable[[tuple[int, ...], int], "keras.Model"]
"""(input shape, outputs) to a network ending in that many linear outputs (logits)."""
Start = Callable[["keras.Model", np.ndarray, int], None]
"""(network, its prepared training rows, seed): sets weights that begin from the data."""
Watch = Callable[[int, Sequence[Callable[[np.ndarray], np.ndarray]]], None]
"""Called with the number of an epoch and every repeat's predictor as it is after it."""

TestTimeAugmentation = Literal["none", "flip", "flip-shift"]
"""What predictions of an image are averaged over: nothing; it and its mirror image; these and both
moved by a pixel up and left, and down and right, which together count as much as those not moved
(Jordan 2024, arXiv:2404.00498, section 3.5)."""

MEMBERS_APART = 1000
"""Between the seeds of one ensemble's members; no protocol has as many repeats."""


@dataclass(frozen=True)
class Repeat:
    """One repeat's networks and the rows they are trained on."""

    training: Training
    inputs: Inputs
    x: np.ndarray
    """Prepared rows."""
    y: np.ndarray
    """Classes, or targets minus `centre` over `scale`."""
    centre: float
    scale: float
    networks: list[keras.Model]
    left_out: list[np.ndarray]
    """Row numbers each network is not trained on."""
    test_time_augmentation: TestTimeAugmentation
    rule: Rule | None
    """What the networks start from; `centre` and `scale` are those of what it leaves."""


def fit(
    trainings: Sequence[Training],
    *,
    build: Build,
    recipe: Recipe,
    inputs: Kind,
    bins: int = 0,
    members: int = 1,
    held_out: float = 0.0,
    start: Start | None = None,
    test_time_augmentation: TestTimeAugmentation = "none",
    rule: Rule | None = None,
    watch: Watch | None = None,
    scaled_on: np.ndarray | None = None,
) -> list[Fitted]:
    """Train the networks of every repeat, all in one compiled program.

    Each of a repeat's `members` starts from a seed of its own and leaves out its own share
    `held_out` of the training rows. In regression its mean squared error there is the variance
    of the normal distribution it predicts; the ensemble predicts the mean and the variance of
    the mixture (Lakshminarayanan et al., NIPS 2017, arXiv:1612.01474, section 2.4).

    In regression networks may learn what a `rule` leaves of the targets; after a ratio they
    predict no distribution, and ValueError is raised for a share `held_out`.

    `watch` and `scaled_on` (rows the scaler is fitted on instead of the training rows) are for
    `runners.audit`, which shows what leaking test rows would have gained; nothing else sets them.
    """
    from benchmarks.training.compiled import train
    from benchmarks.training.stack import obstacle

    if rule is not None and rule.ratio and held_out:
        raise ValueError("expected no rows held out beside a ratio, which is not normal; set 0")
    repeats = [
        begin_repeat(
            t,
            build,
            prepare(inputs, t.x if scaled_on is None else scaled_on, bins),
            held_out,
            members,
            start,
            test_time_augmentation,
            rule,
        )
        for t in trainings
    ]
    predictors = [partial(predict, complete_network(repeat)) for repeat in repeats] if watch else []
    parts = [
        (network, np.delete(np.arange(len(repeat.y)), left_out), member, repeat)
        for repeat in repeats
        for member, (network, left_out) in enumerate(
            zip(repeat.networks, repeat.left_out, strict=True)
        )
    ]
    curves = train(
        [network for network, *_ in parts],
        [repeat.x[rows] for _, rows, _, repeat in parts],
        [repeat.y[rows] for _, rows, _, repeat in parts],
        [member_seed(repeat.training, member) for _, _, member, repeat in parts],
        recipe,
        "mse" if trainings[0].task == "regression" else "crossentropy",
        watch and (lambda epoch: watch(epoch, predictors)),
    )
    reason = obstacle(parts[0][0]) if len(parts) > 1 else None
    fitted = []
    for place, repeat in enumerate(repeats):
        whole = complete_network(repeat, residual_variance(repeat))
        of_members = curves[place * members : (place + 1) * members]
        weights = (v for network in repeat.networks for v in network.trainable_variables)
        fitted.append(
            Fitted(
                partial(predict, whole),
                {name: mean_curve([c[name] for c in of_members]) for name in of_members[0]},
                int(sum(np.prod(v.shape) for v in weights)),
                partial(keras_file, whole),
                {"not_stacked": reason} if reason else {},
            )
        )
    return fitted


def begin_repeat(
    training: Training,
    build: Build,
    inputs: Inputs,
    held_out: float,
    members: int,
    start: Start | None = None,
    test_time_augmentation: TestTimeAugmentation = "none",
    rule: Rule | None = None,
) -> Repeat:
    """The untrained networks of a repeat, seeded, and its rows as they are trained on."""
    import keras

    x, y, centre, scale = inputs.apply(training.x), training.y, 0.0, 1.0
    if training.task == "regression":
        y = y if rule is None else rule.left(training.x, y)
        centre, scale = float(y.mean()), float(y.std()) or 1.0
        y = (y - centre) / scale
    networks, left_out = [], []
    for member in range(members):
        seed = member_seed(training, member)
        keras.utils.set_random_seed(seed)
        networks.append(build(x.shape[1:], max(1, training.classes)))
        order = np.random.default_rng([seed, len(y)]).permutation(len(y))
        left_out.append(order[: round(held_out * len(y))])
        if start is not None:
            start(networks[-1], np.delete(x, left_out[-1], axis=0), seed)
    return Repeat(
        training, inputs, x, y, centre, scale, networks, left_out, test_time_augmentation, rule
    )


def member_seed(training: Training, member: int) -> int:
    """The seed of one member of a repeat's ensemble."""
    return training.seed + MEMBERS_APART * member


def residual_variance(repeat: Repeat) -> float | None:
    """Mean squared error of the members on the rows each has left out, on the scale of y.

    None for classification, and where no rows were left out.
    """
    if repeat.training.task == "classification" or not len(repeat.left_out[0]):
        return None
    errors = [
        np.mean((predict(network, repeat.x[rows]) - repeat.y[rows]) ** 2)
        for network, rows in zip(repeat.networks, repeat.left_out, strict=True)
    ]
    return float(np.mean(errors))


def complete_network(repeat: Repeat, noise: float | None = None) -> keras.Model:
    """All of a repeat's networks with their preprocessing: raw rows to what `predict` returns.

    Probabilities, or target values; with `noise` their means and standard deviations.
    """
    import keras
    from keras import ops

    rows = keras.Input(repeat.training.x.shape[1:])
    prepared = repeat.inputs.layers(rows)
    copies = augmented_copies(prepared, repeat.test_time_augmentation)
    outputs = [network(copy) for copy in copies for network in repeat.networks]
    if repeat.test_time_augmentation == "flip-shift":
        outputs += outputs[: len(outputs) // 3]  # those not moved count twice
    if repeat.training.task == "classification":
        outputs = [keras.layers.Softmax(dtype="float32")(output) for output in outputs]
        return keras.Model(rows, _average(outputs))
    back = keras.layers.Rescaling(scale=repeat.scale, offset=repeat.centre, dtype="float32")
    middle = _average(outputs)
    mean = back(middle) if repeat.rule is None else repeat.rule.whole(rows, back(middle))
    if noise is None:
        return keras.Model(rows, mean)
    variance = _average([ops.square(output - middle) for output in outputs]) + noise
    deviation = ops.sqrt(variance) * repeat.scale
    return keras.Model(rows, keras.layers.Concatenate(dtype="float32")([mean, deviation]))


def augmented_copies(
    images: keras.KerasTensor, kind: TestTimeAugmentation
) -> list[keras.KerasTensor]:
    """The copies of (batch, height, width, channels) to predict, those not moved first."""
    from keras import layers, ops

    if kind == "none":
        return [images]
    copies = [images, ops.flip(images, axis=2)]
    if kind == "flip":
        return copies
    borders = ((0, 0), (1, 1), (1, 1), (0, 0))
    padded = [ops.pad(copy, borders, "reflect") for copy in copies]
    corners = (((0, 2), (0, 2)), ((2, 0), (2, 0)))
    return copies + [layers.Cropping2D(corner)(image) for image in padded for corner in corners]


def _average(outputs: list[keras.KerasTensor]) -> keras.KerasTensor:
    import keras

    # In half precision an average of probabilities would have two digits.
    return outputs[0] if len(outputs) == 1 else keras.layers.Average(dtype="float32")(outputs)


def predict(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """(n, outputs) of a complete network for raw rows; (n,) where it has one output."""
    outputs = predict_in_batches(model, x, batch_size=1000)
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs


def mean_curve(curves: list[list[float]]) -> list[float]:
    """The mean of curves epoch by epoch, as far as the shortest goes."""
    return [float(np.mean(values)) for values in zip(*curves, strict=False)]
