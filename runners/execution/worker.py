"""What happens inside a worker process: one group is trained, predicted and scored.

This is the only place where test targets meet predictions. An entry is handed copies of the
training rows and nothing else; the test rows are cut out here, after `fit` has returned.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import registry
from benchmarks.data import Dataset, Loaded, Store, load
from benchmarks.definition import Benchmark, Entry, Fitted, Split, Task, Training
from benchmarks.quantiles import median, metrics_of
from benchmarks.repeats import split_at
from benchmarks.training import checkpoints
from benchmarks.windows import taken
from runners.execution import backends, devices, dry_run, keras_settings, machine, sampling
from runners.execution.dry_run import NOTHING, DryRun
from runners.execution.group import Group
from runners.records.record import single_view
from runners.safe_text import plain

if TYPE_CHECKING:
    from runners.records.record import Environment, SystemCurves

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}

MOST_KEPT = 2_000_000
"""Predicted values kept of one repeat: 8 MB. Beyond it, a regular selection of test rows is."""


def variables(device: str = machine.DEVICE) -> dict[str, str]:
    """Environment of workers on a device; set before the fork server starts and hands it down."""
    return {**QUIET, **devices.variables(device), "KERAS_BACKEND": backends.wanted()}


@dataclass
class Outcome:
    """What a trained group sends back to the parent, one item per repeat."""

    scores: list[dict[str, float]]
    predictions: list[bytes]
    """`.npz` files with `rows` (test row numbers), `prediction` and, where a distribution was
    predicted, its standard deviations `std`, or its `quantiles` and their `levels`."""
    history: list[dict[str, list[float]]]
    params: list[int | None]
    sizes: list[tuple[int, int]]
    """Training and test rows."""
    archive: bytes | None
    """The first repeat's fitted network, for the headline entry."""
    started_at: str
    finished_at: str
    train_seconds: float
    predict_seconds: float
    notes: list[dict[str, Any]]
    """What training decided by itself; numbers that are not finite are None."""
    environment: Environment | None = None
    """Where it was trained, if not on this machine."""
    system: SystemCurves | None = None
    """What a long training took of the machine."""


def start(thread_count: int) -> None:
    """Make this fresh process ready: threads, no graphics card, quiet libraries.

    TensorFlow may be loaded already (the fork server does it once for all workers), but no
    operation has run, so that thread counts can still be set.
    """
    if backends.wanted() != backends.TENSORFLOW:
        backends.start(thread_count)
        return
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(thread_count)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    from threadpoolctl import threadpool_limits

    threadpool_limits(thread_count)


def run(group: Group, folder: Path) -> Outcome:
    """Train a group and score it.

    Training that takes minutes keeps its state in the data folder and goes on from there when it
    was killed. Raises whatever a definition raises, and RuntimeError when the data is no longer
    what the plan was made for.
    """
    loaded = _loaded(group, folder)
    with checkpoints.kept_in(folder / "checkpoints" / group.id):
        return train_group(group, loaded)


_at_hand: dict[tuple[str, str, Path], Loaded] = {}
"""The data of the last group, by benchmark, digest and folder: most often the next one's too."""


def _loaded(group: Group, folder: Path) -> Loaded:
    """The data of a group. Raises RuntimeError for other than the plan was made for."""
    key = (group.benchmark, group.digest, folder)
    if key not in _at_hand:
        _at_hand.clear()  # before the next is read: either may be large
        source = registry.load().benchmarks[group.benchmark].data
        loaded = load(source, Store(folder, offline=True))
        if (found := loaded.dataset.digest) != group.digest:
            raise RuntimeError(
                f"data of {group.benchmark} changed while running: planned for "
                f"{group.digest[:19]}, found {found[:19]}; run again"
            )
        _at_hand[key] = loaded
    return _at_hand[key]


def train_group(group: Group, loaded: Loaded) -> Outcome:
    """Train a group on its data, which is at hand, and score it. Raises as `run` does."""
    benchmark = backends.adapted(registry.load().benchmarks[group.benchmark])
    entry = benchmark.entry(group.entry)
    if entry.kind == "keras":
        configure_keras(group)
    found = group.dry_run or _dry_run(benchmark, entry, loaded, group)
    return train(benchmark, entry, loaded, group.repeats, found)


def examine(group: Group, folder: Path) -> DryRun:
    """The dry run of a group's network, without training it. Raises as `run` does."""
    benchmark = backends.adapted(registry.load().benchmarks[group.benchmark])
    configure_keras(group)
    loaded = load(benchmark.data, Store(folder, offline=True))
    return _dry_run(benchmark, benchmark.entry(group.entry), loaded, group)


def _dry_run(benchmark: Benchmark, entry: Entry, loaded: Loaded, group: Group) -> DryRun:
    if not dry_run.needed(entry):
        return NOTHING
    split = split_at(benchmark.protocol.splits(loaded.dataset), group.repeats[0])
    return dry_run.dry_run(entry, training_rows(benchmark, loaded.dataset, split))


def train(
    benchmark: Benchmark,
    entry: Entry,
    loaded: Loaded,
    repeats: Sequence[int],
    found: DryRun = NOTHING,
) -> Outcome:
    """Fit the repeats of one group, then predict and score their test rows.

    `found` is what a dry run found: it goes into the notes, and a network that cannot be kept
    is not tried to be.
    """
    dataset = loaded.dataset
    splits = benchmark.protocol.splits(dataset)
    chosen = [split_at(splits, repeat) for repeat in repeats]
    started, clock = datetime.now(UTC), time.perf_counter()
    with sampling.sampled() as samples:
        fitted = entry.fit([training_rows(benchmark, dataset, split) for split in chosen])
    if len(fitted) != len(chosen):
        raise ValueError(
            f"{benchmark.name} {entry.name}: expected fit to return {len(chosen)} results, one per "
            f"repeat, received {len(fitted)}"
        )
    trained = time.perf_counter()
    for one, repeat in zip(fitted, repeats, strict=True):
        check_curves(one, repeat, entry.values.get("learning_rate"))
    predictions = [
        in_storage_precision(one.predict(taken(dataset.x, split.test)))
        for one, split in zip(fitted, chosen, strict=True)
    ]
    predicted = time.perf_counter()
    archive, unsaved = _archive(entry, fitted, found)
    notes: dict[str, Any] = {"unsaved": unsaved} if unsaved else {}
    return Outcome(
        scores=[
            score(benchmark, taken(dataset.y, split.test), prediction, entry)
            | _single_view(benchmark, dataset, split, one)
            for one, split, prediction in zip(fitted, chosen, predictions, strict=True)
        ],
        predictions=[
            pack(benchmark, split, prediction, entry.quantiles)
            for split, prediction in zip(chosen, predictions, strict=True)
        ],
        history=[one.history for one in fitted],
        params=[one.params for one in fitted],
        sizes=[(len(split.train), len(split.test)) for split in chosen],
        archive=archive,
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        train_seconds=trained - clock,
        predict_seconds=predicted - trained,
        notes=[plain({**one.notes, **notes, **_remarks(one, found)}) for one in fitted],
        system=sampling.curves(samples, trained - clock),
    )


def _remarks(fitted: Fitted, found: DryRun) -> dict[str, list[str]]:
    """What was remarked on a network before it trained and while it did."""
    remarks = [*found.remarks, *fitted.notes.get("remarks", ())]
    return {"remarks": remarks} if remarks else {}


def check_curves(fitted: Fitted, repeat: int, rate: Any = None) -> None:
    """Raise FloatingPointError for a curve with NaN or infinity: the training has failed."""
    for name, curve in fitted.history.items():
        bad = np.flatnonzero(~np.isfinite(np.asarray(curve, np.float64)))
        if len(bad):
            used = "" if rate is None else f" (learning rate {rate})"
            raise FloatingPointError(
                f"expected numbers in the curve {name!r}, received {curve[bad[0]]} in epoch "
                f"{bad[0] + 1} of repeat {repeat}{used}; try a lower learning rate"
            )


def training_rows(benchmark: Benchmark, dataset: Dataset, split: Split) -> Training:
    """What an entry may see of one repeat: copies, so that nothing leads back to the test rows."""
    return Training(
        x=taken(dataset.x, split.train),
        y=taken(dataset.y, split.train),
        task=benchmark.task,
        classes=len(dataset.class_names),
        seed=split.seed,
    )


def score(
    benchmark: Benchmark, truth: np.ndarray, prediction: np.ndarray, entry: Entry | None = None
) -> dict[str, float]:
    """Headline metric of one repeat, and the others of the benchmark that it has, by name.

    `prediction` is as predicted; of (n, 2) means and standard deviations a metric of values
    scores the means, of the quantiles of an `entry` that predicts them the median. A metric of
    distributions is left out for an entry that predicts none.
    Raises ValueError for predictions that are no numbers.
    """
    if entry is not None and entry.quantiles:
        values = point(prediction, entry)
        return {
            metric.name: float(metric.score(truth, prediction if metric.distribution else values))
            for metric in (benchmark.metric, *metrics_of(benchmark, entry))
        }
    spread = is_distribution(benchmark.task, prediction)
    scores = {}
    for metric in (benchmark.metric, *benchmark.also):
        if metric.distribution and not spread and metric is not benchmark.metric:
            continue
        scored = prediction[:, 0] if spread and not metric.distribution else prediction
        scores[metric.name] = float(metric.score(truth, scored))
    return scores


def point(prediction: np.ndarray, entry: Entry) -> np.ndarray:
    """The values of a prediction: of quantiles the median, else as predicted."""
    return median(prediction, entry.quantiles) if entry.quantiles else prediction


def _single_view(
    benchmark: Benchmark, dataset: Dataset, split: Split, fitted: Fitted
) -> dict[str, float]:
    """The headline metric of predictions that do not average over views, where others do."""
    predict = getattr(fitted, "predict_single_view", None)
    if predict is None:
        return {}
    prediction = in_storage_precision(predict(taken(dataset.x, split.test)))
    value = benchmark.metric.score(taken(dataset.y, split.test), prediction)
    return {single_view(benchmark.metric.name): float(value)}


def is_distribution(task: Task, prediction: np.ndarray) -> bool:
    """Whether these are means and standard deviations of a regression, in two columns."""
    return task == "regression" and prediction.ndim == 2 and prediction.shape[1] == 2


def in_storage_precision(prediction: np.ndarray) -> np.ndarray:
    """Predictions in the precision they are kept in: what is kept is what was scored."""
    prediction = np.asarray(prediction)
    return prediction.astype(np.float32) if prediction.dtype == np.float64 else prediction


def pack(
    benchmark: Benchmark, split: Split, prediction: np.ndarray, levels: Sequence[float] = ()
) -> bytes:
    """The `.npz` of one repeat; of forecasts with very many values an evenly spaced selection.

    Quantiles at `levels` lie beside their median.
    """
    buffer = io.BytesIO()
    step = max(1, math.ceil(prediction.size / MOST_KEPT))
    rows, prediction = split.test[::step], prediction[::step]
    arrays = {"prediction": prediction}
    if is_distribution(benchmark.task, prediction):
        arrays = {"prediction": prediction[:, 0], "std": prediction[:, 1]}
    if levels:
        arrays = {
            "prediction": median(prediction, levels),
            "quantiles": prediction,
            "levels": np.asarray(levels),
        }
    np.savez_compressed(buffer, rows=rows, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _archive(entry: Entry, fitted: Sequence[Fitted], found: DryRun) -> tuple[bytes | None, str]:
    """The first repeat's network as a file, for a headline that has one; else why it has none."""
    first = fitted[0]
    if not entry.headline or not first.archive or found.unsaved:
        return None, found.unsaved
    try:
        return first.archive(), ""
    except Exception as error:  # what was trained must not be lost to a file
        why = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
        return None, f"the trained network cannot be saved ({why})"


def configure_keras(group: Group) -> None:
    """Set Keras' defaults and the dtype policy of a group.

    Raises RuntimeError for another backend than planned.
    """
    with keras_settings.without_user_settings():
        import keras  # where no fork server has loaded it

    keras_settings.reset()
    keras.mixed_precision.set_global_policy(group.precision)
    backend, planned = keras.backend.backend(), group.inputs["environment"]["backend"]
    if backend != planned:
        raise RuntimeError(
            f"expected Keras on its backend {planned!r}, received {backend!r}; set "
            f"KERAS_BACKEND={planned}, then run again"
        )
    if group.device != machine.device():
        raise RuntimeError(
            f"expected a process that trains on {group.device}, received one on "
            f"{machine.device()}; {devices.START}"
        )
