"""The networks that papers on the UCR archive compare, trained by the papers' rule.

Ismail Fawaz et al., "Deep learning for time series classification: a review", Data Mining and
Knowledge Discovery 33 (2019), arXiv:1809.04356, code at github.com/hfawaz/dl-4-tsc (FCN, ResNet);
"InceptionTime", 34 (2020), arXiv:1909.04939, code at github.com/hfawaz/InceptionTime; Karim et al.,
IEEE Access 6 (2018), arXiv:1709.05206, code at github.com/titu1994/LSTM-FCN.

The rule: Adam at 0.001, cross-entropy, the rate cut whenever the training loss has not fallen for a
number of epochs, down to 0.0001; kept are the weights of the epoch with the lowest training loss.
Series are standardised each by itself, as the archive of 2015 has them. What departs: `SHARE` of
the epochs and of that number; in Inception and LSTM-FCN, which take one step an epoch, the momentum
of batch normalisation too. FCN had it at first: two trainings on GunPoint gave 100 and 97.3 % of
the test recordings, whereupon FCN and ResNet went back to the published momentum, and to Coffee.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.reruns.series_networks import fcn, inception, resnet, slow_averages

if TYPE_CHECKING:
    import keras

SHARE = 0.2
"""Of the published epochs, to save time. Before that was decided, two trainings of FCN with all
epochs had been scored on the test days of ItalyPowerDemand: 96.0 and 95.0 %."""


@dataclass(frozen=True)
class Schedule:
    """How long and in which batches a network was trained, as published."""

    epochs: int
    batch_size: int
    patience: int = 50
    """Epochs without a lower training loss after which the rate is cut."""
    factor: float = 0.5
    tenths: bool = False
    """Whether a batch is a tenth of the training rows where that is less."""
    balanced: bool = False
    """Whether rows of rare classes weigh more, rows over classes times rows of the class."""

    def shortened(self, share: float) -> Schedule:
        """The same with a share of the epochs and of the patience."""
        return replace(
            self, epochs=round(share * self.epochs), patience=round(share * self.patience)
        )


@dataclass(frozen=True)
class Published:
    """A network by name."""

    build: Callable[[tuple[int, ...], int], keras.Model]
    schedule: Schedule
    about: str
    year: int
    values: dict[str, Any] = field(default_factory=dict)


NETWORKS = {
    "fcn-review": Published(
        partial(slow_averages, build=fcn),
        Schedule(2000, 16, tenths=True),
        "The fully convolutional network of the deep-learning review",
        2019,
    ),
    "resnet": Published(
        partial(slow_averages, build=resnet),
        Schedule(1500, 64, tenths=True),
        "The residual network of the deep-learning review, nine convolutions",
        2019,
    ),
    "inception": Published(
        inception,
        Schedule(1500, 64),
        "One network of InceptionTime, six modules that look at 10, 20 and 40 steps",
        2020,
    ),
    "lstm-fcn-published": Published(
        partial(fcn, initial="he_uniform", lstm_units=8),
        Schedule(2000, 128, patience=100, factor=2 ** (-1 / 3), balanced=True),
        "LSTM-FCN with 128, 256 and 128 filters beside an LSTM of 8 units",
        2018,
        {"lstm_units": 8},
    ),
}


def published(name: str, reruns: str = "", *, repeats: int = 0, seconds: float = 0.0) -> Entry:
    """The entry that trains a network of `NETWORKS` by Keras' own `fit`, in the suite `full`.

    `reruns` is the id of the published score that the same network has on this data set, `repeats`
    as in `Entry`.
    """
    network = NETWORKS[name]
    schedule = network.schedule.shortened(SHARE)
    return Entry(
        name=name,
        kind="keras",
        fit=partial(_fit, build=network.build, schedule=schedule),
        about=f"{network.about}, trained as published in {network.year} for a fifth of the epochs, "
        f"{schedule.epochs}.",
        values={
            **asdict(schedule),
            **network.values,
            "share_of_published_epochs": SHARE,
            "learning_rate": 1e-3,
            "schedule": "cut on a plateau of the training loss",
        },
        suite="full",
        repeats=repeats,
        protocol={"selection": "best training loss"},
        seconds=seconds,
        reruns=reruns,
    )


def _fit(
    trainings: Sequence[Training],
    *,
    build: Callable[[tuple[int, ...], int], keras.Model],
    schedule: Schedule,
) -> list[Fitted]:
    return [_one(training, build, schedule) for training in trainings]


def _one(
    training: Training, build: Callable[[tuple[int, ...], int], keras.Model], schedule: Schedule
) -> Fitted:
    import keras

    keras.utils.set_random_seed(training.seed)
    network, rows = build(training.x.shape[1:], training.classes), len(training.y)
    batch_size = min(schedule.batch_size, rows)
    if schedule.tenths:
        batch_size = max(1, min(schedule.batch_size, rows // 10))
    network.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        steps_per_execution=-(-rows // batch_size),
        jit_compile=False,  # XLA makes convolutions many times slower on a processor
    )
    counts = np.bincount(training.y, minlength=training.classes)
    weights = rows / (training.classes * np.maximum(counts, 1))
    history = network.fit(
        _standardised(training.x),
        training.y,
        batch_size=batch_size,
        epochs=schedule.epochs,
        verbose=0,
        class_weight=dict(enumerate(weights.tolist())) if schedule.balanced else None,
        callbacks=[
            keras.callbacks.ReduceLROnPlateau(
                "loss", factor=schedule.factor, patience=schedule.patience, min_lr=1e-4
            ),
            # Never stops: it only keeps the weights of the best epoch.
            keras.callbacks.EarlyStopping(
                "loss", patience=schedule.epochs + 1, restore_best_weights=True
            ),
        ],
    )
    return Fitted(
        partial(_predict, network=network),
        {"loss": [float(loss) for loss in history.history["loss"]]},
        int(sum(np.prod(weight.shape) for weight in network.trainable_variables)),
    )


def _standardised(x: np.ndarray) -> np.ndarray:
    """Every series (n, steps, channels) minus its mean, over its deviation, channel by channel."""
    deviation = x.std(axis=1, keepdims=True)
    return (x - x.mean(axis=1, keepdims=True)) / np.where(deviation == 0, 1.0, deviation)


def _predict(x: np.ndarray, *, network: keras.Model) -> np.ndarray:
    from benchmarks.entries.fitted_network import predict_in_batches

    return predict_in_batches(network, _standardised(x), batch_size=256)
